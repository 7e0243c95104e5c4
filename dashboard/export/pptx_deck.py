"""Slide deck of a decision: four slides with editable charts and tables, and notes for the speaker."""

from __future__ import annotations

import contextlib
import io
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pptx import Presentation
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from dashboard.decisions.decision import Decision
from dashboard.decisions.facts import DecisionFacts
from dashboard.export.charts import PaperChart
from dashboard.export.pptx_charts import BODY, Box, add_chart, charts_of, rgb
from dashboard.figures.palette import LIGHT
from dashboard.words import decision as words
from dashboard.words.decide.charts_on_paper import EDITABLE
from dashboard.words.safe_text import harmless

WIDTH, HEIGHT, EDGE = 13.333, 7.5, 0.6
"""Size of a slide, and its left and right margins, in inches."""
INNER, TOP, FLOOR = WIDTH - 2 * EDGE, 1.72, 6.85
"""Width, top and bottom of a slide's content, in inches."""
HEAD = "Georgia"
# A deck contains no fonts, so these fonts are the fallbacks of the pages, which most machines have. If they
# are missing, a wider font replaces them, often DejaVu. The widths below are therefore those of DejaVu.
_LETTER, _BOLD, _LINE = 0.53, 0.66, 1.2
"""Mean width of a letter and of a bold letter, and height of a line, relative to the font size."""
_WARNING = "#A33B1F"
"""Colour of the footer of a decision that is not recorded."""
_TITLE_ONLY = 5
"""Position of the slide layout with only a title."""
_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""Identifier of PowerPoint's table style "No Style, No Grid"."""


@dataclass(frozen=True)
class Text:
    """Text with its format; `size` in points."""

    text: str
    size: float = 14
    bold: bool = False
    color: str = LIGHT.ink
    font: str = BODY
    bullet: bool = False


def new_deck() -> Any:
    """Empty wide deck in the app's paper colour."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    fill = deck.slide_master.background.fill
    fill.solid()
    fill.fore_color.rgb = rgb(LIGHT.paper)
    return deck


def new_slide(deck: Any, eyebrow: str, title: str) -> Any:
    """New slide with a small line above its title."""
    slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = (
        Inches(part) for part in (EDGE, 0.72, INNER, 0.7)
    )
    size, [shown] = fitting([title], INNER, 0.7, (26, 24, 22, 20, 18))
    fill(head.text_frame, [Text(shown, size, font=HEAD)], anchor=MSO_ANCHOR.TOP)
    write(slide, (EDGE, 0.42, INNER, 0.3), [Text(cut(eyebrow.upper(), 90), 11, True, LIGHT.muted)])
    return slide


def write(slide: Any, box: Box, texts: Sequence[Text]) -> None:
    """Put texts into a new box, one paragraph each."""
    shape = slide.shapes.add_textbox(*map(Inches, box))
    fill(shape.text_frame, texts)


def fill(frame: Any, texts: Sequence[Text], *, anchor: Any = MSO_ANCHOR.TOP) -> None:
    """Set the paragraphs of a text frame."""
    frame.word_wrap, frame.auto_size, frame.vertical_anchor = True, MSO_AUTO_SIZE.NONE, anchor
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for k, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
        paragraph.line_spacing = 1.0
        paragraph.space_after = Pt(0.35 * text.size)
        paragraph.alignment = 1
        run = paragraph.add_run()
        run.text = harmless(text.text)
        run.font.size, run.font.bold, run.font.name = Pt(text.size), text.bold, text.font
        run.font.color.rgb = rgb(text.color)
        if text.bullet:
            _add_bullet(paragraph)


def _add_bullet(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "228600")
    properties.set("indent", "-228600")
    properties.append(parse_xml(f'<a:buFont {nsdecls("a")} typeface="Arial"/>'))
    properties.append(parse_xml(f'<a:buChar {nsdecls("a")} char="•"/>'))


def fitting(
    texts: Sequence[str], width: float, height: float, sizes: Sequence[float]
) -> tuple[float, list[str]]:
    """Largest font size at which all paragraphs fit a box, and the texts, cut at the smallest size if needed.

    Parameters
    ----------
    width, height : float
        Size of the box in inches.
    sizes : sequence of float
        Font sizes in points, largest first.
    """
    for size in sizes:
        if height_of(texts, width, size) <= height:
            return size, list(texts)
    size = sizes[-1]
    most = max(k for k in range(1, 100) if k == 1 or height_of(texts, width, size, k) <= height)
    return size, [_cut_to(text, width, size, most) for text in texts]


def _cut_to(text: str, width: float, size: float, most: int) -> str:
    """Text cut to at most ``most`` lines."""
    shorter = cut(text, most * _letters(text, width, size))
    while len(shorter) > 8 and lines(shorter, width, size) > most:
        shorter = cut(shorter, len(shorter) - 4)
    return shorter


def height_of(texts: Sequence[str], width: float, size: float, most: int = 100) -> float:
    """Height in inches of paragraphs with at most ``most`` lines each."""
    counts = [min(lines(text, width, size), most) for text in texts]
    return (sum(counts) * size * _LINE + 0.35 * size * len(counts)) / 72


def lines(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """Approximate number of lines of a text; words are not broken."""
    return max(1, len(textwrap.wrap(text, _letters(text, width, size, bold=bold))))


def _letters(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """Number of letters that fit on a line; wide letters, such as Chinese ones, count twice."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    mean = (_BOLD if bold else _LETTER) * (1 + wide / max(1, len(text)))
    return max(1, int(72 * width / (size * mean)))


