"""Columns of the sortable table of models: heads, texts of the cells, and sort keys."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.cards import has_places
from dashboard.analysis.models.table import Best, ModelRow, models_within_limits
from dashboard.words.limit_names import aside_words, limit_noun, within_noun
from dashboard.words.models.table import AT_BEST
from dashboard.words.names import ROLES, STAKEHOLDER_TITLES, Names
from dashboard.words.numbers import (
    APART,
    MINUS,
    ROUNDED_IN_COLUMN,
    SPACE,
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

ANY = "At any threshold"
"""Head of figures that do not depend on the threshold."""
MILLIONS = {1e9: "billion", 1e6: "million"}
"""Scales of large figures, with their names."""
AUC_DECIMALS = 3
"""Decimals of a column of ROC AUCs, unless an imperfect one would read as 1."""
SHORT_UNIT = 16
"""Most characters of a unit in the head of a narrow column. A longer unit is in the tooltip."""
SORTED_BY = "Click to sort."
"""End of the tooltip of a head in the table of models."""
Value = float | int | str | None
"""Value of a cell."""


@dataclass(frozen=True)
class Column:
    """A column of the table of models.

    Attributes
    ----------
    id : str
        Id of the column, such as ``best data``.
    group, label, help : str
        Head of its group, its head, and the tooltip of the head.
    texts : tuple of str
        Text of each row.
    order : tuple of (float, str or None)
        Sort key of each row. `None` comes last.
    is_text : bool
        Whether the texts are aligned as words, not as numbers.
    is_largest_best : bool
    """

    id: str
    group: str
    label: str
    help: str
    texts: tuple[str, ...]
    order: tuple[float | str | None, ...]
    is_text: bool
    is_largest_best: bool


def _column(
    id: str,
    group: str,
    label: str,
    help: str,
    values: Sequence[Value],
    *,
    order: Sequence[Value] | None = None,
    decimals: Sequence[int] | None = None,
    is_text: bool = False,
    is_largest_best: bool = False,
) -> Column:
    """Make a column of values. They are also the sort keys unless ``order`` has others.

    Without ``decimals`` each value has its own number of digits.
    """
    places: Sequence[int | None] = decimals or [None] * len(values)
    texts = tuple(cell_text(value, most) for value, most in zip(values, places, strict=True))
    by = tuple(map(_sortable, values if order is None else order))
    is_text = is_text or any(isinstance(one, str) for one in by)
    return Column(id, group, label, help, texts, by, is_text, is_largest_best)


def _sortable(value: Value) -> float | str | None:
    if isinstance(value, str):
        return value or None
    return float(value) if value is not None and math.isfinite(value) else None


def columns_of(analysis: Analysis, names: Names, rows: Sequence[ModelRow]) -> list[Column]:
    """Columns of the table of models, without columns that have no value."""
    apart_from = f", {aside_words(analysis)}" if analysis.limits else ""
    models = [names.model(row.model) for row in rows]
    about = f"{AT_BEST} The chosen model is tinted."
    columns = [_column("model", "", f"Model at its best{apart_from}", about, models)]
    for k in range(len(analysis.stakeholders)):
        columns += _stakeholder_columns(analysis, rows, k, apart_from)
    if analysis.limits:
        within = models_within_limits(analysis)
        columns.append(
            _column(
                "limits",
                capital(limit_noun(analysis)),
                "Met in this file",
                f"Whether the model has a threshold that is {within_noun(analysis)} there.",
                ["yes" if row.model in within else "no" for row in rows],
                order=[int(row.model not in within) for row in rows],
                is_text=True,
            )
        )
    columns.append(
        _column(
            "auc",
            ANY,
            "AUC",
            "How often a defect scores above a good unit; 1 is perfect.",
            [row.auc for row in rows],
            # The decimals suffice so that only a perfect ROC AUC is written as 1.
            decimals=alike_in_column(
                [below_all(row.auc, AUC_DECIMALS, 1.0) for row in rows], AUC_DECIMALS
            ),
            is_largest_best=True,
        )
    )
    if not all(math.isnan(row.slope) for row in rows):
        columns.append(
            _column(
                "slope",
                ANY,
                f"Calibration slope (best{SPACE}1)",
                "1 is right, below 1 the probabilities are too extreme. The nearest to 1 is best.",
                [row.slope for row in rows],
                order=[abs(row.slope - 1) for row in rows],
                decimals=[2] * len(rows),
            )
        )
    if not all(math.isnan(row.serving_cost) for row in rows):
        costs = [float(f"{row.serving_cost:.3g}") for row in rows]
        head, about = f"{analysis.scenario.currency} a year", "Cost of the workers for the load."
        columns.append(_column("serving", "Serving", head, about, costs))
    group = "From the models file"
    for k, (name, cells) in enumerate(shown_columns(analysis, rows)):
        numbers = [_number(cell) for cell in cells]
        are_numbers = all(math.isfinite(n) for n, cell in zip(numbers, cells, strict=True) if cell)
        values = numbers if are_numbers else cells
        columns.append(_column(f"other {k}", group, name.replace("_", " "), f"{group}.", values))
    return columns


def _stakeholder_columns(
    analysis: Analysis, rows: Sequence[ModelRow], k: int, apart_from: str
) -> Iterator[Column]:
    """Place, best figure, interval and infinite rows of each model for a stakeholder."""
    s, scenario = analysis.stakeholders[k], analysis.scenario
    o, who, group = (
        s.objective,
        ROLES[s.name],
        f"{STAKEHOLDER_TITLES[s.name]}: {s.objective.label}",
    )
    is_largest_best = o.direction is Direction.MAXIMISE
    bests = [row.best[k] for row in rows]
    values = [best.value for best in bests]
    # Next to intervals, a place is shown only if it is judged for chance.
    if not analysis.shows_intervals or has_places(o):
        could_be = "; from one place to another where the order between them could be chance"
        yield _column(
            f"rank {s.name}",
            group,
            "Place",
            f"Among the models, for the {who}{could_be if analysis.shows_intervals else ''}.",
            [_place(analysis, best) for best in bests],
            order=[best.rank for best in bests],
        )
    scale, millions = scale_of(analysis, o, values)
    digits = column_decimals(values, scale)
    unit = f"{millions} {column_unit(analysis, o)}".strip()
    is_named = millions or (unit and len(unit) <= SHORT_UNIT)
    apart = ", " if o.unit in APART or o.unit in (Unit.SHARE, Unit.PERCENT) else " "
    whole = f"{capital(o.label)}{apart if unit else ''}{unit}"
    decimals = [digits] * len(rows) if millions else None
    yield _column(
        f"best {s.name}",
        group,
        f"Best, {unit}" if is_named else "Best",
        f"{whole}: the best that the model can do for the {who}{apart_from}.",
        [
            short(value / scale, digits) if millions else in_column(o, value, scenario)
            for value in values
        ],
        decimals=decimals_in_column(o, values) if o.unit in ROUNDED_IN_COLUMN else decimals,
        is_largest_best=is_largest_best,
    )
    intervals = [
        _short_ends(*best.ends, scale, digits)
        if millions
        else ends_in_column(o, best.value, *best.ends, scenario)
        for best in bests
    ]
    if any(intervals):
        yield _column(
            f"ends {s.name}",
            group,
            f"95{SPACE}% interval",
            "Such an interval holds the true figure in 95 of 100 samples.",
            [interval.replace("-", MINUS) for interval in intervals],
            order=[best.ends[0] for best in bests],
            is_largest_best=is_largest_best,
        )
    if o.is_clipped and any(row.infinite_rows for row in rows):
        yield _column(
            f"infinite {s.name}",
            group,
            "Sure but wrong",
            "Units that the model was certain of, and wrong: its log loss is infinite. The figure before "
            "counts the smallest certainty instead, as scikit-learn does.",
            [row.infinite_rows for row in rows],
        )


def _place(analysis: Analysis, best: Best) -> int | str | None:
    """Place of a model: ``1``. Next to intervals, the places that it could have: ``1 to 3``."""
    if best.places is None:
        return None if analysis.shows_intervals else best.rank
    first, last = best.places
    return first if first == last else f"{first} to {last}"


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def scale_of(analysis: Analysis, o: Objective, values: Sequence[float]) -> tuple[float, str]:
    """Scale of a column of figures, and its name. The scale is 1 if the figures are small."""
    if o.unit is not Unit.COUNT and not is_money(o.unit, analysis.scenario):
        return 1, ""
    most = max((abs(value) for value in values if math.isfinite(value)), default=0)
    least = 1 if is_money(o.unit, analysis.scenario) else 10
    return next(
        ((scale, name) for scale, name in MILLIONS.items() if most >= least * scale), (1, "")
    )


def column_decimals(values: Sequence[float], scale: float) -> int:
    """Decimals of all figures of a column, which give its largest figure three digits."""
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


def shown_columns(analysis: Analysis, rows: Sequence[ModelRow]) -> list[tuple[str, list[str]]]:
    """Columns of the models file as names and cells, without columns that have no value."""
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


def cell_text(cell: object, decimals: int | None) -> str:
    """Text of a cell; a dash without a value."""
    if not isinstance(cell, int | float):
        return "–" if cell in (None, "") else str(cell)
    if math.isnan(cell):
        return "–"
    if decimals is not None or isinstance(cell, int):
        return number(cell, decimals or 0)
    return f"{cell:,.10g}".replace("-", MINUS)
