"""Lists of single units that the selected point gets wrong: menus of the lists and of their parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.point_failures import failures_of
from dashboard.analysis.failures.units import Within, lists_of, lists_within, parts_listed, units_of
from dashboard.analysis.selection import Selection
from dashboard.live.component import envelope, mount
from dashboard.markup import plain
from dashboard.safe_text import one_line
from dashboard.session import live_reports, session
from dashboard.views.failures.unit_gallery import draw_units, units_shown
from dashboard.views.html_elements import eyebrow, note, scroll_to, write
from dashboard.views.page_recipe import Recipe
from dashboard.words.failures.parts import part_name
from dashboard.words.failures.units import list_name, list_size_words
from dashboard.words.numbers.amounts import number
from metrics.tally.unit_lists import UnitList

_UNITS, _PARTS = "units listed", "parts of the units"
"""Names under which a session stores the list and its parts."""


@st.fragment
def draw(recipe: Recipe) -> None:
    """Draw a list of single units, of all parts or of selected ones, and a unit in detail."""
    page = recipe.page_of_fragment()
    offered = lists_of(page.selection)
    stored = session.storage(_UNITS)
    # A cell in another part of the page was pressed, so the page scrolls to the units.
    is_requested = stored.pop("is_requested", False)
    script = scroll_to("units", stored["requests"]) if is_requested else ""
    write(eyebrow("Single units", id="units"), script, runs_script=is_requested)
    stored_list = stored.get("list")
    which = stored_list if stored_list in offered else UnitList.MISSED
    session.set_widget("units_listed", which.value)
    st.segmented_control(
        "Which units",
        [name.value for name in offered],
        required=True,
        format_func=lambda name: list_name(page.analysis, UnitList(name)),
        label_visibility="collapsed",
        key="units_listed",
        on_change=_store_list,
    )
    key = which.name.lower()
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="within"):
        within = _draw_part_menus(page.selection, which)
        unit_list = lists_within(page.selection, within)[which]
        words = list_size_words(which, unit_list.count, units_shown(key))
        write(note(words))
    if unit_list.count:
        units, name = units_of(page.selection, which, within), list_name(page.analysis, which)
        draw_units(page, key, name, units, is_mixed=which.is_of_both)


def _store_list() -> None:
    """Store the selected list in the session."""
    session.storage(_UNITS)["list"] = UnitList(session.widget_value("units_listed"))


def _draw_part_menus(selection: Selection, which: UnitList) -> Within:
    """Draw a menu of parts for each column. Return the selected parts."""
    stored = session.storage(_PARTS)
    columns = [parts.column for parts in failures_of(selection).columns]
    within = tuple((column, stored[column]) for column in columns if column in stored)
    for column in columns:
        counts = parts_listed(selection, which, column, within)
        if column in stored:
            # The part was chosen for another list and may have no unit in this list.
            counts.setdefault(stored[column], 0)
        _draw_part_menu(selection.analysis, column, counts)
    return within


def _draw_part_menu(analysis: Analysis, column: str, counts: Mapping[str, int | None]) -> None:
    """Draw a menu of the parts of a column with their numbers of units."""
    stored, key = session.storage(_PARTS), f"units_of_{column}"
    is_kind = column == analysis.dataset.scores.columns.defect_type

    def words(part: tuple[str, ...]) -> str:
        if not part:
            return f"every {'kind' if is_kind else one_line(column)}"
        name, count = one_line(part_name(part[0])), counts[part[0]]
        return name if count is None else f"{name}: {number(count)}"

    session.set_widget(key, (stored[column],) if column in stored else ())
    st.selectbox(
        "Kind of defect" if is_kind else plain(column),
        [(), *((part,) for part in counts)],
        format_func=words,
        label_visibility="collapsed",
        width=200,
        key=key,
        on_change=_store_part,
        args=(column, key),
    )


def _store_part(column: str, key: str) -> None:
    """Store the selected part of a column in the session."""
    stored, part = session.storage(_PARTS), session.widget_value(key)
    stored.pop(column, None)
    if part:
        [stored[column]] = part


def show_units_of_pressed_cells(offered: Collection[UnitList]) -> None:
    """Show a list of units when a reader presses a table cell made by `open_button`."""

    def show_list() -> None:
        opened = live_reports.component_value("cells", "opened")
        if opened in {which.value for which in offered}:
            _show_list(UnitList(opened))

    with st.container(key="live_cells"):  # shows nothing itself
        mount("cells", envelope("cells", {}), opened=show_list)


def _show_list(which: UnitList) -> None:
    """Show a list of units, and scroll to it."""
    stored = session.storage(_UNITS)
    stored["list"], stored["is_requested"] = which, True
    stored["requests"] = stored.get("requests", 0) + 1
    session.storage(_PARTS).clear()
