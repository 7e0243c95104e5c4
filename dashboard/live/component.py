"""The live component.

Several elements of the page are mounts of one component and share a store in the browser: the packed
curves, the page's facts, the sentence, the three stakeholders' figures, and the two charts. While the
threshold is dragged nothing is sent; on release the server hears once.
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
    """Put one element on the page.

    Parameters
    ----------
    key : str
        Its key, the same in every run: the element stays, and with it the zoom of its chart.
    message : bytes
        From `dashboard.live.message.envelope`.
    **heard : callable
        ``name=callback``: what is called when the browser says ``name``.
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
