"""Tests that pages, reports, slides and commands say what they said before, at some states of the app.

``pytest tests/dashboard/test_said.py --snapshot-update`` writes what they say now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from syrupy.assertion import SnapshotAssertion

from dashboard import page_view
from dashboard.analysis import cache
from dashboard.cli.main import main
from dashboard.decisions.decision import Statement
from dashboard.decisions.decision_facts import facts_of
from dashboard.decisions.entry import ORIGIN, Recorded
from dashboard.export import html_report, pptx_deck
from dashboard.export.charts import charts
from dashboard.export.decision_files import decision_toml
from dashboard.export.decision_to_record import decision_of
from dashboard.session.choices import Choices, Point
from dashboard.session.url import to_query
from dashboard.views.decide.next_steps_strip import FAIR
from metrics import Scenario
from tests.dashboard.built import built_table
from tests.dashboard.pages import BOXES, FOUR, OPTIONS, POINT, STAKEHOLDERS, Page, words
from tests.dashboard.pages import FILES as MADE
from tests.dashboard.said import lines_of
from tests.dashboard.slides import read, texts
from tests.dashboard.tables import NASTY
from tests.golden.app_values import page_of
from tests.golden.cells import APP, DECIDED, FILES

GOLDEN = Path(__file__).parents[1] / "golden"
OPEN = (*BOXES, *(f"ask_{name}" for name in STAKEHOLDERS), FAIR)
"""Boxes of Decide, among them the answers to the questions on the cards."""
PAGES = ("models", "gaps", "evidence", "failures", "limits", "data")
RECORDED_AT = "2026-05-04T09:30:00.000000Z"
PRICES = (4.0, -1.5, -20.0, -2.5)
PINNED = Point(NASTY[2], FOUR.thresholds(NASTY[2])[12])


@pytest.fixture(autouse=True)
def _no_earlier_values() -> None:
    """Empty the cache, since the order of sums depends on what was computed before."""
    cache.STORE.forget(lambda _: True)


@dataclass(frozen=True)
class State:
    """A generated file, the choices in its link, and options of the command line."""

    file: str
    choices: Choices = field(default_factory=Choices)
    options: tuple[str, ...] = ()


STATES = {
    "as opened": State("four"),
    "ranks": State("rank"),
    "one model": State("one"),
    "weights": State("weighted", Choices(defect_rate=0.02, payoff=PRICES)),
    "everything chosen": State(
        "four",
        Choices(
            objectives=("brier", "false_alarms", "revenue_impact_percent"),
            bounds=(None, ("share_flagged", 0.25), None), point=POINT, axes=("data", "product"),
            x="recall", compare="pin", pin=PINNED, miss_cost=7.25, defect_rate=0.0125,
            units_per_year=250_000.0, currency="₪", payoff=(3.0, -1.0, -11.5, 0.25),
            today=Point(NASTY[0], 0.42), hidden=(NASTY[3],), names=((NASTY[0], "the <i>new</i> one"),),
            notes=((NASTY[0], "Night shift."),), intervals=False,
        ),
    ),
    "trained on these rows": State("four", Choices(point=POINT, payoff=PRICES, rows="training")),
    "held out": State("four", Choices(point=POINT, limits=(("recall", 0.5),)), ("--rows", "held-out")),
    "limit out of reach": State("four", Choices(limits=(("recall", 2.0),))),
    "target out of reach": State(
        "four", Choices(payoff=PRICES, limits=(("revenue_impact_percent", 1e6),))
    ),
    "limit too dear": State("four", Choices(miss_cost=0.01, limits=(("recall", 0.95),))),
    "limits out of reach": State("four", Choices(limits=(("recall", 0.999), ("share_flagged", 0.01)))),
    "nothing flagged": State("four", Choices(
            point=Point(NASTY[0], float("inf")), payoff=PRICES,
            objectives=("log_loss", "precision", "revenue_impact"),
        )),
    "today loses money": State("four", Choices(payoff=(1.0, -0.1, -1e4, -1.0))),
    "no checks today": State("four", Choices(today="none", payoff=PRICES, units_per_year=1e6)),
    "target in doubt": State(
        "four", Choices(payoff=PRICES, point=POINT, limits=(("revenue_impact_percent", 60.0),))
    ),
    "today misses many": State(
        "four",
        Choices(
            payoff=PRICES, miss_weight=0.05, point=Point(NASTY[0], FOUR.thresholds(NASTY[0])[-4]),
            today=Point(NASTY[3], FOUR.thresholds(NASTY[3])[6]),
        ),
    ),
    "shipped defects earn": State("four", Choices(payoff=(4.0, -1.0, 12.0, -1.0))),
}  # fmt: skip


def arguments(file: str, scenario: str) -> list[str]:
    """Command line that opens a golden file under a scenario."""
    out = [str(GOLDEN / "files" / f"{file}.parquet"), "--label=label", "--id=id"]
    for name, value in FILES[file].options.items():
        if name == "segments":
            out += [f"--by={one}" for one in value]
        else:
            out.append(f"--{'type' if name == 'defect_type' else name}={value}")
    return [*out, f"--scenario={GOLDEN / 'scenarios' / f'{scenario}.toml'}"]


def said_on(page: Page) -> str:
    """All texts on Decide, and the texts of each later page that no earlier page has."""
    out, before = [], set[str]()
    for name in ("decide", *PAGES):
        lines = lines_of(page if name == "decide" else page.turn(name))
        out += [f"# {name}", *(line for line in lines if line not in before)]
        before.update(lines)
    return "\n".join(out)


@pytest.mark.parametrize("cell", APP, ids="-".join)
def test_pages_of_golden_files(
    cell: tuple[str, str], monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    link = dict(parse_qsl(APP[cell], keep_blank_values=True))
    assert said_on(Page(monkeypatch, *arguments(*cell), link=link, boxes=OPEN)) == snapshot


@pytest.mark.parametrize("name", STATES)
def test_pages_of_generated_files(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    state = STATES[name]
    options = (*OPTIONS.get(state.file, ()), *state.options)
    link = to_query(state.choices)
    page = Page(monkeypatch, str(folder / f"{state.file}.csv"), *options, link=link, boxes=OPEN)
    assert said_on(page) == snapshot
    assert set(MADE) == {one.file for one in STATES.values()}


def said_in_record(page: page_view.PageView) -> str:
    """Report, slides and TOML of the decision that would be recorded."""
    said = Statement("Ada", "accepts", "Night shift is not in the data.")
    decision = replace(decision_of(page, {"data": said}), at=RECORDED_AT, version="VERSION")
    facts = facts_of(Recorded(1, "key", ORIGIN, "0" * 64, decision))
    report = html_report.render(facts, charts(page))
    report = re.sub(r"<(style|script|svg)\b.*?</\1>", "", report, flags=re.S)
    lines = [words(part) for part in re.split(r"</(?:p|tr|h\d|li|dd|dt|summary|caption)>", report)]
    slides = [texts(slide) for slide in read(pptx_deck.render(facts)).slides]
    out = ["# report", *lines, "# slides", *slides, "# toml", decision_toml(facts)]
    text = "\n".join(line for line in out if line)
    return re.sub(r"\d+\.\d{9,}", lambda number: f"{float(number[0]):.9g}", text)


@pytest.mark.parametrize("cell", sorted(DECIDED), ids="-".join)
def test_records_of_golden_files(cell: tuple[str, str], snapshot: SnapshotAssertion) -> None:
    assert said_in_record(page_of(*cell)) == snapshot


def test_record_of_a_ranking_whose_best_model_misses_the_limits(
    tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    limits = (("share_flagged", 0.5), ("recall", 0.99))
    page = built_table(tmp_path, FOUR, Scenario(), Choices(limits=limits), resampled=True)
    assert said_in_record(page) == snapshot


COMMANDS = {
    "evaluate": (("kinds", "kinds"), ("--at=0.35", "--bootstrap=100")),
    "evaluate with a guarantee": (("groups", "yearly"), ("--guarantee=recall >= 0.4", "--confidence=0.9")),
    "evaluate with inspectors": (("inspection", "inspection_paid"), ("--review=0.4,0.9,0.02",)),
    "evaluate with a limit missed": (("groups", "yearly"), ("--at=0.5", "--fail-unless=recall > 1")),
    "check": (("governors", "plain"), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_commands(
    name: str, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    cell, options = COMMANDS[name]
    command = name.split()[0]
    given = arguments(*cell)
    main([command, *(given if command == "evaluate" else given[:-1]), *options])
    said = "".join(capsys.readouterr())
    assert said.replace(str(GOLDEN), "GOLDEN") == snapshot
