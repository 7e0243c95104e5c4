"""Tests that a server with a low limit on open files keeps some free, with any number of open pages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from dashboard.server.connection_limits import most_sockets
from tests.dashboard.server.talk import (
    PROGRAM,
    ask,
    call,
    first,
    heard_until,
    host,
    open_socket,
    process_of,
    session,
    upgrade,
)
from tests.dashboard.tables import made
from tests.running import running_app

FILES = 1024
ROOM = 3 * FILES // 4

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """Address of the app in a process that may open few files, and its log."""
    folder = tmp_path_factory.mktemp("sockets")
    scores, log = made(rows=300).write(folder / "scores.csv"), folder / "log"
    few = ["sh", "-c", f'ulimit -n {FILES}; exec "$0" "$@" >"{log}" 2>&1', PROGRAM]
    with running_app(
        [*few, "open", str(scores), "--private", "--port", "{port}"], cwd=folder
    ) as url:
        yield url, log


def number_of_files(process: int) -> int:
    """Number of files that a process has open."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def test_idle_sockets_leave_files_for_everything_else(server):
    url, log = server
    process = process_of(url)
    with ExitStack() as idle:
        statuses = [upgrade(idle.enter_context(call(url)), host(url)).status for _ in range(300)]
        assert statuses == [101] * most_sockets(FILES) + [503] * (300 - most_sockets(FILES))
        assert number_of_files(process) < ROOM
        # Other connections have a separate limit, and pages still get answers.
        for _ in range(100):
            idle.enter_context(call(url)).sendall(b"GET / HT")
        assert ask(url, "/", host(url)).status == 200
        assert number_of_files(process) < ROOM
    end = time.monotonic() + 60
    while True:
        with suppress(Exception), session(url) as (line, _):
            heard_until(line, "script_finished")
            break
        assert time.monotonic() < end, "no page was let in after the others had gone"
        time.sleep(0.2)
    assert len(log.read_bytes()) < 20_000


@pytest.mark.slow  # open pages are tested in every run
def test_changing_pages_leave_files_for_everything_else(server):
    url, log = server
    process, most = process_of(url), 0
    for number in range(400):
        with open_socket(url) as line:
            assert line.response is not None
            if number % 50 == 0:
                line.send(b"\xff" * 9)
        most = max(most, number_of_files(process))
    assert most < ROOM
    with call(url) as line:
        line.sendall(f"GET /healthz HTTP/1.1\r\n{host(url)}\r\n\r\n".encode())
        assert first(line).status == 200
    assert len(log.read_bytes()) < 20_000
