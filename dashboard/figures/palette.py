"""Colours of all figures in light and dark, and the colour and marker symbol of each model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

FONT = '"Source Sans", "Source Sans 3", sans-serif'


@dataclass(frozen=True)
class Palette:
    """Colours of the light or the dark theme."""

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
    """Palette of a theme, "light" or "dark"."""
    return DARK if appearance == "dark" else LIGHT


def pale(color: str, alpha: float = 0.18) -> str:
    """Transparent form of a colour ``#rrggbb``, for the band around a line."""
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def mixed(color: str, paper: str, share: float = 0.22) -> str:
    """Opaque mixture of a colour ``#rrggbb`` with paper, so that overlapping shades do not add up."""
    channel_pairs = [(int(color[k : k + 2], 16), int(paper[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in channel_pairs)


@dataclass(frozen=True)
class ModelStyle:
    """Style of a model on every page."""

    light: str
    dark: str
    symbol: str

    def color(self, palette: Palette) -> str:
        """Colour in a palette."""
        return self.dark if palette.dark else self.light


# Hues of Okabe and Ito (2008) and Tol (2021), in light and dark variants. Every colour has a shape, so that
# no reader must distinguish two models by colour alone. Star and diamond are the fair option and the current
# system.
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
# An eleventh style is distinct, because the eleventh model is often the current system beside ten candidates.
_ELEVENTH = ModelStyle("#731DC9", "#A663E9", "triangle-left")
_SYMBOLS = tuple(style.symbol for style in _STYLES)
# Shift of the shapes for each further ten models. Two models that share a shape differ in colour only. The
# shifts begin with pairs of colours that colour-blind readers distinguish best, and end with the hardest.
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
"""Character for each marker, for models named in a text."""


POINT_MARKS = {"chosen": "◉", "today": "◇", "pick": "○", "beside": "□"}
"""Character for the mark of a named point on the front, by its kind."""


def styles(models: Sequence[str]) -> dict[str, ModelStyle]:
    """Colour and shape of each model, by its position among all models of the data.

    Notes
    -----
    After eleven models the colours repeat with other shapes; a hundred pairs are distinct.
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
"""Greys in light and dark for models without a colour; the first two are used for neighbours."""


def in_grey(
    model_styles: Mapping[str, ModelStyle],
    coloured: Collection[str],
    neighbours: Iterable[tuple[str, str]],
) -> dict[str, ModelStyle]:
    """Styles in which the models without a colour are grey.

    Parameters
    ----------
    model_styles : mapping of str to ModelStyle
    coloured : collection of str
        Models that keep their colour.
    neighbours : iterable of (str, str)
        Models that are drawn side by side, so that their greys must differ.
    """
    beside: dict[str, set[str]] = {}
    for left, right in neighbours:
        beside.setdefault(left, set()).add(right)
        beside.setdefault(right, set()).add(left)
    shades: dict[str, int] = {}
    for model in model_styles:
        if model not in coloured:
            used_shades = {shades.get(other) for other in beside.get(model, ())}
            shades[model] = next((k for k in range(len(_GREYS)) if k not in used_shades), 0)
    out = dict(model_styles)
    for model, shade in shades.items():
        light, dark = _GREYS[shade]
        out[model] = replace(model_styles[model], light=light, dark=dark)
    return out


def on_color(color: str) -> str:
    """Colour of text on a colour ``#rrggbb``: white or ink, by the higher contrast."""
    return max(("#FFFFFF", LIGHT.ink), key=lambda letters: _contrast(letters, color))


def _contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours ``#rrggbb`` by WCAG, 1 to 21."""
    low, high = sorted(map(_luminance, (first, second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


LETTERS = 24
"""Largest number of letters of a name beside a mark or an axis."""


def shortened(name: str, most: int = LETTERS) -> str:
    """Long name without its middle, because versions of a model differ at the ends of their names."""
    if len(name) <= most:
        return name
    tail = (most - 1) // 2
    return f"{name[: most - 1 - tail]}…{name[len(name) - tail :]}"
