"""Tests of the table of models: consistent number formats, and units in the heads."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from markupsafe import Markup

from dashboard.analysis.analysis import point_of
from dashboard.analysis.limits import feasibility_of, limits_status
from dashboard.analysis.models.table import chances_of_best, rows_of
from dashboard.figures.model_styles import styles_of_discussed
from dashboard.figures.palette import SHAPES
from dashboard.session.choices import Choices
from dashboard.views.models.cost_strips import intervals_joined
from dashboard.views.models.models_table import (
    table_of,
    values_of,
)
from dashboard.views.models.ranking_charts import rankings_of
from dashboard.words.limits import limits_status_words
from dashboard.words.models.columns import ANY, columns_of
from dashboard.words.models.table import (
    auc_text,
    best_models_sentence,
    chart_key,
    findings,
    left_out_sentences,
)
from dashboard.words.numbers import ends, figure
from dashboard.words.phrases import bound_words
from metrics import Payoff, Scenario, Today
from metrics.inference.optimism import Certainty
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR
from tests.dashboard.tables import NASTY

PRICED = Scenario(payoff=Payoff(1.1, -0.2, -12.0, -1.0), units_per_year=1e6)


def _findings(page):
    rows, chances = rows_of(page.analysis), chances_of_best(page.analysis)
    return findings(page.analysis, page.names, rows, chances, feasibility_of(page.analysis))


def _best(page, rows, *chances):
    return best_models_sentence(
        page.analysis, page.names, rows, chances or chances_of_best(page.analysis)
    )


def by_id(page, rows):
    return {column.id: column for column in columns_of(page.selection, page.names, rows)}


def test_a_cell_has_its_unit_and_a_head_names_it(tmp_path):
    page = built_table(tmp_path, FOUR, PRICED, Choices(), resampled=True)
    rows, scenario = rows_of(page.analysis), page.analysis.scenario
    columns = by_id(page, rows)
    assert columns["model"].label == "Model at its best"  # and not at the chosen threshold
    assert columns["best executive"].help.startswith("Revenue against no checks, a year: ")
    assert columns["slope"].label == "Calibration slope (best\N{NO-BREAK SPACE}1)"
    assert [name for name, _ in table_of(page, rows)["groups"]] == [
        "",
        "Data scientist: log loss",
        "Product manager: missed defects",
        "Executive: revenue against no checks",
        ANY,
    ]
    for k, s in enumerate(page.analysis.stakeholders):
        o = s.objective
        assert columns[f"best {s.name}"].texts == tuple(
            figure(o, row.best[k].value, scenario) for row in rows
        )
        assert columns[f"ends {s.name}"].texts == tuple(
            ends(o, row.best[k].value, *row.best[k].ends, scenario) for row in rows
        )


@pytest.mark.parametrize("resampled", [False, True])
def test_dot_plots_are_kept_for_all_points_that_change_nothing_in_them(tmp_path, resampled):
    """Nor does a best that is chosen: its interval is like all others."""
    wishes = Choices(objectives=("log_loss", "missed_defects", "cost_of_errors"))
    page = built_table(tmp_path, FOUR, Scenario(), wishes, resampled=resampled)
    shown = frozenset(FOUR.models)
    bests = {
        best.pick.threshold for row in rows_of(page.analysis) for best in row.best if best.pick
    }
    points = page.analysis.points.reset_index(drop=True)
    of_model = points[points["model"] == page.selection.point.model]
    others = of_model.index[~of_model["threshold"].isin(bests)][:3].to_list()
    assert len(others) == 3
    moved = [page.select(point_of(page.analysis.points, row)) for row in others]
    drawn = [rankings_of(one, rows_of(one.analysis), shown) for one in moved]
    assert drawn[0] is drawn[1] is drawn[2]
    assert rankings_of(page, rows_of(page.analysis), shown) is drawn[0]


def test_every_row_has_a_cell_and_what_it_is_sorted_by_for_each_head(tmp_path):
    page = built_table(tmp_path, FOUR, PRICED, Choices(), resampled=True)
    rows = rows_of(page.analysis)
    table = table_of(page, rows)
    count = len(table["heads"])
    assert sum(span for _, span in table["groups"]) == count
    assert {len(row[part]) for row in table["rows"] for part in ("cells", "order")} == {count}
    labels = [head["label"] for head in table["heads"]]
    ends = labels.index("95% interval")
    assert [row["order"][ends] for row in table["rows"]] == [row.best[0].ends[0] for row in rows]
    auc = labels.index("AUC")
    assert [row["cells"][auc] for row in table["rows"]] == [auc_text(row.auc) for row in rows]
    assert [row["chosen"] for row in table["rows"]] == [
        row.model == page.selection.point.model for row in rows
    ]


def test_at_first_the_table_has_nine_columns_of_which_the_last_stakeholders_orders_it(tmp_path):
    limits = Choices(limits=(("recall", 0.5),))
    page = built_table(tmp_path, FOUR, PRICED, limits, resampled=True)
    rows = rows_of(page.analysis)
    whole, first = (table_of(page, rows, is_whole=is_whole) for is_whole in (True, False))
    assert len(first["heads"]) == 9 < len(whole["heads"])
    assert all(head in whole["heads"] for head in first["heads"])
    assert first["heads"][first["rest"]] == whole["heads"][whole["rest"]]


def test_a_models_name_follows_its_marks_in_the_table(tmp_path):
    at = FOUR.thresholds(FOUR.models[1])[40]
    scenario = Scenario(today=Today(FOUR.models[1], at))
    page = built_table(tmp_path, FOUR, scenario, Choices())
    assert page.selection.point.model != page.analysis.current.model
    rows = rows_of(page.analysis)
    said = {
        row.model: (one["mark"], one["shape"], one["color"], one["cells"][0])
        for row, one in zip(rows, table_of(page, rows)["rows"], strict=True)
    }
    drawn = styles_of_discussed(page.selection, page.choices.axes)
    kinds = {page.analysis.current.model: "◇", page.selection.point.model: "◉"}
    assert said == {
        model: (kinds.get(model, ""), SHAPES[style.symbol], style.light, page.label(model))
        for model, style in drawn.items()
    }


def test_each_column_has_its_best_first_and_the_table_begins_with_the_executives(tmp_path):
    limit = Choices(seed=43, limits=(("cost_of_errors", 60.0),))
    page = built_table(tmp_path, FOUR, PRICED, limit, resampled=True)
    rows = rows_of(page.analysis)
    table, names = table_of(page, rows), list(by_id(page, rows))
    best = dict(zip(names, [head["best"] for head in table["heads"]], strict=True))
    falling = {"best executive", "ends executive", "auc"}
    assert {name for name, way in best.items() if way == "descending"} == falling
    assert names[table["rest"]] == "best executive"

    def in_order(name, models):
        place = names.index(name)
        order = {
            row.model: one["order"][place] for row, one in zip(rows, table["rows"], strict=True)
        }
        values = [order[model] for model in models]
        assert values == sorted(values, reverse=best[name] == "descending"), name

    in_order("best executive", [row.model for row in rows])
    in_order("slope", [r.model for r in sorted(rows, key=lambda row: abs(row.slope - 1))])
    texts = by_id(page, rows)["limits"].texts
    levels = dict(zip([row.model for row in rows], texts, strict=True))
    order = list(Certainty)
    in_order("limits", sorted(levels, key=lambda m: order.index(levels[m].partition(":")[0])))


def test_the_level_of_the_chosen_model_is_that_on_decide(tmp_path):
    limits = Choices(limits=(("recall", 0.8),))
    page = built_table(tmp_path, FOUR, PRICED, limits, resampled=True)
    rows = rows_of(page.analysis)
    found = dict(zip([r.model for r in rows], by_id(page, rows)["limits"].texts, strict=True))
    status = limits_status(page.selection, page.selection.point, at_rest=True)
    said = limits_status_words(page.analysis, status)
    assert all(word in said for word in found[str(page.selection.point.model)].split(": "))
    assert all(text.partition(":")[0] in list(Certainty) for text in found.values())


def test_what_a_file_of_models_says_in_words_is_set_as_text(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices())
    rows = rows_of(page.analysis)
    by = ((rows[-1].model, "Ann"),)  # and nobody of the first
    page = page.analysed(dataset=replace(page.analysis.dataset, of_models=(("by", by),)))
    assert table_of(page, rows)["heads"][-1]["text"]


def test_the_table_is_to_be_had_as_values(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices())
    rows = rows_of(page.analysis)
    values = values_of(page, rows)
    assert values["model"].tolist() == [page.label(row.model) for row in rows]
    o = page.analysis.stakeholder("product").objective
    assert values[f"product_{o.id}"].tolist() == [row.best[1].value for row in rows]
    assert values["roc_auc"].tolist() == [row.auc for row in rows]
    assert f"product_{o.id}_low" not in values  # nobody resampled


def test_what_has_no_figure_is_a_dash_and_is_sorted_last(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices())
    rows = rows_of(page.analysis)
    best = rows[0].best
    gone = replace(rows[0], best=(best[0], replace(best[1], value=math.nan, rank=None), best[2]))
    table = table_of(page, [gone, *rows[1:]])
    place = list(by_id(page, rows)).index("best product")
    assert [table["rows"][0][part][place] for part in ("cells", "order")] == ["–", None]


def test_what_a_models_file_says_besides_has_columns_of_its_own(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices())
    hours = tuple((model, str(k)) for k, model in enumerate(NASTY[:2]))
    page = page.analysed(
        dataset=replace(
            page.analysis.dataset,
            of_models=(
                ("training_hours", hours),
                ("by", ((NASTY[0], "<b>Ann</b>"),)),
                ("of others", (("not here", "1"),)),
            ),
        ),
    )
    rows = rows_of(page.analysis)
    columns = by_id(page, rows)
    place = {row.model: k for k, row in enumerate(rows)}
    assert [columns["other 0"].order[place[m]] for m in NASTY[:2]] == [0, 1]
    assert columns["other 0"].order.count(None) == len(FOUR.models) - 2
    assert columns["other 1"].texts[place[NASTY[0]]] == "<b>Ann</b>"
    assert "other 2" not in columns
    assert columns["other 0"].label == "training hours"


def test_who_keeps_the_limits_is_said_first_and_that_they_do_not_bind_the_ranking(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices())
    assert _findings(page) == [_best(page, rows_of(page.analysis))]
    page = built_table(tmp_path, FOUR, Scenario(), Choices(limits=(("recall", 0.0),)))
    first, best = _findings(page)
    assert first == "In this file all 4 models meet the limit"
    assert best.startswith("Limit aside, ")
    head = by_id(page, rows_of(page.analysis))["model"].label
    assert head == "Model at its best, limit aside"


def test_a_model_that_is_left_out_of_a_chart_is_named(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices())
    rows = rows_of(page.analysis)
    assert left_out_sentences(page.analysis, page.names, rows) == ""
    best = rows[0].best
    gone = replace(rows[0], best=(best[0], replace(best[1], value=math.nan), best[2]))
    bound = page.analysis.stakeholders[1].bound
    assert bound is not None
    assert left_out_sentences(page.analysis, page.names, [gone, *rows[1:]]) == (
        f"Not drawn for the product manager: {page.label(gone.model)}. No threshold qualifies "
        f"{bound_words(bound, page.analysis.scenario)}."
    )


def test_a_model_that_is_cheapest_again_is_named_once():
    down, dot = Markup("▼"), Markup("●")
    bands = [(down, "a", "1 to 2"), (dot, "b", "2 to 3"), (down, "a", "3 to 4")]
    assert intervals_joined(bands) == [(down, "a", "1 to 2, 3 to 4"), (dot, "b", "2 to 3")]


def test_the_key_says_what_dashed_lines_are_only_where_some_have_no_name_of_their_own(tmp_path):
    objectives = ("log_loss", "recall", "false_alarms")
    one, two = (("recall", 0.5),), (("recall", 0.5), ("missed_defects", 10.0))
    said = [
        chart_key(
            built_table(
                tmp_path, FOUR, Scenario(), Choices(objectives=objectives, limits=limits)
            ).analysis
        )
        for limits in (one, two)
    ]
    assert ["Dashed: limits." in words for words in said] == [False, True]
