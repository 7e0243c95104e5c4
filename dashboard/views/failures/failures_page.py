"""The Failures page: missed defects and false alarms of the selected point, by part and unit by unit."""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import Any

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.against_current import AgainstCurrent
from dashboard.analysis.failures.failure_counts import (
    Count,
    counted_failures,
    has_parts,
    has_rows,
    is_known_how_sure,
    knows_flips,
)
from dashboard.analysis.failures.kinds_by_segment import Crossed
from dashboard.analysis.failures.parts import Part, Parts, Rate
from dashboard.analysis.failures.point_failures import PointFailures, failures_of
from dashboard.data.dataset import Dataset
from dashboard.page_view import PageView
from dashboard.views import page_frame
from dashboard.views.failures import doubted_labels_panel, unit_list_menus
from dashboard.views.html_elements import (
    Cell,
    checking,
    eyebrow,
    finding,
    inline,
    lines,
    note,
    notice,
    open_button,
    refusal,
    share_bar,
    strong,
    table,
    write,
)
from dashboard.views.page_recipe import recipe_of
from dashboard.views.point_markup import chosen_line
from dashboard.words.failures import failure_counts as words
from dashboard.words.failures import parts as part_words
from dashboard.words.failures.failure_counts import FEW, plain_count
from dashboard.words.failures.units import list_name
from dashboard.words.models.side_by_side import MARKS
from dashboard.words.names import current_title
from dashboard.words.numbers.objective_units import period_of
from metrics import ScoreError
from metrics.inference.comparison.paired_difference import Chance
from metrics.tally.unit_lists import UnitList

LISTS = {
    True: (UnitList.NEWLY_CAUGHT, UnitList.NEWLY_MISSED),
    False: (UnitList.NEWLY_FLAGGED, UnitList.NEWLY_PASSED),
}
"""Lists of defects (True) and of good units: flagged by the model only, and by the current system only."""


def draw(dataset: Dataset) -> None:
    """Draw the page for the selected point."""
    page = page_frame.begin(dataset)
    if page is None:
        return
    analysis = page.analysis
    with st.container(key="failures_page"):
        write(chosen_line(page))
        write(lines(words.inspectors_words(page.selection)))
        if analysis.is_pending:
            write(checking("How sure the counts are"))
        if has_rows(analysis):
            _draw_with_units(page)
        else:
            write(notice(words.NO_ROWS))
            if has_parts(analysis):
                _draw_tally(page)
    page_frame.finish_page(analysis)


def _draw_tally(page: PageView) -> None:
    """Draw the counts by part that a tally has."""
    failures = failures_of(page.selection)
    if page.analysis.shows_intervals and not is_known_how_sure(page.analysis):
        write(note(words.NO_INTERVALS))
    if knows_flips(page.analysis):
        _draw_against_current(page, failures)
    else:
        write(notice(words.NOT_AGAINST_TODAY))
    _draw_parts(page.analysis, failures)


def _draw_with_units(page: PageView) -> None:
    try:
        is_ready = counted_failures.is_ready(page.selection)
        with nullcontext() if is_ready else st.spinner("Looking at every unit at this threshold …"):
            failures = failures_of(page.selection)
    except ScoreError as error:  # For example, the files changed since they were opened.
        write(refusal(error.problems[0].message))
        return
    _draw_against_current(page, failures)
    with st.container(border=True, gap="xsmall", key="part_units"):
        unit_list_menus.draw(recipe_of(page))
    _draw_parts(page.analysis, failures)
    with st.container(border=True, gap="xsmall", key="part_labels"):
        doubted_labels_panel.draw(recipe_of(page))


def _draw_against_current(page: PageView, failures: PointFailures) -> None:
    analysis, defects, goods = page.analysis, failures.defects, failures.goods
    with st.container(border=True, gap="xsmall", key="part_flips"):
        write(eyebrow(f"Against {current_title(analysis.scenario)}"))
        write(finding(words.against_words(analysis, failures)))
        if defects is None or goods is None:
            write(note(words.file_counts_sentences(page.selection)))
            return
        unit_list_menus.show_units_of_pressed_cells(failures.counts)
        tables = (
            _flips(analysis, defects, failures, "Defects"),
            _flips(analysis, goods, failures, "Good units"),
        )
        if not defects.treated:
            for column, markup in zip(st.columns(2, gap="medium"), tables, strict=True):
                column.html(markup)
        else:  # These tables are too wide for two columns.
            for markup in tables:
                write(markup)


