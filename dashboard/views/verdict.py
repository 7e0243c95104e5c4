"""The verdict in sentences, and when another model would win."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from dashboard.figures.strip import strip_figure
from dashboard.live.component import mount
from dashboard.live.pack import envelope as packed
from dashboard.markup import escaped
from dashboard.page import cache
from dashboard.page.decision_support import DecisionSupport, rate_now
from dashboard.page.models import cheapest_words
from dashboard.page.state import PageState
from dashboard.session.url import to_query
from dashboard.views.parts import write
from metrics.narrative.facts import FLAGGING
from metrics.selection.cost_curve import CostCurve, CostCurveInterval, intervals_by_model

CHARTS = {
    "picks": ("what each choice costs", "#what-it-costs"),
    "compromise": ("what each choice costs", "#what-it-costs"),
    "gap": ("the gaps between models", ""),
    "range": ("when another model would win", "models#who-is-cheapest"),
    "limits": ("the limits", "#the-limits"),
}
"""What a sentence of the verdict rests on: its name, and its anchor on the page."""


def draw_words(page: PageState, support: DecisionSupport) -> None:
    """The verdict in sentences."""
    lines = []
    gaps = f"gaps?{urlencode(to_query(page.choices))}"
    for k, sentence in enumerate(support.verdict):
        name, anchor = CHARTS[sentence.about]
        link = f' <a class="cg-see" href="{escaped(anchor or gaps)}" target="_self">{name}</a>'
        # Two sentences in a row that rest on the same need one link.
        next_about = support.verdict[k + 1].about if k + 1 < len(support.verdict) else ""
        again = next_about and CHARTS[next_about] == CHARTS[sentence.about]
        lines.append(f"<li>{escaped(sentence.text)}{'' if again else link}</li>")
    write(f'<ul class="cg-verdict">{"".join(lines)}</ul>')


def draw_strips(page: PageState, support: DecisionSupport) -> None:
    """When another model would win: along the cost of a miss, and along the defect rate."""
    write('<p class="cg-eyebrow" id="who-is-cheapest">When would another model win?</p>')
    rate, label = rate_now(page), page.label
    miss = page.scenario.miss_cost
    told = cheapest_words(
        support.by_cost, miss, label, where="a miss costs", unit="false alarms", share=False
    )
    write(f'<h2 class="cg-finding">{escaped(told)}</h2>')
    parts: list[tuple[str, CostCurve, float, str, Callable[[float], str]]] = [
        (
            "cost",
            support.by_cost,
            page.scenario.miss_cost,
            "false alarms that a miss costs",
            _times,
        ),
        ("rate", support.by_rate, rate, "defects in production", _percent),
    ]
    rows: list[tuple[str, ...]] = []
    for name, cost_curve, now, title, value in parts:
        key = page.keyed("strip", page.intervals_key, page.look, page.choices.names, name, now)
        make = partial(
            _strip,
            cost_curve,
            now,
            page.look,
            page.styles,
            page.exact_words,
            page.label,
            title=title,
            value=value,
            often=support.stability.get(name),
        )
        fig = cache.part(key, make)
        alt = f"The cheapest model by {title}: " + "; ".join(
            f"{who} from {low} to {high}" for who, low, high in _intervals(page, cost_curve, value)
        )
        mount(f"strip_{name}", packed("strip", {"alt": alt}, fig))
        rows += [(title, *row) for row in _intervals(page, cost_curve, value)]
    line = (
        "The line: in how many of 100 other samples the cheapest stays the cheapest. "
        if support.stability
        else ""
    )
    write(
        f'<p class="cg-note">{line}Each model at its own best threshold, which changes at the stripes; '
        "hover for it.</p>"
    )
    cells = "".join(
        "<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    heads = "".join(f"<th>{name}</th>" for name in ("Along", "Cheapest", "From", "To"))
    write(
        '<details class="cg-note"><summary>As a table</summary><table class="cg-compare cg-reigns">'
        f"<thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table></details>"
    )


def _strip(*args: Any, **kwargs: Any) -> bytes:
    return str(strip_figure(*args, **kwargs).to_json()).encode()


def _intervals(
    page: PageState, cost_curve: CostCurve, value: Callable[[float], str]
) -> list[tuple[str, str, str]]:
    """Who is cheapest, from where to where, in words."""
    return [
        (_named(page, interval), value(interval.low), value(interval.high))
        for interval in intervals_by_model(cost_curve)
    ]


def _named(page: PageState, interval: CostCurveInterval) -> str:
    if interval.extreme is not None:
        return FLAGGING[interval.extreme]
    return " and ".join(page.label(model) for model in interval.models)


def _times(value: float) -> str:
    return f"{float(f'{value:.2g}'):,.10g}"


def _percent(value: float) -> str:
    return f"{float(f'{100 * value:.2g}'):g} %"
