"""Server time of a change by one reader, and by many readers at once.

Readers are websocket clients that speak Streamlit's protocol, so that only the server is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.drag import OPEN
from tests.running import running_app

READERS, CHANGES = 20, 10
CHECKING = b"cg-checking"
"""Mark of a value that is not computed yet."""
MODEL = "two_stage_boosting"
EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN
"""Status of a run that another run replaces at once."""
STYLE = b"." + CHECKING
"""Class of the mark in the style sheet."""


def is_checking(element: bytes) -> bool:
    """True if an element shows a value that is not computed yet."""
    return CHECKING in element and STYLE not in element


# The app as it would be if it left the collector to Streamlit and Python.
PLAIN = (
    "import gc, sys; gc.freeze = lambda: None; sys.argv[0] = 'streamlit'; "
    "from streamlit.web.cli import main; main()"
)
SERVER = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"


class Reader:
    """Session that exchanges a browser's messages without a browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.component = ""
        self.fragment = ""
        self.checking: set[tuple[int, ...]] = set()
        self.every: dict[str, float] = {}
        self.query = ""
        self.page = ""
        self.known: dict[str, bool] = {}
        """True by message hash if the message has a value that is not computed yet."""
        self.session = ""
        self.widgets: dict[str, str] = {}
        """Ids of drawn widgets by key."""

    async def settle(self) -> float:
        """Run the script and its automatic reruns until all values are computed; seconds of both."""
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

    async def run(
        self,
        change: dict[str, Any] | None = None,
        fragment: str = "",
        widgets: Sequence[WidgetState] = (),
    ) -> float:
        """Run the script, or the reaction to a point; seconds until the server reports the end."""
        message = BackMsg()
        state: ClientState = message.rerun_script
        state.query_string = self.query
        state.fragment_id = fragment
        state.page_script_hash = self.page
        state.cached_message_hashes.extend(self.known)  # what a browser still has is not sent again
        state.widget_states.widgets.extend(widgets)
        if change is not None:
            told = state.widget_states.widgets.add()
            told.id = f"$$STREAMLIT_INTERNAL_KEY_{self.component}__events"
            told.json_trigger_value = json.dumps([{"event": "chosen", "value": change}])
            state.fragment_id = self.fragment
        begun = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            heard = ForwardMsg()
            heard.ParseFromString(await self.socket.recv(decode=False))
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
                named = element.bidi_component.id
                if named.endswith("-page"):
                    self.component, self.fragment = named, heard.delta.fragment_id
            elif kind == "auto_rerun":
                self.every[heard.auto_rerun.fragment_id] = heard.auto_rerun.interval
            elif kind == "navigation":
                self.page = heard.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = heard.page_info_changed.query_string
            elif kind == "script_finished" and heard.script_finished != EARLY:
                return time.perf_counter() - begun


async def reader(url: str, thresholds: list[float]) -> list[float]:
    """Seconds of each rerun of a reader who selects one threshold after another."""
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        one = Reader(socket)
        await one.run()
        assert one.component
        taken = []
        for turn, threshold in enumerate(thresholds, 1):
            said = {"model": MODEL, "threshold": repr(threshold), "turn": turn}
            taken.append(await one.run(said))
            assert repr(threshold) in one.query, one.query
        return taken


async def readers(url: str) -> list[float]:
    """Reruns of all readers at the same time."""
    rng = np.random.default_rng(20_263)
    every = [rng.uniform(0.01, 0.9, CHANGES).tolist() for _ in range(READERS)]
    return [s for taken in await asyncio.gather(*(reader(url, t) for t in every)) for s in taken]


