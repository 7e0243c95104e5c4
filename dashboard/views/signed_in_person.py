"""The person who is signed in, with a link that signs out."""

from __future__ import annotations

from dashboard.server.sign_in import SIGN_OUT
from dashboard.session import session
from dashboard.views.html_elements import link, note, write
from dashboard.words.data.stored_data import signed_in_words


def draw_person() -> None:
    """Say who is signed in, with a link that signs out."""
    if identity := session.signed_in():
        words = signed_in_words(identity)
        write(note(words, " ", link("Sign out", f".{SIGN_OUT}")))
