"""The Data page: size, columns and problems of the open data, and the form to open other files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.counts import dataset_counts
from dashboard.data.dataset import Dataset
from dashboard.data.library import Library
from dashboard.figures.model_styles import styles
from dashboard.figures.palette import DARK, LIGHT, palette_of
from dashboard.markup import plain
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.views import live_elements, problem_markup, score_distribution_charts
from dashboard.views.data import (
    column_table,
    opening_questions,
    read_again,
    switch_or_delete,
    upload_form,
)
from dashboard.views.html_elements import (
    details,
    facts,
    head,
    note,
    notice,
    span,
    swatch,
    title,
    write,
)
from dashboard.views.menus import named_options, pager
from dashboard.words.data import stored_data
from dashboard.words.data import uploads as words
from dashboard.words.data.columns import (
    likely_decisions,
    likely_kind,
    use_as_kind,
)
from dashboard.words.data.problems import row_numbering
from dashboard.words.data.uploads import data_facts
from dashboard.words.data_size import CHECKED, size_facts
from dashboard.words.notices import names_notice
from metrics import ScoreError, TallyFile
from metrics.errors import counted

NOTES = 6
"""Number of notes that are visible. Further notes are folded away."""
GAP = 8
"""Space between boxes in pixels, as on the Decide page."""
FEW = score_distribution_charts.FEW


def draw(library: Library, dataset: Dataset) -> None:
    """Draw the page for the open data."""
    with st.container(key="data_page", gap=GAP):
        with st.container(gap=None):
            palette, model_styles = palette_of(session.appearance()), styles(dataset.scores.models)
            live_elements.send_print_colours(palette, model_styles)
            _draw_title(dataset)
        left, right = st.columns([3, 2], gap=GAP)
        with left, st.container(border=True, gap="small", height="stretch"):
            write(title("What was read"))
            with st.container(horizontal=True, key="data_asked"):
                if dataset.scores.held_out == "unknown":
                    _draw_rows_box()
                _draw_checked_box(dataset)
            _draw_facts(library, dataset)
        with right, st.container(gap=GAP, height="stretch", key="part_open"):
            with st.container(border=True, gap="small"):
                upload_form.draw(library)
            with st.container(border=True, gap="small", height="stretch"):
                switch_or_delete.draw(library, dataset)
        _draw_problems(dataset)
        # With few models, both sections share a row.
        are_few = len(dataset.scores.models) <= FEW
        first, second = st.columns(2, gap=GAP) if are_few else (st.container(), st.container())
        height: Literal["stretch", "content"] = "stretch" if are_few else "content"
        with (
            first,
            st.container(border=True, gap="xsmall", height=height, key="part_distributions"),
        ):
            score_distribution_charts.draw(dataset)
        with second, st.container(border=True, gap="small", height=height, key="part_candidates"):
            _draw_models(dataset)


def _draw_title(dataset: Dataset) -> None:
    """Draw the title of the data and its size."""
    choices = session.current()
    held_out = choices.held_out(dataset.scores.held_out)
    size = size_facts(dataset_counts.tally(dataset).rows.tolist(), held_out)
    line = " · ".join([*size, counted(len(dataset.scores.models), "model")])
    write(head(dataset.title), note(line, css="cg-facts"))


def draw_missing(library: Library, fingerprint: str) -> None:
    """Name the data of a link that this server does not have, and offer the available data."""
    entry = library.upload_store.about(fingerprint)
    is_altered = entry is not None and library.is_altered(fingerprint)
    files = () if entry is None else entry.named.files
    page_title, text = stored_data.missing_data(files, is_altered=is_altered)
    st.title(page_title, anchor=False)
    write(notice(text))
    _draw_alternatives(library)


def draw_refused(library: Library, dataset: Dataset, error: ScoreError) -> None:
    """Show why counting the rows failed, and offer the available data."""
    if error.code == "E_CANCELLED":
        st.title("Counting was stopped", anchor=False)
        write(notice(f"Nothing is left of it. {dataset.title} is as it was."))
        st.button("Count again", type="primary", key="count_again")  # every rerun counts again
    elif _can_ask(dataset, error):
        opening_questions.draw(dataset.files, partial(_open_in_place, library, dataset))
        return
    else:
        st.title("These files cannot be read as they are", anchor=False)
        problem_markup.draw_refusal(error)
    _draw_alternatives(library, dataset.fingerprint)


def _can_ask(dataset: Dataset, error: ScoreError) -> bool:
    """Whether a reader's answers can solve the problem of rows of the command line."""
    scores = dataset.scores
    if dataset.origin != "command line" or isinstance(scores, TallyFile):
        return False
    return opening_questions.can_ask(dataset.files, scores.options, error)


def _open_in_place(library: Library, dataset: Dataset, options: Mapping[str, Any]) -> None:
    """Read the files with the answers of a reader, and show their data."""
    session.choose(data=library.read_in_place(dataset, options).fingerprint)


