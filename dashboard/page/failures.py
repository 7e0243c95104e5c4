"""What the chosen point gets wrong, and where: values of the Failures page, counted from the rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.data.pictures import Picture
from dashboard.data.tally_job import TURNS
from dashboard.page import cache
from dashboard.page.cache import Key
from dashboard.page.state import PageState
from metrics import OBJECTIVES, Objective, TallyFile
from metrics.errors import counted
from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.label_doubts import label_doubts
from metrics.inference.category_intervals import flagged_share_interval
from metrics.inference.comparison import Chance
from metrics.inference.share_intervals import count_interval
from metrics.narrative.formatting import figure, period_of
from metrics.narrative.phrases import joined
from metrics.tally.breakdown import FLAGGED, PASSED, Breakdown
from metrics.tally.failures import (
    BOTH,
    CHOSEN,
    TODAY,
    YES,
    Failures,
    FirstUnits,
    Unit,
    UnitList,
    count_failures,
    list_units,
    units_at,
)

MISSED, ALARMS = OBJECTIVES["missed_defects"], OBJECTIVES["false_alarms"]
Ends = tuple[float, float]
UNKNOWN: Ends = (math.nan, math.nan)


@dataclass(frozen=True)
class Count:
    """Units of one class, as the scenario has them.

    Attributes
    ----------
    value : float
        A year, where the scenario says how many units a year has.
    ends : (float, float)
        95 % interval; NaN where it is not known.
    in_file : float
        As they were counted.
    """

    value: float
    ends: Ends
    in_file: float


@dataclass(frozen=True)
class AgainstToday:
    """How the chosen point and today's system treat the units of one class.

    Attributes
    ----------
    of_defects : bool
    both, newly, no_longer, neither : Count
        Flagged by both; by the point alone; by today's system alone; by neither.
    """

    of_defects: bool
    both: Count
    newly: Count
    no_longer: Count
    neither: Count


@dataclass(frozen=True)
class Rate:
    """Share of a class that is flagged in a part of the units.

    Attributes
    ----------
    value : float
        NaN where the part has no unit of the class.
    ends : (float, float)
        Of the intervals of all parts together, which hold at once in 95 % of samples.
    chance : Chance
        Whether its distance from that of all units may be chance.
    of_all : float
        The same share of all units.
    """

    value: float
    ends: Ends
    chance: Chance
    of_all: float


@dataclass(frozen=True)
class Part:
    """The units of one segment, or one kind of defect.

    Attributes
    ----------
    category : str
    defects : float
        In the file.
    missed : Count
    newly_caught, newly_missed : Count or None
        Against today's system; None where there is none.
    recall : Rate
    false_alarms : Count or None
        None of a kind of defect, which no good unit has.
    false_alarm_rate : Rate or None
    """

    category: str
    defects: float
    missed: Count
    newly_caught: Count | None
    newly_missed: Count | None
    recall: Rate
    false_alarms: Count | None
    false_alarm_rate: Rate | None


@dataclass(frozen=True)
class Parts:
    """The parts of a column, the lowest recall first.

    Attributes
    ----------
    column : str
    is_kind : bool
        Whether it is the kind of defect.
    parts : tuple of Part
    has_others : bool
        Whether there were so many that the later ones are counted together.
    """

    column: str
    is_kind: bool
    parts: tuple[Part, ...]
    has_others: bool


@dataclass(frozen=True)
class FailuresOf:
    """Everything that the page shows of the chosen point.

    Attributes
    ----------
    defects, goods : AgainstToday or None
        None where everything is shipped today.
    is_today : bool
        Whether the point is today's system.
    columns : tuple of Parts
        The kind of defect first.
    counts : mapping of UnitList to int
        Units of every list, in the file.
    """

    defects: AgainstToday | None
    goods: AgainstToday | None
    is_today: bool
    columns: tuple[Parts, ...]
    counts: Mapping[UnitList, int]


def has_rows(page: PageState) -> bool:
    """Whether the units can be looked at; a tally has only their counts."""
    return not isinstance(page.dataset.scores, TallyFile)


def _today_of(page: PageState) -> tuple[str, float] | None:
    today = page.scenario.today
    return None if today is None else (today.model, today.threshold)


def _counted_key(page: PageState) -> Key:
    point = str(page.chosen.model), page.chosen.threshold
    return page.keyed("failures counted", point, _today_of(page))


def are_counted(page: PageState) -> bool:
    """Whether no row has to be read for the chosen point's failures."""
    return cache.has_part(_counted_key(page))


