"""Fixtures that open the app on small files."""

from __future__ import annotations

import pytest

from dashboard.session.choices import Choices
from dashboard.session.url import to_query
from tests.dashboard.pages import FILES, OPTIONS, Page
from tests.running import scanned_once


@pytest.fixture(scope="session", autouse=True)
def _scanned_once():
    with scanned_once():
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, rows in FILES.items():
        rows.write(folder / f"{name}.csv")
    return folder


@pytest.fixture
def opened(folder, monkeypatch):
    """Open one of the files; through a link if choices are given."""

    def page(name: str = "four", choices: Choices | None = None, **link: str) -> Page:
        link = to_query(choices or Choices()) | link
        return Page(monkeypatch, str(folder / f"{name}.csv"), *OPTIONS.get(name, ()), link=link)

    return page
