"""Tests that pages, reports, slides and commands say what they said before, at some states of the app.

The texts of a state are stored as a difference to those of its base: the changed and additional texts, and
"without" the names of the texts that only the base has.
``pytest tests/dashboard/test_said.py --snapshot-update`` writes what they say now.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from dashboard.export.decision_files import decision_toml
from dashboard.export.decision_to_record import decision_of
from dashboard.export.paper_charts import charts
from dashboard.session.choices import Choices, Point
from dashboard.session.url import to_query
from dashboard.views.decide.next_steps_strip import FAIR
from metrics import Scenario
from tests.dashboard.built import built_table
from tests.dashboard.pages import BOXES, FOUR, OPTIONS, POINT, STAKEHOLDERS, Page
from tests.dashboard.pages import FILES as MADE
from tests.dashboard.said import (
    Said,
    difference,
    texts_of_page,
    texts_of_report,
    texts_of_slides,
    texts_of_toml,
)
from tests.dashboard.tables import NASTY
from tests.golden.app_values import page_of
from tests.golden.scenarios_by_file import APP, DECIDED, FILES

GOLDEN = Path(__file__).parents[1] / "golden"
OPEN = (*BOXES, *(f"ask_{name}" for name in STAKEHOLDERS), FAIR)
"""Boxes of Decide, among them the answers to the questions on the cards."""
PAGES = ("models", "gaps", "evidence", "failures", "limits", "data")
RECORDED_AT = "2026-05-04T09:30:00.000000Z"
PRICES = (4.0, -1.5, -20.0, -2.5)
GOLDEN_BASE = ("governors", "dear_miss")
PINNED = Point(NASTY[2], FOUR.thresholds(NASTY[2])[12])


@pytest.fixture(autouse=True)
def _no_earlier_values() -> None:
    """Empty the cache, since the order of sums depends on what was computed before."""
    cache.STORE.forget(lambda _: True)


@dataclass(frozen=True)
class State:
    """Command line and link of the app, and the state that the stored texts are a difference to."""

    arguments: Sequence[str]
    link: Mapping[str, str]
    base: str


def generated(
    file: str, choices: Choices | None = None, *options: str, base: str = "as opened"
) -> State:
    """State of a generated file with some choices."""
    return State(
        (f"{file}.csv", *OPTIONS.get(file, ()), *options), to_query(choices or Choices()), base
    )


GENERATED = {
    "as opened": generated("four", base=""),
    "ranks": generated("rank"),
    "one model": generated("one"),
    "weights": generated("weighted", Choices(defect_rate=0.02, payoff=PRICES)),
    "everything chosen": generated(
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
    "trained on these rows": generated("four", Choices(point=POINT, payoff=PRICES, rows="training")),
    "held out": generated("four", Choices(point=POINT, limits=(("recall", 0.5),)), "--rows", "held-out"),
    "limit out of reach": generated("four", Choices(limits=(("recall", 2.0),))),
    "target out of reach": generated(
        "four", Choices(payoff=PRICES, limits=(("revenue_impact_percent", 1e6),))
    ),
    "limit too dear": generated("four", Choices(miss_cost=0.01, limits=(("recall", 0.95),))),
    "limits out of reach": generated("four", Choices(limits=(("recall", 0.999), ("share_flagged", 0.01)))),
    "nothing flagged": generated("four", Choices(
            point=Point(NASTY[0], float("inf")), payoff=PRICES,
            objectives=("log_loss", "precision", "revenue_impact"),
        )),
    "today loses money": generated("four", Choices(payoff=(1.0, -0.1, -1e4, -1.0))),
    "no checks today": generated("four", Choices(today="none", payoff=PRICES, units_per_year=1e6)),
    "target in doubt": generated(
        "four", Choices(payoff=PRICES, point=POINT, limits=(("revenue_impact_percent", 60.0),)),
        base="trained on these rows",
    ),
    "today misses many": generated(
        "four",
        Choices(
            payoff=PRICES, miss_weight=0.05, point=Point(NASTY[0], FOUR.thresholds(NASTY[0])[-4]),
            today=Point(NASTY[3], FOUR.thresholds(NASTY[3])[6]),
        ),
    ),
    "shipped defects earn": generated("four", Choices(payoff=(4.0, -1.0, 12.0, -1.0))),
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


STATES = GENERATED | {
    "-".join(cell): State(
        arguments(*cell),
        dict(parse_qsl(link, keep_blank_values=True)),
        "" if cell == GOLDEN_BASE else "-".join(GOLDEN_BASE),
    )
    for cell, link in APP.items()
}


def said_on(page: Page) -> dict[str, Said]:
    """All texts on Decide, and the texts of each later page that no earlier page has."""
    out, before = {}, set[tuple[str, str]]()
    for name in ("decide", *PAGES):
        texts = texts_of_page(page if name == "decide" else page.turn(name))
        out[name] = {key: text for key, text in texts.items() if (key, text) not in before}
        before.update(texts.items())
    return out


@pytest.fixture(scope="module")
def said_in(folder: Path) -> Callable[[str], dict[str, Said]]:
    """Function that returns the texts of all pages in a state. It opens each state once."""

    @functools.cache
    def opened(name: str) -> dict[str, Said]:
        file, *options = STATES[name].arguments
        cache.STORE.forget(lambda _: True)
        with pytest.MonkeyPatch.context() as patched:
            link = STATES[name].link
            return said_on(Page(patched, str(folder / file), *options, link=link, boxes=OPEN))

    return opened


@pytest.mark.parametrize("name", STATES)
def test_pages(
    name: str, said_in: Callable[[str], dict[str, Said]], snapshot: SnapshotAssertion
) -> None:
    base = STATES[name].base
    assert "\n".join(difference(said_in(name), said_in(base) if base else {})) == snapshot


def test_every_generated_file_is_opened() -> None:
    assert {f"{file}.csv" for file in MADE} == {state.arguments[0] for state in GENERATED.values()}


def said_in_record(page: page_view.PageView) -> dict[str, Said]:
    """Report of the decision that would be recorded, what else its slides say, and its TOML."""
    said = Statement("Ada", "accepts", "Night shift is not in the data.")
    decision = replace(decision_of(page, {"data": said}), at=RECORDED_AT, version="VERSION")
    facts = facts_of(Recorded(1, "key", ORIGIN, "0" * 64, decision))
    report = texts_of_report(html_report.render(facts, charts(page)))
    slides = texts_of_slides(pptx_deck.render(facts))
    return {
        "report": report,
        "slides": {text: "" for text in slides if text not in report},
        "toml": texts_of_toml(decision_toml(facts)),
    }


@functools.cache
def said_in_golden_record(cell: tuple[str, str]) -> dict[str, Said]:
    """Record of a golden file. It is made once, from an empty cache."""
    cache.STORE.forget(lambda _: True)
    return said_in_record(page_of(*cell))


@pytest.mark.parametrize("cell", sorted(DECIDED), ids="-".join)
def test_records_of_golden_files(cell: tuple[str, str], snapshot: SnapshotAssertion) -> None:
    base = {} if cell == GOLDEN_BASE else said_in_golden_record(GOLDEN_BASE)
    assert "\n".join(difference(said_in_golden_record(cell), base)) == snapshot


def test_record_of_a_ranking_whose_best_model_misses_the_limits(
    tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    limits = (("share_flagged", 0.5), ("recall", 0.99))
    page = built_table(tmp_path, FOUR, Scenario(), Choices(limits=limits), resampled=True)
    said = {part: texts for part, texts in said_in_record(page).items() if part != "toml"}
    assert "\n".join(difference(said, {})) == snapshot


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