def counted_failures(page: PageState) -> Failures:
    """What the chosen point gets wrong, counted once from the rows.

    Raises
    ------
    ScoreError
        Where the files are no longer what they were.
    """

    def count() -> Failures:
        scores, tally = page.dataset.scores, page.evaluation.tally
        assert not isinstance(scores, TallyFile)
        with TURNS:
            return count_failures(
                scores,
                str(page.chosen.model),
                page.chosen.threshold,
                today=_today_of(page),
                buckets=1 if _stand_alone(page) else len(tally.counts),
            )

    return cache.part(_counted_key(page), count)


def counts_alone(page: PageState) -> Confusion:
    """Observed counts of the chosen model at its threshold, without inspectors, as the rows have them."""
    return page.evaluation.alone.counts_at(page.chosen.model, page.chosen.threshold)


def _stand_alone(page: PageState) -> bool:
    """Whether every row counts as one and stands alone."""
    tally = page.evaluation.tally
    return not tally.grouped and tally.weights is None


def failures_of(page: PageState) -> FailuresOf:
    """All that the page shows but the single units."""
    found = counted_failures(page)
    key = page.keyed("failures", page.intervals_key, _counted_key(page).of, page.choices.intervals)
    return cache.part(key, lambda: _made(page, found))


def _made(page: PageState, found: Failures) -> FailuresOf:
    today = found.breakdowns.today
    kinds = found.breakdowns.defect_types
    columns = [] if kinds is None else [_parts(page, kinds, is_kind=True)]
    columns += [_parts(page, own, is_kind=False) for own in found.breakdowns.segments.values()]
    point = str(page.chosen.model), page.chosen.threshold
    return FailuresOf(
        defects=None if today is None else _against(page, today, of_defects=True),
        goods=None if today is None else _against(page, today, of_defects=False),
        is_today=point == _today_of(page) and page.ship_below(*point) is None,
        columns=tuple(own for own in columns if own.parts),
        counts={name: own.count for name, own in found.lists.items()},
    )


def _against(page: PageState, today: Breakdown, *, of_defects: bool) -> AgainstToday:
    flagged, shipped = today.flagged_and_shipped(CHOSEN, YES)
    label = int(of_defects)
    return AgainstToday(
        of_defects,
        both=_count(page, flagged[:, FLAGGED, label], of_defects),
        newly=_count(page, flagged[:, PASSED, label], of_defects),
        no_longer=_count(page, shipped[:, FLAGGED, label], of_defects),
        neither=_count(page, shipped[:, PASSED, label], of_defects),
    )


def _count(page: PageState, by_bucket: NDArray[Any], of_defects: bool) -> Count:
    """A count as the scenario has it, with its interval where samples have been drawn."""
    factor = float(page.evaluation.factors[0 if of_defects else 1])
    count, known = float(by_bucket.sum()), page.uncertainty
    if known is None:
        return Count(count * factor, UNKNOWN, count)
    b = known.bootstrap
    ends = count_interval(
        b,
        np.array([count]),
        np.empty((0, 1)) if b.rows_are_independent else b.drawn.sums(by_bucket[:, None]),
        of_defects=of_defects,
        within_class=page.scenario.defect_rate is not None,
    )
    return Count(count * factor, (float(ends.low[0] * factor), float(ends.high[0] * factor)), count)


