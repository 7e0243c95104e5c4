"""Tests of the gate behind a trusted proxy: every request has one person, who stays known."""

from __future__ import annotations

import asyncio
import math
import time

import pytest

from dashboard.decisions.identity import Person, canonical_identity
from dashboard.decisions.tokens import TokenVerifier
from dashboard.server import browser_access, sign_in
from dashboard.server.sign_in import PERSON, Proxy, SignIn, proxy_of
from dashboard.server.sockets import Socket, Sockets
from tests.dashboard.server.talk import rerun
from tests.dashboard.tokens import AUDIENCE, ISSUER, token, write_keys


def asked(gate: SignIn, kind: str, headers: list[tuple[bytes, bytes]], path: str = "/") -> int:
    """Status of a request to the gate; the app behind it answers 200."""
    statuses: list[int] = []

    async def send(message):
        statuses.append(message.get("status", 0))

    scope = {"type": kind, "path": path, "method": "GET", "headers": headers}
    asyncio.run(gate(scope, None, send))  # type: ignore[arg-type]
    return statuses[0]


async def answering(scope, receive, send):
    """App behind the gate."""
    await send({"status": 200})


PROXY = Proxy(b"remote-user", b"s" * 32)
OWN = [(b"remote-user", b"Ann"), (b"x-common-ground-secret", b"s" * 32)]


def test_the_app_gets_one_name_and_no_identity_headers():
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)
        await send({"status": 200})

    more = [
        (b"x-forwarded-email", b"bob@example.com"),
        (b"X_Auth_Request_User", b"bob"),
        (b"authorization", b"Basic Ym9iOg=="),
        (b"x-forwarded-user", b"bob"),
        (b"remote-groups", b"admins"),
    ]
    kept = [(b"host", b"localhost"), (b"x-forwarded-for", b"192.0.2.1"), (b"user-agent", b"x")]
    gate = SignIn(app, "", PROXY)
    assert asked(gate, "http", [*OWN, *more, *kept]) == 200
    assert seen[PERSON] == Person("ann")
    assert seen["headers"] == kept
    assert asked(gate, "http", [*OWN, *more], "/healthz") == 200


GROUPS = Proxy(b"remote-user", b"s" * 32, b"remote-roles")


def person_asking(proxy: Proxy, headers: list[tuple[bytes, bytes]]) -> Person | None:
    """Person that the gate passes to the app; `None` if it refuses the request."""
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)
        await send({"status": 200})

    status = asked(SignIn(app, "", proxy), "http", headers)
    assert (status == 200) == (PERSON in seen)
    assert all(b"roles" not in name for name, _ in seen.get("headers", ()))
    return seen.get(PERSON)


def test_groups_come_from_one_header_of_the_proxy():
    person = person_asking(GROUPS, [*OWN, (b"Remote-Roles", "The Board, Prüfer,".encode())])
    assert person == Person("ann", frozenset({"The Board", "Prüfer"}))
    assert person_asking(GROUPS, OWN) == Person("ann")
    assert person_asking(PROXY, [*OWN, (b"remote-groups", b"staff")]) == Person("ann")
    for more in ([b"remote-roles", b"remote-roles"], [b"remote_roles"]):
        assert person_asking(GROUPS, [*OWN, *((name, b"staff") for name in more)]) is None
    assert person_asking(GROUPS, [(b"remote-roles", b"staff"), OWN[0]]) is None


def test_a_token_names_the_person_and_the_secret_of_a_proxy_does_not(tmp_path):
    tokens = TokenVerifier(write_keys(tmp_path / "keys.json"), ISSUER, AUDIENCE)
    gate = Proxy(b"authorization", b"s" * 32, tokens=tokens)
    own = (b"authorization", b"Bearer " + token())
    person = person_asking(gate, [own])
    assert person is not None
    assert person.identity == "ana@example.com"
    other = (b"authorization", b"Bearer " + token(email="eve@example.com"))
    for headers in ([], [own, other], [own, own], [(b"authorizatio_n", own[1])], OWN):
        assert person_asking(gate, headers) is None
    assert person_asking(gate, [(b"authorization", b"ann"), OWN[1]]) is None


def test_below_a_path_only_health_needs_no_sign_in():
    gate = SignIn(answering, "/common-ground", PROXY)
    assert asked(gate, "http", [], "/common-ground/healthz") == 200
    for path in ("/common-ground/", "/common-ground/x/healthz", "/healthz/", "/x/healthz"):
        assert asked(gate, "http", [], path) == 401


