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
        self.every: dict[str, float] = {}
        self.query = ""
        self.page = ""
        self.known: dict[str, bool] = {}
        """True by message hash if the message has a value that is not computed yet."""
        self.session = ""
        self.readers: set[bytes] = set()
        """Marks of readers in all messages; a crowd names its models after its readers."""
        self.widgets: dict[str, str] = {}
        """Ids of drawn widgets by key."""

    async def settle(self, query: str | None = None) -> float:
        """Run the script and its automatic reruns until all values are computed; seconds of both."""
        self.query = self.query if query is None else query
        begun = time.perf_counter()
        self.every.clear()
        self.checking.clear()  # those of the page before
        await self.run()
        while self.checking and self.every:
            fragment, interval = next(iter(self.every.items()))
            await asyncio.sleep(interval)
            await self.run(fragment=fragment)
        assert not self.checking, self.checking
        return time.perf_counter() - begun

    async def say(self, key: str, event: str, value: object) -> float:
        """Say something by a mount of the live component; seconds until the server reports the end."""
        component, fragment = self.mounts[key]
        told = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{component}__events")
        told.json_trigger_value = json.dumps([{"event": event, "value": value}])
        return await self.run(fragment, [told])

    async def release(self, model: str, threshold: float, turn: int) -> float:
        """Let the threshold go; seconds until the server reports the end."""
        point = {"model": model, "threshold": repr(threshold), "turn": turn}
        seconds = await self.say("page", "chosen", point)
        assert repr(threshold) in self.query, self.query
        return seconds

    async def run(self, fragment: str = "", widgets: Sequence[WidgetState] = ()) -> float:
        """Run the script or a fragment; seconds until the server reports the end."""
        message = BackMsg()
        state: ClientState = message.rerun_script
        state.query_string = self.query
        state.fragment_id = fragment
        state.page_script_hash = self.page
        state.cached_message_hashes.extend(self.known)  # what a browser still has is not sent again
        state.widget_states.widgets.extend(widgets)
        begun = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            heard = ForwardMsg()
            data = await self.socket.recv(decode=False)
            self.readers.update(READER.findall(data))
            heard.ParseFromString(data)
            kind = heard.WhichOneof("type")
            self.session = heard.new_session.initialize.session_id or self.session
            if kind in ("delta", "ref_hash"):
                place = tuple(heard.metadata.delta_path)
                is_open = (
                    self.known.get(heard.ref_hash, False)
                    if kind == "ref_hash"
                    else is_checking(heard.delta.SerializeToString())
                )
                (self.checking.add if is_open else self.checking.discard)(place)
                if heard.metadata.cacheable and kind == "delta":
                    self.known[heard.hash] = is_open
            element = heard.delta.new_element
            drawn = element.WhichOneof("type")
            if drawn in ("button", "file_uploader"):
                own = getattr(element, drawn).id
                self.widgets[own.rpartition("-")[2]] = own
            if drawn == "bidi_component":
                own = element.bidi_component.id
                self.mounts[own.rpartition("-")[2]] = own, heard.delta.fragment_id
            elif kind == "auto_rerun":
                self.every[heard.auto_rerun.fragment_id] = heard.auto_rerun.interval
            elif kind == "navigation":
                self.page = heard.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = heard.page_info_changed.query_string
            elif kind == "script_finished" and heard.script_finished != EARLY:
                return time.perf_counter() - begun


async def many(url: str, ask: Callable[[Reader, int], Awaitable[list[float]]]) -> list[float]:
    """Seconds of all changes by readers who are there at the same time, each with changes of their own."""

    async def one(number: int) -> list[float]:
        async with connected(url) as socket:
            reader = Reader(socket)
            await reader.run()
            return await ask(reader, number)

    every = await asyncio.gather(*map(one, range(READERS)))
    return [seconds for taken in every for seconds in taken]


async def releases(reader: Reader, number: int) -> list[float]:
    """Let the threshold go again and again, without a pause."""
    rng = np.random.default_rng([20_263, number])
    return [await reader.release(MODEL, rng.uniform(0.01, 0.9), k + 1) for k in range(CHANGES)]


async def prices(reader: Reader, number: int) -> list[float]:
    """Try prices of a miss that nobody else tries, and think between them."""
    rng, taken = np.random.default_rng([20_264, number]), []
    for k in range(CHANGES):
        await asyncio.sleep(rng.exponential(THINK))
        taken.append(await reader.settle(f"miss={5 + number / 100 + (k + 1) / 7:.4f}"))
    return taken


def processor(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


LIMITS = {
    "another price of a miss, until no figure of Decide is being checked": 0.1,
    "the threshold let go, until the server has said all that follows from it": 0.02,
    "a fetched strip: stops with their places and words": 0.04,
    "another price of a miss without intervals": 0.06,
}
"""CPU seconds that each change by one reader may take."""


async def alone(url: str, turn: int) -> list[float]:
    """CPU seconds of each change by one reader, in the order of `LIMITS`."""
    pid, spent = process_of(url), [0.0] * len(LIMITS)

    async def spend(kind: int, change: Awaitable[float]) -> None:
        before = processor(pid)
        await change
        spent[kind] += processor(pid) - before

    async with connected(url) as socket:
        one = Reader(socket)
        for query in ("miss=4", "miss=4.5"):
            await one.settle(query)
        for k in range(CHANGES):
            await spend(0, one.settle(f"miss={5 + turn + k / 17:.4f}"))
            await spend(1, one.release(MODEL, 0.2 + k / 37, turn * CHANGES + k + 1))
            await spend(2, one.say("stops", "near", {"seen": None, "whole": "upper"}))
        await one.settle("intervals=off&miss=4")
        for k in range(CHANGES):
            await spend(3, one.settle(f"intervals=off&miss={5 + turn + k / 17:.4f}"))
    return [seconds / CHANGES for seconds in spent]


def measured(folder: Path) -> Iterator[Row]:
    """Changes by one reader and by many, on the sample."""
    with running_app([*OPEN, "--private", "--port", "{port}"], cwd=folder) as url:
        runs = [asyncio.run(alone(url, turn)) for turn in range(TURNS)]
        for (name, most), each in zip(LIMITS.items(), zip(*runs, strict=True), strict=True):
            between = f"{min(each):.3f} to {max(each):.3f}"
            yield Row(f"one reader: {name}", statistics.median(each), "s of CPU", most, between)
        seconds = asyncio.run(many(url, releases))
        at_once = f"{READERS} readers let the threshold go at once"
        yield Row(at_once, statistics.median(seconds), "s", 0.4)
        seconds = asyncio.run(many(url, prices))
        thinking = f"{READERS} readers change the price of a miss, {THINK} s of thinking between"
        yield Row(f"{thinking}: 95% within", float(np.quantile(seconds, 0.95)), "s", 0.5)
        yield Row(f"{thinking}: memory", memory(process_of(url)) / 1e6, "MB", 600)
