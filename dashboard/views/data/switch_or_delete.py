"""Turning to other data that is open, and deleting what is one's own."""

from __future__ import annotations

import streamlit as st

from dashboard.data.library import Dataset, Library
from dashboard.markup import escaped, plain
from dashboard.session import drafts, session
from dashboard.views.snippets import write


def draw(library: Library, dataset: Dataset) -> None:
    """The data that this reader may switch to: the server's own, and what this session opened."""
    write('<h2 class="cg-title">Open data</h2>')
    known = [*(dataset.fingerprint for dataset in library.own), *session.opened()]
    for fingerprint in dict.fromkeys(known):
        found = library.find(fingerprint, session.owner())
        if found is None:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                plain(found.title),
                key=f"open_{fingerprint}",
                disabled=found.fingerprint == dataset.fingerprint,
                on_click=session.open_data,
                args=(fingerprint,),
            )
            if found.origin == "upload" and library.is_owned(fingerprint, session.owner()):
                _delete_button(library, found)
    announced = drafts.announcement()
    if announced is not None:
        write(f'<p class="cg-notice" role="status">{escaped(announced)}</p>')
    shelf = library.shelf
    kept = (
        "Uploads are kept until the server stops."
        if shelf.private
        else f"Uploads are kept for {shelf.keep_days:g} days, for whoever has the link."
    )
    deleted = "Who uploaded one can delete it here, until the page is closed."
    write(f'<p class="cg-note">{escaped(kept)} {deleted}</p>')


def _delete_button(library: Library, dataset: Dataset) -> None:
    with st.popover("Delete from the server", icon=":material/delete:", type="tertiary"):
        write(
            f'<p class="cg-lines">Delete {escaped(dataset.title)}? Links to it will no longer work, for '
            "anybody, unless somebody else uploaded the same data.</p>"
        )
        st.button(
            "Delete it",
            key=f"delete_{dataset.fingerprint}",
            type="primary",
            on_click=_delete,
            args=(library, dataset),
        )


def _delete(library: Library, dataset: Dataset) -> None:
    if not library.is_owned(dataset.fingerprint, session.owner()):
        return
    gone = library.remove(dataset.fingerprint, session.owner())
    session.close_data(dataset.fingerprint, library.first.fingerprint)
    drafts.announce(
        f"Deleted from the server: {dataset.title}. Links to it no longer work."
        if gone
        else f"No longer yours: {dataset.title}. Somebody else uploaded the same data, which stays until "
        "they delete it."
    )
