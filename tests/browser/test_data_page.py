"""Tests of opening files in a browser: answering questions, and passing on the link."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect
from sklearn.metrics import roc_auc_score

from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES, Scenario
from tests.browser.conftest import DRAWN, PATIENCE, evaluate, json_output
from tests.browser.uploading import answer, choose, files_in, give, turn_to
from tests.dashboard.tables import made

ROWS = made(("first net", "second net"), rows=150, seed=21)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """File with scores in per cent, labels in words, and semicolons, so that the form asks about each."""
    lines = [";".join(("unit", "label", *ROWS.models))]
    for k, label in enumerate(ROWS.labels):
        scores = [f"{round(100 * ROWS.scores[model][k])}" for model in ROWS.models]
        lines.append(";".join((f"u{k}", "NOK" if label else "OK", *scores)))
    path = tmp_path_factory.mktemp("own") / "own scores.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def checked(path, *options):
    """Problems that ``common-ground check`` finds in a file, as the Data page writes them."""
    problems = json_output("check", str(path), *options)["problems"]
    return [(problem["code"], problem["message"]) for problem in problems]


def reads(page, problems):
    """Assert that the page shows these problems."""
    for _, message in problems:
        said = page.locator(".cg-problem").filter(has_text=message)
        expect(said).to_have_count(1, timeout=PATIENCE)


@pytest.mark.slow  # test_headers opens a file in every run; test_app_uploads tests whose data may be deleted
def test_a_file_is_opened_shared_by_link_and_deleted(address, window, library, path):
    first = window(address)
    page = first.page
    turn_to(page, "Data")
    give(page, path)

    # All questions are asked together. The notes are those of the command line.
    refused = checked(path)
    assert [code for code, _ in refused] == ["E_POSLABEL", "W_DIALECT"]
    expect(page.get_by_text("Two questions before this file opens")).to_be_visible(timeout=PATIENCE)
    reads(page, refused[1:])
    choose(page, "positive", "NOK")
    assert [code for code, _ in checked(path, "--positive", "NOK")] == ["E_RANGE", "W_DIALECT"]
    assert files_in(library) == []
    answer(page, "scale", "per cent, 0 to 100")

    # The file is open, with two warnings.
    options = ("--positive", "NOK", "--scale", "percent")
    notes = checked(path, *options)
    assert {"W_DIALECT", "W_FEWPOSITIVES"} <= {code for code, _ in notes}
    expect(page.get_by_role("heading", name="own scores", exact=True)).to_be_visible(
        timeout=PATIENCE
    )
    reads(page, notes)
    for code, _ in notes:
        assert page.locator("details").filter(has_text=code).count() >= 1
    facts = page.locator(".cg-facts-table")
    expect(facts).to_contain_text("own scores.csv")
    expect(facts).to_contain_text("where label is NOK")
    expect(page.get_by_text("Uploads are kept for 2 days")).to_be_visible()
    assert files_in(library) == ["about.json", "scores.parquet"]

    # The figures are those of the command line, and those that the link shows.
    page.get_by_role("button", name="Go to Decide").click()
    expect(page.get_by_test_id("figure-product")).to_be_visible(timeout=PATIENCE)
    first.settle()
    at, model = first.move_threshold("ArrowLeft").split("@", 1)
    said = evaluate(str(path), *options, "--at", at)
    counts = said["models"][model]["at"][at]
    assert first.counts() == {key: counts[key] for key in ("fn", "fp")}
    pasted = window(page.url)
    assert pasted.text() == first.text()
    assert pasted.link == first.link
    link = page.url

    # Only the owner has the button to delete the upload.
    turn_to(pasted.page, "Data")
    expect(pasted.page.get_by_text("Uploads are kept for 2 days")).to_be_visible(timeout=PATIENCE)
    expect(pasted.page.locator(".cg-facts-table")).to_contain_text("own scores.csv")
    pasted.settle()
    assert pasted.page.get_by_role("button", name="Delete from the server").count() == 0

    # After deletion the reader sees the server's data, and the link reports the missing file.
    turn_to(page, "Data")
    page.get_by_role("button", name="Delete from the server").click()
    expect(page.get_by_text("Delete own scores?")).to_be_visible(timeout=PATIENCE)
    assert files_in(library) == ["about.json", "scores.parquet"]
    first.until(lambda: page.get_by_role("button", name="Delete it", exact=True).click(), "data")
    expect(page.get_by_role("heading", name="Line 3 camera trial", exact=True)).to_be_visible()
    expect(page.get_by_text("Deleted from the server: own scores.")).to_be_visible()
    assert files_in(library) == ["about.json"]
    late = pasted.page
    late.goto(link)
    expect(late.locator(".cg-notice")).to_contain_text("own scores.csv", timeout=PATIENCE)
    expect(late.get_by_role("heading", level=1)).to_contain_text("not here")
    assert late.get_by_test_id("figure-executive").count() == 0
    expect(late.get_by_role("link", name="Data", exact=True)).to_be_visible()
    expect(late.locator(".st-key-upload_rows")).to_be_visible()
    late.get_by_role("button", name="Line 3 camera trial").click()
    expect(late.get_by_test_id("figure-executive")).to_be_visible(timeout=PATIENCE)


# Elements of the printed page.
ON_PAPER = """
() => {
  const one = selector => document.querySelector(selector);
  const seen = selector => one(selector).checkVisibility();
  const right = Math.max(...[...document.querySelectorAll('.st-key-data_page .main-svg')].map(
    svg => svg.getBoundingClientRect().right));
  return {
    box: seen('.st-key-upload_rows'), ticks: seen('.st-key-show_model_0'),
    files: seen('.cg-facts-table'), charts: seen('.st-key-part_distributions .main-svg'),
    names: seen('.st-key-name_model_0'), note: seen('.st-key-part_distributions .cg-note'), right,
    first: one('.st-key-part_candidates').getBoundingClientRect().top
      < one('.st-key-part_distributions').getBoundingClientRect().top,
  };
}
"""
PAPER = 1047
"""Width in pixels of a landscape A4 page within its margins."""


@pytest.mark.slow
def test_a_print_has_facts_names_and_charts_and_no_controls(address, window):
    page = window(address).page
    turn_to(page, "Data")
    charts = page.locator(".st-key-part_distributions .js-plotly-plot")
    expect(charts).to_have_count(11, timeout=PATIENCE)
    expect(charts.last.locator(".lines path").last).to_be_attached(timeout=PATIENCE)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)  # The charts may be drawn first.
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 2
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 718})
    seen = page.evaluate(ON_PAPER)
    assert seen.pop("right") <= PAPER
    shown = {name for name, is_there in seen.items() if is_there}
    assert shown == {"files", "charts", "names", "note", "first"}


@pytest.mark.slow
def test_no_chart_is_cut_off_and_none_is_too_small_to_read(address, window):
    shown = window(address)
    page = shown.page
    turn_to(page, "Data")
    charts = page.locator(".st-key-part_distributions .js-plotly-plot")
    expect(charts).to_have_count(11, timeout=PATIENCE)
    for width, columns in ((1440, 4), (1024, 3), (390, 2)):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function(
            """width => [...document.querySelectorAll('.st-key-data_page .js-plotly-plot')].every(
              plot => { const {width: own, right} = plot.querySelector('.main-svg').getBoundingClientRect();
                return own >= 140 && own <= 350 && right <= width; })""",
            arg=width,
            timeout=PATIENCE,
        )
        lefts = charts.evaluate_all("all => all.map(e => Math.round(e.getBoundingClientRect().x))")
        assert len(set(lefts)) == columns


HOSTILE = (
    "![x](http://evil.example/b.png)",
    "![x](https:3405803777)",
    "[c](http://evil.example/l)",
    "<http://evil.example/a>",
    "<img src='http://evil.example/i'>",
    "http://evil.example/bare",
    "www.evil.example/bare",
    "a@evil.example",
    "<a href='http://evil.example/h'>a</a>",
    "\u202e gnp.b :red[z] :smile: $x$ `y` **b** _i_",
)
# Links and requests of the page to another host.
FOREIGN = """
() => [...document.querySelectorAll('[src], [href], [data], [poster], [action], image')]
  .flatMap(e => ['src', 'href', 'data', 'poster', 'action', 'xlink:href'].map(a => e.getAttribute(a)))
  .filter(a => a && !a.startsWith('data:') && !a.startsWith('blob:'))
  .filter(a => new URL(a, location.href).host !== location.host)
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Score file whose name, columns, labels and ids are attacks."""
    names = made(("a", *(f"m{k}" for k in range(len(HOSTILE)))), rows=60, seed=3)
    header = ",".join(["id", "label", *(f'"{name}"' for name in HOSTILE)])
    rows = [
        ",".join(
            [f"u{k}", f'"{HOSTILE[2 * label]}"']
            + [str(names.scores[f"m{m}"][k]) for m in range(len(HOSTILE))]
        )
        for k, label in enumerate(names.labels)
    ]
    path = tmp_path_factory.mktemp("hostile") / "![x](https:3405803777).csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.mark.slow
def test_names_in_a_file_cause_no_request_to_another_host(hostile, window, app_on):
    """Names come from the command line and from an upload. Windows also record requests to other hosts."""
    first = window(app_on(str(hostile), "--positive", HOSTILE[2]))
    page = first.page
    assert page.evaluate(FOREIGN) == []
    turn_to(page, "Data")
    for name in (*HOSTILE[:8], "![x](https:3405803777)"):
        expect(page.get_by_text(name.split("(")[0].strip("<>")).first).to_be_attached()
    first.settle()
    assert page.evaluate(FOREIGN) == []
    give(page, hostile)
    answered = page.locator(".st-key-answer_positive input")
    expect(answered).to_be_visible(timeout=PATIENCE)
    page.get_by_text("What each column is taken for", exact=True).click()
    first.settle()
    expect(page.locator("[class*=st-key-column_table] canvas").first).to_be_visible()
    assert page.evaluate(FOREIGN) == []
    # A list that opens while the form still expands closes again.
    answered.scroll_into_view_if_needed()
    answered.click()
    expect(page.get_by_role("option", name=HOSTILE[0], exact=True)).to_be_visible()
    assert page.evaluate(FOREIGN) == []
    page.get_by_role("option", name=HOSTILE[0], exact=True).click()
    page.locator(".st-key-upload_open button").click()
    page.get_by_role("button", name="Delete from the server").click(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Delete it", exact=True)).to_be_visible()
    first.settle()
    assert page.evaluate(FOREIGN) == []
    page.keyboard.press("Escape")
    turn_to(page, "Decide")
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    first.settle()
    assert page.evaluate(FOREIGN) == []


@pytest.mark.slow
def test_a_refusal_starts_with_its_message_and_says_what_to_do(address, window, tmp_path):
    (tmp_path / "twice.csv").write_text("id,label,a\nu1,1,0.5\nu1,0,0.25\n")
    page = window(address).page
    turn_to(page, "Data")
    # On a phone, where the other pages are in a menu.
    page.set_viewport_size({"width": 900, "height": 500})
    give(page, tmp_path / "twice.csv")
    refused = page.get_by_role("alert").filter(has_text="E_DUPID")
    expect(refused).to_be_visible(timeout=PATIENCE)
    expect(refused).to_be_in_viewport(timeout=PATIENCE)
    said = refused.inner_text()
    assert said.startswith("⚠ Row 2, id: ids must differ, got 'u1' in rows 1 and 2.")
    assert said.endswith("E_DUPID")
    expect(page.get_by_text("remove what was refused")).to_be_visible()
    expect(page.get_by_text("row 2 is line 3 of the file")).to_be_visible()
    # No choice of columns can remove a duplicate row.
    assert page.get_by_text("What each column is taken for", exact=True).is_visible()
    assert not page.locator(".st-key-answer_scale").is_visible()


@pytest.fixture(scope="module")
def predictions(tmp_path_factory):
    """Output of PyCaret's ``predict_model``, and the true probabilities of a defect."""
    rng = np.random.default_rng(8)
    label = (rng.random(400) < 0.3).astype(int)
    defect = np.clip(0.35 + 0.3 * label + rng.normal(0, 0.2, 400), 0.02, 0.98).round(4)
    frame = pd.DataFrame(
        {"part": [f"u{k}" for k in range(400)], "thickness": rng.normal(9, 1, 400)}
    )
    frame["target"] = label
    frame["prediction_label"] = (defect >= 0.5).astype(int)
    frame["prediction_score"] = np.where(defect >= 0.5, defect, 1 - defect)
    path = tmp_path_factory.mktemp("pycaret") / "predictions.csv"
    frame.to_csv(path, index=False)
    return path, roc_auc_score(label, defect)


