"""Soak test of a server: waves of readers and uploads, and a report of memory and files that are not freed.

``python -m tests.soak.server [SECONDS] [UPLOADS A WAVE] [ROWS]`` runs at least two waves.

Uploads are read and stored in the library's folder directly, as by another server on the same folder.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.util import calc_hash

from dashboard.data.library import Library
from dashboard.data.uploads.job import UploadJob
from dashboard.data.uploads.store import UploadStore
from dashboard.server.sockets import CLOSED_SECONDS, SWEEP_SECONDS
from tests.bench.sessions import Reader, connected
from tests.dashboard.server.talk import PROGRAM, process_of
from tests.running import free_port, running_app

READERS, MODELS, OWNER = 4, 10, "of the soak"
"""Number of readers in a wave, number of models in a file, and owner of the uploads."""
PAGES = ("models", "evidence", "limits", "decide")
REST = CLOSED_SECONDS + 3 * SWEEP_SECONDS
"""Seconds after which the sessions of the last readers have ended."""
GROWTH = 1.2
"""Largest allowed ratio of the memory after the last wave to that after the first."""


@dataclass(frozen=True)
class Held:
    """Resources that a server uses.

    Attributes
    ----------
    megabytes : float
        Memory of the server and its children. Shared memory counts proportionally.
    threads, files, processes : int
        ``processes`` counts its child processes.
    kept : tuple of str
        Files in the library's folder.
    """

    megabytes: float
    threads: int
    files: int
    processes: int
    kept: tuple[str, ...]


def resources_of(process: int, folder: Path) -> Held:
    """Resources that a server uses now."""
    family, todo = [], [process]
    while todo:
        family.append(todo.pop())
        for task in Path(f"/proc/{family[-1]}/task").iterdir():
            todo += map(int, (task / "children").read_text().split())
    sizes = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in family]
    found = [re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE) for text in sizes]
    return Held(
        sum(int(match[1]) for match in found if match) / 1000,
        len(list(Path(f"/proc/{process}/task").iterdir())),
        len(list(Path(f"/proc/{process}/fd").iterdir())),
        len(family) - 1,
        tuple(sorted(path.name for path in folder.rglob("*") if path.is_file())),
    )


def write_scores(
    path: Path, rows: int, rng: np.random.Generator, models: int = MODELS, digits: int = 6
) -> Path:
    """Write a score file."""
    label = (rng.random(rows) < 0.03).astype(int)
    columns: dict[str, object] = {"id": [f"U{k}" for k in range(rows)], "label": label}
    for k in range(models):
        logit = rng.normal(size=rows) + 1.5 * label - 3
        columns[f"model_{k}"] = 1 / (1 + np.exp(-logit))
    pd.DataFrame(columns).to_csv(path, index=False, float_format=f"%.{digits}f")
    return path


def upload(library: Library, file: Path) -> str:
    """Read a file in the upload process and store it. Return its fingerprint."""
    place = library.upload_store.workplace()
    try:
        (place / "out").mkdir()
        rows = place / "out" / "rows.parquet"
        job = UploadJob([file], {}, rows)
        while job.result is None:
            time.sleep(0.05)
        assert job.result["ok"], job.result
        return library.store_upload(job.result, rows, (file.name,), OWNER).fingerprint
    finally:
        library.upload_store.abandon(place)


async def visit(url: str, queries: Sequence[str], pages: Sequence[str] = ()) -> Reader:
    """Act as a reader who opens the app, follows links, changes pages and leaves."""
    async with connected(url) as socket:
        one = Reader(socket)
        for query in queries:
            one.query = query
            await one.run()
        for page in pages:
            one.page = calc_hash(page)
            await one.run()
        return one


async def attack(url: str) -> None:
    """Act as an attacker who sends invalid messages and the largest requests that one message can hold."""
    async with connected(url) as socket:
        sent = [BackMsg() for _ in range(4)]
        sent[0].clear_cache = True
        sent[1].set_run_on_save = True
        sent[2].file_urls_request.file_names.extend(["a"] * 300_000)
        sent[3].rerun_script.fragment_id = "\x1b[2J" * 100_000
        for message in sent * 10:
            await socket.send(message.SerializeToString())


async def run_wave(
    url: str, library: Library, folder: Path, uploads: int, rows: int, seed: int
) -> None:
    """Run readers with different requests next to an attacker; then upload, view and delete files."""
    rng = np.random.default_rng(seed)
    prices = rng.uniform(2, 60, (READERS, 3)).round(4)
    await asyncio.gather(
        *(visit(url, [f"miss={price}" for price in each], PAGES) for each in prices.tolist()),
        attack(url),
    )
    for _ in range(uploads):
        file = write_scores(folder / "scores.csv", rows, rng)
        data = await asyncio.to_thread(upload, library, file)
        reader = await visit(url, [f"data={data}", f"data={data}&miss={prices[0, 0]}"], PAGES)
        assert "page" in reader.mounts, "the upload was not shown"
        assert library.remove(data, OWNER)
        gone = await visit(url, [f"data={data}"])
        assert "page" not in gone.mounts, "a deleted upload was shown"


def faults(first: Held, last: Held) -> list[str]:
    """Resources that were not freed."""
    said = []
    if last.megabytes > GROWTH * first.megabytes:
        said.append(f"memory grew from {first.megabytes:.0f} to {last.megabytes:.0f} MB")
    for name in ("threads", "files", "processes"):
        before, after = getattr(first, name), getattr(last, name)
        if after > before:
            said.append(f"{name} grew from {before} to {after}")
    if left := set(last.kept) - set(first.kept):
        said.append(f"left in the library: {', '.join(sorted(left))}")
    return said


def soak(seconds: float, uploads: int = 10, rows: int = 40_000) -> list[str]:
    """Send waves of readers to a server for some seconds. Return the resources that were not freed."""
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="soak-server-") as name:
        folder, kept = Path(name), Path(name) / "library"
        places = ["--library", str(kept), "--register", str(folder / "d.sqlite")]
        # The first wave fills a cache of this size. Later growth is therefore unbounded growth.
        bounds = ["--memory", "250", "--metrics-port", str(free_port())]
        command = [PROGRAM, "open", *places, *bounds]
        with running_app([*command, "--port", "{port}"], cwd=folder) as url:
            server = process_of(url)
            library = Library(UploadStore(kept), 4096)
            waves: list[Held] = []
            while len(waves) < 2 or time.monotonic() < end:
                asyncio.run(run_wave(url, library, folder, uploads, rows, len(waves)))
                time.sleep(REST)
                waves.append(resources_of(server, kept))
                print(f"wave {len(waves)}: {waves[-1]}", flush=True)
    return faults(waves[0], waves[-1])


def main(arguments: list[str]) -> int:
    """Soak a server and print the resources that were not freed."""
    seconds, *sizes = [int(argument) for argument in arguments] or [300]
    said = soak(seconds, *sizes)
    print("\n".join(said) if said else "server: nothing stayed of any wave")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
