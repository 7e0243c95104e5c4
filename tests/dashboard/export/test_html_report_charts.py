"""A chart as a drawing of its own: well formed, with all around it, and nothing fetched."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.export.html_report_charts import Picture, alone
from dashboard.export.plotly_to_svg import harmless
from tests.dashboard.decided import ANY_TEXT
from tests.dashboard.hostile import HOSTILE

CHART = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200"><path d="M0 0L1 1"/></svg>'


def called(name: str, count: int = 3) -> Picture:
    names = tuple(("#0B6FA4", "circle", f"{name} {k}") for k in range(count))
    return Picture(name, name, name, CHART, names)


def said(drawing: ElementTree.Element) -> str:
    return " ".join("".join(drawing.itertext()).split())


@given(ANY_TEXT | st.sampled_from(HOSTILE))
def test_names_are_text_and_nothing_is_fetched(name):
    drawing = ElementTree.fromstring(alone(called(name), 300, 200, name))
    tags = {element.tag.rpartition("}")[2] for element in drawing.iter()}
    assert tags <= {"svg", "rect", "path", "text", "tspan", "circle"}
    attributes = {key for element in drawing.iter() for key in element.attrib}
    assert not any("href" in key or key.startswith("on") for key in attributes)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", said(drawing))
    words = harmless(name).split()
    assert not words or words[0][:10] in said(drawing)


@pytest.mark.parametrize("count", [0, 1, 40])
def test_all_names_lie_inside_it(count):
    drawing = ElementTree.fromstring(alone(called("boosted trees", count), 300, 200, "four.csv"))
    wide, high = (float(drawing.attrib[side]) for side in ("width", "height"))
    placed = [(float(t.attrib["x"]), float(t.attrib["y"])) for t in drawing.findall(".//{*}text")]
    assert (
        len([t for t in drawing.findall(".//{*}text") if "trees" in "".join(t.itertext())])
        == 3 + count
    )
    assert all(0 <= x < wide and 0 < y <= high for x, y in placed)
