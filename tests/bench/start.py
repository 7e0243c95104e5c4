"""Time until a first visitor to a warm server sees Decide, compared with a bare page."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.drag import OPEN
from tests.running import running_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VISITS = 7
# Milliseconds from the navigation to the end of the first frame in which something is seen.
WATCH = """
const channel = new MessageChannel();
let done = false;
channel.port1.onmessage = () => { window.meaningful = performance.now(); };
const frame = () => {
  if (SEEN && !done) {
    done = true;
    channel.port2.postMessage(0);
  }
  if (!done) requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""
FRONT = "document.querySelector('.st-key-front .js-plotly-plot svg .point')"
FIGURES = "document.querySelector('[data-testid=\"figure-product\"]')?.textContent.trim()"
THEIRS = "document.querySelector('.js-plotly-plot svg .point')"
# A page with nothing but a chart of eleven curves and their points, as anybody would write it.
BARE = """
import numpy as np
import plotly.graph_objects as go
import streamlit as st

fig = go.Figure()
at = np.linspace(0, 1, 200)
for k in range(11):
    fig.add_scatter(x=at, y=1 - at ** (1 + k / 4), mode="lines+markers", name=f"model {k}")
st.plotly_chart(fig)
"""


def visit(browser: Browser, url: str, seen: str) -> float:
    """Seconds of one visit by a browser with an empty cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    context.add_init_script(WATCH.replace("SEEN", seen))
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("window.meaningful !== undefined", timeout=90_000)
    seconds = float(page.evaluate("meaningful")) / 1000
    context.close()
    return seconds


def measured(browser: Browser, folder: Path) -> list[dict[str, Any]]:
    """Medians of several visits to both pages in turns; the first visit warms a server and is ignored."""
    script = folder / "bare.py"
    script.write_text(BARE, encoding="utf-8")
    run = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    with (
        running_app([*OPEN, "--private", "--port", "{port}"], cwd=folder) as ours,
        running_app([*run, "--server.port={port}"], cwd=folder) as theirs,
    ):
        visits = [(ours, f"{FRONT} && {FIGURES}"), (ours, FRONT), (theirs, THEIRS)]
        for url, seen in visits:
            visit(browser, url, seen)
        taken = [[visit(browser, url, seen) for url, seen in visits] for _ in range(VISITS)]
    whole, front, bare = (list(times) for times in zip(*taken, strict=True))
    times = [a / b for a, b in zip(front, bare, strict=True)]
    return [
        {
            "measured": "the sample's page, from the address to its figures and its front, warm server",
            "seconds": round(statistics.median(whole), 2),
            "range": [round(min(whole), 2), round(max(whole), 2)],
        },
        {
            "measured": "the sample's front, from the address, against a bare page with one st.plotly_chart",
            "seconds": round(statistics.median(front), 2),
            "against": {"seconds": round(statistics.median(bare), 2)},
            "time": round(statistics.median(times), 2),
            "time_range": [round(min(times), 2), round(max(times), 2)],
        },
    ]
