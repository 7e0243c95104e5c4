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
from dashboard.views import head, state, sure
from dashboard.views.parts import escaped, swatch, write
from dashboard.views.state import Seat, Table, own_points
from metrics import Pick, ScoreError, pick
from metrics.intervals import Difference, difference
from metrics.rivals import competitors
from metrics.winner import Unflattered, indistinct, unflattered
from metrics.wording import figure, unit_words


@dataclass(frozen=True)
class Gaps:
    """All pairs of models on one objective, each at its own best threshold.

    Attributes
    ----------
    picks : tuple of Pick
        Best first.
    pairs : mapping of (int, int) to Difference
        Of positions in ``picks``: the first against the second.
    together : ndarray of bool
        Which cannot be told from the best.
    elsewhere : Unflattered or None
        What the best is worth on rows that did not choose it.
    """

    picks: tuple[Pick, ...]
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
        st.rerun()
    for caution in table.uncertainty.cautions:
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
    with st.container(border=True, gap="small"):
        write(_finding(table, seat, gaps))
        write(_matrix(table, seat, gaps))
        write(
            '<p class="cg-note">Each model at the threshold that this seat would choose of it, on the '
            "same resamples of the units. Of 100 resamples, in how many the model of the row is better "
            "than the model of the column; tinted where that pair’s 95 % interval holds 0. The headline "
            "judges all models at once and so asks for more than any one pair does.</p>"
        )


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
    columns = []
    for p in picks:
        m = evaluation.tally.index(p.model)
        k = np.searchsorted(evaluation.curves[m].thresholds, p.threshold, side="left")
        columns.append(resampled.values(o, m, np.array([k]))[:, 0])
    pairs = {
        (i, j): difference(o, columns[i], columns[j], picks[i].value - picks[j].value)
        for i in range(len(picks))
        for j in range(len(picks))
        if i != j
    }
    if not picks:
        return Gaps((), {}, np.zeros(0, bool), None)
    together = indistinct(o, np.array([p.value for p in picks]), np.column_stack(columns))
    shown = set(table.points["model"])
    among = [m for m, model in enumerate(evaluation.tally.models) if model in shown]
    where = competitors(resampled, [s.objective for s in table.seats], among=among)
    return Gaps(tuple(picks), pairs, together, unflattered(resampled, o, seat.bound, where))


def _finding(table: Table, seat: Seat, gaps: Gaps) -> str:
    """Who is best, who cannot be told from it, and what being chosen flatters."""
    o, best = seat.objective, gaps.picks[0]
    name = f"<b>{escaped(table.label(best.model))}</b>"
    others = [
        escaped(table.label(p.model))
        for p, same in zip(gaps.picks[1:], gaps.together[1:], strict=True)
        if same
    ]
    if len(gaps.picks) == 1:
        text = f"{name} is the only model"
    elif not others:
        text = f"{name} has the {o.superlative} {escaped(o.label)}, and every gap to it is real"
    else:
        text = f"{name} cannot be told from {', '.join(others)} on {escaped(o.label)}"
    value = figure(o, best.value, table.scenario)
    unit = unit_words(o, table.scenario)
    line = f"{escaped(o.label)} {escaped(value)} {escaped(unit)}".rstrip()
    if gaps.elsewhere is not None:
        elsewhere = figure(o, gaps.elsewhere.value, table.scenario)
        line += (
            f"; on rows that did not choose model and threshold {escaped(elsewhere)} "
            "(what is chosen as the best flatters itself)"
        )
    return (
        '<p class="cg-eyebrow">Is the gap real?</p>'
        f'<h2 class="cg-finding">{text}</h2><p class="cg-note">{line}.</p>'
    )


def _matrix(table: Table, seat: Seat, gaps: Gaps) -> str:
    """The pairs as a table: the model of the row against that of the column."""
    o = seat.objective

    def named(p: Pick) -> str:
        return f"{swatch(table.styles[p.model], table.look)}{escaped(table.label(p.model))}"

    head_ = "".join(f'<th scope="col">{named(p)}</th>' for p in gaps.picks)
    rows = []
    for i, p in enumerate(gaps.picks):
        cells = []
        for j in range(len(gaps.picks)):
            if i == j:
                cells.append('<td class="cg-self">·</td>')
                continue
            found = gaps.pairs[i, j]
            ends = " to ".join(figure(o, end, table.scenario) for end in (found.low, found.high))
            gap = figure(o, found.gap, table.scenario)
            real = "" if found.separated else ' class="cg-open"'
            cells.append(
                f'<td{real} title="gap {escaped(gap)}, 95 %: {escaped(ends)}">'
                f"{100 * found.better:.0f}</td>"
            )
        value = escaped(figure(o, p.value, table.scenario))
        rows.append(
            f'<tr><th scope="row">{named(p)}</th><td class="cg-value">{value}</td>'
            f"{''.join(cells)}</tr>"
        )
    return (
        '<div class="cg-wide"><table class="cg-compare cg-gaps"><thead><tr><th scope="col">Model</th>'
        f'<th scope="col">{escaped(o.label)}</th>{head_}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
