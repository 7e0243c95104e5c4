"""Common Ground: the app. Started by ``common-ground open`` or ``streamlit run dashboard/app.py``."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # streamlit run puts only this folder on the path
    sys.path.insert(0, str(HERE.parent))

from dashboard import cache, session  # noqa: E402
from dashboard.cli_options import UsageError  # noqa: E402
from dashboard.library import Library  # noqa: E402
from dashboard.views import data, table  # noqa: E402
from dashboard.views.parts import escaped, write  # noqa: E402
from metrics import ScoreError  # noqa: E402

st.set_page_config(
    page_title="Common Ground",
    page_icon=str(HERE / "icon.png"),
    layout="wide",
    initial_sidebar_state="expanded",
)
st.html(HERE / "look.css")


def main() -> None:
    """Open what the command line names, and draw the page."""
    try:
        with st.spinner("Opening the score files …"):
            library = cache.library(tuple(sys.argv[1:]))
    except ScoreError as error:
        st.title("These files cannot be read as they are", anchor=False)
        table.refused(error)
        return
    except UsageError as error:
        st.title("The command line is wrong", anchor=False)
        st.code(str(error), language=None)
        return
    dataset = library.find(session.begin().data)
    if dataset is None:
        missing(library, session.current().data or "")
        return
    session.name_data(dataset.fingerprint)
    pages = [
        st.Page(partial(table.draw, dataset), title="Table", url_path="table", default=True),
        st.Page(partial(data.draw, library, dataset), title="Data", url_path="data"),
    ]
    st.navigation(pages, position="top").run()


def missing(library: Library, fingerprint: str) -> None:
    """Say which data a link is about that this server does not have, and offer what it has."""
    entry = library.shelf.about(fingerprint)
    st.title("This link is about data that is not here", anchor=False)
    if entry is not None:
        named = escaped(", ".join(entry.files))
        what = f"It is about {named}, which was uploaded here and has been removed since. Open it again"
    else:
        what = "It names data that this server has not seen. Open its files"
    write(f'<p class="cg-notice">{what} on the Data page of what is open.</p>')
    known = library.first
    st.button(
        "The data of this server", on_click=session.open_data, args=(known.fingerprint,), key="own"
    )


main()
