"""Tests of recording decisions in a browser, by hand and with hostile names."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboard.decisions.decision_facts import facts_of
from dashboard.decisions.entry import Recorded
from dashboard.decisions.read_export import expected_of
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from dashboard.export.html_report import render
from dashboard.export.paper_charts import charts
from sample_data import SCENARIO, SCORES
from tests.browser.accessibility import violations
from tests.browser.conftest import DRAWN, PATIENCE, PROGRAM
from tests.browser.recording import STAKEHOLDERS, download, fill, quiet, recorded_as, turn
from tests.dashboard import hostile_files
from tests.dashboard.hostile import HOSTILE
from tests.running import chromium, clean_environment

OBEYED = "() => window.cgHit"


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Register that the tests of this file share, as they share a server."""
    return tmp_path_factory.mktemp("register") / "decisions.sqlite"


def decisions_in(register: Path) -> list[Recorded]:
    return list(Register(register).all()) if register.exists() else []


@pytest.mark.slow  # recording without a browser is tested in every run
def test_a_decision_is_recorded_by_keyboard_and_downloaded(app_on, window, register, tmp_path):
    window = window(app_on("--register", str(register)))
    page, number = window.page, len(decisions_in(register)) + 1
    fill(page, ("Ada", "Ben", "Cy"), "It is the cheapest")
    page.locator(".st-key-record_now button").dblclick()
    recorded_as(page, number)
    quiet(page)
    one = decisions_in(register)[-1]
    assert one.number == number
    assert one.decision.why == "It is the cheapest"  # the last field still has the focus
    assert one.hash in page.locator(".st-key-recording").text_content()
    given = json.loads(download(page, "recorded_json"))
    assert given == json.loads(json.dumps(one.as_dict()))
    record = tomllib.loads(download(page, "recorded_toml").decode())
    assert record["decision"]["hash"] == one.hash
    report = tmp_path / "report.html"
    report.write_bytes(download(page, "recorded_html"))
    assert verify(register, expected_of(report)).problems == ()
    page.get_by_role("button", name="See all decisions").click()
    page.locator(".st-key-recording").wait_for(state="detached", timeout=PATIENCE)
    expect(page.locator(".cg-decision").first).to_contain_text(" of simulations", timeout=PATIENCE)
    with window.context.expect_page() as coming:
        page.get_by_role("link", name="Reopen the exact view").first.click()
    window.page = coming.value
    window.page.wait_for_function(DRAWN, timeout=PATIENCE)
    window.settle()
    assert window.page.get_by_text("Page not found").count() == 0
    assert window.at() == (one.decision.chosen.model, one.decision.chosen.threshold)
    shown = [window.figure(stakeholder) for stakeholder in STAKEHOLDERS]
    assert shown == [
        " ".join(stakeholder.chosen.text.split()) for stakeholder in one.decision.stakeholders
    ]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_the_dialog_and_on_decisions(app_on, window, register, scheme):
    opened = window(app_on("--register", str(register)), scheme=scheme)
    number = len(decisions_in(register)) + 1
    fill(opened.page, ("Ada", "Ben", "Cy"), "")
    page, record = opened.page, opened.page.locator(".st-key-record_now button")
    record.click()
    page.get_by_text("Still missing: why.").wait_for(timeout=PATIENCE)
    page.locator(".st-key-why textarea").fill("It is the cheapest")
    assert violations(page) == []
    # Typed slowly: when the focus leaves the field, no hint appears and the button does not move.
    record.hover()
    page.mouse.down()
    page.wait_for_timeout(1_000)
    page.mouse.up()
    opened.page.get_by_text(f"Recorded as number {number}").wait_for(timeout=PATIENCE)
    opened.page.locator(".st-key-record_close button").click()
    opened.page.locator(".st-key-recording").wait_for(state="detached", timeout=PATIENCE)
    page = turn(opened, "Decisions")
    page.get_by_text("Figures and downloads").first.click()
    quiet(page)
    assert violations(page) == []


