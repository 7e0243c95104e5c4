"""Atomic file writing: a temporary file replaces the target only after a complete write."""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def remove_abandoned(target: Path, seconds: float = 3600) -> None:
    """Remove incomplete files of `replacing` that processes left behind when they were killed.

    Parameters
    ----------
    target : Path
    seconds : float
        Time since the last write after which a file counts as left behind.
    """
    for draft in target.parent.glob(f".{glob.escape(target.name)}.*.new"):
        with contextlib.suppress(OSError):  # removed meanwhile, or by another user
            if time.time() - draft.stat().st_mtime > seconds:
                draft.unlink()


@contextlib.contextmanager
def replacing(
    target: Path, *, private: bool = False, durable: bool = False, keep: bool = False
) -> Iterator[BinaryIO]:
    """Open a file for writing that replaces ``target`` if the block ends without an error.

    Other readers see the complete old file or the complete new file. After an error no file is left.

    Parameters
    ----------
    target : Path
    private : bool
        Whether only this user may read the file.
    durable : bool
        Whether the content is flushed to disk before the file replaces the target.
    keep : bool
        Whether to leave a file that exists by then, so that the first writer wins.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}.new")
    mode = 0o600 if private else 0o666  # less the umask
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if keep:
            with contextlib.suppress(FileExistsError):
                os.link(draft, target)
        else:
            draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
