"""Tests that ``verify`` finds changed, dropped or cut-off decisions, and reports nothing else."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3

import pytest

from dashboard.cli.main import main
from dashboard.decisions.canonical_json import canonical, hash_of
from dashboard.decisions.read_export import expected_of
from dashboard.decisions.register import Register
from dashboard.decisions.register_file import SCHEMA
from dashboard.decisions.verify_register import Expected, verify
from tests.dashboard.decided import DECISION, change_without_triggers, forge, record_decisions
from tests.metrics.opening import error_of


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return record_decisions(tmp_path_factory.mktemp("register") / "decisions.sqlite", 3)


@pytest.fixture
def register(whole, tmp_path):
    """Copy of a register to damage, closed by its writer so that its file is complete."""
    assert not whole.path.with_name(f"{whole.path.name}-wal").exists()
    path = tmp_path / "decisions.sqlite"
    shutil.copy(whole.path, path)
    return Register(path)


def change(path, *statements):
    """Change a register outside of the app, as its owner could."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def codes(path, expected=None):
    return {problem.code for problem in verify(path, expected).problems}


def test_an_unchanged_register_has_no_findings(register, run):
    code, output = run("verify", register.path)
    assert code == 0
    assert output["status"] == "ok"
    assert output["decisions"] == 3
    assert output["head"] == register.all()[-1].hash
    assert output["problems"] == []


@pytest.mark.parametrize("name", [name for name in SCHEMA if name != "decisions"])
def test_a_dropped_trigger_is_found(register, name):
    change(register.path, f"DROP TRIGGER {name}")
    assert codes(register.path) == {"E_SCHEMA"}


def test_a_weaker_trigger_and_additions_are_found(register):
    change(
        register.path,
        "DROP TRIGGER no_update",
        "CREATE TRIGGER no_update BEFORE UPDATE ON decisions BEGIN SELECT 1; END",
    )
    assert codes(register.path) == {"E_SCHEMA"}
    change(
        register.path,
        "DROP TRIGGER no_update",
        SCHEMA["no_update"],
        "CREATE VIEW theirs AS SELECT 1",
    )
    assert codes(register.path) == {"E_SCHEMA"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET entry = replace(entry, 'reason 1', 'reason 7') WHERE number = 2",
        "UPDATE decisions SET hash = printf('%064d', 3) WHERE number = 3",
        "UPDATE decisions SET key = 'another' WHERE number = 2",
        "UPDATE decisions SET previous = printf('%064d', 7) WHERE number = 1",
        "DELETE FROM decisions WHERE number = 2",
        "DELETE FROM decisions WHERE number = 1",
        "UPDATE decisions SET number = 9 WHERE number = 3",
    ],
)
def test_a_changed_row_is_found(register, statement):
    change_without_triggers(register.path, statement)
    assert codes(register.path) == {"E_CHAIN"}


def test_a_row_forged_with_a_valid_hash_is_found_by_the_next_row(register):
    forge(register.path, 2, why="something nobody said")
    [problem] = verify(register.path).problems
    assert (problem.code, problem.row) == ("E_CHAIN", 3)


def test_a_cut_off_end_is_found_only_by_a_hash_from_outside(register, tmp_path, run):
    last = register.all()[-1]
    export = tmp_path / "decision.json"
    export.write_text(json.dumps(last.as_dict()))
    report = tmp_path / "report.html"
    report.write_text(
        f'<meta name="common-ground:number" content="3">'
        f'<meta name="common-ground:hash" content="{last.hash}">'
    )
    against = [("--head", last.hash), ("--report", export), ("--report", report)]
    for form in against:
        assert run("verify", register.path, *form)[0] == 0
    change_without_triggers(register.path, "DELETE FROM decisions WHERE number = 3")
    assert verify(register.path).problems == ()
    for form in against:
        code, output = run("verify", register.path, *form)
        assert code == 2
        assert [problem["code"] for problem in output["problems"]] == ["E_HEAD"]


def test_an_earlier_hash_is_found_in_the_chain(register):
    first = register.all()[0]
    assert codes(register.path, Expected(first.hash, 1)) == set()
    assert codes(register.path, Expected(first.hash, 2)) == {"E_HEAD"}


