"""The guide, a page for each chapter, from the Markdown files that the README links to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from dashboard.markup import escaped
from dashboard.session import session
from dashboard.session.url import to_query
from dashboard.views.parts import write

INDEX = Path(__file__).resolve().parents[1] / "guide" / "index.md"
"""The guide's first page; its list names the chapters in their order."""

_LISTED = re.compile(r"^- \[([^\]]+)\]\(([^)]+\.md)\): (.+(?:\n  .+)*)", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s:]+)\)")
_PICTURE = re.compile(r"^!\[([^\]]+)\]\(([^)\s]+)\)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Chapter:
    """One file of the guide.

    Attributes
    ----------
    path : Path
    title : str
        As the index calls it.
    about : str
        What one finds in it.
    """

    path: Path
    title: str
    about: str

    @property
    def address(self) -> str:
        """Name of the chapter's page in the address bar."""
        if self.path == INDEX:
            return "guide"
        return f"guide-{self.path.parent.name if self.path.stem == 'README' else self.path.stem}"

    @property
    def text(self) -> str:
        """Markdown as it stands in the file."""
        return self.path.read_text(encoding="utf-8")

    @property
    def sections(self) -> list[str]:
        """Headings below the title."""
        return re.findall(r"^## (.+)$", _FENCED.sub("", self.text), re.MULTILINE)


@cache
def chapters() -> tuple[Chapter, ...]:
    """The index and every chapter that it lists."""
    listed = _LISTED.findall(INDEX.read_text(encoding="utf-8"))
    return (
        Chapter(INDEX, "Guide", ""),
        *(
            Chapter((INDEX.parent / file).resolve(), title, " ".join(about.split()))
            for title, file, about in listed
        ),
    )


def anchor(heading: str) -> str:
    """What Streamlit and repository browsers call a heading of plain words."""
    return "-".join(re.findall(r"\w+", heading.lower()))


def pages() -> list[st.Page]:
    """A page for each chapter, of which the navigation names the first."""
    every: list[st.Page] = []
    for chapter in chapters():
        page = st.Page(
            partial(draw, chapter, every),
            title=chapter.title,
            url_path=chapter.address,
            visibility="visible" if chapter.path == INDEX else "hidden",
        )
        every.append(page)
    return every


def draw(chapter: Chapter, every: Sequence[st.Page]) -> None:
    """Draw a chapter beside the list of all."""
    position = chapters().index(chapter)
    st.html(Path(__file__).with_suffix(".css"))
    with st.container(key="guide_page"):
        beside, text = st.columns([1, 4], gap="medium")
        with beside, st.container(key="guide_chapters", gap=None):
            for k, page in enumerate(every):
                st.page_link(page)
                if k == position and chapter.path != INDEX:
                    write(_contents(chapter))
        with text, st.container(key="guide_text", gap="small"):
            if chapter.path == INDEX:
                _index(chapter, every)
            else:
                _body(chapter, chapter.text)
            if 0 < position < len(every) - 1:
                st.page_link(
                    every[position + 1],
                    label=f"Next: {chapters()[position + 1].title}",
                    icon=":material/arrow_forward:",
                    icon_position="right",
                )


def _contents(chapter: Chapter) -> str:
    items = "".join(
        f'<li><a href="#{escaped(anchor(heading))}">{escaped(heading)}</a></li>'
        for heading in chapter.sections
    )
    return f'<nav class="cg-contents" aria-label="In this chapter"><ul>{items}</ul></nav>'


def _index(index: Chapter, every: Sequence[st.Page]) -> None:
    """The index, whose list turns to the chapters without leaving the session."""
    _body(index, _LISTED.split(index.text, maxsplit=1)[0])
    for chapter, page in zip(chapters()[1:], every[1:], strict=True):
        with st.container(gap=None):
            st.page_link(page)
            st.markdown(chapter.about)


def _body(chapter: Chapter, text: str) -> None:
    begin = 0
    for found in _PICTURE.finditer(text):
        st.markdown(_linked(chapter, text[begin : found.start()]))
        st.image(chapter.path.parent / found[2], alt=found[1])
        begin = found.end()
    st.markdown(_linked(chapter, text[begin:]))


def _linked(chapter: Chapter, text: str) -> str:
    """Markdown whose links between files are links between pages; they keep what is chosen."""
    addresses = {one.path: one.address for one in chapters()}
    chosen = urlencode(to_query(session.current()))

    def to_page(found: re.Match[str]) -> str:
        words, (file, _, section) = found[1], found[2].partition("#")
        if not file:
            return found[0]
        address = addresses[(chapter.path.parent / file).resolve()]
        return f"[{words}](./{address}?{chosen}{'#' if section else ''}{section})"

    return _LINK.sub(to_page, text)
