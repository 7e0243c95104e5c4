"""Time until a first visitor to a warm server sees Decide, compared with a bare page."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser

from tests.bench.drag import OPEN
from tests.bench.rows import Row, browsing, in_turns, ratio
from tests.running import running_app

VISITS = 7
# Milliseconds from the navigation to the end of the first frame that shows an element.
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
THEIRS = "document.querySelector('.js-plotly-plot svg .point')"
# A plain page with one chart of eleven curves and their points.
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


def measured(folder: Path) -> Iterator[Row]:
    """Compare visits to both pages in turns; the first visit warms a server and is ignored."""
    script = folder / "bare.py"
    script.write_text(BARE, encoding="utf-8")
    run = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    with (
        browsing() as browser,
        running_app([*OPEN, "--private", "--port", "{port}"], cwd=folder) as ours,
        running_app([*run, "--server.port={port}"], cwd=folder) as theirs,
    ):
        sides = {
            "ours": partial(visit, browser, ours, FRONT),
            "theirs": partial(visit, browser, theirs, THEIRS),
        }
        in_turns(sides, 1)
        seconds = in_turns(sides, VISITS)
    name = "the sample's front, from the address, warm server"
    yield Row(name, statistics.median(seconds["ours"]), "s", 3)
    against = "against a bare page with one st.plotly_chart"
    yield ratio(f"{name}, {against}", seconds["ours"], seconds["theirs"], 1.05)
