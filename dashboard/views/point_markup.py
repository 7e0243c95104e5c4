"""Markup of operating points and thresholds: their words, with all digits of the threshold in a tooltip."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from dashboard.decisions.decision import Spot
from dashboard.figures.model_styles import ModelStyle
from dashboard.figures.palette import POINT_MARKS
from dashboard.page_view import PageView
from dashboard.views.html_elements import inline, lines, swatch, with_tooltip
from dashboard.words.names import threshold_of
from dashboard.words.numbers.thresholds import exact_threshold
from metrics import Evaluation, OperatingPoint


def threshold_markup(evaluation: Evaluation, model: str, at: float) -> Markup:
    """Threshold of a model, with all its digits in a tooltip."""
    return with_tooltip(threshold_of(evaluation, model, at), exact_threshold(at))


def point_markup(page: PageView, model: str | None, at: float, **options: Any) -> Markup:
    """Model and threshold with the options of `Names.at`, with all digits of the threshold in a tooltip."""
    words, exact = (
        page.names.at(page.analysis.evaluation, model, at, exact=is_exact, **options)
        for is_exact in (False, True)
    )
    return with_tooltip(words, exact)


def place_markup(
    page: PageView, point: OperatingPoint, model_styles: Mapping[str, ModelStyle] | None = None
) -> Markup:
    """Operating point, with all digits of its threshold in a tooltip.

    Parameters
    ----------
    model_styles : mapping of str to ModelStyle, optional
        Styles of the models. If given, the colour and shape of the model is in front.
    """
    model, at, lower = point.place
    words = point_markup(page, model, at, alone=point.is_alone, lower=lower)
    if model_styles is None or point.model is None:
        return words
    return swatch(model_styles[point.model], page.palette) + words


def chosen_line(page: PageView) -> Markup:
    """Line about the selected point."""
    return lines(POINT_MARKS["chosen"], " Chosen: ", place_markup(page, page.selection.point))


def spot_markup(spot: Spot) -> Markup:
    """Recorded operating point, with all digits of its threshold in a tooltip."""
    if spot.model is None:
        return inline(spot.words)
    joined = " at " if math.isfinite(spot.threshold) else ", "
    return with_tooltip(spot.words, f"{spot.model}{joined}{exact_threshold(spot.threshold)}")
