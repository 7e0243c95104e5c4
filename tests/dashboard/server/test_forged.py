"""Tests that forged messages, which no page of the app sends, have no effect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from dashboard.decisions.register import Register
from tests.dashboard.server.talk import serving, session
from tests.dashboard.server.widgets import agrees, pressed, run_page, run_until_drawn

WHO = ("data", "product", "executive")


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """Address of the app on a small file, and its register."""
    folder = tmp_path_factory.mktemp("forged")
    register = folder / "decisions.sqlite"
    places = ("--register", str(register), "--library", str(folder / "library"))
    with serving(folder, *places) as url:
        yield url, register


def typed(ids: dict[str, str]) -> list[WidgetState]:
    """Widget states with all required fields of a decision."""
    return [
        *(WidgetState(id=ids[f"who_{who}"], string_value="Mallory") for who in WHO),
        *(agrees(ids[f"says_{who}"]) for who in WHO),
        WidgetState(id=ids["why"], string_value="forged"),
    ]


@pytest.mark.slow  # the same is tested behind a proxy in every run
def test_a_message_cannot_record_without_the_dialog(server):
    url, register = server
    with session(url) as (line, _):
        first = run_until_drawn(line, "record_open")
        ids = run_until_drawn(line, "record_now", pressed(first["record_open"]))
        states = typed(ids)
        # Widget ids are the same in every session, so an attacker knows them without opening the page.
        with session(url) as (other, _):
            known = run_until_drawn(other, "record_open")
            assert known["record_open"] == first["record_open"]
            for more in ([], [pressed(known["record_open"])]):
                run_page(other, *states, pressed(ids["record_now"]), *more)
            assert not register.exists()
        # The same message is recorded if its page has the widgets.
        run_page(line, *states)
        run_page(line, *states, pressed(ids["record_now"]))
    [one] = Register(register).all()
    assert one.decision.why == "forged"
