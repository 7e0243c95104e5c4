"""Detect names that look alike, and make the names of models distinguishable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("confusables.txt")
OWN_NAME = "own name"
"""Words between the given and the original name in reports. No given name may contain them."""

# Characters that Unicode's table lacks: small capitals, most of Coptic, letters that differ in case only, and
# letters that look like two others. Also results of the table for raised letters and wide signs.
_ALSO = str.maketrans(
    "ᴀʙᴅᴇꜰɢʜᴊᴋĸʟᴍʍɴᴘʀᴛᴜʏ" "ⲁⲃⲇⲉⲏⲓⲕⲙⲛⲣⲧⲩⲭ" "πᴎᏆχιωγƅꞓ" "ᣴᣳᣵᣖᙆꝯ│" "i!" "_-.‐‑‒–—·ー",
    "abdefghjkklmmnprtuy" "abdehikmnptyx" "nntxiwybe" "rlspz9l" "ll" "          ",
) | {ord("w"): "vv", ord("d"): "cl"}  # fmt: skip
_UNSEEN = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Accents, and characters that are not drawn."""
_CONTROLS = frozenset({"Cc", "Cf", "Co", "Cs"})
"""Categories of characters that are not drawn. Cn is not among them: a newer Unicode may assign its codes."""


@cache
def _table() -> dict[int, str]:
    """Unicode's table of confusables: the text that each character looks like."""
    table: dict[int, str] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            read, *characters = line.split(" ")
            text = "".join(chr(int(code, 16)) for code in read.split("+"))
            table |= {int(code, 16): text for code in characters}
    return table


def skeleton(name: str) -> str:
    """Text that a name looks like; equal for names that look alike, empty for an invisible name.

    Notes
    -----
    This is the skeleton of Unicode Technical Standard 39. In addition, it ignores case, accents, kinds of
    space and hyphen, compatibility forms, and characters that are not drawn.
    """
    spaced = " ".join(name.split())
    read = "".join(c for c in spaced if unicodedata.category(c) not in _CONTROLS)
    for _ in range(2):  # a capital and its lower case may look like different letters
        read = _UNSEEN.sub("", unicodedata.normalize("NFD", read)).translate(_table())
        read = unicodedata.normalize("NFKD", read).casefold().translate(_ALSO)
    return " ".join(_UNSEEN.sub("", read).split())


def exact(name: str) -> str:
    """Name in ASCII, with the code point of every other character."""
    return name.encode("unicode_escape").decode()


def unique_names(
    models: Sequence[str], names: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Drop given names that look like another model's original name, and number names that look alike.

    Parameters
    ----------
    models : sequence of str
        Original names of all models of the data.
    names : tuple of (model, name)
        Given names. Names of models that are not in ``models`` are unchanged.

    Examples
    --------
    >>> unique_names(["A", "B", "C"], (("A", "b"), ("B", "camera"), ("C", "Camera")))
    (('B', 'camera'), ('C', 'Camera (2)'))
    """
    if not names:
        return names
    new_names, model_names = dict(names), set(models)
    skeletons = {model: skeleton(model) for model in models}
    used_skeletons = {skeletons[model] for model in models if model not in new_names}
    unique: dict[str, str] = {}
    for model, wanted in new_names.items():
        if model not in model_names:
            unique[model] = wanted
            continue
        others = {text for other, text in skeletons.items() if other != model} | {""}
        if skeleton(wanted) in others or skeleton(OWN_NAME) in skeleton(wanted):
            used_skeletons.add(skeletons[model])
            continue
        count, name = 1, wanted
        while skeleton(name) in used_skeletons or skeleton(name) in others:
            count += 1
            name = f"{wanted} ({count})"
        used_skeletons.add(skeleton(name))
        unique[model] = name
    return tuple(unique.items())
