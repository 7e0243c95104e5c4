"""Fixtures that open the pages Data and Limits, or a page with a register of decisions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dashboard.session.choices import Choices
from dashboard.session.url import to_query
from tests.dashboard.inspected import TOML
from tests.dashboard.pages import FOUR, Page
from tests.dashboard.record_dialog import PRICED_TOML


@pytest.fixture
def year_arguments(tmp_path: Path) -> list[str]:
    """Command line that opens four models under the scenario `TOML`, which has no inspectors."""
    (tmp_path / "s.toml").write_text(TOML, encoding="utf-8")
    return [FOUR.write(tmp_path / "scores.csv"), "--scenario", str(tmp_path / "s.toml")]


@pytest.fixture
def open_data_page(open_without_intervals):
    """Open one of the files, and switch to its Data page."""

    def open_it(name: str = "four", choices: Choices | None = None) -> Page:
        page: Page = open_without_intervals(name, choices)
        return page.turn("data")

    return open_it


@pytest.fixture
def open_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Open the Limits page of four models, without intervals unless the link asks for them."""

    def open_it(choices: Choices | None = None, **link: str) -> Page:
        path = FOUR.write(tmp_path / "four.csv")
        link = {"intervals": "off"} | to_query(choices or Choices()) | link
        return Page(monkeypatch, path, link=link, at="limits")

    return open_it


@pytest.fixture
def register_file(tmp_path: Path) -> Path:
    return tmp_path / "decisions.sqlite"


@pytest.fixture
def open_with_register(
    folder, monkeypatch: pytest.MonkeyPatch, register_file: Path, tmp_path: Path
):
    """Open four models with prices, without intervals, on a server that stores decisions."""
    (tmp_path / "s.toml").write_text(PRICED_TOML)

    def open_it(link: Mapping[str, Any] | None = None) -> Page:
        given = ("--scenario", str(tmp_path / "s.toml"), "--register", str(register_file))
        link = {"intervals": "off"} | dict(link or {})
        return Page(monkeypatch, str(folder / "four.csv"), *given, link=link)

    return open_it
