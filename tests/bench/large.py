"""Time of a scenario change with many models or rows, and memory that uploads leave behind."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import connect

from dashboard.data.library import Library
from dashboard.data.uploads.store import UploadStore
from dashboard.server.sockets import SWEEP_SECONDS
from tests.bench import drag, scale
from tests.bench.drag import OPEN
from tests.bench.sessions import Reader, listener, processor
from tests.running import running_app
from tests.soak.server import OWNER, REST, held, made, uploaded

CHANGES, UPLOADS, IN_TURN, RELEASES = 6, 10, 6, 4
MODELS, UNITS = 200, 1_000_000
SHAPES = 40_000
"""Number of units of an upload with ten models each."""


def connected(url: str) -> connect:
    """Connection to the server, as a browser opens it."""
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    return connect(address, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]


async def until_counted(one: Reader) -> None:
    """Rerun the page until the data is counted and no figure is still being computed."""
    await one.run()
    while not one.component:
        await asyncio.sleep(0.5)
        await one.run()
    await one.settle()


async def priced(url: str, pid: int) -> tuple[list[float], float]:
    """Elapsed and CPU seconds of changes to the price of a miss, until all intervals are shown."""
    async with connected(url) as socket:
        one = Reader(socket)
        await until_counted(one)
        one.query = "miss=4"
        await until_counted(one)
        before, taken = processor(pid), []
        for k in range(CHANGES):
            one.query = f"miss={5 + k / 17:.4f}"
            taken.append(await one.settle())
        return taken, (processor(pid) - before) / CHANGES


def of_file(name: str, path: Path, folder: Path, limit: str) -> dict[str, Any]:
    """Row for one reader who changes the scenario of a file, and the memory that the server then holds."""
    with running_app([*OPEN, str(path), "--private", "--port", "{port}"], cwd=folder) as url:
        pid = listener(url)
        taken, each = asyncio.run(priced(url, pid))
        time.sleep(SWEEP_SECONDS + 1)  # what is free is given back by then
        return {
            "measured": f"another price of a miss with {name}, until no figure of Decide is being checked",
            "seconds": round(float(np.median(taken)), 3),
            "slowest": round(max(taken), 3),
            "processor": round(each, 3),
            "held": round(held(pid, folder).megabytes),
            "limit": limit,
        }


async def in_turn(url: str, library: Library, folder: Path) -> dict[str, Any]:
    """Row that compares releases of several readers in turn, each on other data, with those of one reader."""
    rng, pid = np.random.default_rng(20_268), listener(url)
    found: dict[str, tuple[list[float], float]] = {}
    async with contextlib.AsyncExitStack() as lines:
        readers = []
        for _ in range(IN_TURN):
            data = await asyncio.to_thread(uploaded, library, made(folder / "one.csv", SHAPES, rng))
            readers.append(Reader(await lines.enter_async_context(connected(url))))
            readers[-1].query = f"data={data}"
            await until_counted(readers[-1])
        turn = 0

        async def release(one: Reader) -> float:
            nonlocal turn
            turn += 1
            threshold = repr(0.2 + turn % 37 / 50)
            return await one.run({"model": "model_1", "threshold": threshold, "turn": turn})

        for one in readers:  # the first release may turn to another model, which draws all anew
            await release(one)
        for name, asking in (("one", readers[:1] * IN_TURN), ("six", readers)):
            before = processor(pid)
            taken = [await release(one) for _ in range(RELEASES) for one in asking]
            found[name] = taken, (processor(pid) - before) / len(taken)
    (alone, least), (turns, most) = found["one"], found["six"]
    return {
        "measured": f"a release with {IN_TURN} data sets in turn, against one alone (of the processor)",
        "seconds": round(float(np.median(turns)), 3),
        "processor": round(most, 4),
        "against": {"seconds": round(float(np.median(alone)), 3), "processor": round(least, 4)},
        "time": round(most / least, 2),
        "time_range": [round(most / least, 2)] * 2,
        "limit": "1",
    }


async def came_and_went(url: str, library: Library, folder: Path) -> None:
    """Upload, view and delete several data sets."""
    rng = np.random.default_rng(20_267)
    for _ in range(UPLOADS):
        data = await asyncio.to_thread(uploaded, library, made(folder / "one.csv", SHAPES, rng))
        async with connected(url) as socket:
            one = Reader(socket)
            one.query = f"data={data}"
            await until_counted(one)
        assert library.remove(data, OWNER)


def of_uploads(url: str, library: Library, folder: Path) -> dict[str, Any]:
    """Row that compares the server's memory after deleted uploads with its memory before."""
    pid = listener(url)

    def megabytes(rest: float) -> float:
        time.sleep(rest)
        return held(pid, folder).megabytes

    asyncio.run(priced(url, pid))  # what a first reader has it load stays, uploads or not
    before, begun = megabytes(SWEEP_SECONDS + 5), time.perf_counter()
    asyncio.run(came_and_went(url, library, folder))
    # By then the readers' sessions have ended, and the server knows that the files are gone.
    seconds, after = time.perf_counter() - begun, megabytes(REST)
    return {
        "measured": f"{UPLOADS} uploads of {SHAPES:,} x 10, looked at and deleted: memory against before",
        "seconds": round(seconds, 1),
        "held": round(after),
        "against": {"seconds": 0.0, "held": round(before)},
        "time": round(after / before, 2),
        "time_range": [round(after / before, 2)] * 2,
        "limit": "1.15",
    }


def measured(folder: Path) -> Iterator[dict[str, Any]]:
    """Rows of the report."""
    many, wide = folder / "many.csv", folder / "wide.parquet"
    drag.made(many)
    name = f"{drag.MODELS} models x {drag.THRESHOLDS:,} thresholds"
    yield of_file(name, many, folder, "0.5 s, 1,000 MB")
    scale.made(wide, UNITS, MODELS)
    yield of_file(f"{MODELS} models x {UNITS:,} units", wide, folder, "1.5 s, 1,000 MB")
    wide.unlink()
    kept = folder / "library"
    places = ["--library", str(kept), "--register", str(folder / "d.sqlite")]
    with running_app([*OPEN, *places, "--port", "{port}"], cwd=folder) as url:
        library = Library(UploadStore(kept), 4096)
        yield of_uploads(url, library, folder)
        yield asyncio.run(in_turn(url, library, folder))


if __name__ == "__main__":
    import json
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        for row in measured(Path(name)):
            print(json.dumps(row), flush=True)
