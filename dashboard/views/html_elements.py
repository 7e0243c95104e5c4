"""HTML elements of a page: paragraphs, notes, headings, links, tables, and small marks in text.

A view composes these functions. The HTML tags are in the templates next to this module. Every text is
escaped and its direction marks are replaced, unless a function of this module made it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from jinja2 import Environment
from markupsafe import Markup

from dashboard.figures.model_styles import SHAPES, ModelStyle
from dashboard.figures.palette import Palette
from dashboard.markup import templates
from dashboard.safe_text import one_way
from dashboard.words.phrases import CHECKING

Text = str | Markup
"""Text of an element. A string is escaped; `Markup` was made by this module."""


def write(*parts: Text, runs_script: bool = False) -> None:
    """Draw parts as one Streamlit element. Nothing is drawn if all parts are empty."""
    if markup := inline(*parts):
        st.html(markup, unsafe_allow_javascript=runs_script)


def scroll_to(anchor: str, times: int) -> Markup:
    """Script that scrolls to an anchor. It runs again whenever ``times`` changes."""
    return _macro("scroll_to", anchor, times)


def scroll_to_linked(anchor: str) -> Markup:
    """Script that scrolls to an anchor once per visit, if the link names the anchor."""
    return _macro("scroll_to_linked", anchor)


def render(template: str, **values: object) -> Markup:
    """HTML of a template in the folder of the views, such as ``decisions/decision.html``."""
    return Markup(_templates().get_template(template).render(values))


@cache
def _templates() -> Environment:
    return templates(Path(__file__).parent, one_way)


@cache
def _macros() -> Any:
    return _templates().get_template("elements.html").module


def _macro(name: str, *values: object) -> Markup:
    return Markup(getattr(_macros(), name)(*values))


def _attributes(attributes: dict[str, str]) -> dict[str, str]:
    """HTML attributes by name, with hyphens in place of underscores, without empty values."""
    return {name.replace("_", "-"): one_way(value) for name, value in attributes.items() if value}


def inline(*parts: Text) -> Markup:
    """Texts joined without a separator."""
    return _macro("inline", parts)


def _paragraph(css: str, parts: tuple[Text, ...], more: str, attributes: dict[str, str]) -> Markup:
    if not any(parts):
        return Markup()
    return _macro("paragraph", parts, f"{css} {more}".strip(), _attributes(attributes))


def paragraph(*parts: Text, css: str = "", **attributes: str) -> Markup:
    """Paragraph with an optional CSS class; empty without a text."""
    return _paragraph("", parts, css, attributes)


def step(*parts: Text, title: str = "") -> Markup:
    """Short line about what to try next, with a tooltip."""
    return _paragraph("cg-step", parts, "", {"title": title})


def pending() -> Markup:
    """Word in place of a value that is not computed yet."""
    return strong(CHECKING, css="cg-checking")


def note(*parts: Text, css: str = "", **attributes: str) -> Markup:
    """Paragraph in small grey type; empty without a text."""
    return _paragraph("cg-note", parts, css, attributes)


def checking(what: Text) -> Markup:
    """Note that something is being computed."""
    return note(what, f": {CHECKING}", css="cg-checking")


def lines(*parts: Text, css: str = "", **attributes: str) -> Markup:
    """Paragraph of plain text; empty without a text."""
    return _paragraph("cg-lines", parts, css, attributes)


def notice(*parts: Text, css: str = "", **attributes: str) -> Markup:
    """Paragraph that the reader should not miss; empty without a text."""
    return _paragraph("cg-notice", parts, css, attributes)


def refusal(*parts: Text) -> Markup:
    """Reason why a part of the page cannot be shown."""
    return _paragraph("cg-refusal", parts, "", {"role": "alert"})


def eyebrow(*parts: Text, level: int = 0, **attributes: str) -> Markup:
    """Question or topic above a finding; a heading if it has a level."""
    if level:
        return _macro("heading", parts, level, "cg-eyebrow", _attributes(attributes))
    return _paragraph("cg-eyebrow", parts, "", attributes)


def finding(*parts: Text, level: int = 2, **attributes: str) -> Markup:
    """Heading with the finding of a part of the page."""
    return _macro("heading", parts, level, "cg-finding", _attributes(attributes))


def verdict(advice: Text, more: Iterable[Text]) -> Markup:
    """Advice of a page, and further sentences."""
    return _macro("verdict", advice, more)


def title(*parts: Text, level: int = 2) -> Markup:
    """Heading that names a part of the page."""
    return _macro("heading", parts, level, "cg-title", {})


def head(text: Text, *, level: int = 1) -> Markup:
    """Title of a page, in the bar above it. With level 0 it is no heading, for a page with its own."""
    return _macro("head", text, level)


def facts(rows: Iterable[tuple[Text, Text]]) -> Markup:
    """Table of names and values, without the rows whose value is empty."""
    return _macro("facts", [(name, value) for name, value in rows if value])


def details(*parts: Text, summary: Text = "Details", css: str = "cg-note") -> Markup:
    """Text that is folded away behind a summary."""
    return _macro("details", summary, parts, css)


def strong(text: Text, *, css: str = "", **attributes: str) -> Markup:
    """Text in bold type; empty without a text."""
    if not text:
        return Markup()
    return _macro("strong", text, _attributes({"class": css} | attributes))


def abbreviation(text: Text, meaning: str) -> Markup:
    """Text with a tooltip that explains it."""
    return _macro("abbreviation", text, meaning)


def span(*parts: Text, css: str = "", **attributes: str) -> Markup:
    """Part of a line with a class or with attributes."""
    return _macro("span", parts, css, _attributes(attributes))


def small(*parts: Text) -> Markup:
    """Text in small type within a line; empty without a text."""
    return span(*parts, css="cg-small") if any(parts) else Markup()


def line_break() -> Markup:
    """Break of a line."""
    return _macro("break_line")


def stacked(*parts: Text) -> Markup:
    """Lines below each other, without the empty ones."""
    return line_break().join(inline(part) for part in parts if part)


def with_tooltip(text: Text, tooltip: str) -> Markup:
    """Text with a tooltip, unless the tooltip says the same."""
    return inline(text) if text == tooltip else span(text, title=tooltip)


def link(text: Text, href: str, *, target: str = "_self", css: str = "") -> Markup:
    """Link within the app."""
    return _macro("link", text, href, target, f" {css}".rstrip())


def bullets(items: Iterable[Text], *, css: str, label: str = "") -> Markup:
    """Bulleted list."""
    return _macro("bullets", items, css, label)


def style(rules: str) -> Markup:
    """Style sheet with our own CSS rules, for styles that depend on a value."""
    return _macro("style", rules)


def picture(address: str, alt: str) -> Markup:
    """Picture that a click enlarges and a second click reduces."""
    return _macro("picture", address, alt)


def swatch(style: ModelStyle, palette: Palette, *, curve: str | None = None) -> Markup:
    """Colour and shape of a model as a character, or its line in a chart.

    Parameters
    ----------
    curve : str, optional
        CSS class of the line, which may be empty. By default the shape is shown.

    Notes
    -----
    The shape is a character, since Streamlit removes SVG drawings from HTML.
    """
    if curve is None:
        return _macro("swatch", style, palette, SHAPES[style.symbol], "")
    return _macro("swatch", style, palette, "", f" cg-curve {curve}".rstrip())


def share_bar(share: float, ends: tuple[float, float], of_all: float) -> Markup:
    """Bar of a share from 0 to 1 with its interval, and a mark at the share of all.

    A screen reader reads the text next to it instead.
    """
    low, high = (share if math.isnan(end) else end for end in ends)
    return _macro("share_bar", f"{share:.4f}", f"{low:.4f}", f"{high:.4f}", f"{of_all:.4f}")


def open_button(content: Markup, what: str, meaning: str) -> Markup:
    """Button within text that opens something on the page, named by ``what``, with a tooltip."""
    return _macro("open_button", content, what, meaning)


def shade(kind: str, words: Text) -> Markup:
    """Entry of a chart's key: a shade or line by its CSS class, which may be empty, and its meaning."""
    return _macro("shade", kind, words)


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    below : tuple of str
        Lines in small type below the text. Empty lines are left out.
    head : str
        Name of the column, which a narrow screen shows in the cell.
    columns : int
        Number of columns that the cell spans.
    is_head : bool
        Whether a cell in the row of heads is marked as a head.
    """

    text: Text = ""
    below: Sequence[Text] = ()
    css: str = ""
    title: str = ""
    head: str = ""
    columns: int = 1
    is_head: bool = True


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes
    ----------
    cells : sequence of Cell or str
        The first is the head of the row.
    css, name : str
        CSS class, and a name by which a test finds the row.
    """

    cells: Sequence[Cell | Text]
    css: str = ""
    name: str = ""
    is_selected: bool = False


def table(
    heads: Sequence[Cell | Text],
    rows: Iterable[Row | Sequence[Cell | Text]],
    *,
    css: str = "",
    caption: str = "",
) -> Markup:
    """Table of cells.

    Parameters
    ----------
    heads : sequence of Cell or str
        Empty for a table without heads. A head without a text is an empty cell.
    """
    named = _cells(heads)
    all_rows = [row if isinstance(row, Row) else Row(row) for row in rows]
    cells = [(row, _cells(row.cells, named[1:])) for row in all_rows]
    return _macro("table", named, cells, f"cg-compare {css}".rstrip(), caption)


def _cells(cells: Sequence[Cell | Text], heads: Sequence[Cell] = ()) -> list[Cell]:
    """Cells of a row. If no cell after the first has a name, each of them gets the name of its column."""
    row = [cell if isinstance(cell, Cell) else Cell(cell) for cell in cells]
    if not heads or any(cell.head for cell in row[1:]):
        return row
    return [
        replace(cell, head=inline(heads[k - 1].text).striptags()) if 0 < k <= len(heads) else cell
        for k, cell in enumerate(row)
    ]
