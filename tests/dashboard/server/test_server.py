"""Tests of the running server against attacks: other host names, other sites, bad requests, floods."""

from __future__ import annotations

import json
import re
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from dashboard.cli import open as opening
from dashboard.server import page_style, plotly_script
from tests.dashboard.server.talk import (
    PROGRAM,
    Answer,
    ask,
    call,
    first,
    heard,
    host,
    lines,
    put,
    session,
    upgrade,
)
from tests.dashboard.tables import made
from tests.running import free_port, running_app

COMMANDS = {
    "common-ground open": [PROGRAM, "open", "--private", "--port", "{port}", "--max-upload", "2"],
    "streamlit run": [
        *(sys.executable, "-m", "streamlit", "run", str(opening.SERVER), "--server.port={port}"),
        *("--server.maxUploadSize=2", "--", "--private"),
    ],
}
NAMED = ["--host", "scores.example.com", "--host", "team.example.com:8443"]
HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
}


@pytest.fixture(scope="module")
def metrics_port() -> str:
    return str(free_port())


@pytest.fixture(scope="module")
def started(tmp_path_factory, metrics_port) -> Iterator[Callable[[str], str]]:
    """Function that starts the app in one of two ways, by a shell whose umask allows all users to write."""
    careless = ("sh", "-c", 'umask 0; exec "$@"', "sh")
    with ExitStack() as stack:

        @cache
        def start(how: str) -> str:
            folder = tmp_path_factory.mktemp("server")
            command = [
                *careless,
                *COMMANDS[how],
                made(rows=300).write(folder / "scores.csv"),
                *NAMED,
            ]
            # Both servers run at once, and one port has one server's counters.
            counted = ["--metrics-port", metrics_port] if how == "common-ground open" else []
            return stack.enter_context(running_app([*command, *counted], cwd=folder))

        yield start


@pytest.fixture
def server(started) -> str:
    return str(started("common-ground open"))


@pytest.fixture(params=COMMANDS)
def either(request, started) -> str:
    """App in each of the two ways, for tests of what the command line or the web server decides."""
    return str(started(request.param))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_files_of_the_server_are_private(either):
    port, masks = str(urlsplit(either).port), set()
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # the process has ended
            if port in (place / "cmdline").read_text().replace("=", "\0").split("\0"):
                masks |= set(re.findall(r"^Umask:\s*(\d+)", (place / "status").read_text(), re.M))
    assert masks == {"0077"}


