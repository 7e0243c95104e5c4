"""Small pieces of text that several views show."""

from __future__ import annotations

import streamlit as st


def page_of(key: str, count: int, size: int = 12) -> range:
    """Positions of what is shown of a long list; where it is longer than a page, the reader turns it."""
    if count <= size:
        return range(count)
    first = st.selectbox(
        "Models shown",
        range(0, count, size),
        format_func=lambda k: f"{k + 1} to {min(k + size, count)} of {count} models",
        label_visibility="collapsed",
        width=260,
        key=f"page_{key}",
    )
    return range(first, min(first + size, count))


def write(markup: str) -> None:
    """Put markup of ours on the page, where there is any; every name in it was escaped."""
    if markup:  # Streamlit refuses to write nothing
        st.html(markup)
