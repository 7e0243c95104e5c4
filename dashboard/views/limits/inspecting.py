"""What inspecting doubtful units is worth, and how many people it takes."""

from __future__ import annotations

import math
from dataclasses import replace

import streamlit as st

from dashboard.markup import escaped
from dashboard.page import inspection
from dashboard.page.inspection import Inspectors
from dashboard.page.state import PageState
from dashboard.page.summary import in_per_cent
from dashboard.views.snippets import write
from metrics import Objective
from metrics.errors import counted
from metrics.narrative.formatting import count, ends, figure, number, unit_words

# A link here comes before the panel does: the browser found nothing to scroll to. Once a visit.
SHOW = """<script>
if (location.hash === '#inspecting' && !window.cgInspectingShown) {
  window.cgInspectingShown = true;
  document.getElementById('inspecting')?.scrollIntoView();
}
</script>"""


def draw(page: PageState) -> None:
    """The panel, where people inspect."""
    worth = inspection.worth_of(page)
    if worth is None:
        return
    with st.container(border=True, gap="small", key="part_inspecting"):
        write('<p class="cg-eyebrow" id="inspecting">Inspection</p>')
        write(f'<h2 class="cg-finding">{escaped(inspection.finding(worth, page.scenario))}</h2>')
        for line in inspection.lines(page, worth):
            write(f'<p class="cg-lines">{escaped(line)}</p>')
        _table(page)
        details = (
            '<details class="cg-note"><summary>Details</summary>On new data: model and thresholds chosen on '
            "half of the rows, counted on the other, both ways; limits aside. Inspectors by the queue "
            "(M/M/c) that also counts workers, with posts at most 95 % busy where nobody says how long a "
            "unit may wait. A row is the best band of all models within what its inspectors can do."
            "</details>"
        )
        st.html(f"{details}{SHOW}", unsafe_allow_javascript=True)  # apart it would take a line


def _table(page: PageState) -> None:
    """What more and more inspectors bring."""
    rows = inspection.by_inspectors(page)
    if not rows:
        return
    said = inspection.how_many(rows)
    if said:
        write(f'<p class="cg-lines cg-strong">{escaped(said)}</p>')
    o = replace(inspection.judged_by(page.scenario), signed=False)
    heads = [
        "Inspections a day",
        f"Adds {unit_words(o, page.scenario)}".strip(),
        "Missed a year",
        "Best band",
    ]
    if rows[0].staff is not None:
        heads.insert(0, "People")
    if not math.isnan(rows[0].idle):
        heads.insert(3, "With idle hours paid")
    head = "".join(f'<th scope="col">{escaped(name)}</th>' for name in heads)
    body = "".join(_row(page, row, o) for row in rows)
    write(
        f'<table class="cg-compare cg-limits-table cg-inspectors"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(page: PageState, row: Inspectors, o: Objective) -> str:
    scenario, gain, staff = page.scenario, row.gain, row.staff
    a_day = count(row.a_day)
    between = ends(o, gain.value, gain.low, gain.high, scenario)
    sure = f' <span class="cg-small">({escaped(between)})</span>' if between else ""
    cells = [f"{escaped(figure(o, gain.value, scenario))}{sure}"]
    if not math.isnan(row.idle):
        cells.append(escaped(figure(o, row.after_idle, scenario)))
    cells.append(count(row.missed))
    low, high = (
        page.figures.threshold_words(row.model, at) for at in (row.ship_below, row.reject_from)
    )
    cells.append(escaped(f"{page.label(row.model)}, {low} to {high}"))
    first = a_day
    if staff is not None:
        cells.insert(0, a_day)
        busy = in_per_cent(staff.hours / staff.at_posts)
        first = (
            f"{number(staff.people)} "
            f'<span class="cg-small">({counted(staff.at_once, "post")}, {busy} busy)</span>'
        )
    here = ' class="cg-here" aria-current="true" title="Chosen"' if row.is_chosen(page) else ""
    return f'<tr{here}><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
