"""Tests that nobody uses what belongs to another reader, known by cookie or by a trusted proxy's name."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.util import calc_hash
from websockets.sync.client import ClientConnection

from dashboard.data.installation_keys import read_or_create_key
from dashboard.decisions.entry import Recorded
from dashboard.decisions.people import ROLE_NAMES
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from dashboard.server import browser_access, plotly_script
from dashboard.server.browser_access import cookie_of
from tests.dashboard.decided import DECISION
from tests.dashboard.server.talk import (
    PATIENCE,
    READER,
    SECRET,
    STRANGER,
    ask,
    call,
    first,
    heard_until,
    heartbeat,
    host,
    lines,
    named,
    open_socket,
    put,
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


BELOW = "/common-ground"
COOKIES = (STRANGER, "a=b", "common_ground_reader=", f"{STRANGER}; a=b", f"x{READER}", READER[:-1])
"""Cookies of browsers that are not the reader's."""


class Known(NamedTuple):
    """Headers of a session's owner in two spellings, and of others."""

    owner: dict[str, str]
    respelled: dict[str, str]
    others: Sequence[dict[str, str]]


KNOWN = {
    "by cookie": Known(
        {"Cookie": READER}, {"Cookie": f"a=b; {READER}"}, [{"Cookie": c} for c in COOKIES]
    ),
    "by name": Known(
        named("dan@example.com"), named("Dan@Example.com"), [named("bob@example.com")]
    ),
}


@pytest.fixture(scope="module")
def by_cookie(tmp_path_factory) -> Iterator[str]:
    """Address of an app below a path, which knows its readers by their cookies."""
    folder = tmp_path_factory.mktemp("readers")
    with serving(folder, "--private", "--base-path", BELOW, below=BELOW) as url:
        yield url


@pytest.fixture(params=KNOWN)
def known(request, by_cookie, served) -> tuple[str, Known]:
    return by_cookie if request.param == "by cookie" else served[0], KNOWN[request.param]


@pytest.fixture
def server(by_cookie: str) -> str:
    return by_cookie


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
def pending(served, request) -> tuple[str, Proposed]:
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
    options += ["--base-path", BELOW]
    state = {"XDG_STATE_HOME": str(folder / "state")}
    return serving(folder, *options, env=state, below=BELOW)


def on_decisions(line: ClientConnection, *states: WidgetState) -> dict[str, str]:
    """Ids by key of the widgets of the Decisions page, after these states were sent."""
    back = rerun(calc_hash("decisions"))
    back.rerun_script.widget_states.widgets.extend(states)
    line.send(back.SerializeToString())
    ids = widget_ids(line)
    while "decisions_text" not in ids:  # this run replaced an earlier one
        ids |= widget_ids(line)
    return ids


def test_a_message_signs_only_for_its_person_and_what_the_page_offers(pending):
    url, proposal = pending
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


def test_only_the_proposer_can_withdraw(pending):
    url, proposal = pending
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
        own = run_until_drawn(line, "record_open")
        ids = run_until_drawn(line, "record_now", pressed(own["record_open"]))
        why = WidgetState(id=ids["why"], string_value="forged")
        # Widget ids are the same in every session, so an attacker knows them without opening the page.
        with session(url, **named(ANA)) as (other, _):
            others = run_until_drawn(other, "record_open")
            assert others["record_open"] == own["record_open"]
            for more in ([], [pressed(others["record_open"])]):
                run_page(other, why, pressed(ids["record_now"]), *more)
        assert len(register.all()) == before
        # The same message is recorded if its page has the widgets.
        run_page(line, why)
        run_page(line, why, pressed(ids["record_now"]))
    assert [one.decision.why for one in register.all()[before:]] == ["forged"]


@pytest.mark.slow  # a server of its own for one test
def test_each_person_signs_once_on_two_servers_with_one_register(pending):
    url, proposal = pending
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
        assert ask(address, f"{BELOW}{path}", host(address), *headers).status == 401
    with call(address) as line:
        assert upgrade(line, host(address), *headers, path=f"{BELOW}/_stcore/stream").status == 401


