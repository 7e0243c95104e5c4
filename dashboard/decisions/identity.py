"""Signed-in person: a canonical e-mail address or user name, and groups."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MAX_CHARACTERS = 254
"""Maximum length of an e-mail address."""
# Printable ASCII without blanks, and without characters that quote names or separate them.
_IDENTITY = re.compile(r"[!#-+\x2d-:=?-~]+")


@dataclass(frozen=True)
class Person:
    """Signed-in person.

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
    """Identity in lower case; `None` if the text does not name exactly one person.

    Examples
    --------
    >>> canonical_identity("Ana@Example.com")
    'ana@example.com'
    >>> canonical_identity("ana@example.com, ben@example.com")
    """
    is_identity = len(text) <= MAX_CHARACTERS and _IDENTITY.fullmatch(text)
    return text.lower() if is_identity else None
