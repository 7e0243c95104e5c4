"""Slide deck of a decision: four slides with editable charts and tables, and notes for the speaker."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pptx import Presentation
from pptx.util import Inches

from dashboard.decisions.decision import Decision
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.export.chart_values import charts_of
from dashboard.export.paper_charts import PaperChart
from dashboard.export.pptx_charts import add_chart
from dashboard.export.pptx_text import (
    HEAD,
    Text,
    add_table,
    add_text,
    cut,
    fill_frame,
    fitting,
    height_of,
    rgb,
    set_notes,
)
from dashboard.figures.palette import LIGHT
from dashboard.safe_text import harmless
from dashboard.words import decision as words
from dashboard.words.decide.tradeoff import EDITABLE
from dashboard.words.decisions.decision_summary import decision_summary

WIDTH, HEIGHT, EDGE = 13.333, 7.5, 0.6
"""Size of a slide, and its left and right margins, in inches."""
INNER, TOP, FLOOR = WIDTH - 2 * EDGE, 1.72, 6.85
"""Width, top and bottom of a slide's content, in inches."""
_WARNING = "#A33B1F"
"""Colour of the footer of a decision that is not recorded."""
_TITLE_ONLY = 5
"""Position of the slide layout with only a title."""


def new_deck() -> Any:
    """Empty wide deck in the app's paper colour."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    fill = deck.slide_master.background.fill
    fill.solid()
    fill.fore_color.rgb = rgb(LIGHT.paper)
    return deck


def _new_slide(deck: Any, eyebrow: str, title: str) -> Any:
    """New slide with a small line above its title."""
    slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = (
        Inches(part) for part in (EDGE, 0.72, INNER, 0.7)
    )
    size, [shown] = fitting([title], INNER, 0.7, (26, 24, 22, 20, 18))
    fill_frame(head.text_frame, [Text(shown, size, font=HEAD)])
    add_text(
        slide, (EDGE, 0.42, INNER, 0.3), [Text(cut(eyebrow.upper(), 90), 11, True, LIGHT.muted)]
    )
    return slide


def render(facts: DecisionFacts, charts: Sequence[PaperChart] | None = None) -> bytes:
    """Render the deck.

    Parameters
    ----------
    facts : DecisionFacts
        Each slide says that the view is not recorded if `facts` has no place in the register.
    charts : sequence of PaperChart, or None
        `None` if the data is no longer available, which the deck then states.

    Returns
    -------
    bytes
        Content of a .pptx file.
    """
    deck = new_deck()
    _set_properties(deck, facts.decision)
    _add_verdict_slide(deck, facts)
    for chart in charts or ():
        _add_chart_slide(deck, chart)
    _add_decision_slide(deck, facts, drawn=charts is not None)
    for k, slide in enumerate(deck.slides, start=1):
        _add_footer(slide, facts, f"{k} / {len(deck.slides)}")
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def _set_properties(deck: Any, d: Decision) -> None:
    properties = deck.core_properties
    properties.title = cut(d.data.title, 200)
    properties.author = properties.last_modified_by = "Common Ground"
    properties.created = properties.modified = datetime.now(UTC)
    with contextlib.suppress(ValueError):
        properties.created = datetime.fromisoformat(d.at)


def _add_footer(slide: Any, f: DecisionFacts, page: str) -> None:
    """Draw the footer: name of the data, basis of the figures, and whether the view is recorded."""
    d, color = f.decision, _WARNING if f.recorded is None else LIGHT.muted
    # The basis of the figures is always shown in full, so a long name of the data is cut instead.
    named = cut(d.data.title, max(20, 150 - len(d.basis)))
    size, [foot_line] = fitting([f"{named} · {d.basis}"], 7.4, 0.42, (10, 9, 8))
    add_text(slide, (EDGE, FLOOR + 0.12, 7.4, 0.42), [Text(foot_line, size, color=LIGHT.muted)])
    add_text(
        slide,
        (WIDTH - EDGE - 4.4, FLOOR + 0.12, 3.9, 0.25),
        [Text(cut(words.record_line(f), 60), 10, f.recorded is None, color)],
    )
    add_text(
        slide, (WIDTH - EDGE - 0.45, FLOOR + 0.12, 0.5, 0.25), [Text(page, 10, color=LIGHT.muted)]
    )


def _add_verdict_slide(deck: Any, f: DecisionFacts) -> None:
    """Draw the selected point, the result of each stakeholder, and as much of the verdict as fits."""
    d = f.decision
    slide = _new_slide(deck, words.VERDICT, d.chosen.words)
    add_text(
        slide,
        (EDGE, TOP - 0.3, INNER, 0.25),
        [Text(cut(words.data_line(d), 130), 12, color=LIGHT.muted)],
    )
    below, effect = TOP + 0.04, decision_summary(f)
    if effect:
        size, sentences = fitting([effect], INNER, 0.85, (16, 15, 14, 13, 12))
        high = height_of(sentences, INNER, size)
        add_text(slide, (EDGE, below, INNER, high), [Text(sentences[0], size)])
        below += high + 0.1
    rows = [
        [s.title, s.wish, words.figure_with_interval(s), s.cost, words.pick_words(s)]
        for s in d.stakeholders
    ]
    widths = [1.85, 2.6, 2.7, 2.3, 2.65]
    below = (
        add_table(slide, (EDGE, below, INNER, 2.2), words.RESULT_HEADS, rows, widths, largest=12)
        + 0.15
    )
    verdict_sentences = _fitting_sentences(d.verdict, FLOOR - below)
    if verdict_sentences:
        add_text(slide, (EDGE, below, INNER, FLOOR - below), verdict_sentences)
    set_notes(
        slide,
        [
            words.points_line(d),
            effect,
            *d.verdict,
            *d.details,
            d.basis,
        ],
    )


def _fitting_sentences(sentences: Sequence[str], height: float) -> list[Text]:
    """Sentences of a verdict that fit; the last are dropped first, because the first says whether to ship."""
    for count in range(len(sentences), 0, -1):
        left = len(sentences) - count
        more = [words.left_out_words(left)] if left else []
        size, texts = fitting([*sentences[:count], *more], INNER - 0.3, height, (15, 14, 13, 12))
        if texts[:count] == list(sentences[:count]) or count == 1:
            dots = [Text(text, size, bullet=True) for text in texts[:count]]
            return [*dots, *(Text(text, size, color=LIGHT.muted) for text in more)]
    return []


def _add_chart_slide(deck: Any, paper: PaperChart) -> None:
    slide = _new_slide(deck, paper.title, paper.finding)
    charts = charts_of(paper)
    wide = INNER / len(charts)
    size, below = fitting(paper.notes, INNER, 1.0, (12, 11, 10))
    floor = FLOOR - height_of(below, INNER, size)
    for k, chart in enumerate(charts):
        left, gap = EDGE + k * wide, 0.1 if len(charts) > 1 else 0
        box = (left, TOP - 0.25, wide - gap, floor - TOP + 0.2)
        add_chart(slide, chart, box, f"{chart.title or paper.title}. {paper.finding}")
    if below:
        texts = [Text(text, size, color=LIGHT.muted) for text in below]
        add_text(slide, (EDGE, floor, INNER, FLOOR - floor), texts)
    set_notes(slide, [*paper.spoken, *paper.notes, EDITABLE])


def _add_decision_slide(deck: Any, f: DecisionFacts, *, drawn: bool) -> None:
    d = f.decision
    slide = _new_slide(deck, *words.decision_titles(f))
    below = TOP - 0.2
    if f.has_statements:
        statements = [
            [s.title, s.name or "–", words.verdict_words(s), s.words or "–"] for s in d.stakeholders
        ]
        below = (
            add_table(
                slide,
                (EDGE, below, INNER, 2.0),
                words.statement_heads(f),
                statements,
                [1.8, 2.2, 2.3, 4.4],
            )
            + 0.25
        )
    reasons = words.reason_rows(d)
    if reasons:
        below = add_table(slide, (EDGE, below, INNER, 1.1), [], reasons, [1.6, 9.1]) + 0.25
    rests, rows = [("Figures", d.basis), *words.assumption_rows(f)], words.provenance_rows(f)
    notes = [words.statement_words(s) for s in d.stakeholders]
    notes += [f"{name}: {text}" for name, text in (*rests, *reasons, *rows)]
    # A link is too long for the slide. The notes contain it.
    rows = [row for row in rows if row[0] not in ("Link", "Hash before")]
    if not f.has_statements:
        rows.append(words.NOT_ASKED)
    if not drawn:
        rows.append(("Charts", words.CHARTS_GONE))
    half, room = INNER / 2 - 0.15, FLOOR - below
    for left, side in ((EDGE, rests), (WIDTH - EDGE - half, rows)):
        add_table(slide, (left, below, half, room), [], side, [1.1, 4.4])
    set_notes(slide, [harmless(text) for text in notes])
