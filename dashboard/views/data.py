"""The Data page: what was read and how, what is worth knowing about it, and opening other files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import cache, session
from dashboard.choices import Choices
from dashboard.figures.distribution import COLUMNS, distribution_figure, distribution_view
from dashboard.figures.look import CONFIG, DARK, LIGHT, styles
from dashboard.library import Dataset, Library
from dashboard.views import opened, opening
from dashboard.views.head import HELD_OUT
from dashboard.views.parts import (
    escaped,
    in_form_words,
    lines_markup,
    page_of,
    plain,
    plural,
    problem_markup,
    refusal_markup,
    write,
)
from metrics import ScoreError
from metrics.wording import number

PANEL_WIDTH = 340
NOTES = 6


def draw(library: Library, dataset: Dataset) -> None:
    """Draw the page for the data in force."""
    write(f'<div class="cg-head"><h1>{escaped(dataset.title)}</h1></div>')
    left, right = st.columns([3, 2], gap="medium")
    with left:
        with st.container(border=True, gap="small"):
            _facts(dataset)
        with st.container(border=True, gap="small"):
            _problems(dataset)
        with st.container(border=True, gap="small"):
            _models(dataset)
    with right:
        with st.container(border=True, gap="small"):
            opening.draw(library)
        with st.container(border=True, gap="small"):
            opened.draw(library, dataset)
    with st.container(border=True, gap="small"):
        _distributions(dataset)


def missing(library: Library, fingerprint: str) -> None:
    """Say which data a link is about that this server does not have, and offer what there is."""
    entry = library.shelf.about(fingerprint)
    st.title("This link is about data that is not here", anchor=False)
    if entry is not None:
        what = (
            f"It is about {escaped(', '.join(entry.files))}, which was uploaded here and has been "
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
    st.title("These files cannot be read as they are", anchor=False)
    for problem in error.problems:
        write(refusal_markup(problem))
    _instead(library, dataset.fingerprint)


def _instead(library: Library, refused: str | None = None) -> None:
    """The upload box, and the data of this server but for what it refused."""
    known = library.first
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, gap="small"):
        opening.draw(library)
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


def _facts(dataset: Dataset) -> None:
    counted = cache.tally(dataset.fingerprint, dataset)
    goods, defects = (int(n) for n in counted.rows)
    columns, entry = dataset.scores.columns, dataset.entry
    mapped = {
        "id": ", ".join(columns.id) or "none: rows are numbered",
        "label": columns.label,
        "positive": columns.positive,
        "weight": columns.weight,
        "value": columns.value,
        "group": columns.group,
        "segments": ", ".join(columns.segments) or None,
    }
    if entry is not None:
        # The kept file has canonical names; what matters is what they were in the upload.
        mapped |= {
            key: ", ".join(value) if isinstance(value, list | tuple) else value
            for key, value in entry.columns.items()
            if key in mapped
        }
    rows = [
        ("Files", ", ".join(Path(file).name for file in dataset.files)),
        ("Origin", ORIGINS[dataset.origin]),
        ("Units", f"{number(goods + defects)}"),
        ("Defects", f"{number(defects)} ({number(100 * defects / (goods + defects), 2)} %)"),
        ("Rows were", HELD_OUT[dataset.scores.held_out]),
        ("Scores are", SCALES[dataset.scores.scale]),
        ("Id", mapped["id"]),
        ("Label", f"{mapped['label']}, defective where it is {mapped['positive']}"),
        ("Weight", mapped["weight"]),
        ("Unit value", mapped["value"]),
        ("Units that belong together", mapped["group"]),
        ("Segments", mapped["segments"]),
        ("Models", ", ".join(dataset.scores.models)),
        ("Left out", ", ".join(entry.columns.get("left_out") or ()) if entry is not None else None),
    ]
    body = "".join(
        f'<tr><th scope="row">{escaped(name)}</th><td>{escaped(value)}</td></tr>'
        for name, value in rows
        if value
    )
    digest = f'<small class="cg-small">{escaped(dataset.fingerprint)}</small>'
    write(
        '<h2 class="cg-title">What was read</h2>'
        f'<table class="cg-facts-table"><tbody>{body}'
        f'<tr><th scope="row">Fingerprint</th><td>{digest}</td></tr></tbody></table>'
    )


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
    # The command line's own files are read anew by its own options.
    asked = in_form_words if dataset.origin == "upload" else lambda problem: problem
    lines = [problem_markup(asked(problem)) for problem in dataset.problems]
    for line in lines[:NOTES]:
        write(line)
    counted = lines_markup(dataset.problems)
    if counted:
        write(counted)
    if lines[NOTES:]:
        with st.expander(plural(len(lines) - NOTES, "more note")):
            write("".join(lines[NOTES:]))


def _models(dataset: Dataset) -> None:
    models = dataset.scores.models
    choices = session.current()
    names, notes = dict(choices.names), dict(choices.notes)
    write(
        '<h2 class="cg-title">Candidates</h2>'
        '<p class="cg-note">Names and notes go with the link; the file stays as it is.</p>'
    )
    for k in page_of("candidates", len(models)):
        model = models[k]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.checkbox(
                f"Show {plain(model)}",
                label_visibility="collapsed",
                **session.widget(
                    f"show_model_{k}",
                    model not in choices.hidden,
                    _change(Choices.with_shown, model),
                ),
            )
            st.text_input(
                f"Name of {plain(model)}",
                placeholder=model,
                label_visibility="collapsed",
                max_chars=60,
                **session.widget(
                    f"name_model_{k}",
                    names.get(model, ""),
                    _named(models, model),
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


def _named(models: Sequence[str], model: str) -> session.Change:
    """A model's own name; where another one is called so already, it gets a number."""

    def changed(choices: Choices, value: str) -> Choices:
        names, wanted = dict(choices.names), value.strip()
        taken = {names.get(other, other) for other in models if other != model}
        name, count = wanted, 1
        while name in taken:
            count += 1
            name = f"{wanted} ({count})"
        return choices.with_name(model, name)

    return changed


def _distributions(dataset: Dataset) -> None:
    counted = cache.tally(dataset.fingerprint, dataset)
    look = DARK if session.appearance() == "dark" else LIGHT
    names = dict(session.current().names)
    write(
        '<h2 class="cg-title">How each model scores good units and defects</h2>'
        '<p class="cg-note">Share of each class by score; defects are the line in the model’s colour. '
        "The further apart, the better the model tells them apart.</p>"
    )
    shown = page_of("distributions", len(counted.models))
    view = [distribution_view(counted, m) for m in shown]
    # One model's panel would be stretched over the whole page.
    st.plotly_chart(
        distribution_figure(view, look, styles(counted.models), names),
        width=min(len(view), COLUMNS) * PANEL_WIDTH if len(view) < COLUMNS else "stretch",
        theme=None,
        key="distributions",
        config=CONFIG,
        alt="Distribution of the scores of good units and of defects, by model",
    )
