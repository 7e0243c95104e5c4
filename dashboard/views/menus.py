"""Menus that show names, pagers of long lists, and popovers that are computed only while they are open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.markup import plain
from dashboard.words.phrases import capital


def named_options(names: Mapping[Any, str]) -> dict[str, Any]:
    """Arguments of a menu that shows names: ``st.selectbox("…", **named_options(names))``."""
    return {"options": list(names), "format_func": names.__getitem__}


def pager(key: str, items: str, count: int, size: int = 12) -> range:
    """Draw a pager if a list has several pages. Return the positions of the items to show."""
    if count <= size:
        return range(count)
    first = st.selectbox(
        f"{capital(items)} shown",
        range(0, count, size),
        format_func=lambda k: f"{k + 1} to {min(k + size, count)} of {count} {items}",
        label_visibility="collapsed",
        width=260,
        key=f"page_{key}",
    )
    return range(first, min(first + size, count))


class _Label(str):
    """Label that does not change the identity of its popover.

    Streamlit identifies a popover by the ``str()`` of its label, among others. A popover whose label shows
    what the reader types in it would get another identity and close.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return ""


def lazy_popover(label: str, key: str, **look: Any) -> Any:
    """Popover that is closed at first. The caller draws its contents if its attribute ``open`` is true."""
    return st.popover(_Label(plain(label)), key=key, on_change="rerun", **look)
