"""Memory limits of uploads, for each session and for all sessions together.

Streamlit keeps every uploaded file in memory until its session ends. The limits are checked against the
declared size, before a file is read.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from dashboard.data.uploads.job import MAX_FILES
from dashboard.server.connection_timeouts import UPLOAD_IDLE_SECONDS, pass_upload_in_time
from dashboard.server.sockets import SOCKETS
from dashboard.server.streamlit_internals import upload_storage

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

UPLOAD_PATH = re.compile(r".*/_stcore/upload_file/([^/]+)/([^/]+)")
"""Path of an upload, with the session and the file's id."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOT_ASKED = "No page of this server asked for this file.\n"
MEGABYTE = 1024 * 1024
FRAME = MEGABYTE
"""Overhead of a file in bytes, in its request and in memory."""
SESSIONS = 2
"""Limit of one session as a multiple of the largest upload: for an opened file and its replacement."""
ALL = 6
"""Limit of all sessions together as a multiple of the largest upload; one session may use half of it."""


class UploadMemory:
    """ASGI middleware that limits the memory of uploads before Streamlit receives them.

    Parameters
    ----------
    app : ASGIApp
        App that receives the files.
    largest : int
        Size of the largest upload in megabytes.
    idle : float
        Time in seconds after which an upload is aborted if no byte arrives.

    Attributes
    ----------
    most_by_one, most_by_all : int
        Limit in bytes of one session, and of all sessions together.

    Notes
    -----
    Everything except the time-outs happens on the event loop's thread, so no lock is needed.
    """

    def __init__(
        self,
        app: ASGIApp,
        largest: int,
        idle: float = UPLOAD_IDLE_SECONDS,
    ) -> None:
        self.app = app
        self._largest = largest * MEGABYTE + FRAME
        self.most_by_all = ALL * self._largest
        self.most_by_one = min(
            SESSIONS * (self._largest + MAX_FILES * FRAME), self.most_by_all // 2
        )
        self._idle = idle
        self._coming: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an upload at once, or pass it on to the app."""
        upload = UPLOAD_PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if upload is None or scope["method"] != "PUT":
            await self.app(scope, receive, send)
            return
        session, file = upload.groups()
        size = _declared_size(scope)
        refusal = self._refusal(session, file, size)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        memory = size + FRAME
        self._coming[session] += memory
        try:
            await pass_upload_in_time(self.app, scope, receive, send, size, idle=self._idle)
        finally:
            self._coming[session] -= memory
            if not self._coming[session]:
                del self._coming[session]

    def _refusal(self, session: str, file: str, size: int) -> PlainTextResponse | None:
        if not _ID.fullmatch(file) or not SOCKETS.is_open(session):
            return PlainTextResponse(NOT_ASKED, 400)
        if size < 0:
            return PlainTextResponse("A file must come with its size in Content-Length.\n", 411)
        if size > self._largest:
            return PlainTextResponse("The file is larger than this server takes.\n", 413)
        stored = stored_bytes()
        needed = size + FRAME
        used = stored.get(session, 0) + self._coming[session]
        if used + needed > self.most_by_one:
            return PlainTextResponse(
                "Remove a file from the box first: there is room for no more.\n", 413
            )
        missing = sum(stored.values()) + self._coming.total() + needed - self.most_by_all
        if missing > 0 and not free_closed_sessions(missing):
            words = (
                "So many files are on their way that there is no room now. Try again in a minute."
            )
            return PlainTextResponse(f"{words}\n", 503, {"Retry-After": "60"})
        return None


def _declared_size(scope: Scope) -> int:
    """Size of a request's body by its headers; -1 if they do not declare it unambiguously."""
    headers = Headers(scope=scope)
    lengths = headers.getlist("content-length")
    is_unambiguous = len(lengths) == 1 and lengths[0].isascii() and lengths[0].isdigit()
    # With a transfer encoding, the chunks decide where the body ends, not the length.
    return int(lengths[0]) if is_unambiguous and "transfer-encoding" not in headers else -1


def stored_bytes() -> dict[str, int]:
    """Memory of the uploads of each session in bytes, with `FRAME` added for every file."""
    return {
        session: sum(len(file.data) + FRAME for file in list(files.values()))
        for session, files in dict(upload_storage().file_storage).items()
    }


def free_closed_sessions(missing: int) -> bool:
    """Remove uploads of closed sessions, oldest first; True if ``missing`` bytes were freed."""
    for session, size in stored_bytes().items():
        if missing <= 0:
            break
        if not SOCKETS.is_open(session):
            upload_storage().remove_session_files(session)
            missing -= size
    return missing <= 0
