"""Tests of the gaps page: its finding, and its matrix and tables against a bootstrap of the rows."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from dashboard.analysis.models.gaps import gaps_of, judged_by
from dashboard.analysis.models.table import rows_of
from dashboard.analysis.optimism import best_on_new_data, range_at_best
from dashboard.session.choices import Choices
from dashboard.views.models import gap_matrix
from dashboard.words.models.columns import columns_of
from dashboard.words.models.gaps import (
    MATRIX_KEY,
    OF_THRESHOLD,
    ROWS_SEEN,
    chosen_again_sentence,
    gaps_note,
    single_model_sentence,
)
from dashboard.words.numbers import CHANCE, figure, span
from metrics import OBJECTIVES, Scenario
from metrics.inference import front_stability
from metrics.inference.comparison import Chance
from tests.dashboard.built import built_table, ranks
from tests.dashboard.pages import words
from tests.dashboard.resampled import ends, resamples
from tests.dashboard.tables import NASTY, Rows


def close() -> Rows:
    """Models that overlap, each slightly better than the next."""
    rng = np.random.default_rng(8)
    labels = (rng.random(900) < 0.06).astype(np.int64)
    scores = {}
    for k, model in enumerate(NASTY):
        logit = -2.7 + (1.9 - 0.25 * k) * labels + rng.normal(0, 1.2, 900)
        scores[model] = np.clip(np.round(1 / (1 + np.exp(-logit)), 3), 0.001, 0.999)
    return Rows(labels, scores)


ROWS = close()
ALIKE = replace(ROWS, scores={**ROWS.scores, "twin": ROWS.scores[NASTY[0]]})
ONE = replace(ROWS, scores={NASTY[0]: ROWS.scores[NASTY[0]]})


def apart() -> Rows:
    """Rows with one nearly perfect model, and one that guesses."""
    rng = np.random.default_rng(3)
    right = np.round(np.clip(0.05 + 0.9 * ROWS.labels + rng.normal(0, 0.02, 900), 0.01, 0.99), 2)
    return replace(
        ROWS, scores={"knows": right, "guesses": np.round(rng.uniform(0.01, 0.99, 900), 2)}
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Gaps of a stakeholder in a file."""

    def find(rows, stakeholder="product", scenario=None):
        folder = tmp_path_factory.mktemp("gaps")
        page = built_table(folder, rows, scenario or Scenario(), Choices(), resampled=True)
        by = judged_by(page.analysis, stakeholder)
        return page, by, gaps_of(page.analysis, by)

    return find


def test_every_pair_is_that_of_a_bootstrap_of_the_rows(found):
    _, stakeholder, known = found(ROWS)
    assert stakeholder.objective.id == "missed_defects"
    drawn, blocks = resamples(ROWS)
    defects = ROWS.labels == 1
    missed = [
        drawn[:, defects & ~ROWS.flagged(p.model, p.threshold)].sum(axis=1) for p in known.picks
    ]
    assert [p.value for p in known.picks] == sorted(
        ROWS.counts(p.model, p.threshold)["fn"] for p in known.picks
    )
    assert {p.model for p in known.picks} == set(ROWS.models)
    for i, j in permutations(range(len(known.picks)), 2):
        pair, gap = known.pairs[i, j], missed[i] - missed[j]
        same = np.isclose(gap, 0, atol=1e-9)
        assert pair.better == pytest.approx(np.mean((gap < 0) & ~same) + 0.5 * same.mean())
        assert (pair.low, pair.high) == pytest.approx(ends(gap, blocks), abs=1e-9)
        assert pair.size == known.picks[i].value - known.picks[j].value


