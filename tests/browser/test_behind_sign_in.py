"""Tests of the app behind an nginx that requires sign-in, with the configuration from the guide."""

from __future__ import annotations

import contextlib
import html
import re
import subprocess
import threading
from collections.abc import Iterator
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.decisions.register import Register
from sample_data import SCENARIO, SCORES
from tests.browser.conftest import DRAWN, PATIENCE, PROGRAM
from tests.browser.nginx import BELOW, HOST, NGINX, nginx
from tests.browser.recording import quiet
from tests.dashboard.tokens import AUDIENCE, ISSUER, token, write_keys
from tests.repository import ROOT
from tests.running import running_app

SECRET = "5e" * 32
COOKIE = "_oauth2_proxy"
ANA, BEN, CLEO, EVE = (f"{name}@example.com" for name in ("ana", "ben", "cleo", "eve"))
PEOPLE = f"""
data_scientist = ["{ANA}"]
product_manager = ["{BEN}"]
executive = ["{CLEO}"]
"""

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="needs nginx"),
    pytest.mark.slow,  # a server and an nginx of their own
]


class Provider(BaseHTTPRequestHandler):
    """Replacement of oauth2-proxy that takes the cookie as the person's email address.

    Its page has a button that signs Ana in, and returns to the page that nginx or the address names. Like
    oauth2-proxy without ``whitelist_domains``, it returns to paths alone, else to ``/``.
    """

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        if url.path == "/oauth2/auth":
            is_known = cookie is not None and cookie.value
            own = {}
            if cookie and is_known:
                held = token(email=cookie.value).decode()
                own = {"X-Auth-Request-Email": cookie.value, "Authorization": f"Bearer {held}"}
            self.answer(202 if is_known else 401, own)
            return
        [back, *_] = parse_qs(url.query).get("rd") or [self.headers["X-Auth-Request-Redirect"]]
        if not back.startswith("/"):
            back = "/"
        if url.path == "/oauth2/start":
            self.answer(302, {"Set-Cookie": f"{COOKIE}={ANA}; Path=/; Secure", "Location": back})
            return
        form = (
            '<form action="/oauth2/start"><input type="hidden" name="rd" value="{}">'
            "<button>Sign in</button></form>"
        )
        self.answer(200, {"Content-Type": "text/html"}, form.format(html.escape(back)))

    def answer(self, status: int, headers: dict[str, str], text: str = "") -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Write no log line."""


@contextlib.contextmanager
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def with_sign_in(block: str, asked: str, app: str, secret: Path) -> str:
    """Server block of the guide with the lines of its chapter on signing in."""
    text = (ROOT / "dashboard" / "guide" / "sign_in.md").read_text(encoding="utf-8")
    locations, inside, *_ = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)
    [write] = re.findall(r"^printf .*?conf$", text, re.DOTALL | re.MULTILINE)
    for theirs, ours in {
        "/etc/common-ground/secret": str(secret.with_name("secret")),
        "/etc/nginx/common-ground-secret.conf": str(secret),
    }.items():
        assert write.count(theirs) == 1
        write = write.replace(theirs, ours)
    subprocess.run(["sh", "-c", write], check=True)
    begin, end = "location /common-ground/ {", block.rstrip().rfind("}")
    assert block.count(begin) == 1
    whole: str = block[:end].replace(begin, begin + "\n" + inside) + locations + "}\n"
    for theirs, ours in {
        "127.0.0.1:4180": asked,
        "http://127.0.0.1:8501": app,
        "/etc/nginx/common-ground-secret.conf": str(secret),
    }.items():
        assert theirs in whole
        whole = whole.replace(theirs, ours)
    return whole


def with_token(block: str) -> str:
    """Server block whose proxy sends a token instead of the address, as the guide says."""
    text = (ROOT / "dashboard" / "guide" / "sign_in.md").read_text(encoding="utf-8")
    lines = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)[-1].splitlines()
    begins = ("auth_request_set $person", "proxy_set_header X-Forwarded-Email", "include")
    for begin, line in zip(begins, [*lines, ""], strict=True):
        block, count = re.subn(rf"{re.escape(begin)} ?[^;]*;", line, block)
        assert count == 2
    return block


@pytest.fixture(params=["secret"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Register]]:
    """Address behind nginx that sends its secret, or a token, and the register."""
    tmp_path.chmod(0o755)
    for name, text in (("secret", SECRET), ("people.toml", PEOPLE)):
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_text(text)
    register = Register(tmp_path / "d.sqlite")
    command = [PROGRAM, "open", str(SCORES), "--rows", "held-out", "--scenario", str(SCENARIO)]
    command += ["--register", str(register.path), "--library", str(tmp_path / "library")]
    command += ["--people", str(tmp_path / "people.toml")]
    if is_by_token := request.param == "token":
        command += ["--identity-header", "Authorization", "--identity-issuer", ISSUER]
        command += ["--identity-keys", str(write_keys(tmp_path / "keys.json"))]
        command += ["--identity-audience", AUDIENCE]
    else:
        command += ["--identity-header", "X-Forwarded-Email"]
        command += ["--identity-secret-file", str(tmp_path / "secret")]
    command += ["--base-path", BELOW, "--host", HOST, "--port", "{port}"]
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with running_app(command, cwd=tmp_path, below=BELOW, env=state) as url, provider() as asked:
        app = url.removesuffix(BELOW)

        def change(block: str) -> str:
            whole = with_sign_in(block, asked, app, tmp_path / "secret.conf")
            return with_token(whole) if is_by_token else whole

        with nginx(app, tmp_path, change, ready="HTTP/1.1 403") as address:
            yield address, register


@contextlib.contextmanager
def visit(browser: Browser, url: str, who: str, path: str = "/") -> Iterator[Page]:
    """Open the page as a person, in a separate browser."""
    context = browser.new_context(bypass_csp=True)
    if who:
        own: Any = {"name": COOKIE, "value": who, "url": url, "secure": True}
        context.add_cookies([own])
    try:
        page = context.new_page()
        page.goto(f"{url}{path}")
        yield page
    finally:
        context.close()


def shows(page: Page, words: str) -> None:
    expect(page.get_by_text(words).first).to_be_visible(timeout=PATIENCE)


def sign(page: Page, stakeholder: str, verdict: str, words: str = "") -> None:
    form = page.locator(f".st-key-sign_1_{stakeholder}")
    form.get_by_role("radio", name=verdict, exact=True).or_(
        form.get_by_role("button", name=verdict, exact=True)
    ).first.click(timeout=PATIENCE)
    quiet(page)
    if words:
        form.locator("textarea").fill(words)
    form.get_by_role("button", name=re.compile("^Sign as")).click()


def propose(page):
    """Propose the first decision."""
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    quiet(page)
    page.locator(".st-key-record_open button").click()
    page.locator(".st-key-why textarea").fill("cheapest", timeout=PATIENCE)
    page.locator(".st-key-record_now button").click()
    shows(page, "Proposed as number 1")


@pytest.mark.parametrize("served", ["token"], indirect=True)
def test_a_token_signs_people_in_behind_nginx(served, browser):
    url, register = served
    with visit(browser, url, ANA) as page:
        propose(page)
    [signed] = register.read().signatures
    assert (signed.signature.subject, signed.signature.issuer) == (ANA, ISSUER)
    # The provider signs this token, but it names no person.
    with visit(browser, url, "a" * 255) as page:
        shows(page, "this request names nobody")


def test_sign_in_returns_to_the_page_and_other_sites_cannot_sign_out(served, browser):
    url, _ = served
    path = "/data?miss=10&seed=3"
    with visit(browser, url, "", path) as page:
        page.get_by_role("button", name="Sign in").click()
        shows(page, f"You are signed in as {ANA}.")
        assert parse_qs(urlsplit(page.url).query)["seed"] == ["3"]
    with visit(browser, url, ANA) as page:
        # A page without an origin is like a page of another site.
        page.goto(f'data:text/html,<a href="{url}/sign-out">Look</a>')
        page.get_by_text("Look").click()
        shows(page, "Sign out by the link on a page.")
        assert COOKIE in [one.get("name") for one in page.context.cookies()]
        page.goto(f"{url}/data")
        part: Any = {"name": f"{COOKIE}_0", "value": "long", "url": url, "secure": True}
        page.context.add_cookies([part])
        with page.expect_response("**/sign-out") as answer:
            page.get_by_role("link", name="Sign out").click()
        assert "strict-transport-security" in answer.value.headers
        shows(page, "You are signed out.")
        assert not [one for one in page.context.cookies() if one["name"].startswith(COOKIE)]


def test_three_people_sign_a_decision_that_goes_live(served, browser):
    url, register = served
    with visit(browser, url, ANA) as page:
        propose(page)
        page.locator(".st-key-record_see button").click()
        shows(page, f"You are signed in as {ANA}.")
        sign(page, "data", "Agrees")
        shows(page, "1 of 3 signed; waiting for the product manager and the executive")
    with visit(browser, url, EVE, "/decisions") as page:
        shows(page, "1 of 3 signed")
        assert page.locator(".st-key-sign_1_product").count() == 0
        page.set_viewport_size({"width": 390, "height": 844})
        box = page.locator(".cg-superseded").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] < 390  # the whole form is visible on a phone
    with visit(browser, url, BEN, "/decisions") as page:
        form = page.locator(".st-key-sign_1_product")
        form.locator("textarea").fill("for now", timeout=PATIENCE)
        with visit(browser, url, BEN, "/sign-out") as other:
            shows(other, "You are signed out.")
            assert COOKIE not in [one.get("name") for one in other.context.cookies()]
        # The socket of this page is closed, too. It reconnects, because this browser still has the cookie.
        page.wait_for_timeout(11_000)
        assert form.locator("textarea").input_value() == "for now"
        sign(page, "product", "Accepts, with an objection", "for now")
        shows(page, "2 of 3 signed; waiting for the executive")
    with visit(browser, url, CLEO, "/decisions") as page:
        sign(page, "executive", "Objects", "too dear")
        shows(page, "signed by all 3")
        page.get_by_role("button", name="Went live").click()
        page.get_by_label("Where").fill("line 3", timeout=PATIENCE)
        quiet(page)
        page.get_by_role("button", name="Sign that it went live").click()
        shows(page, "Still missing: the version of the model")
        quiet(page)
        assert page.get_by_label("Where").input_value() == "line 3"  # the form is still open
        page.get_by_label("Version of the model").fill("2026-12")
        quiet(page)
        page.get_by_role("button", name="Sign that it went live").click()
        shows(page, "Live now")
        quiet(page)
        assert page.get_by_label("Version of the model").count() == 0  # the form is closed
        page.get_by_role("button", name="Went live").click()
        page.get_by_label("Where").wait_for(timeout=PATIENCE)
        assert page.get_by_label("Version of the model").input_value() == ""
    with visit(browser, url, BEN, "/decisions") as page:
        page.get_by_role("button", name="Rolled back: line 3").click(timeout=PATIENCE)
        page.get_by_label("Why", exact=True).fill("too many alarms")
        quiet(page)
        page.get_by_role("button", name="Sign the roll-back").click()
        shows(page, "rolled back: too many alarms")
        assert page.get_by_text("Live now").count() == 0
    found = [one.signature for one in register.read().signatures]
    assert [(one.act, one.stakeholder, one.subject, one.words) for one in found] == [
        ("proposes", "", ANA, ""),
        ("agrees", "data", ANA, ""),
        ("accepts", "product", BEN, "for now"),
        ("objects", "executive", CLEO, "too dear"),
        ("goes live", "", CLEO, ""),
        ("rolls back", "", BEN, "too many alarms"),
    ]
