"""Tests of the Failures page against a data frame of the rows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from dashboard import page_view
from dashboard.analysis import resampled_figures
from dashboard.analysis.failures.failure_counts import Count, knows_flips
from dashboard.analysis.failures.label_doubts import doubts_of
from dashboard.analysis.failures.point_failures import failures_of
from dashboard.analysis.failures.units import lists_of, pictures_of, units_of
from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from dashboard.arguments.parser import UsageError
from dashboard.data.dataset import Dataset
from dashboard.export import worst_misses as worst_misses_page
from dashboard.export.worst_misses import worst_misses
from dashboard.session.choices import Choices, Point
from dashboard.words.failures.failure_counts import against_words, count_words, share_words
from dashboard.words.failures.labels import doubts_words
from dashboard.words.failures.units import fate_words
from metrics import Scenario, ScoreError, Today, open_scores, tally_scores, with_description
from metrics.inference.comparison.paired_difference import Chance
from metrics.scenario.inspection import Inspection
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.unit_lists import MOST_UNITS, UnitList
from tests.dashboard.flagged_units import AT, FLAGGED, ROWS, TODAY, TODAYS

PEOPLE = Inspection(false_alarms=0.3, catches=0.9, rejects=0.05)
"""Inspectors of the units between two thresholds of the model of `AT`."""


def page_of(
    scenario: Scenario,
    *,
    grouped: bool = False,
    at: float = AT,
    weighted: bool = False,
    alone: bool = False,
):
    frame = ROWS if weighted else ROWS.drop(columns="weight")
    frame = frame.drop(columns="lot") if alone else frame
    scores = open_scores(
        frame,
        models=["a", "b"],
        segments=["site", "line"],
        defect_type="kind",
        group="lot" if grouped else None,
    )
    dataset = Dataset(scores.fingerprint, "units", ("units",), scores, scenario, 400, "upload")
    choices = Choices(point=Point("a", at), intervals=True)
    page = page_view.build(choices, dataset, "light")
    resampled_figures.resample(page.analysis)
    return page_view.build(choices, dataset, "light")


def as_tally(page, today: Today):
    """Same page for the tally of its rows with a current system, as loaded from a file."""
    scores, scenario = page.analysis.dataset.scores, page.analysis.dataset.scenario
    by = BreakdownColumns.of(scores.columns, (today.model, today.threshold))
    tally = tally_scores(scores, max_thresholds=400, also=[AT, TODAY.threshold], by=by)
    file = with_description(tally, scores, max_thresholds=400)
    choices = page.choices
    named = f"tally of {page.analysis.dataset.fingerprint} by {today} {scenario.inspection}"
    dataset = Dataset(named, "units", ("units",), file, scenario, 400, "upload")
    built = page_view.build(choices, dataset, "light")
    resampled_figures.resample(built.analysis)
    return page_view.build(choices, dataset, "light")


@pytest.fixture(scope="module")
def page():
    return page_of(Scenario(today=TODAY, units_per_year=9000))


def test_flips_equal_those_of_the_rows_and_are_scaled_to_a_year(page):
    found = failures_of(page.selection)
    for changes, label in ((found.defects, 1), (found.goods, 0)):
        assert changes is not None
        of = ROWS["label"] == label
        wanted = [FLAGGED & TODAYS, FLAGGED & ~TODAYS, ~FLAGGED & TODAYS, ~FLAGGED & ~TODAYS]
        counts = [changes.both, changes.newly, changes.no_longer, changes.neither]
        assert [n.in_file for n in counts] == [int((of & those).sum()) for those in wanted]
        assert [n.value for n in counts] == pytest.approx([10 * n.in_file for n in counts])
        assert all(n.ends[0] <= n.value <= n.ends[1] for n in counts)
    assert found.defects is not None
    assert (
        found.defects.no_longer.in_file + found.defects.neither.in_file
        == page.selection.point.counts["fn"]
    )
    caught, missed = (f"{n.value:,.0f}" for n in (found.defects.newly, found.defects.no_longer))
    said = f"Catches {caught} defects a year that today misses, misses {missed} that today catches"
    assert against_words(page.analysis, found) == said


def test_segments_equal_a_group_by_with_the_worst_first(page):
    found = failures_of(page.selection)
    assert [table.column for table in found.columns] == ["kind", "site", "line"]
    chances = set()
    for table in found.columns:
        column = ROWS[table.column].astype(str)
        rows = ROWS.assign(
            flagged=FLAGGED, lost=~FLAGGED & TODAYS, won=FLAGGED & ~TODAYS, part=column
        )
        for part in table.parts:
            units = rows[rows["part"] == part.category]
            defects, goods = units[units["label"] == 1], units[units["label"] == 0]
            assert part.recall.of == len(defects)
            assert part.recall.value == defects["flagged"].mean()
            assert part.missed.in_file == (~defects["flagged"]).sum()
            assert part.newly_missed is not None
            assert part.by_current is not None
            assert part.by_current.in_file == (~TODAYS[defects.index]).sum()
            assert part.newly_missed.in_file == defects["lost"].sum()
            # Without a difference, half of the units that flip are new misses; judged in all parts at once.
            flips = binomtest(
                int(defects["won"].sum()), int((defects["won"] | defects["lost"]).sum())
            )
            is_clear = flips.pvalue < 0.05 / len(table.parts)
            assert part.than_current is (Chance.CLEAR if is_clear else Chance.POSSIBLE)
            chances.add(part.than_current)
            if table.is_kind:
                assert (part.false_alarms, part.false_alarm_rate) == (None, None)
            else:
                assert part.false_alarms is not None
                assert part.false_alarm_rate is not None
                assert part.false_alarms.in_file == goods["flagged"].sum()
                assert part.false_alarm_rate.value == goods["flagged"].mean()
        recalls = [part.recall.value for part in table.parts]
        assert recalls == sorted(recalls)
        assert sum(part.missed.in_file for part in table.parts) == page.selection.point.counts["fn"]
    assert chances == {Chance.CLEAR, Chance.POSSIBLE}


def test_kinds_and_segments_are_crossed_in_the_order_of_their_tables(page):
    found = failures_of(page.selection)
    kinds, *columns = found.columns
    assert [table.column for table in found.crossed] == [table.column for table in columns]
    rows = ROWS[ROWS["label"] == 1]
    for crossed, table in zip(found.crossed, columns, strict=True):
        assert crossed.parts == tuple(part.category for part in table.parts)
        assert [kind for kind, _ in crossed.kinds] == [part.category for part in kinds.parts]
        for kind, cells in crossed.kinds:
            for part, cell in zip(crossed.parts, cells, strict=True):
                those = (rows["kind"] == kind) & (rows[crossed.column].astype(str) == part)
                missed = those & ~FLAGGED
                if cell is None:
                    assert not those.any()
                    continue
                assert (cell.of, cell.missed) == (those.sum(), missed.sum())
                assert cell.lost == (missed & TODAYS).sum()


def test_no_unit_flips_if_the_current_system_is_selected():
    page = page_of(Scenario(today=Today("a", AT)))
    found = failures_of(page.selection)
    assert found.is_current
    assert against_words(page.analysis, found) == (
        "The chosen point is today’s system: no unit is treated differently"
    )
    assert not any(name.is_about_today for name in lists_of(page.selection))


def test_no_unit_flips_if_the_current_system_ships_every_unit():
    page = page_of(Scenario())
    found = failures_of(page.selection)
    assert (found.defects, found.goods) == (None, None)
    assert against_words(page.analysis, found).startswith("Compared with no checks, every caught")
    assert [part.newly_missed for table in found.columns for part in table.parts] == [None] * 9
    assert not any(name.is_about_today for name in lists_of(page.selection))


@pytest.mark.parametrize("grouped", [False, True])
def test_with_inspectors_misses_are_shipped_and_overlooked_defects(grouped):
    page = page_of(Scenario(today=TODAY, units_per_year=9000, inspection=PEOPLE), grouped=grouped)
    low = page.analysis.evaluation.inspected_from("a", page.selection.point.threshold)
    assert low is not None
    rejected, kept = ROWS["a"] >= page.selection.point.threshold, ROWS["a"] >= low
    found = failures_of(page.selection)
    assert found.defects is not None
    assert found.goods is not None
    for changes, label, share in ((found.defects, 1, 0.9), (found.goods, 0, 0.05)):
        of = ROWS["label"] == label
        held = np.where(rejected, 1.0, np.where(kept, share, 0.0))
        for treated, today in zip(changes.treated, (TODAYS, ~TODAYS), strict=True):
            wanted = [rejected, kept & ~rejected, ~kept]
            assert [n.in_file for n in treated] == [(of & today & those).sum() for those in wanted]
            assert all(n.ends[0] <= n.value <= n.ends[1] for n in treated)
        counts = [changes.both, changes.newly, changes.no_longer, changes.neither]
        wanted = [TODAYS * held, ~TODAYS * held, TODAYS * (1 - held), ~TODAYS * (1 - held)]
        assert [n.in_file for n in counts] == pytest.approx(
            [(of * those).sum() for those in wanted]
        )
        assert all(n.ends[0] <= n.value <= n.ends[1] for n in counts)
    # The sum equals the counts on the cards of Decide.
    missed = found.defects.no_longer + found.defects.neither
    alarms = found.goods.both + found.goods.newly
    for count, name in ((missed, "missed_defects"), (alarms, "false_alarms")):
        assert count.value == pytest.approx(page.selection.point.figures[name])
    held = np.where(rejected, 1.0, np.where(kept, 0.9, 0.0))
    defects = ROWS.assign(held=held)[ROWS["label"] == 1]
    for parts in found.columns:
        recalls = defects.groupby(defects[parts.column].astype(str))["held"].mean()
        for part in parts.parts:
            assert part.recall.value == pytest.approx(recalls[part.category])
            assert part.recall.ends[0] <= part.recall.value <= part.recall.ends[1]
        assert sum(part.missed.in_file for part in parts.parts) == pytest.approx(missed.in_file)
        assert not (grouped and any(part.than_current is Chance.CLEAR for part in parts.parts))
    for crossed in found.crossed:
        cells = [cell for _, row in crossed.kinds for cell in row if cell is not None]
        assert sum(cell.missed for cell in cells) == pytest.approx(missed.in_file)
        lost = sum(cell.lost for cell in cells)
        assert lost == pytest.approx(found.defects.no_longer.in_file)
    those = lists_of(page.selection)
    assert UnitList.INSPECTED in those
    assert UnitList.DOUBTFUL not in those
    seen = ROWS[kept & ~rejected].sort_values("a", ascending=False, kind="stable")["id"]
    assert [u.id for u in units_of(page.selection, UnitList.INSPECTED)] == seen.tolist()[
        :MOST_UNITS
    ]
    assert found.counts[UnitList.MISSED] == ((ROWS["label"] == 1) & ~kept).sum()
    fates = [
        fate_words(page.selection, unit) for unit in units_of(page.selection, UnitList.INSPECTED)
    ]
    assert all(words.endswith("or more and goes to an inspector.") for words in fates)


@pytest.mark.parametrize(
    ("part", "of", "said"),
    [
        (9997, 10_000, "99.97%"),
        (3, 10_000, "0.03%"),
        (1, 10**8, "0.000001%"),
        (0, 10_000, "0%"),
        (200, 200, "100%"),
        (29.97, 30, "over 29.9 of 30"),
        (30 - 1e-13, 30, "30 of 30"),
        (0.03, 30, "fewer than 0.1 of 30"),
        (1e-13, 30, "0 of 30"),
    ],
)
def test_a_share_near_0_or_1_is_not_rounded_to_it(part, of, said):
    assert share_words(part, of) == said


def test_doubted_labels_change_the_caught_units_if_they_are_wrong(page):
    found = doubts_of(page.selection)
    auc = {name: roc_auc_score(ROWS["label"], ROWS[name]) for name in ("a", "b")}
    assert auc["b"] > auc["a"] + 0.05  # so a is too weak to be consulted
    assert found.models == ("b",)
    typical = ROWS.groupby("label")["b"].mean()
    doubted = (ROWS["label"] == 1) & (ROWS["b"] <= typical[0])
    blamed = (ROWS["label"] == 0) & (ROWS["b"] >= typical[1])
    assert found.counts == (blamed.sum(), doubted.sum())
    assert {unit.id for unit in found.defects} <= set(ROWS["id"][doubted])
    assert {unit.id for unit in found.goods} <= set(ROWS["id"][blamed])
    labels = ROWS["label"].where(~(doubted | blamed), 1 - ROWS["label"])
    for share, defects in ((found.recall, ROWS["label"] == 1), (found.otherwise, labels == 1)):
        assert share == pytest.approx((FLAGGED[defects].sum(), defects.sum()))
    assert doubts_words(found).startswith(
        f"{doubted.sum()} defects and {blamed.sum()} good units look mislabelled to every good model"
    )


@pytest.fixture
def units_folder(tmp_path):
    """Units with pictures named by a column, and one picture in another folder."""
    (tmp_path / "pictures" / "camera 1").mkdir(parents=True)
    for place in ("pictures/camera 1/first.png", "outside.png"):
        Image.new("L", (8, 8), 90).save(tmp_path / place)
    places = [
        "camera 1/first.png",
        "../outside.png",
        str(tmp_path / "outside.png"),
        "",
        "first.png",
    ]
    rows = ROWS[["id", "label", "a", "b"]].assign(where="")
    missed = rows[(rows["label"] == 1) & ~FLAGGED].sort_values("a", kind="stable").index[:5]
    rows.loc[missed, "where"] = places
    rows.to_csv(tmp_path / "units.csv", index=False)
    return tmp_path


def open_units(folder):
    pictures = ["--images", str(folder / "pictures"), "--images-column", "where"]
    return open_dataset(app_options([str(folder / "units.csv"), *pictures]))


def test_pictures_are_read_only_from_the_paths_in_a_column(units_folder):
    dataset = open_units(units_folder)
    page = page_view.build(Choices(point=Point("a", AT)), dataset, "light")
    units = units_of(page.selection, UnitList.MISSED)[:5]
    assert units[0].picture == "camera 1/first.png"
    found = pictures_of(page.analysis, units, 96)
    assert [bool(one.jpeg) for one in found] == [True, False, False, False, False]


def test_a_report_shows_the_worst_misses_within_its_limit_of_bytes(units_folder, monkeypatch):
    dataset = open_units(units_folder)
    page = page_view.build(Choices(point=Point("a", AT), today=Point("b", 0.75)), dataset, "light")
    found = worst_misses(page.selection, 7)
    assert found is not None
    missed = ROWS[(ROWS["label"] == 1) & ~FLAGGED].sort_values("a", kind="stable")
    assert [unit.id for unit in found.units] == missed["id"].tolist()[:7]
    for unit, (_, row) in zip(found.units, missed.iterrows(), strict=False):
        caught = ("caught today",) if row["b"] >= 0.75 else ()
        assert unit.lines == (f"score {row['a']:.3g}", *caught)
    assert [bool(unit.picture) for unit in found.units] == [True, *[False] * 6]
    assert found.lines[-1].startswith(f"Missed defects: the first 7 of {len(missed)} in the file")
    monkeypatch.setattr(worst_misses_page, "MOST_BYTES_IN_REPORT", 100)
    assert not worst_misses(page.selection, 7).has_pictures  # type: ignore[union-attr]


def test_the_column_of_pictures_must_exist_and_have_a_folder(units_folder):
    files = [str(units_folder / "units.csv"), "--images-column"]
    with pytest.raises(UsageError, match="name both"):
        open_dataset(app_options([*files, "where"]))
    for column in ("elsewhere", "a", "label"):
        with pytest.raises(ScoreError, match="must name a column of the one score file"):
            open_dataset(app_options([*files, column, "--images", str(units_folder)]))


@pytest.mark.parametrize("kind", ["inspected", "weighted"])
def test_a_tally_has_the_same_counts_by_segment_as_its_rows(kind):
    """A tally has no single units, no pairs and no changed parts. All other values are equal."""
    inspection = PEOPLE if kind == "inspected" else None
    scenario = Scenario(today=TODAY, units_per_year=9000, inspection=inspection)
    is_sure = kind == "inspected"
    of_rows = page_of(scenario, weighted=kind == "weighted", alone=is_sure)
    of_tally = as_tally(of_rows, TODAY)
    rows, tally = failures_of(of_rows.selection), failures_of(of_tally.selection)

    def plain(count):
        return count if is_sure or count is None else replace(count, ends=None)

    def rate(figure):
        if figure is None or is_sure:
            return figure
        return replace(figure, ends=None, chance=None)

    for expected, change in ((rows.defects, tally.defects), (rows.goods, tally.goods)):
        for name in ("both", "newly", "no_longer", "neither"):
            assert plain(getattr(expected, name)) == plain(getattr(change, name))
    for column, same in zip(rows.columns, tally.columns, strict=True):
        assert column.column == same.column
        for part, counted in zip(column.parts, same.parts, strict=True):
            for name in ("missed", "by_current", "false_alarms"):
                assert plain(getattr(part, name)) == plain(getattr(counted, name))
            for name in ("recall", "false_alarm_rate"):
                assert rate(getattr(part, name)) == rate(getattr(counted, name))
            assert counted.newly_missed is None
            if not is_sure:
                assert counted.recall.chance is Chance.UNKNOWN
                assert math.isnan(counted.missed.ends[0])
    assert (tally.crossed, tally.counts) == ((), {})
    assert against_words(of_tally.analysis, tally) == against_words(of_rows.analysis, rows)


def test_a_tally_of_another_system_has_segments_and_no_flips(page):
    other = as_tally(page, Today("a", AT))
    assert not knows_flips(other.analysis)
    found = failures_of(other.selection)
    assert found.defects is found.goods is None
    [kinds, *_] = found.columns
    assert all(part.by_current is not None for part in kinds.parts)
    assert knows_flips(as_tally(page, TODAY).analysis)


def test_the_range_of_a_count_ends_at_the_units_of_its_segment(page):
    analysis = page.selection.analysis  # a year has ten times the units of the file
    count = Count(20.0, (0.0, 170.0), 2.0)
    ranges = [
        count_words(analysis, count, of_defects=True, most=most)[1] for most in (math.inf, 14.0)
    ]
    assert ranges == ["95%: 0 to 170", "95%: 0 to 140"]
