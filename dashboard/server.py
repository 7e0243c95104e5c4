"""The app as a server, which makes ready before anyone comes; started by ``common-ground open``.

``streamlit run dashboard/app.py`` starts the same app, whose first visitor then waits a little longer.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # streamlit run puts only this folder on the path
    sys.path.insert(0, str(HERE.parent))

from dashboard.ahead import Ahead, plotly_script  # noqa: E402
from dashboard.table import serve  # noqa: E402


def make_ready() -> None:
    """Load what every page needs, open the command line's files, count and evaluate the first."""
    from dashboard import cache
    from dashboard.cli_options import UsageError
    from dashboard.views import table  # noqa: F401
    from metrics import ScoreError

    plotly_script()
    with suppress(ScoreError, UsageError):  # the page says what is wrong
        [first, *_] = cache.library(tuple(sys.argv[1:])).own
        cache.evaluated(first, first.countable(first.scenario)[0])


@asynccontextmanager
async def ready(_: st.App) -> AsyncIterator[None]:
    """Make ready beside the server, which answers meanwhile."""
    serve()
    threading.Thread(target=make_ready, name="make ready", daemon=True).start()
    yield


app = st.App(HERE / "app.py", lifespan=ready, middleware=[Middleware(Ahead)])
