"""What every test shares: how hypothesis searches, and one real browser for those that drive it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.running import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Nothing is timed: a shared machine or a first compilation may make any example slow. On a build
# server the examples are the same every time, so that a failure there can be repeated here.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


@pytest.hookimpl(tryfirst=True)  # before markers select tests
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what drives the browser, and start with it: it takes longest. Slow tests have their own run."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    if not os.environ.get("SLOW_TESTS"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; a test opens a context or page of its own in it.

    It lives as long as one file's tests: while it does, Playwright's event loop counts as running,
    and other tests may want one of their own.
    """
    from playwright.sync_api import sync_playwright

    # Chromium's own sandbox cannot be set up by root, and in a container often by nobody.
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield chrome
        chrome.close()
