"""What the table page says of an operating point: the sentence under the title, and each stakeholder's lines.

The browser says the same while the threshold is dragged; at rest what stands on the page is from here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dashboard.page import cache, summary
from dashboard.page.state import PageState, Stakeholder, points_of_model
from dashboard.page.summary import LimitsWords, than_here
from metrics import OBJECTIVES, Bound, Objective, OperatingPoint, Pick, Scenario, pick
from metrics.errors import counted
from metrics.inference.optimism import cross_fitted
from metrics.narrative.formatting import figure, number, span, unit_words, worse_by, written_gap
from metrics.narrative.phrases import bound_words, cost_to_stakeholder, rule_words


def _differs(page: PageState, o: Objective) -> bool:
    """Whether an objective's figures of the file are others than the scenario's; a recall's are the same."""
    own = page.in_file
    if own is None or o.id not in own:
        return False
    there, here = (frame[o.id].to_numpy(np.float64) for frame in (page.points, own))
    return not np.allclose(there, here, rtol=1e-9, atol=0, equal_nan=True)


def column(page: PageState, o: Objective) -> str | None:
    """Name under which the browser has an objective's figures of the file; None where it needs none."""
    key = page.keyed("differs in file", page.picks_key, o.id)
    differs = cache.part(key, lambda: _differs(page, o))
    return f"in file: {o.id}" if differs else None


def in_file(page: PageState, o: Objective, point: OperatingPoint) -> float:
    """The file's own figure of an operating point; NaN where the scenario's is no other, or undefined."""
    if page.in_file is None or column(page, o) is None:
        return math.nan
    model = str(point.model)
    own = page.in_file.loc[page.in_file["model"] == model, o.id]
    return float(own.iloc[page.evaluation.curve_of(model).row(point.threshold)])


def with_file_figures(
    page: PageState, objectives: Sequence[Objective]
) -> tuple[pd.DataFrame, list[Objective]]:
    """Operating points and the objectives that go to the browser, the file's own among them."""
    points, out = page.points, list(objectives)
    for stakeholder in page.stakeholders:
        name = column(page, stakeholder.objective)
        if name is not None and page.in_file is not None and name not in points:
            points = points.assign(**{name: page.in_file[stakeholder.objective.id].to_numpy()})
            out.append(replace(stakeholder.objective, id=name))
    return points, out


def on_other_rows(page: PageState, o: Objective, pick: Pick, bound: Bound | None = None) -> str:
    """Figure of a pick whose threshold was chosen on other rows, and what it loses by that.

    Returns
    -------
    str
        ``its threshold chosen on other rows: 31 (5 more than here: choosing on the same rows flatters)``;
        nothing where it is not to be shown, or undefined.
    """
    if page.uncertainty is None or o.of_model:
        return ""
    found = cross_fitted(page.evaluation, o, pick.model, bound)
    if found is None or math.isnan(found.value):
        return ""
    flattered = "choosing on the same rows flatters"
    gap = than_here(o, found.value, pick.value, page.scenario, flattered=flattered)
    return f"its threshold chosen on other rows: {figure(o, found.value, page.scenario)} ({gap})"


def limits_words(
    page: PageState, point: OperatingPoint, ranges: Mapping[str, tuple[float, float]] | None = None
) -> LimitsWords:
    """Which limits a point breaks, as `dashboard.page.summary.limits` has it."""
    return summary.limits(point.figures, page.limits, page.scenario, ranges)


@dataclass(frozen=True)
class CardLine:
    """One line of a stakeholder's card.

    Attributes
    ----------
    text : str
    strong : str
        What stands before it in bold.
    model : str or None
        Whose colour and shape stand before the text.
    before : str
        What stands between the bold part and that mark.
    quiet, cost : bool
        Whether it is an aside; whether it is what the choice costs the stakeholder.
    tone : {"", "good", "bad"}
        Whether a gap is to the stakeholder's liking.
    exact : str
        What stands under the pointer, with all digits of a threshold.
    """

    text: str
    strong: str = ""
    model: str | None = None
    before: str = ""
    quiet: bool = False
    cost: bool = False
    tone: str = ""
    exact: str = ""


@dataclass(frozen=True)
class CardText:
    """A stakeholder's card: the figure, its unit, its 95 % interval, and the lines below."""

    text: str
    unit: str
    range: str
    lines: tuple[CardLine, ...]


