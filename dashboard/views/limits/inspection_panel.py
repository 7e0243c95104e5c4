"""What inspecting doubtful units is worth, and how many people it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from dashboard.analysis import inspection
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.inspection import Inspectors, Plain
from dashboard.markup import escaped
from dashboard.page_view import PageView
from dashboard.session.url import to_query
from dashboard.views.snippets import write
from dashboard.words.inspection import (
    doubtful_words,
    how_many,
    inspection_finding,
    last_words,
    lines,
    plain_lines,
)
from dashboard.words.names import threshold_of
from dashboard.words.numbers import count, ends, figure, number, unit_words
from metrics import Objective, Unit
from metrics.inference.comparison import Chance
from metrics.inference.inspection_gain import InspectionGain
from metrics.scenario.inspection import DAYS

# A link here comes before the panel does: the browser found nothing to scroll to. Once a visit.
SHOW = """<script>
if (location.hash === '#inspecting' && !window.cgInspectingShown) {
  window.cgInspectingShown = true;
  document.getElementById('inspecting')?.scrollIntoView();
}
</script>"""


def draw(page: PageView) -> None:
    """The panel, where people inspect: the file's own figures at once, how sure they are a moment later."""
    if page.scenario.inspection is None:
        return
    with st.container(border=True, gap="small", key="part_inspecting"):
        write('<p class="cg-eyebrow" id="inspecting">Inspection</p>')
        place = st.empty()
        if page.uncertainty is not None and not inspection.plain_ways.is_ready(page.analysis):
            with place.container(gap="small"):
                _worth(page.analysed(has_intervals=False))
        with place.container(gap="small"):
            _worth(page)
        details = (
            '<details class="cg-note"><summary>Details</summary>'
            "Figures are the file’s. Ranges are of new data: model and thresholds chosen on half of the "
            "rows, counted on the other, both ways; limits aside. A figure may lie outside its range, "
            "since what was chosen on the same rows looks better on them. A row is the best band of all "
            "models within what its inspectors can do; beside it what that has over today’s model, with a "
            "band of its own within the same."
            "</details>"
        )
        st.html(f"{details}{SHOW}", unsafe_allow_javascript=True)  # apart it would take a line


def _worth(page: PageView) -> None:
    """What inspecting is worth, and what more and more inspectors bring."""
    worth, band = inspection.worth_of(page.analysis), inspection.band_price(page.selection)
    if worth is None:
        return
    # In one element with the heading: fewer elements in the place of more leave the last of these standing.
    checking = ""
    if page.analysis.is_pending:
        checking = '<p class="cg-note cg-checking">How sure the gains are: checking</p>'
    found = inspection_finding(worth, band, page.scenario)
    write(f'<h2 class="cg-finding">{escaped(found)}</h2>{checking}')
    rows = inspection.by_inspectors(page.analysis)
    sentences = [
        doubtful_words(worth, band, page.scenario),
        *lines(page.selection, worth),
        *plain_lines(page.analysis, page.names),
        how_many(rows),
        last_words(page.analysis, rows),
    ]
    write("".join(f'<p class="cg-lines">{escaped(line)}</p>' for line in sentences if line))
    _table(page, rows)


def _table(page: PageView, rows: Sequence[Inspectors]) -> None:
    """What more and more inspectors bring."""
    if not rows:
        return
    o = replace(inspection.judged_by(page.scenario), signed=False)
    adds = f"{'Adds' if o.unit is Unit.MONEY else 'Saves'} {unit_words(o, page.scenario)}".strip()
    if any(row.gain.chance is not Chance.UNKNOWN for row in rows):
        adds += " (range on new data)"
    heads = ["Inspections a day (of 365)", "Missed a year", "Alarms a year", adds, "Best band"]
    if rows[-1].people is not None:
        heads.insert(0, "Inspectors")
    if rows[-1].over_today is not None:
        heads.insert(-1, "Over today’s model at its best with as many")
    head = "".join(f'<th scope="col">{escaped(name)}</th>' for name in heads)
    of_people = rows[-1].people is not None
    body = "".join(_row(page, row, o, of_people=of_people) for row in rows)
    everything, _ = inspection.plain_ways(page.analysis)
    if everything is not None:
        body += _everything(page.analysis, rows[-1], everything, o)
    write(
        f'<table class="cg-compare cg-limits-table cg-inspectors"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _gain(analysis: Analysis, gain: InspectionGain, o: Objective) -> str:
    between = ends(o, gain.value, gain.low, gain.high, analysis.scenario)
    sure = f' <span class="cg-small">({escaped(between)})</span>' if between else ""
    return f"{escaped(figure(o, gain.value, analysis.scenario))}{sure}"


def _everything(analysis: Analysis, best: Inspectors, plain: Plain, o: Objective) -> str:
    """The row of what inspectors bring without a model; in the columns of the best band's row."""
    cells = [
        *map(count, (plain.inspected / DAYS, plain.missed, plain.alarms)),
        _gain(analysis, plain.gain, o),
    ]
    if best.over_today is not None:
        cells.append("")
    cells.append("everything inspected, no model")
    if plain.people is not None:
        cells.insert(0, number(plain.people))
    first, *others = cells
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'


def _row(page: PageView, row: Inspectors, o: Objective, *, of_people: bool) -> str:
    adds = _gain(page.analysis, row.gain, o) if row.a_day > 0 else ""
    cells = [count(row.a_day), count(row.missed), count(row.alarms), adds]
    if row.over_today is not None:
        cells.append(_gain(page.analysis, row.over_today, o))
    low, high = (
        threshold_of(page.figures, row.model, at) for at in (row.ship_below, row.reject_from)
    )
    between = f", {low} to {high}" if row.a_day > 0 else f" at {high}"
    cells.append(escaped(f"{page.label(row.model)}{between}"))
    if row.people is not None:
        cells.insert(0, number(row.people))
    elif of_people:
        cells.insert(0, "nobody")
    is_chosen = row.is_selected(page.selection)
    if row.a_day > 0 and not is_chosen:
        query = escaped(
            urlencode(to_query(inspection.choices_with(page.choices, page.dataset.scenario, row)))
        )
        cells[-1] += f' <a class="cg-see" href="./?{query}" target="_self">try</a>'
    first, *others = cells
    here = ' class="cg-here" aria-current="true" title="Chosen"' if is_chosen else ""
    return f'<tr{here}><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'
