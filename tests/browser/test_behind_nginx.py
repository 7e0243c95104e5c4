"""Tests of the app behind nginx below a path, with the configuration from the guide."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from sample_data import SCENARIO, SCORES
from tests.browser.conftest import DRAWN, PATIENCE, PROGRAM
from tests.browser.test_decide_live import thumb
from tests.browser.test_decisions import download, press, quiet
from tests.browser.uploading import give
from tests.dashboard.tables import made
from tests.repository import ROOT
from tests.running import free_port, running_app

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
BELOW = "/common-ground"
HOST = "line3.localhost"
"""Address that the app does not recognise as its own machine."""

pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx")

AROUND = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {server}
}}
"""


def server_of_the_guide(app: str, port: int, folder: Path) -> str:
    """Server block from the guide, with the app's port and a certificate made for the test."""
    text = (ROOT / "dashboard" / "guide" / "running.md").read_text(encoding="utf-8")
    block = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)[0]
    for theirs, ours in {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "server_name scores.example.com;": f"server_name {HOST};",
        "/etc/ssl/certs/scores.example.com.pem": str(folder / "own.pem"),
        "/etc/ssl/private/scores.example.com.key": str(folder / "own.key"),
        "http://127.0.0.1:8501": app,
    }.items():
        assert block.count(theirs) == 1
        block = block.replace(theirs, ours)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={HOST}",
                "-addext",
                f"subjectAltName=DNS:{HOST}",
            ),
            *("-keyout", str(folder / "own.key"), "-out", str(folder / "own.pem")),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return str(block)


@contextlib.contextmanager
def nginx(
    app: str,
    folder: Path,
    change: Callable[[str], str] = lambda block: block,
    ready: str = "HTTP/1.1 200",
) -> Iterator[str]:
    """Run nginx in front of the app with a changed server block; yield the address of the app.

    Parameters
    ----------
    ready : str
        Beginning of the answer of nginx for a client without cookies, once it can be used.
    """
    port = free_port()
    block = change(server_of_the_guide(app, port, folder))
    # Otherwise nginx's workers may not read the folder.
    own = "user root;" if os.geteuid() == 0 else ""
    around = {"folder": folder, "server": block, "user": own}
    conf = folder / "nginx.conf"
    conf.write_text(AROUND.format(**around))
    assert NGINX is not None
    server = subprocess.Popen([NGINX, "-e", str(folder / "error.log"), "-c", str(conf)])
    try:
        url = f"https://{HOST}:{port}{BELOW}"
        end = time.monotonic() + PATIENCE / 1000
        while not asked(port, folder, "/readyz").startswith(ready):
            log = folder / "error.log"
            assert server.poll() is None, log.read_text() if log.exists() else "it did not start"
            assert time.monotonic() < end
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE / 1000)


def asked(port: int, folder: Path, path: str, *, name: str = HOST) -> str:
    """Answer of nginx to a client that trusts its certificate."""
    trusting = ssl.create_default_context(cafile=str(folder / "own.pem"))
    request = f"GET {BELOW}{path} HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n"
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE / 1000) as plain,
            trusting.wrap_socket(plain, server_hostname=HOST) as line,
        ):
            line.sendall(request.encode())
            return b"".join(iter(lambda: line.recv(65536), b"")).decode("latin-1")
    except OSError:
        return ""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    files = [str(SCORES), "--rows", "held-out", "--scenario", str(SCENARIO)]
    kept = ["--register", str(folder / "d.sqlite"), "--library", str(folder / "library")]
    command = [
        PROGRAM,
        "open",
        *files,
        *kept,
        "--base-path",
        BELOW,
        "--host",
        HOST,
        "--port",
        "{port}",
    ]
    with (
        running_app(command, cwd=folder, below=BELOW) as app,
        nginx(app.removesuffix(BELOW), folder) as url,
    ):
        yield url


@pytest.mark.slow
def test_pages_drag_links_uploads_and_downloads_work_behind_nginx(served, window, tmp_path):
    opened = window(f"{served}/")
    page = opened.page
    # The browser draws the drag and sends the release to the server, so the socket works both ways.
    before = opened.figure("executive")
    left, top, box = thumb(opened)
    page.mouse.move(left, top)
    page.mouse.down()
    away = -0.3 if left > box["x"] + box["width"] / 2 else 0.3
    page.mouse.move(left + away * box["width"], top, steps=8)
    opened.until(page.mouse.up, "point")
    at, shown = opened.at(), opened.figure("executive")
    assert shown != before

    link = page.url
    assert link.startswith(f"{served}/")
    opened.open(link)
    assert (opened.at(), opened.figure("executive")) == (at, shown)

    page = opened.page
    page.locator(".st-key-record_open button").click()
    page.locator(".st-key-recording").wait_for(timeout=PATIENCE)
    quiet(page)
    slides = page.locator(".st-key-recording_view_pptx button")
    press(page.locator(".st-key-record_unrecorded button").first, "Enter", slides)
    assert download(page, "recording_view_pptx")[:2] == b"PK"
    page.keyboard.press("Escape")  # the checkbox, not yet the dialog
    page.locator(".st-key-record_close button").click()
    page.locator(".st-key-recording").wait_for(state="detached", timeout=PATIENCE)

    page.get_by_role("link", name="Data", exact=True).click()
    expect(page.locator(".st-key-upload_rows")).to_be_visible(timeout=PATIENCE)
    quiet(page)
    rows = made()
    opened.until(lambda: give(page, rows.write(tmp_path / "may.csv")), "data")
    page.get_by_role("link", name="Decide", exact=True).click()
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    opened.settle()
    assert page.url.startswith(f"{served}/")
    assert opened.at()[0] in rows.models


@pytest.mark.slow
def test_another_host_name_is_refused_and_every_answer_requires_tls(served, tmp_path_factory):
    port = urlsplit(served).port
    assert port
    [folder] = [
        own.parent
        for own in tmp_path_factory.getbasetemp().glob("nginx[0-9]*/own.pem")
        if re.search(rf"\b{port}\b", (own.parent / "nginx.conf").read_text())
    ]
    page = asked(port, folder, "/").lower()
    assert page.startswith("http/1.1 200")
    assert "strict-transport-security" in page
    assert "content-security-policy" in page
    assert re.search(r"server: nginx\r", page)
    assert asked(port, folder, "/", name="evil.example").startswith("HTTP/1.1 421")
    cookie = re.search(r"set-cookie: (.*)", asked(port, folder, "/_stcore/health").lower())
    assert cookie
    assert "secure" in cookie[1]
