"""Tests that a second start uses the cached tally, and counts again if it is damaged or outdated."""

from __future__ import annotations

import hmac
import os
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from dashboard.data import tally_cache
from dashboard.data.dataset import Dataset
from dashboard.data.tally_cache import TallyCache, code_digest
from dashboard.data.tally_job import TallyJob
from metrics import Scenario, Tally, Today, load_tally
from tests.dashboard.tables import NASTY, made
from tests.metrics.tallied import assert_equal

ROWS = made(rows=600, seed=3)


@pytest.fixture
def cache(tmp_path: Path) -> TallyCache:
    return TallyCache(tmp_path / "cache" / "common-ground", tmp_path / "state" / "tallies.key")


@pytest.fixture
def start_app(tmp_path: Path, cache: TallyCache):
    """Start the app. Return its data, its tally, and the number of passes over the rows."""
    path = tmp_path / "scores.csv"
    text = Path(ROWS.write(path)).read_text()
    path.write_text(text.replace("u7,", "u7 ,").replace("id,label", "id,y_true"))

    def start(*options: str, today: Today | None = None) -> tuple[Dataset, Tally, int]:
        dataset = open_dataset(app_options([str(path), *options]))
        dataset = replace(dataset, tally_cache=cache, scenario=Scenario(today=today))
        counting = TallyJob(dataset)
        assert counting.wait(60)
        return dataset, counting.result, counting.passes

    return start


def files(cache: TallyCache) -> list[Path]:
    return sorted(cache.folder.glob("*.tally"))


def test_a_second_start_does_not_count_again(start_app, cache: TallyCache) -> None:
    first, tally, passes = start_app()
    again, same, none = start_app()
    assert (passes, none) == (1, 0)
    assert_equal(same, tally)
    for name in ("rows", "positives", "columns", "held_out", "models"):
        assert getattr(again.scores, name) == getattr(first.scores, name), name
    assert sum(batch.num_rows for batch in again.scores.batches()) == tally.rows.sum()
    assert again.problems == first.problems
    assert again.fingerprint == first.fingerprint
    assert cache.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("options", "today"),
    [
        (("--max-thresholds", "20"), None),
        (("--model", NASTY[0]), None),
        (("--scale", "rank"), None),
        ((), Today(NASTY[0], 0.123)),
    ],
)
def test_other_options_are_counted_again(start_app, options, today) -> None:
    start_app()
    _, tally, passes = start_app(*options, today=today)
    assert passes == 1
    _, same, none = start_app(*options, today=today)
    assert none == 0
    assert_equal(same, tally)


def test_whether_rows_were_held_out_needs_no_new_count(start_app) -> None:
    start_app()
    dataset, _, passes = start_app("--rows", "training")
    assert (passes, dataset.scores.held_out) == (0, "training")
    assert [p.code for p in dataset.problems].count("W_TRAINING") == 1
    later, _, passes = start_app()
    assert passes == 0
    assert "W_TRAINING" not in [p.code for p in later.problems]


def test_a_changed_file_is_counted_again_at_any_date(start_app, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    _, tally, _ = start_app()
    before = path.stat()
    text = path.read_text()
    row = next(line for line in text.splitlines()[1:] if line.split(",")[1] == "0")
    path.write_text(text.replace(row, row.replace(",0,", ",1,", 1)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    _, other, passes = start_app()
    assert passes == 1
    assert other.rows[1] == tally.rows[1] + 1


@pytest.mark.parametrize(
    "damage",
    [
        "cut",
        "flipped",
        "empty",
        "another's",
        "a folder",
        "no tag",
        "short tag",
        "other key",
        "forged",
    ],
)
def test_a_damaged_tally_is_counted_again(start_app, cache: TallyCache, damage: str) -> None:
    _, tally, _ = start_app()
    [place] = files(cache)
    content = bytearray(place.read_bytes())
    tag = place.with_suffix(".tag")
    if damage == "another's":
        start_app("--max-thresholds", "7", "--model", NASTY[1])
        [other_place] = [path for path in files(cache) if path != place]
        other_place.replace(place)
        other_place.with_suffix(".tag").replace(tag)
    elif damage == "no tag":
        tag.unlink()
    elif damage == "short tag":
        tag.write_bytes(tag.read_bytes()[:-1])
    elif damage == "other key":
        cache.key.write_bytes(bytes(32))
    elif damage == "forged":
        # A valid tally of these rows, but signed without the server's key.
        before = load_tally(place).header.counted
        start_app("--max-thresholds", "7")
        [other_place] = [path for path in files(cache) if path != place]
        other_place.replace(place)
        assert load_tally(place).header.counted == before
        tag.write_bytes(
            hmac.digest(bytes(32), place.name.encode() + b"\0" + place.read_bytes(), "sha256")
        )
    elif damage == "a folder":
        place.unlink()
        place.mkdir()
    else:
        content[len(content) // 2] ^= 255
        place.write_bytes(
            {"cut": bytes(content[:-9]), "flipped": bytes(content), "empty": b""}[damage]
        )
    _, same, passes = start_app()
    assert passes == 1
    assert_equal(same, tally)
    if damage != "a folder":
        assert start_app()[2] == 0
        assert_equal(load_tally(place).tally, tally)


def test_changed_code_counts_again(start_app, monkeypatch) -> None:
    start_app()
    assert start_app()[2] == 0
    monkeypatch.setattr(tally_cache, "code_digest", lambda: "other")
    assert start_app()[2] == 1


def test_the_digest_covers_all_code_that_counts(monkeypatch, tmp_path: Path) -> None:
    import metrics

    before = code_digest()
    assert code_digest.__wrapped__() == before
    (tmp_path / "readers").mkdir()
    (tmp_path / "readers" / "csv.py").write_text("x = 1")
    monkeypatch.setattr(metrics, "__file__", str(tmp_path / "__init__.py"))
    one = code_digest.__wrapped__()
    (tmp_path / "readers" / "csv.py").write_text("x = 2")
    assert len({before, one, code_digest.__wrapped__()}) == 3


def test_the_least_recently_used_tally_is_removed_first(
    start_app, cache: TallyCache, monkeypatch
) -> None:
    for limit in ("10", "20", "30"):
        start_app("--max-thresholds", limit)
    places = sorted(files(cache), key=lambda path: path.stat().st_mtime_ns)
    for k, place in enumerate(places):
        os.utime(place, ns=(k, k))
    start_app("--max-thresholds", "10")  # used now
    room = sum(p.stat().st_size for p in (places[0], places[2])) + 20_000
    monkeypatch.setattr(tally_cache, "MAX_BYTES", room)
    _, _, passes = start_app("--max-thresholds", "11")
    assert passes == 1
    assert places[1] not in files(cache)
    assert places[0] in files(cache)
    monkeypatch.setattr(tally_cache, "MAX_BYTES", 1)
    start_app("--max-thresholds", "12")
    assert list(cache.folder.iterdir()) == []


def test_an_unwritable_folder_is_tolerated(start_app, cache: TallyCache) -> None:
    cache.folder.parent.mkdir()
    cache.folder.write_text("in the way")
    _, _, passes = start_app()
    assert passes == 1
    assert start_app()[2] == 1
