"""Tests of slow uploads: reading in the background, cancelling, leaving the page, and bombs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest
from playwright.sync_api import Page, expect
from sklearn.metrics import precision_score

from dashboard.cli.open import SERVER
from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES, Scenario
from sample_data import SCORES
from tests.browser.conftest import PATIENCE
from tests.browser.uploading import answer, files_in, give, turn_to
from tests.dashboard.bombs import BOMBS
from tests.running import running_app

NEEDS_PROC = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")


def reader_of(folder: Path) -> int | None:
    """Process that reads an upload below a folder; `None` before it has started."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # the process may end meanwhile
            reads = b"dashboard.data.uploads.parser_child" in (process / "cmdline").read_bytes()
            if reads and str(folder).encode() in (process / "environ").read_bytes():
                return int(process.name)
    return None


def suspend_reader(page: Page, library: Path) -> int:
    """Wait for the process that reads an upload, suspend it, and return its number."""
    end = time.monotonic() + PATIENCE / 1000
    while (process := reader_of(library)) is None:
        assert time.monotonic() < end, "no process reads the upload"
        page.wait_for_timeout(10)
    os.kill(process, signal.SIGSTOP)
    return process


@pytest.fixture(scope="module")
def long_path(tmp_path_factory):
    """File of two million rows, which is read slowly enough for other actions meanwhile."""
    count = 2_000_000
    rng = np.random.default_rng(1)
    label = rng.integers(0, 2, count)
    columns = {"id": np.arange(count), "label": label, "net": rng.integers(1, 99, count) / 100}
    path = tmp_path_factory.mktemp("long") / "long.csv"
    arrow_csv.write_csv(pa.table(columns), path)
    return path


@pytest.mark.slow
def test_a_cancelled_upload_leaves_nothing(address, window, library, long_path):
    before = files_in(library)

    page = window(address).page
    turn_to(page, "Data")
    give(page, long_path)
    expect(page.get_by_role("status").filter(has_text="long.csv")).to_be_visible(timeout=PATIENCE)
    assert "long.csv" in files_in(library)
    page.locator(".st-key-upload_cancel button").click()
    expect(page.locator(".st-key-upload_open button")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".st-key-upload_cancel")).to_have_count(0)
    expect(page.get_by_text("Cancelled; the file is still here.")).to_be_visible()
    assert files_in(library) == before
    assert list((library / "incoming").iterdir()) == []
    expect(page.get_by_role("heading", name="Line 3 camera trial", exact=True)).to_be_visible()


