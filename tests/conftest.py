"""What every test shares: how hypothesis searches, what a run says at its end, and one real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests.running import chromium
from tests.runs import not_run, widen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "house")
"""How property tests search: ``house`` among the same examples every time, ``soak`` ever wider."""

# Nothing is timed: a shared machine or a first compilation may make any example slow.
settings.register_profile(
    "house",
    max_examples=50,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("soak", settings.get_profile("house"), derandomize=False)
settings.load_profile(PROFILE)
if PROFILE == "house":
    # Else examples also hold numbers and texts out of whatever modules happen to be loaded by then, so that
    # they depend on which tests ran before in the same process.
    mock.patch.object(providers, "is_local_module_file", return_value=False).start()


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
    if PROFILE == "soak":
        widen({getattr(item, "obj", None) for item in items})


def pytest_unconfigure(config: pytest.Config) -> None:
    """End with what was not run, and why: a tool that is missing must not make a run look whole."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if line := not_run(report.longrepr[2] for report in skipped):
        reporter.write_line(line, yellow=True)


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