def record_and_dismiss(met: list[str]) -> Callable[[Any], None]:
    """Record a call by a script that must not run, and dismiss its dialog."""

    def hear(dialog):
        met.append(dialog.message)
        dialog.dismiss()

    return hear


@pytest.mark.slow
def test_hostile_names_are_text_on_every_page_and_in_every_export(app_on, window, tmp_path):
    arguments = hostile_files.write_scores(tmp_path)
    register = Register(tmp_path / "decisions.sqlite")
    made = hostile_files.record_decisions(hostile_files.open_dataset(arguments[0]), register)
    opened = window(app_on(*arguments, "--register", str(register.path)), new=True)
    page = opened.page
    met: list[str] = []
    page.on("dialog", record_and_dismiss(met))
    page = turn(opened, "Decisions")
    seen = page.locator(".st-key-decisions_page").inner_text()
    page.locator(".st-key-page_decisions input").click()
    page.get_by_role("option", name="11 to 12 of 12").click()
    quiet(page)
    for box in page.get_by_text("Figures and downloads").all():
        box.click()
        quiet(page)
    seen += page.locator(".st-key-decisions_page").inner_text()
    for name in HOSTILE:
        shown = re.sub("[\u202a-\u202e\u2066-\u2069]", "\N{REPLACEMENT CHARACTER}", name)
        assert " ".join(shown.split()) in " ".join(seen.split())
    page.get_by_text("Compare No. 1", exact=True).click()
    quiet(page)
    page.get_by_text("Compare No. 2", exact=True).click()
    quiet(page)
    assert "What differs" in page.locator(".st-key-decisions_page").inner_text()
    name = HOSTILE[11]
    given = tomllib.loads(download(page, "decision_1_toml").decode())
    assert given["seat"][0]["name"] == HOSTILE[0]
    assert json.loads(download(page, "decision_2_json"))["decision"]["why"] == HOSTILE[1]
    assert page.evaluate(OBEYED) is None
    turn(opened, "Decide")
    opened.settle()
    fill(opened.page, HOSTILE[:3], name)
    opened.page.locator(".st-key-record_now button").click()
    recorded_as(opened.page, 13)
    assert opened.page.evaluate(OBEYED) is None
    opened.page.locator(".st-key-record_close button").click()
    for name in ("Models", "Evidence", "Failures", "Limits", "Data"):
        page = turn(opened, name)
        page.wait_for_timeout(500)
        assert page.evaluate(OBEYED) is None
    assert met == []
    _reports(opened, made, tmp_path)


def _reports(opened, made, folder):
    """Open every report as a file with scripts allowed. Only its own script runs, and nothing is fetched."""
    for k, (one, table) in enumerate(made):
        path = folder / f"report-{k}.html"
        path.write_text(render(facts_of(one), charts(table)), encoding="utf-8")
        page = opened.context.new_page()
        asked: list[str] = []
        met: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("dialog", record_and_dismiss(met))
        page.on("console", lambda said, met=met: met.append(said.text))
        page.goto(path.as_uri())
        page.wait_for_timeout(50)
        assert page.evaluate(OBEYED) is None
        assert asked == [path.as_uri()]
        assert met == []
        assert page.locator("img, iframe, a, link").count() == 0
        assert page.locator("script").count() == 1
        hand = page.locator(".hand input")  # only its own script runs
        hand.press("End" if hand.evaluate("hand => hand.value === hand.min") else "Home")
        expect(page.locator(".hand button")).to_be_visible(timeout=PATIENCE)
        assert page.evaluate(OBEYED) is None
        page.close()
    opened.hosts.discard("")  # from the exported files


@pytest.mark.slow
def test_the_report_prints_on_two_pages(tmp_path):
    out = tmp_path / "report.html"
    options = ["--rows", "held-out", "--scenario", str(SCENARIO), "-o", str(out)]
    command = [PROGRAM, "report", str(SCORES), *options]
    subprocess.run(command, check=True, env=clean_environment(), capture_output=True)
    assert _pages(out) == 2


def _pages(html: Path) -> int:
    pdf = html.with_suffix(".pdf")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    subprocess.run(
        [chromium(), *flags, f"--print-to-pdf={pdf}", str(html)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))
