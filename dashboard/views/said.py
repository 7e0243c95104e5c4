"""What the table page says of an operating point: the sentence under the title and each seat's lines.

The browser says the same while the threshold is dragged; at rest what stands on the page is from here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard import cache, summary
from dashboard.views.file_figures import in_file
from dashboard.views.limits import limits_words
from dashboard.views.optimism import on_other_rows
from dashboard.views.state import Seat, Table, own_points
from metrics import OBJECTIVES, Objective, Scenario, pick
from metrics.decision import cost_to_seat
from metrics.wording import difference, figure, number, span, unit_words, worse_by


@dataclass(frozen=True)
class Line:
    """One line of a seat's card.

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
        Whether it is an aside; whether it is what the choice costs the seat.
    tone : {"", "good", "bad"}
        Whether a gap is to the seat's liking.
    """

    text: str
    strong: str = ""
    model: str | None = None
    before: str = ""
    quiet: bool = False
    cost: bool = False
    tone: str = ""


@dataclass(frozen=True)
class Figure:
    """A seat's card: the figure, its unit, its 95 % interval, and the lines below."""

    text: str
    unit: str
    range: str
    lines: tuple[Line, ...]


def card(table: Table, seat: Seat, point: pd.Series, unsettled: Collection[str] = ()) -> Figure:
    """What a seat's card says of a point.

    Parameters
    ----------
    table : Table
    seat : Seat
    point : Series
    unsettled : collection of objective ids
        Of whose change from today it is known that it may be chance; while the threshold is dragged, that
        is known of none.

    Notes
    -----
    First what explains the large figure, so that nobody takes it for the pick's; then what was gained and
    given up, then what it rests on.
    """
    o = seat.objective
    return Figure(
        figure(o, float(point[o.id]), table.scenario),
        unit_words(o, table.scenario),
        range_words(table, o, point),
        (
            *_in_file(table, o, point),
            *_aside(table, o, point),
            *_gaps(table, seat, point, unsettled),
            *_bound(table, seat, point),
            *fixed(table, seat),
        ),
    )


def range_words(table: Table, o: Objective, point: pd.Series) -> str:
    """The 95 % interval of a figure in words; nothing where there is none."""
    ends = table.range_of(o.id, str(point["model"]), float(point["threshold"]))
    return "" if ends is None else span(o, float(point[o.id]), *ends, table.scenario)


def _in_file(table: Table, o: Objective, point: pd.Series) -> list[Line]:
    """The file's own figure, where the one above is production's."""
    own = in_file(table, o, point)
    if math.isnan(own):
        return []
    return [Line(f"in the file: {figure(o, own, table.scenario)}", quiet=True)]


def _gaps(table: Table, seat: Seat, point: pd.Series, unsettled: Collection[str]) -> list[Line]:
    """A point against today's system and against the seat's own pick."""
    o, value, today = (
        seat.objective,
        float(point[seat.objective.id]),
        table.today[seat.objective.id],
    )
    out: list[Line] = []
    if math.isnan(value):
        return out
    if not (math.isnan(float(today)) or o.id.startswith("revenue_impact")):
        text = difference(o, value, float(today), table.scenario, than="today")
        tone = _tone(table, o, value, float(today), text)
        if tone and o.id in unsettled:
            out.append(Line(f"{text}{summary.NOT_SETTLED}"))
        else:
            out.append(Line(text, tone=tone))
    if seat.pick is not None:
        text = cost_to_seat(o, value, seat.pick, table.evaluated.evaluation)
        out.append(Line(text, cost=True, tone=_tone(table, o, value, seat.pick.value, text)))
    return out


def _tone(table: Table, o: Objective, value: float, reference: float, text: str) -> str:
    """Whether a gap is to the seat's liking; of two sums of money that read the same it is to nobody's."""
    if text.startswith("the same") or math.isnan(value - reference):
        return ""
    if len({figure(o, one, table.scenario) for one in (value, reference)}) == 1:
        return ""
    return "bad" if worse_by(o, value, reference) > 0 else "good"


def _aside(table: Table, o: Objective, point: pd.Series) -> list[Line]:
    """The second way to read the figure."""
    said = _aside_text(table, o, point)
    return [Line(said, quiet=True)] if said else []


def _bound(table: Table, seat: Seat, point: pd.Series) -> list[Line]:
    """Whether the point keeps the seat's limit; always a line, so that nothing below it moves."""
    if seat.bound is None:
        return []
    limited = seat.bound.objective
    there = float(point[limited.id])
    text = f"{limited.label} {figure(limited, there, table.scenario)}"
    kept = seat.bound.keeps(there)
    return [Line(text, strong="Within its limit:" if kept else "Breaks its limit:", quiet=kept)]


