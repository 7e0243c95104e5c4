"""Failures of the selected point in words: flips, parts, single units, doubtful labels, worst misses."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.counts import (
    ALARMS,
    MISSED,
    ROUNDING,
    AgainstToday,
    Cell,
    Count,
    Crossed,
    FailuresOf,
    Part,
    Parts,
    Rate,
    failures_of,
    flips_against_compared,
    has_rows,
    tallied_point,
)
from dashboard.analysis.failures.label_doubts import Doubts
from dashboard.analysis.failures.units import pictures_of, units_of
from dashboard.analysis.selection import Selection
from dashboard.data.library import Dataset
from dashboard.data.pictures import Picture
from dashboard.words.names import Names, threshold_of
from dashboard.words.numbers import (
    SPACE,
    TIE,
    exact_threshold,
    figure,
    in_per_cent,
    number,
    period_of,
    span,
)
from dashboard.words.phrases import joined, per_100
from dashboard.words.safe_text import one_line
from metrics import OBJECTIVES, Scenario
from metrics.errors import counted
from metrics.inference.comparison import Chance
from metrics.tally.point_failures import Unit, UnitList


def _count_words(analysis: Analysis, count: Count, *, of_defects: bool) -> str:
    """A count as the scenario has it: ``10,320``, or ``no``."""
    return (
        "no"
        if count.value == 0
        else figure(MISSED if of_defects else ALARMS, count.value, analysis.scenario)
    )


def inspectors_words(selection: Selection) -> str:
    """Sentences about inspectors and about the misses with them; empty without inspectors."""
    analysis = selection.analysis
    point, inspection = tallied_point(selection), analysis.scenario.inspection
    if inspection is None or point.ship_below is None:
        return ""
    words = partial(threshold_of, analysis.figures)
    low = words(point.model, point.ship_below)
    high = f" to {words(point.model, point.threshold)}" if point.threshold < math.inf else " on"
    catches, rejects = (
        f"{per_100(share)} of 100" for share in (inspection.catches, inspection.rejects)
    )
    return (
        f"What scores from {low}{high} goes to an inspector, who finds {catches} of its defects and "
        f"rejects {rejects} of its good units by mistake. Missed is what is shipped, and what inspectors "
        "are expected to overlook."
    )


NO_ROWS = (
    "This is a tally: it holds counts and no rows, so nobody can say here which units are missed. Open the "
    "score files themselves to see them."
)
NO_INTERVALS = (
    "How sure these counts are is not known: the rows of this tally come in groups, or have "
    "weights."
)
NOT_AGAINST_TODAY = (
    "This tally was not counted against today’s system, so nobody can say here what is "
    "treated differently."
)
"""Reasons why a part of the page is not known."""
RANGES = (
    "The 95 % range of a share holds for all rows of the table at once; that of a count is its own alone, "
    "and is narrower for it."
)
"""Reason why the intervals of shares and counts differ."""
COUNTED_TOGETHER = (
    "There are more parts than are counted apart: the later ones are counted together as “other”."
)


def file_counts_sentences(selection: Selection) -> str:
    """Counts of the file, and how to compare them with the current system."""
    caught, missed, alarms = (
        plain_count(selection.point.counts[key]) for key in ("tp", "fn", "fp")
    )
    return (
        f"In this file: {caught} defects caught, {missed} missed, {alarms} good units held back. Name "
        "today’s system among the assumptions above, and its answers stand beside."
    )


def parts_title(parts: Parts) -> str:
    """Title of the table of the kinds of defect, or of the parts of a column."""
    what = "Kinds of defect" if parts.is_kind else f"Parts of “{one_line(parts.column)}”"
    return f"{what}, worst first"


def unnamed_columns_sentences(analysis: Analysis) -> list[str]:
    """Sentences about how to name the columns that the page could show parts of."""
    columns, unnamed = analysis.dataset.scores.columns, []
    if columns.defect_type is None:
        unnamed.append(("kind of defect", "--type"))
    if not columns.segments:
        unnamed.append(("segment", "--segment"))
    return [
        f"No {what} in this data: name its column with {option} when you open it, or in the form on the Data "
        "page, and the worst stand here first."
        for what, option in unnamed
    ]


def flip_heads(flips: AgainstToday) -> tuple[list[str], list[str]]:
    """Heads of the columns and rows of the table of units by the model and by the current system."""
    yes, no = ("caught", "missed") if flips.of_defects else ("held back", "shipped")
    rows = [f"{yes} today", f"{no} today"]
    if flips.treated is None:
        return [f"{yes} by this model", f"{no} by this model"], rows
    lost = f"{'missed' if flips.of_defects else 'held back'} in all"
    return ["rejected", "to an inspector", "shipped", lost], [*rows, "all"]


def count_words(
    analysis: Analysis, count: Count, *, of_defects: bool, among: float | None = None
) -> tuple[str, str, str]:
    """A count of the scenario, its interval, and its count in the file if that is another number.

    Parameters
    ----------
    among : float, optional
        Number of units of the file that the count is a part of.
    """
    o = MISSED if of_defects else ALARMS
    low, high = count.ends
    if count.value == count.in_file and float(count.in_file).is_integer() and not math.isnan(low):
        low, high = math.floor(low), math.ceil(high)  # Whole units, rounded outwards.
    here = "" if count.value == count.in_file else in_file_words(analysis, count)
    if among is not None:
        here = f"{so_many_of(count.in_file, among)} in the file"
    text = figure(o, count.value, analysis.scenario)
    return text, span(o, count.value, low, high, analysis.scenario), here


def part_rate_words(rate: Rate, *, is_few: bool) -> tuple[str, str, str]:
    """A share of a part, its interval for all parts at once, and whether it differs from all units."""
    if math.isnan(rate.value):
        return "none there", "", ""
    text = so_many_of(rate.flagged, rate.of)
    if not is_few:
        is_all_but = rate.value < 1 and round(100 * rate.value, 1) >= 100
        text = f"over 99.9{SPACE}%" if is_all_but else in_per_cent(rate.value)
    if rate.chance is Chance.UNKNOWN:
        return text, "", ""
    low, high = rate.ends
    interval = f"95{SPACE}%: {in_per_cent(low)} to {in_per_cent(high)}"
    if rate.value:
        interval = span(OBJECTIVES["recall"], rate.value, low, high, Scenario())
    differs = f"clearly {'more' if rate.value > rate.of_all else 'fewer'} than of all"
    return text, interval, rate.chance.value if rate.chance is Chance.POSSIBLE else differs


def part_heads(analysis: Analysis, parts: Parts) -> list[str]:
    """Heads of the table of parts."""
    period, first = period_of(analysis.scenario), parts.parts[0]
    heads = ["Kind" if parts.is_kind else parts.column, "Defects caught", f"Missed {period}"]
    if first.newly_missed is not None:
        heads += ["of these caught today", "Newly caught"]
    if first.by_today is not None:
        heads.append(f"Missed today {period}")
    if not parts.is_kind:
        heads += ["Good units held back", f"False alarms {period}"]
    return heads


MOST_ACROSS = 8
"""Number of parts that the table of kinds by parts shows."""


def crossed_title(crossed: Crossed) -> str:
    """Title of the table of missed defects by kind and part."""
    rest = len(crossed.parts) - MOST_ACROSS
    more = f"; {counted(rest, 'other part')} not shown" if rest > 0 else ""
    return f"Missed in the file, by kind and “{one_line(crossed.column)}”{more}"


def crossed_words(cell: Cell | None) -> tuple[str, str]:
    """Missed defects of a kind in a part, and those of them that the current system catches."""
    if cell is None:
        return "–", ""
    lost = 0 if cell.lost is None else cell.lost.flagged
    words = f", {plain_count(lost)} caught today" if lost > 0 else ""
    return so_many_of(cell.missed, cell.of), words


def in_file_words(analysis: Analysis, count: Count) -> str:
    """Count in the file. A count that depends on inspectors is called expected."""
    is_whole = abs(count.in_file - round(count.in_file)) < ROUNDING
    expected = "" if is_whole or analysis.scenario.inspection is None else "expected "
    return f"{plain_count(count.in_file)} {expected}in the file"


def against_words(analysis: Analysis, failures: FailuresOf) -> str:
    """Sentence about the defects that the point treats differently from the current system."""
    period = period_of(analysis.scenario)
    if failures.is_today:
        return "The chosen point is today’s system: no unit is treated differently"
    own = failures.defects
    if own is None:
        return "Everything is shipped today, so every caught defect and every false alarm is new"
    caught, missed = (
        _count_words(analysis, n, of_defects=True) for n in (own.newly, own.no_longer)
    )
    if own.newly.value == own.no_longer.value == 0:
        return "It catches the same defects as today’s system"
    return (
        f"Catches {caught} defects {period} that today misses, misses {missed} that today catches"
    )


def goods_words(analysis: Analysis, flips: AgainstToday) -> str:
    """Sentence about the good units that the point treats differently from the current system."""
    spared, flagged = (
        _count_words(analysis, n, of_defects=False) for n in (flips.no_longer, flips.newly)
    )
    return (
        f"Spares {spared} good units that today holds back, holds back {flagged} that today ships"
    )


def compared_words(selection: Selection, names: Names, title: str) -> str:
    """Defects that flip against the compared point, in a sentence; empty if they are not counted.

    Parameters
    ----------
    title : str
        Title of the compared point.

    Raises
    ------
    ScoreError
        If the files changed since they were opened.
    """
    analysis, flips = selection.analysis, flips_against_compared(selection)
    if flips is None:
        return ""
    caught, missed = (
        figure(MISSED, count, analysis.scenario) if count else "no" for count in flips
    )
    return (
        f"Against {names.point(analysis, selection.compared)} ({title}): catches {caught} defects "
        f"{period_of(analysis.scenario)} that it misses, misses {missed} that it catches"
    )


MOST_NAMED = 4
"""Number of kinds that a sentence names."""


FEW_LOST = 5
"""Fewest lost units of a part for which parts are ranked."""


FEW = 100
"""Fewest units whose share is written per 100."""


def plain_count(count: float) -> str:
    """Format whole units; summed weights and expected counts to one decimal."""
    if ROUNDING < count < 0.05:
        return "fewer than 0.1"
    return number(count, 0 if round(count, 1).is_integer() else 1)


def count_difference(difference: float) -> str:
    """Difference of two counts: ``12 more``, ``3 fewer`` or a tie."""
    if difference == 0:
        return TIE
    return f"{plain_count(abs(difference))} {'more' if difference > 0 else 'fewer'}"


def share_words(part: float, of: float) -> str:
    """Format a share as two counts, or per 100 of many units: ``8 of 13``, ``75.2 of 100``."""
    if of < FEW:
        return so_many_of(part, of)
    return f"{per_100(part / of)} of 100"


def so_many_of(part: float, of: float) -> str:
    """Format a part of a count: ``8 of 13``. Only a complete part is written as complete."""
    words, of_all = plain_count(part), plain_count(of)
    if words == of_all and part < of - ROUNDING:
        words = f"over {number(of - 0.1, 1)}"
    return f"{words} of {of_all}"


def lost_sentence(analysis: Analysis, failures: FailuresOf) -> str:
    """Sentence about the defects that only the current system catches; empty if there are none."""
    defects = failures.defects
    if defects is None or failures.is_today or not defects.no_longer.in_file > ROUNDING:
        return ""
    words = f"Caught today and missed here: {in_file_words(analysis, defects.no_longer)}"
    if defects.treated is None:
        return words
    shipped = plain_count(defects.treated[0].shipped.in_file)
    return f"{words}, {shipped} of them shipped without a look"


def lost_pairs(crossed: Crossed) -> list[tuple[str, str]]:
    """Kinds and parts with defects that only the current system catches, the largest share first.

    A share of very few defects comes last.
    """
    lost = [
        (kind, part, cell.lost)
        for kind, cells in crossed.kinds
        for part, cell in zip(crossed.parts, cells, strict=True)
        if cell is not None and cell.lost is not None and cell.lost.flagged > ROUNDING
    ]
    lost.sort(key=lambda own: (own[2].of < FEW_LOST, -own[2].value, pair_name(*own[:2])))
    return [(kind, part) for kind, part, _ in lost]


def pair_name(kind: str, part: str) -> str:
    """Name of a kind of defect in a part."""
    return f"{part_name(kind)} in {part_name(part)}"


def part_name(category: str) -> str:
    """Name of a part."""
    return category or "(empty)"


def parts_words(parts: Parts) -> str:
    """Sentence about the worst part, and whether the difference could be chance."""
    what = "kind of defect" if parts.is_kind else f"part of “{parts.column}”"
    known = [part for part in parts.parts if not math.isnan(part.recall.value)]
    if not known:
        return f"No {what} has a defect"
    worst, rest = known[0], known[1:]
    caught = so_many_of(worst.recall.flagged, worst.recall.of)
    if not rest:
        return f"All defects are of one {what}, {part_name(worst.category)}: {caught} are caught"
    words = f"Caught least often: {part_name(worst.category)}, {caught} defects"
    if worst.recall.chance is Chance.UNKNOWN:
        return words
    is_clear = worst.recall.chance is Chance.CLEAR
    return f"{words}, which {'is ' if is_clear else ''}{worst.recall.chance.value}"


def lost_rate_words(lost: Rate) -> str:
    """Whether a part loses a clearly larger or smaller share of what the current system catches."""
    if lost.chance is not Chance.CLEAR:
        return ""
    return f"clearly {'more' if lost.value > lost.of_all else 'less'} often"


def than_today_words(part: Part) -> str:
    """Whether a part has more misses than today; empty if it has not."""
    if not part.is_worse:
        return ""
    sure = "" if part.than_today is Chance.UNKNOWN else f", {part.than_today.value}"
    return f"fewer than here{sure}"


RANKING_HAS_NO_DOUBTS = (
    "These scores are a ranking and no probabilities: no label can be doubted by them."
)


def doubts_note(doubts: Doubts, names: Names) -> str:
    """Explanation of when a label is doubted, and by which models."""
    asked = ", ".join(map(names.model, doubts.models))
    return (
        "Doubted: a defect that scores no higher than good units do on average, and a good unit that scores "
        "no lower than defects do, by every model whose ROC AUC is within 0.05 of the best: "
        f"{asked}. Inspect them before you correct a label: hard units look the same. The most doubtful "
        "stand first."
    )


def doubted_lists(doubts: Doubts) -> dict[str, tuple[Unit, ...]]:
    """Doubted units by the name of their list, without empty lists."""
    goods, defects = doubts.counts
    lists = {
        f"Labelled a defect, the models say good: {defects:,}": doubts.defects,
        f"Labelled good, the models say defect: {goods:,}": doubts.goods,
    }
    return {name: units for name, units in lists.items() if units}


ONE_KIND_NOTE = (
    "Where one kind prevails, its labels may follow a rule and be no mistakes: ask whether units of that "
    "kind are to be held back."
)


def doubted_kinds_words(doubts: Doubts) -> str:
    """Sentence about the kinds of the doubted units; empty if no class has several."""
    sentences = []
    listed = (doubts.defects, "defects"), (doubts.goods, "good units")
    for k, (units, what) in zip((1, 0), listed, strict=True):
        if len(doubts.kinds[k]) < 2:
            continue
        of = "" if len(units) == doubts.counts[k] else "first "
        own = doubts.kinds[k]
        shown = own if len(own) <= MOST_NAMED + 1 else own[:MOST_NAMED]
        (first, most), *others = shown
        named = [f"{most} of the {of}{len(units)} {what} are {part_name(first)}"]
        named += [f"{count} {part_name(kind)}" for kind, count in others]
        rest = len(units) - most - sum(count for _, count in others)
        named += [f"{rest} of other kinds"] if rest else []
        sentences.append(joined(named))
    return "; ".join(sentences)


def doubts_words(doubts: Doubts) -> str:
    """Sentence about the number of doubted labels and their effect if they were wrong."""
    goods, defects = doubts.counts
    if not goods and not defects:
        return "No label is contradicted by every good model"
    sentences = [counted(n, what) for n, what in ((defects, "defect"), (goods, "good unit")) if n]
    caught, otherwise = (share_words(*share) for share in (doubts.recall, doubts.otherwise))
    if doubts.otherwise[1] == 0:
        change = "were all mislabelled, there would be no defect"
    elif caught != otherwise:
        change = f"were all mislabelled, {otherwise} defects would be caught, not {caught}"
    else:
        change = f"were all mislabelled, it would still catch {caught} defects"
    return f"{joined(sentences)} look mislabelled to every good model: {change}"


def table_note(dataset: Dataset) -> str:
    """Note above a table of units without pictures."""
    words = "Click the box before a unit to see every model’s score."
    if dataset.pictures is None and dataset.origin == "command line":
        words += " Started with --images FOLDER, the server shows their pictures."
    return words


def no_pictures_sentence(dataset: Dataset, unit: Unit) -> str:
    """Reason why some units have no pictures although others have."""
    if dataset.origin == "sample":
        return (
            "No pictures of these: the sample has them of every defect, and of the good units that a model "
            "finds most suspicious."
        )
    if (column := dataset.picture_column) is None:
        example = f"{one_line(unit.id)}.jpg"
        return f"No pictures of these: each must be called by its unit’s id, such as {example}."
    of = f"“{one_line(column)}” says, such as {one_line(unit.picture) or '(empty)'}"
    return f"No pictures of these: each must lie where {of}, in the folder or archive of --images."


def unit_words(unit: Unit) -> str:
    """Class and parts of a unit after its id: ``, a defect; line: 3. ``."""
    parts = [
        f"; {one_line(name)}: {one_line(part_name(part))}" for name, part in unit.parts.items()
    ]
    return f", a {'defect' if unit.is_defect else 'good unit'}{''.join(parts)}. "


def picture_alt(unit: Unit) -> str:
    """Description of the picture of a unit."""
    return f"Picture of {one_line(unit.id)}, a {'defect' if unit.is_defect else 'good unit'}"


def fate_words(selection: Selection, unit: Unit) -> str:
    """Decision on a unit at the selected point."""
    point = tallied_point(selection)
    score, low = unit.scores[point.model], point.ship_below
    if low is None:
        becomes = "held back" if score >= point.threshold else "shipped"
        return f"At the chosen threshold ({exact_threshold(point.threshold)}) it is {becomes}."
    if score < low:
        return f"It scores less than {exact_threshold(low)} and is shipped."
    if score >= point.threshold:
        return f"It scores {exact_threshold(point.threshold)} or more and is rejected."
    return f"It scores {exact_threshold(low)} or more and goes to an inspector."


MOST_IN_REPORT = 30
"""Units that a report shows."""


IN_REPORT = 160
"""Longest side of their pictures, in pixels."""


MOST_BYTES_IN_REPORT = 1 << 20
"""Most bytes of all pictures in a report. Later units have no picture."""


@dataclass(frozen=True)
class ReportedUnit:
    """A missed defect as a report shows it.

    Attributes
    ----------
    id : str
    lines : tuple of str
        Its score, its parts, and whether today's system catches it.
    picture : str
        As the address of an image; empty where there is none.
    """

    id: str
    lines: tuple[str, ...]
    picture: str


@dataclass(frozen=True)
class WorstMisses:
    """A report's page of the worst misses.

    Attributes
    ----------
    finding : str
        What flips against today's system.
    lines : tuple of str
        Which parts are worst, and which units are shown.
    units : tuple of ReportedUnit
        The lowest score first.
    """

    finding: str
    lines: tuple[str, ...]
    units: tuple[ReportedUnit, ...]

    @property
    def has_pictures(self) -> bool:
        """Whether any unit has a picture."""
        return any(unit.picture for unit in self.units)


def worst_misses(selection: Selection, most: int = MOST_IN_REPORT) -> WorstMisses | None:
    """Missed defects with the lowest scores; `None` if only a tally is open.

    Raises
    ------
    ScoreError
        Where the files are no longer what they were.
    """
    analysis = selection.analysis
    if not has_rows(analysis):
        return None
    failures = failures_of(selection)
    units = units_of(selection, UnitList.MISSED)[:most]
    pictures = pictures_of(analysis, units, IN_REPORT) or (Picture(),) * len(units)
    shown, room = [], MOST_BYTES_IN_REPORT
    for unit, picture in zip(units, pictures, strict=True):
        room -= len(picture.address)
        shown.append(
            ReportedUnit(
                unit.id, _reported_lines(selection, unit), picture.address if room >= 0 else ""
            )
        )
    count = failures.counts[UnitList.MISSED]
    is_inspected = tallied_point(selection).ship_below is not None
    what = counted(count, "shipped defect" if is_inspected else "missed defect")
    listed = "No defect of the file is missed"
    if count:
        listed = f"{what} in the file: " + (
            "all of them" if count == len(shown) else f"the first {len(shown)}"
        )
        listed += ", lowest score first; the surer the model was, the worse the miss"
    lines = [
        *filter(None, [lost_sentence(analysis, failures)]),
        *map(parts_words, failures.columns),
        listed,
    ]
    return WorstMisses(against_words(analysis, failures), tuple(lines), tuple(shown))


def _reported_lines(selection: Selection, unit: Unit) -> tuple[str, ...]:
    analysis = selection.analysis
    kind = analysis.dataset.scores.columns.defect_type
    first = sorted(unit.parts.items(), key=lambda pair: pair[0] != kind)
    lines = [f"score {unit.scores[str(selection.point.model)]:.3g}"]
    lines += [", ".join(part_name(part) for _, part in first)] if first else []
    today = analysis.scenario.today
    if today is not None and unit.scores[today.model] >= today.threshold:
        lines.append("caught today")
    return tuple(lines)


_LISTS = {
    UnitList.MISSED: "Missed defects",
    UnitList.FALSE_ALARMS: "False alarms",
    UnitList.DOUBTFUL: "Nearest to the threshold",
    UnitList.INSPECTED: "Sent to an inspector",
    UnitList.NEWLY_MISSED: "Missed, caught today",
    UnitList.NEWLY_CAUGHT: "Caught, missed today",
    UnitList.NEWLY_FLAGGED: "New false alarms",
    UnitList.NEWLY_PASSED: "False alarms avoided",
}
_ORDER = {
    UnitList.MISSED: "lowest score first: the surer the model was, the worse the miss",
    UnitList.FALSE_ALARMS: "highest score first",
    UnitList.DOUBTFUL: "defects and good units, the nearest first",
    UnitList.INSPECTED: "defects and good units, highest score first",
    UnitList.NEWLY_MISSED: "lowest score first",
    UnitList.NEWLY_CAUGHT: "highest score first",
    UnitList.NEWLY_FLAGGED: "highest score first",
    UnitList.NEWLY_PASSED: "lowest score first",
}

_LISTS_WITH_INSPECTORS = {
    UnitList.MISSED: "Shipped defects",
    UnitList.FALSE_ALARMS: "Rejected good units",
    UnitList.INSPECTED: "Sent to an inspector",
    UnitList.NEWLY_MISSED: "Shipped, caught today",
    UnitList.NEWLY_CAUGHT: "Not shipped, missed today",
    UnitList.NEWLY_FLAGGED: "New rejects",
}
"""Names of the lists if people inspect."""


def list_name(analysis: Analysis, which: UnitList) -> str:
    """Name of a list of units."""
    known = _LISTS if analysis.scenario.inspection is None else _LISTS | _LISTS_WITH_INSPECTORS
    return known[which]


def list_size_words(which: UnitList, count: int, shown: int) -> str:
    """Number of units in a list, how many of them are shown, and their order."""
    if not count:
        return "There is none."
    some = "all" if count <= shown else f"the first {number(shown)} of"
    return f"{some} {number(count)} in the file, {_ORDER[which]}"


def scores_in_column(scores: Collection[float]) -> list[str]:
    """Scores with equal decimals, enough for four digits of the largest."""
    largest = max((abs(score) for score in scores), default=0.0)
    decimals = 4 if largest <= 1 else max(0, 3 - math.floor(math.log10(largest)))
    return [number(score, decimals) for score in scores]
