"""Colour and shape of each model on a page: grey for models that are not discussed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dashboard.analysis.decide.front import Axes, coloured_models
from dashboard.analysis.selection import Selection
from dashboard.figures.palette import DARK, LIGHT, ModelStyle, in_grey, styles


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