def _parts(page: PageState, own: Breakdown, *, is_kind: bool) -> Parts:
    flagged, shipped = own.flagged_and_shipped(CHOSEN, YES)
    has_today = TODAY in own.models
    today, both = (
        (own.flagged_and_shipped(name, YES)[0] if has_today else None) for name in (TODAY, BOTH)
    )
    rates = {label: _rates(page, own, label) for label in ((1,) if is_kind else (1, 0))}
    parts = []
    for c, category in enumerate(own.categories):
        newly_caught = newly_missed = None
        if today is not None and both is not None:
            newly_caught = _count(page, (flagged - both)[:, c, 1], True)
            newly_missed = _count(page, (today - both)[:, c, 1], True)
        parts.append(
            Part(
                category,
                defects=float((flagged + shipped)[:, c, 1].sum()),
                missed=_count(page, shipped[:, c, 1], True),
                newly_caught=newly_caught,
                newly_missed=newly_missed,
                recall=rates[1][c],
                false_alarms=None if is_kind else _count(page, flagged[:, c, 0], False),
                false_alarm_rate=None if is_kind else rates[0][c],
            )
        )
    parts.sort(key=lambda part: (math.isnan(part.recall.value), part.recall.value, part.category))
    return Parts(own.column, is_kind, tuple(parts), own.has_others)


def _rates(page: PageState, own: Breakdown, label: int) -> list[Rate]:
    """Share of a class that is flagged, by category, each against that of all."""
    flagged, shipped = (
        n.sum(axis=0)[:, label].astype(np.float64) for n in own.flagged_and_shipped(CHOSEN, YES)
    )
    shares = ratio(flagged, flagged + shipped)
    whole = float(ratio(flagged.sum(keepdims=True), (flagged + shipped).sum(keepdims=True))[0])
    if not page.choices.intervals:
        return [Rate(float(share), UNKNOWN, Chance.UNKNOWN, whole) for share in shares]
    ends = flagged_share_interval(own, CHOSEN, YES, label, independent=_stand_alone(page))
    rates = []
    for share, low, high in zip(
        shares.tolist(), ends.low.tolist(), ends.high.tolist(), strict=True
    ):
        chance = Chance.POSSIBLE if low <= whole <= high else Chance.CLEAR
        chance = Chance.UNKNOWN if math.isnan(share) else chance
        rates.append(Rate(share, (low, high), chance, whole))
    return rates


Within = tuple[tuple[str, str], ...]
"""The part of each column that is looked at; columns that are not named are looked at whole."""


def lists_within(page: PageState, within: Within = ()) -> Mapping[UnitList, FirstUnits]:
    """The lists of units, of some parts alone; the rows are read once for each choice of parts.

    Raises
    ------
    ScoreError
        Where the files are no longer what they were.
    """
    if not within:
        return counted_failures(page).lists

    def find() -> Mapping[UnitList, FirstUnits]:
        scores = page.dataset.scores
        assert not isinstance(scores, TallyFile)
        model, threshold = str(page.chosen.model), page.chosen.threshold
        with TURNS:
            return list_units(scores, model, threshold, within=dict(within), today=_today_of(page))

    return cache.part(page.keyed("failures within", within, _counted_key(page).of), find)


def parts_listed(
    page: PageState, which: UnitList, column: str, within: Within = ()
) -> dict[str, int | None]:
    """The parts of a column that a list has within the other columns' parts, and units of each.

    The largest first; None where units of this list are not counted by part.
    """
    others = tuple(pair for pair in within if pair[0] != column)
    if which is UnitList.DOUBTFUL:
        own = [own for own in failures_of(page).columns if own.column == column]
        return dict.fromkeys(sorted(part.category for parts in own for part in parts.parts))
    counts = lists_within(page, others)[which].parts.get(column, {})
    return {part: counts[part] for part in sorted(counts, key=lambda part: (-counts[part], part))}


