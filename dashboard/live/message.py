"""Format of the messages to the live component in the browser: a JSON head and a binary body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dashboard.words.axes import RESET_AXES


def envelope(kind: str, head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """Message to the browser: the length of the head, the head as JSON, and the body."""
    text = json.dumps({"kind": kind, **head}, allow_nan=False, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "little") + text + body


def chart_envelope(kind: str, head: Mapping[str, Any], figure: bytes) -> bytes:
    """Message with a Plotly figure as JSON; ``alt`` in the head describes the chart in words."""
    return envelope(kind, {**head, "reset": RESET_AXES}, figure)
