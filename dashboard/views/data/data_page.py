"""The Data page: what was read and how, what is worth knowing about it, and opening other files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from dashboard.analysis import counts
from dashboard.data.library import Dataset, Library
from dashboard.figures.palette import DARK, LIGHT, styles
from dashboard.markup import escaped, plain, swatch
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.views import problem_markup, score_distribution_charts
from dashboard.views.data import column_table, switch_or_delete, upload_form
from dashboard.views.data.upload_form import HELD_OUT_ANSWERS
from dashboard.views.problem_markup import lines_markup, refusal_markup
from dashboard.views.snippets import names_not_given, pager, write
from dashboard.words.data_size import HELD_OUT, size_facts
from dashboard.words.numbers import number
from dashboard.words.phrases import first_of
from metrics import ScoreError, TallyFile
from metrics.errors import counted

NOTES = 6
GAP = 8
"""Pixels between boxes, as on the Decide page."""
FEW = score_distribution_charts.FEW


def draw(library: Library, dataset: Dataset) -> None:
    """Draw the page for the data in force."""
    with st.container(key="data_page", gap=GAP):
        _title(dataset)
        left, right = st.columns([3, 2], gap=GAP)
        with left, st.container(border=True, gap="small", height="stretch"):
            write('<h2 class="cg-title">What was read</h2>')
            if dataset.scores.held_out == "unknown":
                _rows()
            _facts(dataset)
        with right, st.container(gap=GAP, height="stretch", key="part_open"):
            with st.container(border=True, gap="small"):
                upload_form.draw(library)
            with st.container(border=True, gap="small", height="stretch"):
                switch_or_delete.draw(library, dataset)
        with st.container(border=True, gap="xsmall"):
            _problems(dataset)
        # Few models do not fill two rows of the page.
        few = len(dataset.scores.models) <= FEW
        first, second = st.columns(2, gap=GAP) if few else (st.container(), st.container())
        high: Literal["stretch", "content"] = "stretch" if few else "content"
        with (
            first,
            st.container(border=True, gap="xsmall", height=high, key="part_distributions"),
        ):
            score_distribution_charts.draw(dataset)
        with second, st.container(border=True, gap="small", height=high, key="part_candidates"):
            _models(dataset)


def _title(dataset: Dataset) -> None:
    """Draw the title of the data and its size."""
    facts = " · ".join(
        [
            *size_facts(
                counts.tally(dataset).rows.tolist(),
                session.current().held_out(dataset.scores.held_out),
            ),
            counted(len(dataset.scores.models), "model"),
        ]
    )
    write(
        f'<div class="cg-head"><h1>{escaped(dataset.title)}</h1></div>'
        f'<p class="cg-note cg-facts">{escaped(facts)}</p>'
    )


def missing(library: Library, fingerprint: str) -> None:
    """Say which data a link is about that this server does not have, and offer what there is."""
    entry = library.shelf.about(fingerprint)
    altered = library.is_altered(fingerprint)
    st.title(
        "The data of this link was changed on the server"
        if altered
        else "This link is about data that is not here",
        anchor=False,
    )
    if altered and entry is not None:
        what = (
            f"It is about {escaped(', '.join(entry.named.files))}. What the server keeps of it is no longer "
            "what was uploaded, so nothing of it is shown. Open the file again, and the link works; and tell "
            "whoever runs the server."
        )
    elif entry is not None:
        what = (
            f"It is about {escaped(', '.join(entry.named.files))}, which was uploaded here and has been "
            "removed since. Open it again, and the link works."
        )
    else:
        what = (
            "It names data that this server has not seen, or no longer knows. Open its files, read as "
            "they were, and the link works."
        )
    write(f'<p class="cg-notice">{what}</p>')
    _instead(library)


def refused(library: Library, dataset: Dataset, error: ScoreError) -> None:
    """Say what is wrong with rows that were met while they were counted, and offer what there is."""
    if error.code == "E_CANCELLED":
        st.title("Counting was stopped", anchor=False)
        write(
            f'<p class="cg-notice">Nothing is left of it. {escaped(dataset.title)} is as it was.</p>'
        )
        st.button("Count again", type="primary", key="count_again")  # which every run does
    else:
        st.title("These files cannot be read as they are", anchor=False)
        for problem in error.problems:
            write(refusal_markup(problem))
    _instead(library, dataset.fingerprint)


def _instead(library: Library, refused: str | None = None) -> None:
    """The upload box, and the data of this server but for what it refused."""
    known = library.first
    left, right = st.columns(2, gap=GAP)
    with left, st.container(border=True, gap="small"):
        upload_form.draw(library)
    if known.fingerprint == refused:
        return
    with right, st.container(border=True, gap="small"):
        write('<h2 class="cg-title">Or look at what is here</h2>')
        st.button(
            plain(known.title), on_click=session.open_data, args=(known.fingerprint,), key="own"
        )
        origin = ORIGINS[known.origin]
        write(f'<p class="cg-note">{origin[0].upper()}{origin[1:]}.</p>')


ORIGINS = {
    "sample": "the sample that comes with Common Ground",
    "command line": "named when the app was started",
    "upload": "uploaded",
}


def _rows() -> None:
    """Whether the rows were held out, asked where nobody said so when they were opened."""
    answers = {name: words for name, words in HELD_OUT_ANSWERS.items() if name != "unknown"}
    st.selectbox(
        "These rows were",
        list(answers),
        index=None,
        placeholder="not said",
        format_func=answers.__getitem__,
        help="It goes with the link and with what is recorded.",
        width=320,
        **session.widget("rows", session.current().rows, lambda c, v: replace(c, rows=v)),
    )


def _facts(dataset: Dataset) -> None:
    tally = counts.tally(dataset)
    goods, defects = (int(n) for n in tally.rows)
    columns = dataset.scores.columns
    uses = dataset.column_uses
    label = next(column.name for column in uses if column.use == "label")
    entry = dataset.entry
    positive = columns.positive if entry is None else entry.columns["positive"]
    rows = [
        ("Files", ", ".join(Path(file).name for file in dataset.files)),
        ("Counted from", _counted_from(dataset)),
        ("Origin", ORIGINS[dataset.origin]),
        ("Units", f"{number(goods + defects)}"),
        ("Defects", f"{number(defects)} ({number(100 * defects / (goods + defects), 2)} %)"),
        (
            "Rows were",
            None
            if dataset.scores.held_out == "unknown"  # which is asked above
            else HELD_OUT[dataset.scores.held_out],
        ),
        ("Scores are", SCALES[dataset.scores.scale]),
        ("Defective", f"where {label} is {positive}"),
        (
            "Id",
            None if any(column.use == "id" for column in uses) else "none: rows are numbered",
        ),
    ]
    body = "".join(
        f'<tr><th scope="row">{escaped(name)}</th><td>{escaped(value)}</td></tr>'
        for name, value in rows
        if value
    )
    write(
        f'<table class="cg-facts-table"><tbody>{body}</tbody></table>'
        '<details class="cg-note"><summary>Details</summary>Fingerprint '
        f'<span class="cg-hash">{escaped(dataset.fingerprint)}</span></details>'
    )
    column_table.draw(uses)


def _counted_from(dataset: Dataset) -> str | None:
    """Names of the score files that a tally is of; None of what has its rows."""
    scores = dataset.scores
    if not isinstance(scores, TallyFile):
        return None
    files, several = scores.header.files, len(scores.header.counted)
    names = first_of(files, 6)
    return f"{names} ({several} tallies added)" if several > 1 else names


SCALES = {
    "probability": "probabilities of a defect, 0 to 1",
    "percent": "per cent",
    "logit": "log-odds",
    "rank": "a ranking only: no log loss, Brier score or calibration",
}


def _problems(dataset: Dataset) -> None:
    write('<h2 class="cg-title">What is worth knowing</h2>')
    if not dataset.problems:
        write('<p class="cg-note">Nothing: every value was read without a question.</p>')
    lines = problem_markup.notes(dataset)
    for line in lines[:NOTES]:
        write(line)
    lines_of_text = lines_markup(dataset.problems)
    if lines_of_text:
        write(lines_of_text)
    if lines[NOTES:]:
        with st.expander(counted(len(lines) - NOTES, "more note")):
            write("".join(lines[NOTES:]))
    codes = ", ".join(dict.fromkeys(problem.code for problem in dataset.problems))
    if codes:
        write(f'<details class="cg-note"><summary>Details</summary>Code {escaped(codes)}</details>')


def _models(dataset: Dataset) -> None:
    models = dataset.scores.models
    choices = session.current()
    names, notes = dict(choices.names), dict(choices.notes)
    palette = DARK if session.appearance() == "dark" else LIGHT
    model_styles = styles(models)
    write(
        '<h2 class="cg-title">Candidates</h2>'
        '<p class="cg-note">Ticked ones are discussed. Names and notes go with the link; the file '
        f"stays as it is.</p>{names_not_given()}"
    )
    shown = pager("candidates", len(models))
    rows = st.container(gap=GAP, key=f"candidates_{'few' if len(models) <= FEW else 'many'}")
    for k in shown:
        model = models[k]
        with (
            rows,
            st.container(
                horizontal=True, vertical_alignment="center", gap="xsmall", key=f"candidate_{k}"
            ),
        ):
            st.checkbox(
                f"Show {plain(model)}",
                label_visibility="collapsed",
                **session.widget(
                    f"show_model_{k}",
                    model not in choices.hidden,
                    _change(Choices.with_shown, model),
                ),
            )
            st.html(swatch(model_styles[model], palette), width="content")
            st.text_input(
                f"Name of {plain(model)}",
                placeholder=model,
                label_visibility="collapsed",
                max_chars=60,
                **session.widget(
                    f"name_model_{k}",
                    names.get(model, ""),
                    _change(Choices.with_name, model),
                ),
            )
            st.text_input(
                f"Note on {plain(model)}",
                placeholder="note",
                label_visibility="collapsed",
                max_chars=200,
                **session.widget(
                    f"note_model_{k}",
                    notes.get(model, ""),
                    _change(Choices.with_note, model),
                ),
            )


def _change(change: Callable[[Choices, str, Any], Choices], model: str) -> session.Change:
    """A change of one model as a widget makes it."""

    def changed(choices: Choices, value: Any) -> Choices:
        return change(choices, model, value.strip() if isinstance(value, str) else value)

    return changed
