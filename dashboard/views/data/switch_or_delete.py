"""List of open data: switch to other data, or delete an own upload."""

from __future__ import annotations

import streamlit as st

from dashboard.data.dataset import Dataset
from dashboard.data.library import Library
from dashboard.markup import plain
from dashboard.safe_text import one_line
from dashboard.session import drafts, person, session
from dashboard.views.html_elements import lines, note, notice, title, write
from dashboard.views.menus import named_options
from dashboard.views.signed_in_person import draw_person
from dashboard.words.data import stored_data


def draw(library: Library, dataset: Dataset) -> None:
    """List the data that this reader may switch to: the server's own, and uploads of this session."""
    write(title("Open data"))
    fingerprints = [
        *(dataset.fingerprint for dataset in library.public_data),
        *session.opened_data(),
    ]
    for fingerprint in dict.fromkeys(fingerprints):
        shown = library.find(fingerprint, session.owner())
        if shown is None:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                plain(shown.title),
                key=f"open_{fingerprint}",
                disabled=shown.fingerprint == dataset.fingerprint,
                on_click=session.open_data,
                args=(fingerprint,),
            )
            if shown.origin == "upload" and _may_delete(library, fingerprint):
                _delete_button(library, shown.fingerprint, shown.title, "delete")
    if person.may_administer():
        _draw_all_uploads(library)
    announced = drafts.announcement()
    if announced is not None:
        write(notice(announced, role="status"))
    write(note(stored_data.retention(library.upload_store, session.signed_in())))
    draw_person()


def _draw_all_uploads(library: Library) -> None:
    """List all uploads, with buttons that keep the selected one for longer or delete it."""
    uploads = {upload.fingerprint: upload for upload in library.upload_store.stored()}
    names = {name: one_line(stored_data.stored_words(entry)) for name, entry in uploads.items()}
    chosen = st.selectbox(
        "Uploads of everybody",
        **named_options(names),
        index=None,
        placeholder="choose one to keep or delete it",
        key="stored_uploads",
        width=420,
    )
    if chosen is not None:
        title = uploads[chosen].named.title
        with st.container(horizontal=True):
            st.button(
                stored_data.renew_label(library.upload_store.keep_days),
                key=f"renew_{chosen}",
                type="tertiary",
                icon=":material/event_repeat:",
                on_click=_renew,
                args=(library, chosen, title),
            )
            _delete_button(library, chosen, title, "delete_stored")


def _renew(library: Library, fingerprint: str, title: str) -> None:
    if person.may_administer():
        library.renew(fingerprint)
        session.actor().log("renewed", data=fingerprint)
        drafts.announce(stored_data.renewed_words(title, library.upload_store.keep_days))


def _may_delete(library: Library, fingerprint: str) -> bool:
    return library.is_owned(fingerprint, session.owner()) or person.may_administer()


def _delete_button(library: Library, fingerprint: str, title: str, key: str) -> None:
    with st.popover("Delete from the server", icon=":material/delete:", type="tertiary"):
        write(lines(stored_data.delete_question(title)))
        st.button(
            "Delete it",
            key=f"{key}_{fingerprint}",
            type="primary",
            on_click=_delete,
            args=(library, fingerprint, title),
        )


def _delete(library: Library, fingerprint: str, title: str) -> None:
    if not _may_delete(library, fingerprint):
        return
    if library.is_owned(fingerprint, session.owner()):
        is_gone = library.remove(fingerprint, session.owner())
    else:
        is_gone = True
        library.remove_for_all(fingerprint)
    session.actor().log("deleted", data=fingerprint)
    session.close_data(fingerprint, library.first.fingerprint)
    drafts.announce(stored_data.deleted(title, is_gone=is_gone))
