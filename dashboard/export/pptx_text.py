"""Texts and tables of a slide, cut or shrunk to fit their boxes."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from dashboard.figures.palette import LIGHT
from dashboard.safe_text import harmless

Box = tuple[float, float, float, float]
"""Left, top, width and height in inches."""
HEAD, BODY = "Georgia", "Arial"
# A deck contains no fonts, so these fonts are the fallbacks of the pages, which most machines have. If they
# are missing, a wider font replaces them, often DejaVu. The widths below are therefore those of DejaVu.
_LETTER, _BOLD, _LINE = 0.53, 0.66, 1.2
"""Mean width of a letter and of a bold letter, and height of a line, relative to the font size."""
_CELLS = ((13, 400), (12, 400), (11, 400), (10, 400), (10, 200), (10, 120), (10, 70), (9, 45))
"""Font sizes of a table and maximum characters of a cell, in the order in which they are tried."""
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


def rgb(color: str) -> RGBColor:
    """Colour of a hexadecimal string ``#rrggbb``."""
    return RGBColor(*bytes.fromhex(color.removeprefix("#")))  # type: ignore[no-untyped-call]


def add_text(slide: Any, box: Box, texts: Sequence[Text]) -> None:
    """Put texts into a new box, one paragraph each."""
    shape = slide.shapes.add_textbox(*map(Inches, box))
    fill_frame(shape.text_frame, texts)


def fill_frame(frame: Any, texts: Sequence[Text]) -> None:
    """Set the paragraphs of a text frame."""
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for k, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
        paragraph.line_spacing = 1.0
        paragraph.space_after = Pt(0.35 * text.size)
        paragraph.alignment = PP_ALIGN.LEFT
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
    while len(shorter) > 8 and count_lines(shorter, width, size) > most:
        shorter = cut(shorter, len(shorter) - 4)
    return shorter


def height_of(texts: Sequence[str], width: float, size: float, most: int = 100) -> float:
    """Height in inches of paragraphs with at most ``most`` lines each."""
    counts = [min(count_lines(text, width, size), most) for text in texts]
    return (sum(counts) * size * _LINE + 0.35 * size * len(counts)) / 72


def count_lines(text: str, width: float, size: float, *, bold: bool = False) -> int:
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


def add_table(
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
    for size, most in _CELLS:
        if size > largest:
            continue
        shortened_rows = [[cut(cell, most) for cell in row] for row in all_rows]
        tall = [
            _row_height(row, wide, size, is_head=bool(heads) and k == 0)
            for k, row in enumerate(shortened_rows)
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
    for k, (row, high) in enumerate(zip(shortened_rows, tall, strict=True)):
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
        count_lines(cell, inches - 0.15, size, bold=is_head or k == 0)
        for k, (cell, inches) in enumerate(zip(row, wide, strict=True))
    )
    return (most * size * _LINE + 9) / 72


def _fill_cell(cell: Any, text: Text, *, last: bool) -> None:
    fill_frame(cell.text_frame, [text])
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


def set_notes(slide: Any, paragraphs: Sequence[str]) -> None:
    """Set the notes for the speaker."""
    slide.notes_slide.notes_text_frame.text = "\n".join(
        harmless(part) for text in paragraphs for part in text.splitlines() if part.strip()
    )
