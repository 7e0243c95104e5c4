"""Colour and marker symbol of each model on every page; grey for models that are not discussed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.analysis.decide.front import Axes, coloured_models
from dashboard.analysis.selection import Selection
from dashboard.figures.palette import DARK, LIGHT, Palette


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


def styles_of_discussed(
    selection: Selection, axes: Axes, neighbours: Iterable[tuple[str, str]] = ()
) -> dict[str, ModelStyle]:
    """Styles in which models without colour on the front are grey.

    Parameters
    ----------
    neighbours : iterable of (str, str)
        Models that are drawn side by side, in two greys.
    """
    model_styles = styles(selection.analysis.dataset.scores.models)
    return in_grey(model_styles, coloured_models(selection, axes), neighbours)


def styles_with_current(
    selection: Selection, model_styles: Mapping[str, ModelStyle]
) -> dict[str, ModelStyle]:
    """Styles in which the current system's model is grey, unless it is selected."""
    current = selection.analysis.current.model
    if current is None or current == selection.point.model:
        return dict(model_styles)
    grey = replace(model_styles[current], light=LIGHT.muted, dark=DARK.muted)
    return {**model_styles, current: grey}
