"""Questions about score files of the command line that cannot be opened without an answer."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any, get_args

import streamlit as st

from dashboard.data.uploads.metadata import title_of, with_own_names
from dashboard.markup import plain
from dashboard.session import drafts, session
from dashboard.views.data import upload_questions
from dashboard.views.data.upload_progress import draw_bar
from dashboard.words.data.uploads import start_with
from metrics import Problem, ScoreError
from metrics.errors import Keyword
from metrics.io.preview import preview

WIDTH = 720
"""Width of the form in pixels."""


def can_ask(options: argparse.Namespace) -> bool:
    """Whether a reader's answers can open the files of a command line that was rejected."""
    draft = drafts.draft()
    if "can_ask" not in draft:
        given = {keyword: getattr(options, keyword) for keyword in get_args(Keyword)}
        draft["options"] = {keyword: value for keyword, value in given.items() if value}
        with suppress(ScoreError):  # options that contradict each other
            _look(options.files, draft)
        # A later answer may be wrong; the form then shows the reason.
        draft["can_ask"] = upload_questions.are_answerable(draft)
    return bool(draft["can_ask"])


def draw(files: Sequence[str], open_files: Callable[[Mapping[str, Any]], object]) -> None:
    """Ask what has to be known of the files, and open them for all readers with the answers.

    Parameters
    ----------
    files : sequence of str
    open_files : callable
        Opens the files with keyword options of `metrics.open_scores`, or raises a `ScoreError`.
    """
    draft = drafts.draft()
    st.title(plain(title_of(tuple(files))), anchor=False)
    place = st.empty()
    with place.container(border=True, gap="small", width=WIDTH):
        options, asked = upload_questions.questions(draft)
        with st.container(horizontal=True):
            is_opening = st.button(
                "Open", type="primary", key="answers_open", icon=":material/folder_open:"
            )
            if "is_tried" in draft:
                st.button("Start again", type="tertiary", key="answers_clear", on_click=draft.clear)
        draft["options"] = upload_questions.form(draft, options, asked)
    if not is_opening:
        return
    with place.container():
        draw_bar(f"Opening {plain(title_of(tuple(files)))} …")
    chosen = draft["options"]
    try:
        open_files(chosen)
    except ScoreError as error:
        draft["is_tried"] = True
        _look(files, draft, error.problems)
    else:
        draft.clear()
        drafts.announce(start_with(chosen))
    session.rerun()


def _look(files: Sequence[str], draft: dict[str, Any], problems: Sequence[Problem] = ()) -> None:
    """Store the first rows of the files and their problems; ``problems`` are of the last attempt."""
    seen = preview(files[0] if len(files) == 1 else files, **draft["options"])
    found = seen.problems if seen.refused else (*problems, *seen.problems)
    draft.update(preview=asdict(seen), problems=with_own_names(found, tuple(files)))
