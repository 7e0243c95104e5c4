"""Links of version 0.1.0 open the view that they opened then, figure for figure."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from dashboard.page.decision_to_record import PICKED
from tests.older.doors import (
    FOR_EVER,
    OLD,
    address,
    command,
    decisions,
    differences,
    open_app,
    record,
    shown,
    told,
    values,
    words,
)

LINKS: dict[str, dict[str, Any]] = json.loads((OLD / "links/links.json").read_text())
KEPT: dict[str, str] = json.loads((OLD / "library.json").read_text())


MOVED = r"\.((figures\[\d+\]|seats\[\d\]\.(own|chosen))\[[23]\]|unsettled): "
"""Ends of an interval of the chosen point, or of a role's best if that is it, and what may be chance."""


def said(link: str) -> dict[str, str]:
    return dict(parse_qsl(link, keep_blank_values=True))


@pytest.mark.parametrize("name", sorted(LINKS))
def test_a_link_opens_the_view_that_it_opened(name, monkeypatch, tmp_path):
    link, register = LINKS[name], tmp_path / "decisions.sqlite"
    where = ("--register", register, "--library", tmp_path / "library")
    app = open_app(monkeypatch, *link["arguments"], *where, link=link["link"])
    assert address(app) == said(link["link"])
    record(app)
    [decision] = decisions(register)
    old, new = link["decided"], values(decision)
    assert said(new.pop("query")) == said(old["query"])
    differs = differences({**old, "query": None}, {**new, "query": None}, rel=1e-9)
    if said(link["link"]).get("limits"):  # which bind the best for each role, too
        differs = [one for one in differs if not re.match(r"\.seats\[\d\]\.(own|pick)", one)]
    if PICKED in decision["basis"]:  # intervals and chance allow for it
        differs = [one for one in differs if not re.match(MOVED, one)]
    assert differs == []


@pytest.mark.parametrize("name", sorted(LINKS))
def test_a_report_is_made_of_a_link(name, capsys, tmp_path):
    arguments = list(LINKS[name]["arguments"])
    if "--also" in arguments:
        arguments = arguments[: arguments.index("--also")]
    out = tmp_path / "report.html"
    link = f"http://127.0.0.1:8501/?{LINKS[name]['link']}"
    status, answer = told(capsys, "report", *arguments, "--link", link, "-o", out)
    assert (status, answer["status"]) == (0, "ok")
    text = words(out.read_text(encoding="utf-8"))
    decided = LINKS[name]["decided"]
    assert decided["data"]["fingerprint"] in text
    own_names = said(LINKS[name]["link"]).get("names", "")
    for seat in decided["seats"]:
        model = seat["pick"] and seat["pick"]["model"]
        assert model is None or model in own_names or model in text


def test_a_key_that_is_none_is_still_told(monkeypatch, tmp_path):
    """Else the two above would hold for a link that nobody reads."""
    app = open_app(
        monkeypatch, *LINKS["default"]["arguments"], "--library", tmp_path / "l",
        "--register", tmp_path / "r.sqlite", link="miss=-1",
    )  # fmt: skip
    assert "miss" in shown(app)


def test_a_link_that_was_kept_says_what_it_said(monkeypatch, tmp_path):
    library, register = tmp_path / "library", tmp_path / "decisions.sqlite"
    shutil.copytree(OLD / "library", library)
    where = ("--register", register, "--library", library, *FOR_EVER)
    app = open_app(monkeypatch, *LINKS["default"]["arguments"], *where, link=KEPT["short_link"])
    record(app)
    [decision] = decisions(register)
    long, now = said(KEPT["long_link"]), said(decision["query"])
    assert {key: now.get(key) for key in long} == long
    # The same view is kept under the same id, by the key of then.
    assert urlencode(address(app)) == KEPT["short_link"]


def test_a_report_is_made_of_a_link_that_was_kept(capsys, monkeypatch, tmp_path):
    shutil.copytree(OLD / "library", tmp_path / "library")
    monkeypatch.setenv("COMMON_GROUND_LIBRARY", str(tmp_path / "library"))
    arguments, out = LINKS["default"]["arguments"], tmp_path / "report.html"
    link = f"http://127.0.0.1:8501/?{KEPT['short_link']}"
    status = command()(["report", *arguments, "--link", link, "-o", str(out)])
    capsys.readouterr()
    assert status == 0
    assert "8 false alarms" in words(out.read_text(encoding="utf-8"))
