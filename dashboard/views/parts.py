"""Small pieces of text that several views show."""

from __future__ import annotations

import html

import streamlit as st

from dashboard.figures.look import Look, ModelStyle

_SHAPES = {
    "circle": "●",
    "square": "■",
    "diamond": "◆",
    "triangle-up": "▲",
    "triangle-down": "▼",
    "pentagon": "⬟",
    "hexagon": "⬢",
    "star": "★",
    "cross": "✚",
    "x": "✖",
}


def swatch(style: ModelStyle, look: Look) -> str:
    """Colour and shape of a model, as a character: Streamlit takes drawings out of markup."""
    return (
        f'<span class="cg-swatch" style="color:{style.color(look)}" aria-hidden="true">'
        f"{_SHAPES[style.symbol]}</span>"
    )


def write(markup: str) -> None:
    """Put markup of ours on the page; every name in it was escaped."""
    st.html(markup)


def plural(count: int, thing: str) -> str:
    """A count and what is counted: ``1 model``, ``12 models``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def escaped(text: object) -> str:
    """Any text, harmless inside markup."""
    return html.escape(str(text))
