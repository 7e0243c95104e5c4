"""Tests of the popovers that explain the two charts."""

from __future__ import annotations

import pytest

from dashboard.session.choices import Choices
from tests.dashboard.pages import words

IMPOSSIBLE = (("recall", 1.0), ("share_flagged", 0.01))


@pytest.mark.parametrize(
    ("choices", "has_star"),
    [
        (Choices(), True),
        (Choices(limits=IMPOSSIBLE), False),
        (Choices(axes=("data", "product")), False),
    ],
)
def test_the_star_is_explained_only_on_a_front_with_a_star(open_page, choices, has_star):
    page = open_page(choices=choices)
    marks = page.message("front").head.get("marks", [])
    assert has_star == any(mark["kind"] == "compromise" for mark in marks)
    how = " ".join(words(text) for text in page.markup if "cg-how" in text)
    assert has_star == (
        "Star: the fair option, the compromise with the smallest worst-case loss" in how
    )
    steps = " ".join(text for text in page.markup if "cg-step" in text and "air option" in text)
    assert ('title="The compromise with the smallest worst-case loss' in steps) == (
        "No fair option" not in steps
    )