def _flips(
    analysis: Analysis, flips: AgainstCurrent, failures: PointFailures, caption: str
) -> Markup:
    """Table of the units of a class by the model's decision and by the current system's."""
    heads, names = words.flip_heads(flips)
    rows: list[list[Cell | str]] = [
        [name, *(_flip(analysis, flips, count, failures) for count in counts)]
        for name, counts in zip(names, flips.rows, strict=True)
    ]
    head = Cell(period_of(analysis.scenario), is_head=False)
    return table([head, *heads], rows, css="cg-flips", caption=caption)


def _flip(analysis: Analysis, flips: AgainstCurrent, count: Count, failures: PointFailures) -> Cell:
    """Cell of a count. A press opens its units, if there is a list of them."""
    if flips.treated:
        return _count(analysis, count, of_defects=flips.of_defects)
    side = "better" if count is flips.gained else "worse" if count is flips.lost else "same"
    # No bars are drawn, because defects and good units would need a shared scale.
    sign = MARKS.get(side, "") if count.value else ""
    text, *below = words.count_words(analysis, count, of_defects=flips.of_defects)
    figure = strong(text + sign)
    for listed, which in zip((flips.newly, flips.no_longer), LISTS[flips.of_defects], strict=True):
        if count is listed and failures.counts.get(which):
            figure = open_button(figure, which.value, f"Show them: {list_name(analysis, which)}")
    return Cell(figure, ["; ".join(filter(None, below))], css=f"cg-flip-{side}")


def _count(analysis: Analysis, count: Count, more: str = "", **options: Any) -> Cell:
    text, *below = words.count_words(analysis, count, **options)
    return Cell(strong(text), [*below, more])


def _draw_parts(analysis: Analysis, failures: PointFailures) -> None:
    """Draw a table for the kinds of defect and for each column of segments."""
    for parts in failures.columns:
        with st.container(border=True, gap="xsmall", key=f"part_of_{parts.column}"):
            write(eyebrow(part_words.parts_title(parts)))
            write(finding(part_words.parts_words(parts)))
            write(_parts_table(analysis, parts))
            for crossed in failures.crossed if parts.is_kind else ():
                write(_crossed_table(crossed))
            if parts.has_others:
                write(note(part_words.COUNTED_TOGETHER))
    if any(parts.parts[0].recall.chance is not Chance.UNKNOWN for parts in failures.columns):
        write(note(part_words.RANGES))
    write(note(part_words.unnamed_columns_sentence(analysis)))


def _parts_table(analysis: Analysis, parts: Parts) -> Markup:
    rates = [(part.recall, part.false_alarm_rate) for part in parts.parts]
    # All shares of a column are written in the same format.
    is_few = [
        any(rate is not None and rate.of < FEW for rate in column)
        for column in zip(*rates, strict=True)
    ]
    rows = [_part_row(analysis, part, *is_few) for part in parts.parts]
    return table(part_words.part_heads(analysis, parts), rows, css="cg-parts cg-stacked")


def _part_row(
    analysis: Analysis, part: Part, is_few_defects: bool, is_few_goods: bool
) -> list[Cell]:
    defects = part.recall.of
    cells = [
        Cell(part_words.part_name(part.category), [f"{plain_count(defects)} defects in the file"]),
        _rate(part.recall, is_few_defects),
        _count(analysis, part.missed, most=defects),
    ]
    if part.newly_missed is not None:
        cells.append(_count(analysis, part.newly_missed, most=defects))
    if part.by_current is not None:
        cells.append(
            _count(analysis, part.by_current, part_words.against_current_words(part), most=defects)
        )
    if part.false_alarm_rate is not None and part.false_alarms is not None:
        cells += [
            _rate(part.false_alarm_rate, is_few_goods),
            _count(analysis, part.false_alarms, of_defects=False, most=part.false_alarm_rate.of),
        ]
    return cells


def _rate(rate: Rate, is_few: bool) -> Cell:
    """Cell of a share with a bar of the share, its interval, and a mark at the share of all units."""
    text, *below = part_words.part_rate_words(rate, is_few=is_few)
    bar = "" if math.isnan(rate.value) else share_bar(rate.value, rate.ends, rate.of_all)
    return Cell(inline(strong(text), bar), below)


def _crossed_table(crossed: Crossed) -> Markup:
    """Table of the missed defects of the file by kind and part."""
    rows = []
    for kind, cells in crossed.kinds:
        row: list[str | Cell] = [part_words.part_name(kind)]
        for cell in cells[: part_words.MOST_ACROSS]:
            text, lost = part_words.crossed_words(cell)
            row.append(Cell(strong(text), [lost]) if cell else text)
        rows.append(row)
    heads = ["", *map(part_words.part_name, crossed.parts[: part_words.MOST_ACROSS])]
    return table(heads, rows, css="cg-parts cg-crossed", caption=part_words.crossed_title(crossed))
