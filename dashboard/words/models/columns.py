"""Words of the sortable table of models: heads, units, decimals and cells of its columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.models.table import ModelRow
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
    is_money,
    number,
    shared_step,
    unit_words,
)
from dashboard.words.phrases import capital
from metrics import Objective, Unit


def column_groups(analysis: Analysis, names: Sequence[str]) -> list[tuple[str, int]]:
    """Heads of groups of columns, each with its number of columns. The model's name has none."""
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
"""Head of figures that do not depend on the threshold."""


MILLIONS = {1e9: "billion", 1e6: "million"}
"""Scales of large figures, with their names."""


def scale_of(analysis: Analysis, o: Objective, values: Sequence[float]) -> tuple[float, str]:
    """Scale of a column of figures, and its name; 1 if the figures are not scaled."""
    if o.unit is not Unit.COUNT and not is_money(o.unit, analysis.scenario):
        return 1, ""
    most = max((abs(value) for value in values if math.isfinite(value)), default=0)
    least = 1 if is_money(o.unit, analysis.scenario) else 10
    return next(
        ((scale, name) for scale, name in MILLIONS.items() if most >= least * scale), (1, "")
    )


def interval_texts(analysis: Analysis, rows: list[ModelRow], k: int) -> list[str]:
    """Intervals of the k-th stakeholder's best figures, in the unit of their column."""
    o = analysis.stakeholders[k].objective
    values = [row.best[k].value for row in rows]
    scale, _ = scale_of(analysis, o, values)
    found = [
        ends_in_column(o, row.best[k].value, *row.best[k].ends, analysis.scenario)
        if scale == 1
        else _short_ends(*row.best[k].ends, scale, column_decimals(values, scale))
        for row in rows
    ]
    return [ends.replace("-", MINUS) for ends in found]


def decimals_by_column(
    analysis: Analysis, rows: list[ModelRow], frame: pd.DataFrame
) -> list[Sequence[int | None]]:
    """Decimals of the cells of each column; `None` for a cell with digits of its own."""
    # Enough decimals that only a perfect area is written as 1.
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
            found[f"best {s.name}"] = [column_decimals(values, scale)] * len(rows)
    return [found.get(str(name), [None] * len(rows)) for name in frame.columns]


def column_decimals(values: Sequence[float], scale: float) -> int:
    """Decimals of all figures of a column: those of its largest figure in three digits."""
    most = max((abs(value) for value in values if math.isfinite(value)), default=0.0) / scale
    return 0 if most == 0 else min(2, max(0, 2 - math.floor(math.log10(most))))


def short(value: float, decimals: int = 2) -> float:
    """Round a figure once, to at most three digits and the given decimals."""
    if not math.isfinite(value) or value == 0:
        return value if value == 0 else math.nan
    return round(value, min(decimals, 2 - math.floor(math.log10(abs(value)))))


def _short_ends(low: float, high: float, scale: float, decimals: int) -> str:
    """Text of a scaled interval; empty if undefined or if both ends read the same."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    # The ends are rounded outwards, so that they contain the figure.
    step = max(scale / 10**decimals, shared_step(low, high))
    cut = beyond(low, step, up=False), beyond(high, step, up=True)
    first, last = (f"{end / scale:,.{decimals}f}" for end in cut)
    return "" if first == last else f"{first} to {last}"


def shown_columns(analysis: Analysis, rows: list[ModelRow]) -> list[tuple[str, list[str]]]:
    """Columns of the models file with any value, a cell for each row."""
    cells = [(name, dict(of)) for name, of in analysis.dataset.of_models]
    shown = [(name, [of.get(row.model, "") for row in rows]) for name, of in cells]
    return [(name, column) for name, column in shown if any(column)]


def column_unit(analysis: Analysis, o: Objective) -> str:
    """Unit of a column of figures, for its head."""
    if o.unit in (Unit.SHARE, Unit.PERCENT):
        return "%"
    unit = unit_words(o, analysis.scenario)
    return (
        f"{analysis.scenario.currency} {unit}".strip()
        if is_money(o.unit, analysis.scenario)
        else unit
    )


AUC_DECIMALS = 3
"""Decimals of a column of areas, unless one of them would read as 1."""


SHORT_UNIT = 16
"""Most characters of a unit in the head of a narrow column. A tooltip has a longer one."""


@dataclass(frozen=True)
class Head:
    """Name of a column, and its explanation in a tooltip."""

    label: str
    help: str


def column_heads(analysis: Analysis, rows: list[ModelRow]) -> dict[str, Head]:
    """Heads of the columns, by name."""
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
            "Units that the model was certain of, and wrong: its log loss is infinite. The figure before "
            "counts the smallest certainty instead, as scikit-learn does.",
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
        "Cost of the workers for the load.",
    )
    for k, (name, _) in enumerate(shown_columns(analysis, rows)):
        columns[f"other {k}"] = Head(name.replace("_", " "), "From the models file.")
    return columns


def cell_text(cell: object, decimals: int | None) -> str:
    """Text of a cell; a dash without a value."""
    if not isinstance(cell, int | float):
        return "–" if cell in (None, "") else str(cell)
    if math.isnan(cell):
        return "–"
    if decimals is not None or isinstance(cell, int):
        return number(cell, decimals or 0)
    return f"{cell:,.10g}".replace("-", MINUS)
