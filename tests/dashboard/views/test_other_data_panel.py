"""Tests of picks evaluated on other data: on the page, in the link, and in words."""

from __future__ import annotations

import gc
import re
import weakref
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from dashboard.analysis import cache
from dashboard.analysis.evidence import transfer
from dashboard.data.library import Library
from dashboard.data.tally_job import TallyJob
from dashboard.data.uploads.store import UploadStore
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES, Scenario, Today
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, Page, words
from tests.dashboard.tables import NASTY, Rows, made

LATER = made(rows=300, seed=29)
SHIFTED = replace(
    made(rows=300, seed=31), scores={m: s * 0.2 for m, s in made(rows=300, seed=31).scores.items()}
)


@pytest.fixture
def open_with_others(tmp_path, monkeypatch):
    def open_it(*others: Rows, **link: str) -> Page:
        first = FOUR.write(tmp_path / "this month.csv")
        also = [rows.write(tmp_path / f"month {k}.csv") for k, rows in enumerate(others, start=2)]
        options = [text for path in also for text in ("--also", str(path))]
        return Page(monkeypatch, str(first), *options, link=link, at="evidence")

    return open_it


def table_cells(page: Page) -> list[list[str]]:
    """Texts of the rows about other data."""
    [markup] = [m for m in page.markup if "cg-elsewhere" in m]
    rows = re.sub(r"<td[^>]*>", "<td>", markup).split("<tr")[2:]
    return [[words(cell) for cell in row.split("<td>")] for row in rows]


def test_two_data_sets_may_be_counted_while_a_page_is_drawn(open_with_others, monkeypatch):
    """Each count takes so long that the page shows its progress and a button to stop it.

    The session does not keep their tallies, which the cache may drop.
    """
    waits: Counter[weakref.ref[TallyJob]] = Counter()
    wait = TallyJob.wait

    def late(job, seconds):
        waits[weakref.ref(job)] += 1
        return wait(job, seconds) and waits[weakref.ref(job)] > 8

    monkeypatch.setattr(TallyJob, "wait", late)
    page = open_with_others(LATER)  # no exception
    assert len(waits) == 2
    assert any("Chosen point" in row[0] for row in table_cells(page))
    cache.STORE.forget(lambda _: True)
    gc.collect()
    assert [job() for job in waits] == [None, None]


def test_the_chosen_point_is_counted_on_the_other_rows(open_with_others):
    """The threshold has the least cost on these rows. Costs are for their number of units and defects."""
    page = open_with_others(LATER)
    found = FOUR.pick("cost_of_errors", Scenario())
    assert found is not None
    model, threshold = found
    units, rate = float(len(FOUR.labels)), float(FOUR.labels.mean())
    scenario = Scenario(units_per_year=units, defect_rate=rate)
    row = next(row for row in table_cells(page) if "Chosen point" in row[0])
    assert FOUR.text("cost_of_errors", model, threshold, Scenario()) in row[2]
    assert LATER.text("cost_of_errors", model, threshold, scenario) in row[3]
    own = Rows(LATER.labels, {model: LATER.scores[model]}, None, "probability")
    best = own.pick("cost_of_errors", scenario)
    assert best is not None
    assert own.text("cost_of_errors", *best, scenario) in row[4]


WORSE = replace(
    LATER,
    scores={
        m: np.where(np.arange(LATER.labels.size) % 3 == 0, s * 0.5, s)
        for m, s in LATER.scores.items()
    },
)
LIMITED = {"today": f"0.3@{NASTY[1]}", "limits": "recall:0.5"}


@pytest.mark.parametrize(
    ("other", "link"),
    [(LATER, {}), (SHIFTED, LIMITED), (WORSE, {}), (WORSE, LIMITED)],
    ids=["alike", "shrunk, limited", "worse", "worse, limited"],
)
def test_decide_and_evidence_give_one_verdict_on_other_data(open_with_others, other, link):
    """The verdict uses the errors and each stakeholder's objective at the selected point."""
    page = open_with_others(other, **link)
    rows = [row for row in table_cells(page) if "Chosen point" in row[0]]
    assert len(rows) >= 3  # the cost of errors, and the stakeholders' figures that are not money
    fails = [row for row in rows if row[-1].split(">")[-1].startswith("does not hold")]
    finding = [words(m) for m in page.markup if "cg-finding" in m]
    holds = "does not hold" if fails else "holds"
    assert f"The chosen point {holds} on month 2" in finding
    [markup] = [m for m in page.turn("decide").markup if "Other data:" in m]
    assert words(markup).startswith(f"Other data: {holds}")
    assert not fails or re.search(r"\([\d.]+, here [\d.]+\)", words(markup))
    assert ("cg-fails" in markup) == bool(fails)


