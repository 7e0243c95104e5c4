"""Tests of the app on a tally: same pages as for its rows, with notices where rows would be needed."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from dashboard.analysis.counts import dataset_counts
from dashboard.cli.main import main
from dashboard.server import server_resources
from tests.dashboard.pages import FILES, FOUR, OPTIONS, Page, page_text, words
from tests.dashboard.tables import NASTY, made
from tests.metrics.frame_with_parts import frame_with_parts

LATER = made(rows=300, seed=29)


@pytest.fixture
def tally(tmp_path: Path):
    """Tally of generated rows, next to their file."""

    def write(rows, name: str, *options: str) -> str:
        path = tmp_path / f"{name}.tally"
        written = rows.write(tmp_path / f"{name}.csv")
        assert main(["tally", written, "-o", str(path), *options]) == 0
        return str(path)

    return write


def content_of(page: Page) -> list[object]:
    """Texts and drawings of a page, without the data's fingerprint and its notes."""
    markup, messages, buffers = page.everything
    texts = [re.sub(r"sha256(:|%3A)[0-9a-f]{64}", "", text) for text in markup]
    kept = [text for text in texts if "cg-lines" not in text and "cg-problem" not in text]
    return [
        kept,
        re.sub(r"sha256(:|%3A)[0-9a-f]{64}|'(of|key)': '[^']*'", "", repr(messages)),
        buffers,
    ]


@pytest.mark.parametrize("name", ["four", "rank", "weighted"])
def test_the_table_of_a_tally_equals_that_of_its_rows(tally, tmp_path, monkeypatch, name) -> None:
    path = tally(FILES[name], name, *OPTIONS.get(name, ()))
    of_rows = content_of(Page(monkeypatch, str(tmp_path / f"{name}.csv"), *OPTIONS.get(name, ())))
    assert content_of(Page(monkeypatch, path)) == of_rows


def data_page(page: Page) -> Page:
    return page.turn("data")


def test_the_data_page_describes_the_rows_of_a_tally(tally, monkeypatch) -> None:
    page = data_page(Page(monkeypatch, tally(FOUR, "four", "--rows", "held-out")))
    said = page_text(page)
    assert "Files four.tally Counted from four.csv" in said
    assert "held out" in said
    assert "A tally holds counts, not rows" in said
    assert "Every distinct score is a threshold" in said
    assert sum(message.kind == "chart" for message in page.messages) == len(NASTY)
    page.turn("failures")
    assert any("This is a tally: it holds counts and no rows" in text for text in page.markup)


def test_failures_of_a_tally_are_shown_by_its_parts(tmp_path, monkeypatch):
    frame_with_parts(600).to_csv(rows := tmp_path / "rows.csv", index=False)
    parts = ("--segment", "site", "--type", "kind", "--model", "a", "--model", "b")
    asked = ["tally", str(rows), *parts, "--today", "b@0.5", "-o", str(tmp_path / "t.tally")]
    assert main(asked) == 0
    page = Page(monkeypatch, str(tmp_path / "t.tally"), link={"today": "0.5@b"}).turn("failures")
    said = page_text(page)
    assert "This is a tally: it holds counts and no rows" in said
    for heading in ("Against today", "Kinds of defect, worst first", "Parts of “site”"):
        assert heading in said
    assert "was not counted against" not in said
    assert "How sure these counts are is not known" in said
    page = Page(monkeypatch, str(tmp_path / "t.tally"), link={"today": "0.4@a"}).turn("failures")
    said = page_text(page)
    assert "This tally was not counted against today’s system" in said
    assert "Kinds of defect, worst first" in said


def test_the_current_threshold_moves_to_one_of_the_tally(tally, tmp_path, monkeypatch) -> None:
    path = tally(FOUR, "four", "--max-thresholds", "12")
    page = Page(monkeypatch, path, link={"today": f"0.3333@{NASTY[0]}"})
    assert f"This tally does not count {NASTY[0]} at 0.3333" in page.notices
    assert "would be flagged differently" in page.notices
    threshold = page.app.number_input(key="today_threshold").value
    assert threshold is not None
    assert threshold != 0.3333
    again = Page(monkeypatch, path, link={"today": f"{threshold!r}@{NASTY[0]}"})
    assert "does not count" not in again.notices
    counts, today = FOUR.counts(NASTY[0], threshold), again.counts()[1]
    assert today == {name: counts[name] for name in today}


def elsewhere(page: Page) -> list[str]:
    page.turn("evidence")
    [markup] = [m for m in page.markup if "cg-elsewhere" in m]
    return [words(row) for row in markup.split("<tr")[2:]]


def test_a_pick_between_the_thresholds_of_another_tally_is_not_judged(tally, tmp_path, monkeypatch):
    first = FOUR.write(tmp_path / "four.csv")
    page = Page(monkeypatch, first, "--also", tally(LATER, "later", "--max-thresholds", "12"))
    assert any("the tally there does not count at this threshold" in row for row in elsewhere(page))
    like = tally(FOUR, "four")
    page = Page(monkeypatch, first, "--also", tally(LATER, "alike", "--like", like))
    rows = elsewhere(page)
    assert not any("does not count" in row for row in rows)
    of_rows = Page(monkeypatch, first, "--also", str(tmp_path / "alike.csv"))
    judged = [re.sub(r" at \S+ (holds|does)", r" \1", row) for row in rows]
    there = [re.sub(r" at \S+ (holds|does)", r" \1", row) for row in elsewhere(of_rows)]
    assert [row.split()[:12] for row in judged] == [row.split()[:12] for row in there]


def test_a_damaged_tally_is_refused_with_a_message(tally, monkeypatch) -> None:
    path = Path(tally(FOUR, "four"))
    path.write_bytes(path.read_bytes()[:-40])
    page = Page(monkeypatch, str(path))
    assert "These files cannot be read as they are" in [t.value for t in page.app.title]
    assert "a tally file must be whole" in page.refusals.lower()


@pytest.mark.parametrize("private", [True, False])
def test_a_private_server_stores_no_tally(tmp_path, monkeypatch, private: bool) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rows = made(rows=200 + private)  # the process caches the counts of an earlier server
    arguments = (rows.write(tmp_path / "rows.csv"), "--library", str(tmp_path / "library"))
    opened = inspect.unwrap(server_resources.library)(
        arguments + ("--private",) * private, lambda gone: None
    )
    dataset_counts.tally(opened.first)
    assert len(list(tmp_path.rglob("*.tally"))) == (0 if private else 1)
