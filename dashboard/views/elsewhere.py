"""Whether what was picked holds on other data that is open: a later month, another line, a test set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import cache, session
from dashboard.library import Dataset, Library
from dashboard.naming import with_own_names
from dashboard.summary import in_per_cent
from dashboard.views.deciding import deciding
from dashboard.views.head import HELD_OUT
from dashboard.views.parts import escaped, plain, refusal_markup, small, swatch, write
from dashboard.views.state import Table
from metrics import OBJECTIVES, Bound, Objective, Scenario, ScoreError, evaluate, wording
from metrics.phrases import subject
from metrics.resample import Resampled
from metrics.resample import draw as drawn_buckets
from metrics.transfer import Transferred, carried, transferred
from metrics.wording import figure, number, span, unit_words

NONE = "none"


@dataclass(frozen=True)
class Judged:
    """An operating point that somebody chose here, and what became of it on other data.

    Attributes
    ----------
    whose : str
    objective : Objective
    bound : Bound or None
    model, threshold
    found : Transferred or None
        None where it cannot be judged there.
    why : str
        Why it cannot.
    """

    whose: str
    objective: Objective
    bound: Bound | None
    model: str
    threshold: float
    found: Transferred | None
    why: str = "not among the models there"


def others(library: Library, dataset: Dataset) -> list[Dataset]:
    """Open data that shares a model with this: of the command line, of this reader, or of the link."""
    named, owner = [session.current().also, *session.opened()], session.owner()
    found = [*library.own, *(library.find(f, owner) for f in named if f not in (None, NONE))]
    distinct = {other.fingerprint: other for other in found if other is not None}
    distinct.pop(dataset.fingerprint, None)
    models = set(dataset.scores.models)
    # The sample is nobody's later month: what it shares with other data is a model's name.
    return [
        other
        for other in distinct.values()
        if other.origin != "sample" and models & set(other.scores.models)
    ]


def chosen(also: str | None, among: Sequence[Dataset]) -> Dataset | None:
    """The other data to judge on: what was chosen, or the last that was opened."""
    if also == NONE or not among:
        return None
    return next((other for other in among if other.fingerprint == also), among[-1])


def draw(table: Table, among: Sequence[Dataset]) -> str:
    """The part of the page about other data; nothing where none is open.

    Returns
    -------
    str
        Warning for the top of the page; empty where there is nothing to warn of.
    """
    wanted = table.choices.also
    here = table.dataset.fingerprint
    gone = wanted not in (None, NONE, here, *(other.fingerprint for other in among))
    warning = "The other data that this link names is not here any more." if gone else ""
    if not among:
        return warning
    other = chosen(wanted, among)
    with st.container(border=True, gap="small", key="part_elsewhere"):
        with st.container(horizontal=True, vertical_alignment="center"):
            write('<p class="cg-eyebrow" id="other-data">On other data</p>')
            _which(other, among)
        if other is not None:
            warning = " ".join(filter(None, [warning, _judge(table, other)]))
    return warning


def _which(other: Dataset | None, among: Sequence[Dataset]) -> None:
    titles = {one.fingerprint: plain(one.title) for one in among} | {NONE: "none"}
    st.selectbox(
        "Judge the picks on",
        list(titles),
        format_func=titles.__getitem__,
        label_visibility="collapsed",
        width=260,
        **session.widget(
            "also",
            NONE if other is None else other.fingerprint,
            lambda choices, value: replace(choices, also=value),
        ),
    )


def _judge(table: Table, other: Dataset) -> str:
    """Draw what became of the picks there; the warning for the top of the page."""
    try:
        return _judged(table, other)
    except ScoreError as error:  # nobody has opened this data as such yet
        for problem in with_own_names(error.problems, other.files):
            write(refusal_markup(problem))
        return ""


def _judged(table: Table, other: Dataset) -> str:
    cache.await_tally(other)
    scenario = carried(table.scenario, table.evaluated.evaluation, other.scores.models)
    if scenario is None:
        system = escaped(table.label(str(table.today["model"])))
        write(
            f'<p class="cg-notice">{escaped(other.title)} has no model {system}, which is today’s system: '
            "nothing there can be set against today.</p>"
        )
        return ""
    limits = [(limit.objective.id, limit.value) for limit in table.limits]
    key = repr((table.key, table.choices.seed, other.fingerprint, limits))
    picks: list[Judged] = cache.drawn(
        "elsewhere", key, lambda: judged(table, other, scenario, _picks(table))
    )
    chosen_at = table.chosen["model"], float(table.chosen["threshold"])
    moving = repr((key, chosen_at, table.choices.weights))
    here: list[Judged] = cache.drawn(
        "elsewhere chosen", moving, lambda: judged(table, other, scenario, _under_discussion(table))
    )
    write(f'<h2 class="cg-finding">{escaped(finding(picks, other))}</h2>')
    write(_facts(other, scenario))
    write(_markup(table, other, scenario, [*picks, *here]))
    write(
        '<p class="cg-note">Each threshold is carried over as it stands. It does not hold where the figure '
        "there is worse by more than both samples’ chance, where a limit that it keeps here breaks, or "
        "where another threshold of the same model would clearly do better there.</p>"
    )
    failed = any(p.found is not None and p.found.fails for p in picks)
    return f"{finding(picks, other)}." if failed else ""


def _picks(table: Table) -> list[Judged]:
    # A limit that nobody chose is the default of the other data there, such as today's recall.
    chosen = [named is not None for named in table.choices.bounds]
    return [
        Judged(s.title, s.objective, s.bound if own else None, s.pick.model, s.pick.threshold, None)
        for s, own in zip(table.seats, chosen, strict=True)
        if s.pick is not None
    ]


def _under_discussion(table: Table) -> list[Judged]:
    model, at = str(table.chosen["model"]), float(table.chosen["threshold"])
    cost, place = OBJECTIVES["cost_of_errors"], deciding(table).least_regret.place
    points = [Judged("Chosen point", cost, None, model, at, None)]
    if place is not None and (place.model, place.threshold) != (model, at):
        points.append(Judged("Compromise", cost, None, place.model, place.threshold, None))
    return points


def judged(
    table: Table, other: Dataset, scenario: Scenario, points: Sequence[Judged]
) -> list[Judged]:
    """Carry operating points of this data over to other data."""
    here = cache.evaluated(table.dataset, scenario).evaluation
    there = cache.evaluated(other, scenario).evaluation
    shared = [p for p in points if other.counts_at(p.model, p.threshold)]
    finite = [(p.model, p.threshold) for p in shared if math.isfinite(p.threshold)]
    apart = cache.counted_at(other, finite)
    seed = table.choices.seed
    first, second = (Resampled(e, drawn_buckets(e.tally, seed=seed)) for e in (here, there))
    exact = None
    if apart is not None:
        of = evaluate(apart, scenario, today_tally=there.today_tally)
        exact = Resampled(of, second.draws)
    grouped = tuple(d.scores.columns.group is not None for d in (table.dataset, other))
    out = []
    for p in points:
        found = None
        if p in shared:
            found = transferred(
                p.objective, p.model, p.threshold, first, second,
                exact=exact, bound=p.bound, limits=table.limits,
                grouped=(grouped[0], grouped[1]),
            )  # fmt: skip
        elif p.model in other.scores.models:
            p = replace(p, why="the tally there does not count at this threshold")
        out.append(replace(p, found=found))
    return out


def finding(picks: Sequence[Judged], other: Dataset) -> str:
    """What became of the seats' picks, in one sentence."""
    known = [p for p in picks if p.found is not None]
    if not known:
        if any(p.model in other.scores.models for p in picks):
            return f"{other.title} is a tally that counts at no pick’s threshold"
        return f"No pick’s model is in {other.title}"
    failed = [p.whose.lower() for p in known if p.found is not None and p.found.fails]
    every = {1: "The one pick holds", 2: "Both picks hold", 3: "All three picks hold"}
    if not failed:
        return f"{every[len(known)]} on {other.title}"
    if len(failed) == len(known) > 1:
        return f"No pick holds on {other.title}"
    names = " and the ".join(failed)
    return f"The {names}’s pick {'does' if len(failed) == 1 else 'do'} not hold on {other.title}"


