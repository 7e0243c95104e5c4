"""A reader's choices between runs and in the address bar; the only file that touches streamlit's state.

One frozen `Choices` is the truth. Widgets are given their value from it before they are drawn and change
it through a callback; after each run the address bar is made to say the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.data.confusable_names import unique_names
from dashboard.data.short_links import KEPT, ShortLinks
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
    """The choices in force."""
    choices: Choices | None = st.session_state.get(_CHOICES)
    return begin() if choices is None else choices


def begin(links: ShortLinks | None = None) -> Choices:
    """Take over what the address says where it is not what was written last; once at each run's start.

    Callbacks run before and do not look at the address: the browser may still send the one from before
    the last change.

    Parameters
    ----------
    links : ShortLinks or None
        Where states are kept that are too long for the address; None: the address says all.
    """
    query = st.query_params.to_dict()
    state = st.session_state
    state[_LINKS], state[_CHANGED] = links, False
    if _CHOICES in state and not query:
        # Turning to another page empties the address; an address emptied by hand is a new session.
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
    """Names that a link or a reader gave to models and that are other models' own, by model."""
    names: tuple[tuple[str, str], ...] = st.session_state.get(_NOT_GIVEN, ())
    return names


def choose(**changes: Any) -> None:
    """Change some of the choices; for callbacks."""
    _choose(replace(current(), **changes))


def _choose(choices: Choices) -> None:
    """Put choices in force, where a link that says them could be opened again."""
    state = st.session_state
    if from_query(to_query(choices))[1]:
        st.toast(
            "Nothing was changed: that is more than can be reckoned with, or longer than is kept."
        )
    else:
        state[_CHOICES], state[_REFUSED], state[_NOT_GIVEN] = choices, (), ()
    state[_CHANGED] = True
    publish()


def is_changed() -> bool:
    """Whether the choices were changed since the page was drawn, which must be drawn anew then."""
    changed: bool = st.session_state.get(_CHANGED, False)
    return changed


def mark_drawn() -> None:
    """Note that what was changed is on the page now."""
    st.session_state[_CHANGED] = False


def name_data(fingerprint: str) -> None:
    """Make the address say which data it is about."""
    mine = st.session_state.setdefault(_OPENED, [])
    if fingerprint not in mine:
        mine.append(fingerprint)
    if current().data != fingerprint:
        st.session_state[_CHOICES] = replace(current(), data=fingerprint)
        publish()


def number_same_names(models: Sequence[str]) -> None:
    """Number the models of this data that a link calls alike; none is called by another's own name."""
    wanted = current().names
    names = unique_names(models, wanted)
    if names != wanted:
        left = dict(names)
        st.session_state[_NOT_GIVEN] = tuple(pair for pair in wanted if pair[0] not in left)
        st.session_state[_CHOICES] = replace(current(), names=names)
        publish()


def publish() -> None:
    """Make the address bar say what is chosen."""
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
    """Fingerprints of the data that this reader opened or came to by a link."""
    mine: list[str] = st.session_state.get(_OPENED, [])
    return tuple(mine)


def open_data(fingerprint: str) -> None:
    """Turn to other data: what describes the world stays, what names models is as it was left there."""
    mine = st.session_state.setdefault(_OPENED, [])
    if fingerprint not in mine:
        mine.append(fingerprint)
    _turn_to(fingerprint)


def close_data(fingerprint: str, instead: str) -> None:
    """Forget data; where it was in force, other data takes its place."""
    st.session_state[_OPENED] = [f for f in opened() if f != fingerprint]
    if current().data == fingerprint:
        _turn_to(instead)
    st.session_state.get(_LEFT, {}).pop(fingerprint, None)


def _turn_to(fingerprint: str) -> None:
    now = current()
    if now.data == fingerprint:  # a link was about it: what it says is what is wanted
        return
    left: dict[str, Choices] = st.session_state.setdefault(_LEFT, {})
    if now.data is not None:
        left[now.data] = now
    before = left.get(fingerprint, Choices())
    st.session_state[_CHOICES] = carried_choices(fingerprint, now, before)
    st.session_state[_CARRIED] = carried(now, before)
    publish()


