"""Many readers at once: how long a rerun takes with Python's garbage collector held back and without.

Readers are plain websocket clients that speak Streamlit's protocol, so that what is measured is the server.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.drag import OPEN
from tests.running import running_app

READERS, CHANGES = 20, 10
MODEL = "two_stage_boosting"
# The app as it would be if it left the collector to Streamlit and Python.
PLAIN = (
    "import gc, sys; gc.freeze = lambda: None; sys.argv[0] = 'streamlit'; "
    "from streamlit.web.cli import main; main()"
)
SERVER = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"


class Reader:
    """One session: a browser's messages without a browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.component = ""
        self.query = ""
        self.page = ""
        self.known: set[str] = set()

    async def run(self, change: dict[str, Any] | None = None) -> float:
        """Have the script run; seconds until the server says that it is done."""
        message = BackMsg()
        state: ClientState = message.rerun_script
        state.query_string = self.query
        state.page_script_hash = self.page
        state.cached_message_hashes.extend(self.known)  # what a browser still has is not sent again
        if change is not None:
            told = state.widget_states.widgets.add()
            told.id = f"$$STREAMLIT_INTERNAL_KEY_{self.component}__events"
            told.json_trigger_value = json.dumps([{"event": "chosen", "value": change}])
        begun = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            heard = ForwardMsg()
            heard.ParseFromString(await self.socket.recv(decode=False))
            kind = heard.WhichOneof("type")
            if heard.metadata.cacheable:
                self.known.add(heard.hash)
            if kind == "delta" and heard.delta.new_element.WhichOneof("type") == "bidi_component":
                named = heard.delta.new_element.bidi_component.id
                if named.endswith("-page"):
                    self.component = named
            elif kind == "navigation":
                self.page = heard.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = heard.page_info_changed.query_string
            elif kind == "script_finished":
                return time.perf_counter() - begun


async def reader(url: str, thresholds: list[float]) -> list[float]:
    """Seconds of each rerun of a reader who puts one threshold after the other under discussion."""
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
    """Reruns of all readers, who are at it at the same time."""
    rng = np.random.default_rng(20_263)
    every = [rng.uniform(0.01, 0.9, CHANGES).tolist() for _ in range(READERS)]
    return [s for taken in await asyncio.gather(*(reader(url, t) for t in every)) for s in taken]


def measured(folder: Path, turns: int) -> list[dict[str, Any]]:
    """The app as it is against the app with Streamlit's and Python's own collecting, in turns."""
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
        for _ in range(turns):
            pairs.append((asyncio.run(readers(ours)), asyncio.run(readers(theirs))))
    here, there = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
    ratios = [float(np.median(a) / np.median(b)) for a, b in pairs]
    return [
        {
            "measured": f"a rerun while {READERS} readers change the threshold at once, against the same "
            "with a full garbage collection after every run",
            "seconds": round(float(np.median(here)), 3),
            "slowest": round(float(np.quantile(here, 0.95)), 3),
            "against": {
                "seconds": round(float(np.median(there)), 3),
                "slowest": round(float(np.quantile(there, 0.95)), 3),
            },
            "time": round(float(np.median(ratios)), 2),
            "time_range": [round(min(ratios), 2), round(max(ratios), 2)],
        }
    ]
