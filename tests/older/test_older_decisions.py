"""Decisions that version 0.1.0 recorded and exported are read, found, and followed by new ones."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from pptx import Presentation

from tests.older.doors import OLD, SINCE, decisions, open_app, record, shown, told, words
from tests.older.test_older_links import LINKS

EXPORTS: dict[int, dict[str, Any]] = {
    number: json.loads((OLD / f"decisions/decision-{number}.json").read_text()) for number in (1, 2)
}
READ = LINKS["over a scenario file"]["arguments"]
"""The command line on which they were recorded."""
PRINTED = (
    "missed_defects", "false_alarms", "share_flagged", "recall", "precision", "cost_of_errors",
    "revenue_impact", "log_loss", "roc_auc",
)  # fmt: skip
"""Figures that a report has whatever was wanted."""


@pytest.fixture
def register(tmp_path):
    """A copy: whoever opens one writes beside it."""
    return shutil.copy(OLD / "decisions/decisions.sqlite", tmp_path / "decisions.sqlite")


def test_the_exports_are_in_both_forms():
    assert [export["decision"]["form"] for export in EXPORTS.values()] == [1, 2]
    assert EXPORTS[2]["decision"]["unsettled"]
    assert EXPORTS[2]["decision"]["supersedes"] == 1


@pytest.mark.parametrize("export", ["decision-1.json", "decision-2.json", "decision-1.html"])
def test_the_chain_is_whole_and_holds_what_was_exported(export, register, capsys):
    status, answer = told(capsys, "verify", register, "--report", OLD / "decisions" / export)
    assert (status, answer["status"], answer["problems"]) == (0, "ok", [])
    assert (answer["decisions"], answer["head"]) == (2, EXPORTS[2]["hash"])


def test_an_export_that_was_changed_is_still_found_out(register, capsys, tmp_path):
    changed = json.loads(json.dumps(EXPORTS[2]))
    changed["decision"]["seats"][0]["name"] = "Somebody else"
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    status, answer = told(capsys, "verify", register, "--report", tmp_path / "changed.json")
    assert (status, answer["problems"][0]["code"]) == (2, "E_CHAIN")


ODD: dict[str, Any] = json.loads((OLD / "decisions/decision-odd.json").read_text())
"""Of a ranking: nothing is flagged, one pick is none, today ships everything, figures are undefined."""


@pytest.mark.parametrize(
    ("name", "export", "arguments"),
    [
        ("decision-1", EXPORTS[1], READ),
        ("decision-2", EXPORTS[2], READ),
        ("decision-odd", ODD, ["scores/plain.csv", "--scale", "rank"]),
    ],
)
def test_a_report_is_made_of_an_export(name, export, arguments, capsys, tmp_path):
    out, given = tmp_path / "report.html", OLD / f"decisions/{name}.json"
    status, answer = told(capsys, "report", *arguments, "--decision", given, "-o", out)
    assert (status, answer["status"]) == (0, "ok")
    text = words(out.read_text(encoding="utf-8"))
    decision = export["decision"]
    for said in (
        export["hash"],
        decision["why"],
        decision["objections"],
        *decision["verdict"],
        *(seat["name"] for seat in decision["seats"]),
        *(seat["words"] for seat in decision["seats"]),
        *(seat["chosen"]["text"] for seat in decision["seats"]),
        *(figure["text"] for figure in decision["figures"] if figure["id"] in PRINTED),
        *(figure["range"] for figure in decision["figures"] if figure["id"] in PRINTED),
    ):
        assert " ".join(said.split()) in text
    slides = tmp_path / "slides.pptx"
    assert told(capsys, "report", *arguments, "--decision", given, "-o", slides)[0] == 0
    assert len(Presentation(slides).slides) > 1


def test_a_report_made_now_is_found_in_the_old_register(register, capsys, tmp_path):
    out, given = tmp_path / "report.html", OLD / "decisions/decision-2.json"
    assert told(capsys, "report", *READ, "--decision", given, "-o", out)[0] == 0
    status, answer = told(capsys, "verify", register, "--report", out)
    assert (status, answer["decisions"]) == (0, 2)


def test_the_odd_one_is_odd():
    decision = ODD["decision"]
    assert decision["chosen"]["threshold"] == "inf"
    assert decision["today"]["model"] is None
    assert None in [seat["pick"] for seat in decision["seats"]]
    assert None in [figure["value"] for figure in decision["figures"]]
    assert decision["data"]["scale"] == "rank"


def test_the_page_lists_them(register, monkeypatch, tmp_path):
    where = ("--register", register, "--library", tmp_path / "library")
    app = open_app(monkeypatch, *READ, *where, page="decisions")
    text = shown(app)
    for export in EXPORTS.values():
        assert words(export["decision"]["why"]) in text
        for seat in export["decision"]["seats"]:
            assert seat["name"] in text
            assert words(seat["words"]) in text
    assert "Its data is here, unchanged" in text
    for number in EXPORTS:
        app.checkbox(key=f"beside_{number}").check()
    app.run()
    assert [raised.value for raised in app.exception] == []
    assert "What differs" in shown(app)


@pytest.mark.parametrize("number", EXPORTS)
def test_the_link_of_a_decision_reopens_its_view(number, monkeypatch, tmp_path):
    old = EXPORTS[number]["decision"]
    register = tmp_path / "again.sqlite"
    where = ("--register", register, "--library", tmp_path / "library")
    app = open_app(monkeypatch, *READ, *where, link=old["query"])
    record(app)
    [now] = decisions(register)
    assert now["query"] == old["query"]
    for name in ("chosen", "today"):
        assert now[name]["model"] == old[name]["model"]
        assert now[name]["threshold"] == old[name]["threshold"]
    for name in ("figures", "figures_today"):
        before = {figure["id"]: figure["value"] for figure in old[name]}
        after = {f["id"]: f["value"] for f in now[name] if f["id"] not in SINCE}
        assert after == pytest.approx(before, rel=1e-9)


def test_a_new_decision_follows_the_old_ones(register, capsys, monkeypatch, tmp_path):
    where = ("--register", register, "--library", tmp_path / "library")
    record(open_app(monkeypatch, *READ, *where), "the third")
    rows = decisions(register)
    assert [row["number"] for row in rows] == [1, 2, 3]
    assert rows[2]["previous"] == rows[1]["hash"] == EXPORTS[2]["hash"]
    assert (rows[2]["why"], rows[0]["why"]) == ("the third", EXPORTS[1]["decision"]["why"])
    status, answer = told(capsys, "verify", register, "--head", EXPORTS[1]["hash"])
    assert (status, answer["decisions"], answer["head"]) == (0, 3, rows[2]["hash"])