def card(
    page: PageState,
    stakeholder: Stakeholder,
    point: OperatingPoint,
    unsettled: Collection[str] = (),
) -> CardText:
    """What a stakeholder's card says of a point.

    Parameters
    ----------
    page : PageState
    stakeholder : Stakeholder
    point : OperatingPoint
    unsettled : collection of objective ids
        Of whose change from today it is known that it may be chance; while the threshold is dragged, that
        is known of none.

    Notes
    -----
    First what explains the large figure, so that nobody takes it for the pick's; then what was gained and
    given up, then what it rests on.
    """
    o = stakeholder.objective
    return CardText(
        figure(o, point.figures[o.id], page.scenario),
        unit_words(o, page.scenario),
        range_words(page, o, point),
        (
            *_in_file(page, o, point),
            *_aside(page, o, point),
            *_gaps(page, stakeholder, point, unsettled),
            *_bound(page, stakeholder, point),
            *fixed(page, stakeholder),
        ),
    )


def range_words(page: PageState, o: Objective, point: OperatingPoint) -> str:
    """The 95 % interval of a figure in words; nothing where there is none."""
    ends = page.range_of(o.id, str(point.model), point.threshold)
    return "" if ends is None else span(o, point.figures[o.id], *ends, page.scenario)


def _in_file(page: PageState, o: Objective, point: OperatingPoint) -> list[CardLine]:
    """The file's own figure, where the one above is production's."""
    own = in_file(page, o, point)
    if math.isnan(own):
        return []
    return [CardLine(f"in the file: {figure(o, own, page.scenario)}", quiet=True)]


def _gaps(
    page: PageState, stakeholder: Stakeholder, point: OperatingPoint, unsettled: Collection[str]
) -> list[CardLine]:
    """A point against today's system and against the stakeholder's own pick."""
    o = stakeholder.objective
    value, today = point.figures[o.id], page.today.figures[o.id]
    out: list[CardLine] = []
    if math.isnan(value):
        return out
    if not (math.isnan(today) or o.is_against_today):
        text = written_gap(o, value, today, page.scenario).than("today")
        tone = _tone(page, o, value, today)
        if tone and o.id in unsettled:
            out.append(CardLine(f"{text} ({summary.NOT_SETTLED})"))
        else:
            out.append(CardLine(text, tone=tone))
    if stakeholder.pick is not None:
        text = cost_to_stakeholder(o, value, stakeholder.pick, page.evaluation)
        tone = _tone(page, o, value, stakeholder.pick.value)
        out.append(CardLine(text, cost=True, tone=tone))
    return out


def _tone(page: PageState, o: Objective, value: float, reference: float) -> str:
    """Whether a stakeholder likes a gap; two sums of money that read the same are no gap."""
    gap = written_gap(o, value, reference, page.scenario)
    if gap.is_same or not gap.is_defined:
        return ""
    if len({figure(o, one, page.scenario) for one in (value, reference)}) == 1:
        return ""
    return "bad" if worse_by(o, value, reference) > 0 else "good"


def _aside(page: PageState, o: Objective, point: OperatingPoint) -> list[CardLine]:
    """The second way to read the figure."""
    said = _aside_text(page, o, point)
    return [CardLine(said, quiet=True)] if said else []


def _bound(page: PageState, stakeholder: Stakeholder, point: OperatingPoint) -> list[CardLine]:
    """Whether the point keeps the stakeholder's limit; always a line, so that nothing below it moves."""
    if stakeholder.bound is None:
        return []
    limited = stakeholder.bound.objective
    there = point.figures[limited.id]
    text = f"{limited.label} {figure(limited, there, page.scenario)}"
    kept = stakeholder.bound.keeps(there)
    return [CardLine(text, strong="Within its limit:" if kept else "Breaks its limit:", quiet=kept)]


def fixed(page: PageState, stakeholder: Stakeholder) -> list[CardLine]:
    """Lines about the stakeholder's own pick, whatever point is under discussion."""
    key = page.keyed("own pick", page.intervals_key, page.choices.names, stakeholder.name)
    return cache.part(key, lambda: _fixed(page, stakeholder))


