"""Messages to the browser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def envelope(kind: str, head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """A message to the browser: the length of the head, the head as JSON, the body."""
    text = json.dumps({"kind": kind, **head}, allow_nan=False, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "little") + text + body
