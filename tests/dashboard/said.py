"""Everything that a page, a report or a deck of slides says, as lines for a snapshot.

A text that has a name, such as the value of a widget, is stored under it. So the difference between
two states of a page shows a changed value once, under its name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.dashboard.pages import Page, words
from tests.dashboard.slides import open_deck

Said = dict[str, str]
"""Texts by name. A text without a name is its own name, with an empty text."""

LEFT_OUT = {
    "turn", "session", "token", "key", "of", "kind", "color", "ink", "name", "model", "at", "axis",
    "axes", "shape", "objectives", "opening", "order", "ranking", "everyTwo", "room",
}  # fmt: skip
"""Parts of a message that differ between two runs of a page, or that no reader reads."""
UNIQUE = {
    "assuming", "bands", "basis", "beside", "chart-head", "condition", "facts", "how",
    "limits-table", "miss-costs", "paper", "points", "verdict",
}  # fmt: skip
"""Classes of markup that a page has once, or a few times in a fixed order."""
WIDGETS = (
    "button", "checkbox", "multiselect", "number_input", "radio", "segmented_control", "selectbox",
    "slider", "text_area", "text_input", "toggle",
)  # fmt: skip


def texts_of_page(page: Page) -> Said:
    """Texts of a page: its markup, its widgets, its charts, and what its live elements receive."""
    return _unique(_named_texts(page))


def difference(said: Mapping[str, Said], base: Mapping[str, Said]) -> list[str]:
    """Lines of the parts that the base has not, and the names that only the base has."""
    out = []
    for part, texts in said.items():
        earlier = base.get(part, {})
        out.append(f"# {part}")
        out += [f"without {name}" for name in earlier if name not in texts]
        out += [_line(*item) for item in texts.items() if item not in earlier.items()]
    return out


def texts_of_report(markup: str) -> Said:
    """Lines of a report, without its drawings."""
    markup = re.sub(r"<svg\b.*?</svg>", "", _without_code(markup), flags=re.S)
    parts = re.split(r"</(?:p|tr|h\d|li|dd|dt|summary|caption)>", markup)
    return {text: "" for part in parts if (text := words(part))}


def texts_of_slides(deck: bytes) -> Said:
    """Texts of slides; the cells of a row of a table together."""
    shapes = [shape for slide in open_deck(deck).slides for shape in slide.shapes]
    texts = [shape.text_frame.text for shape in shapes if shape.has_text_frame]
    rows = [row.cells for shape in shapes if shape.has_table for row in shape.table.rows]
    texts += [" | ".join(cell.text for cell in cells) for cells in rows]
    return {line: "" for text in texts for line in text.splitlines() if line}


def texts_of_toml(text: str) -> Said:
    """Tables of a TOML file, with numbers of nine digits."""
    text = re.sub(r"\d+\.\d{9,}", lambda number: f"{float(number[0]):.9g}", text)
    return _unique(
        (heading, ", ".join(entries))
        for heading, *entries in (table.splitlines() for table in text.split("\n\n"))
    )


def _named_texts(page: Page) -> Iterator[tuple[str, str]]:
    for markup in map(_without_code, page.markup):
        if text := words(markup):
            classes = re.findall(r"(?<=cg-)[\w-]+", markup)
            name = next((name for name in classes if name in UNIQUE), "")
            yield (name, text) if name else (text, "")
    for kind in WIDGETS:
        for widget in page.app.get(kind):
            yield _widget(kind, widget)
    for popover in page.app.get("popover"):
        yield f"popover {popover.proto.popover.label}", ""
    for message in page.messages:
        if message.kind in ("chart", "front", "tradeoff"):
            yield from _texts_of_chart(json.loads(message.text), message.kind)
        for path, text in _leaves(message.head):
            yield f"{message.kind}{path}", text


def _widget(kind: str, widget: Any) -> tuple[str, str]:
    value = getattr(widget, "value", "")
    parts = ("" if value in (None, "", False) else f"= {value}", widget.help or "")
    return f"{kind} {widget.label}", " | ".join(part for part in parts if part)


def _texts_of_chart(figure: dict[str, Any], chart: str) -> Iterator[tuple[str, str]]:
    """Titles by axis; then texts under the pointer that are the same along a trace, and annotations."""
    layout = figure["layout"]
    for name, axis in layout.items():
        if name[1:].startswith("axis") and (title := words(axis.get("title", {}).get("text", ""))):
            yield f"{chart} {name} title", title
    texts = [trace.get("hovertemplate", "") for trace in figure["data"]]
    texts += [annotation["text"] for annotation in layout.get("annotations", ())]
    for text in texts:
        if "%{" not in text and words(text):
            yield f"{chart}: {words(text)}", ""


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Texts of nested values by path, without numbers and flags.

    Texts of one list are together. Values of a dict with the same text have it once.
    """
    if isinstance(value, dict):
        texts = []
        for key, inner in value.items():
            if key not in LEFT_OUT and inner not in texts:
                yield from _leaves(inner, f"{path} {key}")
                if isinstance(inner, str):
                    texts.append(inner)
    elif isinstance(value, list | tuple):
        if texts := [inner for inner in value if isinstance(inner, str)]:
            yield path, " | ".join(texts)
        for k, inner in enumerate(value):
            if not isinstance(inner, str):
                yield from _leaves(inner, f"{path} {k}")
    elif isinstance(value, str) and value:
        yield path, value


def _line(name: str, text: str) -> str:
    """A named text as one line."""
    return f"{name}: {text}" if text else name


def _unique(named: Iterable[tuple[str, str]]) -> Said:
    """Texts by name; a further text of the same name is stored with its name."""
    out: Said = {}
    for item in named:
        name, text = (" ".join(part.split()) for part in item)
        if out.setdefault(name, text) != text:
            out[_line(name, text)] = ""
    return out


def _without_code(markup: str) -> str:
    return re.sub(r"<(style|script)\b.*?</\1>", "", markup, flags=re.S)
