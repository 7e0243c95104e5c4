"""The top of the page: what the data is, what the figures rest on, and the choice in one sentence."""

from __future__ import annotations

import math

from dashboard.views.parts import escaped, plural, swatch, write
from dashboard.views.state import Table
from metrics import OBJECTIVES, Scenario
from metrics.wording import UNDEFINED, difference, figure, number, one_in

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
            f"{_share(defects / (goods + defects))} defective ({number(defects)})",
            plural(len(table.dataset.scores.models), "model"),
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
        else f"the file has {_share(observed)}"
    )
    return f"Figures are for {volume} at {_share(rate)} defects ({source}). {price}"


def _chosen(table: Table) -> str:
    point = table.chosen
    style = table.styles[point["model"]]
    words = table.words(point["model"], float(point["threshold"]))
    share, recall = float(point["share_flagged"]), float(point["recall"])
    if share == 0:
        what = "flags no unit and catches no defect"
    else:
        odds = f" ({one_in(share)})" if share < 0.4 else ""
        what = (
            f"flags {_share(share)} of the units{odds} and catches {_share(recall)} of the defects"
        )
    return (
        f"{swatch(style, table.look)}<span class='cg-model'>{escaped(words)}</span> "
        f"{escaped(what)}."
        f'<span class="cg-against">{escaped(against_today(table))}</span>'
    )


def against_today(table: Table) -> str:
    """The chosen point against today's system, in one sentence."""
    point, today, scenario = table.chosen, table.today, table.scenario
    name = table.words(today["model"], float(today["threshold"]))
    if (point["fn"], point["fp"]) == (today["fn"], today["fp"]):
        if today["model"] == point["model"]:
            return f"This is today’s system ({name})."
        return f"Against today ({name}): the same missed defects and the same false alarms."
    parts = []
    for key in ("missed_defects", "false_alarms", "revenue_impact"):
        o = OBJECTIVES[key]
        text = difference(o, float(point[key]), float(today[key]), scenario, than="today")
        if text != UNDEFINED and not math.isnan(float(point[key])):
            parts.append(_shortened(text, key, scenario))
    period = " a year" if scenario.units_per_year is not None else ""
    return f"Against today ({name}): {', '.join(parts)}{period}."


def _share(share: float) -> str:
    return figure(OBJECTIVES["share_flagged"], share, Scenario())


def _shortened(text: str, key: str, scenario: Scenario) -> str:
    if text == "the same as today":
        same = {"revenue_impact": "the same revenue"}
        return same.get(key, f"as many {OBJECTIVES[key].label}")
    text = text.removesuffix(" than today").removesuffix(" today")
    if key == "revenue_impact":
        # Nobody has said what a unit earns: then the gain is counted in good units shipped.
        unit = "" if scenario.payoff is not None else " good units’ worth"
        text = text.replace(" above", f"{unit} more revenue")
        return text.replace(" below", f"{unit} less revenue")
    return text
