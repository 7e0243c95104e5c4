"""What slides are put together from: a deck in the house's colours, texts that fit, native tables."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pptx import Presentation
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from dashboard.export.pptx_chart import BODY, Box, rgb
from dashboard.export.svg_marks import harmless
from dashboard.figures.palette import LIGHT

WIDTH, HEIGHT, EDGE = 13.333, 7.5, 0.6
"""Of a slide, and what stays free at its left and right, in inches."""
INNER, TOP, FLOOR = WIDTH - 2 * EDGE, 1.72, 6.85
"""How wide a slide's own part is, where it begins and where it ends, in inches."""
HEAD = "Georgia"
# A file of slides carries no fonts: these are what the pages fall back to, and on most machines.
# Where they are missing a wider one stands in, often DejaVu, so that is what is reckoned with.
_LETTER, _BOLD, _LINE = 0.53, 0.66, 1.2
"""Mean width of a letter, of a bold one, and height of a line, as shares of the size of the type."""
_TITLE_ONLY = 5
_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"


@dataclass(frozen=True)
class Text:
    """A text and how it is set; `size` in points."""

    text: str
    size: float = 14
    bold: bool = False
    color: str = LIGHT.ink
    font: str = BODY
    bullet: bool = False


def new_deck() -> Any:
    """An empty deck, wide, on the house's paper."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    fill = deck.slide_master.background.fill
    fill.solid()
    fill.fore_color.rgb = rgb(LIGHT.paper)
    return deck


def new_slide(deck: Any, eyebrow: str, title: str) -> Any:
    """A slide with a small line above its title."""
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
    """Put texts into a box, a paragraph each."""
    shape = slide.shapes.add_textbox(*map(Inches, box))
    fill(shape.text_frame, texts)


def fill(frame: Any, texts: Sequence[Text], *, anchor: Any = MSO_ANCHOR.TOP) -> None:
    """Set the paragraphs of a frame."""
    frame.word_wrap, frame.auto_size, frame.vertical_anchor = True, MSO_AUTO_SIZE.NONE, anchor
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for k, one in enumerate(texts):
        paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
        paragraph.line_spacing = 1.0
        paragraph.space_after = Pt(0.35 * one.size)
        paragraph.alignment = 1
        run = paragraph.add_run()
        run.text = harmless(one.text)
        run.font.size, run.font.bold, run.font.name = Pt(one.size), one.bold, one.font
        run.font.color.rgb = rgb(one.color)
        if one.bullet:
            _dot(paragraph)


def _dot(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "228600")
    properties.set("indent", "-228600")
    properties.append(parse_xml(f'<a:buFont {nsdecls("a")} typeface="Arial"/>'))
    properties.append(parse_xml(f'<a:buChar {nsdecls("a")} char="•"/>'))


def fitting(
    texts: Sequence[str], width: float, height: float, sizes: Sequence[float]
) -> tuple[float, list[str]]:
    """Greatest size at which texts fit a box, each a paragraph; at the least size they are cut.

    Parameters
    ----------
    width, height : float
        Of the box, in inches.
    sizes : sequence of float
        In points, the greatest first.
    """
    for size in sizes:
        if takes(texts, width, size) <= height:
            return size, list(texts)
    size = sizes[-1]
    most = max(k for k in range(1, 100) if k == 1 or takes(texts, width, size, k) <= height)
    return size, [_cut_to(text, width, size, most) for text in texts]


def _cut_to(text: str, width: float, size: float, most: int) -> str:
    """A text of at most so many lines."""
    kept = cut(text, most * _letters(text, width, size))
    while len(kept) > 8 and lines(kept, width, size) > most:
        kept = cut(kept, len(kept) - 4)
    return kept


def takes(texts: Sequence[str], width: float, size: float, most: int = 100) -> float:
    """Height of paragraphs of at most so many lines, in inches."""
    every = [min(lines(text, width, size), most) for text in texts]
    return (sum(every) * size * _LINE + 0.35 * size * len(every)) / 72


def lines(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """Lines that a text takes, near enough; words stay whole."""
    return max(1, len(textwrap.wrap(text, _letters(text, width, size, bold=bold))))


def _letters(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """Letters of a text that a line holds; those of Chinese, say, are twice as wide."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    mean = (_BOLD if bold else _LETTER) * (1 + wide / max(1, len(text)))
    return max(1, int(72 * width / (size * mean)))


def cut(text: str, most: int) -> str:
    """A text of at most so many characters; what is cut shows that it is."""
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
    """A native table, cut where it would not fit; where it ends, in inches.

    Parameters
    ----------
    box : tuple of four floats
        Left, top, width and the height it may have, in inches.
    heads : sequence of str
        Empty for a table without a head.
    widths : sequence of float
        Shares of the width, one for each column.
    largest : float
        Size of the type where there is room, in points.
    """
    every = [list(heads), *map(list, rows)] if heads else list(map(list, rows))
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
        said = [[cut(cell, most) for cell in row] for row in every]
        tall = [
            _tall(row, wide, size, is_head=bool(heads) and k == 0) for k, row in enumerate(said)
        ]
        if sum(tall) <= height:
            break
    frame = slide.shapes.add_table(
        len(every), len(wide), *map(Inches, (left, top, width, sum(tall)))
    )
    frame._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = _NO_STYLE
    drawn = frame.table
    drawn.first_row, drawn.horz_banding = bool(heads), False
    for column, one in zip(drawn.columns, wide, strict=True):
        column.width = Inches(one)
    for k, (row, high) in enumerate(zip(said, tall, strict=True)):
        drawn.rows[k].height = Inches(high)
        is_head = bool(heads) and k == 0
        for j, text in enumerate(row):
            color = LIGHT.muted if is_head or (not heads and j == 0) else LIGHT.ink
            bold = is_head or (bool(heads) and j == 0)
            _cell(drawn.cell(k, j), Text(text, size, bold, color), last=j == len(row) - 1)
    return top + sum(tall)


def _tall(row: Sequence[str], wide: Sequence[float], size: float, *, is_head: bool) -> float:
    most = max(
        lines(cell, one - 0.15, size, bold=is_head or k == 0)
        for k, (cell, one) in enumerate(zip(row, wide, strict=True))
    )
    return (most * size * _LINE + 9) / 72


def _cell(cell: Any, text: Text, *, last: bool) -> None:
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
    """What the speaker reads."""
    slide.notes_slide.notes_text_frame.text = "\n".join(
        harmless(part) for text in paragraphs for part in text.splitlines() if part.strip()
    )