def carried_over() -> tuple[str, ...]:
    """Names of the choices that came from other data and are still in force as they came."""
    came: dict[str, Any] = st.session_state.get(_CARRIED, {})
    return tuple(
        name for name, value in came.items() if getattr(current(), name) == value is not None
    )


LinkNotices = tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[str, ...]]


def link_notices() -> LinkNotices:
    """What a page says of where its choices came from, until they are changed."""
    return refused(), names_not_given(), carried_over()


def owner() -> str:
    """What only this session knows: by it the uploads are its own."""
    secret: str = st.session_state.setdefault(_OWNER, secrets.token_hex(32))
    return secret


def rerun() -> None:
    """Run the page again, or let what the browser has asked for meanwhile run in its place.

    The address that this run began with would otherwise take the place of the newer one: who pressed
    Back during the run would see the address of before with the page of after.
    """
    st.empty()  # where a run gives way to what was asked for
    st.rerun()


def connected() -> Callable[[], bool]:
    """What tells, from any thread and at any time, whether this reader's browser is connected."""
    context = get_script_run_ctx()
    own = "" if context is None else context.session_id
    return lambda: runtime.exists() and runtime.get_instance().is_active_session(own)


def kept(name: str) -> dict[str, Any]:
    """What this session keeps under a name, to be read and changed."""
    own: dict[str, Any] = st.session_state.setdefault(name, {})
    return own


def is_open(key: str) -> bool:
    """Whether a popover is open, before it is drawn."""
    return bool(st.session_state.get(key, False))


def set_widget(key: str, value: Any) -> None:
    """Give a widget its value before it is drawn."""
    st.session_state[key] = value


def has_widget(key: str) -> bool:
    """Whether a widget has a value already, so that it must not be given another."""
    return key in st.session_state


def widget_value(key: str) -> Any:
    """The value of a widget."""
    return st.session_state[key]


def widget(key: str, value: Any, change: Change) -> dict[str, Any]:
    """Arguments that tie a widget to the choices: ``st.slider("…", **widget(key, value, change))``.

    Parameters
    ----------
    key : str
        The widget's key.
    value
        What the widget is to show now.
    change : callable
        Of the choices and the widget's new value; gives the new choices.
    """
    # Set it on every run: a widget in a closed popover is mounted later, and would begin at its default.
    st.session_state[key] = value
    return {"key": key, "on_change": _changed, "args": (key, change)}


def _changed(key: str, change: Change) -> None:
    _choose(change(current(), st.session_state[key]))


def on_point(key: str, event: str, change: Callable[[Choices, Point], Choices]) -> Callback:
    """Callback of the live component: the browser says an operating point, and the choices change."""

    def heard() -> None:
        said = getattr(st.session_state[key], event, None)
        if not isinstance(said, dict) or not isinstance(said.get("turn"), int):
            return  # nothing that our own page sends
        try:
            below = f"{said['below']}.." if said.get("below") is not None else ""
            point = Point.of(f"{below}{said.get('threshold')}@{said.get('model')}")
        except ValueError:  # nor this
            return
        st.session_state[_TURN] = said["turn"]
        _choose(change(current(), point))

    return heard


def component_value(key: str, event: str) -> Any:
    """What the live component says in this run; None where it says nothing."""
    return getattr(st.session_state[key], event, None)


def last_release() -> int:
    """Which release of the live component was heard last."""
    heard: int = st.session_state.get(_TURN, 0)
    return heard


def nonce() -> str:
    """What tells this session from another that the same page had before."""
    own: str = st.session_state.setdefault(_NONCE, secrets.token_hex(8))
    return own


def appearance() -> str:
    """Whether the reader sees the page "light" or "dark"."""
    return st.context.theme.type or "light"


def release_uploads(file_ids: Iterable[str]) -> None:
    """Free uploaded files that were opened; Streamlit would keep them in memory until the page is closed."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return
    manager: Any = runtime.get_instance().uploaded_file_mgr
    for file_id in file_ids:
        manager.remove_file(context.session_id, file_id)
