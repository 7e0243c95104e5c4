"""Browser component of the Decide page: answer, cards, charts and slider follow the dragged threshold.

These elements are mounts of one component and share a store in the browser. While the threshold is dragged
the browser sends nothing; on release it sends the threshold once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.server.streamlit_internals import register_component

_PACKAGE, _NAME = "common-ground", "table"


def mount(key: str, message: bytes, **heard: Callable[[], None]) -> None:
    """Mount one element on the page.

    Parameters
    ----------
    key : str
        Key of the element. With the same key in every run the element stays, and its chart keeps its zoom.
    message : bytes
        Result of `dashboard.live.message.envelope`.
    **heard : callable
        ``name=callback``: the callback is called when the browser triggers ``name``.
    """
    serve()
    callbacks: dict[str, Any] = {f"on_{name}_change": callback for name, callback in heard.items()}
    _component()(key=key, data=message, **callbacks)


def serve() -> None:
    """Register the scripts in this folder with the running server."""
    register_component(_PACKAGE, _NAME, Path(__file__).resolve().parent)


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        f"{_PACKAGE}.{_NAME}",
        js="component.js",
        html='<div class="cg-live"></div>',
        isolate_styles=False,
    )
