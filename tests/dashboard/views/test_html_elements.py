"""Tests of the elements of a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures.model_styles import styles
from dashboard.figures.palette import DARK, LIGHT, palette_of
from dashboard.views.html_elements import (
    Cell,
    Row,
    bullets,
    details,
    finding,
    inline,
    link,
    note,
    stacked,
    strong,
    swatch,
    table,
    with_tooltip,
)


class _Reader(HTMLParser):
    """Tags, attributes and texts as a browser reads them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.values: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.values.append(data)


TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TEXTS = st.text(st.sampled_from(f"<>&\"'/= ab{{}}%#{TURNS}"), min_size=1, max_size=30)


@given(TEXTS)
def test_no_text_becomes_a_tag_or_changes_the_direction_of_text(text: str) -> None:
    cell = Cell(text, below=[text], css="cg-x", title=text, head=text)
    whole = inline(
        note(text, strong(text), title=text),
        finding(text, id=text),
        details(text, summary=text),
        with_tooltip("c", text),
        link(text, text),
        bullets([text], css="cg-x", label=text),
        table(
            [text, cell], [[text, cell], Row([cell], css="cg-x", is_selected=True)], caption=text
        ),
    )
    read = _Reader(whole)
    expected = "p b h2 details summary span a ul li table caption thead tr th th br span".split()
    expected += "tbody tr th td br span tr th br span".split()
    assert read.tags == expected
    assert not set(TURNS) & set(whole)
    shown = "".join("\N{REPLACEMENT CHARACTER}" if c in TURNS else c for c in text)
    assert "".join(read.values).count(shown) >= 17


def test_a_cell_has_the_name_of_its_column_for_a_narrow_screen() -> None:
    read = table(
        ["", strong("a<b"), Cell("c", below=["d"])],
        [["x", "1", Cell("2")], ["y", Cell("3", head="own"), "4"]],
    )
    assert re.findall('<t[hd][^>]*?(?: data-head="([^"]*)")?>[xy0-9]', read) == [
        *("", "a&lt;b", "c"),
        *("", "own", ""),
    ]


def test_elements_without_a_text_are_empty() -> None:
    assert (note(), note("", ""), stacked("", "")) == ("", "", "")
    assert stacked("a", "", strong("b")) == "a<br><b>b</b>"


def test_marks_of_a_model_are_characters_because_streamlit_removes_drawings() -> None:
    style, palette = styles(["a"])["a"], palette_of("light")
    assert f">{'●'}</span>" in swatch(style, palette)
    assert 'class="cg-swatch cg-curve cg-dashed"' in swatch(style, palette, curve="cg-dashed")


def test_every_model_has_its_own_shape_in_text():
    for palette in (LIGHT, DARK):
        drawn = styles([f"m{k}" for k in range(10)]).values()
        shapes = [re.sub("<.*?>", "", swatch(style, palette)) for style in drawn]
        assert len(set(shapes)) == 10
        assert all(style.color(palette) in swatch(style, palette) for style in drawn)
