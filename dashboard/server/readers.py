"""Ownership of sessions and files by a browser, which is identified by a cookie.

Session ids and file names are parts of URLs, and web servers and proxies log URLs. A person who reads such a
log cannot use them: the server continues a session, accepts an upload or sends a file only for the browser
that received the id or name over its own socket. The cookie is in no URL.
"""

from __future__ import annotations

import asyncio
import math
import re
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse

from dashboard.decisions.identity import NOBODY, Person
from dashboard.server.connection_timeouts import most_sockets
from dashboard.server.messages import is_allowed, read, refusal
from dashboard.server.sign_in import PERSON
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
SIGNED_IN_SECONDS = 15 * 60.0
"""Seconds after which the socket of a person is closed, so that the proxy is asked who it is again."""
BAD_DATA, NO_TEXT, TOO_QUIET, SIGN_IN_AGAIN = 1002, 1003, 1008, 3000
"""Codes that end a socket: what was sent is no message, or is text, or did not come; or who it is has to be
asked again."""


class Readers:
    """ASGI middleware that gives each browser a cookie, and lets it use its own sessions and files only.

    Parameters
    ----------
    app : ASGIApp
        App that answers the permitted requests.
    below : str
        Base path of the app, without slashes at its ends.

    Notes
    -----
    Everything happens on the event loop's thread, so no lock is needed.
    """

    def __init__(self, app: ASGIApp, below: str) -> None:
        self.app = app
        self._below = f"/{below}" if below else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse requests for another reader's session or file, and pass on all others."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        cookie = cookie_of(scope)
        reader = None if cookie is None else _reader(cookie, scope)
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
        """Add the cookie to the response with the page, so that all sockets of a browser share it."""

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                given = self._given(scope, secrets.token_hex(32))
                # No proxy may cache the response and send the same cookie to another reader.
                private = (b"cache-control", b"private")
                message = {**message, "headers": [*message["headers"], given, private]}
            await send(message)

        return with_cookie

    def _given(self, scope: Scope, secret: str) -> tuple[bytes, bytes]:
        # Lax: the cookie is also sent if a reader follows a link from another site.
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
        secret = cookie or secrets.token_hex(32)
        socket = Socket(_reader(secret, scope), _person(scope))
        given = [] if cookie else [self._given(scope, secret)]
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
        """Header of a socket, without the session to continue if that belongs to another reader.

        Streamlit sends its protocol, a token and the session id in one header, in this order.
        """
        name, value = header
        if name.lower() != _PROTOCOL:
            return header
        parts = [part.strip() for part in value.decode("latin-1").split(",")]
        if len(parts) > 2 and SOCKETS.has_session(socket.reader, parts[2]):
            socket.session = parts[
                2
            ]  # Streamlit sends it only with the next run, which may be much later
        else:
            parts = parts[:2]
        return name, ", ".join(parts).encode("latin-1")


class _Talk:
    """Filter of the messages of one socket: incoming ones must be allowed, outgoing ones are recorded."""

    def __init__(
        self,
        socket: Socket,
        given: list[tuple[bytes, bytes]],
        receive: Receive,
        send: Send,
    ) -> None:
        self._socket, self._given = socket, given
        self._receive, self._send = receive, send
        now = asyncio.get_running_loop().time()
        self._due = now + FIRST_SECONDS
        left = min(SIGNED_IN_SECONDS, socket.person.expires - time.time())
        self._over = now + left if socket.person.identity else math.inf
        self._waiting: asyncio.Timeout | None = None
        self._is_ended = False
        socket.end = self._sign_out

    async def receive(self) -> Message:
        """Wait for a message that a page of ours could send; all else is dropped, or ends the socket."""
        clock = asyncio.get_running_loop().time
        while clock() < self._over:
            due = min(self._due, self._over)
            try:
                async with asyncio.timeout_at(None if due == math.inf else due) as self._waiting:
                    message = await self._receive()
            except TimeoutError:
                if clock() < self._over:
                    return await self._end(TOO_QUIET)
                break
            finally:
                self._waiting = None
            if message["type"] != "websocket.receive":
                return message
            if message.get("bytes") is None:
                return await self._end(NO_TEXT)
            asked = read(message["bytes"])
            if asked is None:
                return await self._end(BAD_DATA)
            if is_allowed(asked, self._has_file) and self._socket.takes(asked):
                self._due = math.inf
                return message
            if (answer := refusal(asked)) is not None:
                await self._say({"type": "websocket.send", "bytes": answer.SerializeToString()})
        return await self._end(SIGN_IN_AGAIN)

    def _sign_out(self) -> None:
        """End the socket now: no message that waits is heard."""
        self._over = asyncio.get_running_loop().time()
        # An expired timeout ends by itself, and can no longer be changed.
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(self._over)

    def _has_file(self, name: str) -> bool:
        return SOCKETS.has_file(self._socket.reader, name)

    async def _end(self, code: int) -> Message:
        self._is_ended = True
        await self._say({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}

    async def _say(self, message: Message) -> None:
        with suppress(OSError):  # the page has gone, which the next received message reports
            await self._send(message)

    async def send(self, message: Message) -> None:
        """Record a message to the page, and send it."""
        if self._is_ended:
            return
        if message["type"] == "websocket.accept":
            message = {**message, "headers": [*message.get("headers", ()), *self._given]}
        elif message["type"] == "websocket.send" and message.get("bytes"):
            SOCKETS.note(self._socket, ForwardMsg.FromString(message["bytes"]))
        await self._send(message)


def cookie_of(scope: Scope) -> str | None:
    """Cookie of a browser; `None` if it has none, or one of another form."""
    for name, value in scope["headers"]:
        if name.lower() == b"cookie":
            secret = cookie_parser(value.decode("latin-1")).get(COOKIE, "")
            if _SECRET.fullmatch(secret):
                return secret
    return None


def _person(scope: Scope) -> Person:
    """Person who asks; nobody without sign-in."""
    return scope.get(PERSON) or NOBODY


def _reader(cookie: str, scope: Scope) -> str:
    """Browser together with the person, so that nobody has what another person began in this browser."""
    return f"{cookie} {_person(scope).identity}"


def _is_page(message: Message) -> bool:
    if message["status"] != 200:
        return False
    kinds = [value for name, value in message["headers"] if name.lower() == b"content-type"]
    return any(kind.startswith(b"text/html") for kind in kinds)
