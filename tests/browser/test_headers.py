"""Tests of the app under its own security policy: everything works, and no page can frame it."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE
from tests.browser.uploading import give
from tests.dashboard.tables import made

NOTED = """
window.broken = [];
document.addEventListener('securitypolicyviolation',
  event => window.broken.push([event.violatedDirective, event.blockedURI, event.sourceFile]));
"""
# A library tries once to compile text, and works without this.
TRIED = ["script-src", "wasm-eval"]
STEER = """<!doctype html><iframe id="app" src="{url}/data" width="900" height="700"></iframe>
<script>
const told = {{stCommVersion: 1, type: 'SET_FILE_UPLOAD_CLIENT_CONFIG', prefix: location.origin + '/'}};
setInterval(() => document.getElementById('app').contentWindow.postMessage(told, '*'), 100);
</script>"""


def still(page):
    """Wait until the server has answered."""
    page.wait_for_timeout(500)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def wait_for_chart(page):
    """Wait until a chart is drawn, without evaluating text in the page, which the policy forbids."""
    page.locator(".js-plotly-plot path.point").first.wait_for()
    still(page)


def blocked_by_policy(page):
    """Scripts and styles that the page's policy blocked, except a library's attempt to compile."""
    return [what for what in page.evaluate("window.broken") if what[:2] != TRIED]


@pytest.mark.slow  # the policy is tested in every run
def test_every_page_and_action_obeys_the_security_policy(app_on, browser, tmp_path):
    url = app_on()
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    context.add_init_script(NOTED)
    page = context.new_page()
    said = []
    page.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(url)
    wait_for_chart(page)
    found = []
    links = page.get_by_test_id("stTopNavLink")
    names = [name.strip() for name in links.all_inner_texts()]
    assert {"Decide", "Decisions", "Data", "Guide"} <= set(names)
    for name in [*names, "Data"]:
        page.get_by_role("link", name=name, exact=True).first.click()
        still(page)
        found += blocked_by_policy(page)
    give(page, made().write(tmp_path / "may.csv"))
    page.get_by_role("button", name="Go to Decide").click()
    wait_for_chart(page)
    page.get_by_role("button", name="enter prices").click()
    page.locator(".st-key-payoff_ship_good input").wait_for()
    page.keyboard.press("Escape")
    still(page)
    page.get_by_role("button", name="Present").click()
    page.keyboard.press("Escape")
    assert page.pdf()
    found += blocked_by_policy(page)
    context.close()
    assert found == []
    assert [one for one in said if "Content Security Policy" in one] == []


class Page(http.server.BaseHTTPRequestHandler):
    """Page of another server."""

    html = ""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.html.encode())

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def elsewhere(html: str) -> Iterator[str]:
    """Address of a page on another server."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Theirs", (Page,), {"html": html})
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_another_site_cannot_frame_the_app(app_on, browser):
    url = app_on()
    context = browser.new_context()
    page = context.new_page()
    said = []
    page.on("console", lambda told: said.append(told.text))
    with elsewhere(STEER.format(url=url)) as theirs:
        page.goto(theirs)
        [_, frame] = page.frames
        page.wait_for_timeout(2_000)
        expect(page.frame_locator("#app").locator("[data-testid=stApp]")).to_have_count(0)
        assert not frame.url.startswith(url)
    context.close()
    assert any("frame-ancestors" in one for one in said)


def test_a_page_that_opened_the_app_cannot_control_it(app_on, browser):
    url = app_on()
    context = browser.new_context()
    page = context.new_page()
    with elsewhere(
        f"<!doctype html><script>opened = () => window.app = open('{url}/data')</script>"
    ) as theirs:
        page.goto(theirs)
        with context.expect_page() as coming:
            page.evaluate("opened()")
        app = coming.value
        app.wait_for_selector("[data-testid=stApp]", timeout=PATIENCE)
        assert app.evaluate("window.opener") is None
        assert page.evaluate("window.app.closed")
    context.close()
