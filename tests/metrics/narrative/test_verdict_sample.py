"""Every number that the verdict says of the sample, reckoned again from its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from metrics.io.open import open_scores
from metrics.narrative.phrases import of_100
from metrics.narrative.verdict import Facts, verdict
from metrics.scenario.scenario import read_scenario
from tests import oracles
from tests.metrics.reckoned import Reckoned, gathered
from tests.repository import ROOT

FILE = ROOT / "sample_data" / "line3_camera_trial.parquet"
POINT = r"(\w+) at ([\d.e-]+\d)"
MANY = r"([\d.]+ [mb]illion)"
LIMITS = (("revenue_impact_percent", 1.0), ("recall", 0.8), ("flagged_per_day", 4.5e6))


@pytest.fixture(scope="module")
def facts() -> Facts:
    scenario = read_scenario(ROOT / "sample_data" / "scenario.toml")
    return gathered(open_scores(str(FILE)), scenario, limits=LIMITS)


@pytest.fixture(scope="module")
def said(facts: Facts) -> list[str]:
    return [" ".join(s.text.split()) for s in verdict(facts)]


@pytest.fixture(scope="module")
def rows(facts: Facts) -> Reckoned:
    frame = pd.read_parquet(FILE)
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
    return float(digits.replace(",", "")) * {"million": 1e6, "billion": 1e9}.get(name, 1)


def read(value: float) -> float:
    """A count as it is said: three digits from a million on."""
    return float(f"{value:.3g}")


def matched(pattern: str, text: str) -> tuple[str, ...]:
    found = re.fullmatch(pattern, text)
    assert found, text
    return found.groups()


def picked(said: list[str], figures: pd.DataFrame) -> list[pd.Series]:
    return list(points_in(said[0], figures))


def test_there_are_six_sentences(said: list[str]) -> None:
    assert len(said) == 6


def test_picks(said: list[str], figures: pd.DataFrame, rows: Reckoned, facts: Facts) -> None:
    *_, data_again, product_again, executive_again = matched(
        rf"The data scientist picks {POINT}, the product manager {POINT} and the executive {POINT}\. "
        r"The same models are picked, thresholds chosen anew, in (\d+), (\d+) and (\d+) of 100 "
        r"resamples of these units\.",
        said[0],
    )
    data, product, executive = picked(said, figures)
    # Each resample's log loss from the rows.
    assert facts.resamples is not None
    weights = facts.resamples.weights
    drawn = {m: rows.log_loss_drawn(m, weights) for m in rows.scores}
    best = np.min(list(drawn.values()), axis=0)
    assert number(data_again) == round(100 * float(np.mean(drawn[data["model"]] == best)))
    assert all(50 < number(share) <= 100 for share in (product_again, executive_again))
    assert data["log_loss"] == figures["log_loss"].min()
    # Flagging pays from a probability of 1 in 6; a threshold is at most a defect's score away.
    own = rows.scores[data["model"]][rows.labels == 1]
    assert 1 / 6 <= data["threshold"] <= own[own >= 1 / 6].min()
    ordinary = figures[figures["ordinary"]]
    assert product["revenue"] >= 0
    assert product["missed"] == ordinary["missed"][ordinary["revenue"] >= 0].min()
    assert executive["revenue"] == pytest.approx(ordinary["revenue"].max())


def test_what_they_cost(said: list[str], figures: pd.DataFrame, rows: Reckoned) -> None:
    loss, certain, money, misses, total = matched(
        r"The product manager’s pick would cost the data scientist ([\d.]+) more log loss \(it was certain "
        r"and wrong on (\d+) units, so its log loss is infinite unless clipped\) and the executive "
        r"€([\d.]+) m of revenue a year; the executive’s pick would cost the product manager "
        + MANY
        + r" more missed defects a year \(of "
        + MANY
        + r" defects\), against their own picks\.",
        said[1],
    )
    assert number(total) == read(rows.labels.sum() * 43.8e9 / rows.labels.size)
    data, product, executive = picked(said, figures)
    assert number(misses) == read(read(executive["missed"]) - read(product["missed"]))
    # Who looks at the log loss wants no threshold: the model misses fewer at its best.
    own = figures[(figures["model"] == data["model"]) & figures["ordinary"]]
    assert own.loc[own["revenue"] >= 0, "missed"].min() < executive["missed"]
    assert number(loss) == pytest.approx(
        round(product["log_loss"], 4) - round(data["log_loss"], 4), abs=1e-9
    )
    assert product["log_loss"] > executive["log_loss"]
    scores = rows.scores[product["model"]]
    assert number(certain) == oracles.wrong_with_certainty(rows.labels, scores)
    assert number(certain) == np.where(rows.labels == 1, scores == 0, scores == 1).sum()
    lost = executive["revenue"] - product["revenue"]
    assert number(money) == pytest.approx(lost / 1e6, rel=0.005)
    assert lost > executive["revenue"] - own["revenue"].max()


def test_the_compromise(said: list[str], figures: pd.DataFrame) -> None:
    *_, most, upper, loss, misses, money = matched(
        rf"The fair option is {POINT}: nobody gives up more than (\d+) % of what lies between the best and "
        r"the worst of the three picks in this file \(in 95 of 100 resamples at most (\d+) %\)\. "
        r"It would cost the data scientist ([\d.]+) more log loss, the "
        r"product manager "
        + MANY
        + r" more missed defects a year and the executive €([\d.]+) m of revenue "
        r"a year\.",
        said[2],
    )
    data, product, executive = own = picked(said, figures)
    [there] = points_in(said[2], figures)
    assert number(loss) == pytest.approx(
        round(there["log_loss"], 4) - round(data["log_loss"], 4), abs=1e-9
    )
    assert number(misses) == read(read(there["missed"]) - read(product["missed"]))
    lost = executive["revenue"] - there["revenue"]
    assert number(money) == pytest.approx(lost / 1e6, rel=0.005)
    regrets = []
    for name, sign in (("log_loss", 1), ("missed", 1), ("revenue", -1)):
        losses = [sign * p[name] for p in own]
        regrets.append((sign * figures[name] - min(losses)) / (max(losses) - min(losses)))
    largest = np.max(regrets, axis=0)
    here = largest[(figures.index == there.name)].item()
    assert here == pytest.approx(largest[figures["ordinary"]].min())
    assert number(most) - 1 < 100 * here <= number(most) < number(upper)


def cheapest(figures: pd.DataFrame, r: float) -> pd.DataFrame:
    """Each model's own best point at a miss cost, fewest misses first among equals; best model first."""
    cost = (r * figures["fn"] + figures["fp"]).rename("at")
    ranked = figures.assign(at=cost)[figures["ordinary"]].sort_values(["at", "fn"])
    return ranked.drop_duplicates("model")