def cells(markup: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", markup, re.S)
    return [[words(c) for c in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]


def test_the_matrix_says_every_share_and_every_figure_with_its_interval(found):
    page, stakeholder, known = found(ROWS)
    o = stakeholder.objective
    head, *rows = cells(gap_matrix.matrix(page, stakeholder, known))
    assert len(head) == 2 + len(known.picks[1:])
    for i, (row, p) in enumerate(zip(rows, known.picks[:-1], strict=True)):
        assert row[0].endswith(p.model)
        assert row[-1]  # and none is empty
        low, high = known.ranges[i]
        interval = words(span(o, p.value, low, high, page.analysis.scenario))
        assert interval.startswith("95%: ")
        assert row[1].removesuffix(interval).split()[0] == figure(
            o, p.value, page.analysis.scenario
        )
        assert row[1].endswith(interval)
        for j, cell in enumerate(row[2:], start=1):  # each pair stands once
            assert cell.split()[:1] == ([f"{100 * known.pairs[i, j].better:.0f}"] if j > i else [])


def test_every_pair_has_its_gap_and_interval_in_a_table(found):
    """Not in a tooltip: no finger and no key reaches that."""
    page, stakeholder, known = found(ROWS)
    markup = gap_matrix.against_each(page, stakeholder, known)
    assert "title=" not in markup + gap_matrix.matrix(page, stakeholder, known)
    before, *folded = markup.split("<details>")
    assert (before, len(folded)) == ("", len(known.picks) - 1)
    tables = [cells(part)[1:] for part in folded]
    for i, rows in enumerate(tables):
        assert len(rows) == len(known.picks) - 1 - i
        for row, j in zip(rows, range(i + 1, len(known.picks)), strict=True):
            pair, p = known.pairs[i, j], known.picks[j]
            assert row[0].endswith(p.model)
            size = abs(pair.size)
            assert row[1] == (f"{size:.0f} fewer missed defects" if size else "the same")
            ends = [float(x.split()[0]) for x in row[2].split(" to ")]
            apart = pair.low < 0 < pair.high
            wanted = (pair.low, pair.high) if apart else (pair.high, pair.low)
            assert ends == pytest.approx([abs(end) for end in wanted], abs=0.51)
            assert ("fewer to" in row[2]) == apart
            better = round(100 * pair.better)  # the pairs are those of a better model with a worse
            assert f"{'better' if better >= 50 else 'worse'} in " in row[3]
            assert row[3].startswith(CHANCE[pair.chance])


def headline(found, rows, stakeholder):
    return words(gap_matrix.headline_markup(*found(rows, stakeholder)))


def test_a_clear_winner_is_told_as_such(found):
    said = headline(found, apart(), "data")
    assert "knows has the lowest log loss, and that is clear" in said
    _, stakeholder, known = found(apart(), "data")
    assert stakeholder.objective is OBJECTIVES["log_loss"]
    assert known.pairs[0, 1].chance is Chance.CLEAR


def test_models_that_cannot_be_told_from_the_best_are_named(found):
    page, stakeholder, known = found(ROWS, "executive")
    best, *rest = known.picks
    together = [p.model for p, same in zip(rest, known.together[1:], strict=True) if same]
    assert together
    assert not any(p.value == best.value for p in rest)
    said = words(gap_matrix.headline_markup(page, stakeholder, known))
    names = " and ".join(filter(None, [", ".join(together[:-1]), together[-1]]))
    wanted = f"{best.model} has the highest savings against no checks, but that may be chance"
    assert f"{wanted}: {names} could be 1st, too" in said


def test_the_best_of_all_models_is_said_to_be_so_with_the_limits_aside(tmp_path):
    said = []
    for limits in ((), (("false_alarms", 1.0),)):
        page = built_table(tmp_path, ROWS, Scenario(), Choices(limits=limits), resampled=True)
        by = page.analysis.stakeholder("product")
        gaps = gaps_of(page.analysis, by)
        assert by.pick is not None
        within = f" Best within the limit, as on Decide: {by.pick.model}, "
        is_worse = by.pick.value != gaps.picks[0].value
        assert is_worse == bool(limits)
        assert (within in words(gap_matrix.headline_markup(page, by, gaps))) == is_worse
        headline = re.search("<h3.*?</h3>", gap_matrix.headline_markup(page, by, gaps))
        assert headline is not None
        said.append(words(headline[0]))
    assert said[1] == f"Limit aside, {said[0]}"


def test_equal_figures_are_a_tie_wherever_models_are_ranked(found):
    page, stakeholder, known = found(ALIKE, "data")
    pair = {NASTY[0], "twin"}
    places = [k for k, p in enumerate(known.picks) if p.model in pair]
    assert places == [0, 1]
    said = words(gap_matrix.headline_markup(page, stakeholder, known))
    assert re.search(r"(twin and .*|.* and twin) tie on log loss", said)
    _, *rows = cells(gap_matrix.matrix(page, stakeholder, known))
    for i, row in enumerate(rows):
        assert ("(tie)" in row[1]) == (i in places)
        assert [("tie" in cell) for cell in row[2:]] == [
            i in places and j in places and i < j for j in range(1, len(known.picks))
        ]
    first = cells(gap_matrix.against_each(page, stakeholder, known).split("<details>")[1])
    assert first[1][1:] == ["the same", "", ""]
    assert not any("tie" in row[1] for row in first[2:])


def test_twins_alone_tie_and_nothing_else_is_said(found):
    two = replace(ALIKE, scores={m: ALIKE.scores[m] for m in (NASTY[0], "twin")})
    said = headline(found, two, "data")
    assert said.count("tie on log loss") == 1
    assert "clear" not in said.split("tie on log loss")[1]
    assert "may be chance" not in said


def test_one_model_is_the_only_one(found):
    page, stakeholder, known = found(ONE)
    said = words(gap_matrix.headline_markup(page, stakeholder, known))
    assert f"{NASTY[0]} is the only model" in said
    assert gap_matrix.against_each(page, stakeholder, known) == ""
    assert single_model_sentence(page.analysis) == (
        "Only one model is open, so there is no gap to judge. Add another on the Data page."
    )


@pytest.mark.parametrize(
    ("name", "hidden", "why"),
    [("one", (), "model is open"), ("four", NASTY[1:], "model is shown")],
)
def test_beside_one_model_the_page_draws_no_table(opened, name, hidden, why):
    page = opened(name, Choices(hidden=tuple(hidden)))
    page.turn("gaps")
    said = words(" ".join(page.markup))
    assert f"Only one {why}, so there is no gap to judge." in said
    assert MATRIX_KEY not in said
    assert not any("cg-gaps" in markup for markup in page.markup)


def test_no_pair_is_judged_on_rows_that_trained_the_models(opened):
    page = opened("four", Choices(gaps="cost", rows="training"))
    page.turn("gaps")
    said = words(" ".join(page.markup))
    assert ROWS_SEEN in said
    assert MATRIX_KEY not in said
    assert "that is clear" not in said


def test_on_new_data_less_is_expected_than_the_best_has_here(found):
    page, stakeholder, known = found(ROWS)
    best, there = known.picks[0], best_on_new_data(page.analysis, stakeholder)
    assert there is not None
    assert there.value > best.value
    assert chosen_again_sentence(page.analysis.scenario, stakeholder, there) == (
        "Chosen again on as much new data: "
        f"about {figure(stakeholder.objective, float(f'{there.value:.3g}'), page.analysis.scenario)}."
    )
    none = replace(stakeholder, pick=replace(stakeholder.pick, value=0.0))
    assert chosen_again_sentence(page.analysis.scenario, none, there) == ""
    low, high = range_at_best(page.analysis, stakeholder)
    assert known.ranges[0] == (low, high)  # as at the stakeholder's pick, which is the same point
    said = chosen_again_sentence(page.analysis.scenario, stakeholder, there, (low, high))
    known_there = span(stakeholder.objective, there.value, low, high, page.analysis.scenario)
    assert said.endswith(f" ({known_there}).")


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        (Scenario(), "both classes resampled"),
        (Scenario(units_per_year=1e6), "both classes resampled"),
        (Scenario(defect_rate=0.02), "each class resampled at its own total"),
    ],
)
def test_the_note_says_what_was_resampled(found, scenario, told):
    assert told in gaps_note(scenario, found(ONE, scenario=scenario)[1])


