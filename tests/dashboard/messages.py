"""Messages to the live component, read as the browser reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest


@dataclass(frozen=True)
class Message:
    """Message to one element: its head, and the position of its body in the bytes."""

    head: dict[str, Any]
    buffer: bytes
    start: int

    @property
    def kind(self) -> str:
        return str(self.head["kind"])

    @property
    def text(self) -> str:
        """Body as text, such as the JSON of a chart."""
        return self.buffer[self.start :].decode()


def read_message(data: bytes) -> Message:
    """Read an envelope: length of the head, head, body."""
    size = int.from_bytes(data[:4], "little")
    return Message(json.loads(data[4 : 4 + size]), data, 4 + size)


def unpack(strip: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Records of a strip, as the player reads them."""
    records: list[dict[str, Any]] = [{} for _ in range(strip["size"])]
    for slots, values, runs in strip["columns"]:
        column = np.repeat(np.array(values, object), runs or 1).tolist()
        for path, before, after in slots:
            for value, record in zip(column, records, strict=True):
                place: Any = record
                for slot in path[:-1]:
                    place = place.setdefault(slot, {})
                place[path[-1]] = before + value + after if isinstance(value, str) else value
    return [_with_lists(record) for record in records]


def _with_lists(value: Any) -> Any:
    """Record whose inner records with positions as slots are converted to lists."""
    if not isinstance(value, dict):
        return value
    if 0 in value:
        return [_with_lists(value[k]) for k in range(len(value))]
    return {slot: _with_lists(inner) for slot, inner in value.items()}


def messages(app: AppTest) -> list[Message]:
    """Message to each element of the live component, in the order of the page."""
    return [read_message(element.proto.bytes) for element in app.get("bidi_component")]


def send(app: AppTest, event: str, value: Any, kind: str = "page", **head: Any) -> None:
    """Run an app after a message of its live component, which its script calls a trigger."""
    [sent] = [
        element.proto.id
        for element in app.get("bidi_component")
        if {"kind": kind, **head}.items() <= read_message(element.proto.bytes).head.items()
    ]
    states = app._tree.get_widget_states()
    states.widgets.append(
        WidgetState(
            id=f"$$STREAMLIT_INTERNAL_KEY_{sent}__events",
            json_trigger_value=json.dumps([{"event": event, "value": value}]),
        )
    )
    app._run(states)
