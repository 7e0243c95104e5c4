"""Tests of the guide in the app: every chapter is drawn, and its links lead to pages."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard.session.choices import Choices
from dashboard.session.url import to_query
from dashboard.views.guide.chapters import chapters


@pytest.fixture
def chapter_page(opened):
    """Open the app, and switch to the page of a chapter."""

    def page(chapter, choices=None):
        return opened("four", choices).turn(chapter.address)

    return page


def markdown(page):
    return "\n".join(element.value for element in page.app.markdown)


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.address)
def test_a_chapter_is_drawn_with_its_pictures_and_the_list_of_chapters(chapter_page, chapter):
    page = chapter_page(chapter)
    text = markdown(page)
    assert all(f"## {heading}" in text for heading in chapter.sections)
    pictures = re.findall(r"^!\[(.+)\]\(.+\)$", chapter.text, re.MULTILINE)
    drawn = [image.alt for box in page.app.get("image") for image in box.proto.imgs]
    assert drawn == pictures
    assert "![" not in text
    led = [link.proto.page for link in page.app.get("page_link")]
    assert led[: len(chapters())] == [one.address for one in chapters()]


def test_links_between_chapters_keep_the_choices(chapter_page):
    chosen = Choices(miss_cost=7.0)
    addresses = {chapter.address for chapter in chapters()}
    found = 0
    for chapter in chapters():
        page = chapter_page(chapter, chosen)
        for link in re.findall(r"\]\(([^)#][^)]*)\)", markdown(page)):
            parts = urlsplit(link)
            if not parts.scheme:
                assert parts.path.removeprefix("./") in addresses
                query = dict(parse_qsl(parts.query))
                assert to_query(chosen).items() <= query.items()
                found += 1
    assert found
