"""Fixtures that open the Data page of a file, and the command line of a year of production."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.session.choices import Choices
from tests.dashboard.inspected import TOML
from tests.dashboard.pages import FOUR, Page


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
