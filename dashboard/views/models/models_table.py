"""Sortable table of models: data for the browser, and values for a downloaded file."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pandas as pd

from dashboard.analysis.models.table import ModelRow, marked_models
from dashboard.figures.model_styles import SHAPES, styles_of_discussed
from dashboard.figures.palette import POINT_MARKS
from dashboard.page_view import PageView
from dashboard.words.models.columns import columns_of, shown_columns

ROWS = 15
"""Number of models that are visible without scrolling."""
FIRST = ("model", "best", "ends", "limits", "auc")
"""Columns that are shown at first, by the first word of their id."""


def table_of(page: PageView, rows: list[ModelRow], *, is_whole: bool = True) -> dict[str, Any]:
    """Data of the table for the browser: heads, and texts and sort keys of each row.

    Parameters
    ----------
    is_whole : bool
        Whether to show all columns. Otherwise only figures, intervals, limits and AUC are shown.
    """
    columns = columns_of(page.selection, page.names, rows)
    if not is_whole:
        columns = [column for column in columns if column.id.partition(" ")[0] in FIRST]
    orders = [column.order for column in columns]
    marked = marked_models(page.selection)
    model_styles = styles_of_discussed(page.selection, page.choices.axes)
    return {
        "alt": "Every model’s rank and best figure for each stakeholder",
        "long": len(rows) > ROWS,
        "brief": not is_whole,
        "groups": [
            (group, len(list(same)))
            for group, same in groupby(columns, lambda column: column.group)
        ],
        "heads": [
            {
                "label": column.label,
                "help": column.help,
                "text": column.is_text or any(isinstance(key, str) for key in order),
                "best": "descending" if column.is_largest_best else "ascending",
            }
            for column, order in zip(columns, orders, strict=True)
        ],
        "rest": [column.id for column in columns].index(
            f"best {page.analysis.stakeholders[-1].name}"
        ),
        "rows": [
            {
                "cells": [column.texts[k] or "–" for column in columns],
                "order": [order[k] for order in orders],
                "chosen": row.model == page.selection.point.model,
                "mark": POINT_MARKS[marked[row.model]] if row.model in marked else "",
                "shape": SHAPES[model_styles[row.model].symbol],
                "color": model_styles[row.model].color(page.palette),
                "ink": model_styles[row.model].light,
            }
            for k, row in enumerate(rows)
        ],
    }


def values_of(page: PageView, rows: list[ModelRow]) -> pd.DataFrame:
    """Values of the table for other programs: best figures of each model with their intervals."""
    out: dict[str, list[Any]] = {"model": [page.label(row.model) for row in rows]}
    for k, s in enumerate(page.analysis.stakeholders):
        best, name = [row.best[k] for row in rows], f"{s.name}_{s.objective.id}"
        out[f"{s.name}_rank"] = [figure.rank for figure in best]
        out[name] = [figure.value for figure in best]
        if not s.objective.of_model:
            out[f"{name}_threshold"] = [figure.pick and figure.pick.threshold for figure in best]
        out[f"{name}_low"] = [figure.ends[0] for figure in best]
        out[f"{name}_high"] = [figure.ends[1] for figure in best]
    out["roc_auc"] = [row.auc for row in rows]
    out["calibration_slope"] = [row.slope for row in rows]
    out["serving_cost_a_year"] = [row.serving_cost for row in rows]
    frame = pd.DataFrame(out | dict(shown_columns(page.analysis, rows)))
    return frame.dropna(axis="columns", how="all").convert_dtypes()
