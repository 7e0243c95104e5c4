"""The guide, a page for each chapter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.session import session
from dashboard.session.url import to_query
from dashboard.views.guide.chapters import INDEX, Chapter, Illustration, anchor, chapters
from dashboard.views.html_elements import head, render, write


def pages() -> list[st.Page]:
    """A page for each chapter; the navigation shows only the first."""
    all_pages: list[st.Page] = []
    for chapter in chapters():
        page = st.Page(
            partial(draw, chapter, all_pages),
            title=chapter.title,
            url_path=chapter.address,
            visibility="visible" if chapter.path == INDEX else "hidden",
        )
        all_pages.append(page)
    return all_pages


def draw(chapter: Chapter, all_pages: Sequence[st.Page]) -> None:
    """Draw a chapter next to the list of all chapters."""
    write(head("Guide", level=0))
    with st.container(key="guide_page"):
        contents, text = st.columns([1, 4], gap="medium")
        with contents, st.container(key="guide_chapters", gap=None):
            for listed, page in zip(chapters(), all_pages, strict=True):
                st.page_link(page)
                if listed == chapter and chapter.path != INDEX:
                    links = [(heading, anchor(heading)) for heading in chapter.sections]
                    write(render("guide/contents.html", links=links))
        with text, st.container(key="guide_text", gap="small"):
            for part in chapter.parts(to_query(session.current())):
                if isinstance(part, Illustration):
                    st.image(part.path, alt=part.alt)
                else:
                    st.markdown(part)
            if chapter.path == INDEX:
                _draw_index(all_pages)
            else:
                _draw_next_chapter(chapters().index(chapter) + 1, all_pages)


def _draw_index(all_pages: Sequence[st.Page]) -> None:
    """List of the index, as links that stay in the session."""
    for chapter, page in zip(chapters()[1:], all_pages[1:], strict=True):
        with st.container(gap=None):
            st.page_link(page)
            st.markdown(chapter.about)


def _draw_next_chapter(position: int, all_pages: Sequence[st.Page]) -> None:
    """Link to the chapter at a position; nothing after the last chapter."""
    if position < len(all_pages):
        st.page_link(
            all_pages[position],
            label=f"Next: {chapters()[position].title}",
            icon=":material/arrow_forward:",
            icon_position="right",
        )
