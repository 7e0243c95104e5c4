"""Time-outs and size limits of connections, so that a stalled client cannot hold a connection forever.

They apply to headers that never end, uploads that stop, bodies that the app does not read, and responses
that the client does not read. The size of a WebSocket message is limited too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dashboard.server.connection_limits import allow_files, most_connections

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER_SECONDS = 20.0
"""Time limit for receiving the headers of a request."""
UNREAD_SECONDS = 60.0
"""Time after which a response is aborted if the client reads none of it."""
UPLOAD_IDLE_SECONDS = 30.0
"""Time after which an upload is aborted if no byte arrives."""
UPLOAD_MIN_RATE, UPLOAD_GRACE_SECONDS = 50_000, 60.0
"""Smallest average rate of an upload in bytes per second, and seconds added to the time at that rate."""
HEADER_BYTES = 65_536
MESSAGE_BYTES = 1_000_000
"""Largest size of a WebSocket message from a page; usual messages have a few kilobytes."""

_LOG = logging.getLogger(__name__)


class _AbortTimer:
    """Timer that aborts a connection unless `stop` is called in time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def start(self, transport: asyncio.Transport) -> None:
        """Start the timer, unless it is running."""
        if self._timer is None:
            self._timer = self._wait(transport)

    def _wait(self, transport: asyncio.Transport) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self._seconds, transport.abort)

    def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _UnreadTimer(_AbortTimer):
    """Timer that aborts a connection if the client reads nothing; it restarts if the client reads slowly."""

    def _wait(self, transport: asyncio.Transport) -> asyncio.TimerHandle:
        unread = transport.get_write_buffer_size()
        return asyncio.get_running_loop().call_later(self._seconds, self._check, transport, unread)

    def _check(self, transport: asyncio.Transport, before: int) -> None:
        if transport.get_write_buffer_size() < before:
            self._timer = self._wait(transport)
        else:
            transport.abort()


class _AbortsUnread(asyncio.Protocol):
    """Part of a protocol that aborts the connection if the client does not read what was sent."""

    transport: asyncio.Transport

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unread_timer = _UnreadTimer(UNREAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unread_timer.stop()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_timer.start(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread_timer.stop()


class TimedRequests(_AbortsUnread, H11Protocol):
    """HTTP/1 protocol with time-outs for headers, request bodies, and responses that are not read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._header_timer = _AbortTimer(HEADER_SECONDS)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= most_connections():
            transport.abort()
            return
        super().connection_made(transport)
        self._header_timer.start(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._header_timer.stop()
        if self.transport is not None:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._update_header_timer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._update_header_timer()

    def _update_header_timer(self) -> None:
        """Start the timer while headers, or the rest of a body after its response, are being received."""
        awaits_headers = self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None
        awaits_unread_body = (
            self.conn.their_state is h11.SEND_BODY and self.conn.our_state is h11.DONE
        )
        if (awaits_headers or awaits_unread_body) and self.transport.get_protocol() is self:
            self._header_timer.start(self.transport)
        else:
            self._header_timer.stop()


class TimedSockets(_AbortsUnread, WebSocketsSansIOProtocol):
    """WebSocket protocol that closes a socket if the client does not read it, or if it cannot be opened."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # For a header line that is too long, uvicorn neither sends the refusal nor closes the connection.
        if self.conn.handshake_exc is not None and not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()


class ConnectionTimeouts:
    """Outermost ASGI middleware, which configures uvicorn to use the protocols of this module.

    Notes
    -----
    ``streamlit run`` creates uvicorn's configuration and does not expose it. It can only be reached through
    uvicorn's lifespan object, to which the ``receive`` method belongs.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Configure the server when it starts, and pass every request on to the app."""
        if scope["type"] == "lifespan":
            config = getattr(getattr(receive, "__self__", None), "config", None)
            if isinstance(config, uvicorn.Config):
                set_up(config)
            else:
                _LOG.warning(
                    "Incomplete requests have no time limit, because the server is not uvicorn."
                )
        await self.app(scope, receive, send)


def set_up(config: uvicorn.Config) -> None:
    """Configure a server that is about to listen."""
    allow_files()
    config.http_protocol_class = TimedRequests
    config.ws_protocol_class = TimedSockets
    config.ws_max_size = MESSAGE_BYTES
    config.h11_max_incomplete_event_size = HEADER_BYTES
    config.encoded_headers = []


class _UploadTooSlowError(Exception):
    """Raised if an upload stalls."""


async def pass_upload_in_time(
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    size: int,
    *,
    idle: float,
) -> None:
    """Pass an upload of ``size`` bytes on to the app; answer 408 if it stalls or is too slow."""
    end = time.monotonic() + UPLOAD_GRACE_SECONDS + size / UPLOAD_MIN_RATE
    has_answered = False

    async def receive_in_time() -> Message:
        seconds = min(idle, end - time.monotonic())
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                return await receive()
        except TimeoutError:
            raise _UploadTooSlowError from None

    async def send_and_note(message: Message) -> None:
        nonlocal has_answered
        has_answered = True
        await send(message)

    try:
        await app(scope, receive_in_time, send_and_note)
    except ClientDisconnect:  # not an error to log
        return
    except _UploadTooSlowError:
        if not has_answered:
            words = "The file came too slowly, and was given up."
            headers = {"Connection": "close"}
            await PlainTextResponse(f"{words}\n", 408, headers)(scope, receive, send)
