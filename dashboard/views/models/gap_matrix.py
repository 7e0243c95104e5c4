"""Gap matrix: comparison of all pairs of models on a stakeholder's objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.decide.alternatives import cheapest_model
from dashboard.analysis.models.gaps import Gaps, best_chosen_again, gaps_of, judged_by
from dashboard.figures.model_styles import styles_of_discussed
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import JUDGED
from dashboard.views.elements import (
    Cell,
    Text,
    breakable,
    details,
    eyebrow,
    finding,
    inline,
    lines,
    notice,
    scrolling,
    strong,
    swatch,
    table,
    title,
    write,
)
from dashboard.views.models.chosen_against_others import other_models_table
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
    ROWS_SEEN,
    SHADE_NOTE,
    TIE,
    better_count,
    chosen_again_sentence,
    condition_sentences,
    gaps_headline,
    gaps_note,
    judgement_title,
    single_model_sentence,
)
from dashboard.words.names import STAKEHOLDER_TITLES
from dashboard.words.numbers import chance_words, figure, gap_ends, span, tied, written_gap
from dashboard.words.phrases import capital
from metrics import Pick
from metrics.inference.comparison import Chance


def headline_markup(page: PageView, stakeholder: Stakeholder, gaps: Gaps) -> Markup:
    """Headline with the best model and the models that could be as good."""
    lead, best, rest = gaps_headline(page.analysis, page.names, stakeholder, gaps)
    return (
        eyebrow(judgement_title(gaps))
        + finding(lead, strong(best), rest, level=3)
        + lines(condition_sentences(page.analysis, page.names, stakeholder, gaps))
    )


def _model(page: PageView, p: Pick, name: Text = "") -> Markup:
    """Name of a model with its mark."""
    style = styles_of_discussed(page.selection, page.choices.axes)[p.model]
    return swatch(style, page.palette) + (name or inline(page.label(p.model)))


def matrix(page: PageView, stakeholder: Stakeholder, gaps: Gaps) -> Markup:
    """Table of all pairs, each once. A row compares its model with the models ranked below it."""
    o, picks, scenario = stakeholder.objective, gaps.picks, page.analysis.scenario
    rows = []
    for i, p in enumerate(picks[:-1]):
        tie = f" ({TIE})" if any(tied(p.value, q.value) for q in picks if q is not p) else ""
        interval = span(o, p.value, *gaps.ranges[i], scenario)
        cells = [
            Cell(_model(page, p)),
            Cell(figure(o, p.value, scenario) + tie, [interval], css="cg-value"),
            *[Cell()] * i,
        ]
        for j, q in enumerate(picks[i + 1 :], start=i + 1):
            gap = gaps.pairs[i, j]
            shade = "cg-plain" if gap.chance is Chance.CLEAR else "cg-open"
            below = [TIE] if tied(p.value, q.value) else []
            cells.append(Cell(better_count(gap), below, css=shade))
        rows.append(cells)
    names = [_model(page, p, breakable(page.label(p.model))) for p in picks[1:]]
    return scrolling(table(["Model", o.label, *names], rows, css="cg-gaps"), capital(PAIRS))


def against_each(page: PageView, stakeholder: Stakeholder, gaps: Gaps) -> Markup:
    """Folded tables of every gap with its interval, one for each model against those ranked below it."""
    return inline(
        *(
            details(
                _against(page, stakeholder, gaps, i),
                summary=_model(page, p) + f" against {BELOW_IT if i else EACH_OTHER}",
                css="",
            )
            for i, p in enumerate(gaps.picks[:-1])
        )
    )


def _against(page: PageView, stakeholder: Stakeholder, gaps: Gaps, i: int) -> Markup:
    """Table of the gaps of one model to all models ranked below it."""
    o, first, scenario = stakeholder.objective, gaps.picks[i], page.analysis.scenario
    rows = []
    for j, q in enumerate(gaps.picks[i + 1 :], start=i + 1):
        gap = gaps.pairs[i, j]
        ends = gap_ends(gap, scenario, first.value, q.value)
        size = written_gap(o, first.value, q.value, scenario).words()
        rows.append([_model(page, q), size, ends, chance_words(gap) if ends else ""])
    return table(PAIR_HEADS, rows, css="cg-pairs")


def draw(page: PageView, *, at_once: bool = False) -> Callable[[], None]:
    """Draw the comparison of all pairs of models on one stakeholder's objective, in an expander.

    Returns
    -------
    callable
        Draws the slow part. Call it when the rest of the page is drawn.
    """
    # The finding in the title is about the cost, so the title has no finding for another objective.
    is_of_cost = not at_once or page.choices.gaps == "cost"
    question = _question(page) if is_of_cost else capital(PAIRS)
    with st.expander(question, expanded=at_once, on_change="rerun", key="gaps_box") as box:
        if box.open:
            return _pairs(page)
    return _nothing


def _question(page: PageView) -> str:
    """Title of the expander, with the cheapest model if it is known."""
    found = cheapest_model(page.analysis)
    if found is None:
        return capital(PAIRS)
    about, sure = cheapest_model_words(page.names, found)
    return f"{plain(about)} **{plain(sure)}** · {PAIRS}"


def _nothing() -> None:
    """Draw nothing. This is returned if no part is slow."""


def _pairs(page: PageView) -> Callable[[], None]:
    every = [judged_by(page.analysis, name) for name in JUDGED]
    names = {s.name: f"{STAKEHOLDER_TITLES[s.name]}: {s.objective.label}" for s in every}
    st.segmented_control(
        "Objective of",
        list(JUDGED),
        required=True,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        **session.widget("gaps_of", page.choices.gaps, lambda c, v: replace(c, gaps=v)),
    )
    write(other_models_table(page))
    analysis = page.analysis
    stakeholder = judged_by(analysis, page.choices.gaps)
    if analysis.uncertainty is None:
        is_pending = analysis.shows_intervals
        write(lines("checking", css="cg-checking") if is_pending else lines(INTERVALS_OFF))
        return _nothing
    if not analysis.judges_chance:
        write(lines(ROWS_SEEN))
        return _nothing
    gaps = gaps_of(page.analysis, stakeholder)
    if not gaps.picks:
        write(notice(NO_PICK))
        return _nothing
    with st.container(gap="xsmall", key="part_gaps"):
        write(headline_markup(page, stakeholder, gaps))
        place = st.empty()
        with place:
            write(lines("On new data: checking", css="cg-checking"))
        if len(gaps.picks) < 2:
            write(lines(single_model_sentence(analysis)))
        else:
            pairs = matrix(page, stakeholder, gaps)
            write(title(MATRIX_TITLE, level=3), lines(MATRIX_KEY), pairs)
            write(against_each(page, stakeholder, gaps))
            write(details(f"{SHADE_NOTE} {gaps_note(analysis.scenario, stakeholder)}"))

    def finish() -> None:
        chosen_again = best_chosen_again(analysis, stakeholder)
        place.empty()
        with place:
            write(lines(chosen_again_sentence(analysis.scenario, stakeholder, *chosen_again)))

    return finish
