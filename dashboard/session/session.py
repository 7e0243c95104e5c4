"""Session state: a reader's choices between runs and in the address bar.

No other file reads `st.session_state`. One frozen `Choices` is the truth. Each widget gets its value from it
before the widget is drawn, and changes it through a callback. After each run the address bar is updated.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard.data.confusable_names import unique_names
from dashboard.data.short_links import KEPT, ShortLinks
from dashboard.decisions.identity import Person
from dashboard.server.audit import Actor
from dashboard.server.sockets import HEADER, SOCKETS
from dashboard.server.streamlit_internals import upload_storage
from dashboard.session.choices import Choices, Point, carried, carried_choices
from dashboard.session.url import from_query, to_query

_CHOICES, _WRITTEN, _REFUSED = "choices", "query written", "query refused"
_NOT_GIVEN = "names not given"
_LINKS, _SHORT, _CARRIED = "long links", "query and its short form", "came from other data"
_OPENED, _OWNER, _LEFT = "data opened", "owner of uploads", "choices on other data"
_TURN, _NONCE = "last release heard", "nonce"
_CHANGED = "choices changed since the page was drawn"

Change = Callable[[Choices, Any], Choices]
Callback = Callable[[], None]


def current() -> Choices:
    """Return the current choices."""
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
        # Opening another page clears the query. If the reader clears it by hand, a new session begins.
        state[_WRITTEN] = query
        publish()
    elif query != state.get(_WRITTEN):
        whole_query = query if links is None else links.whole(query)
        state[_CHOICES], state[_REFUSED] = from_query(query if whole_query is None else whole_query)
        state[_WRITTEN], state[_CARRIED], state[_NOT_GIVEN] = query, {}, ()
        if whole_query is None:
            state[_REFUSED] = (*state[_REFUSED], KEPT)
    choices: Choices = state[_CHOICES]
    return choices


def refused() -> tuple[str, ...]:
    """Keys of the link whose value could not be used."""
    keys: tuple[str, ...] = st.session_state.get(_REFUSED, ())
    return keys


def names_not_given() -> tuple[tuple[str, str], ...]:
    """Rejected names by model: a link or a reader gave a model the own name of another model."""
    names: tuple[tuple[str, str], ...] = st.session_state.get(_NOT_GIVEN, ())
    return names


def choose(**changes: Any) -> None:
    """Change some of the choices. Callbacks use this."""
    _choose(replace(current(), **changes))


def _choose(choices: Choices) -> None:
    """Set the choices, unless a link with these choices could not be opened again."""
    state = st.session_state
    if from_query(to_query(choices))[1]:
        st.toast(
            "Nothing was changed: the value is too large to compute with, or too long to store."
        )
    else:
        state[_CHOICES], state[_REFUSED], state[_NOT_GIVEN] = choices, (), ()
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
    SOCKETS.show(_id(), filter(None, (*opened(), current().also)))
    if current().data != fingerprint:
        st.session_state[_CHOICES] = replace(current(), data=fingerprint)
        publish()


def number_same_names(models: Sequence[str]) -> None:
    """Number models that a link gives the same name, and reject names that are another model's own."""
    wanted = current().names
    names = unique_names(models, wanted)
    if names != wanted:
        left = dict(names)
        st.session_state[_NOT_GIVEN] = tuple(pair for pair in wanted if pair[0] not in left)
        st.session_state[_CHOICES] = replace(current(), names=names)
        publish()


def publish() -> None:
    """Write the current choices into the address bar."""
    state = st.session_state
    said = to_query(state[_CHOICES])
    links: ShortLinks | None = state.get(_LINKS)
    if links is None:
        query = said
    else:
        before, query = state.get(_SHORT, (None, {}))
        if said != before:
            query = links.shortened(said)
            state[_SHORT] = said, query
    if query != state.get(_WRITTEN):
        st.query_params.from_dict(query)
        state[_WRITTEN] = query


def opened() -> tuple[str, ...]:
    """Fingerprints of the data that this reader opened, from a file or by a link."""
    mine: list[str] = st.session_state.get(_OPENED, [])
    return tuple(mine)


def open_data(fingerprint: str) -> None:
    """Switch to other data. Choices about the scenario stay; choices about its models are restored."""
    _add_opened(fingerprint)
    _turn_to(fingerprint)


def _add_opened(fingerprint: str) -> None:
    if fingerprint not in opened():
        st.session_state[_OPENED] = [*opened(), fingerprint]
        actor().log("opened", data=fingerprint)


def close_data(fingerprint: str, instead: str) -> None:
    """Forget data, and switch to `instead` if it was open."""
    st.session_state[_OPENED] = [f for f in opened() if f != fingerprint]
    if current().data == fingerprint:
        _turn_to(instead)
    st.session_state.get(_LEFT, {}).pop(fingerprint, None)


