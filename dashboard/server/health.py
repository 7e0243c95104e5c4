"""Health checks ``/healthz`` and ``/readyz``; Streamlit's other internal routes are hidden.

``/healthz`` answers while the process runs. ``/readyz`` names in plain words the parts that cannot be used,
such as the score files, the library or the register. It reveals neither a version nor a folder.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse

from dashboard.data.file_access import is_visible
from dashboard.decisions.identity import NOBODY
from dashboard.server.numba_cache import CACHE_VARIABLE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

STREAMLITS_ROUTES = ("health", "host-config", "stream", "upload_file/", "bidi-components/")
"""Routes below ``_stcore/`` that a page requests; metrics, script checks and the API are not among them."""
LOGIN_ROUTES = ("/auth/login", "/auth/logout", "/oauth2callback")
"""Streamlit's login routes, which this app does not use."""
FAULTS_SECONDS = 2.0
"""Seconds for which the faults are cached, so that frequent requests cost little."""
OPENING = "The score files are still being opened."


class Readiness:
    """Readiness of the server, with the faults that prevent its use.

    Parameters
    ----------
    find_faults : callable
        Returns the faults, one sentence each. It is called by one thread at a time.
    """

    def __init__(self, find_faults: Callable[[], Sequence[str]]) -> None:
        self._find_faults = find_faults
        self._faults: Sequence[str] = ()
        self._until = 0.0
        self._lock = threading.Lock()
        self._opened = threading.Event()

    def open(self) -> None:
        """Record that the first files were opened or refused, so that pages can be drawn."""
        self._opened.set()

    @property
    def is_open(self) -> bool:
        """True if the first files were opened or refused."""
        return self._opened.is_set()

    def faults(self) -> Sequence[str]:
        """Sentences on everything that cannot be used; empty if the server is ready."""
        if not self.is_open:
            return (OPENING,)
        with self._lock:
            if time.monotonic() >= self._until:
                self._faults = self._find_faults()
                self._until = time.monotonic() + FAULTS_SECONDS
            return self._faults


def find_faults(arguments: Sequence[str], on_gone: Callable[[str], None]) -> list[str]:
    """Check what pages need: the compiled code, the data, the library and the register; return the faults."""
    from dashboard.arguments.parser import UsageError
    from dashboard.server import server_resources
    from metrics import ScoreError

    arguments = tuple(arguments)
    faults = []
    if not can_write(Path(os.environ[CACHE_VARIABLE])):
        faults.append("What is compiled cannot be written.")
    try:
        library, register = (
            server_resources.library(arguments, on_gone),
            server_resources.register(arguments),
        )
        roles, options = server_resources.roles(arguments), server_resources.options_of(arguments)
    except UsageError:
        return ["The command line is wrong, or names a file that cannot be read."]
    except (ScoreError, OSError):
        return ["The score files, or the sample, cannot be read."]
    if not all(is_visible(Path(file)) for dataset in library.public_data for file in dataset.files):
        faults.append("The score files, or the sample, are gone.")
    is_temporary = library.upload_store.private and not options.private
    if is_temporary or not can_write(library.upload_store.folder):
        faults.append("The library of uploads cannot be written.")
    try:
        if roles is not None:
            roles.may_administer(NOBODY)
    except ScoreError as error:
        # Anyone may ask, so the entries of the file are in the log alone.
        key = error.problems[0].value
        faults.append(
            "The people file cannot be read: nobody may sign."
            + (f" Its key {key} is wrong." if key else "")
        )
    if options.identity_keys is not None:
        from dashboard.decisions.tokens import has_keys  # PyJWT takes time to load

        if not has_keys(options.identity_keys):
            faults.append("The keys of the tokens cannot be read: nobody is let in.")
    if register is not None:
        with contextlib.suppress(ScoreError, OSError):
            register.all()
            is_writable = not register.path.exists() or os.access(register.path, os.W_OK)
            if is_writable and can_write(register.path.parent):
                return faults
        faults.append("The register of decisions cannot be read or written.")
    return faults


def can_write(folder: Path) -> bool:
    """True if a file can be created in a folder, or in its nearest existing parent."""
    try:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"1")
    except OSError:
        return False
    return True


class Health:
    """ASGI middleware that answers the health checks, and hides Streamlit's internal routes.

    Parameters
    ----------
    app : ASGIApp
        App that answers all other requests.
    base_path : str
        Path under which the app is served, such as ``/common-ground``; empty for the root.
    readiness : Readiness
        Source of the answer to ``/readyz``.
    """

    def __init__(self, app: ASGIApp, base_path: str, readiness: Readiness) -> None:
        self.app = app
        self._base_path = base_path
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a health check, or pass the request on to the app."""
        path = scope["path"].removeprefix(self._base_path) if scope["type"] == "http" else ""
        if path in ("/healthz", "/readyz") and scope["method"] in ("GET", "HEAD"):
            faults = await run_in_threadpool(self._readiness.faults) if path == "/readyz" else ()
            body = "\n".join(faults or ("ready" if path == "/readyz" else "alive",))
            answer = PlainTextResponse(
                f"{body}\n", 503 if faults else 200, {"Cache-Control": "no-store"}
            )
            await answer(scope, receive, send)
        elif _is_hidden(path):
            await PlainTextResponse("Not found\n", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_hidden(path: str) -> bool:
    _, is_internal, route = path.partition("/_stcore/")
    if is_internal:
        return not route.startswith(STREAMLITS_ROUTES)
    return path.rstrip("/") in LOGIN_ROUTES
