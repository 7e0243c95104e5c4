"""The app as a server, which makes ready before anyone comes; started by ``common-ground open``.

``streamlit run dashboard/app.py`` starts the same app, whose first visitor then waits a little longer.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # streamlit run puts only this folder on the path
    sys.path.insert(0, str(HERE.parent))

from dashboard.ahead import Ahead  # noqa: E402
from dashboard.ready import make_ready  # noqa: E402
from dashboard.table import serve  # noqa: E402


@asynccontextmanager
async def ready(_: st.App) -> AsyncIterator[None]:
    """Make ready beside the server, which answers meanwhile."""
    serve()  # before a browser asks for what it was told of ahead
    threading.Thread(target=make_ready, args=(sys.argv[1:],), daemon=True).start()
    yield


app = st.App(HERE / "app.py", lifespan=ready, middleware=[Middleware(Ahead)])
