"""Session state: a reader's choices between runs and in the address bar.

No other file reads `st.session_state`. All choices are one frozen `Choices`. Each widget gets its value from
the choices before it is drawn, and changes them through a callback. After each change the address bar is
updated.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard.data.confusable_names import unique_names
from dashboard.data.short_links import LINK_ID, ShortLinks
from dashboard.decisions.identity import Person
from dashboard.server.audit import Actor
from dashboard.server.sockets import HEADER, SOCKETS
from dashboard.server.streamlit_internals import upload_storage
from dashboard.session.carried_choices import carried_changes, carried_choices
from dashboard.session.choices import Choices
from dashboard.session.url import from_query, to_query

_CHOICES, _WRITTEN, _REFUSED = "choices", "query written", "query refused"
_REJECTED = "names not given"
_LINKS, _SHORT, _CARRIED = "long links", "query and its short form", "came from other data"
_OPENED, _OWNER, _EARLIER = "data opened", "owner of uploads", "choices on other data"
_NONCE = "nonce"
_CHANGED = "choices changed since the page was drawn"
_FILLED = "values that forms were filled with"

Change = Callable[[Choices, Any], Choices]


def current() -> Choices:
    """Current choices."""
    choices: Choices | None = st.session_state.get(_CHOICES)
    return begin() if choices is None else choices


def begin(links: ShortLinks | None = None) -> Choices:
    """Read the choices from the address if the reader changed it. Call this once, at the start of each run.

    Callbacks run before this and do not read the address, because the browser may still send the address
    from before the last change.

    Parameters
    ----------
    links : ShortLinks or None
        Store of choices that are too long for the address. `None` if the address always holds all of them.
    """
    query = st.query_params.to_dict()
    state = st.session_state
    state[_LINKS], state[_CHANGED] = links, False
    if _CHOICES in state and not query:
        # Streamlit clears the query when another page opens. A reader who clears it starts a new session.
        state[_WRITTEN] = query
        publish()
    elif query != state.get(_WRITTEN):
        whole_query = query if links is None else links.whole(query)
        state[_CHOICES], state[_REFUSED] = from_query(query if whole_query is None else whole_query)
        state[_WRITTEN], state[_CARRIED], state[_REJECTED] = query, {}, ()
        if whole_query is None:
            state[_REFUSED] = (*state[_REFUSED], LINK_ID)
    choices: Choices = state[_CHOICES]
    return choices


def refused_keys() -> tuple[str, ...]:
    """Keys of the link whose value could not be used."""
    keys: tuple[str, ...] = st.session_state.get(_REFUSED, ())
    return keys


def rejected_names() -> tuple[tuple[str, str], ...]:
    """Rejected names by model: a link or a reader gave a model the original name of another model."""
    names: tuple[tuple[str, str], ...] = st.session_state.get(_REJECTED, ())
    return names


def choose(**changes: Any) -> None:
    """Change some of the choices. Callbacks use this."""
    _choose(replace(current(), **changes))


def choosing(**changes: Any) -> dict[str, Any]:
    """Arguments of a button that makes choices: ``st.button("…", **choosing(point=point))``."""
    return {"on_click": choose, "kwargs": changes}


def _choose(choices: Choices) -> None:
    """Set the choices, unless a link with these choices could not be opened again."""
    state = st.session_state
    if from_query(to_query(choices))[1]:
        st.toast(
            "Nothing was changed: the value is too large to compute with, or too long to store."
        )
    else:
        state[_CHOICES], state[_REFUSED], state[_REJECTED] = choices, (), ()
    state[_CHANGED] = True
    publish()


def is_changed() -> bool:
    """True if the choices changed after the page was drawn, so that it must be drawn again."""
    changed: bool = st.session_state.get(_CHANGED, False)
    return changed


def mark_drawn() -> None:
    """Record that the page shows the current choices."""
    st.session_state[_CHANGED] = False


def name_data(fingerprint: str) -> None:
    """Write the fingerprint of the open data into the address."""
    _add_opened(fingerprint)
    SOCKETS.show(_id(), filter(None, (*opened_data(), current().also)))
    if current().data != fingerprint:
        st.session_state[_CHOICES] = replace(current(), data=fingerprint)
        publish()


def number_same_names(models: Sequence[str]) -> None:
    """Number models with the same given name, and reject names that are another model's original name."""
    wanted = current().names
    names = unique_names(models, wanted)
    if names != wanted:
        accepted = dict(names)
        st.session_state[_REJECTED] = tuple(pair for pair in wanted if pair[0] not in accepted)
        st.session_state[_CHOICES] = replace(current(), names=names)
        publish()


def publish() -> None:
    """Write the current choices into the address bar."""
    state = st.session_state
    whole_query = to_query(state[_CHOICES])
    links: ShortLinks | None = state.get(_LINKS)
    if links is None:
        query = whole_query
    else:
        before, query = state.get(_SHORT, (None, {}))
        if whole_query != before:
            query = links.shortened(whole_query)
            state[_SHORT] = whole_query, query
    if query != state.get(_WRITTEN):
        st.query_params.from_dict(query)
        state[_WRITTEN] = query


def opened_data() -> tuple[str, ...]:
    """Fingerprints of the data that this reader opened, from a file or by a link."""
    fingerprints: list[str] = st.session_state.get(_OPENED, [])
    return tuple(fingerprints)


def open_data(fingerprint: str) -> None:
    """Switch to other data. Choices about the scenario stay; choices about its models are restored."""
    _add_opened(fingerprint)
    _switch_to(fingerprint)


