"""Server of the app: Streamlit behind its middleware. It loads the data before the first visitor.

It is started by ``common-ground open`` or ``streamlit run dashboard/app.py``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # streamlit run adds only this folder to the path
    sys.path.insert(0, str(HERE.parent))

from dashboard.data import allocator  # noqa: E402
from dashboard.data.private_folder import removed_at_the_end  # noqa: E402
from dashboard.host_names import hosts_named  # noqa: E402
from dashboard.live.component import serve  # noqa: E402
from dashboard.server import audit, page_style, plotly_script, prometheus  # noqa: E402
from dashboard.server.allowed_hosts import AllowedHosts  # noqa: E402
from dashboard.server.browser_access import BrowserAccess  # noqa: E402
from dashboard.server.connection_timeouts import ConnectionTimeouts  # noqa: E402
from dashboard.server.health import Health, Readiness, find_faults  # noqa: E402
from dashboard.server.log_lines import guard  # noqa: E402
from dashboard.server.numba_cache import set_numba_cache  # noqa: E402
from dashboard.server.security_headers import SecurityHeaders  # noqa: E402
from dashboard.server.sign_in import SignIn, proxy_of  # noqa: E402
from dashboard.server.sockets import SOCKETS, sweep  # noqa: E402
from dashboard.server.upload_limits import UploadMemory  # noqa: E402

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from dashboard.data.library import Library

_LOG = logging.getLogger(__name__)


def make_ready(arguments: Sequence[str]) -> None:
    """Import what every page needs, open the files of the command line, count and evaluate the first file.

    Parameters
    ----------
    arguments : sequence of str
        Command line of the app.
    """
    # These imports are slow, and the server should answer before they are complete.
    from dashboard.analysis import cache
    from dashboard.analysis.counts import dataset_counts
    from dashboard.analysis.counts.figures_by_scenario import scenario_figures
    from dashboard.arguments.parser import UsageError
    from dashboard.data.uploads.confinement import log_missing
    from dashboard.server import server_resources
    from dashboard.session.choices import Choices
    from metrics import ScoreError

    with suppress(ScoreError, UsageError):  # the page shows the error
        cache.STORE.most = (
            server_resources.options_of(tuple(arguments)).memory * server_resources.MEGABYTE
        )
        [first, *_] = server_resources.library(tuple(arguments), cache.forget).public_data
        readiness.open()
        if dataset_counts.is_counted(first):
            scenario, _ = first.countable(first.scenario)
            scenario_figures(first, scenario)
            dataset_counts.draw(first, Choices().seed, scenario)
    readiness.open()

    plotly_script.compressed()
    log_missing()
    allocator.release_unused()


def server_faults() -> Sequence[str]:
    """Sentences on everything that prevents the use of a page."""
    from dashboard.analysis import cache

    return find_faults(sys.argv[1:], cache.forget)


def library_if_open() -> Library | None:
    """Library of this server; `None` while the first files are being opened, or if they are rejected."""
    from dashboard.analysis import cache
    from dashboard.arguments.parser import UsageError
    from dashboard.server import server_resources
    from metrics import ScoreError

    with suppress(ScoreError, UsageError):  # the page shows the error
        if readiness.is_open:
            return server_resources.library(tuple(sys.argv[1:]), cache.forget)
    return None


def metrics_text() -> str:
    """Metrics of the server, for Prometheus."""
    from dashboard.analysis import cache

    return prometheus.text(cache.STORE.size, library_if_open())


def forget_closed_data() -> None:
    """Remove the cached results of uploads that no page can show any more, and release the memory."""
    from dashboard.analysis import cache

    if (library := library_if_open()) is not None:
        in_use = {dataset.fingerprint for dataset in library.public_data} | SOCKETS.data()
        cache.STORE.forget(lambda fingerprint: fingerprint not in in_use)
    allocator.collect()


@contextmanager
def metrics_served() -> Iterator[None]:
    """Serve the metrics while the context is open, if the command line names a port for them."""
    from dashboard.arguments.app_options import app_options
    from dashboard.arguments.parser import UsageError

    port = None
    with suppress(UsageError):  # the page shows the error
        port = app_options(sys.argv[1:]).metrics_port
    if port is None:
        yield
        return
    try:
        server = prometheus.serve(port, metrics_text)
    except (OSError, OverflowError) as error:
        _LOG.error("The metrics port must be free, got %s (%s). Name another.", port, error)
        yield
        return
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Prepare the server in a thread when it starts, and clean up when it stops."""
    os.umask(0o077)  # only the server's user may read what it writes
    guard()
    audit.begin(sys.argv[1:])
    serve()
    threading.Thread(target=make_ready, args=(sys.argv[1:],), daemon=True).start()
    sweeping = asyncio.create_task(sweep(forget_closed_data))
    with removed_at_the_end(), metrics_served():
        yield
    sweeping.cancel()


allocator.limit_arenas()
set_numba_cache()
base_path = f"/{st.get_option('server.baseUrlPath').strip('/')}".rstrip("/")
readiness = Readiness(server_faults)
app: ASGIApp = st.App(
    HERE / "views" / "navigation.py",
    lifespan=lifespan,
    routes=[
        Route(f"{base_path}/{served.URL}", served.answer) for served in (plotly_script, page_style)
    ],
    middleware=[
        Middleware(
            AllowedHosts,
            listens_on=st.get_option("server.address") or "",
            allowed=hosts_named(sys.argv[1:]),
        ),
        Middleware(Health, base_path=base_path, readiness=readiness),
        Middleware(BrowserAccess, base_path=base_path),
        Middleware(page_style.PageStyle),
        Middleware(UploadMemory, largest=st.get_option("server.maxUploadSize")),
    ],
)
if (proxy := proxy_of(sys.argv[1:])) is not None:
    app = SignIn(app, base_path, proxy)
# The outer layers also cover Streamlit's responses to errors.
app = ConnectionTimeouts(SecurityHeaders(app))
