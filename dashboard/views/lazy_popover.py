"""Boxes that a click opens: what is in one is made when it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.elements import layouts

from dashboard.markup import plain

if TYPE_CHECKING:
    from streamlit.elements.lib.mutable_popover_container import PopoverContainer

_layouts: Any = layouts
_identify = _layouts.compute_and_register_element_id


def _identified(element_type: str, **of: Any) -> str:
    """The identity of an element; of a box its key alone.

    Streamlit takes the label as part of it: a box whose label says what is typed in it would close then, and
    take the field along in which the reader types.
    """
    if element_type == "popover" and of.get("user_key") is not None:
        of["key_as_main_identity"] = True
    identity: str = _identify(element_type, **of)
    return identity


_layouts.compute_and_register_element_id = _identified


def lazy_popover(label: str, key: str, **look: Any) -> PopoverContainer:
    """A box that is closed at first; it is to be filled where it is ``open``."""
    return st.popover(plain(label), key=key, on_change="rerun", **look)
