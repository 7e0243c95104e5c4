"""Names as they are read: two texts that a reader takes for one are one, and of models are told apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

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
    visible = "".join(
        one for one in folded if unicodedata.category(one) != "Cf" and one not in _MARKS
    )
    plain = visible.translate(_SEPARATORS).translate(_LETTERS).translate(_DIGITS)
    return " ".join(plain.split())


_MARKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Signs that are drawn as nothing and are no format characters."""

OWN_NAME = skeleton("own name")
"""Words that a given name may not have: they stand before a model's own name behind a given one."""


def unique_names(
    models: Sequence[str], names: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Leave out given names that are read as another model's own, and number those that are read alike.

    Parameters
    ----------
    models : sequence of str
        All models of the data, by their own names.
    names : tuple of (model, name)
        Given names; those of models that are not among ``models`` stay as they are.

    Returns
    -------
    tuple of (model, name)

    Examples
    --------
    >>> unique_names(["A", "B", "C"], (("A", "b"), ("B", "camera"), ("C", "Camera")))
    (('B', 'camera'), ('C', 'Camera (2)'))
    """
    if not names:
        return names
    given, known = dict(names), set(models)
    own = {model: skeleton(model) for model in models}
    taken = {own[model] for model in models if model not in given}
    unique: dict[str, str] = {}
    for model, wanted in given.items():
        if model not in known:
            unique[model] = wanted
            continue
        others = {read for other, read in own.items() if other != model} | {""}
        if skeleton(wanted) in others or OWN_NAME in skeleton(wanted):
            taken.add(own[model])
            continue
        count, name = 1, wanted
        while skeleton(name) in taken or skeleton(name) in others:
            count += 1
            name = f"{wanted} ({count})"
        taken.add(skeleton(name))
        unique[model] = name
    return tuple(unique.items())
