"""The gaps page: every two models on a seat's objective, and whether their gap is real."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import cache, session
from dashboard.choices import SEATS
from dashboard.library import Dataset
from dashboard.views import gap_tables, head, notices, state, sure
from dashboard.views.parts import escaped, write
from dashboard.views.state import Seat, Table, own_points
from metrics import Pick, ScoreError, pick
from metrics.intervals import Difference, difference
from metrics.rivals import competitors
from metrics.winner import Unflattered, indistinct, unflattered


@dataclass(frozen=True)
class Gaps:
    """All pairs of models on one objective, each at its own best threshold.

    Attributes
    ----------
    picks : tuple of Pick
        Best first.
    ranges : tuple of (float, float)
        95 % interval of each pick's figure, its threshold held.
    pairs : mapping of (int, int) to Difference
        Of positions in ``picks``: the first against the second.
    together : ndarray of bool
        Which cannot be told from the best.
    elsewhere : Unflattered or None
        What the best is worth on rows that did not choose it.
    """

    picks: tuple[Pick, ...]
    ranges: tuple[tuple[float, float], ...]
    pairs: dict[tuple[int, int], Difference]
    together: NDArray[np.bool_]
    elsewhere: Unflattered | None


def draw(dataset: Dataset) -> None:
    """Draw the page for what is chosen."""
    choices = session.current()
    try:
        table = state.build(replace(choices, intervals=True), dataset, session.appearance())
    except ScoreError as error:
        write(f'<p class="cg-refusal" role="alert">{escaped(error)}</p>')
        return
    head.draw_title(table)
    if table.uncertainty is None:
        with st.spinner("Resampling …"):
            sure.resample(table)
        session.again()
    for caution in notices.few(table.choices, dataset, table.evaluated):
        write(f'<p class="cg-notice">{escaped(caution)}</p>')
    names = dict(zip(SEATS, (f"{s.title}: {s.objective.label}" for s in table.seats), strict=True))
    st.segmented_control(
        "Objective of",
        list(SEATS),
        required=True,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        **session.widget("gaps_of", choices.gaps, lambda c, v: replace(c, gaps=v)),
    )
    seat = table.seat(choices.gaps)
    key = repr((table.sure, seat.name))
    gaps: Gaps = cache.drawn("gaps", key, lambda: between(table, seat))
    if not gaps.picks:
        write('<p class="cg-notice">No model has a threshold that this seat would pick.</p>')
        return
    with st.container(border=True, gap="small", key="part_gaps"):
        write(gap_tables.finding(table, seat, gaps))
        if len(gaps.picks) < 2:
            write(f'<p class="cg-lines">{gap_tables.alone(table)}</p>')
            return
        write(gap_tables.matrix(table, seat, gaps))
        write(f'<p class="cg-note">{escaped(gap_tables.note(table))}</p>')
        write(gap_tables.against_each(table, seat, gaps))


def between(table: Table, seat: Seat) -> Gaps:
    """Find the gaps between every two models."""
    assert table.uncertainty is not None
    o, evaluation = seat.objective, table.evaluated.evaluation
    own = [
        pick(own_points(table.points, str(model)), o, evaluation, bound=seat.bound)
        for model in table.points["model"].unique()
    ]
    picks = [p for p in own if p is not None and math.isfinite(p.value)]
    picks.sort(key=lambda p: float(o.direction.loss(np.asarray(p.value))))
    resampled = table.uncertainty.resampled
    columns, ranges = [], []
    for p in picks:
        m = evaluation.tally.index(p.model)
        k = np.searchsorted(evaluation.curves[m].thresholds, p.threshold, side="left")
        columns.append(resampled.values(o, m, np.array([k]))[:, 0])
        ranges.append(table.range_of(o.id, p.model, p.threshold) or (math.nan, math.nan))
    blocks = resampled.draws.blocks
    pairs = {
        (i, j): difference(
            o, columns[i], columns[j], picks[i].value - picks[j].value, blocks=blocks
        )
        for i in range(len(picks))
        for j in range(len(picks))
        if i != j
    }
    if not picks:
        return Gaps((), (), {}, np.zeros(0, bool), None)
    together = indistinct(
        o, np.array([p.value for p in picks]), np.column_stack(columns), blocks=blocks
    )
    shown = set(table.points["model"])
    among = [m for m, model in enumerate(evaluation.tally.models) if model in shown]
    where = competitors(resampled, [s.objective for s in table.seats], among=among)
    elsewhere = unflattered(resampled, o, seat.bound, where)
    return Gaps(tuple(picks), tuple(ranges), pairs, together, elsewhere)
