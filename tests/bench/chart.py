"""Chart of time by number of rows and models, drawn by Plotly and saved as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from playwright.sync_api import Browser
from plotly.subplots import make_subplots

from dashboard.figures.layout import house_layout
from dashboard.figures.palette import LIGHT

WIDTH, HEIGHT = 960, 380


def drawn(grown: dict[str, list[dict[str, float]]]) -> go.Figure:
    """Figure of the seconds from file to tally by rows and by models, on logarithmic axes."""
    titles = ("by units, 4 models", "by models, 1,000,000 units")
    fig = make_subplots(rows=1, cols=2, subplot_titles=titles, horizontal_spacing=0.1)
    for k, kind in enumerate(("rows", "models"), start=1):
        x, y = ([point[name] for point in grown[kind]] for name in (kind, "seconds"))
        text = [f"{seconds:.2g} s" for seconds in y]
        fig.add_scatter(
            x=x, y=y, text=text, mode="lines+markers+text",
            textposition=["top center", *["top left"] * (len(x) - 1)],
            line={"color": LIGHT.accent, "width": 2}, marker={"size": 8}, row=1, col=k,
        )  # fmt: skip
    house_layout(
        fig, LIGHT, height=HEIGHT, width=WIDTH, paper_bgcolor=LIGHT.paper, margin={"t": 48}
    )
    fig.update_xaxes(type="log")
    fig.update_yaxes(type="log", dtick=1)
    fig.update_yaxes(title_text="seconds, file to tally", col=1)
    return fig


def save(browser: Browser, grown: dict[str, Any], path: Path) -> None:
    """Save the picture as PNG."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=2)
    page.set_content(f"<style>body{{margin:0}}</style>{drawn(grown).to_html(full_html=False)}")
    page.wait_for_selector(".js-plotly-plot svg .point")
    page.screenshot(path=path)
    page.close()
