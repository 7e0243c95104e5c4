"""Every number that the verdict says of the sample, at both scales, computed again from its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from dashboard.words.phrases import of_100
from dashboard.words.verdict import Facts, verdict
from metrics.io.open import open_scores
from metrics.scenario.scenario import Scenario, read_scenario
from sample_data import SCENARIO, SCENARIO_LARGE, SCORES
from tests.metrics.reckoned import Reckoned, gathered

POINT = r"(\w+) at ([\d.e-]+\d)"
MANY = r"([\d.,]*\d(?: [mb]illion)?)"
MONEY = r"€([\d.]+(?: [km])?)"
SIZES = {"k": 1e3, "m": 1e6, "million": 1e6, "billion": 1e9}


@pytest.fixture(scope="module", params=[SCENARIO, SCENARIO_LARGE], ids=["plant", "large"])
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return read_scenario(request.param)


@pytest.fixture(scope="module")
def flagged_at_most(scenario: Scenario) -> float:
    """Units flagged a day."""
    return 0.0375 * (scenario.units_per_year or 0) / 365


@pytest.fixture(scope="module")
def facts(scenario: Scenario, flagged_at_most: float) -> Facts:
    limits = (
        ("revenue_impact_percent", 1.0),
        ("recall", 0.8),
        ("flagged_per_day", flagged_at_most),
    )
    return gathered(open_scores(str(SCORES)), scenario, limits=limits)


@pytest.fixture(scope="module")
def opening(facts: Facts) -> list[str]:
    return [" ".join(s.text.split()) for s in verdict(facts).opening]


@pytest.fixture(scope="module")
def said(facts: Facts) -> list[str]:
    return [" ".join(s.text.split()) for s in verdict(facts).details]


@pytest.fixture(scope="module")
def rows(facts: Facts) -> Reckoned:
    frame = pd.read_parquet(SCORES)
    models = list(facts.models)
    labels = frame["label"].to_numpy(np.int8)
    scores = {m: frame[m].to_numpy(np.float64) for m in models}
    return Reckoned(labels, scores, frame["batch"].astype(str).tolist(), facts.scenario)


@pytest.fixture(scope="module")
def figures(facts: Facts, rows: Reckoned) -> pd.DataFrame:
    return rows.frame(facts.points)


def at(figures: pd.DataFrame, model: str, threshold: str) -> pd.Series:
    same = (figures["model"] == model) & (figures["threshold"] == float(threshold))
    assert same.sum() == 1
    return figures[same].iloc[0]


def points_in(text: str, figures: pd.DataFrame) -> Iterator[pd.Series]:
    for model, threshold in re.findall(POINT, text):
        yield at(figures, model, threshold)


def number(text: str) -> float:
    digits, _, name = text.partition(" ")
    return float(digits.replace(",", "")) * SIZES.get(name, 1)


def read(value: float) -> float:
    """A count as it is said: three digits from a million on."""
    return float(f"{value:.3g}") if value >= 1e6 else round(value)


def matched(pattern: str, text: str) -> tuple[str, ...]:
    found = re.fullmatch(pattern, text)
    assert found, text
    return found.groups()


@pytest.fixture(scope="module")
def own(facts: Facts, figures: pd.DataFrame) -> list[pd.Series]:
    """The picks."""
    rows = [s.pick.row for s in facts.stakeholders if s.pick is not None]
    return [row for _, row in figures.loc[rows].iterrows()]


def test_there_are_five_sentences_and_five_behind(opening: list[str], said: list[str]) -> None:
    assert (len(opening), len(said)) == (5, 5)


def test_the_opening(
    opening: list[str], figures: pd.DataFrame, own: list[pd.Series], rows: Reckoned, facts: Facts
) -> None:
    """The executive's pick is chosen."""
    assert opening[0] == "Do not ship yet: no threshold of any model meets all three limits."
    data, product, executive = own
    before, after, alarms_before, alarms_after, money, share = matched(
        rf"Against today \(contrast_rule at 0\.5\), missed defects fall from {MANY} to {MANY} a year and "
        rf"false alarms fall from {MANY} to {MANY} a year; revenue rises by {MONEY} a year "
        r"\(\+([\d.]+) %\)\.",
        opening[1],
    )
    today = facts.scenario.today
    assert today is not None
    missed, alarms = (rows.factor * float(x) for x in rows.counts(today.model, today.threshold))
    assert [number(x) for x in (before, alarms_before)] == [read(missed), read(alarms)]
    assert number(after) == read(executive["missed"])
    assert number(alarms_after) == read(rows.factor * executive["fp"])
    assert number(money) == pytest.approx(executive["revenue"], rel=0.005)
    assert number(share) == round(executive["percent"], 1)
    best, loss, *product_at, misses, less = matched(
        rf"The data scientist would rather have (\w+): against this choice ([\d.]+) less log loss; the "
        rf"product manager would rather have {POINT}: against this choice {MANY} fewer missed defects a "
        rf"year, but {MONEY} less revenue a year\.",
        opening[2],
    )
    assert best == data["model"] == figures["model"][figures["log_loss"].argmin()]
    assert number(loss) == pytest.approx(
        round(executive["log_loss"], 4) - round(data["log_loss"], 4), abs=1e-9
    )
    assert (product_at[0], float(product_at[1])) == (product["model"], product["threshold"])
    assert number(misses) == read(read(executive["missed"]) - read(product["missed"]))
    lost = executive["revenue"] - product["revenue"]
    assert number(less) == pytest.approx(lost, rel=0.005)
    assert opening[4] == (
        f"Leaving all three limits aside, it is clear that {executive['model']} makes cheaper errors than "
        "every other model."
    )


