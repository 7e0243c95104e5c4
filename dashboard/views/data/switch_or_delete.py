"""List of open data: switch to other data, or delete an own upload."""

from __future__ import annotations

import streamlit as st

from dashboard.data.library import Dataset, Library
from dashboard.markup import plain
from dashboard.session import drafts, person, session
from dashboard.views.elements import lines, note, notice, title, write
from dashboard.views.snippets import draw_person
from dashboard.words.data.uploads import delete_question, deleted, retention


def draw(library: Library, dataset: Dataset) -> None:
    """List the data that this reader may switch to: the server's own, and uploads of this session."""
    write(title("Open data"))
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
            if found.origin == "upload" and _may_delete(library, fingerprint):
                _delete_button(library, found)
    announced = drafts.announcement()
    if announced is not None:
        write(notice(announced, role="status"))
    shelf = library.shelf
    write(note(retention(None if shelf.private else shelf.keep_days, session.signed_in())))
    draw_person()


def _may_delete(library: Library, fingerprint: str) -> bool:
    return library.is_owned(fingerprint, session.owner()) or person.may_administer()


def _delete_button(library: Library, dataset: Dataset) -> None:
    with st.popover("Delete from the server", icon=":material/delete:", type="tertiary"):
        write(lines(delete_question(dataset.title)))
        st.button(
            "Delete it",
            key=f"delete_{dataset.fingerprint}",
            type="primary",
            on_click=_delete,
            args=(library, dataset),
        )


def _delete(library: Library, dataset: Dataset) -> None:
    if not _may_delete(library, dataset.fingerprint):
        return
    if library.is_owned(dataset.fingerprint, session.owner()):
        gone = library.remove(dataset.fingerprint, session.owner())
    else:
        gone = True
        library.remove_for_all(dataset.fingerprint)
    session.actor().log("deleted", data=dataset.fingerprint)
    session.close_data(dataset.fingerprint, library.first.fingerprint)
    drafts.announce(deleted(dataset.title, is_gone=gone))
