"""Lists of single units that the selected point gets wrong, as a gallery or a table, and a unit in detail."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.point_failures import failures_of
from dashboard.analysis.failures.units import (
    Within,
    lists_of,
    lists_within,
    parts_listed,
    pictures_of,
    units_of,
)
from dashboard.analysis.selection import Selection
from dashboard.data.pictures import Picture
from dashboard.live.component import mount
from dashboard.live.message import envelope
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import LONGEST_UNIT_NOTE
from dashboard.views.callback_page import Recipe
from dashboard.views.elements import (
    Cell,
    eyebrow,
    inline,
    lines,
    note,
    picture,
    scroll_to,
    strong,
    swatch,
    table,
    write,
)
from dashboard.words.failures.counts import part_name
from dashboard.words.failures.units import (
    NO_PICTURE,
    fate_words,
    list_name,
    list_size_words,
    no_pictures_sentence,
    picture_alt,
    refused_pictures_sentence,
    score_words,
    scores_in_column,
    table_note,
    unit_words,
)
from dashboard.words.numbers.amounts import number
from dashboard.words.numbers.thresholds import exact_threshold
from dashboard.words.safe_text import one_line
from metrics.tally.unit_lists import Unit, UnitList

THUMBNAIL, LARGE = 160, 720
"""Longest side of a picture in the gallery, and of a single picture, in pixels."""
AT_FIRST = 100
"""Number of units of a list that are shown at first, and that a button adds."""
_UNITS, _PARTS = "units listed", "parts of the units"
_LOOKED_AT, _SHOWN = "units looked at", "units shown"
"""Names under which a session stores the list, its parts, the unit of each list, and their number."""


@st.fragment
def draw(recipe: Recipe) -> None:
    """Draw a list of single units, of all parts or of selected ones, and a unit in detail."""
    page = recipe.page_of_fragment()
    offered = lists_of(page.selection)
    stored = session.stored(_UNITS)
    is_requested = stored.pop("asked", False)  # The units may be out of sight.
    script = scroll_to("units", stored["times"]) if is_requested else ""
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
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="within"):
        within = _within(page.selection, which)
        unit_list = lists_within(page.selection, within)[which]
        words = list_size_words(which, unit_list.count, _shown_of(which.name.lower()))
        write(note(words))
    if not unit_list.count:
        return
    listed(
        page,
        which.name.lower(),
        list_name(page.analysis, which),
        units_of(page.selection, which, within),
        is_mixed=which.is_of_both,
    )


def _store_list() -> None:
    """Store the selected list in the session."""
    session.stored(_UNITS)["list"] = UnitList(session.widget_value("units_listed"))


def _within(selection: Selection, which: UnitList) -> Within:
    """Draw a menu of parts for each column. Return the selected parts."""
    columns = [parts.column for parts in failures_of(selection).columns]
    if not columns:
        return ()
    stored = session.stored(_PARTS)
    within = tuple((column, stored[column]) for column in columns if column in stored)
    kind = selection.analysis.dataset.scores.columns.defect_type
    for column in columns:
        counts = parts_listed(selection, which, column, within)
        if column in stored:
            # The part was chosen for another list and may have no unit in this list.
            counts.setdefault(stored[column], 0)

        def words(
            part: tuple[str, ...], column: str = column, counts: dict[str, int | None] = counts
        ) -> str:
            if not part:
                return f"every {'kind' if column == kind else one_line(column)}"
            name, count = one_line(part_name(part[0])), counts[part[0]]
            return name if count is None else f"{name}: {number(count)}"

        key = f"units_of_{column}"
        session.set_widget(key, (stored[column],) if column in stored else ())
        st.selectbox(
            "Kind of defect" if column == kind else plain(column),
            [(), *((part,) for part in counts)],
            format_func=words,
            label_visibility="collapsed",
            width=200,
            key=key,
            on_change=_store_part,
            args=(column, key),
        )
    return within


def _store_part(column: str, key: str) -> None:
    """Store the selected part of a column in the session."""
    stored, part = session.stored(_PARTS), session.widget_value(key)
    stored.pop(column, None)
    if part:
        [stored[column]] = part


def listed(
    page: PageView, key: str, title: str, units: tuple[Unit, ...], *, is_mixed: bool = False
) -> None:
    """Draw units as a gallery, or as a table without pictures, and the selected unit in detail."""
    rest, units = len(units) - _shown_of(key), units[: _shown_of(key)]
    pictures = _pictures(page.analysis, units)
    if not pictures:
        _table(page, key, title, units, is_mixed=is_mixed)
        _more(key, rest)
        return
    looked_at = session.stored(_LOOKED_AT)
    selected = looked_at.get(key, 0)
    selected = selected if selected < len(units) else 0

    def select_unit() -> None:
        message = session.component_value(f"gallery_{key}", "unit")
        position = message.get("at") if isinstance(message, dict) else None
        if isinstance(position, int) and position >= 0:
            looked_at[key] = position

    left, right = st.columns([3, 2], gap="medium")
    with left:
        tiles = [
            _tile(page.selection, unit, small, is_mixed=is_mixed)
            for unit, small in zip(units, pictures, strict=True)
        ]
        head = {"title": title, "list": key, "tiles": tiles, "chosen": selected, "none": NO_PICTURE}
        mount(f"gallery_{key}", envelope("gallery", head), unit=select_unit)
        _more(key, rest)
    with right:
        _detail(page, key, units[selected])


def _shown_of(key: str) -> int:
    """Number of units of a list that are shown."""
    return int(session.stored(_SHOWN).get(key, AT_FIRST))


def _more(key: str, rest: int) -> None:
    """Draw a button that shows more units of a list, if there are more."""
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
    session.stored(_SHOWN)[key] = _shown_of(key) + AT_FIRST


def _tile(selection: Selection, unit: Unit, small: Picture, *, is_mixed: bool) -> dict[str, Any]:
    """Picture, caption and title of a unit in the gallery."""
    score = score_words(unit.scores[str(selection.point.model)])
    what = ("defect" if unit.is_defect else "good") if is_mixed else ""
    kind = selection.analysis.dataset.scores.columns.defect_type
    kind_first = sorted(unit.parts.items(), key=lambda pair: pair[0] != kind)
    parts = [one_line(part_name(part)) for _, part in kind_first]
    unit_note = dict(session.current().unit_notes).get(unit.id, "")
    return {
        "picture": small.address,
        "alt": "",  # the caption describes the picture
        "words": [
            ", ".join(filter(None, (score, what))),
            *([f"“{unit_note}”"] if unit_note else parts[:2]),
        ],
        "title": one_line(unit.id),
    }


def _table(
    page: PageView, key: str, title: str, units: tuple[Unit, ...], *, is_mixed: bool = False
) -> None:
    """Draw units as a table, and the selected unit in detail."""
    write(note(table_note(page.analysis.dataset)))
    event = st.dataframe(
        _frame(page, units, is_mixed=is_mixed),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"units_{key}",
        alt=f"{title}: id, score and parts of each",
    )
    chosen = event.selection.rows
    if chosen and chosen[0] < len(units):
        _detail(page, key, units[chosen[0]])


def _show(which: UnitList) -> None:
    """Show a list of units, and scroll to it."""
    stored = session.stored(_UNITS)
    stored["list"], stored["times"], stored["asked"] = which, stored.get("times", 0) + 1, True
    session.stored(_PARTS).clear()


def hear_cells(offered: Collection[UnitList]) -> None:
    """Show the list that a pressed cell of a table names with `opening`.

    Parameters
    ----------
    offered : collection of UnitList
        Lists that may be shown.
    """

    def show_list() -> None:
        opened = session.component_value("cells", "opened")
        for which in offered:
            if opened == which.value:
                _show(which)

    with st.container(key="live_cells"):  # shows nothing itself
        mount("cells", envelope("cells", {}), opened=show_list)


def _note(listed: str, unit: Unit) -> None:
    """Draw a field for a note on a unit, which a recorded decision contains."""
    key = f"note_{listed}_{unit.id}"  # a unit may be in two lists at once
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


def _pictures(analysis: Analysis, units: tuple[Unit, ...]) -> tuple[Picture, ...]:
    """Small pictures of the units; empty if there are none. A notice names pictures that cannot be read."""
    # Each block of pictures is cached, so that "Show more" reduces only the new pictures.
    pictures = tuple(
        small
        for k in range(0, len(units), AT_FIRST)
        for small in pictures_of(analysis, units[k : k + AT_FIRST], THUMBNAIL)
    )
    refused = [small.refused for small in pictures if small.refused]
    if refused:
        write(note(refused_pictures_sentence(refused)))
    elif pictures and not any(small.jpeg for small in pictures):
        write(note(no_pictures_sentence(analysis.dataset, units[0])))
    return pictures if any(small.jpeg for small in pictures) else ()


def _frame(page: PageView, units: tuple[Unit, ...], *, is_mixed: bool) -> pd.DataFrame:
    """The units as a table."""
    model, today = str(page.selection.point.model), page.analysis.scenario.today
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


def _detail(page: PageView, listed: str, unit: Unit) -> None:
    """Draw a unit in detail, with every model's score."""
    write(lines(strong(one_line(unit.id)), unit_words(unit), fate_words(page.selection, unit)))
    _note(listed, unit)
    [large] = pictures_of(page.analysis, [unit], LARGE) or (Picture(),)
    with st.container(horizontal=True, gap="medium"):
        if large.jpeg:
            st.html(picture(large.address, picture_alt(unit)), width="content")
        scores = zip(unit.scores.items(), scores_in_column(unit.scores.values()), strict=True)
        write(
            table(
                ["Model", "Score"],
                [
                    [
                        inline(swatch(page.styles[model], page.palette), " ", page.label(model)),
                        Cell(text, title=exact_threshold(score)),
                    ]
                    for (model, score), text in scores
                ],
                css="cg-scores",
            )
        )
