"""Tests that another browser cannot use addresses from a log for sessions, uploads or downloads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.util import calc_hash

from dashboard.server import plotly_script, readers
from dashboard.server.readers import cookie_of
from tests.dashboard.server.talk import (
    READER,
    STRANGER,
    ask,
    call,
    first,
    heard_until,
    heartbeat,
    host,
    open_socket,
    put,
    rerun,
    serving,
    session,
    upgrade,
)

BELOW = "/common-ground"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    """The app on a small file, below a path."""
    folder = tmp_path_factory.mktemp("readers")
    with serving(folder, "--private", "--base-path", BELOW, below=BELOW) as url:
        yield url


def continued(url: str, existing: str, cookie: str) -> str:
    """Id of the session that a browser gets if it asks to continue an existing session."""
    with session(url, existing, Cookie=cookie) as (_, name):
        return name


def test_the_id_of_an_open_session_does_not_give_access(server):
    with session(server) as (line, name):
        heard_until(line, "script_finished")
        heartbeat(line)
        for cookie in (STRANGER, "a=b", "common_ground_reader=", f"{STRANGER}; a=b"):
            assert continued(server, name, cookie) != name
        heartbeat(line)  # its own reader is still connected and can send messages
    assert continued(server, name, STRANGER) != name
    assert continued(server, name, READER) == name


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


def sent(url: str, request: bytes) -> int:
    """Status of a request below the path."""
    with call(url) as line:
        line.sendall(request.replace(b" /_stcore", f" {BELOW}/_stcore".encode(), 1))
        return first(line).status


def request(url: str, name: str, cookie: str, *, file: str = "", method: bytes = b"PUT") -> bytes:
    """Request that uploads a file to a session, or removes it."""
    whole = put(
        url, name, b"id,label,a\n", cookie=cookie, file=file, health=f"{BELOW}/_stcore/health"
    )
    return whole.replace(b"PUT", method, 1)


def test_only_the_browser_of_a_session_can_change_its_files(server):
    with session(server) as (line, name):
        line.send(BackMsg(app_heartbeat=True).SerializeToString())
        file = str(uuid4())
        for cookie in (STRANGER, "a=b", f"x{READER}", READER[:-1]):
            assert sent(server, request(server, name, cookie)) == 400
        assert sent(server, request(server, name, READER, file=file)) == 204
        for cookie in (STRANGER, "a=b"):
            assert sent(server, request(server, name, cookie, file=file, method=b"DELETE")) == 400
        assert sent(server, request(server, name, READER, file=file, method=b"DELETE")) == 204
        coded = name.replace("-", "%2D")  # the same address in another spelling
        assert sent(server, request(server, coded, STRANGER)) == 400
        assert sent(server, request(server, coded, READER)) == 204


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
    told = heard_until(line, "backend_operation_response")[-1].backend_operation_response
    return told.deferred_file.url or told.error_msg


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


def test_pictures_of_the_guide_are_shown_to_every_reader(server):
    with session(server) as (line, _):
        line.send(rerun(calc_hash("guide-scale")).SerializeToString())
        urls: list[str] = []
        while not urls:  # this run replaced the first one
            urls = [
                image.url
                for one in heard_until(line, "script_finished")
                for image in one.delta.new_element.imgs.imgs
            ]
        for url in urls:
            picture = ask(server, below(url), host(server), f"Cookie: {READER}")
            assert picture.status == 200
            assert picture.headers["content-type"].startswith("image/")
            assert ask(server, below(url), host(server), f"Cookie: {STRANGER}").status == 404


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
    assert continued(server, name, cookie) == name
    with session(server) as (line, _):
        assert line.response is not None
        assert "set-cookie" not in line.response.headers


def test_a_cookie_set_over_tls_is_sent_over_tls_only():
    scope = {"type": "http", "scheme": "https"}
    _, given = readers.Readers(lambda *_: None, "")._cookie_header(scope, "0" * 64)  # type: ignore[arg-type]
    assert given.endswith(b"; Path=/; HttpOnly; SameSite=Lax; Secure")


@pytest.mark.parametrize("value", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64, "٠" * 64])
def test_an_invalid_cookie_is_ignored(value):
    header = f"common_ground_reader={value}".encode()
    assert cookie_of({"headers": [(b"cookie", header)]}) is None
