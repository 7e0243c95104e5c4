"""Table of the cheapest points at other prices of a miss."""

from __future__ import annotations

from markupsafe import Markup

from dashboard.analysis.decide.other_miss_costs import other_miss_costs
from dashboard.page_view import PageView
from dashboard.views.html_elements import Cell, Row, Text, inline, note, table
from dashboard.views.point_markup import point_markup
from dashboard.words.decide import other_miss_costs as words
from dashboard.words.limits.limit_names import limit_noun
from dashboard.words.models.cost_curves import stays_cheapest_words
from dashboard.words.numbers.figures import figure
from dashboard.words.phrases import capital
from metrics import OBJECTIVES


def other_miss_costs_table(page: PageView) -> Markup:
    """Table of the cheapest points at the price of a miss, at half and at twice of it; empty if unknown."""
    other_prices = other_miss_costs(page.selection)
    if other_prices is None:
        return Markup()
    analysis, scenario = page.analysis, page.analysis.scenario
    objectives = [OBJECTIVES[name] for name in ("missed_defects", "false_alarms")]
    has_revenue = any(at.earned is not None for at in other_prices.cheapest)
    miss = words.price_head(scenario)
    rows = []
    for at in other_prices.cheapest:
        point = at.point
        name = point_markup(page, point.model, point.threshold, lower=point.lower)
        cells: list[Cell | Text] = [Cell(name, words.limits_at_price_words(analysis, at))]
        cells += [figure(o, point.figures[o.id], scenario) for o in objectives]
        price_words = words.revenue_at_price if has_revenue else words.cost_at_price
        cells.append(Cell(*price_words(scenario, at)))
        css = "cg-better" if at.price == analysis.evaluation.miss_cost else ""
        price = Cell(*words.price_of_miss(scenario, at.price), head=miss)
        rows.append(Row([price, *cells], css=css))
    shown = [*objectives, OBJECTIVES["revenue" if has_revenue else "cost_of_errors"]]
    heads = [miss, "Cheapest", *(capital(o.label) for o in shown)]
    remarks = []
    if other_prices.holds is not None:
        decisive = limit_noun(analysis.limits) if other_prices.do_limits_decide else ""
        remarks.append(stays_cheapest_words(other_prices.holds, decisive))
    if other_prices.is_current_hurt_more:
        remarks.append(words.current_hurt_more_words(scenario))
    return inline(table(heads, rows, css="cg-miss-costs cg-stacked"), note(" ".join(remarks)))