def processor(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def alone(url: str, pid: int, turn: int) -> dict[str, tuple[list[float], float]]:
    """Elapsed and CPU seconds of each change by one reader, by kind of change."""
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        one = Reader(socket)
        one.query = "miss=4"
        await one.run()
        await one.run()  # with its intervals, where nobody had drawn them yet
        found = {}
        before = processor(pid)
        taken = []
        for k in range(CHANGES):
            one.query = f"miss={5 + turn + k / 17:.4f}"
            taken.append(await one.run())
            assert not one.checking, one.checking
        found["price"] = taken, (processor(pid) - before) / CHANGES
        before, taken = processor(pid), []
        for k in range(CHANGES):
            said = {"model": MODEL, "threshold": repr(0.2 + k / 37), "turn": k + 1}
            taken.append(await one.run(said))
        found["release"] = taken, (processor(pid) - before) / CHANGES
        one.query = "intervals=off&miss=4"
        await one.run()
        before, taken = processor(pid), []
        for k in range(CHANGES):
            one.query = f"intervals=off&miss={5 + turn + k / 17:.4f}"
            taken.append(await one.run())
        found["unsure"] = taken, (processor(pid) - before) / CHANGES
        return found


NAMES = {
    "release": "one reader lets the threshold go, until the server has said all that follows it",
    "price": "one reader changes the price of a miss, until no figure of Decide is being checked",
    "unsure": "the same without intervals",
}
LIMITS = {
    "release": "0.02 of the processor",
    "price": "0.4 of the processor",
    "unsure": "0.06 of the processor",
}


def by_one(url: str, turns: int) -> list[dict[str, Any]]:
    """Server time of a change by one reader: a released slider, and another price of a miss."""
    pid = listener(url)
    runs = [asyncio.run(alone(url, pid, turn)) for turn in range(turns)]
    rows = []
    for what, name in NAMES.items():
        taken = np.concatenate([run[what][0] for run in runs])
        row: dict[str, Any] = {
            "measured": name,
            "seconds": round(float(np.median(taken)), 3),
            "slowest": round(float(np.quantile(taken, 0.95)), 3),
            "processor": round(float(np.median([run[what][1] for run in runs])), 3),
            "limit": LIMITS[what],
        }
        rows.append(row)
    ratios = [run["release"][1] / run["price"][1] for run in runs]
    rows[0] |= {
        "against": {"seconds": rows[1]["seconds"], "slowest": rows[1]["slowest"]},
        "time": round(float(np.median(ratios)), 3),
        "time_range": [round(min(ratios), 3), round(max(ratios), 3)],
    }
    return rows


def listener(url: str) -> int:
    """Process that listens on an address of this machine."""
    port = int(url.rsplit(":", 1)[1].strip("/"))
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"--server.port={port}" in (folder / "cmdline").read_text("utf-8").split("\0"):
                return int(folder.name)
    raise ProcessLookupError(url)


def measured(folder: Path, turns: int) -> list[dict[str, Any]]:
    """Compare the app with the app under Streamlit's and Python's own garbage collection, in turns."""
    plain = [sys.executable, "-c", PLAIN, "run", str(SERVER), "--server.port={port}"]
    pairs = []
    with (
        running_app([*OPEN, "--private", "--port", "{port}"], cwd=folder) as ours,
        running_app(
            [*plain, "--", "--private"], cwd=folder, env={"STREAMLIT_RUNNER_POST_SCRIPT_GC": "true"}
        ) as theirs,
    ):
        for url in (ours, theirs):  # what is made once for all
            asyncio.run(reader(url, [0.5]))
        rows = by_one(ours, turns)
        for _ in range(turns):
            pairs.append((asyncio.run(readers(ours)), asyncio.run(readers(theirs))))
    here, there = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
    ratios = [float(np.median(a) / np.median(b)) for a, b in pairs]
    return [
        *rows,
        {
            "measured": f"a release while {READERS} readers change the threshold at once, against the same "
            "with a full garbage collection after every run",
            "seconds": round(float(np.median(here)), 3),
            "slowest": round(float(np.quantile(here, 0.95)), 3),
            "against": {
                "seconds": round(float(np.median(there)), 3),
                "slowest": round(float(np.quantile(there, 0.95)), 3),
            },
            "time": round(float(np.median(ratios)), 2),
            "time_range": [round(min(ratios), 2), round(max(ratios), 2)],
            "limit": "0.4 s",
        },
    ]
