"""The Failures page: what the chosen point gets wrong, where, and what today's system would have caught."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.data.library import Dataset
from dashboard.data.pictures import Picture
from dashboard.live.component import mount
from dashboard.live.packed_curves import envelope
from dashboard.markup import escaped, one_line, plain, small, swatch
from dashboard.page import failure_counts
from dashboard.page.doubted_labels import doubted_kinds_words, doubts_of, doubts_words
from dashboard.page.failed_units import (
    Within,
    fate_words,
    lists_of,
    lists_within,
    parts_listed,
    pictures_of,
    units_of,
)
from dashboard.page.failure_counts import (
    FEW,
    AgainstToday,
    Cell,
    Count,
    Crossed,
    FailuresOf,
    Part,
    Parts,
    Rate,
    against_words,
    beside_words,
    failures_of,
    goods_words,
    in_file_words,
    inspectors_words,
    lost_pairs,
    lost_words,
    objective_of,
    pair_name,
    part_name,
    parts_words,
    plain_count,
    so_many_of,
    than_today_words,
)
from dashboard.page.state import PageState
from dashboard.session import session
from dashboard.session.choices import LONGEST_UNIT_NOTE
from dashboard.views import page_frame
from dashboard.views.callback_page import Recipe, recipe_of
from dashboard.views.side_by_side import MARKS
from dashboard.views.snippets import chosen_and_today, write
from metrics import OBJECTIVES, Scenario, ScoreError
from metrics.errors import counted
from metrics.inference.comparison import Chance
from metrics.narrative.formatting import (
    SPACE,
    exact_threshold,
    figure,
    in_per_cent,
    number,
    period_of,
    span,
)
from metrics.tally.breakdown import OTHER
from metrics.tally.point_failures import Unit, UnitList

RANGES = (
    "The 95 % range of a share holds for all rows of the table at once; that of a count is its own alone, "
    "and is narrower for it."
)
"""Why the two do not fit each other."""
THUMBNAIL, LARGE = 160, 720
"""Longest side of a picture among others, and of one alone, in pixels."""
AT_FIRST = 100
"""Units of a list that are shown before somebody asks for as many more."""
FEW_ROWS = 100_000
"""Rows up to which labels are looked at without being asked for."""
LISTS = {
    UnitList.MISSED: "Missed defects",
    UnitList.FALSE_ALARMS: "False alarms",
    UnitList.DOUBTFUL: "Nearest to the threshold",
    UnitList.INSPECTED: "Sent to an inspector",
    UnitList.NEWLY_MISSED: "Missed, caught today",
    UnitList.NEWLY_CAUGHT: "Caught, missed today",
    UnitList.NEWLY_FLAGGED: "New false alarms",
    UnitList.NEWLY_PASSED: "Alarms of today spared",
}
FIRST = {
    UnitList.MISSED: "lowest score first: the surer the model was, the worse the miss",
    UnitList.FALSE_ALARMS: "highest score first",
    UnitList.DOUBTFUL: "defects and good units, the nearest first",
    UnitList.INSPECTED: "defects and good units, highest score first",
    UnitList.NEWLY_MISSED: "lowest score first",
    UnitList.NEWLY_CAUGHT: "highest score first",
    UnitList.NEWLY_FLAGGED: "highest score first",
    UnitList.NEWLY_PASSED: "lowest score first",
}

WHERE_PEOPLE_INSPECT = {
    UnitList.MISSED: "Shipped defects",
    UnitList.FALSE_ALARMS: "Rejected good units",
    UnitList.INSPECTED: "Sent to an inspector",
    UnitList.NEWLY_MISSED: "Shipped, caught today",
    UnitList.NEWLY_CAUGHT: "Not shipped, missed today",
    UnitList.NEWLY_FLAGGED: "New rejects",
}
"""What the lists are called there."""
# Whoever asks for the units stands where they would not see them.
SHOW = """<script>
document.getElementById('units')?.scrollIntoView();
</script>"""


def draw(dataset: Dataset) -> None:
    """Draw the page for the chosen point."""
    page = page_frame.begin(dataset)
    if page is None:
        return
    with st.container(key="failures_page"):
        _shown(page)
        if failure_counts.has_rows(page):
            _drawn(page)
        else:
            write(
                '<p class="cg-notice">This is a tally: it holds counts and no rows, so nobody can say here '
                "which units are missed. Open the score files themselves to see them.</p>"
            )
            if failure_counts.has_parts(page):
                _counted(page)
    page_frame.end(page)


def _counted(page: PageState) -> None:
    """What a tally knows by part."""
    failures = failures_of(page)
    if page.choices.intervals and not failure_counts.is_known_how_sure(page):
        write(
            '<p class="cg-note">How sure these counts are is not known: the rows of this tally come in '
            "groups, or have weights.</p>"
        )
    if failure_counts.knows_flips(page):
        _against_today(page, failures)
    else:
        write(
            '<p class="cg-notice">This tally was not counted against today’s system, so nobody can say here '
            "what is treated differently.</p>"
        )
    _parts(page, failures)


def _drawn(page: PageState) -> None:
    try:
        if failure_counts.are_counted(page):
            failures = failures_of(page)
        else:
            with st.spinner("Looking at every unit at this threshold …"):
                failures = failures_of(page)
    except ScoreError as error:  # such as files that were changed since
        write(f'<p class="cg-refusal" role="alert">{escaped(error.problems[0].message)}</p>')
        return
    _against_today(page, failures)
    with st.container(border=True, gap="xsmall", key="part_units"):
        _units(recipe_of(page))
    _parts(page, failures)
    with st.container(border=True, gap="xsmall", key="part_labels"):
        _labels(recipe_of(page))


def _shown(page: PageState) -> None:
    """Which point all of it is of."""
    write(chosen_and_today(page))
    words = inspectors_words(page)
    if words:
        write(f'<p class="cg-lines">{escaped(words)}</p>')
    if page.choices.intervals and page.uncertainty is None:
        write('<p class="cg-note cg-checking">How sure the counts are: checking</p>')


def _against_today(page: PageState, failures: FailuresOf) -> None:
    with st.container(border=True, gap="xsmall", key="part_flips"):
        write('<p class="cg-eyebrow">Against today’s system</p>')
        write(f'<h2 class="cg-finding">{escaped(against_words(page, failures))}</h2>')
        if beside := beside_words(page):
            write(f'<p class="cg-lines">{escaped(beside)}</p>')
        if failures.defects is None or failures.goods is None:
            counts = page.chosen.counts
            write(
                f'<p class="cg-note">In this file: {plain_count(counts["tp"])} defects caught, '
                f"{plain_count(counts['fn'])} missed, {plain_count(counts['fp'])} "
                "good units held back. Name today’s system among the assumptions above, and its answers "
                "stand beside.</p>"
            )
            return
        if failures.defects.treated is None:
            for column, flips in zip(
                st.columns(2, gap="medium"), (failures.defects, failures.goods), strict=True
            ):
                with column:
                    write(_flips(page, flips))
        else:  # too wide to stand side by side
            write(_treated(page, failures.defects))
            write(_treated(page, failures.goods))
        lost = lost_words(page, failures)
        if lost:
            with st.container(
                horizontal=True, gap="small", vertical_alignment="center", key="lost"
            ):
                st.html(f'<p class="cg-lines">{escaped(lost[0])}</p>', width="content")
                if failures.counts.get(UnitList.NEWLY_MISSED):
                    st.button("Show them", key="show_lost", type="tertiary", on_click=_show_lost)
                    _worst_pair(page, failures)
            if rest := "<br>".join(map(escaped, lost[1:])):
                write(f'<p class="cg-lines">{rest}</p>')


def _worst_pair(page: PageState, failures: FailuresOf) -> None:
    """A button that shows those of the kind and part that have the most; not where people overlook them."""
    pairs = lost_pairs(failures.crossed[0]) if failures.crossed else []
    if len(pairs) < 2 or page.scenario.inspection is not None or OTHER in pairs[0][:2]:
        return
    kind, part, _ = pairs[0]
    parts = {str(page.dataset.scores.columns.defect_type): kind, failures.crossed[0].column: part}
    st.button(
        f"Show {plain(one_line(pair_name(kind, part)))}",
        key="show_lost_pair",
        type="tertiary",
        on_click=_show_lost,
        args=(parts,),
    )


def _show_lost(parts: Mapping[str, str] = MappingProxyType({})) -> None:
    """Turn the list of units to those that today's system catches and the point misses, of some parts."""
    kept = session.kept(_UNITS)
    kept["list"], kept["times"], kept["asked"] = (
        UnitList.NEWLY_MISSED,
        kept.get("times", 0) + 1,
        True,
    )
    session.kept(_PARTS).clear()
    session.kept(_PARTS).update(parts)