def test_a_changed_export_is_found(register, tmp_path, run):
    export = tmp_path / "decision.json"
    given = register.all()[0].as_dict()
    given["decision"]["why"] = "something nobody said"
    export.write_text(json.dumps(given))
    code, output = run("verify", register.path, "--report", export)
    assert (code, output["problems"][0]["code"]) == (2, "E_CHAIN")


@pytest.mark.parametrize(
    ("part", "value"), [("rows", "many"), ("rows", True), ("files", "trial.csv"), ("colour", "red")]
)
def test_a_row_without_a_decision_is_found_though_its_hash_is_right(register, part, value):
    data = register.all()[-1].decision.as_dict()["data"]
    forge(register.path, 3, data=data | {part: value})
    [problem] = verify(register.path).problems
    assert (problem.code, problem.row) == ("E_CHAIN", 3)
    assert f"data.{part} must" in problem.message


@pytest.mark.parametrize(
    ("part", "value"), [("number", "1"), ("number", 0), ("number", True), ("key", 3), ("more", 1)]
)
def test_an_export_of_an_unknown_version_is_refused(register, tmp_path, part, value):
    export = register.all()[0].as_dict() | {part: value}
    entry = {name: held for name, held in export.items() if name != "hash"}
    path = tmp_path / "decision.json"
    path.write_text(json.dumps(entry | {"hash": hash_of(canonical(entry))}))
    assert error_of(expected_of, path).code == "E_FILE"


@pytest.mark.parametrize("text", ["", "{}", "[]", "<html></html>", '{"hash": 3}', "\udcff"])
def test_a_file_that_is_no_export_is_refused(register, tmp_path, run, text):
    export = tmp_path / "export"
    export.write_bytes(text.encode(errors="surrogateescape"))
    code, output = run("verify", register.path, "--report", export)
    assert (code, output["status"]) == (2, "refused")


def test_every_flipped_bit_that_changes_a_decision_is_found(register):
    """A flip without a finding is in unused bytes, and all decisions are read unchanged."""
    before = [one.as_dict() for one in register.all()]
    head = before[-1]["hash"]
    data = register.path.read_bytes()
    rng = random.Random(3)
    found = 0
    for place in rng.sample(range(len(data)), 300):
        spoilt = bytearray(data)
        spoilt[place] ^= 1 << rng.randrange(8)
        register.path.write_bytes(spoilt)
        if verify(register.path, Expected(head, 3)).problems:
            found += 1
        else:
            assert [one.as_dict() for one in register.all()] == before
    assert found > 100


def test_every_flip_inside_an_entry_is_found(register):
    data = register.path.read_bytes()
    text = canonical({"why": "reason 1"})[1:-1].encode()
    start = data.index(text)
    for place in range(start, start + len(text)):
        for bit in range(8):
            spoilt = bytearray(data)
            spoilt[place] ^= 1 << bit
            register.path.write_bytes(spoilt)
            assert verify(register.path).problems


def test_the_exit_code_and_the_output_state_the_result(register, run, capsys, tmp_path):
    assert main(["verify", str(register.path)]) == 0
    assert register.all()[-1].hash in capsys.readouterr().out
    exported = tmp_path / "decision.json"
    exported.write_text(json.dumps(register.all()[0].as_dict()), encoding="utf-8")
    assert main(["verify", str(register.path), "--report", str(exported)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert f"{exported}: decision 1 is in the register under the hash" in printed
    assert "was not compared" in printed
    assert run("verify", tmp_path / "none")[0] == 2
    assert run("verify", register.path, "--head", "abc")[0] == 64
    assert run("verify", register.path, "--objectives", "own.py")[0] == 64  # not --recompute
    both = ("--head", "0" * 64, "--report", "x")
    assert run("verify", register.path, *both)[0] == 64
    (tmp_path / "text").write_text("no register" * 500)
    assert run("verify", tmp_path / "text")[0] == 2


def test_a_read_only_register_is_verified(register):
    register.append(DECISION, "one more")
    folder = register.path.parent
    try:
        register.path.chmod(0o444)
        folder.chmod(0o555)
        assert verify(register.path).problems == ()
    finally:
        folder.chmod(0o755)