def _add_opened(fingerprint: str) -> None:
    if fingerprint not in opened_data():
        st.session_state[_OPENED] = [*opened_data(), fingerprint]
        actor().log("opened", data=fingerprint)


def close_data(fingerprint: str, instead: str) -> None:
    """Forget data, and switch to `instead` if it was open."""
    st.session_state[_OPENED] = [f for f in opened_data() if f != fingerprint]
    if current().data == fingerprint:
        _switch_to(instead)
    st.session_state.get(_EARLIER, {}).pop(fingerprint, None)


def _switch_to(fingerprint: str) -> None:
    now = current()
    if now.data == fingerprint:  # a link has already opened this data with its choices
        return
    earlier: dict[str, Choices] = st.session_state.setdefault(_EARLIER, {})
    if now.data is not None:
        earlier[now.data] = now
    before = earlier.get(fingerprint, Choices())
    st.session_state[_CHOICES] = carried_choices(fingerprint, now, before)
    st.session_state[_CARRIED] = carried_changes(now, before)
    publish()


def carried_names() -> tuple[str, ...]:
    """Names of the choices that were carried over from other data and not changed since."""
    values: dict[str, Any] = st.session_state.get(_CARRIED, {})
    return tuple(
        name for name, value in values.items() if getattr(current(), name) == value is not None
    )


LinkNotices = tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[str, ...]]


def link_notices() -> LinkNotices:
    """Refused keys, rejected names and carried choices, which the page shows until the choices change."""
    return refused_keys(), rejected_names(), carried_names()


def visitor() -> Person:
    """Signed-in person; nobody without sign-in."""
    return SOCKETS.person_of(st.context.headers.get(HEADER) or "")


def signed_in() -> str:
    """Identity of the signed-in person; empty without sign-in."""
    return visitor().identity


def actor() -> Actor:
    """Person and session of this page, for the audit log."""
    return Actor(signed_in(), nonce())


def owner() -> str:
    """Owner of this session's uploads: the signed-in person, or a secret of the session."""
    if identity := signed_in():
        return f"signed in: {identity}"
    secret: str = st.session_state.setdefault(_OWNER, secrets.token_hex(32))
    return secret


def rerun() -> None:
    """Run the page again, unless the browser has requested another run.

    Otherwise a reader who pressed Back during this run would see the address of this run with the other
    page.
    """
    st.empty()  # here Streamlit stops this run if the browser has requested another run
    st.rerun()


def _id() -> str:
    """Id of this session; empty without a server."""
    return SOCKETS.session_of(st.context.headers.get(HEADER) or "")


def connection_check() -> Callable[[], bool]:
    """Function that returns True if this reader's browser is connected; any thread may call it."""
    return partial(SOCKETS.is_open, _id())


def storage(name: str) -> dict[str, Any]:
    """Mutable dictionary that this session stores under a name."""
    values: dict[str, Any] = st.session_state.setdefault(name, {})
    return values


def is_open(key: str) -> bool:
    """True if a popover is open, also before it is drawn."""
    return bool(st.session_state.get(key, False))


def set_widget(key: str, value: Any) -> None:
    """Set the value of a widget that is not drawn yet."""
    st.session_state[key] = value


def reset_widgets(prefix: str) -> None:
    """Let the widgets whose keys begin with this prefix start from their default values."""
    for key in [key for key in st.session_state if str(key).startswith(prefix)]:
        del st.session_state[key]


def has_widget(key: str) -> bool:
    """True if a widget already has a value, which must not be overwritten."""
    return key in st.session_state


def widget_value(key: str) -> Any:
    """Value of a widget."""
    return st.session_state[key]


def widget(key: str, value: Any, change: Change | str = "") -> dict[str, Any]:
    """Arguments that connect a widget with the choices: ``st.slider("…", **widget(key, value, change))``.

    Parameters
    ----------
    key : str
        Key of the widget.
    value
        Value that the widget shows now.
    change : callable or str
        Takes the choices and the new value of the widget, and returns the new choices. A text is the name of
        the choice that gets the value; by default it is the key.
    """
    # Each run sets the value. Otherwise a widget in a closed popover would later appear with its default.
    st.session_state[key] = value
    return {"key": key, "on_change": _changed, "args": (key, change)}


def _changed(key: str, change: Change | str) -> None:
    value = st.session_state[key]
    if isinstance(change, str):
        choose(**{change or key: value})
    else:
        _choose(change(current(), value))


def form_field(key: str, value: Any) -> dict[str, Any]:
    """Arguments that fill in a widget of a form: ``st.text_input("…", **form_field(key, value))``.

    The widget is filled in again only if the value in force has changed, because the reader may be typing.
    """
    filled = storage(_FILLED)
    if not has_widget(key) or key not in filled or filled[key] != value:
        st.session_state[key] = filled[key] = value
    return {"key": key}


def nonce() -> str:
    """Identifier of this session. The same page may have had another session before."""
    identifier: str = st.session_state.setdefault(_NONCE, secrets.token_hex(8))
    return identifier


def appearance() -> str:
    """Appearance of the page: "light" or "dark"."""
    return st.context.theme.type or "light"


def release_uploads(file_ids: Iterable[str]) -> None:
    """Free opened files, which Streamlit would keep in memory until the page is closed."""
    if session := _id():
        for file_id in file_ids:
            upload_storage().remove_file(session, file_id)
