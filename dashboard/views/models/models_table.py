"""The table of models that can be sorted: its columns, cells and order, and the same as values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.cards import has_places
from dashboard.analysis.models.table import Best, ModelRow, marked_models, models_within_limits
from dashboard.figures.model_styles import styles_of_discussed
from dashboard.figures.palette import POINT_MARKS, SHAPES
from dashboard.page_view import PageView
from dashboard.words.limit_names import aside_words, limit_noun, within_noun
from dashboard.words.models.table import AT_BEST
from dashboard.words.numbers import (
    APART,
    MINUS,
    ROUNDED_IN_COLUMN,
    alike_in_column,
    below_all,
    beyond,
    decimals_in_column,
    ends_in_column,
    in_column,
    is_money,
    number,
    shared_step,
    unit_words,
)
from dashboard.words.phrases import capital
from metrics import Direction, Objective, Unit

ROWS = 15
"""Models that are in sight at a time."""


def _frame(page: PageView, rows: list[ModelRow]) -> pd.DataFrame:
    """The table as it is shown; its columns are named in `_columns`."""
    out: dict[str, list[Any]] = {"model": [page.label(row.model) for row in rows]}
    for k, s in enumerate(page.stakeholders):
        o, scenario = s.objective, page.scenario
        out[f"rank {s.name}"] = [_place(page.analysis, row.best[k]) for row in rows]
        values = [row.best[k].value for row in rows]
        scale, _ = scale_of(page.analysis, o, values)
        digits = _decimals(values, scale)
        out[f"best {s.name}"] = [
            in_column(o, value, scenario) if scale == 1 else short(value / scale, digits)
            for value in values
        ]
        out[f"ends {s.name}"] = _ends_of(page.analysis, rows, k)
        if o.is_clipped and any(row.infinite_rows for row in rows):
            out[f"infinite {s.name}"] = [row.infinite_rows for row in rows]
    if page.limits:
        within = models_within_limits(page.analysis)
        out["limits"] = ["yes" if row.model in within else "no" for row in rows]
    out["auc"] = [row.auc for row in rows]
    if not all(math.isnan(row.slope) for row in rows):
        out["slope"] = [row.slope for row in rows]
    if not all(math.isnan(row.serving_cost) for row in rows):
        out["serving"] = [float(f"{row.serving_cost:.3g}") for row in rows]
    for k, (_, cells) in enumerate(_shown_columns(page.analysis, rows)):
        numbers = [_number(cell) for cell in cells]
        are_numbers = all(math.isfinite(n) for n, cell in zip(numbers, cells, strict=True) if cell)
        out[f"other {k}"] = numbers if are_numbers else cells
    found = pd.DataFrame(out)
    gone = {f"ends {s.name}" for s in page.stakeholders if not found[f"ends {s.name}"].any()}
    if (
        page.analysis.shows_intervals
    ):  # beside which a place is said only where chance in it is judged
        gone |= {f"rank {s.name}" for s in page.stakeholders if not has_places(s.objective)}
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
    frame, columns = _frame(page, rows), _columns(page.analysis, rows)
    names = [str(name) for name in frame]
    places = _decimals_of(page.analysis, rows, frame)
    marked, model_styles = (
        marked_models(page.selection),
        styles_of_discussed(page.selection, page.choices.axes),
    )
    orders = [_order(page, rows, name, frame[name].tolist()) for name in names]
    cells = [
        [_cell(cell, decimals) for cell, decimals in zip(frame[name].tolist(), own, strict=True)]
        for name, own in zip(names, places, strict=True)
    ]
    return {
        "alt": "Every model’s rank and best figure for each stakeholder",
        "long": len(rows) > ROWS,
        "groups": _groups(page.analysis, names),
        "heads": [
            {
                "label": columns[name].label,
                "help": columns[name].help,
                "text": any(isinstance(one, str) for one in order) or name == "limits",
                "best": _best_first(page.analysis, name),
            }
            for name, order in zip(names, orders, strict=True)
        ],
        "rest": names.index(f"best {page.stakeholders[-1].name}"),
        "rows": [
            {
                "cells": [column[k] for column in cells],
                "order": [order[k] for order in orders],
                "chosen": row.model == page.chosen.model,
                "mark": POINT_MARKS[marked[row.model]] if row.model in marked else "",
                "shape": SHAPES[model_styles[row.model].symbol],
                "color": model_styles[row.model].color(page.palette),
                "ink": model_styles[row.model].light,
            }
            for k, row in enumerate(rows)
        ],
    }


def _cell(cell: object, decimals: int | None) -> str:
    if not isinstance(cell, int | float):
        return "–" if cell in (None, "") else str(cell)
    if math.isnan(cell):
        return "–"
    if decimals is not None or isinstance(cell, int):
        return number(cell, decimals or 0)
    return f"{cell:,.10g}".replace("-", MINUS)


def _order(
    page: PageView, rows: list[ModelRow], name: str, cells: list[Any]
) -> list[float | str | None]:
    """What a column is sorted by: its numbers, how far from 1, an interval's lower end; None stands last."""
    if name.startswith("ends "):
        k = [f"ends {s.name}" for s in page.stakeholders].index(name)
        cells = [row.best[k].ends[0] for row in rows]
    if name.startswith("rank "):
        k = [f"rank {s.name}" for s in page.stakeholders].index(name)
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