ANSWERS = {
    "page": ("/", 200),
    "page of another name": ("/no-such-page", 200),
    "health": ("/_stcore/health", 200),
    "script": ("/_stcore/bidi-components/common-ground.table/component.js", 200),
    "charts": (f"/{plotly_script.URL}", 200),
    "style sheets": (f"/{page_style.URL}", 200),
    "no such file": ("/media/0123.html", 404),
    "no such component": ("/_stcore/bidi-components/none/none.js", 404),
    "way out of the folder": ("/_stcore/bidi-components/common-ground.table/..%2f..%2fapp.py", 400),
    "two slashes": ("//elsewhere.test/", 400),
    "redirection": ("/decide/", 301),
    "hidden": ("/_stcore/metrics", 404),
    "alive": ("/healthz", 200),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_has_the_security_headers(server, what):
    path, status = ANSWERS[what]
    answer = ask(server, path, host(server))
    assert answer.status == status
    assert set(answer.headers) >= HEADERS
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert "unsafe" not in policy["script-src"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


def test_the_page_is_streamlits_with_our_style_sheets(server):
    plain = ask(server, "/models", host(server))
    read = (host(server), "Accept: text/html,*/*", "Accept-Encoding: gzip")
    styled = ask(server, "/models", *read).body
    assert styled.count(page_style.LINK) == 1
    assert styled.replace(page_style.LINK, b"") == plain.body
    assert styled.index(page_style.LINK) > styled.index(b'id="root"')
    known = (
        f"If-None-Match: {plain.headers['etag']}"  # a page that a browser finds without the link
    )
    assert ask(server, "/models", *read, known).body == styled
    assert ask(server, "/_stcore/health", *read).body == b"ok"


def test_the_style_sheets_are_served(server):
    address = page_style.LINK.decode().split('href=".')[1].split('"')[0]
    styles = ask(server, address, host(server))
    assert styles.headers["content-type"].startswith("text/css")
    assert all(name in styles.body for name in (b".cg-finding", b".cg-live"))
    again = ask(server, address, host(server), f"If-None-Match: {styles.headers['etag']}")
    assert (again.status, again.body) == (304, b"")


def test_counters_are_served_on_their_own_port_only(server, metrics_port):
    with session(server):
        answer = ask(f"http://127.0.0.1:{metrics_port}", "/metrics", "Host: 127.0.0.1")
    assert answer.status == 200
    assert b"\ncommon_ground_run_seconds_count " in answer.body
    assert b"\nactive_sessions 1\n" in answer.body
    assert b"common_ground" not in ask(server, "/metrics", host(server)).body.lower()


@pytest.mark.parametrize("path", ["/_stcore/stream", "/_stcore/nothing", "/"])
def test_a_refused_socket_has_the_security_headers(server, path):
    answer = upgraded(server, "localhost", "http://evil.example", path)
    assert answer.status == 403
    assert set(answer.headers) >= HEADERS
    answer = upgraded(server, "localhost", "http://localhost", path)
    assert answer.status == (101 if path == "/_stcore/stream" else 403)
    assert set(answer.headers) >= HEADERS


def test_no_other_page_can_control_ours(server):
    config = json.loads(ask(server, "/_stcore/host-config", host(server)).body)
    assert config["allowedOrigins"] == []


PATHS = [
    "/",
    "/data",
    "/_stcore/health",
    "/_stcore/host-config",
    f"/{plotly_script.URL}",
    "/media/0123.html",
    "/healthz",
    "/readyz",
    "/static/js/index.js",
]
FOREIGN = ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example"]
OWN = [
    "localhost",
    "LocalHost:1234",
    "localhost.",
    "127.0.0.1:9",
    "127.3.2.1",
    "[::1]",
    "[::1]:8501",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "scores.example.com",
    "SCORES.example.com.:443",
    "team.example.com",
]


@pytest.mark.parametrize("path", PATHS)
def test_another_name_is_refused_on_every_path(server, path):
    for name in FOREIGN:
        answer = ask(server, path, f"Host: {name}")
        assert answer.status == 421
        assert f"--host {name.split(':')[0]}" in answer.body.decode()
        assert set(answer.headers) >= HEADERS


@pytest.mark.parametrize("name", OWN)
def test_own_names_are_accepted_in_any_spelling(server, name):
    assert ask(server, "/_stcore/health", f"Host: {name}").status == 200


@pytest.mark.parametrize(
    "name",
    ["", "a b", "localhost:x", "localhost:99999", "[::1", "user@localhost", "localhost/", "*"],
)
def test_an_invalid_host_name_is_refused(server, name):
    assert ask(server, "/_stcore/health", f"Host: {name}").status == 400


def test_requests_without_a_host_or_with_two_are_refused(server):
    for request in (
        b"GET /_stcore/health HTTP/1.0\r\n\r\n",
        b"GET /_stcore/health HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /_stcore/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    ):
        with call(server) as line:
            line.sendall(request)
            assert Answer(heard(line)).status == 400
    with call(server) as line:
        line.sendall(b"GET /_stcore/health HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert Answer(heard(line)).status == 200


def test_a_forwarded_host_name_is_ignored(server):
    headers = ["X-Forwarded-Host: localhost", "Forwarded: host=localhost", "X-Forwarded-For: ::1"]
    assert ask(server, "/", "Host: evil.example", *headers).status == 421


ORIGINS = {
    "its own": ("http://localhost:{port}", 200),
    "none": ("", 200),
    "a stranger's": ("https://evil.example", 403),
    "another server's on this machine": ("http://localhost:1", 403),
    "a file's": ("null", 403),
    "another machine's of a named one": ("https://team.example.com", 403),
    "a named one's": ("https://scores.example.com", 200),
    "a named one's with its port": ("https://team.example.com:8443", 200),
    "nonsense": ("http://", 403),
    "one that begins like ours": ("http://localhost:{port}.evil.example", 403),
    "one that holds ours": ("http://localhost:{port}@evil.example", 403),
}


@pytest.mark.parametrize("whose", ORIGINS)
def test_requests_and_sockets_of_other_sites_are_refused(server, whose):
    port = server.rsplit(":", 1)[1]
    origin, status = ORIGINS[whose]
    said = {"Origin": origin.format(port=port)} if origin else {}
    for path in PATHS[:5]:
        assert ask(server, path, f"Host: localhost:{port}", *lines(said)).status == status
    local = server.replace("127.0.0.1", "localhost")
    if status == 200:
        with session(local, **said) as (_, name):
            assert re.fullmatch(r"[0-9a-f-]{36}", name)
    else:
        with pytest.raises(InvalidStatus) as refused, session(local, **said):
            pass
        assert refused.value.response.status_code == status


def upgraded(url: str, name: str, origin: str, path: str = "/_stcore/stream") -> Answer:
    """Request a websocket under a host name."""
    with call(url) as line:
        return upgrade(line, f"Host: {name}", f"Origin: {origin}", path=path)


def test_a_rebound_host_name_gets_no_socket(either):
    answer = upgraded(either, "evil.example", "http://evil.example")
    assert answer.status == 421
    assert set(answer.headers) >= HEADERS
    assert upgraded(either, "localhost", "http://localhost").status == 101


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/script-health-check",
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/interact",
        "/_stcore/agent/mcp",
        "/auth/login",
        "/auth/logout",
        "/oauth2callback",
    ],
)
def test_streamlits_own_endpoints_are_hidden(server, path):
    for method in ("GET", "POST", "OPTIONS"):
        assert ask(server, path, host(server), method=method).status == 404


def test_health_and_readiness_are_reported(server):
    alive = ask(server, "/healthz", host(server))
    assert (alive.status, alive.body) == (200, b"alive\n")
    end = time.monotonic() + 120
    while (ready := ask(server, "/readyz", host(server))).status == 503:
        assert time.monotonic() < end
        time.sleep(0.2)
    assert (ready.status, ready.body) == (200, b"ready\n")


def test_a_file_for_no_session_is_refused_before_it_is_sent(server):
    for name in ("0" * 8 + "-" + "0000-" * 3 + "0" * 12, "made-up", ".."):
        head, _, _ = put(server, name, b"").partition(b"\r\n\r\n")
        head = re.sub(rb"Content-Length: \d+", b"Content-Length: 1000000", head)
        with call(server) as line:
            line.sendall(head + b"\r\n\r\n")
            assert first(line).status in (400, 404)


def test_an_upload_without_a_size_or_with_an_invalid_id_is_refused(server):
    with session(server) as (_, name):
        for request, status in (
            (
                re.sub(
                    rb"Content-Length: \d+", b"Transfer-Encoding: chunked", put(server, name, b"")
                ),
                411,
            ),
            (put(server, name, b"", file="x" * 1000), 400),
        ):
            with call(server) as line:
                line.sendall(request.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
                assert first(line).status == status


def upload(url: str, name: str, size: int) -> int:
    with call(url) as line:
        line.sendall(put(url, name, b"0" * size))
        return first(line).status


def test_the_uploads_of_a_session_are_limited(either):
    with session(either) as (_, name):
        statuses = [upload(either, name, 2_000_000) for _ in range(60)]
        assert statuses[:2] == [204, 204]
        assert 413 in statuses or 503 in statuses
        # Further files are refused, too. They do not replace the first files.
        assert set(statuses[statuses.index(next(s for s in statuses if s != 204)) :]) <= {413, 503}
    again = time.monotonic() + 60
    with session(either) as (_, other):
        while upload(either, other, 1_000) != 204:  # space of the ended session is freed
            assert time.monotonic() < again
            time.sleep(0.1)


def test_the_uploads_of_all_sessions_are_limited(server):
    with ExitStack() as open_ones:
        statuses = []
        for _ in range(8):
            _, name = open_ones.enter_context(session(server))
            statuses += [upload(server, name, 2_000_000) for _ in range(2)]
        assert statuses[:2] == [204, 204]
        assert 503 in statuses


def test_announced_uploads_count_towards_the_limit(server):
    with session(server) as (_, name), ExitStack() as half:
        waiting = []
        for _ in range(12):
            line = half.enter_context(call(server))
            head, _, _ = put(server, name, b"", size=2_000_000).partition(b"\r\n\r\n")
            line.sendall(head + b"\r\n\r\n")
            waiting.append(line)
        readable, _, _ = select.select(waiting, [], [], 120)
        assert first(readable[0]).status == 413  # its own limit, below the common one
        # The first request was accepted earlier, and its file is still awaited.
        assert waiting[0] not in select.select(waiting, [], [], 0)[0]


def test_a_megabyte_of_headers_is_refused(server):
    with call(server) as line:
        try:
            line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 1_000_000)
            status = Answer(heard(line)).status
        except (BrokenPipeError, ConnectionResetError):
            status = 400
        assert status == 400


def test_an_absolute_address_is_not_accepted_as_a_path(server):
    for target in ("http://evil.example/", "evil.example:443", "*"):
        answer = ask(server, target, "Host: localhost")
        assert answer.status == 400


AFTER = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
TWO_WAYS = {
    "two lengths": b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "a length that is none": b"Content-Length: +44\r\n\r\n",
    "space before the colon": b"Content-Length : 44\r\n\r\n",
    "two encodings": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a length and an encoding": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an encoding and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n",
    "null": b"X: a\0b\r\n\r\n",
}


@pytest.mark.parametrize("how", TWO_WAYS)
def test_an_ambiguous_request_is_refused(either, how):
    with call(either) as line:
        line.sendall(b"POST /healthz HTTP/1.1\r\nHost: localhost\r\n" + TWO_WAYS[how] + AFTER)
        answer = heard(line)
    assert Answer(answer).status == 400
    assert b"alive" not in answer
