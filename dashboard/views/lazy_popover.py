"""Streamlit popovers whose contents are computed only while they are open."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.markup import plain


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
