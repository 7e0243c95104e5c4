"""Seal of an entry of the register: an HMAC by a key of the server, which is not in the register.

Who can only write into the file of the register can append an entry, but cannot seal it.
"""

from __future__ import annotations

import hashlib
import hmac

_SIZE = hashlib.sha256().digest_size
"""Size of one key. A longer key is several keys: the present one first, and then earlier ones."""


def seal(text: str, key: bytes) -> str:
    """HMAC-SHA256 of the text by the present key, as 64 hexadecimal digits."""
    return hmac.new(key[:_SIZE], text.encode(), hashlib.sha256).hexdigest()


def is_seal(given: str, text: str, key: bytes) -> bool:
    """True if a seal was made with the present key or an earlier one."""
    starts = range(0, len(key), _SIZE)
    return any(hmac.compare_digest(given, seal(text, key[start:])) for start in starts)
