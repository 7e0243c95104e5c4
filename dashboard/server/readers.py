"""Who a session belongs to: the browser whose cookie its socket was opened with.

Ids of sessions and names of files stand in addresses, which web servers and proxies write to their logs. Who
reads such a log cannot use them: a session is continued, a file is put to it and a file is handed out only
where the server has told that name to the same browser over its socket. The cookie is in no address.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse

from dashboard.server.connection_timeouts import most_sockets
from dashboard.server.messages import is_allowed, read, refusal
from dashboard.server.sockets import HEADER, SOCKETS, Socket
from dashboard.server.streamlit_internals import ForwardMsg
from dashboard.server.upload_limits import NOT_ASKED, UPLOAD_PATH

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "common_ground_reader"
_SECRET = re.compile("[0-9a-f]{64}")
_PROTOCOL = b"sec-websocket-protocol"
FIRST_SECONDS = 60.0
"""Seconds in which a page has to send its first message."""
BAD_DATA, NO_TEXT, TOO_QUIET = 1002, 1003, 1008
"""Codes that end a socket: what was sent is no message, or is text, or did not come."""


class Readers:
    """ASGI middleware that gives each browser a cookie, and lets it use what it was told.

    Parameters
    ----------
    app : ASGIApp
        Streamlit, which takes all that is let through.
    below : str
        Path under which the app is handed out, without slashes at its ends.

    Notes
    -----
    All of it happens on the event loop's thread, so that no lock is needed.
    """

    def __init__(self, app: ASGIApp, below: str) -> None:
        self.app = app
        self._below = f"/{below}" if below else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what belongs to another reader; let the app answer all else."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        reader = cookie_of(scope)
        refused = self._refusal(scope, reader)
        if refused is not None:
            await refused(scope, receive, send)
        elif reader is None and scope["method"] == "GET":
            await self.app(scope, receive, self._with_cookie(scope, send))
        else:
            await self.app(scope, receive, send)

    def _refusal(self, scope: Scope, reader: str | None) -> PlainTextResponse | None:
        path, method = scope["path"].removeprefix(self._below), scope["method"]
        upload = UPLOAD_PATH.fullmatch(path)
        if upload and method in ("PUT", "DELETE"):
            own = SOCKETS.has_session(reader, upload[1])
            return None if own else PlainTextResponse(NOT_ASKED, 400)
        if path.startswith("/media/") and method in ("GET", "HEAD"):
            own = SOCKETS.has_file(reader, path.removeprefix("/media/"))
            return None if own else PlainTextResponse("Not found\n", 404)
        return None

    def _with_cookie(self, scope: Scope, send: Send) -> Send:
        """Give a browser its cookie with the page, so that all its sockets are opened with the same one."""

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                given = self._given(scope, secrets.token_hex(32))
                # Nobody on the way may hand the same cookie to the next reader.
                private = (b"cache-control", b"private")
                message = {**message, "headers": [*message["headers"], given, private]}
            await send(message)

        return with_cookie

    def _given(self, scope: Scope, secret: str) -> tuple[bytes, bytes]:
        # Lax: who follows a link from elsewhere keeps the cookie that other pages of ours were given.
        secure = "; Secure" if scope["scheme"] in ("https", "wss") else ""
        path = self._below or "/"
        text = f"{COOKIE}={secret}; Path={path}; HttpOnly; SameSite=Lax{secure}"
        return b"set-cookie", text.encode("latin-1")

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if SOCKETS.open >= most_sockets():
            words = (
                "So many pages are open that there is room for no more. Try again in a minute.\n"
            )
            refused = PlainTextResponse(words, 503, {"Retry-After": "60"})
            await refused(scope, receive, send)
            return
        cookie = cookie_of(scope)
        socket = Socket(cookie or secrets.token_hex(32))
        given = [] if cookie else [self._given(scope, socket.reader)]
        talk = _Talk(socket, given, receive, send)
        headers = [
            self._own(header, socket) for header in scope["headers"] if header[0] != HEADER.encode()
        ]
        scope = {**scope, "headers": [*headers, (HEADER.encode(), socket.name.encode())]}
        SOCKETS.add(socket)
        try:
            await self.app(scope, talk.receive, talk.send)
        finally:
            SOCKETS.close(socket)

    def _own(self, header: tuple[bytes, bytes], socket: Socket) -> tuple[bytes, bytes]:
        """A socket's header, without the session that it is to continue where that is another reader's.

        Streamlit hands over its protocol, a token and the id of the session in one header, in this order.
        """
        name, value = header
        if name.lower() != _PROTOCOL:
            return header
        parts = [part.strip() for part in value.decode("latin-1").split(",")]
        if len(parts) > 2 and SOCKETS.has_session(socket.reader, parts[2]):
            socket.session = parts[2]  # Streamlit tells it in the next run, which may be long after
        else:
            parts = parts[:2]
        return name, ", ".join(parts).encode("latin-1")


class _Talk:
    """What is said over one socket: of what comes only what a page asks for, and all that goes."""

    def __init__(
        self,
        socket: Socket,
        given: list[tuple[bytes, bytes]],
        receive: Receive,
        send: Send,
    ) -> None:
        self._socket, self._given = socket, given
        self._receive, self._send = receive, send
        self._due: float | None = asyncio.get_running_loop().time() + FIRST_SECONDS
        self._is_ended = False

    async def receive(self) -> Message:
        """Wait for a message that a page of ours could send; all else is dropped, or ends the socket."""
        while True:
            try:
                async with asyncio.timeout_at(self._due):
                    message = await self._receive()
            except TimeoutError:
                return await self._end(TOO_QUIET)
            if message["type"] != "websocket.receive":
                return message
            if message.get("bytes") is None:
                return await self._end(NO_TEXT)
            asked = read(message["bytes"])
            if asked is None:
                return await self._end(BAD_DATA)
            if is_allowed(asked, self._has_file) and self._socket.takes(asked):
                self._due = None
                return message
            if (answer := refusal(asked)) is not None:
                await self._say({"type": "websocket.send", "bytes": answer.SerializeToString()})

    def _has_file(self, name: str) -> bool:
        return SOCKETS.has_file(self._socket.reader, name)

    async def _end(self, code: int) -> Message:
        self._is_ended = True
        await self._say({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}

    async def _say(self, message: Message) -> None:
        with suppress(OSError):  # the page is gone, as the next message to wait for says
            await self._send(message)

    async def send(self, message: Message) -> None:
        """Note what the page is told, and pass it on."""
        if self._is_ended:
            return
        if message["type"] == "websocket.accept":
            message = {**message, "headers": [*message.get("headers", ()), *self._given]}
        elif message["type"] == "websocket.send" and message.get("bytes"):
            SOCKETS.note(self._socket, ForwardMsg.FromString(message["bytes"]))
        await self._send(message)


def cookie_of(scope: Scope) -> str | None:
    """The cookie that a browser was given; `None` if it has none, or one that is not of ours."""
    for name, value in scope["headers"]:
        if name.lower() == b"cookie":
            secret = cookie_parser(value.decode("latin-1")).get(COOKIE, "")
            if _SECRET.fullmatch(secret):
                return secret
    return None


def _is_page(message: Message) -> bool:
    if message["status"] != 200:
        return False
    kinds = [value for name, value in message["headers"] if name.lower() == b"content-type"]
    return any(kind.startswith(b"text/html") for kind in kinds)
