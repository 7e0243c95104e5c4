"""Memory of a server when many readers at once each upload a file, look at it and leave."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.util import calc_hash

from dashboard.server.sockets import CLOSED_SECONDS, SWEEP_SECONDS
from tests.bench.drag import OPEN
from tests.bench.rows import Row
from tests.bench.sessions import Reader, connected
from tests.dashboard.server.talk import call, heard, memory, process_of, put
from tests.running import running_app
from tests.soak.server import write_scores

READERS, ROWS, MODELS = 25, 40_000, 8
PAGES = ("decide", "models", "evidence")
SEEN = 0.2
"""Seconds between two looks at the memory."""


async def visitor(url: str, number: int, data: bytes) -> None:
    """Act as a reader who uploads a file, looks at it and leaves."""
    cookie = f"common_ground_reader={number:064x}"
    async with connected(url, Cookie=cookie) as socket:
        one = Reader(socket)
        await one.run()
        sample = shown(one)
        one.page = calc_hash("data")
        await one.run()
        file = str(uuid4())
        answer = await asyncio.to_thread(
            sent, url, put(url, one.session, data, file=file, cookie=cookie)
        )
        assert b" 204 " in answer.partition(b"\r\n")[0], answer
        box = WidgetState(id=one.widgets["upload_0"])
        state = box.file_uploader_state_value.uploaded_file_info.add()
        state.file_id, state.name, state.size = file, f"scores {number}.csv", len(data)
        state.file_urls.file_id = file
        await one.run(widgets=[box])
        await one.run(widgets=[box, WidgetState(id=one.widgets["upload_open"], trigger_value=True)])
        while shown(one) == sample:
            await asyncio.sleep(0.4)
            await one.run(fragment=list(one.intervals)[-1] if one.intervals else "")
        for page in PAGES:
            one.page = calc_hash(page)
            await one.settle()
        assert "page" in one.mounts, "the upload was not shown"
        assert one.readers == {b"reader_%c" % (96 + number)}, (
            f"reader {number} saw the models of {sorted(one.readers)}"
        )


def sent(url: str, request: bytes) -> bytes:
    """Answer to a request."""
    with call(url) as line:
        line.sendall(request)
        return heard(line)


def shown(one: Reader) -> str:
    """Fingerprint of the data in a reader's address."""
    return one.query.partition("data=")[2].partition("&")[0]


async def crowd(url: str, files: list[bytes]) -> None:
    """Let all readers visit at the same time."""
    await asyncio.gather(*(visitor(url, k, data) for k, data in enumerate(files, 1)))


def measured(folder: Path) -> Iterator[Row]:
    """Time of all visits, and memory of the server at its peak and two minutes after the visits."""
    rng = np.random.default_rng(1)
    file = folder / "scores.csv"
    files = [
        write_scores(file, ROWS, rng, MODELS, digits=4)
        .read_bytes()
        .replace(b"model", b"reader_%c" % (96 + number))
        for number in range(1, READERS + 1)
    ]
    places = ["--library", str(folder / "library"), "--register", str(folder / "d.sqlite")]
    with running_app([*OPEN, *places, "--port", "{port}"], cwd=folder) as url:
        server = process_of(url)
        asyncio.run(settled(url))
        peak, is_over = [0], threading.Event()

        def watch() -> None:
            while not is_over.wait(SEEN):
                peak[0] = max(peak[0], memory(server))

        watching = threading.Thread(target=watch)
        watching.start()
        begun = time.monotonic()
        try:
            asyncio.run(crowd(url, files))
        finally:
            is_over.set()
            watching.join()
        name = f"{READERS} readers each upload {ROWS:,} units x {MODELS} models and see {len(PAGES)} pages"
        yield Row(name, time.monotonic() - begun, "s", 60)
        yield Row("the same: memory of the server at the peak", peak[0] / 1e6, "MB", 1_000)
        time.sleep(CLOSED_SECONDS + 2 * SWEEP_SECONDS)
        yield Row(
            "the same: memory two minutes after all have left", memory(server) / 1e6, "MB", 600
        )


async def settled(url: str) -> None:
    """Wait until the sample is drawn."""
    async with connected(url) as socket:
        await Reader(socket).settle()