def units_of(page: PageState, which: UnitList, within: Within = ()) -> tuple[Unit, ...]:
    """The first units of a list, in its order; the rows are read for them once.

    Raises
    ------
    ScoreError
        Where the files are no longer what they were.
    """
    lists = lists_within(page, within)

    def read() -> dict[int, Unit]:
        scores = page.dataset.scores
        assert not isinstance(scores, TallyFile)
        with TURNS:
            return units_at(scores, np.concatenate([own.rows for own in lists.values()]))

    key = page.keyed("failures' units", within, _counted_key(page).of)
    by_row = cache.part(key, read)
    return tuple(by_row[row] for row in lists[which].rows.tolist()) if which in lists else ()


def pictures_of(page: PageState, units: Sequence[Unit], side: int) -> tuple[Picture, ...]:
    """Pictures of some units, no side longer than so many pixels; empty where this data has none."""
    source = page.dataset.pictures
    if source is None:
        return ()
    ids = tuple(unit.id for unit in units)
    key = page.keyed("pictures", source, ids, side)
    try:
        return cache.part(key, lambda: tuple(source.pictures(ids, side)))
    except OSError:  # such as an archive that is gone, or no process to be had
        return ()


NEAR_BEST = 0.05
"""Of the area under the ROC curve: how far a model may lie below the best and is asked about labels."""


@dataclass(frozen=True)
class Doubts:
    """Units whose label may be wrong, and what that would change.

    Attributes
    ----------
    models : tuple of str
        That were asked.
    defects, goods : tuple of Unit
        Labelled so, the most doubtful first.
    counts : (int, int)
        Good units and defects that are doubted, also those that are not kept.
    recall, otherwise : float
        Of the chosen point: as labelled, and were all these labels wrong.
    """

    models: tuple[str, ...]
    defects: tuple[Unit, ...]
    goods: tuple[Unit, ...]
    counts: tuple[int, int]
    recall: float
    otherwise: float


def doubts_of(page: PageState) -> Doubts:
    """Units that every good model takes for the other class; the rows are read for them twice.

    Raises
    ------
    ScoreError
        Where the files are no longer what they were.
    """
    visible = tuple(str(name) for name in page.points["model"].unique())
    key = page.keyed("label doubts", visible, _counted_key(page).of)
    return cache.part(key, lambda: _doubts(page, visible))


def _doubts(page: PageState, visible: Sequence[str]) -> Doubts:
    evaluation, scores = page.evaluation, page.dataset.scores
    assert not isinstance(scores, TallyFile)
    tally = evaluation.tally
    auc = {name: evaluation.figures[tally.index(name)].roc_auc.value for name in visible}
    best = max(auc.values())
    typical: dict[str, tuple[float, float]] = {}
    for name in visible:
        if auc[name] >= best - NEAR_BEST:
            mass, summed = tally.calibration[:, tally.index(name)].sum(axis=(0, 1)).T
            low, high = ratio(summed, mass).tolist()
            typical[name] = low, high
    with TURNS:
        found = label_doubts(scores, typical, str(page.chosen.model), page.chosen.threshold)
        by_row = units_at(scores, np.concatenate([found.defects.rows, found.goods.rows]))
    counts = counts_alone(page)
    caught, missed = counts.tp.item(), counts.fn.item()
    goods, defects = found.doubted
    others = caught - (defects - found.missed) + found.flagged
    units = caught + missed - defects + goods
    return Doubts(
        models=tuple(typical),
        defects=tuple(by_row[row] for row in found.defects.rows.tolist()),
        goods=tuple(by_row[row] for row in found.goods.rows.tolist()),
        counts=(found.goods.count, found.defects.count),
        recall=caught / (caught + missed),
        otherwise=others / units if units > 0 else math.nan,
    )