def test_the_gap(said: list[str], figures: pd.DataFrame, rows: Reckoned, facts: Facts) -> None:
    best, threshold, size, rival, share = matched(
        rf"Counting a miss as 5 false alarms, {POINT} makes the cheapest errors: {MANY} a year in this file "
        r"below the best of (\w+), counted in false alarms\. That it is ahead is clear: it is in (.*)\.",
        said[4],
    )
    first, second = (p for _, p in cheapest(figures, 5).iloc[:2].iterrows())
    assert (best, float(threshold), rival) == (first["model"], first["threshold"], second["model"])
    assert number(size) == read(read(second["cost"]) - read(first["cost"]))
    assert facts.bootstrap is not None
    weights = facts.bootstrap.weights
    one, two = (rows.cost_drawn(p["model"], p["threshold"], weights) for p in (first, second))
    assert share == of_100(float(np.mean(one < two) + np.mean(one == two) / 2))
    assert np.quantile(one - two, 0.975) < 0


def test_the_range(said: list[str], figures: pd.DataFrame, rows: Reckoned, facts: Facts) -> None:
    low, high, best, below, above, *changes = matched(
        r"Whenever a miss costs ([\d.]+) to ([\d.]+) false alarms \(now 5\), (\w+) is cheapest in this "
        r"file; below that it is (\w+), above it (\w+)\. Each taken alone, in 95 of 100 resamples the "
        r"lower change lies between ([\d.]+) and ([\d.]+), the upper between ([\d.]+) and ([\d.]+)\.",
        said[5],
    )

    (a, b), (c, d) = (tuple(map(number, pair)) for pair in (changes[:2], changes[2:]))
    assert a < number(low) < b < 5 < c < number(high) < d

    def winner(r: float) -> str:
        return str(cheapest(figures, r)["model"].iloc[0])

    within = np.geomspace(number(low) * (1 + 1e-9), number(high) * (1 - 1e-9), 20)
    assert {winner(r) for r in within} == {best}
    # In three digits.
    assert winner(number(low) * 0.99) == below
    assert winner(number(high) * 1.01) == above
    assert facts.bootstrap is not None
    weights = facts.bootstrap.weights
    drawn = {
        p["model"]: rows.cost_drawn(p["model"], p["threshold"], weights)
        for _, p in cheapest(figures, 5).iterrows()
    }
    # It is cheapest, and does not only seem so.
    others = np.min([cost for model, cost in drawn.items() if model != best], axis=0)
    assert np.mean(drawn[best] < others) > 0.975


