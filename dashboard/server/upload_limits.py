"""How much of the server's memory uploads may take before somebody opens them.

Streamlit keeps every file that is put to it until its session ends. Here bytes are promised before they are
read: to one session, and to all together.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from dashboard.data.uploads.job import MAX_FILES
from dashboard.server.connection_timeouts import UPLOAD_IDLE_SECONDS, take_in_time
from dashboard.server.sockets import SOCKETS
from dashboard.server.streamlit_internals import upload_storage

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

UPLOAD_PATH = re.compile(r".*/_stcore/upload_file/([^/]+)/([^/]+)")
"""Path under which a page puts a file: the session, and the file's id."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOT_ASKED = "No page of this server asked for this file.\n"
MEGABYTE = 1024 * 1024
FRAME = MEGABYTE
"""Bytes around a file in a request, and what a small file takes besides its own."""
SESSIONS = 2
"""One session may hold so many times the largest upload: what it opens, and what takes its place."""
ALL = 6
"""All sessions together may hold so many times the largest upload; a single one at most half of that."""


class UploadMemory:
    """ASGI middleware before Streamlit's own taking of files.

    Parameters
    ----------
    app : ASGIApp
        What takes the file.
    largest : int
        Megabytes of the largest upload.
    idle : float
        Seconds without a byte after which a file is given up.

    Attributes
    ----------
    most_by_one, most_by_all : int
        Bytes that one session, and all sessions together, may hold.

    Notes
    -----
    All but the time-outs happens on the event loop's thread, so that no lock is needed.
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
        """Refuse a file at once, or let it be taken."""
        found = UPLOAD_PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] != "PUT":
            await self.app(scope, receive, send)
            return
        session, file = found.groups()
        size = _declared_size(scope)
        refusal = self._refusal(session, file, size)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        taken = size + FRAME
        self._coming[session] += taken
        try:
            await take_in_time(self.app, scope, receive, send, size, idle=self._idle)
        finally:
            self._coming[session] -= taken
            if not self._coming[session]:
                del self._coming[session]

    def _refusal(self, session: str, file: str, size: int) -> PlainTextResponse | None:
        if not _ID.fullmatch(file) or not SOCKETS.is_open(session):
            return PlainTextResponse(NOT_ASKED, 400)
        if size < 0:
            return PlainTextResponse("A file must come with its size in Content-Length.\n", 411)
        if size > self._largest:
            return PlainTextResponse("The file is larger than this server takes.\n", 413)
        kept = kept_bytes()
        needed = size + FRAME
        own = kept.get(session, 0) + self._coming[session]
        if own + needed > self.most_by_one:
            return PlainTextResponse(
                "Remove a file from the box first: there is room for no more.\n", 413
            )
        short = sum(kept.values()) + self._coming.total() + needed - self.most_by_all
        if short > 0 and not free_left_behind(short):
            words = (
                "So many files are on their way that there is no room now. Try again in a minute."
            )
            return PlainTextResponse(f"{words}\n", 503, {"Retry-After": "60"})
        return None


def _declared_size(scope: Scope) -> int:
    """Bytes that a request says it holds; -1 if it does not say so, or can be read in another way."""
    headers = Headers(scope=scope)
    lengths = headers.getlist("content-length")
    is_sure = len(lengths) == 1 and lengths[0].isascii() and lengths[0].isdigit()
    # With an encoding the body ends where its chunks say, whatever the length is.
    return int(lengths[0]) if is_sure and "transfer-encoding" not in headers else -1


def kept_bytes() -> dict[str, int]:
    """Bytes that are kept for each session, a small file counted as no less than `FRAME`."""
    return {
        session: sum(len(file.data) + FRAME for file in list(files.values()))
        for session, files in dict(upload_storage().file_storage).items()
    }


def free_left_behind(short: int) -> bool:
    """Let go of files whose browser has gone, the longest kept first, until there are so many bytes more."""
    for session, size in kept_bytes().items():
        if short <= 0:
            break
        if not SOCKETS.is_open(session):
            upload_storage().remove_session_files(session)
            short -= size
    return short <= 0
