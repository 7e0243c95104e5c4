"""The live component, and how a running server hands out its files.

Several elements of the page are mounts of one component and share a store in the browser: the packed
curves, the page's facts, the sentence, the three stakeholders' figures, and the two charts. While the
threshold is dragged nothing is sent; on release the server hears once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly
import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).resolve().parent
PLOTLY = Path(plotly.__file__).parent / "package_data"
"""This folder, and that of the charts' library."""
_OWN, _PLOTLY = "common-ground", "plotly"
OWN_URL = f"_stcore/bidi-components/{_OWN}.table"
PLOTLY_URL = f"_stcore/bidi-components/{_PLOTLY}.package/plotly.min.js"
"""Where the server hands out this folder and the charts' library, counted from where the app lies."""


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
    """Let the running server hand out this folder and the copy of Plotly that its package carries.

    Streamlit finds the assets of components by a manifest beside an installed package of the component's
    own name. This one lives inside the app, and Plotly is nobody's component: both are named here.
    """
    manager = get_bidi_component_manager()
    for name, component, folder in (
        (_OWN, "table", HERE),
        (_PLOTLY, "package", PLOTLY),
    ):
        if manager.get_component_asset_root(f"{name}.{component}") is None:
            parts = [ComponentConfig(component, folder.name)]
            manager.register_from_manifest(ComponentManifest(name, "0", parts), folder.parent)


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        f"{_OWN}.table",
        js="component.js",
        html='<div class="cg-live"></div>',
        isolate_styles=False,
    )
