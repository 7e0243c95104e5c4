"""Seal of an entry of the register: an HMAC by a key of the server, which is not in the register.

A person who can only write the file of the register can append an entry, but cannot seal it.
"""

from __future__ import annotations

import hashlib
import hmac

_SIZE = hashlib.sha256().digest_size
"""Size of one key. A longer key is several keys in a row: first the current key, then earlier keys."""


def seal(text: str, key: bytes) -> str:
    """HMAC-SHA256 of a text by the current key, as 64 hexadecimal digits."""
    return hmac.new(key[:_SIZE], text.encode(), hashlib.sha256).hexdigest()


def is_seal(candidate: str, text: str, key: bytes) -> bool:
    """True if a seal of the text was made with the current key or an earlier key."""
    starts = range(0, len(key), _SIZE)
    return any(hmac.compare_digest(candidate, seal(text, key[start:])) for start in starts)
