"""Files of the open data, read again with another role of a column."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.data.dataset import Dataset
from dashboard.data.library import Library
from dashboard.host_names import hosts_named, is_loopback
from dashboard.session import drafts, person, session
from dashboard.session.choices import Point
from dashboard.views.data import upload_progress
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
    draft = drafts.draft()
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
        options = change(drafts.draft()["again"]["options"])
        upload_progress.begin_again(library, options, today)
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