def doubts_words(found: Doubts) -> str:
    """How many labels are doubted, and what it would change if they were wrong, in a sentence."""
    goods, defects = found.counts
    if not goods and not defects:
        return "No label is contradicted by every good model"
    said = [counted(n, what) for n, what in ((defects, "defect"), (goods, "good unit")) if n]
    caught, otherwise = (f"{100 * share:.3g}" for share in (found.recall, found.otherwise))
    change = (
        f"were all mislabelled, {otherwise} of 100 defects would be caught, not {caught}"
        if caught != otherwise
        else f"were all mislabelled, it would still catch {caught} of 100 defects"
    )
    return f"{joined(said)} look mislabelled to every good model: {change}"


def lists_of(page: PageState) -> tuple[UnitList, ...]:
    """The lists of units that this point has."""
    lists = counted_failures(page).lists
    same = failures_of(page).is_today
    return tuple(name for name in lists if not (same and name.is_about_today))


def count_words(page: PageState, count: Count, *, of_defects: bool) -> str:
    """A count as the scenario has it: ``10,320``, or ``no``."""
    return (
        "no"
        if count.value == 0
        else figure(MISSED if of_defects else ALARMS, count.value, page.scenario)
    )


def objective_of(*, of_defects: bool) -> Objective:
    """Whose form counts of a class have."""
    return MISSED if of_defects else ALARMS


def against_words(page: PageState, found: FailuresOf) -> str:
    """What flips against today's system, in a sentence."""
    period = period_of(page.scenario)
    if found.is_today:
        return "The chosen point is today’s system: no unit is treated differently"
    own = found.defects
    if own is None:
        return "Everything is shipped today: whatever is caught is new, and so is every false alarm"
    caught, missed = (count_words(page, n, of_defects=True) for n in (own.newly, own.no_longer))
    if own.newly.value == own.no_longer.value == 0:
        return "It catches the same defects as today’s system"
    return (
        f"Catches {caught} defects {period} that today misses, misses {missed} that today catches"
    )


def goods_words(page: PageState, own: AgainstToday) -> str:
    """The same of good units."""
    spared, flagged = (count_words(page, n, of_defects=False) for n in (own.no_longer, own.newly))
    return (
        f"Spares {spared} good units that today holds back, holds back {flagged} that today ships"
    )


MOST_NAMED = 3
"""Parts of a column that a sentence names."""


def lost_words(page: PageState) -> str:
    """Where the defects lie that today's system catches and the point misses; empty where there are none."""
    own = counted_failures(page).lists.get(UnitList.NEWLY_MISSED)
    if own is None or not own.count:
        return ""
    said, kind = [], page.dataset.scores.columns.defect_type
    for column, counts in sorted(own.parts.items(), key=lambda pair: pair[0] != kind):
        first = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        named = [f"{count:,} {part_name(part)}" for part, count in first[:MOST_NAMED]]
        rest = own.count - sum(count for _, count in first[:MOST_NAMED])
        named += [f"{rest:,} others"] if rest else []
        said.append(f"by {'kind' if column == kind else column}: {', '.join(named)}")
    in_file = f"Caught today and missed here, {own.count:,} in the file"
    return f"{in_file}; {'; '.join(said)}" if said else in_file


def part_name(category: str) -> str:
    """What the page calls a part."""
    return category or "(empty)"


def parts_words(own: Parts) -> str:
    """Which part is worst, in a sentence, and whether that could be chance."""
    what = "kind of defect" if own.is_kind else f"part of “{own.column}”"
    known = [part for part in own.parts if not math.isnan(part.recall.value)]
    if not known:
        return f"No {what} has a defect"
    worst, rest = known[0], known[1:]
    caught = f"{100 * worst.recall.value:.0f} of 100"
    if not rest:
        return f"All defects are of one {what}, {part_name(worst.category)}: {caught} are caught"
    said = f"Fewest are caught of {part_name(worst.category)}: {caught} defects"
    if worst.recall.chance is Chance.UNKNOWN:
        return said
    is_clear = worst.recall.chance is Chance.CLEAR
    return f"{said}, which {'is ' if is_clear else ''}{worst.recall.chance.value}"