def _draw_alternatives(library: Library, refused: str | None = None) -> None:
    """Draw the upload box, and a button for the first data unless it was refused."""
    first = library.first
    left, right = st.columns(2, gap=GAP)
    with left, st.container(border=True, gap="small"):
        upload_form.draw(library)
    if first.fingerprint == refused:
        return
    with right, st.container(border=True, gap="small"):
        write(title("Or look at what is here"))
        st.button(
            plain(first.title), on_click=session.open_data, args=(first.fingerprint,), key="own"
        )


def _draw_rows_box() -> None:
    """Ask whether the rows were held out, if that is unknown."""
    answers = {name: text for name, text in words.HELD_OUT_ANSWERS.items() if name != "unknown"}
    st.selectbox(
        "These rows were",
        **named_options(answers),
        index=None,
        placeholder="not said",
        help=words.HELD_OUT_HELP,
        width=320,
        **session.widget("rows", session.current().rows),
    )


def _draw_checked_box(dataset: Dataset) -> None:
    """Ask which units were checked, unless the data was opened as an audit sample."""
    labels = session.current().labels_from(dataset.labels_from)
    st.selectbox(
        "Units checked",
        **named_options(CHECKED),
        help=words.CHECKED_HELP,
        width=320,
        disabled=dataset.labels_from != "all",
        **session.widget(
            "labels", labels, lambda c, v: replace(c, labels=None if v == "all" else v)
        ),
    )


def _draw_facts(library: Library, dataset: Dataset) -> None:
    write(
        facts(data_facts(dataset)),
        details("Fingerprint ", span(dataset.fingerprint, css="cg-hash")),
    )
    columns, key = dataset.column_uses, f"columns_{dataset.fingerprint}"
    if not read_again.can_read_again(dataset):
        column_table.draw(columns, key)
        return
    again = partial(read_again.read_again, library, dataset)
    column_table.draw(columns, key, partial(again, partial(column_table.edited, columns, key)))
    if decisions := likely_decisions(columns):
        read_again.draw_use_as_today(library, dataset, decisions)
    if kind := likely_kind(columns):
        st.button(
            use_as_kind(plain(kind)),
            key="use_as_kind",
            on_click=again,
            args=(partial(column_table.with_use, columns, kind, "defect_type"),),
        )


def _draw_problems(dataset: Dataset) -> None:
    """Draw the warnings about the data, if there are any."""
    notes = problem_markup.data_notes_markup(dataset, can_change=read_again.can_read_again(dataset))
    if not notes:
        return
    with st.container(border=True, gap="xsmall"):
        write(title("What is worth knowing"))
        for markup in [*notes[:NOTES], note(row_numbering(dataset.problems))]:
            write(markup)
        if notes[NOTES:]:
            with st.expander(counted(len(notes) - NOTES, "more note")):
                write(*notes[NOTES:])
        codes = ", ".join(dict.fromkeys(problem.code for problem in dataset.problems))
        write(details(f"Code {codes}"))


def _draw_models(dataset: Dataset) -> None:
    """Draw a row for each model: whether it is shown, its name and a note on it."""
    models = dataset.scores.models
    refused = notice(names_notice(session.rejected_names()), role="status")
    write(title("Candidates"), note(words.CANDIDATES), refused)
    shown = pager("candidates", "models", len(models))
    rows = st.container(gap=GAP, key=f"candidates_{'few' if len(models) <= FEW else 'many'}")
    palette = DARK if session.appearance() == "dark" else LIGHT
    for k in shown:
        with (
            rows,
            st.container(
                horizontal=True, vertical_alignment="center", gap="xsmall", key=f"candidate_{k}"
            ),
        ):
            _draw_model(k, models[k], swatch(styles(models)[models[k]], palette))


def _draw_model(k: int, model: str, mark: Markup) -> None:
    choices = session.current()
    st.checkbox(
        f"Show {plain(model)}",
        label_visibility="collapsed",
        **session.widget(
            f"show_model_{k}",
            model not in choices.hidden,
            _change_of_model(Choices.with_shown, model),
        ),
    )
    st.html(mark, width="content")
    for kind, label, placeholder, stored, most, change in (
        ("name", "Name of", model, choices.names, 60, Choices.with_name),
        ("note", "Note on", "note", choices.notes, 200, Choices.with_note),
    ):
        st.text_input(
            f"{label} {plain(model)}",
            placeholder=placeholder,
            label_visibility="collapsed",
            max_chars=most,
            **session.widget(
                f"{kind}_model_{k}", dict(stored).get(model, ""), _change_of_model(change, model)
            ),
        )


def _change_of_model(change: Callable[[Choices, str, Any], Choices], model: str) -> session.Change:
    """Callback of a widget that changes one model."""

    def changed(choices: Choices, value: Any) -> Choices:
        return change(choices, model, value.strip() if isinstance(value, str) else value)

    return changed