def test_a_signed_out_person_connects_again_after_some_seconds(monkeypatch):
    gate = SignIn(answering, "", PROXY)
    assert asked(gate, "http", OWN, "/sign-out") == 200
    assert asked(gate, "websocket", OWN) == 401
    assert asked(gate, "http", OWN) == 200
    assert asked(gate, "websocket", [(b"remote-user", b"bob"), OWN[1]]) == 200
    monkeypatch.setattr(sign_in, "SIGNED_OUT_SECONDS", 0.0)
    assert asked(gate, "http", OWN, "/sign-out") == 200
    assert asked(gate, "websocket", OWN) == 200


@pytest.mark.parametrize(
    ("site", "status"),
    [("same-origin", 200), ("none", 200), ("cross-site", 403), ("same-site", 403)],
)
def test_another_site_cannot_sign_a_person_out(site, status):
    gate = SignIn(answering, "", PROXY)
    assert asked(gate, "http", [*OWN, (b"sec-fetch-site", site.encode())], "/sign-out") == status
    assert asked(gate, "websocket", OWN) == (401 if status == 200 else 200)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--identity-header", "X-Forwarded-Email"],
        ["--identity-secret-file=/no/such/file", "--identity-header=X-Forwarded-Email"],
        ["--identity-header", "X_Forwarded_Email"],
        ["--identity-header"],
    ],
)
def test_with_a_wrong_command_line_all_requests_are_refused(arguments):
    first_, second = proxy_of(arguments), proxy_of(arguments)
    assert first_ is not None
    assert second is not None
    assert len(first_.secret) == 32
    assert first_.secret != second.secret


def test_without_the_options_no_sign_in_is_needed():
    assert proxy_of(["scores.csv", "--host", "x.example.com"]) is None
    assert proxy_of(["--no-such-option"]) is None


@pytest.mark.parametrize(("seconds", "expires"), [(0.0, 60.0), (0.3, math.inf), (60.0, 0.3)])
def test_the_identity_of_a_page_is_checked_again_after_minutes(seconds, expires, monkeypatch):
    """Also for a page that sends all the time. Messages after an expired token are ignored."""
    monkeypatch.setattr(browser_access, "SIGNED_IN_SECONDS", seconds)
    end_of_token = time.time() + expires
    sent = []

    async def talked(identity: str) -> str:
        async def receive():
            await asyncio.sleep(0 if seconds == 0.0 else 0.01)
            return {"type": "websocket.receive", "bytes": rerun().SerializeToString()}

        async def send(message):
            sent.append(message)

        person = Person(identity, expires=end_of_token)
        talk = browser_access._MessageFilter(Socket("reader", person), [], receive, send)
        end = asyncio.get_running_loop().time() + 1.0
        while asyncio.get_running_loop().time() < end:
            message = await talk.receive()
            if message["type"] == "websocket.disconnect":
                return "ended"
            await asyncio.sleep(0)
        return "open"

    assert asyncio.run(talked("ann")) == "ended"
    assert sent == [{"type": "websocket.close", "code": browser_access.SIGN_IN_AGAIN}]
    assert asyncio.run(talked("")) == "open"


def test_a_page_that_ends_during_sign_out_keeps_no_other_page_open(monkeypatch):
    monkeypatch.setattr(browser_access, "SIGNED_IN_SECONDS", 0.01)
    known = Sockets()
    ended = []

    async def silent():
        await asyncio.sleep(60.0)

    async def send(_):
        """Discard a message."""

    async def talked():
        first_, later = Socket("reader", Person("ann")), Socket("reader", Person("ann"))
        talk = browser_access._MessageFilter(first_, [], silent, send)
        later.end = lambda: ended.append(later)
        known.add(first_)
        known.add(later)
        loop = asyncio.get_running_loop()
        waiting = asyncio.create_task(talk.receive())
        await asyncio.sleep(0)
        # At this time the timeout has expired, but its task has not run yet.
        loop.call_at(talk._expires, known.sign_out, "ann")
        return await waiting

    assert asyncio.run(talked()) == {
        "type": "websocket.disconnect",
        "code": browser_access.SIGN_IN_AGAIN,
    }
    assert len(ended) == 1


def test_the_person_of_a_page_is_known_by_its_socket():
    known, socket = Sockets(), Socket("reader", Person("ann"))
    known.add(socket)
    assert known.person_of(socket.name) == Person("ann")
    assert known.person_of("") == known.person_of("other") == Person()


@pytest.mark.parametrize(
    "who", ["", " ", "a b", "a,b", "a;b", '"a"', "<a@b>", "a\n", "\xe5", "K" * 255]
)
def test_an_ambiguous_name_is_not_an_identity(who):
    assert canonical_identity(who) is None
