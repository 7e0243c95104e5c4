"""What choosing a threshold on the rows that judge it flatters: the cross-fitted figure beside it."""

from __future__ import annotations

import math

from dashboard.views.gap_words import than_here
from dashboard.views.state import Table
from metrics import Bound, Objective, Pick
from metrics.crossfit import cross_fitted
from metrics.wording import figure, worse_by


def on_other_rows(table: Table, o: Objective, pick: Pick, bound: Bound | None = None) -> str:
    """Figure of a pick whose threshold was chosen on other rows, and what it loses by that.

    Returns
    -------
    str
        ``its threshold chosen on other rows: 31 (5 more than here: choosing on the same rows flatters)``;
        nothing where it is not to be shown, or undefined.
    """
    if table.uncertainty is None or o.of_model:
        return ""
    found = cross_fitted(table.evaluated.evaluation, o, pick.model, bound)
    if found is None or math.isnan(found.value):
        return ""
    gap = than_here(o, found.value, pick.value, table.scenario)
    flattered = worse_by(o, found.value, pick.value) > 0 and not gap.startswith("the same")
    why = ": choosing on the same rows flatters" if flattered else ""
    return (
        f"its threshold chosen on other rows: {figure(o, found.value, table.scenario)} ({gap}{why})"
    )
