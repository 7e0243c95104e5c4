"""Tests that stalled connections are closed, and that all others continue."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.responses import PlainTextResponse, Response

from dashboard.server import connection_timeouts
from dashboard.server.connection_limits import (
    KEPT_SESSIONS,
    SESSION_FILES,
    most_connections,
    most_sockets,
)
from dashboard.server.connection_timeouts import ConnectionTimeouts
from tests.dashboard.server.talk import Answer, call, first, heard

SOON = 0.3


async def app(scope, receive, send):
    """App that answers with many or few bytes, and reads no request body."""
    if scope["type"] == "lifespan":
        while True:
            event = (await receive())["type"]
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return
    many = scope["path"] == "/many"
    answer = Response(b"0" * 100_000_000) if many else PlainTextResponse("few")
    await answer(scope, receive, send)


@pytest.fixture
def server(monkeypatch) -> Iterator[tuple[str, uvicorn.Server]]:
    """Server with short timeouts, set up like by ``streamlit run``."""
    monkeypatch.setattr(connection_timeouts, "HEADER_SECONDS", SOON)
    monkeypatch.setattr(connection_timeouts, "UNREAD_SECONDS", SOON)
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(ConnectionTimeouts(app), log_level="warning"))
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", running
    running.should_exit = True
    thread.join(30)


WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
MANY = b"GET /many HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HALF = {
    "nothing": [],
    "half a header": [b"GET / HTTP/1.1\r\nHos"],
    "one sign after another": [b"GET / HTTP/1.1\r\nX: ", *[b"a"] * 2_000],
    "half a header after a whole request": [WHOLE, b"GET / HT"],
    "a body that nobody reads": [
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n",
        *[b"a"] * 2_000,
    ],
}


@pytest.mark.parametrize("how", HALF)
def test_an_incomplete_request_is_ended(server, how):
    url, running = server
    with call(url) as line:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for part in HALF[how]:
                line.sendall(part)
                time.sleep(0.005)
        heard(line)  # returns when the server has closed the connection
    gone(running)


UPGRADE = (
    b"GET /%s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n"
)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (UPGRADE % (b"?" + b"q" * 20_000, b""), 414),
        (UPGRADE % (b"", b"X: " + b"y" * 20_000 + b"\r\n"), 431),
        (UPGRADE % (b"", b"X: y\r\n" * 200), 431),
    ],
    ids=["a long address", "a long header", "many headers"],
)
def test_a_refused_socket_gets_an_answer_and_ends(server, request_, status):
    url, running = server
    with call(url) as line:
        line.sendall(request_)
        assert Answer(heard(line)).status == status
    gone(running)


@pytest.mark.parametrize("files", [256, 1024, 4096, 65_536])
def test_a_quarter_of_the_files_is_reserved_for_the_app(files):
    sockets, connections = most_sockets(files), most_connections(files)
    assert 1 <= sockets < connections
    held = connections + (sockets + KEPT_SESSIONS) * SESSION_FILES
    assert files < 1024 or held <= 3 * files / 4


def gone(running: uvicorn.Server) -> None:
    end = time.monotonic() + 120
    while running.server_state.connections:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_unread_answer_is_ended(server, monkeypatch):
    # On a busy machine the test itself asks slowly, and below it reads slowly.
    monkeypatch.setattr(connection_timeouts, "HEADER_SECONDS", 60.0)
    url, running = server
    with call(url) as line:
        line.sendall(WHOLE.replace(b"/ ", b"/many "))
        gone(running) if line.recv(1) else pytest.fail("it said nothing")


@pytest.mark.slow  # waits seconds for what must not end
def test_complete_requests_on_one_connection_are_answered(server, monkeypatch):
    monkeypatch.setattr(connection_timeouts, "UNREAD_SECONDS", 60.0)
    monkeypatch.setattr(connection_timeouts, "HEADER_SECONDS", 2.0)
    url, _ = server
    with call(url) as line:
        for _ in range(2):
            line.sendall(WHOLE)
            assert first(line).body == b"few"
            # This is longer than the timeout of incomplete headers; uvicorn's own is 5 seconds.
            time.sleep(2.5)
        line.sendall(MANY)
        assert len(Answer(heard(line)).body) == 100_000_000


@pytest.mark.slow  # waits seconds for what must not end
def test_an_answer_that_is_read_slowly_arrives_completely(server, monkeypatch):
    monkeypatch.setattr(connection_timeouts, "UNREAD_SECONDS", 3.0)
    monkeypatch.setattr(connection_timeouts, "HEADER_SECONDS", 60.0)
    url, _ = server
    with call(url) as line:
        line.sendall(MANY)
        said = b""
        for _ in range(8):  # longer than the timeout of an unread answer
            said += line.recv(10_000_000, socket.MSG_WAITALL)
            time.sleep(0.6)
        assert len(Answer(said + heard(line)).body) == 100_000_000


def test_too_many_connections_are_refused(server, monkeypatch):
    url, _ = server
    monkeypatch.setattr(connection_timeouts, "HEADER_SECONDS", 60.0)
    monkeypatch.setattr(connection_timeouts, "most_connections", lambda: 3)
    with contextlib.ExitStack() as lines:
        for _ in range(3):
            line = lines.enter_context(call(url))
            line.sendall(WHOLE)
            assert first(line).status == 200
        late = lines.enter_context(call(url))
        assert heard(late) == b""