def test_the_limits(said: list[str], figures: pd.DataFrame) -> None:
    flagged, *_, recall, _, _ = matched(
        rf"No point meets all three limits; giving way on units flagged a day to about {MANY} would admit "
        rf"{POINT}, or on recall to about ([\d.]+) % would admit {POINT}\.",
        said[3],
    )
    percent, caught = figures["percent"] >= 1, figures["recall"] >= 0.8
    a_day = figures["flagged"] / 365
    assert not (percent & caught & (a_day <= 4.5e6)).any()
    first, second = points_in(said[3], figures)
    assert number(flagged) == read(a_day[percent & caught].min())
    assert first["flagged"] / 365 == a_day[percent & caught].min()
    assert number(recall) == round(100 * figures["recall"][percent & (a_day <= 4.5e6)].max(), 1)
    assert second["recall"] == figures["recall"][percent & (a_day <= 4.5e6)].max()
    # The smaller step first, over the ranges of the picks.
    own = picked(said, figures)
    days, shares = ([p[name] for p in own] for name in ("flagged", "recall"))
    step = (number(flagged) - 4.5e6) / ((max(days) - min(days)) / 365)
    assert step < (0.8 - second["recall"]) / (max(shares) - min(shares))
    # Giving way on revenue would take more, if it helped at all.
    dearer = figures[caught & (a_day <= 4.5e6) & figures["ordinary"]]
    money = [p["percent"] for p in own]
    assert dearer.empty or (1 - dearer["percent"].max()) / (max(money) - min(money)) > step


def test_limits_that_can_be_met(said: list[str], figures: pd.DataFrame) -> None:
    scenario = read_scenario(ROOT / "sample_data" / "scenario.toml")
    limits = list(scenario.limits.items())
    found = gathered(open_scores(str(FILE)), scenario, limits=limits, replicates=0)
    [sentence] = [s for s in verdict(found) if s.about == "limits"]
    text = " ".join(sentence.text.split())
    [only] = matched(
        r"The limit on revenue against today \(at least \+30\.0 %\) is met in this file by (\w+); "
        r"of what meets it, the executive’s pick has the least cost of errors\. The "
        r"executive’s pick keeps it, the other picks and the fair option do not\.",
        text,
    )
    met = figures[figures["ordinary"] & (figures["percent"] >= 30)]
    assert [only] == met["model"].astype(str).unique().tolist()
    least = picked(said, figures)[2]
    assert least.name in met.index
    assert least["cost"] == met["cost"].min()
    # Keeping it costs nothing: the cheapest of all keeps it.
    assert least["cost"] == figures.loc[figures["ordinary"], "cost"].min()
    keeps = [p["percent"] >= 30 for p in picked(said, figures)]
    [there] = points_in(said[2], figures)
    assert (keeps, bool(there["percent"] >= 30)) == ([False, False, True], False)
