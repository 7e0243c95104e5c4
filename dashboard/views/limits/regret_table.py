"""Table of what every stakeholder's pick and every compromise costs the others, in their units."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import streamlit as st

from dashboard.analysis.analysis import Stakeholder, point_of
from dashboard.analysis.cache import part
from dashboard.analysis.decide.compromises import compromises_of
from dashboard.analysis.optimism import gap_to_pick
from dashboard.analysis.selection import Selection
from dashboard.figures.model_styles import styles_with_current
from dashboard.markup import escaped, swatch
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import Point
from dashboard.views.limits import stakeholder_weights
from dashboard.views.points_side_by_side import is_reference
from dashboard.views.snippets import point_markup, write
from dashboard.words.decide.alternatives import COMPROMISE_NAMES, COMPROMISE_NAMES_WITHIN
from dashboard.words.decide.cards import limit_suffix, place_of_pick
from dashboard.words.limits import COMPROMISES_NOTE, LOST_GAIN_NOTE, lost_gain, no_threshold_note
from dashboard.words.numbers import figure, gap_span, unit_words, written_gap
from dashboard.words.phrases import capital, joined
from metrics import OperatingPoint
from metrics.inference.comparison import Chance
from metrics.selection.compromise import Compromise


def draw(page: PageView) -> None:
    """Draw the table with the weights of the stakeholders and buttons for the compromises."""
    with st.container(horizontal=True, vertical_alignment="center"):
        write('<h2 class="cg-finding" id="what-it-costs">What each choice costs the others</h2>')
        stakeholder_weights.draw(page.analysis)
    write(_matrix(page))
    with st.container(horizontal=True, gap="small"):
        for first, *_ in by_point(compromises_of(page.analysis)):
            if first.point is not None:
                show(COMPROMISE_NAMES_WITHIN[first.method.name], first.point)
    write(
        f'<p class="cg-note">{LOST_GAIN_NOTE}</p>'
        f'<details class="cg-note"><summary>Details</summary>{COMPROMISES_NOTE}</details>'
    )


def show(label: str, point: OperatingPoint) -> None:
    """Draw a button that selects a named point."""
    st.button(
        f"Show {label}",
        key=f"show_{label}",
        on_click=session.choose,
        kwargs={"point": Point(str(point.model), point.threshold)},
    )


def _matrix_reads(page: PageView) -> Hashable:
    own = page.analysis.weights, page.names, page.chosen.place
    return page.intervals_key, page.palette, own


@part(reads=_matrix_reads)
def _matrix(page: PageView) -> str:
    """A row for each stakeholder's pick and each compromise, a column for each stakeholder's objective."""
    rows: list[tuple[str, OperatingPoint | None, str, Sequence[float] | None]] = []
    ranked = ""  # Rows of models that are best at any threshold.
    ranking: list[str] = []  # Objectives that rank these models.
    for stakeholder in page.stakeholders:
        if stakeholder.pick is not None:
            own = point_of(page.points, stakeholder.pick.row)
            name = f"Best for the {stakeholder.title.lower()}{limit_suffix(page.analysis, stakeholder)}"
            if stakeholder.objective.of_model:
                ranked += _model_row(page, name, stakeholder, own)
                ranking.append(stakeholder.objective.label)
            else:
                rows.append((name, own, "", None))
    for same in by_point(compromises_of(page.analysis)):
        first, *others = (COMPROMISE_NAMES[compromise.method.name] for compromise in same)
        name = joined([first, *(other[:1].lower() + other[1:] for other in others)])
        rows.append((name, same[0].point, same[0].missing, same[0].regrets.tolist()))
    rows.append((capital(page.today_title), page.today, "", None))
    if not any(_is_chosen(page.selection, point) for _, point, *_ in rows):
        rows.append(("Chosen", page.chosen, "", None))
    units = [unit_words(stakeholder.objective, page.scenario) for stakeholder in page.stakeholders]
    heads = "".join(
        f'<th scope="col">{escaped(stakeholder.title)}<br><span class="cg-small">'
        f"{escaped(stakeholder.objective.label)} {escaped(unit)}</span></th>"
        for stakeholder, unit in zip(page.stakeholders, units, strict=True)
    )
    body = ranked + "".join(_matrix_row(page, *row) for row in rows)
    dashes = no_threshold_note(page.analysis, ranking)
    note = f'<p class="cg-note">{escaped(dashes)}</p>' if dashes else ""
    return (
        f'<table class="cg-compare cg-costs"><thead><tr><th scope="col">Choice</th>{heads}'
        f"</tr></thead><tbody>{body}</tbody></table>{note}"
    )


def by_point(compromises: Sequence[Compromise]) -> list[list[Compromise]]:
    """Compromises in their order, grouped by point. A compromise without a point is a group of one."""
    found: dict[object, list[Compromise]] = {}
    for k, compromise in enumerate(compromises):
        point = compromise.point
        found.setdefault(k if point is None else (point.model, point.threshold), []).append(
            compromise
        )
    return list(found.values())


def _matrix_row(
    page: PageView,
    name: str,
    point: OperatingPoint | None,
    missing: str,
    regrets: Sequence[float] | None,
) -> str:
    if point is None:
        return (
            f'<tr><th scope="row">{escaped(name)}</th>'
            f'<td colspan="3"><span class="cg-small">{escaped(missing)}</span></td></tr>'
        )
    model = point.model
    mark = (
        ""
        if model is None
        else swatch(styles_with_current(page.selection, page.styles)[model], page.palette)
    )
    words = point_markup(
        page, model, point.threshold, alone=page.is_alone(point), lower=point.lower
    )
    cells = "".join(
        _matrix_cell(page.selection, stakeholder, point, None if regrets is None else regrets[k])
        for k, stakeholder in enumerate(page.stakeholders)
    )
    where = "" if model is None else f"<br>{mark}{words}"
    title = f'<th scope="row"><span class="cg-strong">{escaped(name)}</span>{where}</th>'
    here = (
        ' class="cg-here" aria-current="true" title="Chosen"'
        if _is_chosen(page.selection, point)
        else ""
    )
    return f"<tr{here}>{title}{cells}</tr>"


def _model_row(page: PageView, name: str, stakeholder: Stakeholder, point: OperatingPoint) -> str:
    """Row of a model that is best at any threshold. Figures that depend on the threshold are dashes."""
    mark = swatch(styles_with_current(page.selection, page.styles)[str(point.model)], page.palette)
    cells = "".join(
        _matrix_cell(page.selection, other, point, None)
        if other.objective.of_model
        else "<td>–</td>"
        for other in page.stakeholders
    )
    words = escaped(place_of_pick(page.analysis, page.names, stakeholder))
    return (
        f'<tr><th scope="row"><span class="cg-strong">{escaped(name)}</span><br>{mark}{words}</th>'
        f"{cells}</tr>"
    )


def _is_chosen(selection: Selection, point: OperatingPoint | None) -> bool:
    return point is not None and point.place == selection.point.place


def _matrix_cell(
    selection: Selection, stakeholder: Stakeholder, point: OperatingPoint, share: float | None
) -> str:
    analysis = selection.analysis
    o, value = stakeholder.objective, point.figures[stakeholder.objective.id]
    text = escaped(figure(o, value, analysis.scenario))
    if is_reference(analysis, o, point):
        text += '<span class="cg-small"> (the reference)</span>'
    if stakeholder.pick is None or math.isnan(value):
        return f"<td>{text}</td>"
    gap = written_gap(o, value, stakeholder.pick.value, analysis.scenario)
    words = f"the best{limit_suffix(analysis, stakeholder)}"
    lines = [("", escaped(words if gap.is_same else gap.than(words)))]
    ends = (
        "" if value == stakeholder.pick.value else _regret_interval(selection, stakeholder, point)
    )
    if ends:
        lines.append((" cg-ends", escaped(ends)))
    if share is not None:
        lines.append((" cg-share", escaped(lost_gain(share))))
    small = "".join(f'<span class="cg-small{kind}"><br>{line}</span>' for kind, line in lines)
    best = ' class="cg-better"' if gap.is_same else ""
    return f"<td{best}>{text}{small}</td>"


def _regret_interval(selection: Selection, stakeholder: Stakeholder, point: OperatingPoint) -> str:
    """95 % interval of the gap to a stakeholder's pick; empty if the gap is 0 or the interval unknown."""
    if point.model is None and stakeholder.objective.of_model:
        return ""
    gap = gap_to_pick(selection, stakeholder, point)
    if gap is None:
        return ""
    span = gap_span(gap, selection.analysis.scenario)
    return span if gap.chance is Chance.CLEAR or not span else f"{span}, {gap.chance.value}"