def test_a_refusal_has_the_security_headers(address):
    answer = ask(address, f"{BELOW}/", host(address))
    assert "content-security-policy" in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_a_request_with_one_person_is_answered(address):
    assert ask(address, f"{BELOW}/", host(address), *lines(named(ANN))).status == 200
    for path in ("/healthz", "/_stcore/health"):
        assert ask(address, f"{BELOW}{path}", host(address)).status == 200
    assert ask(address, f"{BELOW}/healthz", host(address), method="POST").status == 401


def test_a_body_with_two_lengths_is_refused(address):
    both = ["Content-Length: 5", "Transfer-Encoding: chunked"]
    said = ask(
        address,
        f"{BELOW}/",
        host(address),
        *both,
        *lines(named(ANN)),
        method="POST",
        body=b"0\r\n\r\n",
    )
    assert said.status == 400


def test_signing_out_closes_only_the_pages_of_that_person(address):
    with (
        session(address, **named(ANN)) as (ann, _),
        session(address, Cookie="a=b", **named(ANN.upper())) as (elsewhere, _),
        session(address, **named(BOB)) as (bob, _),
    ):
        assert ask(address, f"{BELOW}/sign-out", host(address), *lines(named(ANN))).status == 200
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


def continued(url: str, existing: str, who: dict[str, str]) -> str:
    """Id of the session that a reader gets who asks to continue an existing session."""
    with session(url, existing, **who) as (_, name):
        return name


def test_the_id_of_an_open_session_does_not_give_access(known):
    url, who = known
    with session(url, **who.owner) as (line, name):
        heard_until(line, "script_finished")
        heartbeat(line)
        for other in who.others:
            assert continued(url, name, other) != name
        heartbeat(line)  # its own reader is still connected and can send messages
    assert continued(url, name, who.others[0]) != name
    assert continued(url, name, who.respelled) == name


def test_a_session_id_at_another_place_of_the_request_is_ignored(server):
    with session(server) as (line, name):
        heard_until(line, "script_finished")
        for said in (
            [f"streamlit, x, {name}, more"],
            ["streamlit, x", f"streamlit, x, {name}"],
            [f"streamlit,,{name}", "streamlit"],
        ):
            protocols = [f"Sec-WebSocket-Protocol: {value}" for value in said]
            with call(server) as other:
                asked = (host(server), f"Cookie: {STRANGER}", *protocols)
                assert upgrade(other, *asked, path=f"{BELOW}/_stcore/stream").status == 101
                heartbeat(line)  # the session still belongs to its reader


def changed(
    url: str, name: str, who: dict[str, str], *, file: str = "", method: bytes = b"PUT"
) -> int:
    """Status of a request that uploads a file to a session, or removes it."""
    health, cookie = f"{BELOW}/_stcore/health", who.get("Cookie", READER)
    whole = put(url, name, b"id,label,a\n", cookie=cookie, file=file, health=health)
    whole = whole.replace(b"PUT /", method + f" {BELOW}/".encode(), 1)
    head, body = whole.split(b"\r\n\r\n", 1)
    rest = lines({key: who[key] for key in who.keys() - {"Cookie"}})
    with call(url) as line:
        line.sendall("\r\n".join([head.decode(), *rest, "", ""]).encode() + body)
        return first(line).status


def test_only_the_owner_of_a_session_can_change_its_files(known):
    url, who = known
    with session(url, **who.owner) as (line, name):
        heartbeat(line)
        file = str(uuid4())
        for other in who.others:
            assert changed(url, name, other) == 400
        assert changed(url, name, who.owner, file=file) == 204
        for other in who.others:
            assert changed(url, name, other, file=file, method=b"DELETE") == 400
        assert changed(url, name, who.owner, file=file, method=b"DELETE") == 204
        coded = name.replace("-", "%2D")  # the same address in another spelling
        assert changed(url, coded, who.others[0]) == 400
        assert changed(url, coded, who.owner) == 204


def deferred(line) -> str:
    """Draw the page Models. Return the id of its download that is generated on request."""
    line.send(rerun(calc_hash("models")).SerializeToString())
    found = ""
    while not found:
        for one in heard_until(line, "delta"):
            found = one.delta.new_element.download_button.deferred_file_id or found
    return found


def below(url: str) -> str:
    """Address from the server as a path from its root."""
    return url if url.startswith(BELOW) else f"{BELOW}{url}"


