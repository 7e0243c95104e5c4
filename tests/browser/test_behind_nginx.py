"""Tests of the app behind nginx below a path, with the configuration from the guide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from sample_data import SCENARIO, SCORES
from tests.browser.conftest import DRAWN, PATIENCE, PROGRAM, thumb
from tests.browser.nginx import BELOW, HOST, NGINX, asked, nginx
from tests.browser.recording import download, press, quiet
from tests.browser.uploading import give
from tests.dashboard.tables import made
from tests.running import running_app

pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx")


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
