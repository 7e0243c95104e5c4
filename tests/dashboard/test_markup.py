"""Tests that a name is shown unchanged, and never as Markdown."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.markup import plain


@pytest.mark.parametrize(
    "name", ["scores", "hist_gradient_boosting", "net-2.csv", "a + b", "50 % (v1)"]
)
def test_a_usual_name_is_shown_unchanged(name):
    assert plain(name) == name


@given(st.text(st.sampled_from("ab\\`*_[]<>~$&!()#+-=1.:/@ \n\u202e"), max_size=12))
@example("![x](https:3405803777)")
@example("[c](http://evil.example)")
@example("1. a")
def test_a_name_is_never_markdown(name):
    said = plain(name)
    assert "\n" not in said
    assert "\u202e" not in said
    # A backslash precedes each character that begins Markdown.
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*\[\]<>~$&]", said)
    assert not re.search(r"^[#+=-]|^\d+[.)]", said)
    # Without the backslashes only links and pictures differ.
    shown = re.sub(r"\\([^\w\s]|_)", r"\1", said)
    assert shown.replace("\N{WORD JOINER}", "") == " ".join(
        name.replace("\u202e", "\N{REPLACEMENT CHARACTER}").split()
    )


@pytest.mark.parametrize(
    "name", ["http://a.b", "HTTPS://a.b", "www.a.b", "a@b.c", ":smile:", "x:red[y]"]
)
def test_an_address_in_a_name_does_not_become_a_link(name):
    assert plain(name).count("\N{WORD JOINER}") >= 1
