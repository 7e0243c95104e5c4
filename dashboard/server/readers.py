"""Who a session belongs to: the browser whose cookie its socket was opened with.

Ids of sessions and names of files stand in addresses, which web servers and proxies write to their logs. Who
reads such a log cannot use them: a session is continued, a file is put to it and a file is handed out only
where the server has told that name to the same browser over its socket. The cookie is in no address.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse

from dashboard.server.abandoned_sessions import LEFT_SECONDS, SWEEP_SECONDS
from dashboard.server.connection_timeouts import most_sockets
from dashboard.server.messages import BackMsg, ForwardMsg, files_in, is_allowed, read, refusal
from dashboard.server.upload_limits import NOT_ASKED, UPLOAD_PATH

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "common_ground_reader"
MOST_FILES = 500
"""Names of files that are remembered of a socket: those it was told last."""
MOST_LEFT = 1000
"""Closed sockets that are remembered; Streamlit itself keeps 128 sessions."""
LEAVE_SECONDS = LEFT_SECONDS + 2 * SWEEP_SECONDS
"""Seconds after which no session of a closed socket can be continued."""
_SECRET = re.compile("[0-9a-f]{64}")
_PROTOCOL = b"sec-websocket-protocol"
MOST_ASKED = 4
"""Files that may be in the making for one socket at a time."""
FIRST_SECONDS = 60.0
"""Within which a page has to send its first message."""
BAD_DATA, NO_TEXT, TOO_QUIET = 1002, 1003, 1008
"""Codes that end a socket: what was sent is no message, or is text, or did not come."""


@dataclass(eq=False)
class Socket:
    """One socket of a page, and what the server has told it.

    Attributes
    ----------
    reader : str
        Cookie of the browser.
    session : str
        Id of the session; empty until it is told.
    files : dict of str to None
        Names of files, the last told at the end.
    asked : set of str
        Requests for files that are being made.
    turned_to : str or None
        Hash of the page that was asked for last.
    page : str
        Hash of the page that is drawn.
    """

    reader: str
    session: str = ""
    files: dict[str, None] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    turned_to: str | None = None
    page: str = ""

    def takes(self, message: BackMsg) -> bool:
        """Whether an allowed message is in time, and there is room for what it asks for; it is noted."""
        match message.WhichOneof("type"):
            case "rerun_script":
                return self._takes_run(
                    message.rerun_script.page_script_hash, message.rerun_script.fragment_id
                )
            case "backend_operation_request":
                request = message.backend_operation_request.request_id
                if request in self.asked or len(self.asked) >= MOST_ASKED:
                    return False
                self.asked.add(request)
        return True

    def _takes_run(self, page: str, fragment: str) -> bool:
        """Whether a run is of the page that the reader is on.

        An open box closes when its reader turns the page, and asks for its part of the old page after the
        new page was asked for. The browser would be told of the old page then, and show neither.
        """
        if page and not fragment:
            self.turned_to = self.page = page
        # Unless the page that was asked for has led on to another one.
        return not page or page == self.turned_to or self.page != self.turned_to

    def note(self, message: ForwardMsg) -> None:
        """Remember what a message tells."""
        self.session = message.new_session.initialize.session_id or self.session
        self.page = message.new_session.page_script_hash or self.page
        self.asked.discard(message.backend_operation_response.request_id)
        for name in files_in(message):
            self.files.pop(name, None)
            self.files[name] = None
        while len(self.files) > MOST_FILES:
            del self.files[next(iter(self.files))]


class Sockets:
    """The sockets that are open, and those that were closed a short time ago."""

    def __init__(self) -> None:
        self._of: dict[str, list[Socket]] = {}
        self._left: deque[tuple[float, Socket]] = deque()
        self.open = 0

    def add(self, socket: Socket) -> None:
        """Remember a socket that is opened."""
        self._forget(time.monotonic())
        self._of.setdefault(socket.reader, []).append(socket)
        self.open += 1

    def close(self, socket: Socket) -> None:
        """Note that a socket is closed; its page may come back."""
        self.open -= 1
        self._left.append((time.monotonic(), socket))
        self._forget(time.monotonic())

    def _forget(self, now: float) -> None:
        while self._left and (
            len(self._left) > MOST_LEFT or now - self._left[0][0] > LEAVE_SECONDS
        ):
            _, socket = self._left.popleft()
            own = self._of[socket.reader]
            own.remove(socket)
            if not own:
                del self._of[socket.reader]

    def has_session(self, reader: str | None, session: str) -> bool:
        """Whether a session was begun by this reader."""
        return any(session == own.session for own in self._of.get(reader or "", ()) if session)

    def has_file(self, reader: str | None, name: str) -> bool:
        """Whether this reader was told the name of a file."""
        return any(name in own.files for own in self._of.get(reader or "", ()) if name)


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
        self._sockets = Sockets()

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
            own = self._sockets.has_session(reader, upload[1])
            return None if own else PlainTextResponse(NOT_ASKED, 400)
        if path.startswith("/media/") and method in ("GET", "HEAD"):
            own = self._sockets.has_file(reader, path.removeprefix("/media/"))
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
        if self._sockets.open >= most_sockets():
            words = (
                "So many pages are open that there is room for no more. Try again in a minute.\n"
            )
            refused = PlainTextResponse(words, 503, {"Retry-After": "60"})
            await refused(scope, receive, send)
            return
        cookie = cookie_of(scope)
        socket = Socket(cookie or secrets.token_hex(32))
        given = [] if cookie else [self._given(scope, socket.reader)]
        talk = _Talk(socket, self._sockets, given, receive, send)
        scope = {**scope, "headers": [self._own(header, socket) for header in scope["headers"]]}
        self._sockets.add(socket)
        try:
            await self.app(scope, talk.receive, talk.send)
        finally:
            self._sockets.close(socket)

    def _own(self, header: tuple[bytes, bytes], socket: Socket) -> tuple[bytes, bytes]:
        """A socket's header, without the session that it is to continue where that is another reader's.

        Streamlit hands over its protocol, a token and the id of the session in one header, in this order.
        """
        name, value = header
        if name.lower() != _PROTOCOL:
            return header
        parts = [part.strip() for part in value.decode("latin-1").split(",")]
        if len(parts) > 2 and not self._sockets.has_session(socket.reader, parts[2]):
            parts = parts[:2]
        return name, ", ".join(parts).encode("latin-1")


class _Talk:
    """What is said over one socket: of what comes only what a page asks for, and all that goes."""

    def __init__(
        self,
        socket: Socket,
        sockets: Sockets,
        given: list[tuple[bytes, bytes]],
        receive: Receive,
        send: Send,
    ) -> None:
        self._socket, self._sockets, self._given = socket, sockets, given
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
        return self._sockets.has_file(self._socket.reader, name)

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
            self._socket.note(ForwardMsg.FromString(message["bytes"]))
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