def made_file(line, name: str, file: str) -> str:
    """Request the generation of a download. Return its address, or the error message."""
    sent = BackMsg()
    asked = sent.backend_operation_request
    asked.request_id, asked.session_id, asked.deferred_file.file_id = "a-1", name, file
    line.send(sent.SerializeToString())
    answer = heard_until(line, "backend_operation_response")[-1].backend_operation_response
    return answer.deferred_file.url or answer.error_msg


def test_a_download_is_available_to_its_reader_only(server):
    # The reader has two tabs. Streamlit drops a generated file after two runs of any session.
    with (
        session(server) as (tab, _),
        session(server) as (line, name),
        session(server, Cookie=STRANGER) as (other, strange),
    ):
        file = deferred(line)
        for socket in (tab, line, other):
            heard_until(socket, "script_finished")
        assert "cannot be made" in made_file(other, strange, file)
        assert "cannot be made" in made_file(other, name, file)
        url = made_file(line, name, file)
        assert "/media/" in url
        path = below(url)
        for method in ("GET", "HEAD"):
            assert ask(server, path, host(server), f"Cookie: {READER}", method=method).status == 200
            for cookie in (STRANGER, "a=b"):
                said = ask(server, path, host(server), f"Cookie: {cookie}", method=method)
                assert said.status == 404
        # A file name in a text that a stranger made the server send gives no access.
        other.send(rerun(path.rpartition("/")[2][:32]).SerializeToString())
        heard_until(other, "script_finished")
        assert ask(server, path, host(server), f"Cookie: {STRANGER}").status == 404
        assert ask(server, path, host(server), f"Cookie: {READER}").status == 200


def test_pictures_of_the_guide_are_available_to_those_who_see_them(known):
    server, who = known
    with session(server, **who.owner) as (line, _):
        line.send(rerun(calc_hash("guide-scale")).SerializeToString())
        urls: list[str] = []
        while not urls:  # this run replaced the first one
            urls = [
                image.url
                for one in heard_until(line, "script_finished")
                for image in one.delta.new_element.imgs.imgs
            ]
        for url in urls:
            own, others = (
                ask(server, below(url), host(server), *lines({"Cookie": READER, **headers}))
                for headers in (who.owner, who.others[0])
            )
            assert own.status == 200
            assert own.headers["content-type"].startswith("image/")
            assert others.status == 404


def test_a_browser_gets_one_cookie_that_scripts_cannot_read(server):
    answer = ask(server, f"{BELOW}/", host(server))
    given = answer.headers["set-cookie"]
    assert re.fullmatch(
        rf"common_ground_reader=[0-9a-f]{{64}}; Path={BELOW}; HttpOnly; SameSite=Lax", given
    )
    assert b"\r\ncache-control: private\r\n" in answer.said.lower()
    assert ask(server, f"{BELOW}/", host(server)).headers["set-cookie"] != given
    assert "set-cookie" not in ask(server, f"{BELOW}/", host(server), f"Cookie: {READER}").headers
    script = ask(server, f"{BELOW}/{plotly_script.URL}", host(server))
    assert "set-cookie" not in script.headers  # a proxy that passes it on may store it
    with open_socket(server, Cookie="a=b") as line:
        assert line.response is not None
        cookie = line.response.headers["set-cookie"].partition(";")[0]
        line.send(rerun().SerializeToString())
        name = heard_until(line, "new_session")[-1].new_session.initialize.session_id
    assert continued(server, name, {"Cookie": cookie}) == name
    with session(server) as (line, _):
        assert line.response is not None
        assert "set-cookie" not in line.response.headers


def test_a_cookie_set_over_tls_is_sent_over_tls_only():
    scope = {"type": "http", "scheme": "https"}
    _, given = browser_access.BrowserAccess(lambda *_: None, "")._cookie_header(scope, "0" * 64)  # type: ignore[arg-type]
    assert given.endswith(b"; Path=/; HttpOnly; SameSite=Lax; Secure")


@pytest.mark.parametrize("value", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64, "٠" * 64])
def test_an_invalid_cookie_is_ignored(value):
    header = f"common_ground_reader={value}".encode()
    assert cookie_of({"headers": [(b"cookie", header)]}) is None
