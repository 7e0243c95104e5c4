"""What inspecting doubtful units is worth, and how many people it takes."""

from __future__ import annotations

import streamlit as st

from dashboard.markup import escaped
from dashboard.page import inspection
from dashboard.page.state import PageState
from dashboard.views.snippets import write

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
        details = (
            '<details class="cg-note"><summary>Details</summary>On new data: model and thresholds chosen on '
            "half of the rows, counted on the other, both ways; limits aside. Inspectors by the queue "
            "(M/M/c) that also counts workers.</details>"
        )
        st.html(f"{details}{SHOW}", unsafe_allow_javascript=True)  # apart it would take a line
