"""The guide, a page for each chapter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.session import session
from dashboard.session.url import to_query
from dashboard.views.elements import head, render, write
from dashboard.views.guide.chapters import INDEX, Chapter, Illustration, anchor, chapters


def pages() -> list[st.Page]:
    """A page for each chapter; the navigation shows only the first."""
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
    """Draw a chapter next to the list of all chapters."""
    write(head("Guide", level=0))
    with st.container(key="guide_page"):
        beside, text = st.columns([1, 4], gap="medium")
        with beside, st.container(key="guide_chapters", gap=None):
            for one, page in zip(chapters(), every, strict=True):
                st.page_link(page)
                if one == chapter and chapter.path != INDEX:
                    links = [(heading, anchor(heading)) for heading in chapter.sections]
                    write(render("guide/contents.html", links=links))
        with text, st.container(key="guide_text", gap="small"):
            for part in chapter.parts(to_query(session.current())):
                if isinstance(part, Illustration):
                    st.image(part.path, alt=part.alt)
                else:
                    st.markdown(part)
            if chapter.path == INDEX:
                _list(every)
            else:
                _next(chapters().index(chapter) + 1, every)


def _list(every: Sequence[st.Page]) -> None:
    """List of the index, as links that stay in the session."""
    for chapter, page in zip(chapters()[1:], every[1:], strict=True):
        with st.container(gap=None):
            st.page_link(page)
            st.markdown(chapter.about)


def _next(position: int, every: Sequence[st.Page]) -> None:
    """Link to the chapter at a position; nothing after the last chapter."""
    if position < len(every):
        st.page_link(
            every[position],
            label=f"Next: {chapters()[position].title}",
            icon=":material/arrow_forward:",
            icon_position="right",
        )