def cut(text: str, most: int) -> str:
    """Text of at most ``most`` characters; an ellipsis marks the cut."""
    text = harmless(text)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def table(
    slide: Any,
    box: Box,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    largest: float = 13,
) -> float:
    """Draw a native table, cut to fit; return its lower end in inches.

    Parameters
    ----------
    box : tuple of four floats
        Left, top, width and maximum height in inches.
    heads : sequence of str
        Heads of the columns; empty for a table without heads.
    widths : sequence of float
        Relative widths of the columns.
    largest : float
        Largest font size in points.
    """
    all_rows = [list(heads), *map(list, rows)] if heads else list(map(list, rows))
    left, top, width, height = box
    wide = [width * share / sum(widths) for share in widths]
    for size, most in (
        (13, 400),
        (12, 400),
        (11, 400),
        (10, 400),
        (10, 200),
        (10, 120),
        (10, 70),
        (9, 45),
    ):
        if size > largest:
            continue
        texts = [[cut(cell, most) for cell in row] for row in all_rows]
        tall = [
            _row_height(row, wide, size, is_head=bool(heads) and k == 0)
            for k, row in enumerate(texts)
        ]
        if sum(tall) <= height:
            break
    frame = slide.shapes.add_table(
        len(all_rows), len(wide), *map(Inches, (left, top, width, sum(tall)))
    )
    frame._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = _NO_STYLE
    table_shape = frame.table
    table_shape.first_row, table_shape.horz_banding = bool(heads), False
    for column, inches in zip(table_shape.columns, wide, strict=True):
        column.width = Inches(inches)
    for k, (row, high) in enumerate(zip(texts, tall, strict=True)):
        table_shape.rows[k].height = Inches(high)
        is_head = bool(heads) and k == 0
        for j, text in enumerate(row):
            color = LIGHT.muted if is_head or (not heads and j == 0) else LIGHT.ink
            bold = is_head or (bool(heads) and j == 0)
            _fill_cell(
                table_shape.cell(k, j), Text(text, size, bold, color), last=j == len(row) - 1
            )
    return top + sum(tall)


def _row_height(row: Sequence[str], wide: Sequence[float], size: float, *, is_head: bool) -> float:
    most = max(
        lines(cell, inches - 0.15, size, bold=is_head or k == 0)
        for k, (cell, inches) in enumerate(zip(row, wide, strict=True))
    )
    return (most * size * _LINE + 9) / 72


