"""Raw HTTP requests and websockets to a running server, without a client library that corrects them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from tests.dashboard.tables import made
from tests.running import clean_environment, running_app

PROGRAM = str(Path(sys.executable).with_name("common-ground"))
NOBODY = 65534
BECOME = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs")
"""Beginning of a command that runs as a user who owns nothing."""
PATIENCE = 60.0
"""Longest time in seconds to wait for an answer."""
READER, STRANGER = (f"common_ground_reader={digits * 32}" for digits in ("a1", "5b"))
"""Cookies of two browsers. Sockets and files belong to the first unless a test says otherwise."""
SECRET = "5e" * 32
"""Secret of the trusted proxy."""


class Answer:
    """Answer of a server: status, headers by lower-case name, and body."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        head, _, self.body = said.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1]) if first else 0
        self.headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}


def call(url: str) -> socket.socket:
    """Connect to the server at an address."""
    at = urlsplit(url)
    return socket.create_connection((at.hostname, at.port or 80), timeout=PATIENCE)


def heard(line: socket.socket) -> bytes:
    """Read what the server sends until it closes the connection."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def first(line: socket.socket) -> Answer:
    """Read the next answer on a connection, and leave the connection open."""
    said = b""
    while b"\r\n\r\n" not in said:
        if not (part := line.recv(65536)):
            return Answer(said)
        said += part
    answer = Answer(said)
    while len(answer.body) < int(answer.headers.get("content-length", 0)):
        answer.body += line.recv(65536)
    return answer


def ask(url: str, path: str = "/", *headers: str, method: str = "GET", body: bytes = b"") -> Answer:
    """Request a path with only these headers and the one that ends the connection."""
    lines = [f"{method} {path} HTTP/1.1", *headers, "Connection: close"]
    with call(url) as line:
        line.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return Answer(heard(line))


def upgrade(line: socket.socket, *headers: str, path: str = "/_stcore/stream") -> Answer:
    """Request a page's websocket, with these headers and those that every websocket needs."""
    asked = [
        *(f"GET {path} HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"),
        *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
    ]
    line.sendall("\r\n".join([*asked, *headers]).encode("latin-1") + b"\r\n\r\n")
    return Answer(line.recv(65536))


def host(url: str) -> str:
    """Header with the host name of the address."""
    return f"Host: {urlsplit(url).netloc}"


def as_nobody() -> tuple[str, ...]:
    """Return the beginning of a command that runs as `NOBODY`. Skip the test if this is impossible."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to start a server as another user")
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv, to start a server as another user")
    tried = subprocess.run(
        [*BECOME, PROGRAM, "objectives"],
        env=clean_environment(NUMBA_CACHE_DIR=""),
        capture_output=True,
        timeout=120,
        check=False,
    )
    if tried.returncode != 0:
        pytest.skip("needs a checkout and a Python that other users can read")
    return BECOME


@contextlib.contextmanager
def serving(folder: Path, *options: str, **how: Any) -> Iterator[str]:
    """Run the app on a small file in a folder; yield its address."""
    scores = str(made(rows=300).write(folder / "scores.csv"))
    command = [PROGRAM, "open", scores, *options, "--port", "{port}"]
    with running_app(command, cwd=folder, **how) as url:
        yield url


@contextlib.contextmanager
def folder_of_nobody() -> Iterator[Path]:
    """Folder that the other user owns and can reach."""
    with tempfile.TemporaryDirectory(prefix="common-ground-nobody-", dir="/tmp") as name:
        shutil.chown(name, NOBODY, NOBODY)
        yield Path(name)


def open_socket(url: str, existing: str = "", **headers: str) -> ClientConnection:
    """Open a websocket like a page, to continue an existing session if given. No message is sent."""
    said = ["streamlit", *(["PLACEHOLDER_AUTH_TOKEN", existing] if existing else [])]
    return connect(
        f"{url.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=[websockets.Subprotocol(part) for part in said],
        additional_headers={"Cookie": READER, **headers},
        max_size=None,
        max_queue=None,
        ping_interval=None,
        open_timeout=PATIENCE,
        close_timeout=1,
    )


def rerun(page: str = "", fragment: str = "") -> BackMsg:
    """Message that requests a page or a fragment of it."""
    sent = BackMsg()
    sent.rerun_script.query_string = ""
    sent.rerun_script.page_script_hash = page
    sent.rerun_script.fragment_id = fragment
    return sent


@contextlib.contextmanager
def session(url: str, existing: str = "", **headers: str) -> Iterator[tuple[ClientConnection, str]]:
    """Open a page's websocket. Yield it with the id of its session."""
    with open_socket(url, existing, **headers) as line:
        line.send(rerun().SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(bytes(line.recv(PATIENCE)))  # type: ignore[arg-type]
            if message.WhichOneof("type") == "new_session":
                yield line, message.new_session.initialize.session_id
                return


def put(
    url: str,
    session_id: str,
    data: bytes,
    *,
    size: int | None = None,
    file: str = "",
    cookie: str = READER,
    health: str = "/_stcore/health",
) -> bytes:
    """Request that uploads a complete file like a page, or claims another size."""
    bound = b"----cut"
    body = (
        b"--" + bound + b'\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n" + data + b"\r\n--" + bound + b"--\r\n"
    )
    token = ask(url, health, host(url)).headers["set-cookie"]
    found = re.search(r"_streamlit_xsrf=([^;]*)", token)
    assert found
    lines = [
        f"PUT /_stcore/upload_file/{session_id}/{file or uuid4()} HTTP/1.1",
        host(url),
        f"Cookie: _streamlit_xsrf={found[1]}; {cookie}",
        f"X-Xsrftoken: {found[1]}",
        f"Content-Type: multipart/form-data; boundary={bound.decode()}",
        f"Content-Length: {len(body) if size is None else size}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def heard_until(line: ClientConnection, kind: str) -> list[ForwardMsg]:
    """Receive messages up to the first of a kind."""
    received: list[ForwardMsg] = []
    while not received or received[-1].WhichOneof("type") != kind:
        received.append(ForwardMsg.FromString(bytes(line.recv(PATIENCE))))  # type: ignore[arg-type]
    return received


def heartbeat(line: ClientConnection) -> list[ForwardMsg]:
    """Receive messages until the server has handled all earlier requests."""
    line.send(BackMsg(app_heartbeat=True).SerializeToString())
    return heard_until(line, "heartbeat_ack")


def process_of(url: str) -> int:
    """Process id of the server that listens at an address."""
    port = urlsplit(url).port
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # the process may end meanwhile
            if f"--server.port={port}".encode() in place.read_bytes().split(b"\0"):
                return int(place.parent.name)
    raise ProcessLookupError(url)


def memory(pid: int) -> int:
    """Resident memory of a process in bytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def named(who: str, secret: str = SECRET) -> dict[str, str]:
    """Headers that the proxy adds for a person."""
    return {"X-Forwarded-Email": who, "X-Common-Ground-Secret": secret}


def lines(headers: dict[str, str]) -> list[str]:
    """Headers as lines of a request."""
    return [f"{name}: {value}" for name, value in headers.items()]


def write_secret(folder: Path) -> Path:
    """File with the secret of the trusted proxy, which only its owner can read."""
    secret = folder / "secret"
    secret.touch(0o600)
    secret.write_text(f"{SECRET}\n")
    return secret
