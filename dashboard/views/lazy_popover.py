"""Popovers whose contents are made when they are open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.markup import plain

if TYPE_CHECKING:
    from streamlit.elements.lib.mutable_popover_container import PopoverContainer


class _Label(str):
    """A label that is no part of what identifies its popover.

    Streamlit identifies a popover by the ``str()`` of its label, too: one whose label says what is typed in
    it would close then, and take the field along in which the reader types.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return ""


def lazy_popover(label: str, key: str, **look: Any) -> PopoverContainer:
    """A popover that is closed at first; it is to be filled where it is ``open``."""
    return st.popover(_Label(plain(label)), key=key, on_change="rerun", **look)
