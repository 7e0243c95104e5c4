"""Tests that a browser resumes its session after its connection is lost."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE
from tests.browser.uploading import give
from tests.dashboard.server.talk import serving
from tests.dashboard.tables import made
from tests.running import free_port


class Line:
    """Proxy between a browser and a server, which can be cut.

    Parameters
    ----------
    url : str
        Address of the server.
    """

    def __init__(self, url: str) -> None:
        self._port = urlsplit(url).port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:  # `close` ends `accept`
                return
            far = socket.create_connection(("127.0.0.1", self._port))
            self._ends += [near, far]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    @staticmethod
    def _pass(come: socket.socket, go: socket.socket) -> None:
        with contextlib.suppress(OSError), come:
            while data := come.recv(65536):
                go.sendall(data)
        with contextlib.suppress(OSError):
            go.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """End all connections, but allow new connections."""
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def close(self) -> None:
        """End all connections, and allow no new connections."""
        self._listening.close()
        self.cut()


def counted(port: int) -> dict[str, int]:
    """Numbers of sessions that were started, disconnected and resumed."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    counters = [line.split('"') for line in lines if line.startswith("session_events_total{")]
    return {kind: int(float(number.strip("} "))) for _, kind, number in counters}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[Line, int]]:
    """App behind a proxy that can be cut, and the port of its metrics."""
    folder, port = tmp_path_factory.mktemp("readers"), free_port()
    with serving(folder, "--private", "--metrics-port", str(port)) as url:
        line = Line(url)
        yield line, port
        line.close()


@pytest.mark.slow  # a browser waits some seconds before it reconnects
def test_a_session_takes_uploads_after_a_lost_connection(server, browser, tmp_path):
    line, port = server
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{line.url}/data")
    page.locator("input[type=file]").first.wait_for(state="attached")
    assert counted(port) == {"connect": 1, "reconnect": 0, "disconnect": 0}
    line.cut()
    end = time.monotonic() + 120
    while counted(port)["reconnect"] == 0:
        assert time.monotonic() < end, "the browser did not reconnect"
        page.wait_for_timeout(100)
    give(page, made(rows=200).write(tmp_path / "may.csv"))
    expect(page.get_by_role("heading", name="may", exact=True)).to_be_visible(timeout=PATIENCE)
    assert counted(port)["connect"] == 1
    context.close()
