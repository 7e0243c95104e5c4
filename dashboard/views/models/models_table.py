"""The table of models that can be sorted: its columns, cells and order, and the same as values."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.cards import has_places
from dashboard.analysis.models.table import Best, ModelRow, marked_models, models_within_limits
from dashboard.figures.model_styles import styles_of_discussed
from dashboard.figures.palette import POINT_MARKS, SHAPES
from dashboard.page_view import PageView
from dashboard.words.models.columns import (
    cell_text,
    column_decimals,
    column_groups,
    column_heads,
    decimals_by_column,
    interval_texts,
    scale_of,
    short,
    shown_columns,
)
from dashboard.words.numbers import in_column
from metrics import Direction

ROWS = 15
"""Models that are in sight at a time."""


def _frame(page: PageView, rows: list[ModelRow]) -> pd.DataFrame:
    """The table as it is shown; its columns are named in `_columns`."""
    out: dict[str, list[Any]] = {"model": [page.label(row.model) for row in rows]}
    for k, s in enumerate(page.analysis.stakeholders):
        o, scenario = s.objective, page.analysis.scenario
        out[f"rank {s.name}"] = [_place(page.analysis, row.best[k]) for row in rows]
        values = [row.best[k].value for row in rows]
        scale, _ = scale_of(page.analysis, o, values)
        digits = column_decimals(values, scale)
        out[f"best {s.name}"] = [
            in_column(o, value, scenario) if scale == 1 else short(value / scale, digits)
            for value in values
        ]
        out[f"ends {s.name}"] = interval_texts(page.analysis, rows, k)
        if o.is_clipped and any(row.infinite_rows for row in rows):
            out[f"infinite {s.name}"] = [row.infinite_rows for row in rows]
    if page.analysis.limits:
        within = models_within_limits(page.analysis)
        out["limits"] = ["yes" if row.model in within else "no" for row in rows]
    out["auc"] = [row.auc for row in rows]
    if not all(math.isnan(row.slope) for row in rows):
        out["slope"] = [row.slope for row in rows]
    if not all(math.isnan(row.serving_cost) for row in rows):
        out["serving"] = [float(f"{row.serving_cost:.3g}") for row in rows]
    for k, (_, cells) in enumerate(shown_columns(page.analysis, rows)):
        numbers = [_number(cell) for cell in cells]
        are_numbers = all(math.isfinite(n) for n, cell in zip(numbers, cells, strict=True) if cell)
        out[f"other {k}"] = numbers if are_numbers else cells
    found = pd.DataFrame(out)
    gone = {
        f"ends {s.name}" for s in page.analysis.stakeholders if not found[f"ends {s.name}"].any()
    }
    if (
        page.analysis.shows_intervals
    ):  # beside which a place is said only where chance in it is judged
        gone |= {
            f"rank {s.name}" for s in page.analysis.stakeholders if not has_places(s.objective)
        }
    known = [name for name in found if name not in gone]
    return found[known]


def _place(analysis: Analysis, best: Best) -> int | str | None:
    """A model's place, beside intervals those among which it lies, if known: ``1``, ``1 to 3``."""
    if best.places is None:
        return None if analysis.shows_intervals else best.rank
    first, last = best.places
    return first if first == last else f"{first} to {last}"


def table_of(page: PageView, rows: list[ModelRow]) -> dict[str, Any]:
    """The table for the browser: its heads, and of each row the words and what it is sorted by."""
    frame, columns = _frame(page, rows), column_heads(page.analysis, rows)
    names = [str(name) for name in frame]
    places = decimals_by_column(page.analysis, rows, frame)
    marked, model_styles = (
        marked_models(page.selection),
        styles_of_discussed(page.selection, page.choices.axes),
    )
    orders = [_order(page, rows, name, frame[name].tolist()) for name in names]
    cells = [
        [
            cell_text(cell, decimals)
            for cell, decimals in zip(frame[name].tolist(), own, strict=True)
        ]
        for name, own in zip(names, places, strict=True)
    ]
    return {
        "alt": "Every model’s rank and best figure for each stakeholder",
        "long": len(rows) > ROWS,
        "groups": column_groups(page.analysis, names),
        "heads": [
            {
                "label": columns[name].label,
                "help": columns[name].help,
                "text": any(isinstance(one, str) for one in order) or name == "limits",
                "best": _best_first(page.analysis, name),
            }
            for name, order in zip(names, orders, strict=True)
        ],
        "rest": names.index(f"best {page.analysis.stakeholders[-1].name}"),
        "rows": [
            {
                "cells": [column[k] for column in cells],
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


def _order(
    page: PageView, rows: list[ModelRow], name: str, cells: list[Any]
) -> list[float | str | None]:
    """What a column is sorted by: its numbers, how far from 1, an interval's lower end; None stands last."""
    if name.startswith("ends "):
        k = [f"ends {s.name}" for s in page.analysis.stakeholders].index(name)
        cells = [row.best[k].ends[0] for row in rows]
    if name.startswith("rank "):
        k = [f"rank {s.name}" for s in page.analysis.stakeholders].index(name)
        cells = [row.best[k].rank for row in rows]
    if name == "model":
        cells = [page.label(row.model) for row in rows]
    if name == "slope":
        cells = [abs(row.slope - 1) for row in rows]
    if name == "limits":
        within = models_within_limits(page.analysis)
        cells = [int(row.model not in within) for row in rows]
    return [
        (cell or None) if isinstance(cell, str) else float(cell) if _is_number(cell) else None
        for cell in cells
    ]


def _best_first(analysis: Analysis, name: str) -> str:
    """In which direction a column is sorted that has its best on top."""
    wishes = {
        f"{kind} {s.name}": s.objective.direction
        for kind in ("best", "ends")
        for s in analysis.stakeholders
    }
    falls = name == "auc" or wishes.get(name) is Direction.MAXIMISE
    return "descending" if falls else "ascending"


def _is_number(cell: Any) -> bool:
    return cell is not None and math.isfinite(cell)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def values_of(page: PageView, rows: list[ModelRow]) -> pd.DataFrame:
    """The table as values, for other programs: each model's best figures as they are, with their ends."""
    out: dict[str, list[Any]] = {"model": [page.label(row.model) for row in rows]}
    for k, s in enumerate(page.analysis.stakeholders):
        best, name = [row.best[k] for row in rows], f"{s.name}_{s.objective.id}"
        out[f"{s.name}_rank"] = [one.rank for one in best]
        out[name] = [one.value for one in best]
        if not s.objective.of_model:
            out[f"{name}_threshold"] = [one.pick and one.pick.threshold for one in best]
        out[f"{name}_low"] = [one.ends[0] for one in best]
        out[f"{name}_high"] = [one.ends[1] for one in best]
    out["roc_auc"] = [row.auc for row in rows]
    out["calibration_slope"] = [row.slope for row in rows]
    out["serving_cost_a_year"] = [row.serving_cost for row in rows]
    known = pd.DataFrame(out | dict(shown_columns(page.analysis, rows)))
    return known.dropna(axis="columns", how="all").convert_dtypes()
