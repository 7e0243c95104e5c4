"""Navigation and frame around every page: look, menu, and the page of data that cannot be opened."""

from __future__ import annotations

import base64
import sys
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.analysis import cache
from dashboard.analysis.evidence import transfer
from dashboard.arguments.app_options import app_options
from dashboard.arguments.input_options import read_options
from dashboard.arguments.parser import UsageError
from dashboard.data.library import Library
from dashboard.data.uploads.file_names import with_own_names
from dashboard.decisions.register import Register
from dashboard.figures.palette import palette_of
from dashboard.server import server_resources
from dashboard.server.prometheus import RUNS
from dashboard.session import drafts, session
from dashboard.views import problem_markup, tally_progress
from dashboard.views.data import data_page, opening_questions, upload_progress
from dashboard.views.decide import decide_page, record_dialog
from dashboard.views.decisions import decisions_page
from dashboard.views.evidence import evidence_page
from dashboard.views.failures import failures_page
from dashboard.views.guide import guide_page
from dashboard.views.html_elements import style, write
from dashboard.views.limits import limits_page
from dashboard.views.models import models_page
from metrics import ScoreError

# Constants have comments here, since Streamlit shows a string that is alone on a line of the main file.
# End of the address of the page that is highlighted in the navigation for a hidden page.
SHOWN_AS = {"Decide by name": "/", "Table": "/", "Gaps": "/models"}
# Pages that need the data of the link.
PAGES_ON_DATA = ("decide", "models", "gaps", "evidence", "failures", "limits", "data")
# Look of the open page in the navigation.
LIT = "{ background: rgba(191, 177, 141, 0.25); font-weight: 600; }"
HERE = Path(__file__).resolve().parents[1]

# The icon is a data URL, since Streamlit drops its own files while a page is drawn again.
ICON = base64.b64encode((HERE / "icon.png").read_bytes()).decode()

st.set_page_config(
    page_title="Common Ground",
    page_icon=f"data:image/png;base64,{ICON}",
    layout="wide",
    initial_sidebar_state="collapsed",
)
palette = palette_of(session.appearance())
with st.container(key="page_look"):  # shows nothing itself
    write(
        style(
            f":root {{ --cg-paper: {palette.paper}; --cg-accent: {palette.accent}; "
            f"--cg-on-accent: {palette.on_accent}; --cg-good: {palette.good}; --cg-bad: {palette.bad}; }}"
        )
    )


def navigate() -> None:
    """Open the data that the command line names, and draw the page."""
    arguments = tuple(sys.argv[1:])
    try:
        with st.spinner("Opening the score files …"):
            library = server_resources.library(arguments, cache.forget)
            register = server_resources.register(arguments)
    except ScoreError as error:
        draw_unreadable(arguments, error)
        return
    except UsageError as error:
        st.title("The command line is wrong", anchor=False)
        st.code(str(error), language=None)
        return
    draw = drawings(library, register)
    all_pages = [
        st.Page(draw["decide"], title="Decide", default=True),
        st.Page(draw["models"], title="Models", url_path="models"),
        st.Page(draw["evidence"], title="Evidence", url_path="evidence"),
        st.Page(draw["failures"], title="Failures", url_path="failures"),
        st.Page(draw["limits"], title="Limits", url_path="limits"),
        # Further addresses of the first page, and the Models page with the gaps on top.
        st.Page(draw["decide"], title="Decide by name", url_path="decide", visibility="hidden"),
        st.Page(draw["decide"], title="Table", url_path="table", visibility="hidden"),
        st.Page(draw["gaps"], title="Gaps", url_path="gaps", visibility="hidden"),
        st.Page(
            partial(decisions_page.draw, register, library), title="Decisions", url_path="decisions"
        ),
        st.Page(draw["data"], title="Data", url_path="data"),
        *guide_page.pages(),
    ]
    chosen = st.navigation(all_pages, position="top")
    if (title := drafts.page_to_show()) is not None:
        st.switch_page(next(page for page in all_pages if page.title == title))
    if chosen.title not in ("Decide", "Decide by name", "Table"):
        record_dialog.close_if_open()
    if chosen.title in SHOWN_AS:
        with st.container(key="page_lit"):  # shows nothing itself
            write(style(f"[data-testid='stTopNavLink'][href$='{SHOWN_AS[chosen.title]}'] {LIT}"))
    chosen.run()
    if chosen.title != "Data":
        upload_progress.announce_result()


def draw_unreadable(arguments: tuple[str, ...], error: ScoreError) -> None:
    """Ask the questions that open the files, or draw the reason why they cannot be read."""
    options = app_options(arguments)
    if opening_questions.can_ask(options.files, read_options(options), error):
        open_files = partial(server_resources.library, arguments, cache.forget)
        opening_questions.draw(options.files, open_files)
        return
    st.title("These files cannot be read as they are", anchor=False)
    files = tuple(problem.file for problem in error.problems if problem.file)
    problem_markup.draw_refusal(ScoreError.of(with_own_names(error.problems, files)))
    st.button("Read them again", key="read_again")  # every rerun reads them


def drawings(library: Library, register: Register | None) -> dict[str, partial[None]]:
    """Functions that draw each page on the data of the link, or the reason why it cannot be opened."""
    dataset = library.find(session.begin(library.links).data, session.owner())
    if dataset is None:
        draw_missing = partial(data_page.draw_missing, library, session.current().data or "")
        return dict.fromkeys(PAGES_ON_DATA, draw_missing)
    session.name_data(dataset.fingerprint)
    session.number_same_names(dataset.scores.models)
    fingerprints = [session.current().also, *session.opened_data()]
    others = transfer.comparable_datasets(library, dataset, fingerprints, session.owner())
    try:
        tally_progress.await_tally(dataset)
    except ScoreError as error:
        draw_refused = partial(data_page.draw_refused, library, dataset, error)
        return dict.fromkeys(PAGES_ON_DATA, draw_refused)
    return {
        "decide": partial(decide_page.draw, dataset, others, register),
        "models": partial(models_page.draw, dataset),
        "gaps": partial(models_page.draw, dataset, pairs=True),
        "evidence": partial(evidence_page.draw, dataset, others),
        "failures": partial(failures_page.draw, dataset),
        "limits": partial(limits_page.draw, dataset),
        "data": partial(data_page.draw, library, dataset),
    }


# A run holds the figures of its data until it ends, so few runs may be under way.
with RUNS.run(), cache.STORE.turns.turn():
    navigate()
