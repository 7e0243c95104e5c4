"""Helpers that read slides: texts, notes and charts."""

from __future__ import annotations

import io
from typing import Any

from pptx import Presentation
from pptx.util import Inches

from dashboard.decisions.decision_facts import facts_of
from dashboard.decisions.entry import ORIGIN, Recorded
from tests.dashboard.decided import DECISION

RECORDED = Recorded(7, "key", ORIGIN, "ab" * 32, DECISION)
FACTS = facts_of(RECORDED)


def open_deck(made: bytes) -> Any:
    """Open a deck."""
    return Presentation(io.BytesIO(made))


def texts(slide: Any) -> str:
    """All texts on a slide."""
    out = []
    for shape in slide.shapes:
        if shape.has_text_frame:
            out.append(shape.text_frame.text)
        if shape.has_table:
            out += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(out)


def plain(text: str) -> str:
    """Text with single plain spaces."""
    return " ".join(text.split())


def notes(slide: Any) -> str:
    """Notes for the speaker."""
    said: str = slide.notes_slide.notes_text_frame.text
    return said


def charts_in(slide: Any) -> list[Any]:
    """Charts of a slide."""
    return [shape.chart for shape in slide.shapes if shape.has_chart]


def places(series: Any) -> list[tuple[float, float]]:
    """Points of a series as stored in the file."""
    xs, ys = (
        [float(v.text) for v in series._element.findall(f"{{*}}{part}//{{*}}v")]
        for part in ("xVal", "yVal")
    )
    return list(zip(xs, ys, strict=True))


def assert_apart(slide: Any) -> None:
    """Assert that nothing on a slide overlaps, and that everything is on the slide."""
    boxes = [(s.left, s.top, s.left + s.width, s.top + s.height) for s in slide.shapes]
    for k, (left, top, right, bottom) in enumerate(boxes):
        assert bottom <= Inches(7.5)
        for other in boxes[:k]:
            beside = right <= other[0] + 9 or other[2] <= left + 9
            assert beside or bottom <= other[1] + 9 or other[3] <= top + 9


def axes(chart: Any) -> list[tuple[float, float]]:
    """Ends of both axes of a chart."""
    return [(a.minimum_scale, a.maximum_scale) for a in (chart.category_axis, chart.value_axis)]


def legend_names(chart: Any) -> set[str]:
    """Names in the legend."""
    gone = {int(idx.get("val")) for idx in chart._chartSpace.iterfind(".//{*}legendEntry/{*}idx")}
    return {series.name for k, series in enumerate(chart.plots[0].series) if k not in gone}
