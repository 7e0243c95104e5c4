"""Tests of two servers behind nginx, configured as in the guide: one is killed, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import ssl
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME
from websockets.asyncio.client import ClientConnection, connect

from dashboard.decisions.register import Register
from tests.browser.conftest import DRAWN, PATIENCE, PROGRAM
from tests.browser.nginx import BELOW, HOST, NGINX, asked, nginx
from tests.browser.recording import fill, quiet, recorded_as, turn
from tests.dashboard.server.talk import READER, process_of
from tests.dashboard.tables import made
from tests.repository import ROOT
from tests.running import free_port, running_app

pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx")


def for_many(block: str, ports: list[int]) -> str:
    """Server block with the guide's settings for several servers."""
    text = (ROOT / "dashboard" / "guide" / "running.md").read_text(encoding="utf-8")
    more = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)[1]
    [header] = re.findall(r"#\s+(add_header Set-Cookie .*;)", more)
    [way] = re.findall(r"#\s+(proxy_pass .*;)", more)
    for given, port in zip((8501, 8502), ports, strict=True):
        assert more.count(f"127.0.0.1:{given} ") == 1
        more = more.replace(f"127.0.0.1:{given} ", f"127.0.0.1:{port} ")

    block, ways = re.subn(r"proxy_pass [^;]*;", way, block)
    block, headers = re.subn(
        r"(add_header Strict-Transport-Security [^;]*;)", rf"\1 {header}", block
    )
    assert (ways, headers) == (1, 1)
    return str(block).replace("server {", more + "server {", 1)


def sessions(port: int) -> int:
    """Number of open pages of a server, by its metrics; 0 if the server is gone."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE / 1000
        ) as answer:
            body = answer.read().decode()
    except OSError:
        return 0
    return int(re.findall(r"^active_sessions (\d+)$", body, re.MULTILINE)[0])


@pytest.fixture  # new for each test, because one test kills a server
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, dict[int, int]]]:
    """Address, shared folder, and port of each server's metrics by the server's port."""
    folder = tmp_path_factory.mktemp("workers")
    folder.chmod(0o755)
    made().write(folder / "scores.csv")
    counters: dict[int, int] = {}
    with ExitStack() as running:
        for _ in range(2):
            counted = free_port()
            kept = ["--register", str(folder / "d.sqlite"), "--library", str(folder / "library")]
            asks = ["--base-path", BELOW, "--host", HOST, "--metrics-port", str(counted)]
            command = [PROGRAM, "open", str(folder / "scores.csv"), *kept, *asks]
            url = running.enter_context(
                running_app([*command, "--port", "{port}"], cwd=folder, below=BELOW)
            )
            counters[int(url.removesuffix(BELOW).rpartition(":")[2])] = counted
        url = running.enter_context(
            nginx("http://127.0.0.1:8501", folder, lambda block: for_many(block, list(counters)))
        )
        yield url, folder, counters


def port_of(url: str) -> int:
    """Port of nginx."""
    return int(url.removesuffix(BELOW).rpartition(":")[2])


def trusting(folder: Path) -> ssl.SSLContext:
    """SSL context that trusts nginx."""
    return ssl.create_default_context(cafile=str(folder / "own.pem"))


@asynccontextmanager
async def paged(url: str, folder: Path, cookie: str) -> AsyncIterator[str]:
    """Open a page with a cookie; yield the address to which it may upload a file.

    One thread reads and writes: OpenSSL loses a request that is sent while another thread reads.
    """
    async with connect(
        f"{url.replace('https', 'wss')}/_stcore/stream",
        host="127.0.0.1",
        port=port_of(url),
        ssl=trusting(folder),
        server_hostname=HOST,
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers={"Cookie": f"common_ground={cookie}; {READER}"},
        max_size=None,
        open_timeout=PATIENCE / 1000,  # both servers may be busy with earlier pages
        ping_interval=None,
        close_timeout=1,  # no further messages are read
    ) as page:
        asked_for = BackMsg()
        asked_for.rerun_script.query_string = ""
        await page.send(asked_for.SerializeToString())
        opened = (await receive(page, "new_session")).new_session
        asked_for = BackMsg()
        asked_for.file_urls_request.session_id = opened.initialize.session_id
        asked_for.file_urls_request.file_names.append("scores.csv")
        await page.send(asked_for.SerializeToString())
        yield (await receive(page, "file_urls_response")).file_urls_response.file_urls[0].upload_url


async def receive(page: ClientConnection, kind: str) -> ForwardMsg:
    """Next message of a kind that the server sends to a page."""
    message = ForwardMsg()
    while message.WhichOneof("type") != kind:
        message.ParseFromString(await asyncio.wait_for(page.recv(decode=False), PATIENCE / 1000))
    return message


def given(url: str, folder: Path, place: str, cookie: str) -> int:
    """Status of a browser's upload request with a cookie."""
    token = generate_xsrf_token_string()
    with (
        socket.create_connection(("127.0.0.1", port_of(url))) as plain,
        trusting(folder).wrap_socket(plain, server_hostname=HOST) as secure,
    ):
        said = HTTPConnection(HOST)
        said.sock = secure
        where = f"{BELOW}/{place.removeprefix(BELOW).strip('/')}"
        body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n1\r\n--x--\r\n'
        said.request(
            "PUT",
            where,
            body,
            {
                "Host": url.split("/")[2],
                "Cookie": f"common_ground={cookie}; {XSRF_COOKIE_NAME}={token}; {READER}",
                "X-Xsrftoken": token,
                "Content-Type": "multipart/form-data; boundary=x",
            },
        )
        return said.getresponse().status


