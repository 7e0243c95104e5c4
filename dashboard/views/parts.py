"""Small pieces of text that several views show."""

from __future__ import annotations

import html
import math

import streamlit as st

from dashboard.figures.look import Look, ModelStyle
from metrics.wording import threshold

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


def point_words(model: str | None, at: float) -> str:
    """An operating point as text: ``gradient boosting at 0.168``."""
    if model is None:
        return "ship everything"
    words = threshold(at) if math.isfinite(at) else "flag nothing"
    return f"{model} at {words}" if math.isfinite(at) else f"{model}, {words}"


def write(markup: str) -> None:
    """Put markup of ours on the page; every name in it was escaped."""
    st.html(markup)


def escaped(text: object) -> str:
    """Any text, harmless inside markup."""
    return html.escape(str(text))
