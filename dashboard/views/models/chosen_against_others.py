"""Table of the other models compared with the selected one, with the change for each stakeholder."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.models.best_points import comparing_stakeholder
from dashboard.analysis.models.other_models import (
    OtherModel,
    compared_objectives,
    current_as_other_model,
    other_models,
    selection_to_compare,
)
from dashboard.figures.model_styles import ModelStyle, styles_of_discussed, styles_with_current
from dashboard.page_view import PageView
from dashboard.views.html_elements import Cell, Row, details, finding, lines, table
from dashboard.views.point_markup import place_markup
from dashboard.views.points_side_by_side import figure_cell
from dashboard.words.decide.cheapest_model import other_models_words
from dashboard.words.limits.limit_names import misses_words
from dashboard.words.models.side_by_side import OTHER_MODELS_TITLE, change_words
from dashboard.words.names import STAKEHOLDER_TITLES, current_title, threshold_of
from dashboard.words.numbers.objective_units import label_with_unit
from dashboard.words.phrases import capital

FIRST = 10
"""Number of models that are visible. All further models are folded away."""


def other_models_table(page: PageView) -> Markup:
    """Table of the selected model, the current system and each other model; empty without other models."""
    analysis, chosen = page.analysis, page.selection
    stakeholder = comparing_stakeholder(analysis, page.choices.gaps)
    selection = selection_to_compare(chosen, stakeholder)
    page = page.select(selection.point)
    others = other_models(selection, stakeholder)
    if not others:
        return Markup()
    is_mixed = len({other.meets_limits for other in others}) > 1
    rows = [_row(page, other, says_limits=is_mixed) for other in others]
    below = "chosen"
    if selection.place != chosen.place:
        model, at, _ = chosen.point.place
        below = f"chosen at {threshold_of(analysis.evaluation, str(model), at)}"
    top = [_selected_row(page, below)]
    if not any(
        analysis.is_current(point)
        for point in (selection.point, *(other.point for other in others))
    ):
        top.append(_row(page, current_as_other_model(selection), mark="◇ "))
    folded = Markup()
    if rows[FIRST + 1 :]:  # A single further row is no longer than the summary.
        rows, rest = rows[:FIRST], rows[FIRST:]
        further = _table(analysis, rest)
        folded = details(further, summary=f"{len(rest)} further models", css="")
    return (
        finding(OTHER_MODELS_TITLE, level=3)
        + lines(other_models_words(selection, page.names, stakeholder, others))
        + _table(analysis, [*top, *rows])
        + folded
    )


def _table(analysis: Analysis, rows: Sequence[Row]) -> Markup:
    names = {s.objective: s.name for s in analysis.stakeholders}
    heads = [
        Cell(label_with_unit(o, analysis.scenario), [STAKEHOLDER_TITLES[names.get(o, "cost")]])
        for o in compared_objectives(analysis)
    ]
    return table(["Model", *heads], rows, css="cg-others cg-stacked")


def _selected_row(page: PageView, below: str) -> Row:
    analysis, point = page.analysis, page.selection.point
    cells = [figure_cell(analysis, o, point, "") for o in compared_objectives(analysis)]
    name = Markup("◉ ") + place_markup(page, point, _styles(page))
    return Row([Cell(name, [below]), *cells], css="cg-better")


def _row(
    page: PageView,
    other: OtherModel,
    *,
    says_limits: bool = False,
    mark: str = "",
) -> Row:
    analysis = page.analysis
    below = [misses_words(analysis.limits)] if says_limits and not other.meets_limits else []
    name: str | Markup = capital(current_title(analysis.scenario))
    if other.point.model is not None:
        name = Markup(mark) + place_markup(page, other.point, _styles(page))
        below += [current_title(analysis.scenario)] if analysis.is_current(other.point) else []
    cells = [Cell(name, below)]
    compared = zip(compared_objectives(analysis), other.gaps, other.is_open, strict=True)
    for o, gap, is_open in compared:
        change, is_clear_gain = change_words(page.selection, o, other.point, gap, is_open=is_open)
        css = "cg-gain" if is_clear_gain else ""
        cells.append(figure_cell(analysis, o, other.point, change, css=css))
    return Row(cells)


def _styles(page: PageView) -> dict[str, ModelStyle]:
    selection = page.selection
    return styles_with_current(selection, styles_of_discussed(selection, page.choices.axes))
