"""A reader opens files of their own, answers what only they can know, and hands the link on."""

from __future__ import annotations

import json
import subprocess
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PROGRAM, evaluate
from tests.browser.uploading import PATIENCE, answer, files_in, give, turn_to
from tests.dashboard.tables import made
from tests.running import clean_environment, running_app

ROWS = made(("first net", "second net"), rows=150, seed=21)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def address(library, tmp_path_factory):
    """The app on the sample, keeping uploads in a folder of ours."""
    kept = ["--library", str(library), "--keep-days", "2"]
    command = [PROGRAM, "open", *kept, "--port", "{port}"]
    with running_app(command, cwd=tmp_path_factory.mktemp("elsewhere")) as url:
        yield url


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Scores in per cent, labels in words, semicolons: nothing of it can be taken for granted."""
    lines = [";".join(("unit", "label", *ROWS.models))]
    for k, label in enumerate(ROWS.labels):
        scores = [f"{round(100 * ROWS.scores[model][k])}" for model in ROWS.models]
        lines.append(";".join((f"u{k}", "NOK" if label else "OK", *scores)))
    path = tmp_path_factory.mktemp("own") / "own scores.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def checked(path, *options):
    """What ``common-ground check`` says of a file, as the Data page writes it."""
    done = subprocess.run(
        [PROGRAM, "check", str(path), *options, "--json"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return [(p["code"], p["message"]) for p in json.loads(done.stdout)["problems"]]


def reads(page, problems):
    """The page has these problems, in full."""
    for code, message in problems:
        said = page.locator(".cg-problem").filter(has=page.get_by_text(code, exact=True))
        expect(said.filter(has_text=message)).to_have_count(1, timeout=PATIENCE)


def test_a_file_is_opened_its_link_handed_on_and_the_data_deleted(
    browser, address, window, library, path
):
    first = window(address)
    page = first.page
    turn_to(page, "Data")
    give(page, path)

    # Each refusal is what the command line says, and asks what would answer it.
    refused = checked(path)
    assert [code for code, _ in refused] == ["E_POSLABEL", "W_DIALECT"]
    reads(page, refused)
    answer(page, "positive", "NOK")
    refused = checked(path, "--positive", "NOK")
    assert [code for code, _ in refused] == ["E_RANGE", "W_DIALECT"]
    reads(page, refused)
    assert files_in(library) == []
    answer(page, "scale", "per cent, 0 to 100")

    # It is open; two things are worth knowing.
    options = ("--positive", "NOK", "--scale", "percent")
    notes = checked(path, *options)
    assert {"W_DIALECT", "W_FEWPOSITIVES"} <= {code for code, _ in notes}
    expect(page.get_by_role("heading", name="own scores", exact=True)).to_be_visible(
        timeout=PATIENCE
    )
    reads(page, notes)
    facts = page.locator(".cg-facts-table")
    expect(facts).to_contain_text("own scores.csv")
    expect(facts).to_contain_text("label, defective where it is NOK")
    expect(page.get_by_text("Uploads are kept for 2 days")).to_be_visible()
    assert files_in(library) == ["about.json", "scores.parquet"]

    # Its figures are those of the command line, and of whoever is given the link.
    turn_to(page, "Table")
    at, model = first.move_threshold("ArrowLeft").split("@", 1)
    said = evaluate(str(path), *options, "--at", at)
    counts = said["models"][model]["at"][at]
    assert first.counts() == {key: counts[key] for key in ("fn", "fp", "tp")}
    pasted = window(page.url)
    assert pasted.text() == first.text()
    assert pasted.link == first.link
    link = page.url

    # Deleted: the reader is back at the server's own data, and the link says which file is missing.
    turn_to(page, "Data")
    first.until(lambda: page.get_by_role("button", name="Delete from the server").click(), "data")
    expect(page.get_by_role("heading", name="Line 3 camera trial", exact=True)).to_be_visible()
    assert files_in(library) == ["about.json"]
    late = browser.new_page()
    late.goto(link)
    expect(late.locator(".cg-notice")).to_contain_text("own scores.csv", timeout=PATIENCE)
    expect(late.get_by_role("heading", level=1)).to_contain_text("not here")
    assert late.get_by_test_id("figure-executive").count() == 0
    expect(late.get_by_role("link", name="Data", exact=True)).to_be_visible()
    expect(late.locator(".st-key-upload_rows")).to_be_visible()
    late.get_by_role("button", name="Line 3 camera trial").click()
    expect(late.get_by_test_id("figure-executive")).to_be_visible(timeout=PATIENCE)
    late.close()


def test_turning_pages_keeps_what_was_chosen(address, window):
    first = window(address)
    first.want("executive", "highest precision")
    before = first.link
    for name in ("Data", "Table"):
        turn_to(first.page, name)
        first.page.wait_for_function("location.search.includes('want=')")
        assert first.link == before
    assert urlsplit(first.page.url).path == "/"


def test_files_can_be_looked_at_and_put_away_before_they_are_opened(address, window, path):
    page = window(address).page
    turn_to(page, "Data")
    page.locator("[class*=st-key-upload_] input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Look first").click()
    expect(page.locator(".cg-problem").filter(has_text="W_DIALECT")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Say what the columns are")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=f"Remove {path.name}").click()
    expect(page.locator(".cg-problem").filter(has_text="W_DIALECT")).to_have_count(
        0, timeout=PATIENCE
    )
    expect(page.locator(".st-key-upload_open")).to_have_count(0, timeout=PATIENCE)
