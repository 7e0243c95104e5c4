"""Tables of recorded decisions: their figures, and what differs between two."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.decisions.decision import Decision, Recorded
from dashboard.decisions.facts import facts_of
from dashboard.markup import escaped, small
from dashboard.words.decision import rows_to_compare

SHORT, LONG = 300, 10_000
"""Characters of a text that are shown at once, and behind Details; its export has all."""


def clipped(text: str, most: int = SHORT) -> str:
    """The beginning of a text that is too long to stand among others."""
    return text if len(text) <= most else f"{text[:most].rstrip()} …"


def folded(text: str) -> str:
    """Markup of a text that is folded in where it is long."""
    if len(text) <= SHORT:
        return escaped(text)
    return (
        f"{escaped(clipped(text))}<details><summary>Details</summary>"
        f"{escaped(clipped(text, LONG))}</details>"
    )


def figures(decisions: Mapping[str, Decision]) -> str:
    """Every figure of the selected points with its interval, under the name of each decision."""
    heads = "".join(
        f'<th scope="col">{escaped(name)}<br>{escaped(clipped(d.chosen.words))}</th>'
        for name, d in decisions.items()
    )
    by_id = [{f.id: f for f in d.figures} for d in decisions.values()]
    names = {f.id: f for known in reversed(by_id) for f in known.values()}
    rows = ""
    for key, named in names.items():
        cells = "".join(
            f"<td>{escaped(known[key].text)}{small(known[key].range)}</td>"
            if key in known
            else "<td>–</td>"
            for known in by_id
        )
        rows += (
            f'<tr><th scope="row">{escaped(named.label)} '
            f'<span class="cg-small">{escaped(named.unit)}</span></th>{cells}</tr>'
        )
    return (
        f'<table class="cg-compare cg-recorded"><thead><tr><th scope="col">Figure</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def decision_differences(recorded: Recorded, other: Recorded) -> str:
    """A row for everything that two decisions do not share."""
    first, second = (rows_to_compare(facts_of(one)) for one in (recorded, other))
    rows = "".join(
        f'<tr><th scope="row">{escaped(name)}</th><td>{folded(first.get(name, "")) or "–"}</td>'
        f"<td>{folded(second.get(name, '')) or '–'}</td></tr>"
        for name in first | second
        if first.get(name, "") != second.get(name, "")
    )
    heads = "".join(f'<th scope="col">No. {r.number}</th>' for r in (recorded, other))
    return (
        f'<table class="cg-compare cg-recorded"><thead><tr><th scope="col">What</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
