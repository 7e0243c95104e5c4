"""WebSockets of pages with their reader, session and files, and the end of sessions without a socket.

Streamlit keeps up to 128 sessions whose browsers have gone. It ends old sessions only when another browser
leaves, which may be the next day. `sweep` ends them after a fixed time.
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
from dashboard.decisions.identity import NOBODY, Person
from dashboard.server.messages import files_in
from dashboard.server.streamlit_internals import (
    BackMsg,
    ForwardMsg,
    end_session,
    upload_storage,
)

HEADER = "x-common-ground-socket"
"""Header in which the script finds the name of its page's socket; a browser cannot set it."""
MAX_FILES = 500
"""Largest number of file names stored for a socket; the latest are kept."""
MAX_CLOSED = 1000
"""Largest number of closed sockets that are stored; Streamlit itself keeps 128 sessions."""
CLOSED_SECONDS = 120.0
"""Seconds for which a session is stored after its socket has closed."""
SWEEP_SECONDS = 15.0
"""Seconds between two sweeps."""
LOOK_SECONDS = 0.5
"""Seconds between two checks of the memory."""
MAX_PENDING = 4
"""Largest number of files that are generated for one socket at a time."""


@dataclass(eq=False)
class Socket:
    """WebSocket of a page, with the session and the files that the server has sent over it.

    Attributes
    ----------
    reader : str
        Cookie of the browser, and identity of the signed-in person.
    person : Person
        Signed-in person; nobody without sign-in.
    end : callable
        Ends the socket, so that the browser has to sign in again.
    name : str
        Name of the socket for the script that draws the page.
    session : str
        Id of the session. Empty until Streamlit sends it, unless the socket continues a session.
    files : dict of str to None
        Names of files, the latest at the end.
    pending : set of str
        Ids of requests for files that are being generated.
    requested_page : str or None
        Hash of the page that was requested last.
    page : str
        Hash of the page that is drawn.
    data : frozenset of str
        Fingerprints of the data that the page shows or can switch to.
    """

    reader: str
    person: Person = NOBODY
    end: Callable[[], None] = lambda: None
    name: str = field(default_factory=lambda: secrets.token_hex(16))
    session: str = ""
    files: dict[str, None] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    requested_page: str | None = None
    page: str = ""
    data: frozenset[str] = frozenset()
    is_open: bool = True

    def accepts(self, message: BackMsg) -> bool:
        """True for a run of the current page, for a file if few are pending, and for all other messages.

        An accepted request is recorded.
        """
        match message.WhichOneof("type"):
            case "rerun_script":
                return self._accepts_run(
                    message.rerun_script.page_script_hash, message.rerun_script.fragment_id
                )
            case "backend_operation_request":
                request = message.backend_operation_request.request_id
                if request in self.pending or len(self.pending) >= MAX_PENDING:
                    return False
                self.pending.add(request)
        return True

    def _accepts_run(self, page: str, fragment: str) -> bool:
        """True if a requested run is of the reader's current page.

        When a reader changes the page, an open dialog closes and requests a run of its fragment on the old
        page. If this ran after the new page was requested, the browser would show neither page.
        """
        if page and not fragment:
            self.requested_page = self.page = page
        # The requested page may have switched to another one.
        return not page or page == self.requested_page or self.page != self.requested_page

    def note_session_and_files(self, message: ForwardMsg) -> None:
        """Record the session, page and files that a message to the browser names."""
        self.session = message.new_session.initialize.session_id or self.session
        self.page = message.new_session.page_script_hash or self.page
        self.pending.discard(message.backend_operation_response.request_id)
        for name in files_in(message):
            self.files.pop(name, None)
            self.files[name] = None
        while len(self.files) > MAX_FILES:
            del self.files[next(iter(self.files))]