@pytest.mark.slow  # the question is tested without a browser in every run
def test_confidences_of_the_predicted_class_raise_one_question(app_on, window, predictions):
    path, auc = predictions
    first = window(app_on())
    page = first.page
    turn_to(page, "Data")
    give(page, path)
    question = page.locator(".st-key-answer_scores_of_prediction_score")
    expect(question).to_contain_text("What is the score in “prediction_score”?", timeout=PATIENCE)
    answer = question.locator("label").filter(has_text="confidence in the predicted class")
    expect(answer).to_contain_text("“prediction_label”")
    expect(question).to_contain_text(f"AUC {auc:.2f}")  # beneath the answer
    answer.click()
    page.locator(".st-key-upload_open button").click()
    expect(page.get_by_role("heading", name="predictions", exact=True)).to_be_visible(
        timeout=PATIENCE
    )
    page.get_by_role("button", name="Go to Decide").click()
    expect(page.get_by_test_id("figure-product")).to_be_visible(timeout=PATIENCE)
    first.want("data", OBJECTIVES["roc_auc"].label)
    said = figure(OBJECTIVES["roc_auc"], auc, Scenario())
    expect(page.get_by_test_id("figure-data")).to_contain_text(said, timeout=PATIENCE)
    # The link shows the same.
    expect(window(page.url).page.get_by_test_id("figure-data")).to_contain_text(said)
