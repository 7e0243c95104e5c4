"""Files of the open data, read again with another role of a column."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from dashboard.data.dataset import Dataset
from dashboard.data.library import Library
from dashboard.host_names import hosts_named, is_loopback
from dashboard.markup import plain
from dashboard.session import drafts, person, session
from dashboard.session.choices import Point
from dashboard.views.data import column_table, upload_progress
from dashboard.words.data.columns import use_as_today
from dashboard.words.data.uploads import start_with
from metrics import ScoreError, TallyFile


def is_local() -> bool:
    """Whether this machine alone reaches the server."""
    address = st.get_option("server.address") or ""
    return is_loopback(address) and not (hosts_named(sys.argv[1:]) or person.signs_in())


def can_read_again(dataset: Dataset) -> bool:
    """Whether this server has the files, and the reader may see their unused columns.

    This holds for files of the command line if the server is local, and for the reader's own upload while its
    files are kept in memory.
    """
    if dataset.origin == "command line":
        return not dataset.is_tally and is_local()
    draft = drafts.upload_draft()
    return draft.get("opened") == dataset.fingerprint and "again" in draft


def read_again(
    library: Library,
    dataset: Dataset,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    decisions: str | None = None,
) -> None:
    """Read the files again, with another role of a column; callback of a widget.

    Parameters
    ----------
    change : callable
        Function from the present options of reading to the new ones.
    decisions : str, optional
        Column of decisions that becomes the current system.
    """
    scores = dataset.scores
    today = {} if decisions is None else {"today": Point(decisions, 1.0)}
    if dataset.origin == "upload":
        options = change(drafts.upload_draft()["again"]["options"])
        upload_progress.begin_again(library, options, today)
        drafts.switch_page("Data")
        return
    assert not isinstance(scores, TallyFile)
    options = change(scores.options)
    try:
        again = library.read_again(dataset, options)
    except ScoreError as error:
        drafts.announce(" ".join(map(str, error.problems)))
        return
    drafts.announce(f"Read again. {start_with(options)}")
    session.choose(data=again.fingerprint, **today)


def draw_use_as_today(library: Library, dataset: Dataset, column: str, form: str = "data") -> None:
    """Draw a button that reads the files again, with a column of decisions as the current system."""
    change = partial(column_table.with_use, dataset.column_uses, column, "models")
    st.button(
        use_as_today(plain(column)),
        key=f"{form}_use_as_today",
        on_click=read_again,
        args=(library, dataset, change, column),
    )
