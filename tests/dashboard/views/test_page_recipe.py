"""Tests that an idle session holds only ids and numbers, and that an ended session holds nothing."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable

import pytest

from dashboard import page_view
from dashboard.analysis import cache
from dashboard.views.decisions import downloads
from tests.dashboard.pages import STAKEHOLDERS

PAGES = ("models", "evidence", "limits", "gaps", "data", "decisions", "decide")


@pytest.fixture
def built(monkeypatch):
    """Weak references, by type, to everything built for pages since the start of the test."""
    cache.STORE.forget(bool)  # an earlier test may hold cached objects
    found: list[weakref.ref[object]] = []
    build = page_view.build

    def noted(*given, **named):
        page = build(*given, **named)
        found.extend(
            map(
                weakref.ref,
                (page, page.analysis.figures, page.analysis.points, page.analysis.evaluation),
            )
        )
        return page

    monkeypatch.setattr(page_view, "build", noted)
    # Otherwise objects of the first page are never checked.
    monkeypatch.setattr(gc, "freeze", lambda: None)
    return found


def alive(built):
    gc.collect()
    return {type(one).__name__ for ref in built if (one := ref()) is not None}


def not_alive_soon(built, seconds=60.0):
    """Wait until no object is alive, because a thread may hold its last task. False if some remain."""
    end = time.monotonic() + seconds
    while alive(built) and time.monotonic() < end:
        time.sleep(0.05)
    return alive(built) == set()


def test_nothing_of_a_page_stays_in_memory_after_its_run_or_session(opened, built):
    page = opened()
    fingerprint = page.link["data"]
    for at in PAGES:
        page.turn(at)
    page.press("record_open")
    for name in STAKEHOLDERS:
        page.app.session_state[f"ask_{name}"] = True
    page.run()
    # Answers to the questions on the cards.
    assert sum("cg-more" in markup for markup in page.markup) > 1
    assert built
    assert "PageView" not in alive(built)

    del page
    cache.forget(fingerprint)
    assert not_alive_soon(built)


def test_a_download_is_built_from_ids_after_the_run(opened, built, monkeypatch):
    made: dict[str, Callable[[], str | bytes]] = {}
    monkeypatch.setattr(
        downloads, "draw_button", lambda label, make, *_, **__: made.setdefault(label, make)
    )
    page = opened().press("record_open")
    assert "PageView" not in alive(built)
    contents: dict[str, str | bytes] = {}

    def fetch():
        contents.update({label: make() for label, make in made.items()})

    fetching = threading.Thread(target=fetch)
    fetching.start()
    fetching.join()
    assert len(contents) == 2
    assert all(contents.values())
    assert page.link["data"] in str(contents["Report of this view, unrecorded"])
    assert "PageView" not in alive(built)
