"""Helpers that upload files and answer questions on the Data page."""

from __future__ import annotations

from playwright.sync_api import expect

from dashboard.data.library_clock import CLOCK
from tests.browser.conftest import PATIENCE, pick


def files_in(folder):
    """Names of all uploaded files in a folder and its subfolders, without the library's clock."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != CLOCK)


def turn_to(page, name):
    page.get_by_role("link", name=name, exact=True).click()
    landmark = {"Data": ".st-key-upload_rows", "Decide": '[data-testid="figure-product"]'}[name]
    expect(page.locator(landmark)).to_be_visible(timeout=PATIENCE)


def give(page, path):
    """Select a file in the upload box and start reading it."""
    page.locator("[class*=st-key-upload_] input[type=file]").set_input_files(path)
    page.locator(".st-key-upload_open button").click()


def choose(page, option, value):
    """Answer a question about an upload."""
    pick(page, f".st-key-answer_{option} input", value)
    expect(page.locator(f".st-key-answer_{option} input")).to_have_value(value)


def answer(page, option, value):
    """Answer a question about an upload, and try again."""
    choose(page, option, value)
    page.locator(".st-key-upload_open button").click()
