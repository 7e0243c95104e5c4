"""Files that are written whole or not at all: beside their place first, then in it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _umask()
"""What new files of this process are denied; read once, since asking changes it for all threads."""


@contextlib.contextmanager
def replacing(
    target: Path, *, private: bool = False, durable: bool = False, keep: bool = False
) -> Iterator[BinaryIO]:
    """A file to write to, which is ``target`` once the block ends without an error.

    Whoever reads it meanwhile has the old one or the new one, whole; after an error nothing is left.

    Parameters
    ----------
    target : Path
    private : bool
        Whether only this user may read it.
    durable : bool
        Whether it is on the disk before it is in its place.
    keep : bool
        Whether a file that is there by then stays: who writes first is right.
    """
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if not private:
            draft.chmod(0o666 & ~_UMASK)
        if keep:
            with contextlib.suppress(FileExistsError):
                os.link(draft, target)
        else:
            draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
