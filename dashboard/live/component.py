"""Browser component of all charts, and of the parts of Decide that follow the dragged threshold.

All elements are mounts of the same component and share a store in the browser. During a drag the browser does
not send the threshold. It sends the threshold once, when the reader releases the slider.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.server.streamlit_internals import register_component
from dashboard.words.axes import RESET_AXES

_PACKAGE, _NAME = "common-ground", "table"
_SCRIPTS = Path(__file__).resolve().parent


def mount(key: str, message: bytes, **callbacks: Callable[[], None]) -> None:
    """Mount one element on the page.

    Parameters
    ----------
    key : str
        Key of the element. An element with the same key in every run keeps the zoom of its chart.
    message : bytes
        Result of `envelope`.
    **callbacks : callable
        ``name=callback``: the callback is called when the browser triggers ``name``.
    """
    serve()
    on_change: dict[str, Any] = {f"on_{name}_change": call for name, call in callbacks.items()}
    _component()(key=key, data=message, **on_change)


def serve() -> None:
    """Register the scripts in this folder with the running server."""
    register_component(_PACKAGE, _NAME, _SCRIPTS)


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        f"{_PACKAGE}.{_NAME}",
        js="component.js",
        html='<div class="cg-live"></div>',
        isolate_styles=False,
    )


def envelope(kind: str, head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """Message to the browser: the length of the head, the head as JSON, and the body."""
    text = json.dumps({"kind": kind, **head}, allow_nan=False, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "little") + text + body


def chart_envelope(kind: str, head: Mapping[str, Any], figure: bytes) -> bytes:
    """Message with a Plotly figure as JSON; ``alt`` in the head describes the chart in words."""
    return envelope(kind, {**head, "reset": RESET_AXES}, figure)
