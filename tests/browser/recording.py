"""Helpers that fill in the dialog that records a decision, and download files of it."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from playwright.sync_api import TimeoutError, expect

from tests.browser.conftest import PATIENCE, QUIET

STAKEHOLDERS = ("data", "product", "executive")


def quiet(page):
    page.wait_for_timeout(150)
    page.wait_for_function(QUIET, timeout=PATIENCE)
    page.wait_for_timeout(150)
    page.wait_for_function(QUIET, timeout=PATIENCE)


def turn(window, name):
    window.page.get_by_role("link", name=name, exact=True).click()
    quiet(window.page)
    return window.page


def fill(page, names, why):
    """Fill in the form by keyboard only."""
    press(page.locator(".st-key-record_open button"), "Enter", page.locator(".st-key-recording"))
    quiet(page)
    for stakeholder, name in zip(STAKEHOLDERS, names, strict=True):
        page.locator(f".st-key-who_{stakeholder} input").fill(name)
        page.locator(f".st-key-who_{stakeholder} input").press("Tab")
        quiet(page)
        says = page.locator(f".st-key-says_{stakeholder}")
        press(
            says.locator("button").first,
            "Space",
            says.locator("button[aria-checked=true]"),
        )
        quiet(page)
    page.locator(".st-key-why textarea").fill(why)


def press(button, key, brings):
    """Press a key on a button until it takes effect.

    Parts that are drawn later, such as intervals after the figures, may take the focus from the button
    between focus and key press. The key is then pressed on nothing, and waiting longer does not help.
    """
    for wait in (15_000, 30_000, 60_000, PATIENCE):
        button.press(key)
        with contextlib.suppress(TimeoutError):
            brings.first.wait_for(timeout=wait)
            return
    raise AssertionError(f"{key} on {button} brought no {brings}")


def recorded_as(page, number):
    """Wait until the decision is recorded; any other message fails the test with its text."""
    notice = page.get_by_text(re.compile(r"Recorded as number|Still missing"))
    notice.first.wait_for(timeout=PATIENCE)
    assert f"Recorded as number {number}" in notice.first.inner_text()


def download(page, key) -> bytes:
    button = page.locator(f".st-key-{key} button")
    expect(button).to_be_visible(timeout=PATIENCE)  # a box that was just opened is filled later
    with page.expect_download(timeout=PATIENCE) as coming:
        button.click()
    return Path(coming.value.path()).read_bytes()
