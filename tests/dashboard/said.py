"""Everything that a page, a report or a deck of slides says, as plain lines for a snapshot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.dashboard.pages import Page, words

LEFT_OUT = {"turn", "session", "token", "key", "of", "kind", "color", "ink"}
"""Parts of a message that differ between two runs of a page, or that no reader reads."""
WIDGETS = (
    "button", "checkbox", "multiselect", "number_input", "radio", "segmented_control", "selectbox",
    "slider", "text_area", "text_input", "toggle",
)  # fmt: skip


def lines_of(page: Page) -> list[str]:
    """Text of a page: its markup, its widgets, its charts, and what its live elements receive."""
    out = [text for markup in page.markup if (text := words(_without_code(markup)))]
    for kind in WIDGETS:
        out += [f"{kind} {_widget(one)}" for one in page.app.get(kind)]
    out += [f"popover {one.proto.popover.label}" for one in page.app.get("popover")]
    for chart in page.app.get("plotly_chart"):
        out += [f"chart: {text}" for text in texts_of_chart(json.loads(chart.proto.spec))]
    for message in page.messages:
        if message.kind in ("chart", "front", "tradeoff"):
            out += [f"{message.kind}: {one}" for one in texts_of_chart(json.loads(message.text))]
        out += [f"{message.kind}{path}: {leaf}" for path, leaf in leaves(message.head)]
    return [*dict.fromkeys(" ".join(line.split()) for line in out)]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Texts, flags and numbers of nested values by path; numbers with six digits."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in LEFT_OUT:
                yield from leaves(inner, f"{path} {key}")
    elif isinstance(value, list | tuple):
        if any(isinstance(inner, str | dict | list) for inner in value):
            for k, inner in enumerate(value):
                yield from leaves(inner, f"{path} {k}")
        elif value:
            yield path, f"{len(value)} values from {_short(value[0])} to {_short(value[-1])}"
    elif value not in ("", None):
        yield path, _short(value)


def texts_of_chart(figure: dict[str, Any]) -> list[str]:
    """Titles, annotations, names, and texts under the pointer of a chart."""
    found: list[str] = []

    def walk(value: Any, key: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name != "template":
                    walk(inner, name)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, key)
        elif isinstance(value, str) and key in ("text", "hovertemplate", "name", "ticktext"):
            found.append(words(value))

    walk(figure, "")
    return [*dict.fromkeys(text for text in found if text)]


def _short(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _without_code(markup: str) -> str:
    return re.sub(r"<(style|script)\b.*?</\1>", "", markup, flags=re.S)


def _widget(one: Any) -> str:
    value = getattr(one, "value", "")
    parts = (one.label, "" if value in (None, "", False) else f"= {value}", one.help or "")
    return " | ".join(part for part in parts if part)
