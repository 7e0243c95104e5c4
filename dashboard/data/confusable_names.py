"""Names as they are read: two texts that a reader takes for one are one."""

from __future__ import annotations

import unicodedata

# Letters of other alphabets that look like one of ours; capitals look like others than their small ones.
_CAPITALS = str.maketrans(
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" "АВЕКМНОРСТУХІЈЅԌ",
    "ABEZHIKMNOPTYX" "ABEKMHOPCTYXIJSG",
)  # fmt: skip
_LETTERS = str.maketrans(
    "аеорсухіјѕԁһӏԛԝкмнтвп" "αοερνικτυχη" "ıɑɡ",
    "aeopcyxijsdhlqwkmhtbn" "aoepviktuxn" "iag",
)  # fmt: skip
_DIGITS = str.maketrans("01i|!", "ollll")
"""What is taken for a letter, and the letters that are taken for one another."""
_SEPARATORS = str.maketrans(dict.fromkeys("_-.‐‑‒–—·", " "))


def skeleton(name: str) -> str:
    """What a name is read as; equal for two that look alike, empty for one that cannot be seen.

    Notes
    -----
    Compatibility forms, case, invisible signs, kinds of space and of hyphen, letters of other alphabets and
    digits that look like letters make no difference. Not the whole of Unicode's table of confusables: enough
    that nobody is misled by what a keyboard gives.
    """
    compatible = unicodedata.normalize("NFKC", name).translate(_CAPITALS)
    folded = unicodedata.normalize("NFKC", compatible.casefold())
    seen = "".join(one for one in folded if unicodedata.category(one) != "Cf" and one not in _MARKS)
    plain = seen.translate(_SEPARATORS).translate(_LETTERS).translate(_DIGITS)
    return " ".join(plain.split())


_MARKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Signs that are drawn as nothing and are no format characters."""