def _groups(analysis: Analysis, names: Sequence[str]) -> list[tuple[str, int]]:
    """Heads that say whose columns are whose, with how many; none stands over the model's name."""
    heads = {s.name: f"{s.title}: {s.objective.label}" for s in analysis.stakeholders}
    heads |= {
        "model": "",
        "limits": capital(limit_noun(analysis)) if analysis.limits else "",
        "auc": ANY,
        "slope": ANY,
        "serving": "Serving",
        "other": "From the models file",
    }
    whose = [heads.get(name.split()[-1]) or heads[name.split()[0]] for name in names]
    return [(head, len(list(same))) for head, same in groupby(whose)]


ANY = "At any threshold"
"""Over what no threshold changes."""


MILLIONS = {1e9: "billion", 1e6: "million"}
"""What figures are counted in where they would have more digits than anybody reads."""


def scale_of(analysis: Analysis, o: Objective, values: Sequence[float]) -> tuple[float, str]:
    """What a column of figures is counted in, and its name; 1 where it is as it stands."""
    if o.unit is not Unit.COUNT and not is_money(o.unit, analysis.scenario):
        return 1, ""
    most = max((abs(value) for value in values if math.isfinite(value)), default=0)
    least = 1 if is_money(o.unit, analysis.scenario) else 10
    return next(
        ((scale, name) for scale, name in MILLIONS.items() if most >= least * scale), (1, "")
    )


def _ends_of(analysis: Analysis, rows: list[ModelRow], k: int) -> list[str]:
    """Intervals of the k-th stakeholder's best figures, in the unit of their column."""
    o = analysis.stakeholders[k].objective
    values = [row.best[k].value for row in rows]
    scale, _ = scale_of(analysis, o, values)
    found = [
        ends_in_column(o, row.best[k].value, *row.best[k].ends, analysis.scenario)
        if scale == 1
        else _short_ends(*row.best[k].ends, scale, _decimals(values, scale))
        for row in rows
    ]
    return [ends.replace("-", MINUS) for ends in found]


def _decimals_of(
    analysis: Analysis, rows: list[ModelRow], frame: pd.DataFrame
) -> list[Sequence[int | None]]:
    """Decimals of the cells of each column of the table; None of what has its own digits."""
    # So many that none short of 1 is written as 1.
    auc = [below_all(row.auc, AUC_DECIMALS, 1.0) for row in rows]
    found: dict[str, Sequence[int]] = {
        "auc": alike_in_column(auc, AUC_DECIMALS),
        "slope": [2] * len(rows),
    }
    for k, s in enumerate(analysis.stakeholders):
        o, values = s.objective, [row.best[k].value for row in rows]
        scale, millions = scale_of(analysis, o, values)
        if o.unit in ROUNDED_IN_COLUMN:
            found[f"best {s.name}"] = decimals_in_column(o, values)
        elif millions:
            found[f"best {s.name}"] = [_decimals(values, scale)] * len(rows)
    return [found.get(str(name), [None] * len(rows)) for name in frame.columns]


def _decimals(values: Sequence[float], scale: float) -> int:
    """Decimals of all figures of a column: those that its largest has in three digits."""
    most = max((abs(value) for value in values if math.isfinite(value)), default=0.0) / scale
    return 0 if most == 0 else min(2, max(0, 2 - math.floor(math.log10(most))))


def short(value: float, decimals: int = 2) -> float:
    """A figure in at most three digits and so many decimals, rounded once."""
    if not math.isfinite(value) or value == 0:
        return value if value == 0 else math.nan
    return round(value, min(decimals, 2 - math.floor(math.log10(abs(value)))))


