"""Options of menus that are shown under names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def named_options(names: Mapping[Any, str]) -> dict[str, Any]:
    """Arguments of a menu that shows names: ``st.selectbox("…", **named_options(names))``."""
    return {"options": list(names), "format_func": names.__getitem__}
