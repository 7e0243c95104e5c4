"""Tests of the guide in the app: every chapter is drawn, and its links lead to pages."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from dashboard.session.choices import Choices
from dashboard.session.url import to_query
from dashboard.views.guide.chapters import chapters


def test_every_chapter_is_drawn_with_its_pictures_and_its_links_keep_the_choices(open_page):
    chosen, addresses, found = Choices(miss_cost=7.0), [one.address for one in chapters()], 0
    page = open_page(choices=chosen)
    for chapter in chapters():
        page.turn(chapter.address)
        text = "\n".join(element.value for element in page.app.markdown)
        assert all(f"## {heading}" in text for heading in chapter.sections), chapter.address
        pictures = re.findall(r"^!\[(.+)\]\(.+\)$", chapter.text, re.MULTILINE)
        drawn = [image.alt for box in page.app.get("image") for image in box.proto.imgs]
        assert drawn == pictures
        assert "![" not in text
        led = [link.proto.page for link in page.app.get("page_link")]
        assert led[: len(addresses)] == addresses
        for link in re.findall(r"\]\(([^)#][^)]*)\)", text):
            parts = urlsplit(link)
            if not parts.scheme:
                assert parts.path.removeprefix("./") in addresses
                assert to_query(chosen).items() <= dict(parse_qsl(parts.query)).items()
                found += 1
    assert found
