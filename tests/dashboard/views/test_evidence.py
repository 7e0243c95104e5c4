"""The Evidence page without a browser."""

from __future__ import annotations

import json

import pytest

from dashboard.session.choices import Choices
from tests.dashboard.pages import POINT, words

CHARTS = ("roc", "precision", "calibration", "decision")


@pytest.mark.parametrize("name", ["four", "rank", "one", "weighted"])
def test_every_file_has_its_charts_with_a_finding_each(opened, name):
    page = opened(name).turn("evidence")
    drawn = page.app.get("plotly_chart")
    assert len(drawn) == len(CHARTS) + 1
    findings = [words(m) for m in page.markup if "cg-finding" in m]
    assert len(findings) == len(CHARTS)
    assert not any("nan" in f.lower() for f in findings)
    assert not any("cg-checking" in m for m in page.markup)


def test_what_stands_beside_is_drawn_too(opened):
    page = opened("four", Choices(point=POINT)).turn("evidence")
    page.set("segmented_control", "beside", "data")
    names = [t["name"] for t in json.loads(page.app.get("plotly_chart")[0].proto.spec)["data"]]
    assert {"chosen", "beside", "point chosen", "point beside", "band"} <= set(names)
    # Of one model's curves there is one; another model's is dashed.
    assert any("hollow, best for the data scientist" in words(m).lower() for m in page.markup)
    page.set("segmented_control", "beside", "product")
    assert any("dashed, best for the product manager" in words(m).lower() for m in page.markup)
    reliability = json.loads(page.app.get("plotly_chart")[2].proto.spec)["layout"]["annotations"]
    assert "Product manager’s" in [note["text"] for note in reliability]
    notes = [words(m) for m in page.markup if m.startswith('<p class="cg-note">')]
    assert sum("95 % interval" in note for note in notes) == len(CHARTS)
