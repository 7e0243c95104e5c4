"""CPU time of a change by one reader, and waits of many readers at once.

Readers are websocket clients that speak Streamlit's protocol, so that only the server is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.drag import OPEN
from tests.bench.rows import TURNS, Row
from tests.dashboard.server.talk import memory, process_of
from tests.running import running_app

READERS, CHANGES, THINK = 20, 6, 5
CHECKING = b"cg-checking"
"""Mark of a value that is not computed yet."""
MODEL = "two_stage_boosting"
EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN
"""Status of a run that another run replaces at once."""
READER = re.compile(rb"reader_[a-y]")
STYLE = b"." + CHECKING
"""Class of the mark in the style sheet."""


def is_checking(element: bytes) -> bool:
    """True if an element shows a value that is not computed yet."""
    return CHECKING in element and STYLE not in element


def connected(url: str, **headers: str) -> connect:
    """Connection to the server, as a browser opens it."""
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    return connect(
        address,
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers=headers,
        max_size=None,
        ping_interval=None,
    )


class Reader:
    """Session that exchanges a browser's messages without a browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.mounts: dict[str, tuple[str, str]] = {}
        """Id and fragment of each mount of the live component by key."""
        self.checking: set[tuple[int, ...]] = set()
        self.intervals: dict[str, float] = {}
        """Seconds between automatic reruns by fragment."""
        self.query = ""
        self.page = ""
        self.checking_by_hash: dict[str, bool] = {}
        """True by message hash if the message has a value that is not computed yet."""
        self.session = ""
        self.readers: set[bytes] = set()
        """Marks of readers in all messages; a crowd names its models after its readers."""
        self.widgets: dict[str, str] = {}
        """Ids of drawn widgets by key."""

    async def settle(self, query: str | None = None) -> float:
        """Run the script and its reruns until all values are computed. Return the seconds that this took."""
        self.query = self.query if query is None else query
        begun = time.perf_counter()
        self.intervals.clear()
        self.checking.clear()  # elements of the previous page
        await self.run()
        while self.checking and self.intervals:
            fragment, interval = next(iter(self.intervals.items()))
            await asyncio.sleep(interval)
            await self.run(fragment=fragment)
        assert not self.checking, self.checking
        return time.perf_counter() - begun

    async def send_event(self, key: str, event: str, value: object) -> float:
        """Send an event of a mounted live component. Return the seconds until the server reports the end."""
        component, fragment = self.mounts[key]
        state = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{component}__events")
        state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        return await self.run(fragment, [state])

    async def release(self, model: str, threshold: float, turn: int) -> float:
        """Release the threshold and return the seconds until the server reports the end."""
        point = {"model": model, "threshold": repr(threshold), "turn": turn}
        seconds = await self.send_event("page", "chosen", point)
        assert repr(threshold) in self.query, self.query
        return seconds

    async def run(self, fragment: str = "", widgets: Sequence[WidgetState] = ()) -> float:
        """Run the script or a fragment. Return the seconds until the server reports the end."""
        request = BackMsg()
        state: ClientState = request.rerun_script
        state.query_string = self.query
        state.fragment_id = fragment
        state.page_script_hash = self.page
        # The server does not send cached messages again.
        state.cached_message_hashes.extend(self.checking_by_hash)
        state.widget_states.widgets.extend(widgets)
        begun = time.perf_counter()
        await self.socket.send(request.SerializeToString())
        while True:
            message = ForwardMsg()
            data = await self.socket.recv(decode=False)
            self.readers.update(READER.findall(data))
            message.ParseFromString(data)
            self._note(message)
            if message.WhichOneof("type") == "script_finished" and message.script_finished != EARLY:
                return time.perf_counter() - begun

    def _note(self, message: ForwardMsg) -> None:
        """Store what later requests need of a message."""
        kind = message.WhichOneof("type")
        if kind == "delta":
            self._note_element(message)
        elif kind == "ref_hash":
            self._note_place(message, self.checking_by_hash.get(message.ref_hash, False))
        elif kind == "auto_rerun":
            self.intervals[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string

    def _note_element(self, message: ForwardMsg) -> None:
        """Store whether a drawn element is computed, and its id if it is a widget."""
        is_open = is_checking(message.delta.SerializeToString())
        self._note_place(message, is_open)
        if message.metadata.cacheable:
            self.checking_by_hash[message.hash] = is_open
        element = message.delta.new_element
        drawn = element.WhichOneof("type")
        if drawn in ("button", "file_uploader"):
            widget = getattr(element, drawn).id
            self.widgets[widget.rpartition("-")[2]] = widget
        elif drawn == "bidi_component":
            widget = element.bidi_component.id
            self.mounts[widget.rpartition("-")[2]] = widget, message.delta.fragment_id

    def _note_place(self, message: ForwardMsg, is_open: bool) -> None:
        """Store whether the element at a message's place on the page is computed."""
        place = tuple(message.metadata.delta_path)
        if is_open:
            self.checking.add(place)
        else:
            self.checking.discard(place)


async def many(url: str, ask: Callable[[Reader, int], Awaitable[list[float]]]) -> list[float]:
    """Let all readers make their changes at the same time. Return the seconds of each change."""

    async def one(number: int) -> list[float]:
        async with connected(url) as socket:
            reader = Reader(socket)
            await reader.run()
            return await ask(reader, number)

    by_reader = await asyncio.gather(*map(one, range(READERS)))
    return [seconds for taken in by_reader for seconds in taken]


async def releases(reader: Reader, number: int) -> list[float]:
    """Release the threshold repeatedly without a pause."""
    rng = np.random.default_rng([20_263, number])
    return [await reader.release(MODEL, rng.uniform(0.01, 0.9), k + 1) for k in range(CHANGES)]


async def prices(reader: Reader, number: int) -> list[float]:
    """Change the price of a miss several times, with pauses. No other reader uses these prices."""
    rng, taken = np.random.default_rng([20_264, number]), []
    for k in range(CHANGES):
        await asyncio.sleep(rng.exponential(THINK))
        taken.append(await reader.settle(f"miss={5 + number / 100 + (k + 1) / 7:.4f}"))
    return taken


def processor(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


PRICED = "another price of a miss, until no figure of Decide is being checked"
RELEASED = "release of the threshold, until the server has sent all updates"
FETCHED = "a fetched strip: stops with their places and words"
PRICED_WITHOUT_INTERVALS = "another price of a miss without intervals"
LIMITS = {PRICED: 0.1, RELEASED: 0.02, FETCHED: 0.04, PRICED_WITHOUT_INTERVALS: 0.06}
"""CPU seconds that each kind of change by one reader may take."""


async def alone(url: str, turn: int) -> dict[str, float]:
    """CPU seconds of a change by one reader, by kind of change."""
    pid, spent = process_of(url), dict.fromkeys(LIMITS, 0.0)

    async def spend(kind: str, change: Awaitable[float]) -> None:
        before = processor(pid)
        await change
        spent[kind] += processor(pid) - before

    async with connected(url) as socket:
        reader = Reader(socket)
        for query in ("miss=4", "miss=4.5"):
            await reader.settle(query)
        for k in range(CHANGES):
            await spend(PRICED, reader.settle(f"miss={5 + turn + k / 17:.4f}"))
            await spend(RELEASED, reader.release(MODEL, 0.2 + k / 37, turn * CHANGES + k + 1))
            await spend(
                FETCHED, reader.send_event("stops", "near", {"seen": None, "whole": "upper"})
            )
        await reader.settle("intervals=off&miss=4")
        for k in range(CHANGES):
            change = reader.settle(f"intervals=off&miss={5 + turn + k / 17:.4f}")
            await spend(PRICED_WITHOUT_INTERVALS, change)
    return {kind: seconds / CHANGES for kind, seconds in spent.items()}


def measured(folder: Path) -> Iterator[Row]:
    """Changes by one reader and by many, on the sample."""
    with running_app([*OPEN, "--private", "--port", "{port}"], cwd=folder) as url:
        runs = [asyncio.run(alone(url, turn)) for turn in range(TURNS)]
        for kind, most in LIMITS.items():
            seconds = [run[kind] for run in runs]
            between = f"{min(seconds):.3f} to {max(seconds):.3f}"
            yield Row(f"one reader: {kind}", statistics.median(seconds), "s of CPU", most, between)
        seconds = asyncio.run(many(url, releases))
        at_once = f"{READERS} readers release the threshold at once"
        yield Row(at_once, statistics.median(seconds), "s", 0.4)
        seconds = asyncio.run(many(url, prices))
        thinking = f"{READERS} readers change the price of a miss, {THINK} s of thinking between"
        yield Row(f"{thinking}: 95% within", float(np.quantile(seconds, 0.95)), "s", 0.5)
        yield Row(f"{thinking}: memory", memory(process_of(url)) / 1e6, "MB", 600)
