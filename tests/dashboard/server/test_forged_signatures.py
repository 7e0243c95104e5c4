"""Tests that messages over a socket cannot sign for another person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.util import calc_hash
from websockets.sync.client import ClientConnection

from dashboard.data.installation_keys import read_or_create_key
from dashboard.decisions.entry import Recorded
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


class Proposed(NamedTuple):
    """Proposal by Ana in a register, and the seal key of the register's signatures."""

    register: Register
    key: bytes
    one: Recorded

    def signed(self) -> list[tuple[str, str, str]]:
        """Act, stakeholder and person of each signature of the proposal."""
        every = [one.signature for one in self.register.read().signatures]
        return [(s.act, s.stakeholder, s.subject) for s in every if s.decision == self.one.hash]


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """Address of the app behind a trusted proxy, and its folder."""
    folder = tmp_path_factory.mktemp("signatures")
    for name, text in (("secret", SECRET), ("people.toml", PEOPLE)):
        (folder / name).touch(0o600)
        (folder / name).write_text(text)
    with serving_people(folder) as url:
        yield url, folder


@pytest.fixture
def server(served, request) -> tuple[str, Proposed]:
    """Address of the app, and a new proposal."""
    url, folder = served
    register = Register(folder / "decisions.sqlite")
    key = read_or_create_key(folder / "state" / "common-ground" / "signatures.key")
    unsaid = tuple(replace(s, name="", verdict="", words="") for s in DECISION.stakeholders)
    one = register.append(
        replace(DECISION, stakeholders=unsaid),
        request.node.name[:64],
        propose=lambda one: signature(
            one.hash, "proposes", ANA, waits_for=tuple(ROLE_NAMES), issuer=ISSUER
        ).sealed(key),
        seal_key=key,
    )
    return url, Proposed(register, key, one)


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


def test_a_message_signs_only_for_its_person_and_what_the_page_offers(server):
    url, proposal = server
    proposed = [("proposes", "", ANA)]
    with session(url, **named(CLEO)) as (line, _):
        buttons = on_decisions(line)
        key = f"sign_{proposal.one.number}_executive"
        forged = statement(buttons, key)
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
        assert proposal.signed() == proposed
        on_decisions(line, *says)
        after = on_decisions(line, *forged)
        assert proposal.signed() == [*proposed, ("agrees", "executive", CLEO)]
        assert f"{key}_now" not in after
        on_decisions(line, *forged)  # replayed
        assert len(proposal.signed()) == 2


def test_only_the_proposer_can_withdraw(server):
    url, proposal = server
    with session(url, **named(ANA)) as (line, _):
        withdraw = on_decisions(line)[f"withdraw_{proposal.one.number}"]
        for who in (BEN, EVE):
            with session(url, **named(who)) as (other, _):
                on_decisions(other)
                on_decisions(other, pressed(withdraw))
        assert len(proposal.signed()) == 1
        on_decisions(line, pressed(withdraw))
        assert proposal.signed()[1:] == [("withdraws", "", ANA)]


def statement(buttons: Mapping[str, str], key: str) -> list[WidgetState]:
    """Widget states that fill in a stakeholder's form and press its button."""
    return [
        agrees(buttons[f"{key}_says"]),
        WidgetState(id=buttons[f"{key}_words"], string_value=""),
        WidgetState(id=buttons[f"{key}_again"], bool_value=True),  # the data is not on this server
        pressed(buttons[f"{key}_now"]),
    ]


@pytest.mark.slow  # one server is tested in every run
def test_each_person_signs_once_on_two_servers_with_one_register(server):
    url, proposal = server
    key = f"sign_{proposal.one.number}"
    with (
        serving_people(proposal.register.path.parent) as other,
        session(url, **named(CLEO)) as (here, _),
        session(other, **named(CLEO)) as (there, _),
        session(other, **named(BEN)) as (ben, _),
    ):
        late = statement(on_decisions(here), f"{key}_executive")
        agreement = statement(on_decisions(there), f"{key}_executive")
        on_decisions(there, *agreement[:-1])
        on_decisions(there, *agreement)
        on_decisions(here, *late[:-1])
        on_decisions(here, *late)
        agreement = statement(on_decisions(ben), f"{key}_product")
        on_decisions(ben, *agreement[:-1])
        on_decisions(ben, *agreement)
    both = [("agrees", "executive", CLEO), ("agrees", "product", BEN)]
    assert proposal.signed() == [("proposes", "", ANA), *both]
    assert verify(proposal.register.path, seal_key=proposal.key).problems == ()