def _fixed(page: PageState, stakeholder: Stakeholder) -> list[CardLine]:
    o, evaluation = stakeholder.objective, page.evaluation
    if stakeholder.pick is None:
        reason = (
            f"no threshold qualifies {bound_words(stakeholder.bound, evaluation.scenario)}"
            if stakeholder.bound
            else "no threshold flags some units and not all"
        )
        return [CardLine(reason, strong="No own pick:")]
    own = figure(o, stakeholder.pick.value, page.scenario)
    words = page.words(stakeholder.pick.model, stakeholder.pick.threshold)
    exact = page.exact_words(stakeholder.pick.model, stakeholder.pick.threshold)
    out = [
        CardLine(
            words,
            strong="Own pick:",
            before=f"{own}, ",
            model=stakeholder.pick.model,
            exact=exact,
        )
    ]
    rule = rule_words(stakeholder.pick, evaluation.scenario)
    if o.of_model:
        cheapest = pick(
            points_of_model(page.points, stakeholder.pick.model),
            OBJECTIVES["cost_of_errors"],
            evaluation,
        )
        if cheapest is not None and cheapest.threshold != stakeholder.pick.threshold:
            at = page.figures.threshold_words(stakeholder.pick.model, cheapest.threshold)
            rule += f"; its errors cost least at {at}"
    rules = [rule] if rule else []
    elsewhere = on_other_rows(page, o, stakeholder.pick, stakeholder.bound)
    if elsewhere:
        rules.append(elsewhere)
    if rules:
        out.append(CardLine("; ".join(rules), quiet=True))
    return out


def aside(page: PageState, o: Objective) -> str:
    """How the second way to read a figure is found, where one is needed to make sense of it.

    Returns
    -------
    str
        "per 1000", "infinite rows", "per cent", "valued" (nobody has said what a unit earns), "model" or
        nothing.
    """
    if o.is_clipped:
        return "infinite rows"
    if o.in_proportion and o.is_against_today:
        return "valued" if page.scenario.payoff is None else "per cent"
    if o.in_proportion:
        return "per 1000"
    return "model" if o.of_model else ""


def _aside_text(page: PageState, o: Objective, point: OperatingPoint) -> str:
    kind, model = aside(page, o), str(point.model)
    if kind == "per 1000":
        return f"{number(point.figures[o.in_proportion])} of every 1,000 defects"
    if kind == "valued":
        return valued(page.scenario)
    if kind == "per cent":
        percent = point.figures[o.in_proportion]
        if math.isnan(percent):
            return ""
        return f"{figure(OBJECTIVES[o.in_proportion], percent, page.scenario)} on today’s"
    if kind == "infinite rows" and infinite(page, model):
        return infinite(page, model)
    return f"of {page.label(model)}, at every threshold" if kind else ""


def infinite(page: PageState, model: str) -> str:
    """What makes the unclipped log loss of a model infinite; nothing where it is finite."""
    evaluation = page.evaluation
    rows = evaluation.figures[evaluation.tally.index(model)].infinite_rows
    if not rows:
        return ""
    return (
        f"infinite unclipped: {counted(int(rows), 'unit')} scored exactly 0 or 1 on the wrong side"
    )


def valued(scenario: Scenario) -> str:
    """What stands in for money where no payoffs are given."""
    miss = scenario.miss_cost
    return (
        "no payoffs given: a good unit shipped counts 1, a miss "
        f"{number(miss, 0 if miss % 1 == 0 else 1)}"
    )


@dataclass(frozen=True)
class PointSentence:
    """A point in one sentence: ``point`` ``what``, against today, and which limits it breaks.

    Under the pointer ``point`` is ``exact``, with all digits of its threshold.
    """

    point: str
    exact: str
    what: str
    against: str
    limits: LimitsWords


def sentence(
    page: PageState,
    point: OperatingPoint,
    unsettled: Collection[str] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> PointSentence:
    """What a point flags and catches, and what it changes.

    Parameters
    ----------
    page : PageState
    point : OperatingPoint
    unsettled : collection of objective ids
        As of `card`.
    ranges : mapping of objective id to (float, float), optional
        As of `dashboard.page.summary.limits`.
    """
    return PointSentence(
        page.words(point.model, point.threshold),
        page.exact_words(point.model, point.threshold),
        summary.what(point.figures),
        against_today(page, point, unsettled),
        limits_words(page, point, ranges),
    )


def today_words(page: PageState) -> str:
    """Today's system as the page calls it."""
    return page.words(page.today.model, page.today.threshold)


def against_today(page: PageState, point: OperatingPoint, unsettled: Collection[str] = ()) -> str:
    """A point against today's system, in one sentence."""
    today = page.today
    same = today.model == point.model
    name = today_words(page)
    return summary.against(
        point.figures, today.figures, page.scenario, name, same_model=same, unsettled=unsettled
    )
