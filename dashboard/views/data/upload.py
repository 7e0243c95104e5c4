"""Opening files of one's own: the box, the files in it, and the button that reads them."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.data.library import Library
from dashboard.markup import escaped
from dashboard.session import drafts, session
from dashboard.views.data import upload_progress
from dashboard.views.data.upload_form import form, questions
from dashboard.views.snippets import write

HELD_OUT_ANSWERS = {
    "held-out": "held out: no model saw them",
    "out-of-fold": "out of fold",
    "training": "training rows",
    "unknown": "I do not know",
}


FORMATS = "CSV, TSV, Parquet, JSON lines or NPZ; plain, .gz or .zst; or a tally"


def draw(library: Library) -> None:
    """The upload box, or the upload on its way."""
    write('<h2 class="cg-title">Open your own files</h2>')
    draft = drafts.draft()
    busy = draft.get("upload") is not None
    # Drawn also while a file is read: what is not drawn for one run loses its files.
    files = st.file_uploader(
        f"Score files: {FORMATS}",
        accept_multiple_files=True,
        help="One score file; a label file and score files that join on the id; or one tally, which holds "
        "counts instead of rows.",
        key=f"upload_{draft.get('turn', 0)}",
        disabled=busy,
        on_change=_files_changed,
    )
    draft["held_out"] = st.selectbox(
        "The rows were",
        list(HELD_OUT_ANSWERS),
        index=list(HELD_OUT_ANSWERS).index(draft.get("held_out", "unknown")),
        format_func=HELD_OUT_ANSWERS.__getitem__,
        key="upload_rows",
        disabled=busy,
    )
    if files:
        draft["files"] = files
    # One place for either: what stood in it is gone as soon as something else does.
    place = st.empty()
    if busy:
        with place.container():
            upload_progress.progress(library)
    elif draft.get("files"):
        _files_to_open(library, draft, place, from_before=not files)
    elif draft.get("opened") == session.current().data:
        with place.container(horizontal=True, vertical_alignment="center"):
            write(
                '<p class="cg-lines" role="status">It is open; what was read stands on the left.</p>'
            )
            st.button(
                "Go to Decide",
                type="primary",
                key="opened_go",
                on_click=drafts.switch_page,
                args=("Decide",),
            )


def _files_changed() -> None:
    """Files were put into the box or taken out: answers to the former ones are void."""
    if drafts.draft().get("upload") is None:
        upload_progress.drop(drafts.draft())


def _files_to_open(
    library: Library, draft: dict[str, Any], place: DeltaGenerator, *, from_before: bool
) -> None:
    """Files that are not being read now: their questions, and the button that opens them."""
    names = upload_progress.names_of([file.name for file in draft["files"]])
    with place.container():
        if draft.get("cancelled"):
            still = "file is" if len(names) == 1 else "files are"
            write(f'<p class="cg-lines" role="status">Cancelled; the {still} still here.</p>')
        if from_before:
            # The box forgets when its reader turns the page; the files are still here.
            with st.container(horizontal=True, vertical_alignment="center", key="upload_before"):
                write(f'<p class="cg-note">Given before: {escaped(", ".join(names))}</p>')
                st.button(
                    "Put away",
                    type="tertiary",
                    key="upload_away",
                    on_click=upload_progress.drop,
                    args=(draft,),
                )
        options, asked = questions(draft)
        with st.container(horizontal=True):
            opens = st.button(
                "Open", type="primary", key="upload_open", icon=":material/folder_open:"
            )
            looks = "preview" not in draft and st.button(
                "Look first",
                type="tertiary",
                key="upload_look",
                help="Shows what the first rows are taken for, and lets you say otherwise.",
            )
        before = draft.get("options", {}).get("label")
        draft["options"] = form(draft, options, asked)
    if not (opens or looks):
        if "label" not in asked and draft["options"].get("label") != before:
            session.rerun()  # what there is to ask of its values stands further up
        return
    with place.container():
        write(upload_progress.bar(f"Opening {', '.join(names)} …"))
    upload_progress.begin(library, draft, names, kept=opens)
    session.rerun()
