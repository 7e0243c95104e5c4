"""Latency of dragging the threshold: the table page compared with the same curve under ``st.slider``.

Latencies are measured inside the browser, from the time stamp of the input event to the end of the first
frame that shows its effect. The program that drives the browser is not included.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import Browser, Page

from tests.bench.rows import Row, browsing, in_turns, ratio
from tests.running import running_app

MODELS, THRESHOLDS, ROWS = 50, 1024, 20_480
MOVES, PRESSES = 60, 15
"""Moves of the mouse in a drag, and presses of a key.

Each move is longer than the distance of two stops. A shorter move would change nothing, and its time would
count into the wait of the next one.
"""
FRAME = 16.7
"""Milliseconds of a frame of the screen."""
OPEN = [str(Path(sys.executable).with_name("common-ground")), "open"]
READY = """
() => document.querySelector('[data-testid="figure-product"]')?.textContent.trim()
  && document.querySelector('.st-key-tradeoff .js-plotly-plot path.point')
  && document.querySelector('[data-testid="stApp"]').dataset.testScriptState === 'notRunning'
"""
# For every frame, record its time on the screen and the delay since the input that it shows first.
WATCH = """
({event, state}) => {
  const read = new Function(`return ${state}`);
  const bench = {frames: [], waits: [], since: null, known: read(), on: true};
  window.bench = bench;
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    const now = performance.now(), next = read();
    bench.frames.push(now);
    if (next === bench.known) return;
    bench.known = next;
    if (bench.since !== null) bench.waits.push(now - bench.since);
    bench.since = null;
  };
  addEventListener(event, said => { bench.since ??= said.timeStamp; }, true);
  const frame = () => { channel.port2.postMessage(0); if (bench.on) requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}
"""
OURS = "document.querySelector('[data-testid=chosen]').textContent"
THEIRS = "String(document.querySelector('.js-plotly-plot')?._fullData.at(-1).x[0])"
PLAIN = """
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st


@st.cache_data
def curve(path):
    frame = pd.read_csv(path, usecols=["label", "model_0"]).sort_values("model_0")
    defects = frame.groupby("model_0")["label"].sum()
    return defects.index.to_numpy(), defects.cumsum().shift(fill_value=0).to_numpy()


@st.fragment
def chart(path):
    at, missed = curve(path)
    k = st.slider("Threshold", 0, len(at) - 1, 500)
    fig = go.Figure()
    fig.add_scatter(x=at, y=missed, mode="lines")
    fig.add_scatter(x=[at[k]], y=[missed[k]], mode="markers+text", text=[str(missed[k])])
    fig.add_vline(at[k])
    st.plotly_chart(fig, key="chart")


chart({path!r})
"""


def made(path: Path) -> None:
    """File of 50 models, each with 1,024 distinct scores."""
    rng = np.random.default_rng(20_262)
    label = (rng.random(ROWS) < 0.05).astype(int)
    columns: dict[str, Any] = {"id": [f"U{k:06d}" for k in range(ROWS)], "label": label}
    for k in range(MODELS):
        order = np.argsort(rng.normal(size=ROWS) + (1.2 + 0.04 * k) * label)
        ranks = np.empty(ROWS, np.int64)
        ranks[order] = np.arange(ROWS)
        columns[f"model_{k}"] = (ranks * THRESHOLDS // ROWS + 0.5) / THRESHOLDS
    pd.DataFrame(columns).to_csv(path, index=False)


def taken(page: Page) -> tuple[list[float], float]:
    """Milliseconds from each input to the frame that shows it, and frames per second during the drag."""
    bench = page.evaluate("() => { bench.on = false; return bench; }")
    frames = bench["frames"]
    rate = 1000 * (len(frames) - 1) / (frames[-1] - frames[0])
    return bench["waits"], rate


def ours(
    browser: Browser, url: str, thumb: str = "threshold", ends: tuple[float, float] = (0.1, 0.9)
) -> tuple[list[float], float]:
    """Drag the threshold on the table page from one share of the slider to another, and measure."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page.goto(
        f"{url}/?point=0.5@model_0" if thumb == "threshold" else f"{url}/?point=0.1..0.9@model_0"
    )
    page.wait_for_function(READY, timeout=90_000)
    slider = page.get_by_test_id(thumb)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    top = box["y"] + box["height"] / 2
    # The lower thumb is half as large, and is the only part of its slider that reacts to the pointer.
    inset = 8 if thumb == "threshold" else 4
    share = float(slider.evaluate("range => range.value / range.max"))
    page.mouse.move(box["x"] + inset + share * (box["width"] - 2 * inset), top)
    page.mouse.down()
    page.mouse.move(box["x"] + ends[0] * box["width"], top)
    page.wait_for_timeout(300)
    page.evaluate(WATCH, {"event": "pointermove", "state": OURS})
    page.mouse.move(box["x"] + ends[1] * box["width"], top, steps=MOVES)
    page.wait_for_timeout(100)
    found = taken(page)
    page.mouse.up()
    page.close()
    return found


