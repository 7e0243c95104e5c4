"""Fixtures and hooks of all tests: hypothesis profiles, the summary of skipped tests, and a browser."""

from __future__ import annotations

import contextlib
import gc
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from dashboard.server.numba_cache import set_numba_cache
from tests.property_examples import QUICK, WIDER, scale_examples
from tests.running import chromium
from tests.skipped_tests import skipped_summary

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# The cache is set for all tests and their child processes, even if a test changes the home folder.
set_numba_cache()
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "house")
"""Profiles of property tests: ``house`` repeats the same examples, ``soak`` searches at random."""
SLOW = bool(os.environ.get("SLOW_TESTS"))

_STATE = tempfile.TemporaryDirectory(prefix="common-ground-state-")
# Heads of registers are stored here, so that they do not stay for registers of later runs.
os.environ["XDG_STATE_HOME"] = _STATE.name

# Examples have no deadline, because a shared machine or a first compilation may make any example slow.
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
    # Hypothesis takes numbers and texts from the loaded modules of the project. Examples would depend on the
    # tests that ran before in the same process.
    mock.patch.object(providers, "is_local_module_file", return_value=False).start()


def pytest_collection_finish() -> None:
    """Exclude modules and collected tests from garbage collection, which would visit them again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each worker whole files; browser tests go to two, each with one Chromium and one sample."""
    from xdist.scheduler import LoadFileScheduling

    class BrowsersApart(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            folder, _, name = file.rpartition("/")
            if folder != "tests/browser":
                return file
            return f"{folder}/{name.startswith(('test_decide', 'test_charts'))}"

    return BrowsersApart(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(tryfirst=True)  # before markers select tests
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark browser tests and run them first, because they take longest; slow tests have their own run."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    if not SLOW:
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)
    share = WIDER if PROFILE == "soak" else 1 if SLOW else QUICK
    scale_examples((getattr(item, "obj", None) for item in items), share)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Print skipped tests with their reasons, so that a run without a tool does not look complete."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if line := skipped_summary(report.longrepr[2] for report in skipped):
        reporter.write_line(line, yellow=True)


_CHROMIUM = contextlib.ExitStack()
"""Stack that stops the running Chromium."""
_IDLE: list[Page] = []
"""Tabs that earlier tests no longer need."""


@cache
def _launched() -> Browser:
    from playwright.sync_api import sync_playwright

    playwright = _CHROMIUM.enter_context(sync_playwright())
    # Chromium's sandbox does not work for root, and often not in a container. Pages of tests are short-lived,
    # so optimising their scripts takes longer than it saves.
    # Chromium accepts the tests' own certificates by an option. With Playwright's `ignore_https_errors` each
    # new connection fails once and is repeated, and a request is given up after three failures.
    arguments = [
        "--no-sandbox",
        "--js-flags=--no-turbofan --no-maglev",
        "--ignore-certificate-errors",
    ]
    chrome = playwright.chromium.launch(executable_path=chromium(), args=arguments)
    _CHROMIUM.callback(chrome.close)
    return chrome


@pytest.fixture
def idle_tabs() -> list[Page]:
    """Tabs that earlier tests no longer need, each in its own context; they end with their Chromium."""
    return _IDLE


@pytest.fixture
def browser(idle_tabs: list[Page]) -> Iterator[Browser]:
    """Headless Chromium shared by the tests of a process; each test opens its own context or page."""
    chrome = _launched()
    yield chrome
    idle = [page.context for page in idle_tabs]
    for context in chrome.contexts:
        if context not in idle:
            context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Stop Chromium before a test that needs none, because Playwright's event loop runs in this process."""
    outcome = yield
    if nextitem is None or nextitem.get_closest_marker("browser") is None:
        _IDLE.clear()
        _CHROMIUM.close()
        _launched.cache_clear()
    return outcome
