"""The top of the page: what the data is, what the figures rest on, and the choice in one sentence."""

from __future__ import annotations

import math

from dashboard.views.parts import escaped, point_words, swatch, write
from dashboard.views.state import Table
from metrics import OBJECTIVES
from metrics.wording import UNDEFINED, difference, number, one_in

HELD_OUT = {
    "held-out": "held out",
    "out-of-fold": "out of fold",
    "training": "TRAINING ROWS: the figures flatter every model",
    "unknown": "not said whether held out",
}


def draw_title(table: Table) -> None:
    """Write title, facts and what the figures are of."""
    rows = table.evaluated.evaluation.tally.rows
    goods, defects = (int(n) for n in rows)
    facts = " · ".join(
        [
            f"{number(goods + defects)} units",
            HELD_OUT[table.dataset.scores.held_out],
            f"{number(100 * defects / (goods + defects), 1)} % defective ({number(defects)})",
            f"{len(table.dataset.scores.models)} models",
        ]
    )
    write(
        f'<div class="cg-head"><h1>{escaped(table.dataset.title)}</h1>'
        f'<span class="cg-facts">{escaped(facts)}</span></div>'
        f'<div class="cg-basis">{escaped(basis(table))}</div>'
    )


def draw_chosen(table: Table) -> None:
    """Write the chosen point, and what it changes against today."""
    write(f'<div class="cg-chosen" data-testid="chosen">{_chosen(table)}</div>')


def basis(table: Table) -> str:
    """What the figures are of: this file, or a year of production at a defect rate."""
    scenario = table.scenario
    rows = table.evaluated.evaluation.tally.class_mass
    observed = float(rows[1] / rows.sum())
    price = f"A miss costs {scenario.miss_cost:g} false alarms."
    if scenario.is_observed:
        return f"Figures are this file’s own. {price}"
    rate = observed if scenario.defect_rate is None else scenario.defect_rate
    volume = (
        f"{number(scenario.units_per_year)} units a year"
        if scenario.units_per_year is not None
        else "as many units as the file has"
    )
    source = (
        "the file’s own rate"
        if scenario.defect_rate is None
        else f"the file has {number(100 * observed, 1)} %"
    )
    return f"Figures are for {volume} at {number(100 * rate, 2)} % defects ({source}). {price}"


def _chosen(table: Table) -> str:
    point = table.chosen
    style = table.styles[point["model"]]
    words = point_words(point["model"], float(point["threshold"]))
    share = float(point["share_flagged"])
    flagged = f"flags {number(100 * share, 1)} % of the units ({one_in(share)})"
    caught = f"catches {number(100 * float(point['recall']), 1)} % of the defects"
    return (
        f"{swatch(style, table.look)}<span class='cg-model'>{escaped(words)}</span> "
        f"{escaped(flagged)} and {escaped(caught)}."
        f'<span class="cg-against">{escaped(against_today(table))}</span>'
    )


def against_today(table: Table) -> str:
    """The chosen point against today's system, in one sentence."""
    point, today, scenario = table.chosen, table.today, table.scenario
    name = point_words(today["model"], float(today["threshold"]))
    if (
        today["model"] == point["model"]
        and today["fn"] == point["fn"] == today["fn"]
        and (today["fp"] == point["fp"])
    ):
        return f"This is today’s system ({name})."
    parts = []
    for key in ("missed_defects", "false_alarms", "revenue_impact"):
        o = OBJECTIVES[key]
        text = difference(o, float(point[key]), float(today[key]), scenario, than="today")
        if text != UNDEFINED and not math.isnan(float(point[key])):
            parts.append(_shortened(text, key))
    period = " a year" if scenario.units_per_year is not None else ""
    return f"Against today ({name}): {', '.join(parts)}{period}."


def _shortened(text: str, key: str) -> str:
    if text == "the same as today":
        same = {"revenue_impact": "the same revenue"}
        return same.get(key, f"as many {OBJECTIVES[key].label}")
    text = text.removesuffix(" than today").removesuffix(" today")
    if key == "revenue_impact":
        return text.replace(" above", " more revenue").replace(" below", " less revenue")
    return text
