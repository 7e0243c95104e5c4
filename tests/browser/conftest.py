"""Fixtures that open the app on a running server in a browser window, and helpers that read the page."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from playwright.sync_api import Error, TimeoutError, expect

from dashboard.cli.main import main
from tests.running import running_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, WebSocket

PROGRAM = str(Path(sys.executable).with_name("common-ground"))
PATIENCE = 240_000
"""Maximum wait in milliseconds; an idle machine needs a few hundred."""
MODEL = "two_stage_boosting"
"""Model of the sample that earns most."""
COUNTS = ("fn", "fp")
"""Missed defects and false alarms."""
expect.set_options(timeout=PATIENCE)
# Relative to the page, since the app may be served below a path.
STORE = (
    "new URL('_stcore/bidi-components/common-ground.table/player.js', location.href.split('?')[0])"
)
# The clickable markers of the front, the one that is farthest from all others first.
LONELIEST = """
(chosen) => {
  const plot = document.querySelector('.st-key-front .js-plotly-plot');
  plot.scrollIntoView({block: 'center'});
  const box = plot.getBoundingClientRect(), {xaxis, yaxis} = plot._fullLayout;
  const points = [];
  for (const trace of plot._fullData) {
    if (trace.mode !== 'markers' || trace.hoverinfo === 'skip') continue;
    Array.from(trace.x).forEach((value, k) => {
      const x = xaxis.l2p(value), y = yaxis.l2p(trace.y[k]);
      const inside = x > 5 && y > 5 && x < xaxis._length - 5 && y < yaxis._length - 5;
      if (!inside) return;
      const point = {x: box.x + xaxis._offset + x, y: box.y + yaxis._offset + y};
      if (trace.customdata) {
        point.model = trace.name;
        point.threshold = String(trace.customdata[k]).replace('Infinity', 'inf');
      }
      points.push(point);
    });
  }
  const room = p => Math.min(1e9, ...points.filter(q => q !== p).map(q => Math.hypot(p.x - q.x, p.y - q.y)));
  const able = points.filter(p => p.model && Number(p.threshold) !== Number(chosen.split('@')[0]));
  return able.sort((p, q) => room(q) - room(p));
}
"""
# Whether the chart shows the label of a point of a model.
HOVERED = """
model => {
  const label = document.querySelector('.st-key-front .cg-hover');
  return label && !label.hidden && label.textContent.startsWith(`${model} at `);
}
"""
QUIET = """
() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'
  && !document.querySelector('[data-stale="true"]')
"""
# The page's live part has its data and has drawn both charts.
DRAWN = """
() => document.querySelector('[data-testid="figure-product"]')?.textContent.trim()
  && document.querySelector('.st-key-front .js-plotly-plot path.point')
  && document.querySelector('.st-key-tradeoff .js-plotly-plot path.js-line')
  && !document.querySelector('.cg-waiting')
