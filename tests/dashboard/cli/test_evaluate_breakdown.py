"""Tests of ``common-ground evaluate --by --type --today``: form, figures, and invalid requests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest


@pytest.fixture
def frame():
    labels = [1, 1, 1, 1, 0, 0, 0, 0]
    return pd.DataFrame(
        {
            "id": [f"u{k}" for k in range(8)],
            "label": labels,
            "site": ["n", "n", "s", "", "n", "s", "s", ""],
            "kind": ["dent", "crack", "dent", "", "none", "none", "", "none"],
            "net@3": [0.5, 0.2, 0.9, 0.1, 0.5, 0.6, 0.1, 0.2],
            "rule": [0.1, 0.9, 0.9, 0.1, 0.9, 0.1, 0.1, 0.1],
        }
    )


@pytest.fixture
def file(frame, tmp_path):
    path = tmp_path / "scores.csv"
    frame.to_csv(path, index=False)
    return path


ASKED = ("--by", "site", "--type", "kind", "--today", "rule@0.5", "--at", ".50", "--at", "inf")


def test_counts_by_part_equal_those_of_the_rows(run, file):
    status, output = run("evaluate", file, *ASKED)
    assert (status, list(output["models"])) == (0, ["net@3", "rule"])
    net = output["models"]["net@3"]
    assert net["by"] == {
        "site": {
            "n": {
                ".50": {"tp": 1, "fp": 1, "fn": 1, "tn": 0},
                "inf": {"tp": 0, "fp": 0, "fn": 2, "tn": 1},
            },
            "s": {
                ".50": {"tp": 1, "fp": 1, "fn": 0, "tn": 1},
                "inf": {"tp": 0, "fp": 0, "fn": 1, "tn": 2},
            },
            "": {
                ".50": {"tp": 0, "fp": 0, "fn": 1, "tn": 1},
                "inf": {"tp": 0, "fp": 0, "fn": 1, "tn": 1},
            },
        }
    }
    assert net["types"] == {
        "dent": {".50": {"tp": 2, "fn": 0}, "inf": {"tp": 0, "fn": 2}},
        "crack": {".50": {"tp": 0, "fn": 1}, "inf": {"tp": 0, "fn": 1}},
        "": {".50": {"tp": 0, "fn": 1}, "inf": {"tp": 0, "fn": 1}},
    }
    flips = ("newly_caught", "newly_missed", "newly_flagged", "newly_passed")
    assert net["flips"] == {
        ".50": dict(zip(flips, (1, 1, 1, 0), strict=True)),
        "inf": dict(zip(flips, (0, 2, 0, 1), strict=True)),
    }


def test_the_current_system_is_the_one_of_the_command_line(run, file, tmp_path):
    scenario = tmp_path / "s.toml"
    scenario.write_text('[today]\nmodel = "rule"\nthreshold = 0.95\n')
    one = run("evaluate", file, "--scenario", scenario, "--today", "net@3@0.5")[1]
    scenario.write_text('[today]\nmodel = "net@3"\nthreshold = 0.5\n')
    assert one["front"] == run("evaluate", file, "--scenario", scenario)[1]["front"]


def test_columns_named_as_parts_are_not_models(run, frame, tmp_path):
    file, kept = tmp_path / "scores.csv", tmp_path / "kept.parquet"
    frame["shift"] = [0.1, 0.2] * 4
    frame["code"] = [0.5, 0.25] * 4
    frame.to_csv(file, index=False)
    named = ("--by", "site", "--by", "shift", "--type", "code")
    status, output = run("convert", file, *named, "-o", kept)
    columns = output["columns"]
    assert (status, columns["segments"], columns["type"]) == (0, ["site", "shift"], "code")
    again = run("check", kept)[1]["columns"]
    assert columns.pop("unused") == [{"column": "kind", "why": "it is text"}]
    assert {**columns, "positive": "1", "unused": []} == again
    figures = [run("evaluate", one, *named, "--at", "0.5")[1]["models"] for one in (file, kept)]
    assert figures[0] == figures[1]
    assert list(figures[0]) == ["net@3", "rule"]


def test_joined_files_have_parts(run, frame, file, tmp_path):
    wanted = run("evaluate", file, *ASKED)[1]["models"]
    labels, scores = tmp_path / "labels.csv", tmp_path / "more.csv"
    frame[["id", "label", "kind"]].to_csv(labels, index=False)
    frame.drop(columns=["label"]).iloc[::-1].to_csv(scores, index=False)
    assert run("evaluate", labels, scores, *ASKED)[1]["models"] == wanted


def test_a_long_file_has_parts(run, frame, file, tmp_path):
    wanted = run("evaluate", file, *ASKED)[1]["models"]
    long = tmp_path / "long.csv"
    frame.melt(["id", "label", "site", "kind"], var_name="model", value_name="score").to_csv(
        long, index=False
    )
    assert run("evaluate", long, *ASKED)[1]["models"] == wanted


def test_joined_files_with_different_kinds_of_a_unit_are_refused(run, frame, tmp_path):
    labels, scores = tmp_path / "labels.csv", tmp_path / "more.csv"
    frame[["id", "label", "kind"]].to_csv(labels, index=False)
    other = frame["kind"].where(frame.index != 1, "dent")
    frame[["id", "net@3"]].assign(kind=other).to_csv(scores, index=False)
    status, output = run("evaluate", labels, scores, "--type", "kind")
    problem = output["problems"][0]
    assert (status, problem["code"], problem["column"], problem["value"]) == (
        2,
        "E_CONFLICT",
        "kind",
        "dent",
    )


def test_a_column_may_be_both_a_segment_and_the_kind(run, file, tmp_path):
    kept = tmp_path / "kept.parquet"
    both = ("--by", "kind", "--type", "kind")
    assert run("convert", file, *both, "-o", kept)[0] == 0
    for one in (file, kept):
        rule = run("evaluate", one, *both, "--at", "0.5")[1]["models"]["rule"]
        assert rule["types"]["dent"]["0.5"] == {"tp": 1, "fn": 1}
        assert rule["by"]["kind"]["none"]["0.5"] == {"tp": 0, "fp": 1, "fn": 0, "tn": 2}


def test_too_many_categories_have_a_warning(run, frame, tmp_path):
    many = pd.concat([frame] * 5, ignore_index=True)
    many["id"] = np.arange(len(many))
    many["site"] = [f"s{k}" for k in range(len(many))]
    many.to_csv(tmp_path / "many.csv", index=False)
    output = run("evaluate", tmp_path / "many.csv", "--by", "site", "--at", "0.5")[1]
    categories = output["models"]["rule"]["by"]["site"]
    assert (len(categories), sum(categories["other"]["0.5"].values())) == (33, 8)
    [warned] = [p for p in output["problems"] if p["code"] == "W_OTHERS"]
    assert (warned["severity"], warned["column"]) == ("warning", "site")


@pytest.mark.parametrize("today", ["rule", "rule@", "@0.5", "rule@high", "rule@nan"])
def test_a_wrong_current_system_is_a_wrong_command_line(run, file, today):
    status, output = run("evaluate", file, "--today", today)
    assert (status, output["problems"][0]["code"]) == (64, "E_USAGE")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--by", "nowhere"), "E_COLUMN"),
        (("--type", "nowhere"), "E_COLUMN"),
        (("--today", "nobody@0.5"), "E_TODAY"),
    ],
)
def test_a_missing_column_is_refused(run, file, options, code):
    status, output = run("evaluate", file, *options)
    assert (status, output["problems"][0]["code"]) == (2, code)


def test_a_tally_without_parts_refuses_options_for_parts(run, file, tmp_path):
    tally = tmp_path / "day.tally"
    assert run("tally", file, "-o", tally)[0] == 0
    for options in (("--by", "line"), ("--type", "kind"), ("--today", "rule@0.5")):
        status, output = run("evaluate", tally, *options)
        assert (status, output["problems"][0]["code"]) == (2, "E_TALLY")


WITH_INTERVALS = ("--bootstrap", "100", *ASKED)


@pytest.fixture
def many(frame):
    """The rows of the frame 25 times; a third of them has the score 0.5 of the rule."""
    many = pd.concat([frame] * 25, ignore_index=True)
    many["id"] = [f"u{k}" for k in range(len(many))]
    many["rule"] = np.where(many.index % 3 == 0, 0.5, many["rule"])
    return many


@pytest.fixture
def many_file(many, tmp_path):
    path = tmp_path / "many.csv"
    many.to_csv(path, index=False)
    return path


def test_intervals_of_segments_and_of_kinds_hold_at_once(run, many_file):
    net = run("evaluate", many_file, *WITH_INTERVALS)[1]["models"]["net@3"]
    for category, at in net["by"]["site"].items():
        counts = at[".50"]
        for rate, hit, miss in (("recall", "tp", "fn"), ("false_alarm_rate", "fp", "tn")):
            n = counts[hit] + counts[miss]
            wanted = binomtest(counts[hit], n).proportion_ci(1 - 0.05 / 3, "exact")
            assert counts[f"{rate}_interval"] == pytest.approx([wanted.low, wanted.high]), category
    for at in net["types"].values():
        counts = at[".50"]
        wanted = binomtest(counts["tp"], counts["tp"] + counts["fn"]).proportion_ci(1 - 0.05 / 3)
        assert counts["recall_interval"] == pytest.approx([wanted.low, wanted.high])
        assert set(counts) == {"tp", "fn", "recall_interval"}


def test_the_number_of_newly_caught_defects_has_an_interval(run, many_file):
    flips = run("evaluate", many_file, *WITH_INTERVALS)[1]["models"]["net@3"]["flips"][".50"]
    low, high = flips["newly_caught_interval"]
    assert low < flips["newly_caught"] < high


def test_the_current_system_has_no_interval_of_the_difference_to_itself(run, many_file):
    asked = ("--bootstrap", "100", *ASKED[:-4], "--at", "0.5")
    rule = run("evaluate", many_file, *asked)[1]["models"]["rule"]
    assert rule["flips"]["0.5"]["newly_caught_interval"] == [None, None]


def test_groups_widen_the_intervals_of_parts(run, many, many_file, tmp_path):
    lots = tmp_path / "lots.csv"
    many.assign(lot=many.index // 8).to_csv(lots, index=False)
    (narrow_low, narrow_high), (wide_low, wide_high) = (
        run("evaluate", file, *groups, *WITH_INTERVALS)[1]["models"]["net@3"]["by"]["site"]["n"][
            ".50"
        ]["recall_interval"]
        for file, groups in ((many_file, ()), (lots, ("--group", "lot")))
    )
    assert wide_low <= narrow_low < narrow_high <= wide_high


COUNTED = ("--segment", "site", "--type", "kind", "--today", "rule@0.5", "--at", "0.5")


@pytest.fixture
def day(run, file, tmp_path):
    """Tally of the file, counted by its parts."""
    assert run("tally", file, *COUNTED, "-o", tmp_path / "day.tally")[0] == 0
    return tmp_path / "day.tally"


def test_a_tally_counted_by_the_parts_has_the_figures_of_its_rows(run, file, day):
    rows = run("evaluate", file, *ASKED)[1]
    status, output = run("evaluate", day, *ASKED)
    assert (status, output["models"], output["front"]) == (0, rows["models"], rows["front"])
    with_intervals = run("evaluate", day, *WITH_INTERVALS)[1]["models"]
    assert with_intervals == run("evaluate", file, *WITH_INTERVALS)[1]["models"]


def test_check_lists_the_parts_of_a_tally(run, day):
    assert run("check", day)[1]["breakdowns"] == {
        "segments": {"site": ["n", "s", ""]},
        "type": {"kind": ["dent", "crack", ""]},
        "today": {"model": "rule", "threshold": 0.5},
    }


@pytest.mark.parametrize(
    ("limit", "status"), [("worst_kind_recall >= 0", 0), ("worst_kind_recall >= 0.9", 3)]
)
def test_a_limit_on_the_worst_kind_holds_for_a_tally_as_for_its_rows(run, file, day, limit, status):
    options = ("--fail-unless", limit, "--point-estimate", "--miss-cost", "0.1")
    assert run("evaluate", file, *options, "--type", "kind")[0] == status
    assert run("evaluate", day, *options)[0] == status


def test_a_tally_counted_against_the_current_system_certifies_like_its_rows(
    run, file, day, tmp_path
):
    alone = tmp_path / "alone.tally"
    assert run("tally", file, "--at", "0.5", "-o", alone)[0] == 0
    (scenario := tmp_path / "s.toml").write_text('[today]\nmodel = "rule"\nthreshold = 0.5\n')
    asked = ("--guarantee", "revenue_impact >= -100", "--miss-cost", "2", "--scenario", scenario)
    of_rows, of_day, of_alone = (run("evaluate", one, *asked)[1] for one in (file, day, alone))
    assert of_day["guaranteed"] == of_rows["guaranteed"]
    assert of_rows["guaranteed"]["points"]
    codes = [[p["code"] for p in output["problems"]] for output in (of_rows, of_day, of_alone)]
    assert ["W_TALLYTODAY" in own for own in codes] == [False, False, True]


def test_the_recall_of_the_worst_part_has_an_interval(run, file, day):
    limits = ("--fail-unless", "worst_segment_recall>=0.1", "--fail-unless", "recall >= 0")
    output = run("evaluate", file, *limits, "--segment", "site")[1]["limits"]["models"]
    for of in output.values():
        worst, recall = of["limits"]
        assert worst["value_interval"][0] <= worst["value"] <= worst["value_interval"][1]
        assert worst["value"] <= worst["value_shrunken"] <= 1
        assert "value_interval" not in recall
    assert run("evaluate", day, *limits)[1]["limits"]["models"] == output


def test_a_tally_of_weights_gives_parts_without_intervals(run, frame, tmp_path):
    file, day = tmp_path / "scores.csv", tmp_path / "day.tally"
    frame.assign(weight=[0.5, 1.0] * 4).to_csv(file, index=False)
    run("tally", file, *COUNTED, "-o", day)
    asked = ("--by", "site", "--at", "0.5", "--bootstrap", "100")
    _, output = run("evaluate", day, *asked)
    assert "W_TALLYPARTS" in [p["code"] for p in output["problems"]]
    _, rows = run("evaluate", file, *asked[:4])
    assert output["models"]["rule"]["by"] == rows["models"]["rule"]["by"]


def test_a_sum_names_the_parts_in_its_rest(run, frame, file, tmp_path):
    """The first day has one kind, so the second day counts its other kind in the rest."""
    first, day, following, whole, total = (
        tmp_path / name for name in ("one.csv", "d.tally", "n.tally", "w.tally", "sum.tally")
    )
    frame.assign(id=[f"v{k}" for k in range(8)]).replace({"kind": {"crack": "dent"}}).to_csv(first)
    run("tally", first, "--type", "kind", "--at", "0.5", "-o", day)
    run("tally", file, "--type", "kind", "--like", day, "-o", following)
    [output] = [p for p in run("evaluate", following, "--type", "kind", "--at", "0.5")[1]["problems"]
              if p["code"] == "W_OTHERS"]  # fmt: skip
    assert "does not have" in output["message"]
    assert (output["column"], "more than" in output["message"]) == ("kind", False)
    third = frame.assign(id=[f"w{k}" for k in range(8)])
    third.to_csv(tmp_path / "third.csv", index=False)
    run("tally", tmp_path / "third.csv", "--type", "kind", "--at", "0.5", "-o", whole)
    status, output = run("tally", "--add", following, whole, "--common-thresholds", "-o", total)
    assert status == 0
    [warned] = [p for p in output["problems"] if p["code"] == "W_OTHERS"]
    assert (warned["column"], warned["message"].split(": ")[1]) == ("kind", "crack")
    assert "crack" not in output["breakdowns"]["type"]["kind"]


def test_the_current_model_must_be_counted(run, file, tmp_path):
    day = tmp_path / "d.tally"
    status, output = run("tally", file, "--today", "nobody@0.5", "-o", day)
    [problem] = output["problems"]
    assert (status, problem["code"], problem["value"]) == (2, "E_TODAY", "nobody")
    assert "net@3, rule" in problem["message"]


def test_a_tally_skips_a_current_model_of_a_scenario_that_the_file_does_not_have(
    run, file, tmp_path
):
    day, scenario = tmp_path / "d.tally", tmp_path / "s.toml"
    scenario.write_text('[today]\nmodel = "nobody"\nthreshold = 0.5\n', encoding="utf-8")
    status, output = run("tally", file, "--scenario", scenario, "-o", day)
    assert (status, output["breakdowns"]["today"]) == (0, None)
    assert "W_TODAY" in [p["code"] for p in output["problems"]]
    assert run("tally", file, "--scenario", scenario, "--today", "rule@0.5", "-o", day)[0] == 0


def test_a_day_without_one_column_keeps_the_others(run, frame, tmp_path):
    wide, narrow, day, following = (
        tmp_path / name for name in ("wide.csv", "narrow.csv", "d.tally", "n.tally")
    )
    frame = frame.assign(line=[1, 2] * 4)
    frame.to_csv(wide, index=False)
    later = frame.assign(id=[f"v{k}" for k in range(8)])
    later.drop(columns=["site", "kind"]).to_csv(narrow, index=False)
    columns = ("--segment", "line", "--segment", "site", "--type", "kind", "--at", "0.5")
    run("tally", wide, *columns, "-o", day)
    status, output = run("tally", narrow, "--like", day, "-o", following)
    assert (status, output["breakdowns"]["segments"]) == (0, {"line": ["1", "2"]})
    [warned] = [p for p in output["problems"] if p["code"] == "W_BREAKDOWNS"]
    assert {*warned["message"].split(": ")[-1].split(", ")} == {"site", "kind"}
    _, output = run("tally", "--add", day, following, "-o", tmp_path / "sum.tally")
    assert output["breakdowns"]["segments"] == {"line": ["1", "2"]}
    status, output = run("tally", narrow, "--like", day, "--segment", "site", "-o", following)
    assert (status, output["problems"][0]["code"]) == (2, "E_COLUMN")
