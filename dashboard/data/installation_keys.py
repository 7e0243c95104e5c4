"""Secret keys of an installation: created once, and readable by this user only."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from dashboard.data.folders import seal_key
from metrics.errors import ScoreError
from metrics.io.atomic_write import replacing

KEY_BYTES, MOST_KEYS = 32, 100
"""Size of a key, and maximum number of keys in a file."""


def kept_key(place: Path) -> bytes:
    """Key in a file, which is created if it does not exist.

    The file may hold several keys one after the other, the present one first, and then earlier ones.

    Raises
    ------
    OSError
        If the file cannot be created or read, or others may read it.
    """
    if not os.path.lexists(place):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # If another server created the file first, its key is used.
        with replacing(place, private=True, durable=True, keep=True) as file:
            file.write(secrets.token_bytes(KEY_BYTES))
    # Links are refused. A pipe without a writer would block.
    handle = os.open(
        place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(file.fileno())
        own = not hasattr(os, "geteuid") or about.st_uid == os.geteuid()
        closed = os.name != "posix" or stat.S_IMODE(about.st_mode) & 0o077 == 0
        if not (stat.S_ISREG(about.st_mode) and own and closed):
            raise PermissionError(f"a key must be a file that only this user may read, got {place}")
        key = file.read(MOST_KEYS * KEY_BYTES + 1)
    if not key or len(key) % KEY_BYTES:
        raise OSError(f"a key must have {KEY_BYTES} bytes, or a multiple of it, got {len(key)}")
    return key


def known_seal_key() -> bytes | None:
    """Key that seals decisions and signatures; `None` on a machine that has sealed none.

    Raises
    ------
    ScoreError
        ``E_REGISTER`` if the key cannot be read.
    """
    return kept_seal_key() if os.path.lexists(seal_key()) else None


def add_seal_key(other: bytes) -> None:
    """Accept the seals by another key, or by several, besides those by the key of this machine.

    If this machine has no key, the other one is its key from then on.

    Raises
    ------
    ScoreError
        ``E_REGISTER`` if the key of this machine cannot be read, or if the other is none.
    """
    own = known_seal_key() or b""
    known, added = _parts(own), [one for one in _parts(other) if one not in _parts(own)]
    if not other or len(other) % KEY_BYTES or len(known) + len(added) > MOST_KEYS:
        raise ScoreError(
            "E_REGISTER", "the key of the seals in a backup must be one, got other bytes"
        )
    seal_key().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(seal_key(), private=True, durable=True) as file:
        file.write(b"".join([*known, *added]))


def _parts(key: bytes) -> list[bytes]:
    return [key[start : start + KEY_BYTES] for start in range(0, len(key), KEY_BYTES)]


def kept_seal_key() -> bytes:
    """Key that seals decisions and signatures; created with the first one.

    Raises
    ------
    ScoreError
        ``E_REGISTER`` if the key cannot be read.
    """
    place = seal_key()
    try:
        return kept_key(place)
    except OSError as error:
        raise ScoreError(
            "E_REGISTER",
            f"the key of the seals must be readable, got: {error.strerror or error}",
            file=place.name,
            hint="Ask whoever runs this server; then try again.",
        ) from error
