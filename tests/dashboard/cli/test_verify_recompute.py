"""Tests that the figures of decisions can be computed again from their stored tallies."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dashboard import page_view
from dashboard.analysis import resampled_figures
from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from dashboard.data.library import Library
from dashboard.data.uploads.store import UploadStore
from dashboard.decisions.register import Register
from dashboard.decisions.stored_tallies import StoredTallies
from dashboard.export.decision_to_record import decision_of
from dashboard.export.store_tally import store_tally
from dashboard.session.choices import Choices, Point
from metrics import Scenario, ScoreError, load_tally
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Today
from tests.dashboard.built import built_table
from tests.dashboard.decided import DECISION
from tests.dashboard.pages import FILES, FOUR, POINT, STAKEHOLDERS, Page
from tests.dashboard.tables import made
from tests.dashboard.uploaded import store_file
from tests.repository import ROOT


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def register(tmp_path):
    return Register(tmp_path / "decisions.sqlite")


def record(register, tmp_path, rows=FOUR, scenario=None, key="a", **changes):
    """Record a decision on rows with its tally; parts of it may be changed first."""
    chosen = {name: changes.pop(name) for name in ("point", "limits", "today") if name in changes}
    choices = Choices(**{"point": POINT, **chosen})
    page = built_table(tmp_path, rows, scenario or Scenario(), choices, resampled=True)
    tally = store_tally(page.analysis.dataset, register.tallies)
    return register.append(replace(decision_of(page, {}), tally=tally, **changes), key)


def test_recomputed_figures_equal_the_recorded_ones_to_the_digit(register, tmp_path, run):
    scenario = Scenario(
        miss_cost=4,
        units_per_year=100_000,
        today=Today(FOUR.models[0], 0.31),
        inspection=Inspection(false_alarms=0.5, catches=0.9, rejects=0.1),
    )
    record(register, tmp_path)
    record(register, tmp_path, scenario=scenario, key="b", limits=(("recall", 0.3),))
    weighted = Point(
        FILES["weighted"].models[0], FILES["weighted"].thresholds(FILES["weighted"].models[0])[9]
    )
    record(register, tmp_path, FILES["weighted"], key="c", point=weighted)
    status, output = run("verify", register.path, "--recompute")
    assert (status, output["problems"]) == (0, [])
    assert output["recomputed"]["same"] == [1, 2, 3]
    # Intervals were compared, too.
    assert all(sum(f.low == f.low for f in r.decision.figures) > 10 for r in register.all())


def test_recomputed_sums_of_values_are_equal_to_the_digit(register, run):
    """Each unit of this file has a value; the sums depend on how the values are stored."""
    columns = ("--label=label", "--id=id", "--value=value")
    dataset = open_dataset(app_options([str(ROOT / "tests/golden/files/pv_ir.parquet"), *columns]))
    choices = Choices(limits=(("recall", 0.9),))
    resampled_figures.resample(page_view.build(choices, dataset, "light").analysis)
    decision = decision_of(page_view.build(choices, dataset, "light"), {})
    tally = store_tally(dataset, register.tallies)
    register.append(replace(decision, tally=tally), "a")
    status, output = run("verify", register.path, "--recompute")
    assert (status, output["problems"]) == (0, [])


def test_a_figure_with_another_last_digit_is_found(register, tmp_path, run):
    figures = record(register, tmp_path).decision.figures
    k = next(k for k, f in enumerate(figures) if f.high == f.high)
    other = replace(figures[k], high=math.nextafter(figures[k].high, math.inf))
    record(register, tmp_path, key="b", figures=(*figures[:k], other, *figures[k + 1 :]))
    status, output = run("verify", register.path, "--recompute")
    [problem] = output["problems"]
    assert (status, problem["code"], problem["row"]) == (2, "E_FIGURE", 2)
    assert f"figures.{other.id}.high must be" in problem["message"]
    assert output["recomputed"]["same"] == [1]


def test_a_changed_stored_tally_is_refused(register, tmp_path, run):
    own = record(register, tmp_path).decision.tally
    other = record(register, tmp_path, made(rows=300, seed=9), key="b", point=None).decision.tally
    place = register.tallies.place(own.sha256)
    changed = place.read_bytes()[:-1] + b"x"
    for content in (None, changed, register.tallies.read(other.sha256)):
        place.unlink() if content is None else place.write_bytes(content)
        status, output = run("verify", register.path, "--recompute")
        problem = output["problems"][0]
        assert (status, problem["code"], problem["row"]) == (2, "E_TALLY", 1)
        # The hash chain is valid.
        assert run("verify", register.path)[0] == 0


def test_figures_that_counts_cannot_give_are_listed(register, tmp_path, run):
    register.append(DECISION, "recorded by an earlier version")
    priced = record(register, tmp_path, key="b").decision
    scenario = priced.scenario | {"miss_cost_by_type": {"crack": 9.0}}
    register.append(replace(priced, scenario=scenario), "c")
    status, output = run("verify", register.path, "--recompute")
    found = output["recomputed"]
    assert (status, found["same"], found["without_tally"]) == (0, [2], [1])
    assert found["needs_rows"] == {"3": "kinds of defect have their own prices"}


def test_a_system_between_the_thresholds_of_a_tally_needs_the_rows(register, tmp_path, run):
    rows = made(("net",), rows=6000, seed=5)
    # More scores than thresholds.
    scores = 0.3 * rows.labels + 0.6 * np.random.default_rng(5).random(6000)
    rows = replace(rows, scores={"net": scores})
    # The reader names a current system other than the one the data was opened with.
    record(register, tmp_path, rows, point=None, today=Point(rows.models[0], 0.31415926))
    status, output = run("verify", register.path, "--recompute")
    assert (status, output["recomputed"]["same"]) == (0, [])
    assert "between" in output["recomputed"]["needs_rows"]["1"]


def test_the_stored_tally_stays_after_its_upload(monkeypatch, folder, tmp_path, run):
    library, path = tmp_path / "library", tmp_path / "decisions.sqlite"
    store = Library(UploadStore(library, keep_days=36_500), max_thresholds=4096)
    rows = made(rows=300, seed=9)
    own = store_file(store, rows.write(tmp_path / "own.csv"), tmp_path / "own").fingerprint
    where = ("--register", str(path), "--library", str(library), "--keep-days", "36500")
    page = Page(monkeypatch, str(folder / "four.csv"), *where, link={"data": own})
    page.press("record_open").set("text_area", "why", "cheapest")
    for stakeholder in STAKEHOLDERS:
        page.app.text_input(key=f"who_{stakeholder}").set_value("Ada")
        page.app.button_group(key=f"says_{stakeholder}").set_value("agrees")
    page.run().press("record_now")
    store.remove_for_all(own)
    assert store.find(own) is None
    register = Register(path)
    [recorded] = register.all()
    assert recorded.decision.tally is not None
    tally = load_tally(register.tallies.read(recorded.decision.tally.sha256))
    assert tally.rows == len(rows.labels)
    status, output = run("verify", path, "--recompute")
    assert (status, output["recomputed"]["same"]) == (0, [1])


def test_a_tally_is_stored_once_and_within_the_limit(tmp_path):
    tallies = StoredTallies(tmp_path / "r.sqlite", most_bytes=10)
    digest = tallies.put(b"12345678")
    assert tallies.put(b"12345678") == digest
    assert [path.name for path in tallies.folder.iterdir()] == [f"{digest}.tally"]
    with pytest.raises(ScoreError, match="room for the counts") as error:
        tallies.put(b"abc")
    assert error.value.code == "E_REGISTER"
    assert tallies.read(digest) == b"12345678"
    (tmp_path / "x-tallies").write_text("in the way")
    with pytest.raises(ScoreError, match="room for the counts") as error:
        StoredTallies(tmp_path / "x").put(b"abc")
    assert error.value.code == "E_REGISTER"
