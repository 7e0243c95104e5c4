"""Tests of the table of models: consistent number formats, and units in the heads."""

from __future__ import annotations

import math
from dataclasses import replace

from dashboard.analysis.models.table import rows_of
from dashboard.session.choices import Choices
from dashboard.views.models.models_table import table_of, values_of
from dashboard.words.models.columns import columns_of
from dashboard.words.models.table import auc_text
from metrics import Payoff, Scenario
from metrics.inference.certainty import Certainty
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR
from tests.dashboard.tables import NASTY

PRICED = Scenario(payoff=Payoff(1.1, -0.2, -12.0, -1.0), units_per_year=1e6)


def by_id(page, rows):
    return {column.id: column for column in columns_of(page.selection, page.names, rows)}


def test_every_row_has_a_cell_and_a_sort_key_in_each_column(tmp_path):
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


def test_each_column_sorts_its_best_first(tmp_path):
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


def test_words_of_a_models_file_are_aligned_as_text(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices())
    rows = rows_of(page.analysis)
    by = ((rows[-1].model, "Ann"),)  # the other models have no name there
    page = page.analysed(dataset=replace(page.analysis.dataset, of_models=(("by", by),)))
    assert table_of(page, rows)["heads"][-1]["text"]


def test_the_table_can_be_downloaded_as_values(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices())
    rows = rows_of(page.analysis)
    values = values_of(page, rows)
    assert values["model"].tolist() == [page.label(row.model) for row in rows]
    o = page.analysis.stakeholder("product").objective
    assert values[f"product_{o.id}"].tolist() == [row.best[1].value for row in rows]
    assert values["roc_auc"].tolist() == [row.auc for row in rows]
    assert f"product_{o.id}_low" not in values  # without resamples


def test_a_missing_figure_is_a_dash_and_sorted_last(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices())
    rows = rows_of(page.analysis)
    best = rows[0].best
    gone = replace(rows[0], best=(best[0], replace(best[1], value=math.nan, rank=None), best[2]))
    table = table_of(page, [gone, *rows[1:]])
    place = list(by_id(page, rows)).index("best product")
    assert [table["rows"][0][part][place] for part in ("cells", "order")] == ["–", None]


def test_further_facts_of_a_models_file_have_columns(tmp_path):
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
