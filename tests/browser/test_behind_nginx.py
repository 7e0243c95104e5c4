"""The app behind nginx below a path, with the configuration that the guide gives."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from sample_data import SCENARIO, SCORES
from tests.browser.conftest import DRAWN, PATIENCE, PROGRAM
from tests.browser.test_decide_live import thumb
from tests.browser.test_decisions import download, quiet
from tests.browser.uploading import give
from tests.dashboard.tables import made
from tests.repository import ROOT
from tests.running import free_port, running_app

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
BELOW = "/common-ground"
HOST = "line3.localhost"
"""Not an address that the app takes for its own machine."""

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
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""


def location(app: str) -> str:
    """The block of the guide, for the app's own port."""
    text = (ROOT / "dashboard" / "guide" / "sharing.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert "http://127.0.0.1:8501;" in block
    return str(block).replace("http://127.0.0.1:8501", app)


@contextlib.contextmanager
def nginx(app: str, folder: Path) -> Iterator[str]:
    """Run nginx before the app; the address below which it hands it out."""
    port, block = free_port(), location(app)
    own = "user root;" if os.geteuid() == 0 else ""  # else its workers may not look into the folder
    around = {"folder": folder, "port": port, "location": block, "user": own}
    conf = folder / "nginx.conf"
    conf.write_text(AROUND.format(**around))
    assert NGINX is not None
    server = subprocess.Popen([NGINX, "-e", str(folder / "error.log"), "-c", str(conf)])
    try:
        url = f"http://127.0.0.1:{port}{BELOW}"
        end = time.monotonic() + 60
        while not _answers(f"{url}/_stcore/health"):
            log = folder / "error.log"
            assert server.poll() is None, log.read_text() if log.exists() else "it did not start"
            assert time.monotonic() < end
            time.sleep(0.1)
        yield f"http://{HOST}:{port}{BELOW}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


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
def test_page_drag_link_upload_and_download(served, window, tmp_path):
    opened = window(f"{served}/")
    page = opened.page
    # The drag is drawn here and told to the server when the hand lets go: the socket works both ways.
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
    assert download(page, "recording_view_pptx")[:2] == b"PK"
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
