"""Sockets of pages: who opened each, what the server has told it, and which sessions are over.

Streamlit keeps the sessions of up to 128 browsers that have gone, and looks whose time is up only when the
next browser leaves, which may be tomorrow. `sweep` ends them by the clock.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from dashboard.data import allocator
from dashboard.server.messages import files_in
from dashboard.server.streamlit_internals import (
    BackMsg,
    ForwardMsg,
    end_session,
    upload_storage,
)

HEADER = "x-common-ground-socket"
"""Header that tells the script which socket its page has; what a browser sends under this name is dropped."""
MOST_FILES = 500
"""Names of files that are remembered of a socket: those it was told last."""
MOST_LEFT = 1000
"""Closed sockets that are remembered; Streamlit itself keeps 128 sessions."""
LEFT_SECONDS = 120.0
"""Seconds in which a browser that comes back finds its session as it was."""
SWEEP_SECONDS = 15.0
"""Seconds between two sweeps."""
LOOK_SECONDS = 0.5
"""Seconds between two looks at the memory."""
MOST_ASKED = 4
"""Files that may be in the making for one socket at a time."""


@dataclass(eq=False)
class Socket:
    """One socket of a page, and what the server has told it.

    Attributes
    ----------
    reader : str
        Cookie of the browser.
    name : str
        Name by which the script that draws the page knows its socket.
    session : str
        Id of the session; empty until it is told, unless the socket goes on with one.
    files : dict of str to None
        Names of files, the last told at the end.
    asked : set of str
        Requests for files that are being made.
    turned_to : str or None
        Hash of the page that was asked for last.
    page : str
        Hash of the page that is drawn.
    data : frozenset of str
        Fingerprints of the data that its page shows or can turn to.
    is_open : bool
    """

    reader: str
    name: str = field(default_factory=lambda: secrets.token_hex(16))
    session: str = ""
    files: dict[str, None] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    turned_to: str | None = None
    page: str = ""
    data: frozenset[str] = frozenset()
    is_open: bool = True

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
    """The sockets that are open, and those that were closed a short time ago.

    Attributes
    ----------
    open : int
        Number of open sockets.
    events : Counter of str
        How often a session began ("connect"), was continued ("reconnect") or lost its socket ("disconnect").

    Notes
    -----
    Sockets are added and removed on the event loop's thread alone; the rest may be used on any thread.
    """

    def __init__(self) -> None:
        self._of: dict[str, list[Socket]] = {}
        self._left: deque[tuple[float, Socket]] = deque()
        self.open = 0
        self.events = Counter(connect=0, reconnect=0, disconnect=0)

    def add(self, socket: Socket) -> None:
        """Remember a socket that is opened."""
        if socket.session:
            self.events["reconnect"] += 1
            before = (one for one in self._all() if one.session == socket.session)
            socket.data = next(before).data
        self._of.setdefault(socket.reader, []).append(socket)
        self.open += 1

    def note(self, socket: Socket, message: ForwardMsg) -> None:
        """Remember what a message tells a socket."""
        begins = message.new_session.initialize.session_id
        self.events["connect"] += begins not in ("", socket.session)
        socket.note(message)

    def close(self, socket: Socket) -> None:
        """Note that a socket is closed; its page may come back."""
        self.open -= 1
        self.events["disconnect"] += bool(socket.session)
        socket.is_open = False
        self._left.append((time.monotonic(), socket))
        if len(self._left) > MOST_LEFT:
            self._forget()

    def _forget(self) -> None:
        """Forget the socket that was closed first."""
        _, socket = self._left.popleft()
        own = self._of[socket.reader]
        own.remove(socket)
        if not own:
            del self._of[socket.reader]

    def over(self, now: float) -> set[str]:
        """Sessions whose last socket was closed `LEFT_SECONDS` ago; they are forgotten."""
        gone = set()
        while self._left and now - self._left[0][0] >= LEFT_SECONDS:
            gone.add(self._left[0][1].session)
            self._forget()
        return gone - self.sessions() - {""}

    def _all(self) -> Iterator[Socket]:
        for own in list(self._of.values()):
            yield from list(own)

    def sessions(self) -> set[str]:
        """Sessions that have a socket, or can be continued."""
        return {socket.session for socket in self._all()}

    def is_open(self, session: str) -> bool:
        """Whether a session has an open socket."""
        return any(one.is_open and one.session == session for one in self._all() if session)

    def show(self, session: str, data: Iterable[str]) -> None:
        """Note what data a session shows or can turn to."""
        shown = frozenset(data)
        for socket in self._all():
            if session and socket.session == session:
                socket.data = shown

    def data(self) -> frozenset[str]:
        """Fingerprints of the data of all sessions that have a socket, or can be continued."""
        return frozenset().union(*(socket.data for socket in self._all()))

    def session_of(self, name: str) -> str:
        """Session of the socket with a name; empty if there is none."""
        return next((one.session for one in self._all() if one.name == name), "")

    def has_session(self, reader: str | None, session: str) -> bool:
        """Whether a session was begun by this reader."""
        return any(session == own.session for own in self._of.get(reader or "", ()) if session)

    def has_file(self, reader: str | None, name: str) -> bool:
        """Whether this reader was told the name of a file."""
        return any(name in own.files for own in self._of.get(reader or "", ()) if name)


SOCKETS = Sockets()
"""The sockets of this server."""


def sweep_once(now: float) -> int:
    """End the sessions that are over; how many that were. On the event loop's thread."""
    over = SOCKETS.over(now)
    # Besides, files of sessions that Streamlit has dropped since it keeps no more than 128.
    for session in over | (set(upload_storage().file_storage) - SOCKETS.sessions()):
        end_session(session)
    return len(over)


async def sweep(on_end: Callable[[], object]) -> None:
    """End sessions that are over, and free unused memory, for as long as the server lives.

    Parameters
    ----------
    on_end : callable
        Frees what only these sessions needed; called in a thread.
    """
    growth, next_sweep = allocator.Growth(), time.monotonic() + SWEEP_SECONDS
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        await run_in_threadpool(growth.check)
        if time.monotonic() >= next_sweep:
            ended = sweep_once(time.monotonic())
            await run_in_threadpool(on_end if ended else allocator.release_unused)
            next_sweep = time.monotonic() + SWEEP_SECONDS