def test_what_the_intervals_allow_for_is_said_where_a_threshold_was_chosen(found):
    assert OF_THRESHOLD in gaps_note(Scenario(), found(ROWS, "cost")[1])
    assert OF_THRESHOLD not in gaps_note(Scenario(), found(ROWS, "data")[1])


def places(page):
    """Ranks of the models in each ranking of the table."""
    columns = columns_of(page.selection, page.names, rows_of(page.analysis))
    return {column.id: column.texts for column in columns if column.id.startswith("rank ")}


@pytest.mark.parametrize("wish", ["average_precision", "calibration_error"])
def test_a_place_that_is_not_judged_is_said_nowhere(tmp_path, wish):
    """Neither in the table of Models nor on the card, but where no interval is shown."""
    choices = Choices(objectives=(wish, "missed_defects", "cost_of_errors"))
    page = built_table(tmp_path, ROWS, Scenario(), choices, resampled=True)
    by = page.analysis.stakeholder("data")
    assert by.objective.id == wish
    assert ranks(page.analysis, by.objective) == {}
    assert list(places(page)) == ["rank product", "rank executive"]
    (tmp_path / "bare").mkdir()
    bare = built_table(tmp_path / "bare", ROWS, Scenario(), choices)
    assert set(ranks(bare.analysis, by.objective).values()) == {
        f"{k} of 4" for k in ("1st", "2nd", "3rd", "4th")
    }
    assert sorted(places(bare)["rank data"]) == ["1", "2", "3", "4"]


def test_as_long_as_a_place_is_not_known_the_table_has_none(tmp_path):
    page = built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)
    early = page.analysed(has_intervals=False)
    assert set(places(early)["rank data"]) == {"–"}
    assert "–" not in places(page)["rank data"]


def test_the_cost_of_errors_is_judged_like_a_stakeholders_objective(found):
    page, everyone, known = found(ROWS, "cost")
    assert everyone.objective.id == "cost_of_errors"
    least = [
        min(
            p["cost_of_errors"]
            for p in ROWS.points({"cost_of_errors"}, Scenario())
            if p["model"] == m
        )
        for m in ROWS.models
    ]
    assert [p.value for p in known.picks] == sorted(least)
    assert all(
        low < p.value < high for p, (low, high) in zip(known.picks, known.ranges, strict=True)
    )
    said = words(gap_matrix.headline_markup(page, everyone, known))
    assert f"{known.picks[0].model} has the lowest cost of errors" in said
    assert best_on_new_data(page.analysis, everyone) is not None


def test_the_cost_of_errors_is_judged_where_not_all_points_are_looked_at(found, monkeypatch):
    page, everyone, known = found(ROWS, "cost")
    whole = best_on_new_data(page.analysis, everyone)
    monkeypatch.setattr(front_stability, "AT_MOST", 300)
    there = best_on_new_data(page.analysis, everyone)
    assert whole is not None
    assert there is not None
    assert known.picks[0].value < there.value == pytest.approx(whole.value, rel=0.02)


def test_whoever_comes_for_the_gaps_finds_them_first(opened):
    page = opened("four", Choices(gaps="cost"))
    page.turn("gaps")
    said = words(" ".join(page.markup))
    assert said.index("lowest cost of errors") < said.index("What is the best that each model")
