"""What every page on data begins with, and how it ends: its figures, or why there are none."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dashboard.analysis import resampled_figures
from dashboard.analysis.analysis import Analysis
from dashboard.data.library import Dataset
from dashboard.markup import escaped
from dashboard.page_view import PageView
from dashboard.session import server_resources, session
from dashboard.session.url import to_query
from dashboard.views import live_elements, tally_progress
from dashboard.views.assumptions import chips
from dashboard.views.problem_markup import refused
from dashboard.views.snippets import write
from dashboard.words.phrases import first_of
from metrics import ScoreError

WHEREVER = frozenset(
    {"W_COMMONIDS", "W_ROWORDER", "W_REVERSED", "W_PREDICTED", "W_TURNED", "W_SPLIT"}
)
"""What of the data every page with figures says: of which units they are, and what the scores may be of."""
OF_SCORES = frozenset({"W_REVERSED", "W_PREDICTED"})
"""Those of them that are about a model's scores, not about a file."""


def draw_title(analysis: Analysis) -> None:
    """Write the data's title, in the bar that stays."""
    title = escaped(analysis.dataset.title)
    write(f'<div class="cg-head"><h1 title="{title}">{title}</h1></div>')


def wherever(dataset: Dataset) -> list[str]:
    """What every page with figures says of the data, a sentence each."""
    sentences = []
    for problem in dataset.problems:
        if problem.code in WHEREVER:
            place = problem.column if problem.code in OF_SCORES else problem.file
            where = f" ({place})" if place else ""
            sentences.append(f"{problem.message[:1].upper()}{problem.message[1:]}{where}.")
    return sentences


def whatever_the_link(page: PageView) -> list[str]:
    """What a reader must know of the data before any figure, a sentence each; mostly nothing."""
    trained = page.held_out == "training"
    flattered = ["The models were trained on these rows: every figure flatters them."]
    return [*flattered * trained, *page.notices, *wherever(page.dataset)]


def begin(dataset: Dataset) -> PageView | None:
    """Draw the top of a page; its figures, or None where the scenario does not fit the data."""
    try:
        page = tally_progress.page_state(session.current(), dataset)
    except ScoreError as error:
        scenario_refused(dataset, error)
        return None
    with st.container(key="live"):  # shows nothing of its own
        packed = live_elements.draw(page.analysis)
        live_elements.point(page)
    draw_title(page.analysis)
    notices = whatever_the_link(page)
    if notices:
        again = ""
        if (
            page.held_out == "training" and dataset.scores.held_out == "unknown"
        ):  # as a reader has said
            link = escaped(urlencode(to_query(page.choices)))
            again = f' <a class="cg-see" href="data?{link}" target="_self">change</a>'
        write(f'<p class="cg-notice" role="status">{escaped(" ".join(notices))}{again}</p>')
    chips.draw(page)
    live_elements.intervals(page.selection, packed)
    return page


def end(analysis: Analysis) -> None:
    """The page stands: how sure its figures are comes a moment later."""
    server_resources.settle()
    if resampled_figures.resample(analysis):
        session.rerun()


def scenario_refused(dataset: Dataset, error: ScoreError) -> None:
    """Say what of the scenario does not fit these files, and how to go on."""
    choices = session.current()
    unknown = error.code == "E_TODAY"
    if unknown:
        source = "This link" if choices.today is not None else "The scenario"
        st.title(f"{source} names a model that these files do not have", anchor=False)
        models = dataset.scores.models
        known = first_of(models, 12)
        words = (
            f"“{error.value}” is to be today’s system, with which all else is compared; "
            f"the models here are {known}."
        )
        write(f'<div class="cg-refusal" role="alert">{escaped(words)}</div>')
    else:
        st.title("This scenario cannot be used as it is", anchor=False)
        refused(error)
    with st.container(horizontal=True, gap="small"):
        if unknown:
            st.button(
                "Compare with shipping everything",
                type="primary",
                on_click=session.choose,
                kwargs={"today": "none"},
                key="no_today",
            )
        if any(getattr(choices, name) is not None for name in chips.FIELDS):
            st.button(
                "Back to the scenario as opened",
                on_click=session.choose,
                kwargs=dict.fromkeys(chips.FIELDS),
                key="reset_refused",
            )
