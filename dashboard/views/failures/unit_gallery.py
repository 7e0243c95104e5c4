"""Single units as a gallery, or as a table if they have no pictures, and the selected unit in detail."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.units import pictures_of
from dashboard.analysis.selection import Selection
from dashboard.data.picture_decoder import Picture
from dashboard.live.component import envelope, mount
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.safe_text import one_line
from dashboard.session import live_reports, session
from dashboard.session.choices import LONGEST_UNIT_NOTE
from dashboard.views.html_elements import (
    Cell,
    inline,
    lines,
    note,
    picture,
    strong,
    swatch,
    table,
    write,
)
from dashboard.words.failures.units import (
    NO_PICTURE,
    class_and_parts,
    fate_words,
    no_pictures_sentence,
    parts_of_unit,
    picture_alt,
    refused_pictures_sentence,
    score_words,
    scores_in_column,
    table_note,
)
from dashboard.words.numbers.thresholds import exact_threshold
from metrics.tally.units import Unit

THUMBNAIL, LARGE = 160, 720
"""Longest side of a picture in the gallery, and of a single picture, in pixels."""
AT_FIRST = 100
"""Number of units of a list that are shown at first, and that a button adds."""
_LOOKED_AT, _SHOWN = "units looked at", "units shown"
"""Names under which a session stores the unit of each list, and the number of units shown."""


def draw_units(
    page: PageView, key: str, title: str, units: tuple[Unit, ...], *, is_mixed: bool = False
) -> None:
    """Draw units as a gallery, or as a table without pictures, and the selected unit in detail.

    Parameters
    ----------
    key : str
        Name under which the session stores what is shown of the list.
    """
    units_left, units = len(units) - units_shown(key), units[: units_shown(key)]
    pictures = _thumbnails(page.analysis, units)
    if not pictures:
        _draw_table(page, key, title, units, is_mixed=is_mixed)
        _draw_more_button(key, units_left)
        return
    looked_at = session.storage(_LOOKED_AT)
    selected = looked_at.get(key, 0)
    selected = selected if selected < len(units) else 0

    def select_unit() -> None:
        message = live_reports.component_value(f"gallery_{key}", "unit")
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
        _draw_more_button(key, units_left)
    with right:
        _draw_detail(page, key, units[selected])


def units_shown(key: str) -> int:
    """Number of units of a list that are shown."""
    return int(session.storage(_SHOWN).get(key, AT_FIRST))


def _draw_more_button(key: str, rest: int) -> None:
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
    session.storage(_SHOWN)[key] = units_shown(key) + AT_FIRST


def _tile(selection: Selection, unit: Unit, small: Picture, *, is_mixed: bool) -> dict[str, Any]:
    """Picture, caption and title of a unit in the gallery."""
    score = score_words(unit.scores[str(selection.point.model)])
    what = ("defect" if unit.is_defect else "good") if is_mixed else ""
    parts = map(one_line, parts_of_unit(selection.analysis, unit)[:2])
    unit_note = dict(session.current().unit_notes).get(unit.id, "")
    return {
        "picture": small.address,
        "alt": "",  # the caption describes the picture
        "words": [
            ", ".join(filter(None, (score, what))),
            *([f"“{unit_note}”"] if unit_note else parts),
        ],
        "title": one_line(unit.id),
    }


def _draw_table(
    page: PageView, key: str, title: str, units: tuple[Unit, ...], *, is_mixed: bool
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
        _draw_detail(page, key, units[chosen[0]])


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


def _thumbnails(analysis: Analysis, units: tuple[Unit, ...]) -> tuple[Picture, ...]:
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


def _draw_detail(page: PageView, key: str, unit: Unit) -> None:
    """Draw a unit in detail, with every model's score."""
    fate = fate_words(page.selection, unit)
    write(lines(strong(one_line(unit.id)), f", {class_and_parts(unit)}. {fate}"))
    _draw_note_field(key, unit)
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


def _draw_note_field(list_key: str, unit: Unit) -> None:
    """Draw a field for a note on a unit, which a recorded decision contains."""
    key = f"note_{list_key}_{unit.id}"  # a unit may be in two lists at once
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