@NEEDS_PROC
@pytest.mark.slow
def test_a_refusal_waits_while_another_page_is_open(address, window, library, tmp_path, long_path):
    """The questions are shown when the reader returns, without uploading the files again.

    After the answers, the file opens when the reader returns.
    """
    spoilt = tmp_path / "spoilt.csv"
    spoilt.write_text(long_path.read_text() + "last,1,93.1\n")
    before = files_in(library)
    page = window(address).page
    turn_to(page, "Data")
    give(page, spoilt)
    process = suspend_reader(page, library)
    expect(page.get_by_role("status").filter(has_text="spoilt.csv")).to_be_visible(timeout=PATIENCE)
    turn_to(page, "Decide")
    os.kill(process, signal.SIGCONT)
    # The message disappears after a while, so nothing else is waited for.
    expect(page.get_by_test_id("stToast")).to_contain_text("raises questions", timeout=PATIENCE)
    turn_to(page, "Data")
    refusal = page.locator(".cg-problem").filter(has=page.get_by_text("E_RANGE", exact=True))
    expect(refusal).to_contain_text("Row 2,000,001, net: a score on the probability scale must lie")
    expect(refusal).to_contain_text("On which scale are the scores?", timeout=PATIENCE)
    expect(page.locator(".st-key-upload_before")).to_contain_text("spoilt.csv", timeout=PATIENCE)
    for _ in range(2):  # leaving a second time changes nothing
        turn_to(page, "Decide")
        turn_to(page, "Data")
        expect(refusal).to_be_visible(timeout=PATIENCE)
    answer(page, "scale", "per cent, 0 to 100")
    expect(page.get_by_role("status").filter(has_text="spoilt.csv")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Decide", exact=True).click()
    toast = page.get_by_test_id("stToast").filter(has_text="has been read")
    expect(toast).to_be_visible(timeout=PATIENCE)
    turn_to(page, "Data")
    expect(page.get_by_role("heading", name="spoilt", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("2,000,001 units")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".cg-problem").filter(has_text="E_RANGE")).to_have_count(
        0, timeout=PATIENCE
    )
    page.get_by_role("button", name="Delete from the server").click()
    page.get_by_role("button", name="Delete it", exact=True).click()
    expect(page.get_by_role("heading", name="Line 3 camera trial", exact=True)).to_be_visible(
        timeout=PATIENCE
    )
    assert files_in(library).count("scores.parquet") == before.count("scores.parquet")
    assert list((library / "incoming").iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.slow
def test_decompression_bombs_do_not_disturb_other_readers(address, window, library, tmp_path):
    colleague = window(address)
    colleague.want("executive", OBJECTIVES["precision"].label)
    card = colleague.page.get_by_test_id("figure-executive")
    model, _ = colleague.at()
    rows = pd.read_parquet(SCORES, columns=["label", model])
    page = window(address).page
    turn_to(page, "Data")
    for bomb, code in BOMBS.items():
        path = bomb(tmp_path)
        give(page, path)
        begun = time.monotonic()
        refused = page.locator(".cg-problem").filter(has=page.get_by_text(code, exact=True))
        # The child process reads while a colleague moves the threshold. It may end unseen.
        while reader_of(library) is None and refused.count() == 0:
            assert time.monotonic() - begun < 120, bomb.__name__
            page.wait_for_timeout(20)
        # The new point is no pick, so its figures are those of the file.
        colleague.move_threshold("ArrowLeft")
        share = precision_score(rows["label"], rows[model] >= colleague.at()[1])
        said = figure(OBJECTIVES["precision"], share, Scenario())
        expect(card).to_contain_text(said, timeout=PATIENCE)
        expect(refused).to_have_count(1, timeout=PATIENCE)
        assert time.monotonic() - begun < 120, bomb.__name__
        page.get_by_role("button", name=f"Remove {path.name}").click()
        expect(refused).to_have_count(0, timeout=PATIENCE)


HASTY = """
import runpy
from dashboard.data import library
from dashboard.data.uploads import in_progress
in_progress.GRACE, library.TIDY_SECONDS = 2.0, 0.05
runpy.run_path({app!r}, run_name="__main__")
"""


@NEEDS_PROC
@pytest.mark.slow
def test_an_upload_without_a_reader_is_ended(browser, tmp_path, long_path):
    """The server waits two seconds instead of two minutes, and the reading process is suspended."""
    script, kept = tmp_path / "hasty.py", tmp_path / "library"
    script.write_text(HASTY.format(app=str(SERVER.parent / "views" / "navigation.py")))
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port={port}"]
    with running_app([*command, "--", "--library", str(kept)], cwd=tmp_path) as url:
        page = browser.new_page(bypass_csp=True)
        page.goto(f"{url}/data")
        give(page, long_path)
        process = suspend_reader(page, kept)
        expect(page.get_by_role("status").filter(has_text="long.csv")).to_be_visible(
            timeout=PATIENCE
        )
        assert "long.csv" in files_in(kept)
        page.close()
        end = time.monotonic() + PATIENCE / 1000
        while left := list((kept / "incoming").rglob("*")):
            assert time.monotonic() < end, left
            time.sleep(0.1)
        assert files_in(kept) == []
        assert not Path(f"/proc/{process}").exists()
