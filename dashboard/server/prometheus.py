"""Metrics of the server for Prometheus, on a separate loopback port: sessions, runs, uploads and memory.

The metrics reveal nothing about the data.
"""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from typing import TYPE_CHECKING

from dashboard.data import allocator
from dashboard.host_names import authority
from dashboard.server.sockets import SOCKETS

if TYPE_CHECKING:
    from dashboard.data.library import Library

LOOPBACK = "127.0.0.1"
BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, math.inf)
"""Upper bounds in seconds of the bins of the histogram of runs."""


class Runs:
    """Histogram of the durations of page runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = [0] * len(BOUNDS)
        self._seconds = 0.0

    @contextmanager
    def run(self) -> Iterator[None]:
        """Count one run, even if it fails."""
        start = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - start
            with self._lock:
                self._counts[bisect_left(BOUNDS, seconds)] += 1
                self._seconds += seconds

    @property
    def samples(self) -> dict[str, float]:
        """Values of all runs so far, by the suffix of the histogram's name."""
        with self._lock:
            counts, seconds = tuple(accumulate(self._counts)), self._seconds
        ends = ["+Inf" if bound == math.inf else str(bound) for bound in BOUNDS]
        buckets: dict[str, float] = {
            f'_bucket{{le="{end}"}}': count for end, count in zip(ends, counts, strict=True)
        }
        return buckets | {"_sum": seconds, "_count": counts[-1]}


RUNS = Runs()
"""Runs of this server."""


def text(cached: int, library: Library | None) -> str:
    """All metrics in the text format of Prometheus, version 0.0.4.

    Parameters
    ----------
    cached : int
        Size of the cached values in bytes.
    library : Library or None
        `None` while the first files are being opened.
    """
    uploads = [] if library is None else list(library.uploads)
    waiting = sum(upload.job.waiting for upload in uploads)
    reading = sum(upload.job.result is None for upload in uploads) - waiting
    events = {f'{{type="{kind}"}}': count for kind, count in SOCKETS.events.items()}
    gauges = [
        ("active_sessions", "Pages that are open.", SOCKETS.open),
        ("common_ground_cache_bytes", "Memory of the values in the cache.", cached),
        ("common_ground_uploads_waiting", "Uploads that wait until others are read.", waiting),
        ("common_ground_uploads_reading", "Uploads that are being read.", reading),
        ("process_resident_memory_bytes", "Resident memory size in bytes.", allocator.resident()),
    ]
    runs = "Runs of a whole page, by how long they took."
    families: list[tuple[str, str, str, Mapping[str, float]]] = [
        ("session_events_total", "counter", "Sessions by what became of them.", events),
        ("common_ground_run_seconds", "histogram", runs, RUNS.samples),
        *((name, "gauge", help_, {"": value}) for name, help_, value in gauges),
    ]
    lines = []
    for name, kind, help_, samples in families:
        lines += [f"# HELP {name} {help_}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{suffix} {value}" for suffix, value in samples.items()]
    return "".join(f"{line}\n" for line in lines)


def serve(port: int, metrics_text: Callable[[], str]) -> ThreadingHTTPServer:
    """Start a server that answers ``/metrics`` for this machine only, in separate threads; return it.

    Parameters
    ----------
    metrics_text : callable
        Returns the text of the metrics.

    Raises
    ------
    OSError
        If the port is in use.
    """

    class Answer(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            named = authority(self.headers.get("Host", ""))
            if named is None or named.name not in (LOOPBACK, "localhost"):
                self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            elif self.path != "/metrics":
                self.send_error(HTTPStatus.NOT_FOUND)
            else:
                body = metrics_text().encode()
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def version_string(self) -> str:
            return "common-ground"

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer((LOOPBACK, port), Answer)
    threading.Thread(target=server.serve_forever, name="counters", daemon=True).start()
    return server
