"""Tests of the slide deck: charts of the exact points, plain texts, and notes for what does not fit."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.cli.main import main
from dashboard.decisions.decision_facts import DecisionFacts, facts_of
from dashboard.decisions.register import Register
from dashboard.export.decision_to_record import decision_of
from dashboard.export.paper_charts import charts
from dashboard.export.pptx_deck import render
from dashboard.safe_text import harmless
from dashboard.session.choices import Choices
from dashboard.words.decision import UNRECORDED
from metrics import Scenario, Unit
from tests.dashboard import hostile_files
from tests.dashboard.built import built_table
from tests.dashboard.decided import ANY_TEXT, DECISION, decision_with_texts
from tests.dashboard.hostile import HOSTILE
from tests.dashboard.pages import FOUR, POINT
from tests.dashboard.slides import (
    FACTS,
    RECORDED,
    assert_apart,
    axes,
    charts_in,
    legend_names,
    notes,
    open_deck,
    places,
    texts,
)

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    choices = Choices(point=POINT)
    folder = tmp_path_factory.mktemp("deck")
    scenario = Scenario(miss_cost=3, limits={"recall": 0.8})
    return built_table(folder, FOUR, scenario, choices, resampled=True)


@pytest.fixture(scope="module")
def deck_file(page):
    return render(DecisionFacts(decision_of(page, {})), charts(page))


def test_the_front_chart_has_undominated_points_near_every_front_point(page, deck_file):
    """Points that would overlap are left out."""
    [chart] = charts_in(open_deck(deck_file).slides[1])
    points = page.analysis.points
    objectives = [stakeholder.objective for stakeholder in page.analysis.stakeholders]
    points = points.dropna(subset=[o.id for o in objectives])
    loss = np.column_stack([o.direction.loss(points[o.id].to_numpy(float)) for o in objectives])
    beaten = [((loss <= own).all(axis=1) & (loss < own).any(axis=1)).any() for own in loss]
    axis = [page.analysis.stakeholder(name).objective.id for name in page.choices.axes]
    shown = {series.name: np.array(places(series)) for series in chart.plots[0].series}
    spans = np.array([high - low for low, high in axes(chart)])
    front = points[~np.array(beaten)]
    for model, own in front.groupby("model"):
        far = np.abs(shown[page.label(model)][:, None] - own[axis].to_numpy()) / spans
        assert far.max(axis=2).min(axis=1).max() < 1e-6
        assert far.max(axis=2).min(axis=0).max() < 0.03
    assert len(front) > 3
    backwards = [axis.reverse_order for axis in (chart.category_axis, chart.value_axis)]
    assert backwards == [False, False]


def test_each_curve_has_the_figures_of_its_thresholds_and_the_selected_one(page, deck_file):
    drawn = charts_in(open_deck(deck_file).slides[2])
    own = page.selection.model_points.set_index("threshold")
    choosing = [one for one in page.analysis.stakeholders if not one.objective.of_model]
    assert len(choosing) == 2
    for chart, stakeholder in zip(drawn, choosing, strict=True):
        every = [(one.name, places(one)) for one in chart.plots[0].series]
        known = own[stakeholder.objective.id]
        # A step has the figure of its threshold, or of the next one, which holds just above.
        after = known.shift(-1)
        curve = dict(every)[stakeholder.objective.label]
        for x, y in curve:
            k = int(np.argmin(np.abs(known.index - x)))
            assert x == pytest.approx(known.index[k], rel=1e-6)
            assert y in (pytest.approx(known.iloc[k]), pytest.approx(after.iloc[k]))
        at = page.selection.point.threshold, page.selection.point.figures[stakeholder.objective.id]
        assert any(len(points) == 1 and points[0] == pytest.approx(at) for _, points in every)
        low, high = (points for name, points in every if name == "95% interval")
        assert all(a <= b for (_, a), (_, b) in zip(low, high, strict=True))


def test_the_legend_names_the_models_that_can_be_seen(page, deck_file):
    [chart] = charts_in(open_deck(deck_file).slides[1])
    every = {series.name for series in chart.plots[0].series}
    models = {page.label(name) for name in page.analysis.dataset.scores.models}
    assert {f"{name}, every threshold" for name in models} <= every
    inside = {
        series.name
        for series in chart.plots[0].series
        for place in places(series)
        if all(low <= at <= high for at, (low, high) in zip(place, axes(chart), strict=True))
    }
    assert legend_names(chart) == inside & models


@pytest.mark.parametrize(
    ("shown", "product"),
    [(("data", "product"), "shipped_defects_per_million"), (("product", "executive"), "recall")],
)
def test_no_axis_of_counts_starts_below_0(tmp_path, shown, product):
    objectives = ("log_loss", product, "share_flagged")
    choices = Choices(point=POINT, objectives=objectives, axes=shown)
    page = built_table(tmp_path, FOUR, Scenario(), choices)
    deck = open_deck(render(DecisionFacts(decision_of(page, {})), charts(page)))
    for chart in [chart for slide in deck.slides for chart in charts_in(slide)]:
        is_ranking = chart.value_axis.reverse_order
        assert all(low >= 0 for low, _ in axes(chart)[: 1 if is_ranking else 2])
    if "data" in shown:  # a ranking by log loss
        return
    for axis, stakeholder in zip(axes(charts_in(deck.slides[1])[0]), shown, strict=True):
        assert (
            axis[1] <= 1 or page.analysis.stakeholder(stakeholder).objective.unit is not Unit.SHARE
        )


def test_an_objective_without_a_threshold_has_a_ranking_of_models(tmp_path):
    choices = Choices(point=POINT, axes=("data", "product"))
    page = built_table(tmp_path, FOUR, Scenario(), choices, resampled=True)
    deck = open_deck(render(DecisionFacts(decision_of(page, {})), charts(page)))
    [chart] = charts_in(deck.slides[1])
    shown = {series.name: places(series) for series in chart.plots[0].series}
    losses = page.analysis.points.groupby("model")["log_loss"].first().sort_values()
    ranges = [places(series) for series in chart.plots[0].series if series.name == "95%"]
    for place, (model, loss) in enumerate(losses.items()):
        [dot] = shown[page.label(str(model))]
        assert dot == pytest.approx((loss, place))
        [[(low, _), (high, _)]] = [ends for ends in ranges if ends[0][1] == place]
        assert low < loss < high


FORMULAS = [name for name in HOSTILE if name.startswith("=")][:1]


@pytest.mark.parametrize(
    "names", [FORMULAS, pytest.param(HOSTILE, marks=pytest.mark.slow)], ids=["a formula", "all"]
)
def test_the_editable_data_equals_the_drawing_and_has_no_formula(tmp_path, names):
    arguments = hostile_files.write_scores(tmp_path)
    dataset = hostile_files.open_dataset(arguments[0])
    for one, page in hostile_files.record_decisions(
        dataset, Register(tmp_path / "r.sqlite"), names
    ):
        deck = open_deck(render(facts_of(one), charts(page)))
        for slide in deck.slides:
            for chart in charts_in(slide):
                _same(chart)


def value(cell):
    return float(cell.findtext(f"{SHEET}v"))


def _same(chart):
    """Assert that a chart equals its workbook."""
    book = zipfile.ZipFile(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert sheet.find(f".//{SHEET}f") is None
    assert sheet.find(f".//{SHEET}hyperlink") is None
    strings = [
        "".join(part.itertext())
        for part in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    ]
    cells = {cell.get("r"): cell for cell in sheet.iter(f"{SHEET}c")}
    for series in chart.plots[0].series:
        where = [
            f.text.rpartition("!")[2].replace("$", "") for f in series._element.iterfind(".//{*}f")
        ]
        name = cells[where[0]]
        assert strings[int(value(name))] == series.name
        spans = [re.findall(r"([A-Z])(\d+)", span) for span in where[1:]]
        for axis, span in enumerate(spans):
            first, last = int(span[0][1]), int(span[-1][1])
            kept = [value(cells[f"{span[0][0]}{k}"]) for k in range(first, last + 1)]
            assert kept == pytest.approx([place[axis] for place in places(series)], rel=1e-12)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_read_back_unchanged(name):
    deck = open_deck(render(DecisionFacts(decision_with_texts(name), RECORDED)))
    assert harmless(name) in texts(deck.slides[0])
    assert f"Why: {harmless(name)}" in notes(deck.slides[1])
    for slide in deck.slides:
        linked = [rel for rel in slide.part.rels.values() if rel.is_external]
        assert linked == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ANY_TEXT | st.characters(exclude_categories=["Cs"]))
def test_any_text_can_be_written_and_read_again(name):
    deck = open_deck(render(DecisionFacts(decision_with_texts(name), RECORDED)))
    assert harmless(name)[:20] in notes(deck.slides[1])


def test_a_recorded_decision_names_people_and_reasons():
    deck = open_deck(render(FACTS))
    last = texts(deck.slides[-1])
    for stakeholder in DECISION.stakeholders:
        assert stakeholder.name in last
        assert (stakeholder.words or "–") in last
    assert RECORDED.hash in last
    assert DECISION.why in last
    assert "charts are left out" in last
    assert all(UNRECORDED not in texts(slide) for slide in deck.slides)
    for said in DECISION.verdict:
        assert said in texts(deck.slides[0])
    folded = open_deck(
        render(DecisionFacts(replace(DECISION, details=("Best is a.",)), RECORDED))
    ).slides[0]
    assert "Best is a." in notes(folded)
    assert "Best is a." not in texts(folded)


def test_every_slide_without_a_decision_says_so(deck_file):
    deck = open_deck(deck_file)
    assert len(deck.slides) == 4
    assert all(UNRECORDED in texts(slide) for slide in deck.slides)
    assert all(len(notes(slide)) > 40 for slide in deck.slides)
    assert " of every model at every threshold. " in notes(deck.slides[1])


def test_no_elements_overlap(deck_file):
    for slide in open_deck(deck_file).slides:
        assert_apart(slide)


def test_the_command_line_writes_slides_for_a_pptx_name(tmp_path, capsys):
    file = FOUR.write(tmp_path / "four.csv")
    out = tmp_path / "deck.pptx"
    assert main(["report", file, "-o", str(out)]) == 0
    assert len(open_deck(out.read_bytes()).slides) == 4
    assert str(out) in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_opens_the_deck(deck_file, tmp_path):
    (tmp_path / "deck.pptx").write_bytes(deck_file)
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'own').as_uri()}", "--headless"]
    convert = ["--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "deck.pptx")]
    subprocess.run([*command, *convert], check=True, capture_output=True, timeout=180)
    pdf = (tmp_path / "deck.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 4