def _facts(other: Dataset, scenario: Scenario) -> str:
    goods, defects = (int(n) for n in cache.tally(other.fingerprint, other).rows)
    facts = [
        f"{number(goods + defects)} units",
        HELD_OUT[other.scores.held_out],
        f"{in_per_cent(defects / (goods + defects))} defective ({number(defects)})",
        f"counts on both sides are for {number(scenario.units_per_year or 0)} units",
    ]
    if scenario.defect_rate is None:
        facts.append("each at its own defect rate")
    return f'<p class="cg-note">{escaped(" · ".join(facts))}</p>'


def _markup(table: Table, other: Dataset, scenario: Scenario, points: Sequence[Judged]) -> str:
    heads = ("Whose", "Figure", "Here", escaped(other.title), "Best threshold there", "Holds")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(_row(table, scenario, p) for p in points)
    return (
        f'<table class="cg-compare cg-elsewhere"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(table: Table, scenario: Scenario, p: Judged) -> str:
    words = escaped(table.words(p.model, p.threshold))
    mark = swatch(table.styles[p.model], table.look)
    name = (
        f'<th scope="row"><span class="cg-strong">{escaped(p.whose)}</span><br>{mark}{words}</th>'
    )
    # Counts are for as many units as the first data has: a year's, only where a volume was given.
    yearly = table.scenario.units_per_year is not None
    unit = unit_words(p.objective, scenario)
    unit = unit if yearly else unit.removesuffix("a year").strip()
    what = f"<td>{escaped(p.objective.label)} {escaped(unit)}</td>"
    found = p.found
    if found is None:
        return f'<tr>{name}{what}<td colspan="4">{escaped(p.why)}</td></tr>'

    def cell(value: float, ends: tuple[float, float]) -> str:
        known = span(p.objective, value, *ends, scenario) if table.choices.intervals else ""
        return f"<td>{escaped(figure(p.objective, value, scenario))}{small(known)}</td>"

    best = "<td>–</td>"
    if not math.isnan(found.best):
        at = wording.threshold(found.best_threshold)
        best = (
            f"<td>{escaped(figure(p.objective, found.best, scenario))}"
            f'<br><span class="cg-small">at {escaped(at)}</span></td>'
        )
    tone = "cg-holds" if found.holds else "cg-fails"
    return (
        f"<tr>{name}{what}{cell(found.here, found.here_range)}"
        f"{cell(found.there, found.there_range)}{best}"
        f'<td class="{tone}">{escaped(verdict(found))}</td></tr>'
    )


def verdict(found: Transferred) -> str:
    """Whether a point holds on the other data, and if not, why."""
    if math.isnan(found.there):
        return "undefined there"
    if found.holds:
        return "holds"
    reasons = []
    if not found.kept:
        reasons.append("breaks its limit there")
    reasons += [f"breaks the limit on {subject(limit.objective)} there" for limit in found.broken]
    if found.worse:
        reasons.append("worse there")
    if found.misplaced:
        reasons.append("another threshold is better there")
    return "does not hold: " + ", ".join(reasons)
