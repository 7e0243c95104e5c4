"""Access of browsers to sessions and files: only the browser that a session or file belongs to can use it.

Session ids and file names are parts of URLs, and web servers and proxies log URLs. A person who reads such a
log cannot use them. The server continues a session, accepts an upload or sends a file only for the browser
that received the id or name over its socket. A cookie, which is in no URL, identifies the browser.
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
from dashboard.server.connection_limits import most_sockets
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
"""Seconds after which the socket of a person is closed, so that the proxy checks the identity again."""
BAD_DATA, NO_BYTES, TOO_QUIET, SIGN_IN_AGAIN = 1002, 1003, 1008, 3000
"""Codes that end a socket: invalid message, no bytes, no first message, identity to be checked again."""


class BrowserAccess:
    """ASGI middleware that gives each browser a cookie, and lets it use its own sessions and files only.

    Parameters
    ----------
    app : ASGIApp
        App that answers the permitted requests.
    base_path : str
        Path under which the app is served, such as ``/common-ground``; empty for the root.

    Notes
    -----
    Everything happens on the event loop's thread, so no lock is needed.
    """

    def __init__(self, app: ASGIApp, base_path: str) -> None:
        self.app = app
        self._base_path = base_path

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
        path, method = scope["path"].removeprefix(self._base_path), scope["method"]
        upload = UPLOAD_PATH.fullmatch(path)
        if upload and method in ("PUT", "DELETE"):
            is_own = SOCKETS.has_session(reader, upload[1])
            return None if is_own else PlainTextResponse(NOT_ASKED, 400)
        if path.startswith("/media/") and method in ("GET", "HEAD"):
            is_own = SOCKETS.has_file(reader, path.removeprefix("/media/"))
            return None if is_own else PlainTextResponse("Not found\n", 404)
        return None

    def _with_cookie(self, scope: Scope, send: Send) -> Send:
        """Add the cookie to the response with the page, so that all sockets of a browser share it."""

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                cookie = self._cookie_header(scope, secrets.token_hex(32))
                # No proxy may cache the response and send the same cookie to another reader.
                private = (b"cache-control", b"private")
                message = {**message, "headers": [*message["headers"], cookie, private]}
            await send(message)

        return with_cookie

    def _cookie_header(self, scope: Scope, secret: str) -> tuple[bytes, bytes]:
        # With SameSite=Lax, the browser also sends the cookie if a reader follows a link from another site.
        secure = "; Secure" if scope["scheme"] in ("https", "wss") else ""
        path = self._base_path or "/"
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
        cookies = [] if cookie else [self._cookie_header(scope, secret)]
        messages = _MessageFilter(socket, cookies, receive, send)
        headers = [
            self._checked_header(header, socket)
            for header in scope["headers"]
            if header[0] != HEADER.encode()
        ]
        scope = {**scope, "headers": [*headers, (HEADER.encode(), socket.name.encode())]}
        SOCKETS.add(socket)
        try:
            await self.app(scope, messages.receive, messages.send)
        finally:
            SOCKETS.close(socket)

    def _checked_header(self, header: tuple[bytes, bytes], socket: Socket) -> tuple[bytes, bytes]:
        """Header of a socket, without the session to continue if the session belongs to another reader.

        Streamlit sends its protocol, a token and the session id in one header, in this order.
        """
        name, value = header
        if name.lower() != _PROTOCOL:
            return header
        parts = [part.strip() for part in value.decode("latin-1").split(",")]
        if len(parts) > 2 and SOCKETS.has_session(socket.reader, parts[2]):
            # The session is set now, because Streamlit sends its id only with the next run.
            socket.session = parts[2]
        else:
            parts = parts[:2]
        return name, ", ".join(parts).encode("latin-1")


class _MessageFilter:
    """Filter of the messages of one socket: incoming ones must be allowed, outgoing ones are recorded."""

    def __init__(
        self,
        socket: Socket,
        cookies: list[tuple[bytes, bytes]],
        receive: Receive,
        send: Send,
    ) -> None:
        self._socket, self._cookies = socket, cookies
        self._receive, self._send = receive, send
        now = asyncio.get_running_loop().time()
        self._first_due = now + FIRST_SECONDS
        seconds = min(SIGNED_IN_SECONDS, socket.person.expires - time.time())
        self._expires = now + seconds if socket.person.identity else math.inf
        self._waiting: asyncio.Timeout | None = None
        self._is_ended = False
        socket.end = self._sign_out

    async def receive(self) -> Message:
        """Wait for a message that a page of this app could send; others are dropped or end the socket."""
        clock = asyncio.get_running_loop().time
        while clock() < self._expires:
            due = min(self._first_due, self._expires)
            try:
                async with asyncio.timeout_at(None if due == math.inf else due) as self._waiting:
                    message = await self._receive()
            except TimeoutError:
                if clock() < self._expires:
                    return await self._end(TOO_QUIET)
                break
            finally:
                self._waiting = None
            if message["type"] != "websocket.receive":
                return message
            if message.get("bytes") is None:
                return await self._end(NO_BYTES)
            parsed = read(message["bytes"])
            if parsed is None:
                return await self._end(BAD_DATA)
            if is_allowed(parsed, self._has_file) and self._socket.accepts(parsed):
                self._first_due = math.inf
                return message
            if (answer := refusal(parsed)) is not None:
                await self._say({"type": "websocket.send", "bytes": answer.SerializeToString()})
        return await self._end(SIGN_IN_AGAIN)

    def _sign_out(self) -> None:
        """End the socket now; waiting messages are dropped."""
        self._expires = asyncio.get_running_loop().time()
        # An expired timeout cannot be rescheduled, and ends by itself.
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(self._expires)

    def _has_file(self, name: str) -> bool:
        return SOCKETS.has_file(self._socket.reader, name)

    async def _end(self, code: int) -> Message:
        self._is_ended = True
        await self._say({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}

    async def _say(self, message: Message) -> None:
        with suppress(OSError):  # the page is closed; the next received message reports it
            await self._send(message)

    async def send(self, message: Message) -> None:
        """Record a message to the page, and send it."""
        if self._is_ended:
            return
        if message["type"] == "websocket.accept":
            message = {**message, "headers": [*message.get("headers", ()), *self._cookies]}
        elif message["type"] == "websocket.send" and message.get("bytes"):
            SOCKETS.note_session_and_files(self._socket, ForwardMsg.FromString(message["bytes"]))
        await self._send(message)


def cookie_of(scope: Scope) -> str | None:
    """Cookie of a browser; `None` if there is none, or if it has another form."""
    for name, value in scope["headers"]:
        if name.lower() == b"cookie":
            secret = cookie_parser(value.decode("latin-1")).get(COOKIE, "")
            if _SECRET.fullmatch(secret):
                return secret
    return None


def _person(scope: Scope) -> Person:
    """Signed-in person; nobody without sign-in."""
    return scope.get(PERSON) or NOBODY


def _reader(cookie: str, scope: Scope) -> str:
    """Browser and person. Two people who use the same browser do not share sessions and files."""
    return f"{cookie} {_person(scope).identity}"


def _is_page(message: Message) -> bool:
    if message["status"] != 200:
        return False
    kinds = [value for name, value in message["headers"] if name.lower() == b"content-type"]
    return any(kind.startswith(b"text/html") for kind in kinds)