def _flips(page: PageState, flips: AgainstToday) -> str:
    """Two by two: what the point and today's system do with the units of a class."""
    what = "Defects" if flips.of_defects else goods_words(page, flips)
    yes, no = ("caught", "missed") if flips.of_defects else ("held back", "shipped")
    better, worse = (
        (flips.newly, flips.no_longer) if flips.of_defects else (flips.no_longer, flips.newly)
    )

    def cell(count: Count) -> str:
        kind = "better" if count is better else "worse" if count is worse else "same"
        # Signs and no bars: of defects and of good units there is not one scale that shows both.
        sign = MARKS.get(kind, "") if count.value else ""
        return f'<td class="cg-flip-{kind}">{_count(page, count, flips.of_defects, sign=sign)}</td>'

    period = escaped(period_of(page.scenario))
    return (
        f'<table class="cg-compare cg-flips"><caption>{escaped(what)}</caption><thead><tr><td>{period}</td>'
        f'<th scope="col">{yes} by this model</th><th scope="col">{no} by this model</th></tr></thead>'
        f'<tbody><tr><th scope="row">{yes} today</th>{cell(flips.both)}{cell(flips.no_longer)}</tr>'
        f'<tr><th scope="row">{no} today</th>{cell(flips.newly)}{cell(flips.neither)}</tr></tbody></table>'
    )