def fixed(table: Table, seat: Seat) -> list[Line]:
    """Lines about the seat's own pick, whatever point is under discussion."""
    key = repr((table.sure, table.choices.names, seat.name))
    lines: list[Line] = cache.drawn("own pick", key, lambda: _fixed(table, seat))
    return lines


def _fixed(table: Table, seat: Seat) -> list[Line]:
    o, evaluation = seat.objective, table.evaluated.evaluation
    if seat.pick is None:
        reason = (
            f"no threshold qualifies {seat.bound.words(evaluation)}"
            if seat.bound
            else "no threshold flags some units and not all"
        )
        return [Line(reason, strong="No own pick:")]
    own = figure(o, seat.pick.value, table.scenario)
    words = table.words(seat.pick.model, seat.pick.threshold)
    out = [Line(words, strong="Own pick:", before=f"{own}, ", model=seat.pick.model)]
    rule = seat.pick.words
    if o.of_model:
        cheapest = pick(
            own_points(table.points, seat.pick.model), OBJECTIVES["cost_of_errors"], evaluation
        )
        if cheapest is not None and cheapest.threshold != seat.pick.threshold:
            at = table.threshold_words(seat.pick.model, cheapest.threshold)
            rule += f"; its errors cost least at {at}"
    rules = [rule] if rule else []
    elsewhere = on_other_rows(table, o, seat.pick, seat.bound)
    if elsewhere:
        rules.append(elsewhere)
    if rules:
        out.append(Line("; ".join(rules), quiet=True))
    return out


def aside(table: Table, o: Objective) -> str:
    """How the second way to read a figure is found, where one is needed to make sense of it.

    Returns
    -------
    str
        "per 1000", "infinite rows", "per cent", "valued" (nobody has said what a unit earns), "model" or
        nothing.
    """
    if o.id == "missed_defects":
        return "per 1000"
    if o.id == "log_loss":
        return "infinite rows"
    if o.id == "revenue_impact":
        return "valued" if table.scenario.payoff is None else "per cent"
    return "model" if o.of_model else ""


def _aside_text(table: Table, o: Objective, point: pd.Series) -> str:
    kind, model = aside(table, o), str(point["model"])
    if kind == "per 1000":
        return f"{number(float(point['missed_defects_per_1000_defects']))} of every 1,000 defects"
    if kind == "valued":
        return valued(table.scenario)
    if kind == "per cent":
        percent = float(point["revenue_impact_percent"])
        if math.isnan(percent):
            return ""
        o = OBJECTIVES["revenue_impact_percent"]
        return f"{figure(o, percent, table.scenario)} on today’s"
    if kind == "infinite rows" and infinite(table, model):
        return infinite(table, model)
    return f"of {table.label(model)}, at every threshold" if kind else ""


def infinite(table: Table, model: str) -> str:
    """What makes the unclipped log loss of a model infinite; nothing where it is finite."""
    evaluation = table.evaluated.evaluation
    rows = evaluation.figures[evaluation.tally.index(model)].infinite_rows
    if not rows:
        return ""
    units = "unit" if rows == 1 else "units"
    return f"infinite unclipped: {number(rows)} {units} scored exactly 0 or 1 on the wrong side"


def valued(scenario: Scenario) -> str:
    """What stands in for money where no payoffs are given."""
    miss = scenario.miss_cost
    return (
        "no payoffs given: a good unit shipped counts 1, a miss "
        f"{number(miss, 0 if miss % 1 == 0 else 1)}"
    )


@dataclass(frozen=True)
class Sentence:
    """A point in one sentence: ``model`` ``what``, against today, and which limits it breaks."""

    point: str
    what: str
    against: str
    limits: str


def sentence(
    table: Table,
    point: pd.Series,
    unsettled: Collection[str] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> Sentence:
    """What a point flags and catches, and what it changes.

    Parameters
    ----------
    table : Table
    point : Series
    unsettled : collection of objective ids
        As of `card`.
    ranges : mapping of objective id to (float, float), optional
        As of `dashboard.summary.limits`.
    """
    words = table.words(point["model"], float(point["threshold"]))
    against = against_today(table, point, unsettled)
    return Sentence(words, summary.what(point), against, limits_words(table, point, ranges))


def today_words(table: Table) -> str:
    """Today's system as the page calls it."""
    return table.words(table.today["model"], float(table.today["threshold"]))


def against_today(table: Table, point: pd.Series, unsettled: Collection[str] = ()) -> str:
    """A point against today's system, in one sentence."""
    today = table.today
    same = today["model"] == point["model"]
    name = today_words(table)
    return summary.against(point, today, table.scenario, name, same_model=same, unsettled=unsettled)
