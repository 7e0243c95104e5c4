"""The Failures page: what the chosen point gets wrong, where, and what today's system would have caught."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.counts import (
    AgainstToday,
    Cell,
    Count,
    Crossed,
    FailuresOf,
    Part,
    Parts,
    Rate,
    counted_failures,
    failures_of,
    has_parts,
    has_rows,
    is_known_how_sure,
    knows_flips,
)
from dashboard.data.library import Dataset
from dashboard.markup import escaped, plain, small
from dashboard.page_view import PageView
from dashboard.views import page_frame
from dashboard.views.callback_page import recipe_of
from dashboard.views.failures import doubted_labels_panel, unit_lists
from dashboard.views.points_side_by_side import MARKS
from dashboard.views.snippets import chosen_and_today, write
from dashboard.words.decide.cards import compared_title
from dashboard.words.failures import (
    FEW,
    against_words,
    compared_words,
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
from dashboard.words.numbers import (
    SPACE,
    figure,
    in_per_cent,
    period_of,
    span,
)
from dashboard.words.safe_text import one_line
from metrics import OBJECTIVES, Scenario, ScoreError
from metrics.errors import counted
from metrics.inference.comparison import Chance
from metrics.tally.breakdown import OTHER
from metrics.tally.point_failures import UnitList

RANGES = (
    "The 95 % range of a share holds for all rows of the table at once; that of a count is its own alone, "
    "and is narrower for it."
)
"""Why the two do not fit each other."""


def draw(dataset: Dataset) -> None:
    """Draw the page for the chosen point."""
    page = page_frame.begin(dataset)
    if page is None:
        return
    with st.container(key="failures_page"):
        _shown(page)
        if has_rows(page.analysis):
            _drawn(page)
        else:
            write(
                '<p class="cg-notice">This is a tally: it holds counts and no rows, so nobody can say here '
                "which units are missed. Open the score files themselves to see them.</p>"
            )
            if has_parts(page.analysis):
                _counted(page)
    page_frame.end(page.analysis)


def _counted(page: PageView) -> None:
    """What a tally knows by part."""
    failures = failures_of(page.selection)
    if page.analysis.shows_intervals and not is_known_how_sure(page.analysis):
        write(
            '<p class="cg-note">How sure these counts are is not known: the rows of this tally come in '
            "groups, or have weights.</p>"
        )
    if knows_flips(page.analysis):
        _against_today(page, failures)
    else:
        write(
            '<p class="cg-notice">This tally was not counted against today’s system, so nobody can say here '
            "what is treated differently.</p>"
        )
    _parts(page.analysis, failures)


def _drawn(page: PageView) -> None:
    try:
        if counted_failures.is_ready(page.selection):
            failures = failures_of(page.selection)
        else:
            with st.spinner("Looking at every unit at this threshold …"):
                failures = failures_of(page.selection)
    except ScoreError as error:  # such as files that were changed since
        write(f'<p class="cg-refusal" role="alert">{escaped(error.problems[0].message)}</p>')
        return
    _against_today(page, failures)
    with st.container(border=True, gap="xsmall", key="part_units"):
        unit_lists.draw(recipe_of(page))
    _parts(page.analysis, failures)
    with st.container(border=True, gap="xsmall", key="part_labels"):
        doubted_labels_panel.draw(recipe_of(page))


def _shown(page: PageView) -> None:
    """Which point all of it is of."""
    write(chosen_and_today(page))
    words = inspectors_words(page.selection)
    if words:
        write(f'<p class="cg-lines">{escaped(words)}</p>')
    if page.analysis.is_pending:
        write('<p class="cg-note cg-checking">How sure the counts are: checking</p>')


def _against_today(page: PageView, failures: FailuresOf) -> None:
    with st.container(border=True, gap="xsmall", key="part_flips"):
        write('<p class="cg-eyebrow">Against today’s system</p>')
        write(f'<h2 class="cg-finding">{escaped(against_words(page.analysis, failures))}</h2>')
        if against := compared_words(page.selection, page.names, compared_title(page.selection)):
            write(f'<p class="cg-lines">{escaped(against)}</p>')
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
                    write(_flips(page.analysis, flips))
        else:  # too wide to stand side by side
            write(_treated(page.analysis, failures.defects))
            write(_treated(page.analysis, failures.goods))
        lost = lost_words(page.analysis, failures)
        if lost:
            with st.container(
                horizontal=True, gap="small", vertical_alignment="center", key="lost"
            ):
                st.html(f'<p class="cg-lines">{escaped(lost[0])}</p>', width="content")
                if failures.counts.get(UnitList.NEWLY_MISSED):
                    st.button(
                        "Show them",
                        key="show_lost",
                        type="tertiary",
                        on_click=unit_lists.show_lost,
                    )
                    _worst_pair(page.analysis, failures)
            if rest := "<br>".join(map(escaped, lost[1:])):
                write(f'<p class="cg-lines">{rest}</p>')


def _worst_pair(analysis: Analysis, failures: FailuresOf) -> None:
    """A button that shows those of the kind and part that have the most; not where people overlook them."""
    pairs = lost_pairs(failures.crossed[0]) if failures.crossed else []
    if len(pairs) < 2 or analysis.scenario.inspection is not None or OTHER in pairs[0][:2]:
        return
    kind, part, _ = pairs[0]
    parts = {
        str(analysis.dataset.scores.columns.defect_type): kind,
        failures.crossed[0].column: part,
    }
    st.button(
        f"Show {plain(one_line(pair_name(kind, part)))}",
        key="show_lost_pair",
        type="tertiary",
        on_click=unit_lists.show_lost,
        args=(parts,),
    )


def _flips(analysis: Analysis, flips: AgainstToday) -> str:
    """Two by two: what the point and today's system do with the units of a class."""
    what = "Defects" if flips.of_defects else goods_words(analysis, flips)
    yes, no = ("caught", "missed") if flips.of_defects else ("held back", "shipped")
    better, worse = (
        (flips.newly, flips.no_longer) if flips.of_defects else (flips.no_longer, flips.newly)
    )

    def cell(count: Count) -> str:
        kind = "better" if count is better else "worse" if count is worse else "same"
        # Signs and no bars: of defects and of good units there is not one scale that shows both.
        sign = MARKS.get(kind, "") if count.value else ""
        return f'<td class="cg-flip-{kind}">{_count(analysis, count, flips.of_defects, sign=sign)}</td>'

    period = escaped(period_of(analysis.scenario))
    return (
        f'<table class="cg-compare cg-flips"><caption>{escaped(what)}</caption><thead><tr><td>{period}</td>'
        f'<th scope="col">{yes} by this model</th><th scope="col">{no} by this model</th></tr></thead>'
        f'<tbody><tr><th scope="row">{yes} today</th>{cell(flips.both)}{cell(flips.no_longer)}</tr>'
        f'<tr><th scope="row">{no} today</th>{cell(flips.newly)}{cell(flips.neither)}</tr></tbody></table>'
    )