def theirs(browser: Browser, url: str) -> tuple[list[float], float]:
    """Move the slider of the plain page by keys and measure. Each press waits for the previous frame."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page.goto(url)
    page.wait_for_selector(".js-plotly-plot .scatterlayer", timeout=90_000)
    page.locator('[data-testid="stSlider"] input').focus()
    page.wait_for_timeout(500)
    page.evaluate(WATCH, {"event": "keydown", "state": THEIRS})
    for k in range(PRESSES):
        page.keyboard.press("ArrowRight")
        page.wait_for_function("k => bench.waits.length > k", arg=k, timeout=30_000)
    found = taken(page)
    page.close()
    return found


def measured(folder: Path) -> Iterator[Row]:
    """Waits of a drag on Decide with one threshold and with two, and on the plain page."""
    path, plain = folder / "many.csv", folder / "plain.py"
    made(path)
    plain.write_text(PLAIN.replace("{path!r}", repr(str(path))), encoding="utf-8")
    inspected = folder / "inspected.toml"
    inspected.write_text("[inspection]\nfalse_alarms = 0.1\n", encoding="utf-8")
    opened = [*OPEN, str(path), "--private", "--port", "{port}"]
    command = [sys.executable, "-m", "streamlit", "run", str(plain), "--server.port={port}"]
    command += ["--server.address=127.0.0.1", "--browser.gatherUsageStats=false"]
    many = f"{MODELS} models x {THRESHOLDS:,} thresholds"
    with browsing() as browser:
        with running_app(opened, cwd=folder) as app, running_app(command, cwd=folder) as other:
            runs = in_turns(
                {"ours": partial(ours, browser, app), "theirs": partial(theirs, browser, other)}
            )
        name = f"the threshold dragged over {many}, from the move of the mouse to the picture"
        yield row(name, runs["ours"])
        medians = {
            side: [float(np.median(waits)) for waits, _ in of_side]
            for side, of_side in runs.items()
        }
        against = "against st.slider with st.plotly_chart in a fragment"
        yield ratio(f"{name}, {against}", medians["ours"], medians["theirs"], 1, "ms")
        with running_app([*opened, "--scenario", str(inspected)], cwd=folder) as app:
            for thumb, handle, ends in (
                ("threshold", "upper", (0.5, 0.9)),
                ("ship-below", "lower", (0.1, 0.5)),
            ):
                yield row(
                    f"the {handle} of two thresholds dragged over the same",
                    [ours(browser, app, thumb, ends)],
                )


def row(name: str, runs: Sequence[tuple[list[float], float]]) -> Row:
    """Row with the median wait; at most one frame is allowed."""
    waits = np.concatenate([of_run for of_run, _ in runs])
    slowest, rate = np.quantile(waits, 0.95), np.median([rate for _, rate in runs])
    detail = f"95% within {slowest:.1f} ms; {rate:.0f} frames a second; {len(waits)} moves"
    return Row(name, float(np.median(waits)), "ms", FRAME, detail)
