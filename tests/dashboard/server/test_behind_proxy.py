"""Tests of the app behind a trusted proxy: nobody gets in without a name, nor acts for another person."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import websockets
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.util import calc_hash
from websockets.sync.client import ClientConnection

from dashboard.data.installation_keys import read_or_create_key
from dashboard.decisions.entry import Recorded
from dashboard.decisions.people import ROLE_NAMES
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from dashboard.server import browser_access
from tests.dashboard.decided import DECISION
from tests.dashboard.server.talk import (
    PATIENCE,
    SECRET,
    ask,
    call,
    heartbeat,
    host,
    lines,
    named,
    open_socket,
    rerun,
    serving,
    session,
    upgrade,
)
from tests.dashboard.server.widgets import (
    agrees,
    pressed,
    run_page,
    run_until_drawn,
    widget_ids,
)
from tests.dashboard.signatures import signature

ANA, BEN, CLEO, EVE = (f"{name}@example.com" for name in ("ana", "ben", "cleo", "eve"))
ANN, BOB = "Ann@Example.com", "bob@example.com"
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
def address(served) -> str:
    return str(served[0])


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


def test_a_message_cannot_propose_without_the_dialog(served):
    url, folder = served
    register = Register(folder / "decisions.sqlite")
    before = len(register.all())
    with session(url, **named(ANA)) as (line, _):
        first = run_until_drawn(line, "record_open")
        ids = run_until_drawn(line, "record_now", pressed(first["record_open"]))
        why = WidgetState(id=ids["why"], string_value="forged")
        # Widget ids are the same in every session, so an attacker knows them without opening the page.
        with session(url, **named(ANA)) as (other, _):
            known = run_until_drawn(other, "record_open")
            assert known["record_open"] == first["record_open"]
            for more in ([], [pressed(known["record_open"])]):
                run_page(other, why, pressed(ids["record_now"]), *more)
        assert len(register.all()) == before
        # The same message is recorded if its page has the widgets.
        run_page(line, why)
        run_page(line, why, pressed(ids["record_now"]))
    assert [one.decision.why for one in register.all()[before:]] == ["forged"]


@pytest.mark.slow  # a server of its own for one test
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


WRONG = {
    "no header": ["X-Common-Ground-Secret: " + SECRET],
    "no secret": ["X-Forwarded-Email: ann@example.com"],
    "neither": [],
    "wrong secret": lines(named(ANN, SECRET[:-1] + "f")),
    "empty secret": lines(named(ANN, "")),
    "two headers": [*lines(named(ANN)), "X-Forwarded-Email: bob@example.com"],
    "two equal headers": [*lines(named(ANN)), f"X-Forwarded-Email: {ANN}"],
    "two secrets": [*lines(named(ANN)), f"X-Common-Ground-Secret: {SECRET}"],
    "underscores besides": [*lines(named(ANN)), "X_Forwarded_Email: bob@example.com"],
    "underscores alone": [
        "X_Forwarded_Email: bob@example.com",
        f"X-Common-Ground-Secret: {SECRET}",
    ],
    "an underscore in the secret": [
        "X-Forwarded-Email: ann@example.com",
        f"X-Common_Ground-Secret: {SECRET}",
    ],
    "two people": lines(named("ann@example.com, bob@example.com")),
    "nobody": lines(named("")),
    "a blank": lines(named("ann bob")),
    "too long": lines(named("a" * 255)),
    "letters beyond ASCII": lines(named("ann@ex\xe4mple.com")),
    "another header": ["X-Forwarded-User: ann", f"X-Common-Ground-Secret: {SECRET}"],
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_a_request_without_a_person_is_refused(address, headers):
    for path in ("/", "/decisions", "/_stcore/host-config", "/media/a.csv", "/sign-out"):
        assert ask(address, path, host(address), *headers).status == 401
    with call(address) as line:
        assert upgrade(line, host(address), *headers).status == 401


def test_a_refusal_has_the_security_headers(address):
    answer = ask(address, "/", host(address))
    assert "content-security-policy" in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_a_request_with_one_person_is_answered(address):
    assert ask(address, "/", host(address), *lines(named(ANN))).status == 200
    for path in ("/healthz", "/_stcore/health"):
        assert ask(address, path, host(address)).status == 200
    assert ask(address, "/healthz", host(address), method="POST").status == 401


def test_a_body_with_two_lengths_is_refused(address):
    both = ["Content-Length: 5", "Transfer-Encoding: chunked"]
    said = ask(
        address, "/", host(address), *both, *lines(named(ANN)), method="POST", body=b"0\r\n\r\n"
    )
    assert said.status == 400


def test_signing_out_closes_only_the_pages_of_that_person(address):
    with (
        session(address, **named(ANN)) as (ann, _),
        session(address, Cookie="a=b", **named(ANN.upper())) as (elsewhere, _),
        session(address, **named(BOB)) as (bob, _),
    ):
        assert ask(address, "/sign-out", host(address), *lines(named(ANN))).status == 200
        for line in (ann, elsewhere):
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:
                    line.recv(PATIENCE)
            assert line.close_code == browser_access.SIGN_IN_AGAIN
        heartbeat(bob)
        with (
            pytest.raises(websockets.InvalidStatus, match="401"),
            open_socket(address, **named(ANN)),
        ):
            pass  # the browser may not yet have dropped the proxy's cookie
