"""Test of the pages of a list."""

from __future__ import annotations

from dashboard.views.menus import pager


def test_short_lists_have_no_pages():
    assert [pager("x", "models", count) for count in (0, 1, 12)] == [range(0), range(1), range(12)]
