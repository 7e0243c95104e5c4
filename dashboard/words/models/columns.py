"""Columns of the sortable table of models: heads, texts of the cells, and sort keys."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.limits import LimitsStatus
from dashboard.analysis.models.table import Best, ModelRow, limits_of_models
from dashboard.analysis.rankings import has_places
from dashboard.analysis.selection import Selection
from dashboard.words.limits.certainty import LEVELS
from dashboard.words.limits.limit_names import ignoring_limits, limit_noun
from dashboard.words.limits.limits_status import level_words
from dashboard.words.models.table import auc_text
from dashboard.words.names import ROLES, STAKEHOLDER_TITLES, Names
from dashboard.words.numbers.amounts import SPACE, money, number
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.intervals import ends
from dashboard.words.numbers.objective_units import label_with_unit
from dashboard.words.phrases import MAY_BE_CHANCE, capital
from metrics import Direction
from metrics.inference.certainty import Certainty

ANY = "At any threshold"
"""Head of figures that do not depend on the threshold."""
Order = float | str | None
"""Sort key of a cell. `None` and NaN come last."""


@dataclass(frozen=True)
class Column:
    """A column of the table of models.

    Attributes
    ----------
    id : str
        Id of the column, such as ``best data``.
    group, label, help : str
        Head of its group, its head, and the tooltip of the head.
    texts : sequence of str
        Text of each row; empty for a dash.
    keys : sequence of (float, str or None), optional
        Sort key of each row; by default its text. `None` and NaN come last.
    is_text : bool
        Whether the texts are aligned as words even if the keys are numbers.
    is_largest_best : bool
    """

    id: str
    group: str
    label: str
    help: str
    texts: Sequence[str]
    keys: Sequence[Order] | None = None
    is_text: bool = False
    is_largest_best: bool = False

    @property
    def order(self) -> list[Order]:
        """Sort key of each row. `None` comes last."""
        return [_sortable(key) for key in (self.texts if self.keys is None else self.keys)]


def _sortable(value: Order) -> Order:
    if isinstance(value, str):
        return value or None
    return float(value) if value is not None and math.isfinite(value) else None


def columns_of(selection: Selection, names: Names, rows: Sequence[ModelRow]) -> list[Column]:
    """Columns of the table of models, without columns that have no value."""
    analysis = selection.analysis
    ignoring = ignoring_limits(analysis.limits)
    apart_from = f", {ignoring}" if ignoring else ""
    title = f"Best of each model ({ignoring})" if ignoring else "Best of each model"
    models = [names.model(row.model) for row in rows]
    about = "The chosen model is tinted."
    columns = [Column("model", "", title, about, models)]
    for k in range(len(analysis.stakeholders)):
        columns += _stakeholder_columns(analysis, rows, k, apart_from)
    if analysis.limits:
        columns.append(_limits_column(selection, rows))
    columns += _ranking_columns(rows)
    costs = [row.serving_cost for row in rows]
    if not all(map(math.isnan, costs)):
        currency, about = analysis.scenario.currency, "Cost of the workers for the load."
        texts = ["" if math.isnan(cost) else money(cost, currency) for cost in costs]
        columns.append(Column("serving", "Serving", "Cost a year", about, texts, costs))
    return [*columns, *_columns_of_file(analysis, rows)]


def _limits_column(selection: Selection, rows: Sequence[ModelRow]) -> Column:
    """How surely each model meets the limits."""
    statuses = limits_of_models(selection)
    judged = [statuses.get(row.model, LimitsStatus((), is_broken=True)) for row in rows]
    return Column(
        "limits",
        capital(limit_noun(selection.analysis.limits)),
        "Chosen or cheapest",
        f"On new data: the chosen model at the chosen point, others at their cheapest. {LEVELS}",
        [level_words(status) for status in judged],
        [_by_level(status) for status in judged],
        is_text=True,
    )


def _ranking_columns(rows: Sequence[ModelRow]) -> Iterator[Column]:
    """Figures that do not depend on the threshold: ROC AUC and calibration slope."""
    yield Column(
        "auc",
        ANY,
        "AUC",
        "How often a defect scores above a good unit; 1 is perfect.",
        [auc_text(row.auc) for row in rows],
        [row.auc for row in rows],
        is_largest_best=True,
    )
    if not all(math.isnan(row.slope) for row in rows):
        yield Column(
            "slope",
            ANY,
            f"Calibration slope (best{SPACE}1)",
            "1 is right; below 1 the probabilities are overconfident. The nearest to 1 is best.",
            ["" if math.isnan(row.slope) else number(row.slope, 2) for row in rows],
            [abs(row.slope - 1) for row in rows],
        )


def _columns_of_file(analysis: Analysis, rows: Sequence[ModelRow]) -> Iterator[Column]:
    """Columns of the models file, sorted as numbers if all of their cells are numbers."""
    group = "From the models file"
    for k, (name, cells) in enumerate(shown_columns(analysis, rows)):
        numbers = [_number(cell) for cell in cells]
        are_numbers = all(math.isfinite(n) for n, cell in zip(numbers, cells, strict=True) if cell)
        order = numbers if are_numbers else cells
        yield Column(f"other {k}", group, name.replace("_", " "), f"{group}.", cells, order)


def _stakeholder_columns(
    analysis: Analysis, rows: Sequence[ModelRow], k: int, apart_from: str
) -> Iterator[Column]:
    """Place, best figure, interval and infinite rows of each model for a stakeholder."""
    s, scenario = analysis.stakeholders[k], analysis.scenario
    o, who = s.objective, ROLES[s.name]
    group = f"{STAKEHOLDER_TITLES[s.name]}: {o.label}"
    is_largest_best = o.direction is Direction.MAXIMISE
    bests = [row.best[k] for row in rows]
    # Next to intervals, a place is shown only if it is judged for chance.
    if not analysis.shows_intervals or has_places(o):
        could_be = f"; from one place to another where the order between them {MAY_BE_CHANCE}"
        yield Column(
            f"rank {s.name}",
            group,
            "Place",
            f"Among the models, for the {who}{could_be if analysis.shows_intervals else ''}.",
            [_place(analysis, best) for best in bests],
            [best.rank for best in bests],
        )
    full_label = capital(label_with_unit(o, scenario))
    yield Column(
        f"best {s.name}",
        group,
        "Best",
        f"{full_label}: the best that the model can do for the {who}{apart_from}.",
        ["" if math.isnan(best.value) else figure(o, best.value, scenario) for best in bests],
        [best.value for best in bests],
        is_largest_best=is_largest_best,
    )
    intervals = [ends(o, best.value, *best.ends, scenario) for best in bests]
    if any(intervals):
        yield Column(
            f"ends {s.name}",
            group,
            "95% interval",
            "Such an interval holds the true figure in 95% of samples.",
            intervals,
            [best.ends[0] for best in bests],
            is_largest_best=is_largest_best,
        )
    if o.is_clipped and any(row.infinite_rows for row in rows):
        yield Column(
            f"infinite {s.name}",
            group,
            "Confident mistakes",
            "Units that the model was certain of, and wrong: its log loss is infinite. The figure before "
            "counts the smallest certainty instead, as scikit-learn does.",
            [number(row.infinite_rows) for row in rows],
            [row.infinite_rows for row in rows],
        )


def _by_level(status: LimitsStatus) -> float:
    """Sort key of how surely the limits are met: the share of the resamples that miss them."""
    if status.certainty is Certainty.CERTIFIED:
        return -1
    share = status.missed.share
    return float(status.is_broken) if math.isnan(share) else share


def _place(analysis: Analysis, best: Best) -> str:
    """Place of a model: ``1``. Next to intervals, the places that it could have: ``1 to 3``."""
    first, last = best.places or (best.rank, best.rank)
    if first is None or (best.places is None and analysis.shows_intervals):
        return ""
    return f"{first}" if first == last else f"{first} to {last}"


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def shown_columns(analysis: Analysis, rows: Sequence[ModelRow]) -> list[tuple[str, list[str]]]:
    """Columns of the models file as names and cells, without columns that have no value."""
    cells = [(name, dict(by_model)) for name, by_model in analysis.dataset.of_models]
    shown = [(name, [by_model.get(row.model, "") for row in rows]) for name, by_model in cells]
    return [(name, column) for name, column in shown if any(column)]