def test_picks(
    said: list[str], figures: pd.DataFrame, own: list[pd.Series], rows: Reckoned, facts: Facts
) -> None:
    best, *_ = matched(
        rf"Best for the data scientist \(log loss\) is (\w+), for the product manager \(missed defects\) "
        rf"{POINT} and for the executive \(revenue against today\) {POINT}\.",
        said[0],
    )
    data, product, executive = own
    assert best == data["model"]
    assert [p.name for p in points_in(said[0], figures)] == [product.name, executive.name]
    data_again, product_again, executive_again = matched(
        r"The same model is picked again, thresholds chosen anew, in (\d+) of 100 "
        r"resamples \(stand-ins for new data, drawn at random from this file\) "
        r"for the data scientist, in (\d+) for the product manager and in (?:more than )?(\d+) for the "
        r"executive\.",
        said[1],
    )
    # Each resample's log loss from the rows.
    assert facts.resamples is not None
    weights = facts.resamples.weights
    drawn = {m: rows.log_loss_drawn(m, weights) for m in rows.scores}
    least = np.min(list(drawn.values()), axis=0)
    assert number(data_again) == round(100 * float(np.mean(drawn[data["model"]] == least)))
    assert all(50 < number(share) <= 100 for share in (product_again, executive_again))
    ordinary = figures[figures["ordinary"]]
    assert product["revenue"] >= 0
    assert product["missed"] == ordinary["missed"][ordinary["revenue"] >= 0].min()
    assert executive["revenue"] == pytest.approx(ordinary["revenue"].max())


def test_the_compromise(opening: list[str], figures: pd.DataFrame, own: list[pd.Series]) -> None:
    *_, misses, money = matched(
        rf"A compromise, the fair option, is {POINT}: against "
        rf"this choice {MANY} fewer missed defects a year and {MONEY} less revenue a year\.",
        opening[3],
    )
    executive = own[2]
    [there] = points_in(opening[3], figures)
    assert there["model"] == executive["model"]  # so that the log loss is the same
    assert number(misses) == read(read(executive["missed"]) - read(there["missed"]))
    lost = executive["revenue"] - there["revenue"]
    assert number(money) == pytest.approx(lost, rel=0.005)
    regrets = []
    for name, sign in (("log_loss", 1), ("missed", 1), ("revenue", -1)):
        losses = [sign * p[name] for p in own]
        regrets.append((sign * figures[name] - min(losses)) / (max(losses) - min(losses)))
    largest = np.max(regrets, axis=0)
    here = largest[(figures.index == there.name)].item()
    assert here == pytest.approx(largest[figures["ordinary"]].min())


def cheapest(figures: pd.DataFrame, r: float) -> pd.DataFrame:
    """Each model's own best point at a miss cost, fewest misses first among equals; best model first."""
    cost = (r * figures["fn"] + figures["fp"]).rename("at")
    ranked = figures.assign(at=cost)[figures["ordinary"]].sort_values(["at", "fn"])
    return ranked.drop_duplicates("model")


