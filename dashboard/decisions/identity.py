"""Identity of a person who is signed in: an e-mail address or a user name in one spelling."""

from __future__ import annotations

import re

MAX_CHARACTERS = 254
"""Maximum length of an identity, which is that of an e-mail address."""
# Printable ASCII without blanks, and without the signs that separate or quote several names.
_IDENTITY = re.compile(r"[!#-+\x2d-:=?-~]+")


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
