"""Words for the candidate models: separation of the classes, and best for each stakeholder."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.models.table import ModelRow, has_many_limit_lines
from dashboard.words.limits.limit_names import bound_clause, ignoring_limits, limit_noun
from dashboard.words.names import Names
from dashboard.words.phrases import CHANCE, MAY_BE_CHANCE, capital, joined, some
from metrics import Scenario
from metrics.inference.comparison.paired_difference import Chance


def auc_text(auc: float) -> str:
    """ROC AUC in three digits. Only a perfect ROC AUC is written as 1."""
    text = f"{auc:.3f}"
    if float(text) == 1:
        return "1" if auc == 1 else "above 0.999"
    return text


DISTRIBUTION_NOTE = (
    "Share of the good units (grey) and of the defects (line) by score, on a square-root scale."
)
"""Key of the charts of the score distributions."""


def best_models_sentence(
    analysis: Analysis, names: Names, rows: Sequence[ModelRow], chances: Sequence[Chance]
) -> str:
    """Sentence about the best model for each stakeholder.

    Parameters
    ----------
    chances : sequence of Chance
        Whether each stakeholder's best model may be the best by chance.
    """
    is_all_open = set(chances) == {Chance.POSSIBLE}
    aside, no_model = f"{capital(ignoring_limits(analysis.limits))}, ", "no model"
    if not analysis.limits:
        aside, no_model = "", "No model"
    best: dict[tuple[str, ...], list[str]] = {}
    for k, stakeholder in enumerate(analysis.stakeholders):
        o, first = stakeholder.objective, tuple(row.model for row in rows if row.best[k].rank == 1)
        is_open = chances[k] is Chance.POSSIBLE and not is_all_open
        lead = f"the {o.superlative} {o.label}" + (f" ({CHANCE[chances[k]]})" if is_open else "")
        if first and lead not in best.get(first, ()):
            best.setdefault(first, []).append(lead)
    if not best:
        return f"{aside}{no_model} has a threshold that a stakeholder would choose"
    if len(rows) == 1:
        return f"{names.model(rows[0].model)} is the only model"
    clauses = [
        f"{some(list(map(names.model, first)), 'models')} {'has' if len(first) == 1 else 'tie for'} "
        f"{joined(figures)}"
        for first, figures in best.items()
    ]
    end = f"; each lead {MAY_BE_CHANCE}" if is_all_open else ""
    if analysis.held_out == "training":
        end = ", on units that trained the models"
    if len(clauses) == 1:
        return f"{aside}{clauses[0]}{end}"
    unbeaten = [row.model for row in rows if all(row.model in first for first in best)]
    lead = f"{no_model} is best for all"
    if unbeaten:
        lead = f"{no_model} beats {some(list(map(names.model, unbeaten)), 'models', word='or')}"
    return f"{aside}{lead}: {'; '.join(clauses)}{end}"


def best_condition_words(scenario: Scenario, stakeholder: Stakeholder) -> str:
    """Condition within which each model's best is chosen for a stakeholder."""
    if stakeholder.bound is not None:
        return f"best {bound_clause(stakeholder.bound, scenario)}"
    return f"{'the same' if stakeholder.objective.of_model else 'best'} at any threshold"


QUESTION = "What is the best that each model can do?"
"""Question that the ranking charts and the table of models answer."""
ALLOWED_CHOICE = (
    "An interval allows for the choice of the model’s threshold on these units. That of a pick also allows "
    "for the choice of its model, as on Decide."
)
"""Choices that the intervals of the models' best figures allow for."""


def chart_key(analysis: Analysis) -> str:
    """Key of the ranking charts. It explains the dashed lines only if a chart has several."""
    dashed = f" Dashed: {limit_noun(analysis.limits)}." if has_many_limit_lines(analysis) else ""
    return (
        "Each model at its own best threshold for each stakeholder, not at the chosen one. Line: 95% "
        f"interval. In colour: worth discussing, or chosen.{dashed}"
    )


def chart_alt(title: str) -> str:
    """Alternative text of a ranking chart."""
    return (
        f"{title}: the best figure of every model with its interval, the best model first. The table below "
        "has the same figures."
    )


def ranking_chart_notes(analysis: Analysis) -> str:
    """Notes on the ranking charts."""
    is_by_threshold = not all(s.objective.of_model for s in analysis.stakeholders)
    has_choice = analysis.uncertainty is not None and is_by_threshold
    return f"A hollow triangle is further off. {ALLOWED_CHOICE if has_choice else ''}".strip()