def _treated(analysis: Analysis, flips: AgainstToday) -> str:
    """What the model does with the units of a class, what becomes of them, and what today's system does."""
    assert flips.treated is not None
    by_today, by_others = flips.treated
    if flips.of_defects:
        what, lost, yes, no = "Defects", "missed in all", "caught", "missed"
        in_all = flips.no_longer, flips.neither
    else:
        what, lost, yes, no = (
            goods_words(analysis, flips),
            "held back in all",
            "held back",
            "shipped",
        )
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
            f"<td>{_count(analysis, count, flips.of_defects, narrow=True)}</td>" for count in counts
        )
        + "</tr>"
        for head, *counts in rows
    )
    heads = ("rejected", "to an inspector", "shipped", lost)
    head = "".join(f'<th scope="col">{escaped(text)}</th>' for text in heads)
    return (
        f'<table class="cg-compare cg-flips"><caption>{escaped(what)}</caption><thead><tr>'
        f"<td>{escaped(period_of(analysis.scenario))}</td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _count(
    analysis: Analysis,
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
    words = f"<b>{escaped(figure(o, count.value, analysis.scenario) + sign)}</b>"
    low, high = count.ends
    if count.value == count.in_file and float(count.in_file).is_integer() and not math.isnan(low):
        low, high = math.floor(low), math.ceil(high)  # whole units, outwards
    within = span(o, count.value, low, high, analysis.scenario)
    if among is not None:
        here = f"{so_many_of(count.in_file, among)} in the file"
    else:
        here = "" if count.value == count.in_file else in_file_words(analysis, count)
    below = [text for text in (within, here) if text]
    return words + "".join(map(small, below if narrow else ["; ".join(below)]))


def _parts(analysis: Analysis, found: FailuresOf) -> None:
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
            if not found.is_today and (worse := than_today_words(parts)):
                write(f'<p class="cg-lines">{escaped(worse)}</p>')
            write(_parts_table(analysis, parts))
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
    named = analysis.dataset.scores.columns
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


def _parts_table(analysis: Analysis, parts: Parts) -> str:
    period = period_of(analysis.scenario)
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
    rows = "".join(_part_row(analysis, part, is_few) for part in parts.parts)
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


def _part_row(analysis: Analysis, part: Part, is_few: Sequence[bool]) -> str:
    cells = [_rate(part.recall, is_few[0]), _count(analysis, part.missed, True, narrow=True)]
    if part.newly_missed is not None and part.lost is not None:
        cells.append(_count(analysis, part.newly_missed, True, narrow=True, among=part.lost.of))
    others = part.newly_caught, part.by_today
    cells += [_count(analysis, count, True, narrow=True) for count in others if count is not None]
    if part.false_alarm_rate is not None and part.false_alarms is not None:
        cells += [
            _rate(part.false_alarm_rate, is_few[1]),
            _count(analysis, part.false_alarms, False, narrow=True),
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
    within = f"95{SPACE}%: {in_per_cent(low)} to {in_per_cent(high)}"
    if rate.value:
        within = span(OBJECTIVES["recall"], rate.value, low, high, Scenario())
    unlike = "more than of all" if rate.value > rate.of_all else "fewer than of all"
    told = rate.chance.value if rate.chance is Chance.POSSIBLE else f"clearly {unlike}"
    return words + small(within) + small(told)
