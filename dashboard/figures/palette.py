"""The look of every figure: ink and paper in light and dark, and one colour and shape per model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

FONT = '"Source Sans", "Source Sans 3", sans-serif'


@dataclass(frozen=True)
class Palette:
    """Colours of one appearance."""

    dark: bool
    paper: str
    ink: str
    muted: str
    faint: str
    beaten: str
    grid: str
    accent: str
    on_accent: str
    good: str
    bad: str
    veil: str


LIGHT = Palette(
    dark=False,
    paper="#FBFAF7",
    ink="#1C2126",
    muted="#5B636B",
    faint="#B9B5AB",
    beaten="#918E84",
    grid="#E7E3DA",
    accent="#1F5A7A",
    on_accent="#FFFFFF",
    good="#1E7A4C",
    bad="#B3261E",
    veil="rgba(251,250,247,0.72)",
)
DARK = Palette(
    dark=True,
    paper="#14181D",
    ink="#E9E6DF",
    muted="#A3ABB3",
    faint="#59626B",
    beaten="#68717A",
    grid="#2A3139",
    accent="#7DB4D6",
    on_accent="#14181D",
    good="#5CC58F",
    bad="#F28B7D",
    veil="rgba(20,24,29,0.72)",
)


def palette_of(appearance: str) -> Palette:
    """Colours of an appearance, "light" or "dark"."""
    return DARK if appearance == "dark" else LIGHT


def pale(color: str, alpha: float = 0.18) -> str:
    """A colour ``#rrggbb`` as what shines through: the band around its line."""
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def mixed(color: str, paper: str, share: float = 0.22) -> str:
    """A colour ``#rrggbb`` as it looks through paper: shades that overlap do not add up."""
    parts = [(int(color[k : k + 2], 16), int(paper[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in parts)


@dataclass(frozen=True)
class ModelStyle:
    """How one model is drawn on every page."""

    light: str
    dark: str
    symbol: str

    def color(self, palette: Palette) -> str:
        """Its colour in the given appearance."""
        return self.dark if palette.dark else self.light


# Hues of Okabe and Ito (2008) and Tol (2021), light and dark variants of each; a shape goes with every
# colour, so that no reader has to tell two models apart by colour alone. No star and no diamond: those are
# the fair option and today.
_STYLES = (
    ModelStyle("#0B6FA4", "#5AB0E0", "circle"),
    ModelStyle("#C75B00", "#F08A4B", "square"),
    ModelStyle("#00805E", "#3CC09A", "triangle-right"),
    ModelStyle("#9A4C86", "#D99AC8", "triangle-up"),
    ModelStyle("#8A6A00", "#E0B93C", "triangle-down"),
    ModelStyle("#4A4FA3", "#9DA2EC", "pentagon"),
    ModelStyle("#BE1E8C", "#F45CA8", "hexagon"),
    ModelStyle("#3E7C17", "#93CE5F", "bowtie"),
    ModelStyle("#6B4A35", "#C79F83", "cross"),
    ModelStyle("#465000", "#E6F08C", "x"),
)
# An eleventh, often today's system beside ten candidates, need share nothing of theirs.
_ELEVENTH = ModelStyle("#731DC9", "#A663E9", "triangle-left")
_SYMBOLS = tuple(style.symbol for style in _STYLES)
# By how many places each further ten models are given another's shape. Of the colours that then share a
# shape, neighbours are told apart best without red, green or blue cones, and those three apart worst.
_SHIFTS = (0, 1, 9, 2, 8, 4, 6, 5, 3, 7)

SHAPES = {
    "circle": "●",
    "square": "■",
    "triangle-right": "▶",
    "triangle-up": "▲",
    "triangle-down": "▼",
    "pentagon": "⬟",
    "hexagon": "⬢",
    "bowtie": "⧓",
    "cross": "✚",
    "x": "✖",
    "triangle-left": "◀",
}
"""A character for each marker, where a model is named in a text."""


POINT_MARKS = {"chosen": "◉", "today": "◇", "pick": "○", "beside": "□"}
"""A character for the mark of a point with a name, by its kind: as the front has it."""


def styles(models: Sequence[str]) -> dict[str, ModelStyle]:
    """Colour and shape of each model, by its place among all models of the data.

    Notes
    -----
    Past eleven models the colours come again with other shapes: a hundred pairs before one repeats.
    """
    out = {}
    for k, model in enumerate(models):
        base = _STYLES[k % len(_STYLES)]
        shift = _SHIFTS[k // len(_STYLES) % len(_SHIFTS)]
        symbol = _SYMBOLS[(k + shift) % len(_SYMBOLS)]
        is_eleventh = k == len(_STYLES)
        out[model] = _ELEVENTH if is_eleventh else ModelStyle(base.light, base.dark, symbol)
    return out


_GREYS = (
    (LIGHT.beaten, DARK.beaten),
    (LIGHT.muted, DARK.muted),
    (LIGHT.faint, DARK.faint),
)
"""In light and dark, of models that have no colour; neighbours are told apart by the first two alone."""


def in_grey(
    model_styles: Mapping[str, ModelStyle],
    coloured: Collection[str],
    neighbours: Iterable[tuple[str, str]] = (),
) -> dict[str, ModelStyle]:
    """The styles, of models that have no colour in grey.

    Parameters
    ----------
    model_styles : mapping of str to ModelStyle
    coloured : collection of str
        Models that keep their colour.
    neighbours : iterable of (str, str)
        Models that are drawn side by side, and so are not to be of one grey.
    """
    beside: dict[str, set[str]] = {}
    for one, other in neighbours:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    shades: dict[str, int] = {}
    for model in model_styles:
        if model not in coloured:
            taken = {shades.get(other) for other in beside.get(model, ())}
            shades[model] = next((k for k in range(len(_GREYS)) if k not in taken), 0)
    out = dict(model_styles)
    for model, shade in shades.items():
        light, dark = _GREYS[shade]
        out[model] = replace(model_styles[model], light=light, dark=dark)
    return out


def on_color(color: str) -> str:
    """Colour of letters on a colour ``#rrggbb``: white or ink, whichever stands out more."""
    return max(("#FFFFFF", LIGHT.ink), key=lambda letters: _contrast(letters, color))


def _contrast(one: str, other: str) -> float:
    """Contrast of two colours ``#rrggbb`` as WCAG reckons it, 1 to 21."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


LETTERS = 24
"""Of a name beside a mark or an axis."""


def shortened(name: str, most: int = LETTERS) -> str:
    """A long name without its middle: what tells two versions of a model apart stands at the ends."""
    if len(name) <= most:
        return name
    tail = (most - 1) // 2
    return f"{name[: most - 1 - tail]}…{name[len(name) - tail :]}"
