"""Comparison of every two models on a stakeholder's objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.alternatives import cheapest_model
from dashboard.analysis.models.gaps import Gaps, best_chosen_again, gaps_of, judged_by
from dashboard.figures.model_styles import styles_of_discussed
from dashboard.markup import escaped, plain, small, swatch
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import JUDGED
from dashboard.views.models.chosen_against_others import other_models_table
from dashboard.views.snippets import write
from dashboard.words.decide.alternatives import cheapest_model_words
from dashboard.words.models.gaps import (
    BELOW_IT,
    EACH_OTHER,
    INTERVALS_OFF,
    MATRIX_KEY,
    MATRIX_TITLE,
    NO_PICK,
    PAIR_HEADS,
    PAIRS,
    SHADE_NOTE,
    best_figure_words,
    better_count,
    chosen_again_sentence,
    condition_sentences,
    gaps_headline,
    gaps_note,
    judgement_title,
    single_model_sentence,
)
from dashboard.words.numbers import TIE, chance_words, figure, gap_ends, gap_size, span, tied
from dashboard.words.phrases import capital
from metrics import Pick
from metrics.inference.comparison import Chance


def finding(page: PageView, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """The best model, and the models that could be as good."""
    headline = gaps_headline(page.analysis, page.names, stakeholder, gaps)
    return (
        f'<p class="cg-eyebrow">{judgement_title(gaps)}</p>'
        f'<h3 class="cg-finding">{escaped(headline.lead)}<b>{escaped(headline.best)}</b>'
        f"{escaped(headline.rest)}</h3>"
        f'<p class="cg-lines">{escaped(capital(best_figure_words(page.scenario, stakeholder, gaps)))}. '
        f"{escaped(condition_sentences(page.analysis, page.names, stakeholder, gaps))}</p>"
    )


def _named(page: PageView, p: Pick, *, breaks: bool = False) -> str:
    """Name of a model with its mark. `breaks` allows a line break after each underscore."""
    name = escaped(page.label(p.model))
    if breaks:
        name = name.replace("_", "_<wbr>")
    return f"{swatch(styles_of_discussed(page.selection, page.choices.axes)[p.model], page.palette)}{name}"


def _figure(analysis: Analysis, stakeholder: Stakeholder, gaps: Gaps, i: int) -> str:
    """Figure of a pick with its interval below it. Equal figures are marked as a tie."""
    o, value = stakeholder.objective, gaps.picks[i].value
    others = gaps.picks[:i] + gaps.picks[i + 1 :]
    tie = f" ({TIE})" if any(tied(p.value, value) for p in others) else ""
    text = figure(o, value, analysis.scenario)
    return escaped(text + tie) + small(span(o, value, *gaps.ranges[i], analysis.scenario))


def matrix(page: PageView, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """Table of the pairs, each once: the model of the row against the models ranked below it."""
    head = "".join(f'<th scope="col">{_named(page, p, breaks=True)}</th>' for p in gaps.picks[1:])
    rows = []
    for i, p in enumerate(gaps.picks[:-1]):
        cells = []
        for j, q in enumerate(gaps.picks[1:], start=1):
            if j <= i:
                cells.append("<td></td>")
                continue
            gap = gaps.pairs[i, j]
            shade = "cg-plain" if gap.chance is Chance.CLEAR else "cg-open"
            tie = small(TIE) if tied(p.value, q.value) else ""
            cells.append(f'<td class="{shade}">{better_count(gap)}{tie}</td>')
        rows.append(
            f'<tr><th scope="row">{_named(page, p)}</th>'
            f'<td class="cg-value">{_figure(page.analysis, stakeholder, gaps, i)}</td>{"".join(cells)}</tr>'
        )
    return (
        '<div class="cg-wide" role="region" tabindex="0" aria-label="Model against model">'
        '<table class="cg-compare cg-gaps"><thead><tr><th scope="col">Model</th>'
        f'<th scope="col">{escaped(stakeholder.objective.label)}</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def against_each(page: PageView, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """Folded tables of every gap with its interval: each model against all that are ranked below it."""
    lines = []
    for i in range(len(gaps.picks) - 1):
        name = _named(page, gaps.picks[i])
        lines.append(
            f"<details><summary>{name} against {BELOW_IT if i else EACH_OTHER}</summary>"
            f"{_against(page, stakeholder, gaps, i)}</details>"
        )
    return "".join(lines)


def _against(page: PageView, stakeholder: Stakeholder, gaps: Gaps, i: int) -> str:
    """One model against all that are ranked below it."""
    o, first = stakeholder.objective, gaps.picks[i]
    rows = []
    for j in range(i + 1, len(gaps.picks)):
        found, q = gaps.pairs[i, j], gaps.picks[j]
        gap = gap_size(o, first.value, q.value, page.scenario)
        ends = gap_ends(found, page.scenario, first.value, q.value)
        sure = chance_words(found) if ends else ""
        rows.append(
            f'<tr><th scope="row">{_named(page, q)}</th><td>{escaped(gap)}</td>'
            f"<td>{escaped(ends)}</td><td>{escaped(sure)}</td></tr>"
        )
    head = "".join(f'<th scope="col">{name}</th>' for name in PAIR_HEADS)
    return (
        '<table class="cg-compare cg-pairs">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def draw(page: PageView, *, at_once: bool = False) -> Callable[[], None]:
    """Draw the comparison of all pairs of models on one stakeholder's objective, in an expander.

    Returns
    -------
    callable
        Draws the slow part. Call it when the rest of the page is drawn.
    """
    # The title is about the cost, so another objective gets a title without a finding.
    is_of_cost = not at_once or page.choices.gaps == "cost"
    title = _question(page) if is_of_cost else capital(PAIRS)
    with st.expander(title, expanded=at_once, on_change="rerun", key="gaps_box") as box:
        if box.open:
            return _pairs(page)
    return _nothing


def _question(page: PageView) -> str:
    """Title of the expander: the cheapest model, if known, and the content."""
    found = cheapest_model(page.analysis)
    if found is None:
        return capital(PAIRS)
    about, sure = cheapest_model_words(page.names, found)
    return f"{plain(about)} **{plain(sure)}** · {PAIRS}"


def _nothing() -> None:
    """Draw nothing, because no part is slow."""


def _pairs(page: PageView) -> Callable[[], None]:
    every = [judged_by(page.analysis, name) for name in JUDGED]
    names = {s.name: f"{s.title}: {s.objective.label}" for s in every}
    st.segmented_control(
        "Objective of",
        list(JUDGED),
        required=True,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        **session.widget("gaps_of", page.choices.gaps, lambda c, v: replace(c, gaps=v)),
    )
    write(other_models_table(page))
    stakeholder = judged_by(page.analysis, page.choices.gaps)
    if page.uncertainty is None:
        if page.analysis.shows_intervals:
            write('<p class="cg-lines cg-checking">checking</p>')
        else:
            write(f'<p class="cg-lines">{INTERVALS_OFF}</p>')
        return _nothing
    gaps = gaps_of(page.analysis, stakeholder)
    if not gaps.picks:
        write(f'<p class="cg-notice">{NO_PICK}</p>')
        return _nothing
    with st.container(gap="xsmall", key="part_gaps"):
        write(finding(page, stakeholder, gaps))
        place = st.empty()
        with place:
            write('<p class="cg-lines cg-checking">On new data: checking</p>')
        if len(gaps.picks) < 2:
            write(f'<p class="cg-lines">{single_model_sentence(page.analysis)}</p>')
        else:
            write(
                f'<h3 class="cg-title">{MATRIX_TITLE}</h3><p class="cg-lines">{MATRIX_KEY}</p>'
                f"{matrix(page, stakeholder, gaps)}"
            )
            write(against_each(page, stakeholder, gaps))
            behind = f"{SHADE_NOTE} {escaped(gaps_note(page.scenario, stakeholder))}"
            write(f'<details class="cg-note"><summary>Details</summary>{behind}</details>')

    def finish() -> None:
        words = chosen_again_sentence(
            page.scenario, stakeholder, *best_chosen_again(page.analysis, stakeholder)
        )
        with place:
            st.html(f'<p class="cg-lines">{escaped(words)}</p>')

    return finish
