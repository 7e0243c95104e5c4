"""Whether what was picked holds on other data that is open: a later month, another line, a test set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard.analysis import counts
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.evidence.transfer import (
    NONE,
    Origin,
    TransferResult,
    choose_dataset,
    is_counted,
    transfer_picks,
    transfer_scenario,
    transfer_selected,
    transfer_verdict,
)
from dashboard.data.library import Dataset
from dashboard.data.uploads.metadata import with_own_names
from dashboard.figures.model_styles import styles_with_current
from dashboard.markup import escaped, small, swatch
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.views import tally_progress
from dashboard.views.problem_markup import refusal_markup
from dashboard.views.snippets import point_markup, threshold_markup, write
from dashboard.words.data_size import size_facts
from dashboard.words.evidence.transfer import (
    OBSTACLES,
    not_comparable_sentence,
    origin_name,
    picks_sentence,
    transfer_words,
    verdict_sentence,
)
from dashboard.words.numbers import (
    figure,
    in_per_cent,
    number,
    span,
    unit_noun,
    unit_words,
)
from dashboard.words.safe_text import one_line
from metrics import Scenario, ScoreError


def draw(page: PageView, among: Sequence[Dataset]) -> str:
    """The part of the page about other data, and markup of what it finds; nothing where none is open."""
    if not among:
        return ""
    other = choose_dataset(page.choices.also, among)
    with st.container(border=True, gap="small", key="part_elsewhere"):
        with st.container(horizontal=True, vertical_alignment="center"):
            write('<p class="cg-eyebrow" id="other-data">On other data</p>')
            _which(other, among)
        return "" if other is None else _judge(page, other)


def _which(other: Dataset | None, among: Sequence[Dataset]) -> None:
    titles = {dataset.fingerprint: one_line(dataset.title) for dataset in among} | {NONE: "none"}
    st.selectbox(
        "Judge the picks on",
        list(titles),
        format_func=titles.__getitem__,
        label_visibility="collapsed",
        width=260,
        **session.widget(
            "also",
            NONE if other is None else other.fingerprint,
            lambda choices, value: replace(choices, also=value),
        ),
    )


def _judge(page: PageView, other: Dataset) -> str:
    """Draw what became of the picks there, and say of the chosen point whether it holds."""
    try:
        carried = _carried(page, other)
    except ScoreError as error:  # nobody has opened this data as such yet
        for problem in with_own_names(error.problems, other.files):
            write(refusal_markup(problem))
        return ""
    if carried is None:
        write(
            f'<p class="cg-notice">{escaped(not_comparable_sentence(page.analysis, page.names, other))}</p>'
        )
        return ""
    picks, here = carried
    scenario = transfer_scenario(page.analysis, other)
    assert scenario is not None
    verdict = transfer_verdict(here)
    finding = verdict_sentence(verdict, other)
    write(f'<h2 class="cg-finding">{escaped(finding)}</h2>')
    write(f'<p class="cg-note">{escaped(picks_sentence(picks, other))}.</p>')
    write(_facts(page.analysis, other, scenario, here))
    write(_markup(page, other, scenario, [*here, *picks]))
    write(
        '<p class="cg-note">Each threshold is carried over as it stands. It does not hold where the figure '
        "there is worse than what was to be expected, where a larger share of the defects is missed or of "
        "the good units flagged, where a limit breaks, or where another threshold of the same model does "
        "better there, each by more than both samples’ chance.</p>"
    )
    if verdict.failures:
        return f'<span class="cg-fails">{escaped(finding)}</span>'
    return escaped(finding)


def _carried(
    page: PageView, other: Dataset
) -> tuple[Sequence[TransferResult], Sequence[TransferResult]] | None:
    """Results there of the stakeholders' picks, and of the selected point with the fair option.

    `None` if the data cannot be compared.
    """
    tally_progress.await_tally(other)
    scenario = transfer_scenario(page.analysis, other)
    if scenario is None:
        return None
    with tally_progress.at_thresholds(counted=is_counted(page.selection, other, scenario)):
        others = transfer_picks(page.selection, other, scenario)
        selected = transfer_selected(page.selection, other, scenario)
    picks = [p for p in others if p.origin is Origin.PICK]
    fair = [p for p in others if p.origin is Origin.FAIR]
    return picks, [*selected, *fair]


def _facts(
    analysis: Analysis, other: Dataset, scenario: Scenario, results: Sequence[TransferResult]
) -> str:
    facts = [
        *size_facts(counts.tally(other).rows.tolist(), other.scores.held_out),
        f"counts on both sides are for {number(scenario.units_per_year or 0)} units",
    ]
    if analysis.scenario.defect_rate is None and scenario.defect_rate is not None:
        facts.append(f"both at the defect rate here, {in_per_cent(scenario.defect_rate)}")
        prior = next((r.transfer.prior for r in results if r.transfer is not None), None)
        if prior is not None and prior.is_significant:
            facts.append("the defect rate there is another, which says nothing against a threshold")
    return f'<p class="cg-note">{escaped(" · ".join(facts))}</p>'


def _markup(
    page: PageView, other: Dataset, scenario: Scenario, points: Sequence[TransferResult]
) -> str:
    heads = ("Whose", "Figure", "Here", escaped(other.title), "Best threshold there", "Holds")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(_row(page, other, scenario, p) for p in points)
    return (
        f'<table class="cg-compare cg-elsewhere"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(page: PageView, other: Dataset, scenario: Scenario, p: TransferResult) -> str:
    # The best of a ranking is a model, at whatever threshold.
    ranks = p.objective.of_model and p.seeks_threshold
    words = escaped(page.label(p.model)) if ranks else point_markup(page, p.model, p.threshold)
    mark = swatch(styles_with_current(page.selection, page.styles)[p.model], page.palette)
    name = f'<th scope="row"><span class="cg-strong">{escaped(origin_name(p))}</span><br>{mark}{words}</th>'
    # Counts are for as many units as the first data has: a year's, only where a volume was given.
    yearly = page.scenario.units_per_year is not None
    unit = (unit_words if yearly else unit_noun)(p.objective, scenario)
    what = f"<td>{escaped(p.objective.label)} {escaped(unit)}</td>"
    transfer = p.transfer
    if transfer is None:
        why = "" if p.obstacle is None else OBSTACLES[p.obstacle]
        return f'<tr>{name}{what}<td colspan="4">{escaped(why)}</td></tr>'

    def cell(value: float, ends: tuple[float, float]) -> str:
        known = span(p.objective, value, *ends, scenario) if page.analysis.shows_intervals else ""
        return f"<td>{escaped(figure(p.objective, value, scenario))}{small(known)}</td>"

    best = "<td>–</td>"
    if not math.isnan(transfer.best):
        there = counts.scenario_figures(other, scenario)
        at = threshold_markup(there, p.model, transfer.best_threshold)
        best = (
            f"<td>{escaped(figure(p.objective, transfer.best, scenario))}"
            f'<br><span class="cg-small">at {at}</span></td>'
        )
    tone = "cg-holds" if transfer.holds else "cg-fails"
    return (
        f"<tr>{name}{what}{cell(transfer.here, transfer.here_range)}"
        f"{cell(transfer.there, transfer.there_range)}{best}"
        f'<td class="{tone}">{escaped(transfer_words(transfer))}</td></tr>'
    )