def test_the_gap(said: list[str], figures: pd.DataFrame, rows: Reckoned, facts: Facts) -> None:
    best, at_best, rival, at_rival, money, share = matched(
        rf"Leaving all three limits aside and counting a miss as 5 false alarms, {POINT} makes the cheapest "
        r"errors in this file: it beats "
        rf"{POINT} by {MONEY} a year, and is ahead in (.*)\.",
        said[3],
    )
    first, second = (p for _, p in cheapest(figures, 5).iloc[:2].iterrows())
    assert (best, float(at_best)) == (first["model"], first["threshold"])
    assert (rival, float(at_rival)) == (second["model"], second["threshold"])
    ahead = first["revenue"] - second["revenue"]
    assert number(money) == pytest.approx(ahead, rel=0.005)
    # By these prices a miss costs 5 false alarms.
    alarm = facts.scenario.false_alarm_costs
    assert ahead == pytest.approx(alarm * (second["cost"] - first["cost"]))
    assert facts.bootstrap is not None
    weights = facts.bootstrap.weights
    one, two = (rows.cost_drawn(p["model"], p["threshold"], weights) for p in (first, second))
    assert share == of_100(float(np.mean(one < two) + np.mean(one == two) / 2))
    assert np.quantile(one - two, 0.975) < 0


def test_the_range(said: list[str], figures: pd.DataFrame) -> None:
    low, high, best, below, above = matched(
        r"If a miss costs ([\d.]+) to ([\d.]+) false alarms \(now 5\), (\w+), its threshold chosen "
        r"anew, is cheapest in this file; "
        r"just below that it would be (\w+), just above (\w+)\.",
        said[4],
    )

    def winner(r: float) -> str:
        return str(cheapest(figures, r)["model"].iloc[0])

    within = np.geomspace(number(low) * (1 + 1e-9), number(high) * (1 - 1e-9), 20)
    assert {winner(r) for r in within} == {best}
    # In two digits.
    assert winner(number(low) * 0.95) == below
    assert winner(number(high) * 1.05) == above


def test_the_limits(
    said: list[str], figures: pd.DataFrame, own: list[pd.Series], flagged_at_most: float
) -> None:
    flagged, *_, recall, _, _ = matched(
        rf"No threshold meets all three limits; giving way on units flagged a day to about {MANY} would "
        rf"admit {POINT}, or on recall to about ([\d.]+) % would admit {POINT}\.",
        said[2],
    )
    percent, caught = figures["percent"] >= 1, figures["recall"] >= 0.8
    a_day = figures["flagged"] / 365
    assert not (percent & caught & (a_day <= flagged_at_most)).any()
    first, second = points_in(said[2], figures)
    assert number(flagged) == pytest.approx(a_day[percent & caught].min(), rel=0.005)
    assert first["flagged"] / 365 == a_day[percent & caught].min()
    assert number(recall) == round(
        100 * figures["recall"][percent & (a_day <= flagged_at_most)].max(), 1
    )
    assert second["recall"] == figures["recall"][percent & (a_day <= flagged_at_most)].max()
    # The smaller step first, over the ranges of the picks.
    days, shares = ([p[name] for p in own] for name in ("flagged", "recall"))
    step = (number(flagged) - flagged_at_most) / ((max(days) - min(days)) / 365)
    assert step < (0.8 - second["recall"]) / (max(shares) - min(shares))
    # Giving way on revenue would take more, if it helped at all.
    dearer = figures[caught & (a_day <= flagged_at_most) & figures["ordinary"]]
    money = [p["percent"] for p in own]
    assert dearer.empty or (1 - dearer["percent"].max()) / (max(money) - min(money)) > step


def test_limits_that_can_be_met(
    scenario: Scenario, figures: pd.DataFrame, own: list[pd.Series]
) -> None:
    limits = list(scenario.limits.items())
    found = verdict(gathered(open_scores(str(SCORES)), scenario, limits=limits, replicates=0))
    [sentence] = [s for s in found.details if s.about == "limits"]
    # Keeping it costs nothing: the cheapest of all keeps it.
    [only] = matched(
        r"The target \(revenue against today at least \+30\.0 %\) is met in this file by (\w+) alone\.",
        " ".join(sentence.text.split()),
    )
    met = figures[figures["ordinary"] & (figures["percent"] >= 30)]
    assert [only] == met["model"].astype(str).unique().tolist()
    assert met["cost"].min() == figures.loc[figures["ordinary"], "cost"].min()
    executive = own[2]
    assert executive["percent"] >= 30
    assert found.opening[0].text == (
        f"Ship {only} at {executive['threshold']!r}, as far as this file tells: how sure that is has not "
        "been counted."
    )
