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
def references(monkeypatch):
    """Weak references, by type, to everything built for pages since the start of the test."""
    cache.STORE.forget(bool)  # an earlier test may hold cached objects
    found: list[weakref.ref[object]] = []
    build = page_view.build

    def build_and_refer(*given, **named):
        page = build(*given, **named)
        found.extend(
            map(
                weakref.ref,
                (page, page.analysis.figures, page.analysis.points, page.analysis.evaluation),
            )
        )
        return page

    monkeypatch.setattr(page_view, "build", build_and_refer)
    # Otherwise objects of the first page are never checked.
    monkeypatch.setattr(gc, "freeze", lambda: None)
    return found


def living_types(references):
    gc.collect()
    return {type(one).__name__ for ref in references if (one := ref()) is not None}


def are_all_dead_soon(references, seconds=60.0):
    """Wait until no object is alive, because a thread may hold its last task. False if some remain."""
    end = time.monotonic() + seconds
    while living_types(references) and time.monotonic() < end:
        time.sleep(0.05)
    return living_types(references) == set()


def test_nothing_of_a_page_stays_in_memory_after_its_run_or_session(open_page, references):
    page = open_page()
    fingerprint = page.link["data"]
    for at in PAGES:
        page.turn(at)
    page.press("record_open")
    for name in STAKEHOLDERS:
        page.app.session_state[f"ask_{name}"] = True
    page.run()
    # Answers to the questions on the cards.
    assert sum("cg-more" in markup for markup in page.markup) > 1
    assert references
    assert "PageView" not in living_types(references)

    del page
    cache.forget(fingerprint)
    assert are_all_dead_soon(references)


def test_a_download_is_built_from_ids_after_the_run(open_page, references, monkeypatch):
    made: dict[str, Callable[[], str | bytes]] = {}
    monkeypatch.setattr(
        downloads, "draw_button", lambda label, make, *_, **__: made.setdefault(label, make)
    )
    page = open_page().press("record_open")
    assert "PageView" not in living_types(references)
    contents: dict[str, str | bytes] = {}

    def fetch():
        contents.update({label: make() for label, make in made.items()})

    fetching = threading.Thread(target=fetch)
    fetching.start()
    fetching.join()
    assert len(contents) == 2
    assert all(contents.values())
    assert page.link["data"] in str(contents["Report of this view, unrecorded"])
    assert "PageView" not in living_types(references)
