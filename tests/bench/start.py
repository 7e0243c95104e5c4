"""From an address to the table page: what a first visitor to a warm server waits for."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.drag import OPEN
from tests.running import running_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VISITS = 5
# Milliseconds from the navigation to the end of the first frame with a figure and the front in it.
WATCH = """
const channel = new MessageChannel();
let done = false;
channel.port1.onmessage = () => { window.meaningful = performance.now(); };
const frame = () => {
  const figure = document.querySelector('[data-testid="figure-executive"]')?.textContent.trim();
  if (figure && document.querySelector('.st-key-front .js-plotly-plot svg .point') && !done) {
    done = true;
    channel.port2.postMessage(0);
  }
  if (!done) requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""


def visit(browser: Browser, url: str) -> float:
    """Seconds of one visit by a browser that has seen nothing of the page before."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("window.meaningful !== undefined", timeout=90_000)
    seconds = float(page.evaluate("meaningful")) / 1000
    context.close()
    return seconds


def measured(browser: Browser, folder: Path) -> list[dict[str, Any]]:
    """Median of a few visits to the sample; the first, which warms the server, does not count."""
    with running_app([*OPEN, "--private", "--port", "{port}"], cwd=folder) as url:
        visit(browser, url)
        taken = [visit(browser, url) for _ in range(VISITS)]
    return [
        {
            "measured": "the sample's page, from the address to its figures and its front, warm server",
            "seconds": round(statistics.median(taken), 2),
            "range": [round(min(taken), 2), round(max(taken), 2)],
        }
    ]
