"""Tables of recorded decisions: figures, and differences between two decisions."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from dashboard.decisions.decision import Decision
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.views.html_elements import Cell, details, inline, small, stacked, table
from dashboard.words.decision import rows_to_compare
from dashboard.words.decisions.register import LONG, SHORT, clipped


def folded(text: str) -> Markup:
    """Text that is folded away if it is long."""
    if len(text) <= SHORT:
        return inline(text)
    return inline(clipped(text), details(clipped(text, LONG), css=""))


def figures_table(decisions: Mapping[str, Decision]) -> Markup:
    """Table of every figure of the selected points with its interval, by name of the decision."""
    by_id = [{f.id: f for f in d.figures} for d in decisions.values()]
    figures_by_id = {f.id: f for by_figure in reversed(by_id) for f in by_figure.values()}
    rows = [
        [
            inline(named.label, " ", small(named.unit)),
            *(
                Cell(by_figure[key].text, below=(by_figure[key].range,))
                if key in by_figure
                else "–"
                for by_figure in by_id
            ),
        ]
        for key, named in figures_by_id.items()
    ]
    heads = [stacked(name, clipped(d.chosen.words)) for name, d in decisions.items()]
    return table(["Figure", *heads], rows, css="cg-recorded")


def differences_table(both: Mapping[str, DecisionFacts]) -> Markup:
    """Table of all differences between two decisions, by their names."""
    first, second = map(rows_to_compare, both.values())
    rows = [
        [name, *(folded(words.get(name, "")) or "–" for words in (first, second))]
        for name in first | second
        if first.get(name, "") != second.get(name, "")
    ]
    return table(["What", *both], rows, css="cg-recorded")
