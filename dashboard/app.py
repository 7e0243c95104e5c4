"""Common Ground: the app. Started by ``common-ground open`` or ``streamlit run dashboard/app.py``."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # streamlit run puts only this folder on the path
    sys.path.insert(0, str(HERE.parent))

from dashboard import cache, session  # noqa: E402
from dashboard.cli_options import UsageError  # noqa: E402
from dashboard.views import table  # noqa: E402
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
        st.title("This link is about other data", anchor=False)
        st.write(
            "It names data that this server does not have open. Open its files, or go on with:"
        )
        known = library.first
        st.button(
            "The data of this server",
            on_click=session.open_data,
            args=(known.fingerprint,),
            key="own",
        )
        return
    session.name_data(dataset.fingerprint)
    table.draw(dataset)


main()
