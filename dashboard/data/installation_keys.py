"""Secret keys of an installation, which only this user can read.

The functions for the key of the seals raise a `ScoreError` ``E_REGISTER`` if it cannot be read.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from dashboard.data.file_access import is_private, open_plain
from dashboard.data.folders import seal_key_path
from metrics.errors import ScoreError
from metrics.io.atomic_write import replacing

KEY_BYTES, MOST_KEYS = 32, 100
"""Size of a key, and maximum number of keys in a file."""


def read_or_create_key(place: Path) -> bytes:
    """Key in a file, which is created if it does not exist.

    The file may hold several keys in a row: first the current key, and then earlier keys.

    Raises
    ------
    OSError
        If the file cannot be created or read, or if other users may read it.
    """
    if not os.path.lexists(place):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # If another server created the file first, its key is used.
        with replacing(place, private=True, durable=True, keep=True) as file:
            file.write(secrets.token_bytes(KEY_BYTES))
    with open_plain(place) as file:
        if not is_private(os.fstat(file.fileno())):
            raise PermissionError(f"a key must be a file that only this user may read, got {place}")
        key = file.read(MOST_KEYS * KEY_BYTES + 1)
    if not key or len(key) % KEY_BYTES:
        raise OSError(f"a key must have {KEY_BYTES} bytes, or a multiple of it, got {len(key)}")
    return key


def existing_seal_key() -> bytes | None:
    """Key of the seals; `None` on a machine that has sealed nothing yet."""
    return read_or_create_seal_key() if os.path.lexists(seal_key_path()) else None


def add_seal_key(other: bytes) -> None:
    """Accept seals made with other keys, in addition to those made with the key of this machine.

    If this machine has no key, the first of the other keys becomes its key.

    Raises
    ------
    ScoreError
        ``E_REGISTER`` if the key of this machine cannot be read, or if the other bytes are no keys.
    """
    existing = _keys(existing_seal_key() or b"")
    added = [key for key in _keys(other) if key not in existing]
    if not other or len(other) % KEY_BYTES or len(existing) + len(added) > MOST_KEYS:
        raise ScoreError(
            "E_REGISTER", "the key of the seals in a backup must be one, got other bytes"
        )
    seal_key_path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(seal_key_path(), private=True, durable=True) as file:
        file.write(b"".join([*existing, *added]))


def _keys(key: bytes) -> list[bytes]:
    return [key[start : start + KEY_BYTES] for start in range(0, len(key), KEY_BYTES)]


def read_or_create_seal_key() -> bytes:
    """Key of the seals, which is created if it does not exist."""
    place = seal_key_path()
    try:
        return read_or_create_key(place)
    except OSError as error:
        raise ScoreError(
            "E_REGISTER",
            f"the key of the seals must be readable, got: {error.strerror or error}",
            file=place.name,
            hint="Ask the operator of this server; then try again.",
        ) from error
