"""Upload form: the box for files, questions about the files, and the button that opens the files."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.data.library import Library
from dashboard.data.uploads.file_names import storable_names
from dashboard.session import drafts, session
from dashboard.views.data import upload_progress
from dashboard.views.data.upload_questions import draw_questions, draw_settings
from dashboard.views.html_elements import lines, note, title, write
from dashboard.views.menus import named_options
from dashboard.words.data import uploads as words
from dashboard.words.data_size import CHECKED


def draw(library: Library) -> None:
    """Draw the upload box, or the upload in progress."""
    write(title("Open your own files"))
    draft = drafts.upload_draft()
    busy = "upload" in draft
    # The box is drawn even during an upload, because Streamlit forgets the files of a box that is not drawn.
    files = st.file_uploader(
        f"Score files: {words.FORMATS}",
        accept_multiple_files=True,
        help=words.BOX_HELP,
        key=f"upload_{draft.get('turn', 0)}",
        disabled=busy,
        on_change=_drop_answers,
    )
    _draw_questions_about_rows(draft, is_busy=busy)
    if files:
        draft["files"] = files
    # The questions and the progress share a placeholder, so that drawing one removes the other.
    place = st.empty()
    if busy:
        with place.container():
            upload_progress.draw_progress(library)
    elif draft.get("files"):
        _draw_questions(library, draft, place, is_box_empty=not files)
    elif draft.get("opened") == session.current().data:
        with place.container(horizontal=True, vertical_alignment="center"):
            write(lines(words.OPENED, role="status"))
            st.button(
                "Go to Decide",
                type="primary",
                key="opened_go",
                on_click=drafts.switch_page,
                args=("Decide",),
            )


def _draw_questions_about_rows(draft: dict[str, Any], *, is_busy: bool) -> None:
    """Ask whether the rows were held out, and which units were checked; disabled during an upload."""
    draft["held_out"] = st.selectbox(
        "The rows of your own files were",
        **named_options(words.HELD_OUT_ANSWERS),
        index=list(words.HELD_OUT_ANSWERS).index(draft.get("held_out", "unknown")),
        key="upload_rows",
        disabled=is_busy,
    )
    draft["labels"] = st.selectbox(
        "Units checked in your own files",
        **named_options(CHECKED),
        index=list(CHECKED).index(draft.get("labels", "all")),
        help=words.CHECKED_HELP,
        key="upload_labels",
        disabled=is_busy,
    )
    if draft["labels"] == "audit":
        draft["audit"] = st.text_input(
            "Column with each unit’s chance of being checked",
            value=draft.get("audit", ""),
            help=words.CHANCE_HELP,
            key="upload_audit",
            disabled=is_busy,
        )


def _drop_answers() -> None:
    """Drop the answers about the files, because the files in the box have changed."""
    if "upload" not in drafts.upload_draft():
        upload_progress.drop(drafts.upload_draft())


def _draw_questions(
    library: Library, draft: dict[str, Any], place: Any, *, is_box_empty: bool
) -> None:
    """Draw the questions about the files of the draft, and the button that opens the files."""
    file_names = storable_names([file.name for file in draft["files"]])
    with place.container():
        if draft.get("cancelled"):
            files_are = "file is" if len(file_names) == 1 else "files are"
            write(lines(f"Cancelled; the {files_are} still here.", role="status"))
        if is_box_empty:
            # The box loses its files if the reader changes the page, but the draft still has them.
            with st.container(horizontal=True, vertical_alignment="center", key="upload_before"):
                write(note(f"Given before: {', '.join(file_names)}"))
                upload_progress.drop_button("Put away", "upload_away", draft)
        options, asked = draw_questions(draft)
        with st.container(horizontal=True):
            is_opening = st.button(
                "Open", type="primary", key="upload_open", icon=":material/folder_open:"
            )
            is_previewing = "preview" not in draft and st.button(
                "Look first",
                type="tertiary",
                key="upload_look",
                help=words.LOOK_HELP,
            )
        draft["options"] = draw_settings(draft, options, asked)
    if not (is_opening or is_previewing):
        return
    with place.container():
        upload_progress.draw_bar(words.reading(None, file_names, is_opening=is_opening))
    upload_progress.begin(library, draft, file_names, is_opening=is_opening)
    session.rerun()