def _short_ends(low: float, high: float, scale: float, decimals: int) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    # Outwards, so that they hold their figure.
    step = max(scale / 10**decimals, shared_step(low, high))
    cut = beyond(low, step, up=False), beyond(high, step, up=True)
    first, last = (f"{end / scale:,.{decimals}f}" for end in cut)
    return "" if first == last else f"{first} to {last}"


def _shown_columns(analysis: Analysis, rows: list[ModelRow]) -> list[tuple[str, list[str]]]:
    """Columns of the models file that say something of the models, a cell for each row."""
    cells = [(name, dict(of)) for name, of in analysis.dataset.of_models]
    shown = [(name, [of.get(row.model, "") for row in rows]) for name, of in cells]
    return [(name, column) for name, column in shown if any(column)]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def column_unit(analysis: Analysis, o: Objective) -> str:
    """The unit of a column of figures, for its head."""
    if o.unit in (Unit.SHARE, Unit.PERCENT):
        return "%"
    unit = unit_words(o, analysis.scenario)
    return (
        f"{analysis.scenario.currency} {unit}".strip()
        if is_money(o.unit, analysis.scenario)
        else unit
    )


AUC_DECIMALS = 3
"""Of a column of areas, unless one of them would read as 1."""


SHORT_UNIT = 16
"""Characters of a unit that fits the head of a narrow column; a longer one is under the pointer."""


@dataclass(frozen=True)
class Head:
    """Of a column: its name, and what it is under the pointer."""

    label: str
    help: str


def _columns(analysis: Analysis, rows: list[ModelRow]) -> dict[str, Head]:
    apart_from = f", {aside_words(analysis)}" if analysis.limits else ""
    columns = {
        "model": Head(f"Model at its best{apart_from}", f"{AT_BEST} The chosen model is tinted.")
    }
    could_be = "; from one place to another where the order between them could be chance"
    for k, s in enumerate(analysis.stakeholders):
        o = s.objective
        values = [row.best[k].value for row in rows]
        _, millions = scale_of(analysis, o, values)
        unit = f"{millions} {column_unit(analysis, o)}".strip()
        named = bool(unit) and len(unit) <= SHORT_UNIT
        head = f"Best, {unit}" if named or millions else "Best"
        percent = o.unit in (Unit.SHARE, Unit.PERCENT)
        apart = ", " if o.unit in APART or percent else " "
        whole = f"{capital(o.label)}{apart if unit else ''}{unit}"
        columns[f"rank {s.name}"] = Head(
            "Place",
            f"Among the models, for the {s.title.lower()}"
            f"{could_be if analysis.shows_intervals else ''}.",
        )
        columns[f"best {s.name}"] = Head(
            head,
            f"{whole}: the best that the model can do for the {s.title.lower()}{apart_from}.",
        )
        columns[f"ends {s.name}"] = Head(
            "95\N{NO-BREAK SPACE}% interval",
            "Such an interval holds the true figure in 95 of 100 samples.",
        )
        columns[f"infinite {s.name}"] = Head(
            "Sure but wrong",
            "Units that the model was certain of, and wrong: its log loss is infinite. What stands "
            "before it counts the smallest certainty instead, as scikit-learn does.",
        )
    if analysis.limits:
        columns["limits"] = Head(
            "Met in this file",
            f"Whether the model has a threshold that is {within_noun(analysis)} there.",
        )
    columns["auc"] = Head("AUC", "How often a defect scores above a good unit; 1 is perfect.")
    columns["slope"] = Head(
        "Calibration slope (best\N{NO-BREAK SPACE}1)",
        "1 is right, below 1 the probabilities are too extreme. The nearest to 1 is best.",
    )
    columns["serving"] = Head(
        f"{analysis.scenario.currency} a year",
        "What the workers cost that bear the load.",
    )
    for k, (name, _) in enumerate(_shown_columns(analysis, rows)):
        columns[f"other {k}"] = Head(name.replace("_", " "), "From the models file.")
    return columns


def values_of(page: PageView, rows: list[ModelRow]) -> pd.DataFrame:
    """The table as values, for other programs: each model's best figures as they are, with their ends."""
    out: dict[str, list[Any]] = {"model": [page.label(row.model) for row in rows]}
    for k, s in enumerate(page.stakeholders):
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
    known = pd.DataFrame(out | dict(_shown_columns(page.analysis, rows)))
    return known.dropna(axis="columns", how="all").convert_dtypes()