def test_the_other_data_is_selected_and_stored_in_the_link(open_with_others):
    page = open_with_others(LATER, SHIFTED)
    box = page.app.selectbox(key="also")
    assert box.options == ["month 2", "month 3", "none"]
    first = box.options.index("month 2")
    page.set("selectbox", "also", "none")
    assert page.link["also"] == "none"
    assert not any("cg-elsewhere" in m for m in page.markup)
    data = page.app.selectbox(key="also")
    assert data.value == "none"
    assert first == 0


def test_a_link_to_other_data_that_is_gone_says_so(open_with_others):
    page = open_with_others(LATER, also="sha256:" + "0" * 64)
    assert "other data that this link names is not here" in page.turn("decide").notices


def test_the_current_system_must_be_in_the_other_data(open_with_others):
    fewer = Rows(LATER.labels, {m: LATER.scores[m] for m in NASTY[:2]}, None, "probability")
    page = open_with_others(fewer, today=f"0.5@{NASTY[3]}")
    assert any("is today’s system" in words(m) for m in page.markup)
    alone = open_with_others(fewer, point=f"0.5@{NASTY[3]}")
    row = next(row for row in table_cells(alone) if "Chosen point" in row[0])
    assert "not among the models there" in row[-1]


def test_a_refusal_of_other_data_does_not_break_the_page(open_with_others):
    bad = Rows(LATER.labels, {m: s.copy() for m, s in LATER.scores.items()}, None, "probability")
    bad.scores[NASTY[0]][200] = 93.1
    page = open_with_others(bad)
    assert "month 2.csv" in page.refusals
    assert "93.1" in page.refusals
    assert page.turn("decide").figure("product")


def test_a_default_limit_is_computed_on_the_other_data(open_with_others):
    """Fewest false alarms at the current recall, which is computed on the other rows."""
    today = f"0.3@{NASTY[1]}"
    worse = replace(LATER, scores={m: np.round(s * 0.7, 3) for m, s in LATER.scores.items()})
    page = open_with_others(worse, today=today, want="log_loss,false_alarms,revenue_impact")
    [row] = [row for row in table_cells(page) if "Product manager" in row[0]]
    scenario = Scenario(units_per_year=float(len(FOUR.labels)), today=Today(NASTY[1], 0.3))
    there = worse.value("recall", NASTY[1], 0.3, scenario)
    assert there < FOUR.value("recall", NASTY[1], 0.3, scenario)
    model = next(m for m in NASTY if f"{m} at" in row[0])
    points = [p for p in worse.points({"false_alarms", "recall"}, scenario) if p["model"] == model]
    best = min(p["false_alarms"] for p in points if p["recall"] >= there and p["tp"] + p["fp"] > 0)
    assert row[4].lstrip(">").startswith(f"{figure(OBJECTIVES['false_alarms'], best, scenario)} ")


def test_the_sample_is_not_offered_as_other_data(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "current", Choices)
    monkeypatch.setattr(session, "opened_data", tuple)
    monkeypatch.setattr(session, "owner", str)
    (tmp_path / "later").mkdir()
    own, later = (
        built_table(folder, rows, Scenario(), Choices()).analysis.dataset
        for folder, rows in ((tmp_path, FOUR), (tmp_path / "later", LATER))
    )
    for origin, found in (("sample", []), ("command line", [later.fingerprint])):
        beside = replace(later, origin=origin)
        library = Library(UploadStore(None), 4096)
        for one in (own, beside):
            library.add(one)
        assert [
            other.fingerprint for other in transfer.comparable_datasets(library, own, [], "")
        ] == found


def test_other_data_is_not_compared_with_inspectors(open_with_others):
    page = open_with_others(LATER, inspectors=",1,0.9,0.02,,,")
    assert not any("cg-elsewhere" in m for m in page.markup)
    spoken = " ".join(words(m) for m in page.markup)
    assert (
        "People inspect here, and the band that they inspect would be another on other data"
        in spoken
    )
    assert "has no model" not in spoken
