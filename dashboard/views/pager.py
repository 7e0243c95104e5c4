"""Pager of a long list: which of its items a page shows."""

from __future__ import annotations

import streamlit as st

from dashboard.words.phrases import capital


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
