"""A reader's work in a real browser; what the page then says is what the command line says."""

from __future__ import annotations

import pytest

from metrics import OBJECTIVES, Scenario, read_scenario
from metrics.narrative.formatting import figure
from sample_data import SCENARIO, SCORES
from tests.browser.conftest import evaluate
from tests.dashboard.tables import made

SECOND = made(rows=400, seed=3)
WISHES = {
    "data": "lowest Brier score",
    "product": "fewest missed per 1,000 defects",
    "executive": "highest precision",
}


@pytest.fixture(scope="module", params=["sample", pytest.param("second", marks=pytest.mark.slow)])
def data(request, tmp_path_factory):
    """Arguments of ``open`` and of ``evaluate``, and the scenario, of the sample and of a second file."""
    if request.param == "sample":
        return (), (str(SCORES), "--scenario", str(SCENARIO)), read_scenario(SCENARIO)
    path = SECOND.write(tmp_path_factory.mktemp("second") / "second file.csv")
    return (path,), (path,), Scenario()


def shown(objective: str, value: float, scenario: Scenario) -> str:
    return " ".join(figure(OBJECTIVES[objective], value, scenario).split())


def test_a_point_is_found_and_its_figures_are_those_of_the_command_line(app_on, window, data):
    arguments, files, scenario = data
    first = window(f"{app_on(*arguments)}/?intervals=off")

    # A marker of the front, under the objectives that evaluate's front has.
    model, at = first.click_marker()
    assert first.link["point"] == f"{at}@{model}"
    assert f"{model} at " in (first.page.get_by_test_id("chosen").text_content() or "")
    counted = first.counts()
    stakeholders = {stakeholder: first.figure(stakeholder) for stakeholder in WISHES}

    # Other objectives, and the threshold moved by keyboard.
    for stakeholder, words in WISHES.items():
        first.want(stakeholder, words)
    assert first.link["want"] == "brier,missed_defects_per_1000_defects,precision"
    moved = first.move_threshold("ArrowLeft")
    lower, name = moved.split("@", 1)
    assert (name, float(lower) < float(at)) == (model, True)
    now, figures = (
        first.counts(),
        {stakeholder: first.figure(stakeholder) for stakeholder in WISHES},
    )

    said = evaluate(*files, "--at", at, "--at", lower)
    of_model = said["models"][model]
    assert counted == {key: of_model["at"][at][key] for key in counted}
    [point] = [p for p in said["front"] if (p["model"], repr(float(p["threshold"]))) == (model, at)]
    assert stakeholders["data"] == shown("log_loss", point["log_loss"], scenario)
    assert stakeholders["product"] == shown("missed_defects", point["missed_defects"], scenario)
    assert stakeholders["executive"] == shown("revenue_impact", point["revenue_impact"], scenario)
    counts = of_model["at"][lower]
    assert now == {key: counts[key] for key in now}
    per = 1000 * counts["fn"] / (counts["fn"] + counts["tp"])
    assert figures == {
        "data": shown("brier", of_model["brier"], scenario),
        "product": shown("missed_defects_per_1000_defects", per, scenario),
        "executive": shown("precision", counts["tp"] / (counts["tp"] + counts["fp"]), scenario),
    }

    # The address, pasted by somebody else.
    pasted = window(first.page.url)
    assert pasted.text() == first.text()
    assert pasted.counts() == now
    assert pasted.link == first.link


CUT = """
() => {
  const cut = [];
  const wide = e => e.scrollWidth > e.clientWidth + 1;
  for (const name of ['html', '[data-testid="stMain"]', '[data-testid="stSidebarContent"]'])
    if (wide(document.querySelector(name))) cut.push(name);
  const boxes = '[class*="st-key-card_"], [data-testid="stHtml"], .cg-live, .cg-chart, .cg-compare, '
    + '[data-testid="stButtonGroup"], [data-testid="stSelectbox"], [data-testid="stNumberInput"]';
  const width = document.documentElement.clientWidth;
  for (const box of document.querySelectorAll(boxes)) {
    const where = box.getBoundingClientRect();
    if (wide(box) || where.right > width || where.left < 0)
      cut.push(`${box.className} ${box.innerText.slice(0, 60)}`);
  }
  for (const card of document.querySelectorAll('[class*="st-key-card_"]')) {
    const inside = card.getBoundingClientRect();
    for (const part of card.querySelectorAll('*')) {
      const where = part.getBoundingClientRect();
      if (where.width > 1 && where.height > 1
          && (where.right > inside.right + 1 || where.left < inside.left - 1
              || where.bottom > inside.bottom + 1 || where.top < inside.top - 1))
        cut.push(`in ${card.className.match(/st-key-\\w+/)}: ${part.tagName} ${part.className}`);
    }
  }
  return cut;
}
"""


@pytest.mark.parametrize(
    ("size", "scheme"), [((1440, 900), "light"), ((1024, 768), "dark")], ids=["wide", "narrow"]
)
def test_nothing_is_cut_off(app_on, window, data, size, scheme):
    page = window(app_on(*data[0]), size=size, scheme=scheme).page
    assert page.locator('[class*="st-key-card_"]').count() == 3
    assert page.evaluate(CUT) == []


def test_names_in_the_file_are_never_markup(app_on, window, data):
    """The second file has a model called ``<b>rule</b>``; the page shows the name as it is."""
    page = window(app_on(*data[0])).page
    models = page.locator(".st-key-tradeoff select option").all_inner_texts()
    if data[0]:
        assert set(models) == set(SECOND.models)
    assert page.locator(".cg-name b, .cg-chosen b, .cg-compare b, .cg-live option b").count() == 0
