"""Tests that nobody else can use addresses from a log for sessions, uploads or downloads."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from uuid import uuid4

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.util import calc_hash

from dashboard.server import browser_access, plotly_script
from dashboard.server.browser_access import cookie_of
from tests.dashboard.server.talk import (
    READER,
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
    write_secret,
)

BELOW = "/common-ground"
COOKIES = (STRANGER, "a=b", "common_ground_reader=", f"{STRANGER}; a=b", f"x{READER}", READER[:-1])
"""Cookies of browsers that are not the reader's."""


class Known(NamedTuple):
    """Server that knows who asks: its options, a session's owner in two spellings, and others."""

    options: Sequence[str]
    owner: dict[str, str]
    respelled: dict[str, str]
    others: Sequence[dict[str, str]]


KNOWN = {
    "by cookie": Known(
        (), {"Cookie": READER}, {"Cookie": f"a=b; {READER}"}, [{"Cookie": c} for c in COOKIES]
    ),
    "by name": Known(
        ("--identity-header", "X-Forwarded-Email", "--identity-secret-file", "secret"),
        named("ann@example.com"),
        named("Ann@Example.com"),
        [named("bob@example.com")],
    ),
}


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> Iterator[Callable[[str], str]]:
    """Function that returns the address of a server below a path. It starts each server once."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def start(name: str) -> str:
            folder = tmp_path_factory.mktemp("readers")
            write_secret(folder)
            options = ("--private", "--base-path", BELOW, *KNOWN[name].options)
            return stack.enter_context(serving(folder, *options, below=BELOW))

        yield start


@pytest.fixture(params=KNOWN)
def known(request, started) -> tuple[str, Known]:
    return started(request.param), KNOWN[request.param]


@pytest.fixture
def server(started: Callable[[str], str]) -> str:
    return started("by cookie")


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
