"""Finding out how sure the figures of the page are."""

from __future__ import annotations

from dashboard import cache
from dashboard.views.state import Table
from metrics.uncertainty import uncertainty


def resample(table: Table) -> bool:
    """Find out how sure the figures are, where that is to be shown and not known; whether it was done."""
    if not table.choices.intervals or table.uncertainty is not None:
        return False
    picked = [seat.pick for seat in table.seats if seat.pick is not None]
    asked: dict[str, list[float]] = {}
    for pick_ in picked:
        asked.setdefault(pick_.model, []).append(pick_.threshold)
    shown = set(table.points["model"])
    cache.resample(
        table.sure_key,
        lambda: uncertainty(
            table.evaluated.evaluation,
            [seat.objective for seat in table.seats],
            seed=table.choices.seed,
            grouped=table.dataset.scores.columns.group is not None,
            asked=asked,
            hidden=[m for m in table.dataset.scores.models if m not in shown],
        ),
    )
    return True
