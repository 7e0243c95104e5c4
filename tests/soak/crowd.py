"""Soak a server with a crowd: readers come at once, each uploads a file, looks at it and leaves.

``python -m tests.soak.crowd [READERS] [MEGABYTES OF THE CACHE]``
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
import time
from pathlib import Path
from uuid import uuid4

import numpy as np
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.util import calc_hash
from websockets.asyncio.client import connect

from dashboard.server.sockets import LEFT_SECONDS, SWEEP_SECONDS
from tests.bench.sessions import Reader
from tests.dashboard.server.talk import PROGRAM, call, heard, memory, process_of, put
from tests.running import running_app
from tests.soak.server import made

READERS, CACHE, ROWS, MODELS = 25, 250, 40_000, 8
PEAK, REST = 1_000, 600
"""Megabytes that the server may take while the crowd is there, and `LEFT_SECONDS` after it has gone."""
PAGES = ("decide", "models", "evidence")
SEEN = 0.2
"""Seconds between two looks at the memory."""


async def visitor(url: str, number: int, data: bytes) -> None:
    """A reader who uploads a file, looks at it and leaves."""
    cookie = f"common_ground_reader={number:064x}"
    async with connect(
        f"{url.replace('http', 'ws')}/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers={"Cookie": cookie},
        max_size=None,
        ping_interval=None,
    ) as socket:
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
        told = box.file_uploader_state_value.uploaded_file_info.add()
        told.file_id, told.name, told.size = file, f"scores {number}.csv", len(data)
        told.file_urls.file_id = file
        await one.run(widgets=[box])
        await one.run(widgets=[box, WidgetState(id=one.widgets["upload_open"], trigger_value=True)])
        while shown(one) == sample:
            await asyncio.sleep(0.4)
            await one.run(fragment=list(one.every)[-1] if one.every else "")
        for page in PAGES:
            one.page = calc_hash(page)
            await one.settle()
        assert one.component, "the upload was not shown"


def sent(url: str, request: bytes) -> bytes:
    """Answer to a request."""
    with call(url) as line:
        line.sendall(request)
        return heard(line)


def shown(one: Reader) -> str:
    """Part of a reader's address that names the data."""
    return one.query.partition("data=")[2].partition("&")[0]


async def crowd(url: str, files: list[bytes]) -> None:
    """All readers at once."""
    await asyncio.gather(*(visitor(url, k, data) for k, data in enumerate(files, 1)))


def measured(readers: int, cache: int) -> tuple[float, float, float]:
    """Megabytes at the peak and when all have left, and seconds of the round."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="soak-crowd-") as name:
        folder = Path(name)
        files = [
            made(folder / "scores.csv", ROWS, rng, MODELS, digits=4).read_bytes()
            for _ in range(readers)
        ]
        places = ["--library", str(folder / "library"), "--register", str(folder / "d.sqlite")]
        command = [PROGRAM, "open", *places, "--memory", str(cache), "--port", "{port}"]
        with running_app(command, cwd=folder) as url:
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
            seconds = time.monotonic() - begun
            time.sleep(LEFT_SECONDS + 2 * SWEEP_SECONDS)
            return peak[0] / 1e6, memory(server) / 1e6, seconds


async def settled(url: str) -> None:
    """Wait until the sample is drawn."""
    async with connect(
        f"{url.replace('http', 'ws')}/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
    ) as socket:
        await Reader(socket).settle()


def main(arguments: list[str]) -> int:
    """Soak, and say what the server took."""
    readers, cache, *_ = [*map(int, arguments), READERS, CACHE][: max(2, len(arguments))]
    peak, rest, seconds = measured(readers, cache)
    print(
        f"crowd: {readers} readers with an upload each and {cache} MB of cache took {seconds:.0f} s, "
        f"{peak:.0f} MB at the peak (at most {PEAK}) and {rest:.0f} MB when they had left (at most {REST})"
    )
    return int(peak > PEAK or rest > REST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
