"""Fixtures that open the app on small files, build its pages and run its commands."""

from __future__ import annotations

import json

import pytest

from dashboard.cli.main import main
from dashboard.session.choices import Choices
from dashboard.session.url import to_query
from metrics import Scenario, Today
from tests.dashboard import priced
from tests.dashboard.built import built_table
from tests.dashboard.pages import FILES, FOUR, OPTIONS, POINT, Page
from tests.dashboard.priced import PRICED
from tests.dashboard.tables import NASTY
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
def open_page(folder, monkeypatch):
    """Open one of the files; through a link if choices are given."""

    def page(name: str = "four", choices: Choices | None = None, **link: str) -> Page:
        link = to_query(choices or Choices()) | link
        return Page(monkeypatch, str(folder / f"{name}.csv"), *OPTIONS.get(name, ()), link=link)

    return page


@pytest.fixture
def open_without_intervals(open_page):
    """Open one of the files without intervals, which take most of the time of a page."""
    return lambda *given, **link: open_page(*given, **{"intervals": "off"} | link)


@pytest.fixture
def run(capsys):
    """Run a command; return its exit code and its output."""

    def run(*arguments):
        status = main([*map(str, arguments), "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def build_four(tmp_path):
    """Build the page of the four models at `POINT` unless other choices are given, without the app."""

    def build(**choices):
        return built_table(tmp_path, FOUR, Scenario(), Choices(**{"point": POINT, **choices}))

    return build


@pytest.fixture(scope="module")
def build_priced(tmp_path_factory):
    """Build the page of four models with prices, with intervals unless otherwise asked."""

    def build(choices=None, scenario=PRICED, *, resampled=True):
        folder = tmp_path_factory.mktemp("priced")
        return built_table(folder, priced.FOUR, scenario, choices or Choices(), resampled=resampled)

    return build


@pytest.fixture(scope="module")
def evidence_page(tmp_path_factory):
    """Page of the four models with a current system and intervals."""
    folder = tmp_path_factory.mktemp("evidence")
    scenario = Scenario(today=Today(NASTY[0], 0.4), miss_cost=4.0)
    return built_table(folder, FOUR, scenario, Choices(point=POINT), resampled=True)
