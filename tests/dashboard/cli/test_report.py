"""Tests of ``common-ground report``, which writes the page's content without a browser."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import numpy as np
import pytest

from dashboard.cli.main import main
from dashboard.data.installation_keys import read_or_create_seal_key
from dashboard.data.short_links import ShortLinks
from dashboard.data.uploads.store import UploadStore
from dashboard.decisions.decision_facts import facts_of
from dashboard.decisions.entry import Recorded
from dashboard.decisions.proposal import proposals
from dashboard.decisions.register import Register
from dashboard.decisions.signature import Signature
from dashboard.export.decision_files import decision_json
from dashboard.session.choices import LONGEST_NOTE, Choices
from dashboard.session.url import to_query
from metrics import Scenario
from tests.dashboard import hostile_files
from tests.dashboard.pages import FOUR, POINT, words
from tests.dashboard.signatures import signature


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "four.csv"
    FOUR.write(path)
    return path


def test_figures_in_a_report_equal_those_of_the_rows(run, four, tmp_path):
    out = tmp_path / "report.html"
    (tmp_path / "s.toml").write_text("miss_cost = 3")
    link = f"http://127.0.0.1:8501/table?{urlencode(to_query(Choices(point=POINT)))}"
    rest = ["--scenario", tmp_path / "s.toml", "--link", link, "--misses", 2, "-o", out]
    code, output = run("report", four, *rest)
    assert (code, output["status"], output["output"]) == (0, "ok", str(out))
    text = " ".join(words(out.read_text(encoding="utf-8")).split())
    assert "was not recorded" in text
    assert POINT.model in text
    for o in ("log_loss", "missed_defects", "cost_of_errors", "recall"):
        assert FOUR.text(o, POINT.model, POINT.threshold, Scenario(miss_cost=3)) in text
    assert "A miss costs 3 false alarms" in text
    assert len(re.findall(r"<figure[ >]", out.read_text())) == 2
    assert "95%:" in text
    scores = FOUR.scores[POINT.model]
    lost = np.flatnonzero((FOUR.labels == 1) & (scores < POINT.threshold))
    missed = [f"u{k}" for k in lost[np.argsort(scores[lost], kind="stable")]]
    assert f"Missed defects: the first 2 of {len(missed)} in the file, lowest score first" in text
    shown = text[text.index("What it gets wrong") :]
    assert [unit for unit in missed if unit in shown.split()] == missed[:2]


def test_a_report_of_a_decision_has_its_recorded_words(run, tmp_path):
    path = hostile_files.write_scores(tmp_path)[0]
    dataset = hostile_files.open_dataset(path)
    one, _ = hostile_files.record_decisions(dataset, Register(tmp_path / "r.sqlite"))[0]
    given = tmp_path / "decision.json"
    given.write_text(decision_json(facts_of(one)))
    out = tmp_path / "report.html"
    arguments = [*hostile_files.write_scores(tmp_path), "--decision", given, "-o", out]
    code, _ = run("report", *arguments)
    assert code == 0
    text = out.read_text(encoding="utf-8")
    assert one.hash in text
    assert "was not recorded" not in words(text)
    changed = json.loads(given.read_text())
    changed["decision"]["why"] = "another"
    given.write_text(json.dumps(changed))
    assert run("report", *arguments)[0] == 2


@pytest.mark.parametrize("is_own", [True, False])
def test_signers_are_named_if_the_seals_are_of_this_machine(run, tmp_path, is_own):
    path = hostile_files.write_scores(tmp_path)[0]
    register = Register(tmp_path / "r.sqlite")
    one, _ = hostile_files.record_decisions(hostile_files.open_dataset(path), register)[0]
    key = read_or_create_seal_key() if is_own else b"o" * 32

    def proposed(recorded: Recorded) -> Signature:
        return signature(recorded.hash, "proposes", waits_for=("data",)).sealed(key)

    made = register.append(one.decision, "again", propose=proposed, seal_key=key)
    signed = signature(made.hash, "agrees", "dora@example.com", stakeholder="data").sealed(key)
    register.sign(signed, key)
    reading = register.read()
    given, out = tmp_path / "decision.json", tmp_path / "report.html"
    found = proposals(reading.decisions, reading.signatures, key)[-1]
    given.write_text(decision_json(facts_of(made, found)))
    arguments = [*hostile_files.write_scores(tmp_path), "--decision", given, "-o", out]
    code, output = run("report", *arguments)
    assert code == 0
    assert ("E_SEAL" in [one["code"] for one in output["problems"]]) != is_own
    assert ("dora@example.com" in out.read_text(encoding="utf-8")) == is_own


def test_a_decision_about_other_data_is_refused(run, four, tmp_path):
    out = tmp_path / "report.html"
    link = "?" + urlencode(to_query(Choices(data="sha256:" + "0" * 64)))
    code, output = run("report", four, "--link", link, "-o", out)
    assert (code, output["problems"][0]["code"]) == (2, "E_DATA")
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["-o", "{folder}/none/out.html"], 2),
        (["-o", "{folder}/out.html", "--link", "?point=nothing"], 64),
        ([], 64),
        (["-o", "{folder}/out.html", "--decision", "{folder}/missing.json"], 2),
        (["-o", "{folder}/out.html", "--label", "missing"], 2),
    ],
)
def test_impossible_requests_are_refused_with_a_reason(run, four, tmp_path, arguments, code):
    given = [part.format(folder=tmp_path) for part in arguments]
    assert run("report", four, *given)[0] == code
    assert list(tmp_path.iterdir()) == []


def test_a_tally_refuses_only_options_of_reading(run, four, tmp_path):
    tally, out = tmp_path / "four.tally", tmp_path / "out.html"
    assert run("tally", four, "-o", tally)[0] == 0
    _, output = run("report", tally, "--decision", tmp_path / "missing.json", "-o", out)
    assert output["problems"][0]["code"] == "E_FILE"
    _, output = run("report", tally, "--decision-column", "decided", "-o", out)
    assert output["problems"][0]["code"] == "E_TALLY"


def test_a_short_link_is_followed_or_refused(run, capsys, four, tmp_path, monkeypatch):
    monkeypatch.setenv("COMMON_GROUND_LIBRARY", str(tmp_path / "library"))
    chosen = Choices(point=POINT, notes=((POINT.model, "n" * LONGEST_NOTE),))
    kept = ShortLinks(UploadStore(tmp_path / "library")).shortened(to_query(chosen))
    assert list(kept) == ["kept"]
    out = tmp_path / "report.html"
    code, _ = run("report", four, "--link", f"http://x/?{urlencode(kept)}", "-o", out)
    assert code == 0
    assert f"{POINT.model} at" in words(out.read_text(encoding="utf-8"))
    out.unlink()
    code = main(["report", str(four), "--link", f"http://x/?kept={'0' * 32}", "-o", str(out)])
    assert code == 64
    assert "kept on the server" in capsys.readouterr().err
    assert not out.exists()
