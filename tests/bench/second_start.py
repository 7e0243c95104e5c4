"""Time from the command to the stakeholders' figures, at the first and the second start with a file."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from tests.bench.drag import OPEN
from tests.bench.scale import ROWS, made, row
from tests.running import running_app

MODELS = 4


async def figures(url: str) -> None:
    """Act as the first reader, until the last figure of the stakeholders has arrived."""
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        message = BackMsg()
        message.rerun_script.query_string = ""
        await socket.send(message.SerializeToString())
        heard = ForwardMsg()
        while not heard.delta.new_element.bidi_component.id.endswith("-stakeholder_executive"):
            heard.ParseFromString(await socket.recv(decode=False))
            assert heard.WhichOneof("type") != "script_finished", "the page has no figures"


def started(path: Path, home: Path) -> float:
    """Seconds from the command until a waiting reader has the figures."""
    places = {"XDG_CACHE_HOME": str(home / "cache"), "XDG_DATA_HOME": str(home / "data")}
    begun = time.perf_counter()
    with running_app([*OPEN, str(path), "--port", "{port}"], cwd=home, env=places) as url:
        asyncio.run(figures(url))
        return time.perf_counter() - begun


def measured(folder: Path, turns: int) -> list[dict[str, Any]]:
    """Both starts in turns, each pair with a new home folder."""
    path = made(folder / "numbers.parquet", ROWS, MODELS)
    pairs = []
    for turn in range(turns):
        home = folder / str(turn)
        home.mkdir()
        first = started(path, home)
        pairs.append((started(path, home), first))
    many = f"{ROWS:,} units x {MODELS} models"
    name = (
        f"second start with {many}, from the command until a reader has the stakeholders' figures, "
    )
    again, first_time = zip(*pairs, strict=True)
    return [row(name + "against the first", list(again), list(first_time), times=True)]
