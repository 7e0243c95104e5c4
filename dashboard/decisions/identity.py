"""Person who is signed in: an e-mail address or a user name in one spelling, and groups."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MAX_CHARACTERS = 254
"""Maximum length of an identity, which is that of an e-mail address."""
# Printable ASCII without blanks, and without the signs that separate or quote several names.
_IDENTITY = re.compile(r"[!#-+\x2d-:=?-~]+")


@dataclass(frozen=True)
class Person:
    """Person who is signed in.

    Attributes
    ----------
    identity : str
        Canonical identity; empty for nobody.
    groups : frozenset of str
        Groups of the person, as the proxy or a token names them.
    expires : float
        Time in seconds since 1970 until which the sign-in is valid.
    """

    identity: str = ""
    groups: frozenset[str] = frozenset()
    expires: float = math.inf


NOBODY = Person()
"""Person of a server on which nobody signs in."""


def canonical_identity(text: str) -> str | None:
    """Identity in lower case; `None` if the text names no one person.

    Examples
    --------
    >>> canonical_identity("Ana@Example.com")
    'ana@example.com'
    >>> canonical_identity("ana@example.com, ben@example.com")
    """
    is_one = len(text) <= MAX_CHARACTERS and _IDENTITY.fullmatch(text)
    return text.lower() if is_one else None
