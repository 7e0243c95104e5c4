"""Each other model in place of the chosen point, as a table: what it would change for each stakeholder."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.alternatives import (
    OtherModel,
    compared_objectives,
    current_as_other_model,
    other_models,
)
from dashboard.analysis.models.gaps import judged_by
from dashboard.analysis.selection import Selection
from dashboard.figures.model_styles import styles_of_discussed, styles_with_current
from dashboard.markup import escaped, small, swatch
from dashboard.page_view import PageView
from dashboard.views.points_side_by_side import NONE
from dashboard.views.snippets import point_markup
from dashboard.words.decide.alternatives import other_models_words
from dashboard.words.limit_names import misses_words
from dashboard.words.numbers import figure, label_with_unit, worse_by, written_gap
from dashboard.words.phrases import capital
from metrics import Objective, OperatingPoint
from metrics.inference.comparison import Chance, Gap

TITLE = "If another model were chosen"
FIRST = 10
"""Models in sight; the rest is folded away."""


def other_models_table(page: PageView) -> str:
    """The chosen point and today's system, then each other model; nothing beside one model."""
    judged = judged_by(page.analysis, page.choices.gaps).objective
    others = other_models(page.selection, judged)
    if not others:
        return ""
    is_there = any(page.is_todays(one) for one in (page.chosen, *(other.point for other in others)))
    is_mixed = len({one.meets_limits for one in others}) > 1
    rows = [_row(page, one, says_limits=is_mixed) for one in others]
    today = "" if is_there else _row(page, current_as_other_model(page.selection), mark="◇ ")
    folded = ""
    if rows[FIRST + 1 :]:  # one row more is no longer than what would stand for it
        rows, rest = rows[:FIRST], rows[FIRST:]
        further = _table(page.analysis, rest)
        folded = f"<details><summary>{len(rest)} further models</summary>{further}</details>"
    order = escaped(other_models_words(page.analysis, judged, others))
    return (
        f'<h3 class="cg-finding">{TITLE}</h3><p class="cg-lines">{order}</p>'
        f"{_table(page.analysis, [_chosen(page), today, *rows])}{folded}"
    )


def _table(analysis: Analysis, rows: Sequence[str]) -> str:
    wanted = {s.objective: s.title for s in analysis.stakeholders}
    heads = "".join(
        f'<th scope="col">{escaped(label_with_unit(o, analysis.scenario))}'
        f"{small(wanted.get(o, 'Everyone'))}</th>"
        for o in compared_objectives(analysis)
    )
    return (
        '<table class="cg-compare cg-others"><thead><tr><th scope="col">Model</th>'
        f"{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _chosen(page: PageView) -> str:
    """What the others are set against."""
    cells = "".join(
        f"<td {_headed(page.analysis, o)}>{_figure(page.analysis, o, page.chosen)}</td>"
        for o in compared_objectives(page.analysis)
    )
    name = f"◉ {_point(page, page.chosen)}"
    return f'<tr class="cg-better"><th scope="row">{name}{small("chosen")}</th>{cells}</tr>'


def _headed(analysis: Analysis, o: Objective) -> str:
    """What a cell is of, where a narrow screen has no room for the heads."""
    return f'data-head="{escaped(label_with_unit(o, analysis.scenario))}"'


def _point(page: PageView, point: OperatingPoint) -> str:
    mark = swatch(
        styles_with_current(page.selection, styles_of_discussed(page.selection, page.choices.axes))[
            str(point.model)
        ],
        page.palette,
    )
    alone = page.is_alone(point)
    return mark + point_markup(page, point.model, point.threshold, alone=alone, lower=point.lower)


def _row(page: PageView, other: OtherModel, *, says_limits: bool = False, mark: str = "") -> str:
    cells = "".join(
        _cell(page.selection, o, other.point, gap)
        for o, gap in zip(compared_objectives(page.analysis), other.gaps, strict=True)
    )
    off = small(misses_words(page.analysis)) if says_limits and not other.meets_limits else ""
    name = capital(page.today_title)
    if other.point.model is not None:
        name = f"{mark}{_point(page, other.point)}"
        off += small(page.today_title) if page.is_todays(other.point) else ""
    return f'<tr><th scope="row">{name}{off}</th>{cells}</tr>'


def _figure(analysis: Analysis, o: Objective, point: OperatingPoint) -> str:
    value = point.figures[o.id]
    return NONE if math.isnan(value) else escaped(figure(o, value, analysis.scenario))


def _cell(selection: Selection, o: Objective, point: OperatingPoint, gap: Gap | None) -> str:
    """A figure, below it how far it is from the chosen one, and whether that may be chance."""
    analysis = selection.analysis
    value, chosen = point.figures[o.id], selection.point.figures[o.id]
    change = written_gap(o, value, chosen, analysis.scenario)
    words, facts = "", _headed(analysis, o)
    if change.is_defined:
        side = "worse" if worse_by(o, value, chosen) > 0 else "better"
        words = change.words() if change.is_same else f"{change.measure} {side}"
    if not words:
        pass
    elif gap is not None and gap.chance is not Chance.UNKNOWN and not change.is_same:
        words += f", {gap.chance.value}"
        is_gain = gap.chance is Chance.CLEAR and worse_by(o, value, chosen) < 0
        facts += ' class="cg-gain"' if is_gain else ""
    elif analysis.is_pending:
        words += ", checking"
    return f"<td {facts}>{_figure(analysis, o, point)}{small(words)}</td>"
