"""CPU time and server memory after a change to the price of a miss, with many models or rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from tests.bench import drag, scale
from tests.bench.drag import OPEN
from tests.bench.rows import Row
from tests.bench.sessions import Reader, connected, processor
from tests.dashboard.server.talk import memory, process_of
from tests.running import running_app

CHANGES = 6
MODELS, UNITS = 200, 1_000_000


async def priced(url: str) -> float:
    """Mean CPU seconds of the server for a change to the price of a miss, until all intervals are shown."""
    async with connected(url) as socket:
        one = Reader(socket)
        await one.run()
        while "page" not in one.mounts:  # the data is being counted
            await asyncio.sleep(0.5)
            await one.run()
        await one.settle()
        await one.settle("miss=4")
        before = processor(process_of(url))
        for k in range(CHANGES):
            await one.settle(f"miss={5 + k / 17:.4f}")
        return (processor(process_of(url)) - before) / CHANGES


def compared(name: str, path: Path, most: float) -> Iterator[Row]:
    """Rows of the table for one file."""
    with running_app([*OPEN, str(path), "--private", "--port", "{port}"], cwd=path.parent) as url:
        quantity = f"{name}: another price of a miss, until no figure of Decide is being checked"
        yield Row(quantity, asyncio.run(priced(url)), "s of CPU", most)
        yield Row(f"{name}: memory of the server", memory(process_of(url)) / 1e6, "MB", 1_000)


def measured(folder: Path) -> Iterator[Row]:
    """Rows of the table for both files."""
    many, wide = folder / "many.csv", folder / "wide.parquet"
    drag.made(many)
    yield from compared(f"{drag.MODELS} models x {drag.THRESHOLDS:,} thresholds", many, 0.5)
    scale.made(wide, UNITS, MODELS)
    yield from compared(f"{MODELS} models x {UNITS:,} units", wide, 1.5)