"""
# The intervals are shown, too; they arrive a moment after the figures.
SURE = "() => !document.querySelector('.cg-live .cg-checking')"
# Texts that the live part shows now.
SHOWN = """
() => {
  const one = name => document.querySelector(`[data-testid="${name}"]`);
  const stakeholders = ['data', 'product', 'executive'];
  const card = name => document.querySelector(`.st-key-part_stakeholder-${name}`);
  const seen = (name, what) => [...card(name).querySelectorAll(what)].find(e => !e.closest('[hidden]'));
  const cards = what => stakeholders.map(name => seen(name, what)?.textContent ?? '');
  const dot = document.querySelector('.st-key-front .cg-dot');
  const line = document.querySelector('.st-key-tradeoff .cg-line');
  return {
    sentence: one('chosen').textContent,
    headline: one('headline').textContent,
    limits: one('limits').textContent,
    figures: cards('.cg-figure'),
    ranges: cards('.cg-sure'),
    bests: cards('[data-testid^="best-"], .cg-bests > a'),
    lines: cards('.cg-line-best'),
    counts: ['fn', 'fp'].map(name => one(`count-${name}`).textContent),
    dot: [dot.getAttribute('cx'), dot.getAttribute('cy')],
    line: line.getAttribute('x1'),
    labels: [...document.querySelectorAll('.st-key-tradeoff .cg-mark')]
      .filter(text => text.checkVisibility({visibilityProperty: true})).map(text => text.textContent),
  };
}
"""

# All elements of the live part are drawn. After a change of pages they appear one by one.
WHOLE = f"""
() => {{
  if (!document.querySelector('.st-key-tradeoff')) return true;
  try {{
    return Boolean(({SHOWN})());
  }} catch {{
    return false;
  }}
}}
"""
# Resolves once the live part and the charts' ranges and positions are stable for a while: they are
# drawn after the server has finished.
STILL = f"""
async () => {{
  if (!document.querySelector('.st-key-tradeoff')) return;
  const ranges = () => [...document.querySelectorAll('.js-plotly-plot')].map(
    ({{_fullLayout: all = {{}}}}) =>
      Object.keys(all).filter(k => /^[xy]axis/.test(k)).map(k => all[k].range));
  const places = () => [...document.querySelectorAll('.js-plotly-plot')].map(
    plot => plot.getBoundingClientRect().toJSON());
  const words = () => document.querySelector('[data-testid="stMain"]').innerText.length;
  const now = () => JSON.stringify([({SHOWN})(), ranges(), places(), words(), document.fonts.status]);
  for (let before = now(), same = 0; same < 5;) {{
    await new Promise(done => setTimeout(done, 40));
    same = now() === before ? same + 1 : 0;
    before = now();
  }}
}}
"""


TURNS = 40
"""Distance of the mouse wheel that reaches the end of any list."""
# Resolves once an element has not moved for a while.
AT_REST = """
async element => {
  const now = () => element.getBoundingClientRect().y;
  for (let before = now(), same = 0; same < 5;) {
    await new Promise(done => setTimeout(done, 40));
    same = now() === before ? same + 1 : 0;
    before = now();
  }
}
"""


def pick(page: Page, box: str, words: str) -> None:
    """Choose an option of a select box.

    A list that opens while the page is still drawn closes again; the box is then clicked again. A long list
    only holds the options near the visible ones, so it is scrolled until the option is there. A list keeps
    scrolling for a while, and a press on a moving option chooses nothing; the helper therefore waits until
    the list stops moving. If the option is no longer offered, an earlier press has taken effect late.
    """
    opened = page.get_by_role("listbox")
    option, every = (
        opened.get_by_role("option", name=words, exact=True),
        opened.get_by_role("option"),
    )
    is_pressed = False
    for wait in (2_000, 8_000, 30_000, PATIENCE):
        with contextlib.suppress(TimeoutError):
            if not every.count():
                page.locator(box).click()
                every.first.wait_for(timeout=wait)
            for _ in range(TURNS):
                if option.count():
                    break
                every.first.hover(timeout=wait)
                page.mouse.wheel(0, 120)
                page.wait_for_timeout(50)
            if is_pressed and not option.count():
                page.keyboard.press("Escape")
                break
            option.wait_for(timeout=wait)
            option.evaluate(AT_REST)
            is_pressed = True
            option.click(timeout=wait)
            every.first.wait_for(state="detached", timeout=wait)
            return
    expect(every).to_have_count(0)


# Whether the stops of the threshold and their words are loaded.
NEAR = f"""
async () => {{
  const {{store}} = await import({STORE});
  const known = () => store.stops().length > 0 && store.stops().every(stop => store.lines(stop));
  for (let left = 600; left > 0 && !known(); left -= 1) {{
    store.near();
    await new Promise(done => setTimeout(done, 100));
  }}
  return known();
}}
"""


class Window:
    """Browser window with the app; it records errors and the hosts that it connects to."""

    def __init__(self, page: Page, url: str, *, size: tuple[int, int], scheme: str) -> None:
        self.context = page.context
        self.context.set_default_timeout(PATIENCE)
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.sent = 0
        self._size, self._scheme = size, scheme
        self.context.on("request", self._note_request)
        self._watch(page)
        self.go(url)

    def open(self, url: str) -> Page:
        """Open another tab of the same browser, which becomes the window's page."""
        self._watch(self.context.new_page())
        return self.go(url)

    def go(self, url: str) -> Page:
        """Follow a link to the table page in the same tab."""
        self.page.goto(url)
        self.page.wait_for_function(DRAWN, timeout=PATIENCE)
        self.settle()
        return self.page

    def _watch(self, page: Page) -> None:
        self.page = page
        page.set_viewport_size({"width": self._size[0], "height": self._size[1]})
        page.emulate_media(media="null", color_scheme=self._scheme)  # type: ignore[arg-type]
        page.on("pageerror", self._note_error)
        page.on("console", self._note_console)
        page.on("websocket", self._listen)

    def leave(self) -> Page | None:
        """Close all tabs but the first, which is reset; or close all if the first is broken.

        Loading and compiling are most of the cost of a page, and a later test can reuse them.
        """
        try:
            page, *others = self.context.pages
            for other in others:
                other.close()
            page.mouse.move(0, 0)
            self.context.remove_listener("request", self._note_request)
            page.remove_listener("pageerror", self._note_error)
            page.remove_listener("console", self._note_console)
            page.remove_listener("websocket", self._listen)
            page.goto(urljoin(page.url, "_stcore/health"))
            page.evaluate("sessionStorage.clear(), localStorage.clear()")
            self.context.clear_cookies()
            self.context.clear_permissions()
        except (Error, KeyError, ValueError):
            self.context.close()
            return None
        return page

    def _note_request(self, request: Request) -> None:
        self._meet(request.url)

    def _note_error(self, error: Error) -> None:
        self.errors.append(str(error))

    def _note_console(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.errors.append(f"{said.text} ({said.location['url']})")

    def _listen(self, socket: WebSocket) -> None:
        self._meet(socket.url)
        socket.on("framesent", self._count)

    def _count(self, _: object) -> None:
        self.sent += 1

    def _meet(self, url: str) -> None:
        if not url.startswith(("data:", "blob:")):
            self.hosts.add(urlsplit(url).netloc)

    def settle(self) -> None:
        """Wait until the server has answered and everything is drawn."""
        self.page.wait_for_function(QUIET, timeout=PATIENCE)
        if self.link.get("intervals") != "off":
            self.page.wait_for_function(SURE, timeout=PATIENCE)
            self.page.wait_for_function(QUIET, timeout=PATIENCE)
        self.page.wait_for_function(WHOLE, timeout=PATIENCE)
        self.page.evaluate(STILL)

    @property
    def link(self) -> dict[str, str]:
        return {key: values[-1] for key, values in parse_qs(urlsplit(self.page.url).query).items()}

    def until(self, act: Callable[[], Any], key: str) -> str:
        """Do an action, and wait until a key of the address has changed and everything is drawn."""
        before = self.link.get(key)
        act()
        self.page.wait_for_function(
            "([key, before]) => new URLSearchParams(location.search).get(key) !== before",
            arg=[key, before],
            timeout=PATIENCE,
        )
        self.settle()
        return self.link[key]

    def want(self, stakeholder: str, words: str) -> None:
        """Choose an objective in a stakeholder's select box."""

        def act() -> None:
            self.pick(f".st-key-objective_{stakeholder} input", words)

        self.until(act, "want")

    def pick(self, box: str, words: str) -> None:
        """Choose an option of a select box."""
        pick(self.page, box, words)

    def choose(self, chart: str, words: str) -> None:
        """Choose the axes of a chart, "front" or "tradeoff"."""
        self.page.locator(f".st-key-head_{chart}").get_by_test_id("stPopoverButton").click()
        group = self.page.get_by_test_id("stPopoverBody").get_by_test_id("stButtonGroup")
        group.get_by_text(words, exact=True).click()

    def hover_marker(self) -> dict[str, Any]:
        """Move the mouse to a marker that no other marker overlaps; return its position and data."""
        # The chart may still move, for instance when a font is loaded.
        for wait in (1_000, 2_000, 4_000, 8_000, 30_000):
            place: dict[str, Any] = self.page.evaluate(LONELIEST, self.link.get("point", ""))[0]
            self.page.mouse.move(place["x"], place["y"])
            with contextlib.suppress(TimeoutError):
                self.page.wait_for_function(HOVERED, arg=place["model"], timeout=wait)
                break
        return place

    def click_marker(self) -> tuple[str, str]:
        """Click a marker that no other marker overlaps; return its model and threshold."""
        place = self.hover_marker()
        self.click_point(place["x"], place["y"])
        return place["model"], place["threshold"]

    def click_point(self, x: float, y: float) -> str:
        """Click a point of a chart that is not selected; return the point in the address.

        The click is repeated if nothing follows, because a click is lost if the chart is redrawn at that
        moment.
        """
        before = self.link.get("point")
        for wait in (8_000, 30_000, PATIENCE):
            self.page.mouse.click(x, y)
            with contextlib.suppress(TimeoutError):
                self.page.wait_for_function(
                    "before => new URLSearchParams(location.search).get('point') !== before",
                    arg=before,
                    timeout=wait,
                )
                break
        self.settle()
        assert self.link["point"] != before
        return self.link["point"]

    def move_threshold(self, key: str) -> str:
        """Move the slider by one press of a key; return the point in the address."""
        self.near_slider()
        return self.until(lambda: self.slider.press(key), "point")

    def near_slider(self) -> None:
        """Focus the slider, as before a drag, and wait for its stops and their words."""
        self.slider.focus()
        assert self.page.evaluate(NEAR)

    @property
    def slider(self) -> Locator:
        return self.page.get_by_test_id("threshold")

    def shown(self) -> dict[str, Any]:
        """Texts that the live part of the page shows now."""
        said: dict[str, Any] = self.page.evaluate(SHOWN)
        return said

    def at(self) -> tuple[str, float]:
        """Model and threshold selected in the browser, whether or not the server knows them."""
        model, threshold = self.in_store("[store.now.model, store.now.at]")
        return model, float(threshold)

    def in_store(self, expression: str, arg: object = None) -> Any:
        """Value of an expression over the state shared by the page's live parts."""
        code = f"async given => {{ const {{store}} = await import({STORE}); return {expression}; }}"
        return self.page.evaluate(code, arg)

    def figure(self, stakeholder: str) -> str:
        """Large figure of a stakeholder, without its unit."""
        card = self.page.get_by_test_id(f"figure-{stakeholder}")
        [unit] = card.locator("small").all_text_contents()
        text = (card.text_content() or "").removesuffix(unit)
        return " ".join(text.split())

    def counts(self) -> dict[str, int]:
        """Counts of the selected point, as shown below the trade-off."""
        texts = {key: self.page.get_by_test_id(f"count-{key}").inner_text() for key in COUNTS}
        many = {"m": 1e6, "bn": 1e9}

        def read(text: str) -> int:
            digits, *name = text.split()
            return round(float(digits.replace(",", "")) * (many[name[0]] if name else 1))

        return {key: read(text) for key, text in texts.items()}

    def text(self) -> list[str]:
        """All texts that the app wrote on the page."""
        return self.page.locator('[data-testid="stHtml"], .cg-live').all_inner_texts()


Servers = Callable[..., str]


def _servers(folder: Path, servers: contextlib.ExitStack) -> Servers:
    """Function that starts the app on files, once for each command line, and returns its address."""
    started: dict[tuple[str, ...], str] = {}

    def start(*arguments: str) -> str:
        if arguments not in started:
            kept = [] if "--register" in arguments else ["--private"]
            command = [PROGRAM, "open", *arguments, *kept, "--port", "{port}"]
            started[arguments] = servers.enter_context(running_app(command, cwd=folder))
        return started[arguments]

    return start


@pytest.fixture(scope="session")
def sample_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Start the app on the sample, once for all tests that use it."""
    with contextlib.ExitStack() as servers:
        yield _servers(tmp_path_factory.mktemp("sample"), servers)


@pytest.fixture(scope="module")
def app_on(sample_server: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Start the app on files, once for a module; return its address."""
    with contextlib.ExitStack() as servers:
        own = _servers(tmp_path_factory.mktemp("elsewhere"), servers)
        yield lambda *arguments: own(*arguments) if arguments else sample_server()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder in which the app at `address` stores uploads."""
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def address(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """App on the sample, which stores uploads in a folder of the module for two days."""
    kept = ["--library", str(library), "--keep-days", "2"]
    command = [PROGRAM, "open", *kept, "--port", "{port}"]
    with running_app(command, cwd=tmp_path_factory.mktemp("elsewhere")) as url:
        yield url


@pytest.fixture
def window(browser: Browser, idle_tabs: list[Page]) -> Iterator[Callable[..., Window]]:
    """Open windows. They reuse tabs of earlier tests unless a test requires new tabs.

    After the test, no window may have recorded an error or a request to another host.
    """
    windows: list[tuple[Window, str, bool]] = []

    def start(
        url: str, *, size: tuple[int, int] = (1440, 900), scheme: str = "light", new: bool = False
    ) -> Window:
        page = idle_tabs.pop() if idle_tabs and not new else _new_tab(browser)
        opened = Window(page, url, size=size, scheme=scheme)
        windows.append((opened, urlsplit(url).netloc, new))
        return opened

    yield start
    for opened, _, new in windows:
        if new:
            opened.context.close()
        elif page := opened.leave():
            idle_tabs.append(page)
    for opened, host, _ in windows:
        assert opened.errors == []
        assert opened.hosts == {host}


@pytest.fixture
def reader(app_on: Servers, window: Callable[..., Window]) -> Window:
    """Window with a point of the sample selected, without intervals."""
    return window(f"{app_on()}/?point=0.3@{MODEL}&intervals=off")


def _new_tab(browser: Browser) -> Page:
    """Open a tab of a new browser, without cookies or stored data."""
    context = browser.new_context(
        # Playwright's waits evaluate text in the page, which the app's security policy forbids;
        # tests/browser/test_headers.py tests the policy.
        bypass_csp=True,
    )
    return context.new_page()


def without_chance(shown: dict[str, Any]) -> dict[str, Any]:
    """Shown texts without those that only the server knows: which differences are significant."""
    facts = json.dumps(shown, ensure_ascii=False)
    how_sure = r", met in [^\"]*? of simulations"
    likely = rf"(very likely|likely|uncertain|unlikely)({how_sure})?"
    facts = re.sub(rf"missed here; {likely}", "missed", facts)
    facts = re.sub(
        rf": (certified at 95%|met, not certified|{likely})( if no model saw these rows)?",
        ": met",
        facts,
    )
    facts = re.sub(r'("limits_why": )"[^"]*"', r'\1""', facts)
    facts = re.sub(r'("is_doubtful": )true', r"\1false", facts)
    kept: dict[str, Any] = json.loads(
        re.sub(r"(clear(: [^\"]*)?|may be chance|better|worse)(?=\")", "", facts)
    )
    return kept


def json_output(*arguments: str) -> dict[str, Any]:
    """Output of a ``common-ground`` command with ``--json``."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        main([*arguments, "--json"])
    found: dict[str, Any] = json.loads(said.getvalue())
    return found


def evaluate(*arguments: str) -> dict[str, Any]:
    """Output of ``common-ground evaluate`` for files."""
    return json_output("evaluate", *arguments)


def thumb(reader):
    """Centre of the slider's thumb on the screen, and the box of the slider."""
    reader.near_slider()
    reader.slider.scroll_into_view_if_needed()
    box = reader.slider.bounding_box()
    share = float(reader.slider.input_value()) / float(reader.slider.get_attribute("max"))
    return box["x"] + 8 + share * (box["width"] - 16), box["y"] + box["height"] / 2, box