@pytest.mark.slow
def test_a_page_and_its_files_use_one_server(workers):
    url, folder, _ = workers
    cookies = [f"{k:032x}" for k in range(10)]

    async def check() -> None:
        async with AsyncExitStack() as pages:
            places = {c: await pages.enter_async_context(paged(url, folder, c)) for c in cookies}
            # Two requests each: with alternating servers they would reach both servers.
            assert {given(url, folder, places[c], c) for c in cookies for _ in range(2)} == {204}
            # The other server does not know the page, so the cookies were spread over both servers.
            assert {given(url, folder, places[cookies[0]], c) for c in cookies} == {204, 400}

    asyncio.run(check())


@pytest.mark.slow
def test_a_reader_continues_on_the_other_server_when_one_is_killed(workers, window):
    url, folder, counters = workers
    cookie = re.search(r"set-cookie: common_ground=([0-9a-f]+);", _answer(url, folder))
    assert cookie
    opened = window(f"{url}/?miss=7")
    page, before = opened.page, (opened.at(), opened.figure("product"), opened.link)
    assert before[2]["miss"] == "7.0"
    own = [port for port, counted in counters.items() if sessions(counted)]
    opened.open(f"{url}/?miss=9")
    assert [port for port, counted in counters.items() if sessions(counted)] == own
    opened.page.close()
    opened.page = page

    fill(page, ("Ada", "Ben", "Cy"), "It is the cheapest")
    page.locator(".st-key-record_now button").click()
    recorded_as(page, 1)
    page.locator(".st-key-record_close button").click()
    page.locator(".st-key-recording").wait_for(state="detached", timeout=PATIENCE)
    quiet(page)

    [mine] = own
    [other] = set(counters) - {mine}
    os.kill(process_of(f"http://127.0.0.1:{mine}"), signal.SIGKILL)
    end = time.monotonic() + PATIENCE / 1000
    while not sessions(counters[other]):
        assert time.monotonic() < end
        page.wait_for_timeout(200)
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    opened.settle()
    assert (opened.at(), opened.figure("product"), opened.link) == before
    opened.errors.clear()  # the message about the lost connection

    page = turn(opened, "Decisions")
    expect(page.get_by_text("It is the cheapest").first).to_be_visible(timeout=PATIENCE)
    assert [one.decision.why for one in Register(folder / "d.sqlite").all()] == [
        "It is the cheapest"
    ]


def _answer(url: str, folder: Path) -> str:
    return asked(port_of(url), folder, "/").lower()
