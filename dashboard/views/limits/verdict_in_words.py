"""The verdict in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from dashboard.markup import escaped
from dashboard.page.decision_support import verdict_of
from dashboard.page.state import PageState
from dashboard.session.url import to_query
from dashboard.views.snippets import write
from metrics.narrative.verdict import Sentence

CHARTS = {
    "picks": ("what each choice costs", "#what-it-costs"),
    "compromise": ("what each choice costs", "#what-it-costs"),
    "gap": ("the gaps between models", ""),
    "range": ("when another model would win", "models#who-is-cheapest"),
    "limits": ("the limits", "#the-limits"),
}
"""What a sentence of the verdict rests on: its name, and its anchor on the page."""


def draw(page: PageState) -> None:
    """The verdict in sentences, what is behind it folded in."""
    said = verdict_of(page)
    details = _items(page, said.details)
    write(
        f"{_items(page, said.opening)}"
        f'<details class="cg-note"><summary>Details</summary>{details}</details>'
    )


def _items(page: PageState, sentences: Sequence[Sentence]) -> str:
    lines = []
    gaps = f"gaps?{urlencode(to_query(replace(page.choices, gaps='cost')))}"
    for k, sentence in enumerate(sentences):
        chart, link = CHARTS.get(sentence.about), ""
        # Two sentences in a row that rest on the same need one link.
        after = CHARTS.get(sentences[k + 1].about) if k + 1 < len(sentences) else None
        if chart is not None and chart != after:
            name, anchor = chart
            link = f' <a class="cg-see" href="{escaped(anchor or gaps)}" target="_self">{name}</a>'
        lines.append(f"<li>{escaped(sentence.text)}{link}</li>")
    return f'<ul class="cg-verdict">{"".join(lines)}</ul>'