def _treated(page: PageState, flips: AgainstToday) -> str:
    """What the model does with the units of a class, what becomes of them, and what today's system does."""
    assert flips.treated is not None
    by_today, by_others = flips.treated
    if flips.of_defects:
        what, lost, yes, no = "Defects", "missed in all", "caught", "missed"
        in_all = flips.no_longer, flips.neither
    else:
        what, lost, yes, no = goods_words(page, flips), "held back in all", "held back", "shipped"
        in_all = flips.both, flips.newly
    rows = [
        (f"{yes} today", by_today.rejected, by_today.inspected, by_today.shipped, in_all[0]),
        (f"{no} today", by_others.rejected, by_others.inspected, by_others.shipped, in_all[1]),
    ]
    sums = [first + other for first, other in zip(rows[0][1:], rows[1][1:], strict=True)]
    rows.append(("all", sums[0], sums[1], sums[2], sums[3]))
    body = "".join(
        f'<tr><th scope="row">{escaped(head)}</th>'
        + "".join(
            f"<td>{_count(page, count, flips.of_defects, narrow=True)}</td>" for count in counts
        )
        + "</tr>"
        for head, *counts in rows
    )
    heads = ("rejected", "to an inspector", "shipped", lost)
    head = "".join(f'<th scope="col">{escaped(text)}</th>' for text in heads)
    return (
        f'<table class="cg-compare cg-flips"><caption>{escaped(what)}</caption><thead><tr>'
        f"<td>{escaped(period_of(page.scenario))}</td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _count(
    page: PageState,
    count: Count,
    of_defects: bool,
    *,
    narrow: bool = False,
    among: float | None = None,
    sign: str = "",
) -> str:
    """A count as the scenario has it, its interval, and in the file where that is another number.

    Of how many in the file it is a part is said as well, where it is named.
    """
    o = objective_of(of_defects=of_defects)
    words = f"<b>{escaped(figure(o, count.value, page.scenario) + sign)}</b>"
    low, high = count.ends
    if count.value == count.in_file and float(count.in_file).is_integer() and not math.isnan(low):
        low, high = math.floor(low), math.ceil(high)  # whole units, outwards
    within = span(o, count.value, low, high, page.scenario)
    if among is not None:
        here = f"{so_many_of(count.in_file, among)} in the file"
    else:
        here = "" if count.value == count.in_file else in_file_words(page, count)
    below = [text for text in (within, here) if text]
    return words + "".join(map(small, below if narrow else ["; ".join(below)]))