class Sockets:
    """Open sockets, and recently closed ones.

    Attributes
    ----------
    open : int
        Number of open sockets.
    events : Counter of str
        Number of sessions that began ("connect"), were continued ("reconnect") or lost their socket
        ("disconnect").

    Notes
    -----
    Sockets are added and removed only on the event loop's thread. Other methods may be called on any thread.
    """

    def __init__(self) -> None:
        self._by_reader: dict[str, list[Socket]] = {}
        self._closed: deque[tuple[float, Socket]] = deque()
        self.open = 0
        self.events = Counter(connect=0, reconnect=0, disconnect=0)

    def add(self, socket: Socket) -> None:
        """Add a socket that is being opened."""
        if socket.session:
            self.events["reconnect"] += 1
            earlier = (other for other in self._all() if other.session == socket.session)
            socket.data = next(earlier).data
        self._by_reader.setdefault(socket.reader, []).append(socket)
        self.open += 1

    def note_session_and_files(self, socket: Socket, message: ForwardMsg) -> None:
        """Record the session, page and files that a message over a socket names."""
        session = message.new_session.initialize.session_id
        self.events["connect"] += session not in ("", socket.session)
        socket.note_session_and_files(message)

    def close(self, socket: Socket) -> None:
        """Record that a socket is closed; its page may reconnect."""
        self.open -= 1
        self.events["disconnect"] += bool(socket.session)
        socket.is_open = False
        self._closed.append((time.monotonic(), socket))
        if len(self._closed) > MAX_CLOSED:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Forget the socket that was closed first."""
        _, socket = self._closed.popleft()
        sockets = self._by_reader[socket.reader]
        sockets.remove(socket)
        if not sockets:
            del self._by_reader[socket.reader]

    def expire(self, now: float) -> set[str]:
        """Remove sockets closed `CLOSED_SECONDS` ago; return the sessions that have no other socket."""
        gone = set()
        while self._closed and now - self._closed[0][0] >= CLOSED_SECONDS:
            gone.add(self._closed[0][1].session)
            self._forget_oldest()
        return gone - self.sessions() - {""}

    def _all(self) -> Iterator[Socket]:
        for sockets in list(self._by_reader.values()):
            yield from list(sockets)

    def sessions(self) -> set[str]:
        """Sessions that have an open socket or can be continued."""
        return {socket.session for socket in self._all()}

    def is_open(self, session: str) -> bool:
        """True if a session has an open socket."""
        return any(
            socket.is_open and socket.session == session for socket in self._all() if session
        )

    def show(self, session: str, data: Iterable[str]) -> None:
        """Record the data that a session shows or can switch to."""
        shown = frozenset(data)
        for socket in self._all():
            if session and socket.session == session:
                socket.data = shown

    def data(self) -> frozenset[str]:
        """Fingerprints of the data of all sessions that have an open socket or can be continued."""
        return frozenset().union(*(socket.data for socket in self._all()))

    def session_of(self, name: str) -> str:
        """Session of the socket with this name; empty if there is none."""
        return next((socket.session for socket in self._all() if socket.name == name), "")

    def person_of(self, name: str) -> Person:
        """Person at the socket with a name; nobody if there is none."""
        return next((socket.person for socket in self._all() if socket.name == name), NOBODY)

    def sign_out(self, identity: str) -> None:
        """End all sockets of a person."""
        for socket in self._all():
            if socket.person.identity == identity:
                socket.end()

    def has_session(self, reader: str | None, session: str) -> bool:
        """True if a session belongs to a reader."""
        sockets = self._by_reader.get(reader or "", ())
        return any(session == socket.session for socket in sockets if session)

    def has_file(self, reader: str | None, name: str) -> bool:
        """True if the name of a file was sent to a reader."""
        return any(name in socket.files for socket in self._by_reader.get(reader or "", ()) if name)


SOCKETS = Sockets()
"""Sockets of this server."""


def sweep_once(now: float) -> int:
    """End expired sessions, and return their number; call this on the event loop's thread."""
    expired = SOCKETS.expire(now)
    # Streamlit keeps at most 128 sessions. The files of sessions that it has dropped are removed too.
    for session in expired | (set(upload_storage().file_storage) - SOCKETS.sessions()):
        end_session(session)
    return len(expired)


async def sweep(on_end: Callable[[], object]) -> None:
    """End expired sessions, and free unused memory, until the server stops.

    Parameters
    ----------
    on_end : callable
        Frees the data that only these sessions needed. It is called in a thread.
    """
    growth, next_sweep = allocator.Growth(), time.monotonic() + SWEEP_SECONDS
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        await run_in_threadpool(growth.check)
        if time.monotonic() >= next_sweep:
            ended = sweep_once(time.monotonic())
            await run_in_threadpool(on_end if ended else allocator.release_unused)
            next_sweep = time.monotonic() + SWEEP_SECONDS
