"""Panel about transfer: whether the picks hold on other open data, such as a later month or a test set."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.counts.figures_by_scenario import scenario_figures
from dashboard.analysis.evidence.transfer import (
    NONE,
    Origin,
    TransferResult,
    choose_dataset,
    failures_among,
    is_transfer_counted,
    transfer_picks,
    transfer_scenario,
    transfer_selected,
)
from dashboard.data.dataset import Dataset
from dashboard.data.uploads.file_names import with_own_names
from dashboard.figures.model_styles import styles_with_current
from dashboard.page_view import PageView
from dashboard.safe_text import one_line
from dashboard.session import session
from dashboard.views import tally_progress
from dashboard.views.html_elements import (
    Cell,
    eyebrow,
    finding,
    inline,
    note,
    notice,
    span,
    stacked,
    swatch,
    table,
    write,
)
from dashboard.views.menus import named_options
from dashboard.views.point_markup import point_markup, threshold_markup
from dashboard.views.problem_markup import refusal_markup
from dashboard.words.evidence import transfer as words
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.intervals import labelled_ends
from metrics import Scenario, ScoreError


def draw(page: PageView, others: Sequence[Dataset]) -> Markup:
    """Draw the part of the page about other data. Return its finding; empty if no other data is open."""
    if not others:
        return Markup()
    other = choose_dataset(page.choices.also, others)
    with st.container(border=True, gap="small", key="part_elsewhere"):
        with st.container(horizontal=True, vertical_alignment="center"):
            write(eyebrow(words.ON_OTHER_DATA, id="other-data"))
            _draw_choice(other, others)
        return Markup() if other is None else _judge(page, other)


def _draw_choice(other: Dataset | None, others: Sequence[Dataset]) -> None:
    titles = {dataset.fingerprint: one_line(dataset.title) for dataset in others} | {NONE: "none"}
    st.selectbox(
        "Judge the picks on",
        label_visibility="collapsed",
        width=260,
        **named_options(titles),
        **session.widget("also", NONE if other is None else other.fingerprint),
    )


def _judge(page: PageView, other: Dataset) -> Markup:
    """Draw the results on other data. Return a sentence on whether the selected point holds there."""
    try:
        tally_progress.await_tally(other)
        scenario = transfer_scenario(page.analysis, other)
        if scenario is None:
            write(notice(words.not_comparable_sentence(page.analysis, page.names, other)))
            return Markup()
        with tally_progress.at_thresholds(
            counted=is_transfer_counted(page.selection, other, scenario)
        ):
            others = transfer_picks(page.selection, other, scenario)
            selected = transfer_selected(page.selection, other, scenario)
    except ScoreError as error:  # This data was never opened as comparable data.
        for problem in with_own_names(error.problems, other.files):
            write(Markup(refusal_markup(problem)))
        return Markup()
    picks = [p for p in others if p.origin is Origin.PICK]
    judged = [*selected, *(p for p in others if p.origin is Origin.FAIR)]
    failures = failures_among(judged)
    sentence = words.verdict_sentence(failures, other)
    write(finding(sentence))
    write(note(" · ".join(words.transfer_facts(page.analysis, other, scenario, judged))))
    heads = ("Whose", "Figure", "Here", other.title, "Best threshold there", "Holds")
    write(
        table(
            heads,
            [_row(page, other, scenario, p) for p in [*judged, *picks]],
            css="cg-elsewhere cg-stacked",
        )
    )
    write(note(words.HOLDS_NOTE))
    return span(sentence, css="cg-fails") if failures else inline(sentence)


def _row(page: PageView, other: Dataset, scenario: Scenario, result: TransferResult) -> list[Cell]:
    objective, transfer = result.objective, result.transfer
    # The pick of a ranking is a model, at any threshold.
    is_any_threshold = objective.of_model and result.seeks_threshold
    model = result.model
    name = page.label(model) if is_any_threshold else point_markup(page, model, result.threshold)
    mark = swatch(styles_with_current(page.selection, page.styles)[model], page.palette)
    row = [
        Cell(stacked(span(words.origin_name(result), css="cg-strong"), inline(mark, name))),
        Cell(words.figure_label(page.analysis, objective, scenario)),
    ]
    if transfer is None:
        reason = "" if result.obstacle is None else words.OBSTACLES[result.obstacle]
        return [*row, Cell(reason, columns=4)]
    for value, ends in (
        (transfer.here, transfer.here_range),
        (transfer.there, transfer.there_range),
    ):
        interval = (
            labelled_ends(objective, value, *ends, scenario)
            if page.analysis.shows_intervals
            else ""
        )
        row.append(Cell(figure(objective, value, scenario), [interval]))
    best = Cell("–")
    if not math.isnan(transfer.best):
        evaluation = scenario_figures(other, scenario).evaluation
        at = threshold_markup(evaluation, model, transfer.best_threshold)
        best = Cell(figure(objective, transfer.best, scenario), [Markup("at ") + at])
    tone = "cg-holds" if transfer.holds else "cg-fails"
    return [*row, best, Cell(words.transfer_words(transfer), css=tone)]
