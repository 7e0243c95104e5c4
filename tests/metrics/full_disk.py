"""A disk that is full."""

from __future__ import annotations

import errno
import os
from typing import BinaryIO

import pytest


def fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the disk full after half of the content, from now on."""
    opened = os.fdopen

    class Full:
        def __init__(self, file: BinaryIO) -> None:
            self.file = file

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def write(self, data: bytes) -> int:
            self.file.write(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fdopen", lambda handle, _: Full(opened(handle, "wb")))
