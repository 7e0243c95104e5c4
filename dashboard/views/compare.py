"""Two operating points side by side, every figure of each, and the difference in words."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import session
from dashboard.choices import COMPARISONS, SEAT_TITLES
from dashboard.views.parts import escaped, swatch, write
from dashboard.views.state import Table
from dashboard.views.sure import interval, replicates
from metrics import Objective, Unit
from metrics.intervals import Difference
from metrics.intervals import difference as paired
from metrics.wording import difference, figure, number, unit_words, worse_by

LABELS = {"today": "Today", **SEAT_TITLES, "pin": "Pinned point"}


def draw(table: Table) -> None:
    """The comparison and its controls."""
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            write('<h2 class="cg-title">Side by side</h2>')
            st.segmented_control(
                "Beside it",
                [c for c in COMPARISONS if c != "pin" or table.choices.pin is not None],
                required=True,
                format_func=LABELS.__getitem__,
                label_visibility="collapsed",
                **session.widget(
                    "beside",
                    table.choices.compare,
                    lambda choices, value: replace(choices, compare=value),
                ),
            )
        a, b = table.chosen, table.beside
        if (a["model"], a["threshold"]) == (b["model"], b["threshold"]):
            same = table.beside_label.capitalize()
            write(
                f'<p class="cg-note">{escaped(same)} and the chosen point are the same. '
                "Choose another point, and it stands here beside it.</p>"
            )
        write(_markup(table))


def _markup(table: Table) -> str:
    a, b = table.chosen, table.beside
    head = "".join(
        f'<th scope="col">{_title(table, point, label)}</th>'
        for point, label in ((a, "Chosen"), (b, table.beside_label.capitalize()))
    )
    rows = "".join(_row(table, o) for o in _listed(table))
    sure = '<th scope="col">How sure</th>' if table.uncertainty is not None else ""
    counts = "".join(
        f'<tr><th scope="row">{escaped(label)}</th>'
        f"<td>{_count(a[key])}</td><td>{_count(b[key])}</td>"
        f"<td>{escaped(_count_gap(a[key] - b[key]))}</td>{'<td></td>' if sure else ''}</tr>"
        for key, label in (
            ("fn", "Missed defects in the file"),
            ("fp", "False alarms in the file"),
            ("tp", "Defects caught in the file"),
        )
    )
    return (
        '<table class="cg-compare"><thead><tr><th scope="col">Figure</th>'
        f'{head}<th scope="col">Chosen against the other</th>{sure}</tr></thead>'
        f"<tbody>{rows}{counts}</tbody></table>"
    )


def _title(table: Table, point: object, label: str) -> str:
    model, at = point["model"], float(point["threshold"])  # type: ignore[index]
    mark = "" if model is None else swatch(table.styles[model], table.look)
    return f"{escaped(label)}<br>{mark}{escaped(table.words(model, at))}"


def _listed(table: Table) -> list[Objective]:
    """The seats' objectives first, then the others that a room asks for."""
    usual = (
        "missed_defects_per_1000_defects",
        "shipped_defects_per_million",
        "false_alarms",
        "cost_of_errors",
        "revenue_impact",
        "share_flagged",
        "recall",
        "precision",
    )
    wanted = [seat.objective.id for seat in table.seats] + list(usual)
    return [
        table.evaluated.objectives[name]
        for name in dict.fromkeys(wanted)
        if name in table.evaluated.objectives
    ]


def _row(table: Table, o: Objective) -> str:
    a, b = float(table.chosen[o.id]), float(table.beside[o.id])
    scenario = table.scenario
    unit = unit_words(o, scenario)
    name = f'<abbr title="{escaped(o.term)}">{escaped(o.label)}</abbr>'
    gap = difference(o, a, b, scenario, than="the other")
    better = "" if math.isnan(a) or math.isnan(b) else (worse_by(o, a, b) < 0)
    sure = _sure(table, o, a - b)
    mark = ' class="cg-better"' if better else ""
    return (
        f'<tr data-objective="{escaped(o.id)}"><th scope="row">{name}'
        f"{' ' + escaped(unit) if unit else ''}</th>"
        f"<td>{_figure(table, o, table.chosen)}</td><td>{_figure(table, o, table.beside)}</td>"
        f"<td{mark}>{escaped(_tidy(gap))}{' ✓' if better else ''}</td>{sure}</tr>"
    )


def _figure(table: Table, o: Objective, point: pd.Series) -> str:
    """A figure, with its 95 % interval below it where that is shown."""
    text = escaped(figure(o, float(point[o.id]), table.scenario))
    if table.uncertainty is None or (o.of_model and not _quick(o)):
        return text
    low, high = interval(table, table.uncertainty, o, point)
    if math.isnan(low) or math.isnan(high):
        return text
    ends = " to ".join(figure(o, end, table.scenario) for end in (low, high))
    return f'{text}<br><span class="cg-small">{escaped(ends)}</span>'


def _sure(table: Table, o: Objective, gap: float) -> str:
    """Whether a gap is real: the cell of its own that says so, where that is shown."""
    if table.uncertainty is None:
        return ""
    if math.isnan(gap) or gap == 0 or (o.of_model and not _quick(o)):
        return "<td></td>"
    known = table.uncertainty
    first, second = (replicates(table, known, o, p) for p in (table.chosen, table.beside))
    found = paired(o, first, second, gap)
    words = "" if math.isnan(found.low) else gap_words(found)
    return f'<td class="cg-small">{escaped(words)}</td>'


def _quick(o: Objective) -> bool:
    """Whether a figure of a whole model is a sum: rankings take a moment in every resample."""
    return o.unit is Unit.LOSS


def gap_words(found: Difference) -> str:
    """How often the first is better, and whether that settles it."""
    times = round(100 * found.better)
    often = f"better in {times} of 100 resamples"
    return often if found.separated else f"not settled: {often}"


def _tidy(gap: str) -> str:
    return gap.removesuffix(" than the other").removesuffix(" the other").removesuffix(" as")


def _count_gap(gap: float) -> str:
    if gap == 0:
        return "the same"
    return f"{_count(abs(gap))} {'more' if gap > 0 else 'fewer'}"


def _count(value: float) -> str:
    """Whole units, or summed weights to one decimal."""
    return number(value, 0 if float(value).is_integer() else 1)
