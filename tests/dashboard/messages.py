"""What the live component is sent, read as the browser reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

COUNTS = ("tp", "fp", "fn", "tn")


@dataclass(frozen=True)
class Message:
    """One element's message: its head, and where its body begins in the bytes."""

    head: dict[str, Any]
    buffer: bytes
    start: int

    @property
    def kind(self) -> str:
        return str(self.head["kind"])

    @property
    def text(self) -> str:
        """The body as text, such as the JSON of a chart."""
        return self.buffer[self.start :].decode()


def read(data: bytes) -> Message:
    """Read an envelope: length of the head, head, body."""
    size = int.from_bytes(data[:4], "little")
    return Message(json.loads(data[4 : 4 + size]), data, 4 + size)


@dataclass(frozen=True)
class Curves:
    """Operating points of the visible models, by the position of the model."""

    thresholds: tuple[NDArray[np.float64], ...]
    below: tuple[NDArray[np.float64], ...]
    figures: Mapping[str, tuple[NDArray[np.float64], ...]]
    """By objective: one array for a model, of one figure where the whole model has but one."""
    counts: Mapping[str, tuple[NDArray[Any], ...]]


def unpack(message: Message) -> Curves:
    """Take the arrays of a pack in place, as typed arrays of the browser are laid over its bytes."""
    head, at = message.head, message.start
    sizes: list[int] = head["sizes"]

    def take(kind: str, each: list[int]) -> tuple[NDArray[Any], ...]:
        nonlocal at
        array = np.frombuffer(message.buffer, kind, sum(each), at)
        assert at % array.itemsize == 0  # or a browser throws a RangeError
        at += array.nbytes
        return tuple(np.split(array, np.cumsum(each)[:-1]))

    thresholds, below = take("<f8", sizes), take("<f8", sizes)
    figures = {
        name: take("<f8", [1] * len(sizes) if of_model else sizes)
        for name, of_model in head["columns"]
    }
    counts = {name: take("<u4" if head["whole"] else "<f8", sizes) for name in COUNTS}
    assert at == len(message.buffer)
    return Curves(thresholds, below, figures, counts)


def priced(curves: Curves, scenario: Mapping[str, Any]) -> Curves:
    """The same with the cost of errors, where the browser reckons it from the price of a miss."""
    if scenario["costIsSent"]:
        return curves
    misses, alarms = (curves.figures[name] for name in ("missed_defects", "false_alarms"))
    cost = tuple(scenario["missCost"] * fn + fp for fn, fp in zip(misses, alarms, strict=True))
    return replace(curves, figures={**curves.figures, "cost_of_errors": cost})


def messages(app: AppTest) -> list[Message]:
    """What each element of the live component is sent, in the order of the page."""
    return [read(element.proto.bytes) for element in app.get("bidi_component")]


def say(app: AppTest, event: str, value: Any, kind: str = "page", **head: Any) -> None:
    """Run an app as after its live component said something: what its script calls a trigger."""
    [sent] = [
        element.proto.id
        for element in app.get("bidi_component")
        if {"kind": kind, **head}.items() <= read(element.proto.bytes).head.items()
    ]
    states = app._tree.get_widget_states()
    states.widgets.append(
        WidgetState(
            id=f"$$STREAMLIT_INTERNAL_KEY_{sent}__events",
            json_trigger_value=json.dumps([{"event": event, "value": value}]),
        )
    )
    app._run(states)
