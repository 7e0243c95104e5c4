"""Scenarios by golden file: which scenario is evaluated on which file, and choices of readers of the app.

A cell is a file under a scenario. Each of the twelve scenarios is evaluated on three files, and each file
under three to five scenarios. Every cell has the library's values. The cells in `APP` also have the app's
values. Slow tables (`tests.golden.library.table.GoldenTable`) use the first scenario of each file except the
sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ScoreFile:
    """File with its options, and the scenarios to evaluate it under.

    Attributes
    ----------
    options : dict
        Options of `metrics.open_scores`.
    scenarios : tuple of str
        The first scenario has 200 operating points per model, the others have 30.
    is_quick : bool
        True if the file is small enough for slow quantities, computed under the first scenario.
    """

    options: dict[str, Any]
    scenarios: tuple[str, ...]
    is_quick: bool = True


FILES = {
    "sample": ScoreFile(
        {"value": "value", "group": "batch", "segments": ["line"], "defect_type": "kind"},
        ("dear_miss", "kinds", "yearly"),
        is_quick=False,
    ),
    "pv_ir": ScoreFile(
        {"value": "value", "segments": ["site"], "defect_type": "kind"},
        ("misweighted", "kinds", "kinds_inspected"),
    ),
    "governors": ScoreFile(
        {"group": "race"},
        ("plain", "dear_miss", "payoffs", "infeasible"),
    ),
    "ties": ScoreFile(
        {"scale": "rank"},
        ("payoffs", "plain", "rate", "inspection"),
    ),
    "defects25": ScoreFile(
        {},
        ("infeasible", "rate", "serving", "yearly"),
    ),
    "weights": ScoreFile(
        {"weight": "weight", "value": "value"},
        ("rate", "dear_miss", "misweighted", "inspection_paid"),
    ),
    "groups": ScoreFile(
        {"group": "batch", "scale": "logit"},
        ("yearly", "plain", "serving", "inspection_paid"),
    ),
    "kinds": ScoreFile(
        {"segments": ["line", "shift"], "defect_type": "kind"},
        ("kinds", "kinds_inspected", "infeasible", "payoffs", "inspection"),
    ),
    "inspection": ScoreFile(
        {"defect_type": "kind"},
        ("inspection_paid", "inspection", "kinds_inspected", "serving", "misweighted"),
    ),
}
"""All score files in the folder ``files``."""


APP = {
    ("governors", "dear_miss"): "beside=product",
    ("weights", "rate"): "want=brier,missed_value,cost_of_errors&weights=2,1,0.5&seed=3",
    ("defects25", "infeasible"): "want=roc_auc,recall,false_alarms&within=,,recall:0.6",
    ("groups", "yearly"): "point=-0.5@boosting&beside=pin&pin=1.25@svm&rows=held-out",
    ("kinds", "kinds"): "want=log_loss,worst_kind_recall,share_flagged&hide=rule",
    ("kinds", "kinds_inspected"): "weights=1,3,1",
    ("ties", "payoffs"): "limits=recall:0.5,share_flagged:0.4&rows=out-of-fold",
    ("inspection", "inspection_paid"): "point=0.2..0.6@boosting",
    ("inspection", "serving"): "want=brier,missed_defects_per_1000_defects,revenue_impact_net",
}
"""Cells with the app's values, and the choices of a reader in the form of a link."""
DECIDED = frozenset(
    {
        ("governors", "dear_miss"),
        ("weights", "rate"),
        ("defects25", "infeasible"),
        ("inspection", "inspection_paid"),
    }
)
"""Cells of `APP` with the numbers of the decision that would be recorded there."""
OTHER = {"governors": "weights", "defects25": "kinds"}
"""Other file with the same models, on which the choices from the first are evaluated."""
COMMANDS = frozenset(
    {
        ("kinds", "kinds"),
        ("weights", "misweighted"),
        ("groups", "yearly"),
        ("inspection", "inspection"),
    }
)
"""Cells with the output of the command line."""
