"""Tests that messages over a socket cannot sign for another person."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.util import calc_hash
from websockets.sync.client import ClientConnection

from dashboard.data.installation_keys import read_or_create_key
from dashboard.decisions.people import ROLE_NAMES
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from tests.dashboard.decided import DECISION
from tests.dashboard.server.talk import SECRET, named, rerun, serving, session
from tests.dashboard.server.widgets import agrees, pressed, widget_ids
from tests.dashboard.signatures import signature

ANA, BEN, CLEO, EVE = (f"{name}@example.com" for name in ("ana", "ben", "cleo", "eve"))
ISSUER = "proxy header X-Forwarded-Email"
PEOPLE = f"""
data_scientist = ["{ANA}"]
product_manager = ["{BEN}"]
executive = ["{CLEO}"]
"""


@pytest.fixture
def server(tmp_path):
    """Address of the app behind a trusted proxy, and a register with a proposal by Ana."""
    for name, text in (("secret", SECRET), ("people.toml", PEOPLE)):
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_text(text)
    register = Register(tmp_path / "decisions.sqlite")
    key = read_or_create_key(tmp_path / "state" / "common-ground" / "signatures.key")
    unsaid = tuple(replace(s, name="", verdict="", words="") for s in DECISION.stakeholders)
    register.append(
        replace(DECISION, stakeholders=unsaid),
        "proposal",
        propose=lambda one: signature(
            one.hash, "proposes", ANA, waits_for=tuple(ROLE_NAMES), issuer=ISSUER
        ).sealed(key),
        seal_key=key,
    )
    with serving_people(tmp_path) as url:
        yield url, register


def serving_people(folder: Path) -> AbstractContextManager[str]:
    """Run the app behind a trusted proxy with the register and the people file of a folder."""
    options = ["--identity-header", "X-Forwarded-Email", "--identity-secret-file"]
    options += [str(folder / "secret"), "--people", str(folder / "people.toml")]
    options += [
        "--register",
        str(folder / "decisions.sqlite"),
        "--library",
        str(folder / "library"),
    ]
    return serving(folder, *options, env={"XDG_STATE_HOME": str(folder / "state")})


def on_decisions(line: ClientConnection, *states: WidgetState) -> dict[str, str]:
    """Ids by key of the widgets of the Decisions page, after these states were sent."""
    back = rerun(calc_hash("decisions"))
    back.rerun_script.widget_states.widgets.extend(states)
    line.send(back.SerializeToString())
    ids = widget_ids(line)
    while "decisions_text" not in ids:  # this run replaced an earlier one
        ids |= widget_ids(line)
    return ids


def signed(register: Register) -> list[tuple[str, str, str]]:
    found = [one.signature for one in register.read().signatures]
    return [(one.act, one.stakeholder, one.subject) for one in found]


def test_a_message_signs_only_for_its_person_and_what_the_page_offers(server):
    url, register = server
    proposed = [("proposes", "", ANA)]
    with session(url, **named(CLEO)) as (line, _):
        buttons = on_decisions(line)
        key = "sign_1_executive"
        forged = statement(buttons, "executive")
        says = forged[:-1]
        for who in (EVE, BEN, ANA):
            with session(url, **named(who)) as (other, _):
                offered = on_decisions(other)
                assert f"{key}_now" not in offered
                on_decisions(other, *forged)
                on_decisions(other, *forged)
        with session(url, **named(CLEO)) as (elsewhere, _):  # a page of hers without this button
            back = rerun()
            back.rerun_script.widget_states.widgets.extend(forged)
            elsewhere.send(back.SerializeToString())
            widget_ids(elsewhere)
        assert signed(register) == proposed
        on_decisions(line, *says)
        after = on_decisions(line, *forged)
        assert signed(register) == [*proposed, ("agrees", "executive", CLEO)]
        assert f"{key}_now" not in after
        on_decisions(line, *forged)  # replayed
        assert len(signed(register)) == 2


def test_only_the_proposer_can_withdraw(server):
    url, register = server
    with session(url, **named(ANA)) as (line, _):
        buttons = on_decisions(line)
        for who in (BEN, EVE):
            with session(url, **named(who)) as (other, _):
                on_decisions(other)
                on_decisions(other, pressed(buttons["withdraw_1"]))
        assert len(signed(register)) == 1
        on_decisions(line, pressed(buttons["withdraw_1"]))
        assert signed(register)[1:] == [("withdraws", "", ANA)]


def statement(buttons: Mapping[str, str], stakeholder: str) -> list[WidgetState]:
    """Widget states that fill in a stakeholder's form and press its button."""
    key = f"sign_1_{stakeholder}"
    return [
        agrees(buttons[f"{key}_says"]),
        WidgetState(id=buttons[f"{key}_words"], string_value=""),
        WidgetState(id=buttons[f"{key}_again"], bool_value=True),  # the data is not on this server
        pressed(buttons[f"{key}_now"]),
    ]


def test_each_person_signs_once_on_two_servers_with_one_register(server, tmp_path):
    url, register = server
    with (
        serving_people(tmp_path) as other,
        session(url, **named(CLEO)) as (here, _),
        session(other, **named(CLEO)) as (there, _),
        session(other, **named(BEN)) as (ben, _),
    ):
        late = statement(on_decisions(here), "executive")
        agreement = statement(on_decisions(there), "executive")
        on_decisions(there, *agreement[:-1])
        on_decisions(there, *agreement)
        on_decisions(here, *late[:-1])
        on_decisions(here, *late)
        agreement = statement(on_decisions(ben), "product")
        on_decisions(ben, *agreement[:-1])
        on_decisions(ben, *agreement)
    both = [("agrees", "executive", CLEO), ("agrees", "product", BEN)]
    assert signed(register) == [("proposes", "", ANA), *both]
    key = read_or_create_key(tmp_path / "state" / "common-ground" / "signatures.key")
    assert verify(register.path, seal_key=key).problems == ()