def _parts(page: PageState, found: FailuresOf) -> None:
    """A table for the kinds of defect and for each column of segments."""
    for parts in found.columns:
        with st.container(border=True, gap="xsmall", key=f"part_of_{parts.column}"):
            title = (
                "Kinds of defect, worst first"
                if parts.is_kind
                else f"Parts of “{one_line(parts.column)}”, worst first"
            )
            write(f'<p class="cg-eyebrow">{escaped(title)}</p>')
            write(f'<h2 class="cg-finding">{escaped(parts_words(parts))}</h2>')
            if not found.is_today and (beside := than_today_words(parts)):
                write(f'<p class="cg-lines">{escaped(beside)}</p>')
            write(_parts_table(page, parts))
            if parts.parts[0].recall.chance is not Chance.UNKNOWN:
                write(f'<p class="cg-note">{RANGES}</p>')
            if parts.is_kind:
                for crossed in found.crossed:
                    write(_crossed_table(crossed))
            if parts.has_others:
                write(
                    '<p class="cg-note">There are more parts than are counted apart: the later ones are '
                    "counted together as “other”.</p>"
                )
    named = page.dataset.scores.columns
    missing = [
        (what, option)
        for what, option, is_named in (
            ("kind of defect", "--type", named.defect_type is not None),
            ("segment", "--segment", bool(named.segments)),
        )
        if not is_named
    ]
    for what, option in missing:
        write(
            f'<p class="cg-note">No {what} in this data: name its column with <code>{option}</code> when you '
            "open it, or in the form on the Data page, and the worst stand here first.</p>"
        )


def _parts_table(page: PageState, parts: Parts) -> str:
    period = period_of(page.scenario)
    heads = ["Defects caught", f"Missed {period}"]
    if parts.parts[0].newly_missed is not None:
        heads += ["of these caught today", "Newly caught"]
    if parts.parts[0].by_today is not None:
        heads.append(f"Missed today {period}")
    if not parts.is_kind:
        heads += ["Good units held back", f"False alarms {period}"]
    name = "Kind" if parts.is_kind else parts.column
    head = "".join(f'<th scope="col">{escaped(text)}</th>' for text in (name, *heads))
    rates = zip(*((part.recall, part.false_alarm_rate) for part in parts.parts), strict=True)
    # One way of writing in a column.
    is_few = tuple(any(rate is not None and rate.of < FEW for rate in column) for column in rates)
    rows = "".join(_part_row(page, part, is_few) for part in parts.parts)
    return f'<table class="cg-compare cg-parts"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


MOST_ACROSS = 8
"""Parts that stand side by side."""