def _fill_cell(cell: Any, text: Text, *, last: bool) -> None:
    fill(cell.text_frame, [text])
    cell.text_frame.paragraphs[0].space_after = Pt(0)
    cell.margin_left, cell.margin_right = 0, Inches(0 if last else 0.15)
    cell.margin_top = cell.margin_bottom = Pt(4)
    cell.fill.background()
    properties = cell._tc.get_or_add_tcPr()
    line = parse_xml(
        f'<a:lnB {nsdecls("a")} w="9525"><a:solidFill><a:srgbClr val="{rgb(LIGHT.grid)}"/></a:solidFill>'
        "</a:lnB>"
    )
    properties.insert(0, line)


def note(slide: Any, paragraphs: Sequence[str]) -> None:
    """Set the notes for the speaker."""
    slide.notes_slide.notes_text_frame.text = "\n".join(
        harmless(part) for text in paragraphs for part in text.splitlines() if part.strip()
    )


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
    write(slide, (EDGE, FLOOR + 0.12, 7.4, 0.42), [Text(foot_line, size, color=LIGHT.muted)])
    write(
        slide,
        (WIDTH - EDGE - 4.4, FLOOR + 0.12, 3.9, 0.25),
        [Text(cut(words.record_line(f), 60), 10, f.recorded is None, color)],
    )
    write(
        slide, (WIDTH - EDGE - 0.45, FLOOR + 0.12, 0.5, 0.25), [Text(page, 10, color=LIGHT.muted)]
    )


def _add_verdict_slide(deck: Any, f: DecisionFacts) -> None:
    """Draw the selected point, the result of each stakeholder, and as much of the verdict as fits."""
    d = f.decision
    slide = new_slide(deck, words.VERDICT, d.chosen.words)
    write(
        slide,
        (EDGE, TOP - 0.3, INNER, 0.25),
        [Text(cut(words.data_line(d), 130), 12, color=LIGHT.muted)],
    )
    below, effect = TOP + 0.04, words.summary(f)
    if effect:
        size, sentences = fitting([effect], INNER, 0.85, (16, 15, 14, 13, 12))
        high = height_of(sentences, INNER, size)
        write(slide, (EDGE, below, INNER, high), [Text(sentences[0], size)])
        below += high + 0.1
    rows = [
        [s.title, s.wish, words.figure_with_interval(s), s.cost, words.pick_words(s)]
        for s in d.stakeholders
    ]
    widths = [1.85, 2.6, 2.7, 2.3, 2.65]
    below = (
        table(slide, (EDGE, below, INNER, 2.2), words.RESULT_HEADS, rows, widths, largest=12) + 0.15
    )
    texts = _fitting_sentences(d.verdict, FLOOR - below)
    if texts:
        write(slide, (EDGE, below, INNER, FLOOR - below), texts)
    note(
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
    slide = new_slide(deck, paper.title, paper.finding)
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
        write(slide, (EDGE, floor, INNER, FLOOR - floor), texts)
    note(slide, [*paper.spoken, *paper.notes, EDITABLE])


def _add_decision_slide(deck: Any, f: DecisionFacts, *, drawn: bool) -> None:
    d = f.decision
    slide = new_slide(deck, *words.decision_titles(f))
    below = TOP - 0.2
    if f.is_asked:
        statements = [
            [s.title, s.name or "–", words.verdict_words(s), s.words or "–"] for s in d.stakeholders
        ]
        below = (
            table(
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
        below = table(slide, (EDGE, below, INNER, 1.1), [], reasons, [1.6, 9.1]) + 0.25
    rests, rows = [("Figures", d.basis), *words.assumption_rows(f)], words.provenance_rows(f)
    notes = [words.statement_words(s) for s in d.stakeholders]
    notes += [f"{name}: {text}" for name, text in (*rests, *reasons, *rows)]
    # A link is too long for the slide. The notes contain it.
    rows = [row for row in rows if row[0] not in ("Link", "Hash before")]
    if not f.is_asked:
        rows.append(words.NOT_ASKED)
    if not drawn:
        rows.append(("Charts", words.CHARTS_GONE))
    half, room = INNER / 2 - 0.15, FLOOR - below
    for left, side in ((EDGE, rests), (WIDTH - EDGE - half, rows)):
        table(slide, (left, below, half, room), [], side, [1.1, 4.4])
    note(slide, [harmless(text) for text in notes])
