"""What the limits leave: who keeps each, the best to be had, and by how little one would have to give way."""

from __future__ import annotations

import streamlit as st

from dashboard.views.costs import show
from dashboard.views.deciding import Deciding
from dashboard.views.limits import limit_words
from dashboard.views.parts import escaped, write
from dashboard.views.state import Table
from metrics.facts import FLAGGING
from metrics.limits import cheapest_of
from metrics.phrases import joined
from metrics.place import is_ordinary
from metrics.wording import figure, number


def draw(table: Table, found: Deciding) -> None:
    judgement = found.judgement
    assert judgement is not None
    write(f'<h2 class="cg-title" id="the-limits">{escaped(finding(table, found))}</h2>')
    rows = []
    for k, (bound, reach) in enumerate(zip(table.limits, judgement.reaches, strict=True)):
        o = bound.objective
        best = "undefined at every point"
        if reach.place is not None:
            where = table.words(reach.place.model, reach.place.threshold)
            best = f"{figure(o, reach.best, table.scenario)} ({where})"
        models = [table.label(model) for model in reach.models]
        by = (
            "no model"
            if not models
            else f"{len(models)} of {table.points['model'].nunique()} models"
        )
        if len(models) == 1:
            by = f"{models[0]} alone"
        cells = [by, best]
        if judgement.give_way:
            way = judgement.give_way[k]
            cells.append(
                "does not help"
                if way is None
                else f"{limit_words(table, way.bound)}: {table.words(way.place.model, way.place.threshold)}"
            )
        name = f"{o.label} {limit_words(table, bound)}"
        rows.append(
            f'<tr><th scope="row">{escaped(name)}</th>'
            + "".join(f"<td>{escaped(cell)}</td>" for cell in cells)
            + "</tr>"
        )
    heads = ["Limit", "Kept somewhere by", "Best to be had"]
    if judgement.give_way:
        heads.append("Giving way on it alone, to")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    write(
        f'<table class="cg-compare cg-limits-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    cheapest = cheapest_of(table.points, judgement.keep)
    if cheapest is not None:
        whose = "it" if len(table.limits) == 1 else "all of them"
        with st.container(horizontal=True, vertical_alignment="center"):
            words = table.words(cheapest.model, cheapest.threshold)
            write(f'<p class="cg-note">Cheapest point that keeps {whose}: {escaped(words)}.</p>')
            show("the cheapest that does", cheapest)
    if judgement.nearest is not None:
        near = judgement.nearest
        binding = " and ".join(table.limits[k].objective.label for k in near.binding)
        words = table.words(near.place.model, near.place.threshold)
        with st.container(horizontal=True, vertical_alignment="center"):
            write(
                f'<p class="cg-note">Nearest to keeping all: {escaped(words)}; '
                f"what binds there is {escaped(binding)}.</p>"
            )
            show("the nearest point", near.place)


def finding(table: Table, found: Deciding) -> str:
    """What the limits leave, in one sentence."""
    judgement = found.judgement
    assert judgement is not None
    count = len(table.limits)
    every = {1: "the limit", 2: "both limits"}.get(count, f"all {count} limits")
    if judgement.is_kept:
        kept = table.points[judgement.keep & is_ordinary(table.points)]
        models = kept["model"].unique()
        names = table.label(str(models[0])) if len(models) == 1 else f"{len(models)} models"
        one = len(kept) == 1
        thresholds = "threshold" if one else "thresholds"
        return f"{number(len(kept))} {thresholds} of {names} {'keeps' if one else 'keep'} {every}"
    if judgement.extremes:
        return f"Only {joined([FLAGGING[e] for e in judgement.extremes], 'or')} keeps {every}"
    return f"No point keeps {every}"
