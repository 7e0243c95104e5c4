"""What is typed into the record dialog outlives the server, to the sign."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.decisions.register import Register
from tests.browser.conftest import PATIENCE, QUIET
from tests.browser.test_decisions import press
from tests.dashboard.tables import made
from tests.running import clean_environment, free_port

PROGRAM = str(Path(sys.executable).with_name("common-ground"))


@contextlib.contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """The app on a port of its own, until it is killed."""
    places = ["--register", str(folder / "r.sqlite"), "--library", str(folder / "library")]
    command = [PROGRAM, "open", str(folder / "scores.csv"), "--port", str(port), *places]
    environment = clean_environment(STREAMLIT_SERVER_HEADLESS="true")
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            end = time.monotonic() + PATIENCE / 1000
            while True:
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5)
                    break
                assert server.poll() is None
                assert time.monotonic() < end
                time.sleep(0.1)
            yield
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@pytest.mark.slow  # that closing keeps it as well is in test_decisions
@pytest.mark.parametrize("is_recorded", [False, True], ids=["typed", "recorded"])
def test_what_was_typed_is_there_again_after_the_server_was_killed(browser, tmp_path, is_recorded):
    made(rows=300).write(tmp_path / "scores.csv")
    port = free_port()
    context = browser.new_context(bypass_csp=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    why, who = page.locator(".st-key-why textarea"), page.locator(".st-key-who_data input")
    with serving(tmp_path, port):
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator(".st-key-record_open button").click()
        who.fill("Ada")
        who.press("Tab")
        page.wait_for_function(QUIET, timeout=PATIENCE)
        why.press_sequentially("half a sent")  # and the box is not left
    with serving(tmp_path, port):
        # The page finds the server again by itself, in a session that knows nothing.
        page.locator(".st-key-recording").wait_for(state="detached")
        page.locator(".st-key-recording").wait_for()
        expect(who).to_have_value("Ada")
        expect(why).to_have_value("half a sent")
        page.wait_for_function(QUIET, timeout=PATIENCE)
        if is_recorded:
            page.reload()
            page.locator(".st-key-recording").wait_for()
            expect(who).to_have_value("Ada")
            expect(why).to_have_value("half a sent")
            page.wait_for_function(QUIET, timeout=PATIENCE)
            _record(page, Register(tmp_path / "r.sqlite"))
    context.close()


def _record(page: Page, register: Register) -> None:
    for name in ("product", "executive"):
        page.locator(f".st-key-who_{name} input").fill("Ben")
        page.locator(f".st-key-who_{name} input").press("Tab")
        page.wait_for_function(QUIET, timeout=PATIENCE)
    for name in ("data", "product", "executive"):
        says = page.locator(f".st-key-says_{name}")
        press(says.locator("button").first, "Space", says.locator("button[aria-checked=true]"))
        page.wait_for_function(QUIET, timeout=PATIENCE)
    page.locator(".st-key-record_now button").click()
    page.get_by_text("Recorded as number 1").wait_for()
    page.wait_for_function(
        "() => sessionStorage.length === 0 || !sessionStorage['common-ground: decision on its way']"
    )
    [one] = register.all()
    assert one.decision.why == "half a sent"
