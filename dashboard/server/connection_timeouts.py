"""Connections that are given up when the other side stops half way.

A request whose headers never end, a file that stops coming, a body that nobody waits for, an answer that is
never read: each would hold a connection, and what it keeps in memory, for ever. Sockets are bounded in what
one message may hold.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER_SECONDS = 20.0
"""Within which a request's headers have to be there."""
UNREAD_SECONDS = 60.0
"""An answer of which nothing is read for so long is given up."""
UPLOAD_IDLE_SECONDS = 30.0
"""Without a byte for so long, a file that is put to the server is given up."""
UPLOAD_LEAST_RATE, UPLOAD_PATIENCE_SECONDS = 50_000, 60.0
"""Bytes a second that must come of a file on average, once the first so many seconds are over."""
HEADER_BYTES = 65_536
MESSAGE_BYTES = 1_000_000
"""Of one message from a page; what a page sends is a few kilobytes."""
OPEN_FILES = 4096
"""Of this process where the system lets it; a quarter of them is the app's own to open."""
SESSION_FILES = 3
"""Files that a session holds besides its socket: the event loop that Streamlit makes for its script."""
KEPT_SESSIONS = 128
"""Sessions whose browser has gone and that Streamlit keeps."""

_LOG = logging.getLogger(__name__)


class _Patience:
    """Ends a connection unless it is told in time that all is well."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, transport: asyncio.Transport) -> None:
        """Begin to wait, unless it waits already."""
        if self._timer is None:
            self._timer = self._wait(transport)

    def _wait(self, transport: asyncio.Transport) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self._seconds, transport.abort)

    def rest(self) -> None:
        """Stop waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _PatienceWithReaders(_Patience):
    """Ends a connection of which nothing is read; one that is read slowly is waited for again."""

    def _wait(self, transport: asyncio.Transport) -> asyncio.TimerHandle:
        unread = transport.get_write_buffer_size()
        return asyncio.get_running_loop().call_later(self._seconds, self._look, transport, unread)

    def _look(self, transport: asyncio.Transport, before: int) -> None:
        if transport.get_write_buffer_size() < before:
            self._timer = self._wait(transport)
        else:
            transport.abort()


class PatientRequests(H11Protocol):
    """Requests over HTTP/1, with time-outs on what the other side owes and does not owe the app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._headers_due = _Patience(HEADER_SECONDS)
        self._reading_due = _PatienceWithReaders(UNREAD_SECONDS)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= most_connections():
            transport.abort()
            return
        super().connection_made(transport)
        self._headers_due.watch(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_due.rest()
        self._reading_due.rest()
        if self.transport is not None:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        """Wait for headers that have begun, and for the rest of a body whose answer is given."""
        owed = self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None
        unasked = self.conn.their_state is h11.SEND_BODY and self.conn.our_state is h11.DONE
        if (owed or unasked) and self.transport.get_protocol() is self:
            self._headers_due.watch(self.transport)
        else:
            self._headers_due.rest()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading_due.watch(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reading_due.rest()


class PatientSockets(WebSocketsSansIOProtocol):
    """WebSockets that are given up when nothing is read from them, or when they cannot be opened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading_due = _PatienceWithReaders(UNREAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # A request with a line that is too long is refused, but uvicorn would neither say so nor hang up.
        if self.conn.handshake_exc is not None and not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._reading_due.rest()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading_due.watch(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reading_due.rest()


def most_sockets(files: int | None = None) -> int:
    """Largest number of sockets of pages, each with its session.

    Parameters
    ----------
    files : int, optional
        Files that this process may open; asked of the system unless given.

    Notes
    -----
    Three quarters of the files are for connections and sessions. Sessions without a socket take their part
    first. Of the rest a socket counts for its connection, its session's files, and two more connections:
    a browser also asks for pages.
    """
    free = 3 * (_files() if files is None else files) // 4 - KEPT_SESSIONS * SESSION_FILES
    return max(1, free // (SESSION_FILES + 3))


def most_connections(files: int | None = None) -> int:
    """Largest number of connections, those of `most_sockets` among them."""
    return 3 * most_sockets(files)


def _files() -> int:
    """Files that this process may open."""
    if sys.platform == "win32":  # which bounds open files in another way
        return OPEN_FILES
    import resource

    return int(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def allow_files() -> None:
    """Take as many open files as are needed, where the system lets this process."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Patient:
    """ASGI middleware, the outermost, that has uvicorn use the protocols above as it starts.

    Notes
    -----
    ``streamlit run`` makes uvicorn's configuration and hands nothing of it on; uvicorn's own object that
    speaks of start and end holds it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the server up as it starts; let the app answer."""
        if scope["type"] == "lifespan":
            config = getattr(getattr(receive, "__self__", None), "config", None)
            if isinstance(config, uvicorn.Config):
                set_up(config)
            else:
                _LOG.warning("Half requests are kept for ever: the server is none that is known.")
        await self.app(scope, receive, send)


def set_up(config: uvicorn.Config) -> None:
    """Have a server that is about to listen use the protocols above."""
    allow_files()
    config.http_protocol_class = PatientRequests
    config.ws_protocol_class = PatientSockets
    config.ws_max_size = MESSAGE_BYTES
    config.h11_max_incomplete_event_size = HEADER_BYTES
    config.encoded_headers = []


class _UploadTooSlowError(Exception):
    """A file stops coming."""


async def take_in_time(
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    size: int,
    *,
    idle: float = UPLOAD_IDLE_SECONDS,
) -> None:
    """Let an app take an upload of so many bytes while it comes at a fair pace; answer 408 where it stops."""
    end = time.monotonic() + UPLOAD_PATIENCE_SECONDS + size / UPLOAD_LEAST_RATE
    begun = False

    async def in_time() -> Message:
        patience = min(idle, end - time.monotonic())
        try:
            async with asyncio.timeout(max(0.0, patience)):
                return await receive()
        except TimeoutError:
            raise _UploadTooSlowError from None

    async def noted(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    try:
        await app(scope, in_time, noted)
    except ClientDisconnect:  # nobody waits for an answer, and it is no error of ours to log
        return
    except _UploadTooSlowError:
        if not begun:
            words = "The file came too slowly, and was given up."
            headers = {"Connection": "close"}
            await PlainTextResponse(f"{words}\n", 408, headers)(scope, receive, send)