def _crossed_table(crossed: Crossed) -> str:
    """Which kind is missed in which part, in the file."""
    across = crossed.parts[:MOST_ACROSS]
    names = "".join(f'<th scope="col">{escaped(part_name(part))}</th>' for part in across)
    rest = len(crossed.parts) - len(across)
    more = f"; {counted(rest, 'other part')} not shown" if rest else ""
    title = f"Missed in the file, by kind and “{one_line(crossed.column)}”{more}"
    rows = "".join(
        f'<tr><th scope="row">{escaped(part_name(kind))}</th>'
        + "".join(f"<td>{_crossed_cell(cell)}</td>" for cell in cells[:MOST_ACROSS])
        + "</tr>"
        for kind, cells in crossed.kinds
    )
    return (
        f'<table class="cg-compare cg-parts cg-crossed"><caption>{escaped(title)}</caption><thead><tr>'
        f"<td></td>{names}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _crossed_cell(cell: Cell | None) -> str:
    if cell is None:
        return "–"
    lost = ""
    if cell.lost is not None and cell.lost.flagged > 0:
        lost = f", {plain_count(cell.lost.flagged)} caught today"
    return f'<b>{escaped(so_many_of(cell.missed, cell.of))}</b><span class="cg-small">{escaped(lost)}</span>'


def _part_row(page: PageState, part: Part, is_few: Sequence[bool]) -> str:
    cells = [_rate(part.recall, is_few[0]), _count(page, part.missed, True, narrow=True)]
    if part.newly_missed is not None and part.lost is not None:
        cells.append(_count(page, part.newly_missed, True, narrow=True, among=part.lost.of))
    others = part.newly_caught, part.by_today
    cells += [_count(page, count, True, narrow=True) for count in others if count is not None]
    if part.false_alarm_rate is not None and part.false_alarms is not None:
        cells += [
            _rate(part.false_alarm_rate, is_few[1]),
            _count(page, part.false_alarms, False, narrow=True),
        ]
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    of = small(f"{plain_count(part.defects)} defects in the file")
    return f'<tr><th scope="row">{escaped(part_name(part.category))}{of}</th>{row}</tr>'


def _rate(rate: Rate, is_few: bool) -> str:
    """A share, the interval that holds for all parts at once, and whether it stands out."""
    if math.isnan(rate.value):
        return "none there"
    is_all_but = rate.value < 1 and round(100 * rate.value, 1) >= 100
    written = f"over 99.9{SPACE}%" if is_all_but else in_per_cent(rate.value)
    share = so_many_of(rate.flagged, rate.of) if is_few else written
    words = f"<b>{share}</b>"
    if rate.chance is Chance.UNKNOWN:
        return words
    low, high = rate.ends
    within = f"95 %: {in_per_cent(low)} to {in_per_cent(high)}"
    if rate.value:
        within = span(OBJECTIVES["recall"], rate.value, low, high, Scenario())
    unlike = "more than of all" if rate.value > rate.of_all else "fewer than of all"
    told = rate.chance.value if rate.chance is Chance.POSSIBLE else f"clearly {unlike}"
    return words + small(within) + small(told)


def in_one_form(scores: Collection[float]) -> list[str]:
    """Scores below each other: to four digits of the largest, as many decimals of each."""
    largest = max((abs(score) for score in scores), default=0.0)
    decimals = 4 if largest <= 1 else max(0, 3 - math.floor(math.log10(largest)))
    return [number(score, decimals) for score in scores]


@st.fragment
def _units(recipe: Recipe) -> None:
    """A list of single units, of all of them or of some parts, and one of them in full."""
    page = recipe.page_of_fragment()
    offered = lists_of(page)
    kept = session.kept(_UNITS)
    # What was asked for once more is another element, whose script runs again.
    script = f'<i data-times="{kept["times"]}"></i>{SHOW}' if kept.pop("asked", False) else ""
    st.html(
        f'<p class="cg-eyebrow" id="units">Single units</p>{script}',
        unsafe_allow_javascript=bool(script),
    )
    wanted = kept.get("list")
    which = wanted if wanted in offered else UnitList.MISSED
    session.set_widget("units_listed", which.value)
    st.segmented_control(
        "Which units",
        [name.value for name in offered],
        required=True,
        format_func=lambda name: list_name(page, UnitList(name)),
        label_visibility="collapsed",
        key="units_listed",
        on_change=_keep_list,
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="within"):
        within = _within(page, which)
        found = lists_within(page, within)[which]
        first = _shown_of(which.name.lower())
        shown = "all" if found.count <= first else f"the first {first:,} of"
        what = f"{shown} {number(found.count)} in the file, {FIRST[which]}"
        write(f'<p class="cg-note">{escaped(what if found.count else "There is none.")}</p>')
    if not found.count:
        return
    _listed(
        page,
        which.name.lower(),
        list_name(page, which),
        units_of(page, which, within),
        is_mixed=which.is_of_both,
    )


def list_name(page: PageState, which: UnitList) -> str:
    """What the page calls a list."""
    known = LISTS if page.scenario.inspection is None else {**LISTS, **WHERE_PEOPLE_INSPECT}
    return known[which]


_UNITS, _PARTS = "units listed", "parts of the units"
_LOOKED_AT, _SHOWN = "units looked at", "units shown"
"""Under which names a session keeps the list shown, its parts, the unit of each list, and how many."""


def _keep_list() -> None:
    """Keep the list that was chosen."""
    session.kept(_UNITS)["list"] = UnitList(session.widget_value("units_listed"))


def _within(page: PageState, which: UnitList) -> Within:
    """The parts that somebody wants to look at, each chosen among those that the list has."""
    columns = [parts.column for parts in failures_of(page).columns]
    if not columns:
        return ()
    kept = session.kept(_PARTS)
    within = tuple((column, kept[column]) for column in columns if column in kept)
    kind = page.dataset.scores.columns.defect_type
    for column in columns:
        counts = parts_listed(page, which, column, within)
        if column in kept:
            counts.setdefault(kept[column], 0)  # chosen for another list: said to be none here

        def words(
            part: tuple[str, ...], column: str = column, counts: dict[str, int | None] = counts
        ) -> str:
            if not part:
                return f"every {'kind' if column == kind else one_line(column)}"
            said, count = one_line(part_name(part[0])), counts[part[0]]
            return said if count is None else f"{said}: {count:,}"

        key = f"units_of_{column}"
        session.set_widget(key, (kept[column],) if column in kept else ())
        st.selectbox(
            "Kind of defect" if column == kind else plain(column),
            [(), *((part,) for part in counts)],
            format_func=words,
            label_visibility="collapsed",
            width=200,
            key=key,
            on_change=_keep,
            args=(column, key),
        )
    return within


def _keep(column: str, key: str) -> None:
    """Keep the part of a column that was chosen."""
    kept, part = session.kept(_PARTS), session.widget_value(key)
    kept.pop(column, None)
    if part:
        [kept[column]] = part


def _listed(
    page: PageState, key: str, title: str, units: tuple[Unit, ...], *, is_mixed: bool = False
) -> None:
    """Some units, as pictures where there are any, and the one that is looked at in full."""
    rest, units = len(units) - _shown_of(key), units[: _shown_of(key)]
    pictures = _pictures(page, units)
    if not pictures:
        _table(page, key, title, units, is_mixed=is_mixed)
        _more(key, rest)
        return
    looked_at = session.kept(_LOOKED_AT)
    k = looked_at.get(key, 0)
    k = k if k < len(units) else 0

    def heard() -> None:
        said = session.component_value(f"gallery_{key}", "unit")
        at = said.get("at") if isinstance(said, dict) else None
        if isinstance(at, int) and at >= 0:
            looked_at[key] = at

    left, right = st.columns([3, 2], gap="medium")
    with left:
        tiles = [
            _tile(page, unit, picture, is_mixed=is_mixed)
            for unit, picture in zip(units, pictures, strict=True)
        ]
        head = {"title": title, "list": key, "tiles": tiles, "chosen": k}
        mount(f"gallery_{key}", envelope("gallery", head), unit=heard)
        _more(key, rest)
    with right:
        _one(page, key, units[k])


def _shown_of(key: str) -> int:
    """How many units of a list are shown."""
    return int(session.kept(_SHOWN).get(key, AT_FIRST))


def _more(key: str, rest: int) -> None:
    """A button that shows more units of a list, where there are more."""
    if rest > 0:
        more = min(rest, AT_FIRST)
        st.button(
            f"Show {more} more",
            key=f"more_{key}",
            type="tertiary",
            on_click=_show_more,
            args=(key,),
        )


def _show_more(key: str) -> None:
    session.kept(_SHOWN)[key] = _shown_of(key) + AT_FIRST


def _tile(page: PageState, unit: Unit, picture: Picture, *, is_mixed: bool) -> dict[str, Any]:
    """What the gallery shows of a unit."""
    score = f"{unit.scores[str(page.chosen.model)]:.3g}"
    what = ("defect" if unit.is_defect else "good") if is_mixed else ""
    kind = page.dataset.scores.columns.defect_type
    first = sorted(unit.parts.items(), key=lambda pair: pair[0] != kind)
    parts = [one_line(part_name(part)) for _, part in first]
    note = dict(session.current().unit_notes).get(unit.id, "")
    return {
        "picture": picture.address,
        "alt": "",  # its caption says all
        "words": [", ".join(filter(None, (score, what))), *([f"“{note}”"] if note else parts[:2])],
        "title": one_line(unit.id),
    }


def _table(
    page: PageState, key: str, title: str, units: tuple[Unit, ...], *, is_mixed: bool = False
) -> None:
    """Some units as a table, and the one that is chosen in it in full."""
    note = "Click the box before a unit to see every model’s score."
    if page.dataset.pictures is None and page.dataset.origin == "command line":
        note += " Started with --images FOLDER, the server shows their pictures."
    write(f'<p class="cg-note">{escaped(note)}</p>')
    event = st.dataframe(
        _frame(page, units, is_mixed=is_mixed),
        hide_index=True,
        height=min(320, 38 + 35 * len(units)),
        on_select="rerun",
        selection_mode="single-row",
        key=f"units_{key}",
        alt=f"{title}: id, score and parts of each",
    )
    chosen = event.selection.rows
    if chosen and chosen[0] < len(units):
        _one(page, key, units[chosen[0]])


@st.fragment
def _labels(recipe: Recipe) -> None:
    """Labels that every good model contradicts, for whoever asks."""
    page = recipe.page_of_fragment()
    write('<p class="cg-eyebrow">Do you believe the labels?</p>')
    if page.evaluation.tally.scale == "rank":
        write(
            '<p class="cg-note">These scores are a ranking and no probabilities: no label can be doubted '
            "by them.</p>"
        )
        return
    # Of more rows the page doesn't wait, and every model's scores are read for it.
    if page.evaluation.tally.rows.sum() > FEW_ROWS and not st.toggle(
        "Look for labels that may be wrong", key="labels_doubted"
    ):
        return
    with st.spinner("Comparing every label with every good model …"):
        doubts = doubts_of(page)
    write(f'<h2 class="cg-finding">{escaped(doubts_words(doubts))}</h2>')
    if of_kinds := doubted_kinds_words(doubts):
        write(
            f'<p class="cg-lines">{escaped(of_kinds)}. Where one kind prevails, its labels may follow a rule '
            "and be no mistakes: ask whether units of that kind are to be held back.</p>"
        )
    asked = ", ".join(page.label(model) for model in doubts.models)
    write(
        '<p class="cg-note">Doubted: a defect that scores no higher than good units do on average, and a '
        "good unit that scores no lower than defects do, by every model whose ROC AUC is within 0.05 of the "
        f"best: {escaped(asked)}. Inspect them before you correct a label: hard units look the same. "
        "The most doubtful stand first.</p>"
    )
    goods, defects = doubts.counts
    doubted = {
        f"Labelled a defect, the models say good: {defects:,}": doubts.defects,
        f"Labelled good, the models say defect: {goods:,}": doubts.goods,
    }
    offered = [label for label, units in doubted.items() if units]
    if not offered:
        return
    label = offered[0]
    if len(offered) > 1:
        label = st.segmented_control(
            "Which labels",
            offered,
            default=label,
            required=True,
            label_visibility="collapsed",
            key="labels_listed",
        )
    units = doubted[label]
    _listed(page, "doubted_defects" if units[0].is_defect else "doubted_goods", label, units)


def _note(listed: str, unit: Unit) -> None:
    """What is said of a unit, which a record keeps."""
    key = f"note_{listed}_{unit.id}"  # a unit may stand in two lists at once
    st.text_input(
        f"Note on {plain(one_line(unit.id))}",
        max_chars=LONGEST_UNIT_NOTE,
        placeholder="a note for the record, such as: mislabelled?",
        label_visibility="collapsed",
        **session.widget(
            key,
            dict(session.current().unit_notes).get(unit.id, ""),
            lambda choices, words: choices.with_unit_note(unit.id, words),
        ),
    )


def _pictures(page: PageState, units: tuple[Unit, ...]) -> tuple[Picture, ...]:
    """Small pictures of the units, where there is any; what could not be read is said."""
    # As they are asked for: what was made small is not made so again.
    pictures = tuple(
        picture
        for k in range(0, len(units), AT_FIRST)
        for picture in pictures_of(page, units[k : k + AT_FIRST], THUMBNAIL)
    )
    refused = [picture.refused for picture in pictures if picture.refused]
    if refused:
        write(
            f'<p class="cg-note">{counted(len(refused), "picture")} could not be shown: '
            f"{escaped(refused[0])}.</p>"
        )
    elif pictures and not any(picture.jpeg for picture in pictures):
        write(f'<p class="cg-note">{escaped(_none_of_these(page, units[0]))}</p>')
    return pictures if any(picture.jpeg for picture in pictures) else ()


def _none_of_these(page: PageState, unit: Unit) -> str:
    """Why there are no pictures where other units have some."""
    if page.dataset.origin == "sample":
        return (
            "No pictures of these: the sample has them of every defect, and of the good units that a model "
            "finds most suspicious."
        )
    column = page.dataset.picture_column
    if column is not None:
        of = f"“{one_line(column)}” says, such as {one_line(unit.picture) or '(empty)'}"
        return (
            f"No pictures of these: each must lie where {of}, in the folder or archive of --images."
        )
    return f"No pictures of these: each must be called by its unit’s id, such as {one_line(unit.id)}.jpg."


def _frame(page: PageState, units: tuple[Unit, ...], *, is_mixed: bool) -> pd.DataFrame:
    """The units as a table."""
    model, today = str(page.chosen.model), page.scenario.today
    columns: dict[str, list[object]] = {"unit": [one_line(unit.id) for unit in units]}
    if is_mixed:
        columns["is"] = ["defect" if unit.is_defect else "good" for unit in units]
    columns["score"] = [unit.scores[model] for unit in units]
    if today is not None and today.model != model:
        columns[f"today’s score ({one_line(page.label(today.model))})"] = [
            unit.scores[today.model] for unit in units
        ]
    for column in units[0].parts:
        name = one_line(column)
        name += " (of the file)" if name in columns else ""
        columns[name] = [one_line(unit.parts[column]) for unit in units]
    return pd.DataFrame(columns)


def _one(page: PageState, listed: str, unit: Unit) -> None:
    """One unit with every model's score."""
    what = "defect" if unit.is_defect else "good unit"
    parts = "".join(
        f"; {escaped(one_line(column))}: {escaped(one_line(part_name(text)))}"
        for column, text in unit.parts.items()
    )
    write(
        f'<p class="cg-lines"><b>{escaped(one_line(unit.id))}</b>, a {what}{parts}. '
        f"{escaped(fate_words(page, unit))}</p>"
    )
    _note(listed, unit)
    [picture] = pictures_of(page, [unit], LARGE) or (Picture(),)
    with st.container(horizontal=True, gap="medium"):
        if picture.jpeg:
            alt = f"Picture of {one_line(unit.id)}, a {what}"
            shown = (
                '<details class="cg-enlarge"><summary title="Larger, or smaller again">'
                f'<img class="cg-picture" src="{picture.address}" alt="{escaped(alt)}"></summary></details>'
            )
            st.html(shown, width="content")
        scores = "".join(
            f'<tr><th scope="row">{swatch(page.styles[model], page.palette)} '
            f"{escaped(page.label(model))}</th>"
            f'<td title="{escaped(exact_threshold(score))}">{escaped(text)}</td></tr>'
            for (model, score), text in zip(
                unit.scores.items(), in_one_form(unit.scores.values()), strict=True
            )
        )
        write(
            '<table class="cg-compare cg-scores"><thead><tr><th scope="col">Model</th>'
            f'<th scope="col">Score</th></tr></thead><tbody>{scores}</tbody></table>'
        )
