"""Messages to the browser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dashboard.words.axes import RESET_AXES


def envelope(kind: str, head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """A message to the browser: the length of the head, the head as JSON, the body."""
    text = json.dumps({"kind": kind, **head}, allow_nan=False, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "little") + text + body


def chart_envelope(kind: str, head: Mapping[str, Any], figure: bytes) -> bytes:
    """A message with a figure of Plotly as JSON; the head's ``alt`` says in words what it shows."""
    return envelope(kind, {**head, "reset": RESET_AXES}, figure)
