"""Questions about score files of the command line that cannot be opened or counted without an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.data.uploads.file_names import title_of, with_own_names
from dashboard.markup import plain
from dashboard.session import drafts, session
from dashboard.views.data import read_again, upload_progress, upload_questions
from dashboard.words.data.uploads import start_with
from metrics import Problem, ScoreError
from metrics.io.preview import preview

WIDTH = 720
"""Width of the form in pixels."""


def can_ask(files: Sequence[str], options: Mapping[str, Any], error: ScoreError) -> bool:
    """Whether a reader's answers can open files of the command line that were rejected."""
    draft = drafts.upload_draft()
    if not files or "files" in draft or not read_again.is_local():  # the reader uploads other files
        return False
    if draft.get("asked_files") != tuple(files):
        upload_progress.drop(draft)
        draft.update(asked_files=tuple(files), options=dict(options), problems=())
        file_names = {None, *files, *(Path(file).name for file in files)}
        with suppress(ScoreError):  # options that contradict each other
            _read_first_rows(
                files, draft, [problem for problem in error.problems if problem.file in file_names]
            )
        # A later answer may be wrong; the form then shows the reason.
        draft["can_ask"] = upload_questions.are_answerable(draft)
    return bool(draft["can_ask"])


def draw(files: Sequence[str], open_files: Callable[[Mapping[str, Any]], object]) -> None:
    """Ask the questions about the files, and open them for all readers with the answers.

    Parameters
    ----------
    open_files : callable
        Opens the files with keyword options of `metrics.open_scores`, or raises a `ScoreError`.
    """
    draft = drafts.upload_draft()
    st.title(plain(title_of(tuple(files))), anchor=False)
    place = st.empty()
    with place.container(border=True, gap="small", width=WIDTH):
        options, asked = upload_questions.draw_questions(draft)
        with st.container(horizontal=True):
            is_opening = st.button(
                "Open", type="primary", key="answers_open", icon=":material/folder_open:"
            )
            if "is_tried" in draft:
                upload_progress.drop_button("Start again", "answers_clear", draft)
        draft["options"] = upload_questions.draw_settings(draft, options, asked)
    if not is_opening:
        return
    with place.container():
        upload_progress.draw_bar(f"Opening {plain(title_of(tuple(files)))} …")
    chosen = draft["options"]
    try:
        open_files(chosen)
    except ScoreError as error:
        draft["is_tried"] = True
        _read_first_rows(files, draft, error.problems)
    else:
        upload_progress.drop(draft)
        drafts.announce(start_with(chosen))
    session.rerun()


def _read_first_rows(
    files: Sequence[str], draft: dict[str, Any], problems: Sequence[Problem] = ()
) -> None:
    """Store the first rows of the files and their problems; ``problems`` are of the last attempt."""
    upload_questions.start_round()
    seen = preview(files, **draft["options"])
    all_problems = seen.problems if seen.refused else (*problems, *seen.problems)
    draft.update(preview=asdict(seen), problems=with_own_names(all_problems, tuple(files)))