def _turn_to(fingerprint: str) -> None:
    now = current()
    if now.data == fingerprint:  # a link opened this data, and its choices are the wanted ones
        return
    left: dict[str, Choices] = st.session_state.setdefault(_LEFT, {})
    if now.data is not None:
        left[now.data] = now
    before = left.get(fingerprint, Choices())
    st.session_state[_CHOICES] = carried_choices(fingerprint, now, before)
    st.session_state[_CARRIED] = carried(now, before)
    publish()


def carried_over() -> tuple[str, ...]:
    """Names of the choices that were carried over from other data and not changed since."""
    came: dict[str, Any] = st.session_state.get(_CARRIED, {})
    return tuple(
        name for name, value in came.items() if getattr(current(), name) == value is not None
    )


LinkNotices = tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[str, ...]]


def link_notices() -> LinkNotices:
    """Refused keys, rejected names and carried choices, which the page shows until the choices change."""
    return refused(), names_not_given(), carried_over()


def visitor() -> Person:
    """Person who is signed in; nobody without sign-in."""
    return SOCKETS.person_of(st.context.headers.get(HEADER) or "")


def signed_in() -> str:
    """Identity of the person who is signed in; empty without sign-in."""
    return visitor().identity


def actor() -> Actor:
    """Person and session of this page, for the audit log."""
    return Actor(signed_in(), nonce())


def owner() -> str:
    """Owner of this session's uploads: the person who is signed in, else a secret of the session."""
    if identity := signed_in():
        return f"signed in: {identity}"
    secret: str = st.session_state.setdefault(_OWNER, secrets.token_hex(32))
    return secret


def rerun() -> None:
    """Run the page again, unless the browser asked for another run meanwhile, which then comes first.

    Otherwise the address at the start of this run would replace a newer one. A reader who pressed Back
    during the run would see the old address with the new page.
    """
    st.empty()  # Streamlit stops this run here if the browser asked for another one
    st.rerun()


def _id() -> str:
    """Id of this session; empty without a server."""
    return SOCKETS.session_of(st.context.headers.get(HEADER) or "")


def connected() -> Callable[[], bool]:
    """Function that tells, from any thread and at any time, whether this reader's browser is connected."""
    return partial(SOCKETS.is_open, _id())


def stored(name: str) -> dict[str, Any]:
    """Mutable dictionary that this session stores under a name."""
    own: dict[str, Any] = st.session_state.setdefault(name, {})
    return own


def is_open(key: str) -> bool:
    """True if a popover is open. This is known before the popover is drawn."""
    return bool(st.session_state.get(key, False))


def set_widget(key: str, value: Any) -> None:
    """Set the value of a widget that is not drawn yet."""
    st.session_state[key] = value


def has_widget(key: str) -> bool:
    """True if a widget already has a value, which must not be overwritten."""
    return key in st.session_state


def widget_value(key: str) -> Any:
    """Return the value of a widget."""
    return st.session_state[key]


def widget(key: str, value: Any, change: Change) -> dict[str, Any]:
    """Arguments that connect a widget with the choices: ``st.slider("…", **widget(key, value, change))``.

    Parameters
    ----------
    key : str
        Key of the widget.
    value
        Value that the widget shows now.
    change : callable
        Takes the choices and the new value of the widget, and returns the new choices.
    """
    # Each run sets the value: a widget in a closed popover is mounted later, with its default otherwise.
    st.session_state[key] = value
    return {"key": key, "on_change": _changed, "args": (key, change)}


def _changed(key: str, change: Change) -> None:
    _choose(change(current(), st.session_state[key]))


def on_point(key: str, event: str, change: Callable[[Choices, Point], Choices]) -> Callback:
    """Return a callback that changes the choices when the live component reports an operating point."""

    def heard() -> None:
        said = getattr(st.session_state[key], event, None)
        if not isinstance(said, dict) or not isinstance(said.get("turn"), int):
            return  # our own page never sends this
        try:
            below = f"{said['below']}.." if said.get("below") is not None else ""
            point = Point.of(f"{below}{said.get('threshold')}@{said.get('model')}")
        except ValueError:
            return  # our own page never sends this either
        st.session_state[_TURN] = said["turn"]
        _choose(change(current(), point))

    return heard


def component_value(key: str, event: str) -> Any:
    """Value that the live component reports in this run; `None` if it reports none."""
    return getattr(st.session_state.get(key), event, None)


def last_release() -> int:
    """Number of the last release that the live component reported."""
    heard: int = st.session_state.get(_TURN, 0)
    return heard


def nonce() -> str:
    """Identifier of this session. The same page may have had another session before."""
    own: str = st.session_state.setdefault(_NONCE, secrets.token_hex(8))
    return own


def appearance() -> str:
    """Appearance of the page: "light" or "dark"."""
    return st.context.theme.type or "light"


def release_uploads(file_ids: Iterable[str]) -> None:
    """Free uploaded files that were opened; Streamlit would keep them in memory until the page is closed."""
    if own := _id():
        for file_id in file_ids:
            upload_storage().remove_file(own, file_id)
