"""What the server has done and holds, as counters that Prometheus reads, on a loopback port of their own.

Sessions are counted by Streamlit, runs of a page here. Nothing is said of what anybody looks at.
"""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.runtime.stats import (
    ACTIVE_SESSIONS_FAMILY,
    SESSION_EVENTS_FAMILY,
    CounterStat,
    GaugeStat,
    HistogramStat,
)

from dashboard.host_names import authority

if TYPE_CHECKING:
    from streamlit.runtime import Runtime
    from streamlit.runtime.stats import Stat

    from dashboard.data.library import Library

LOOPBACK = "127.0.0.1"
BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, math.inf)
"""Seconds up to which runs are counted together."""


class Runs:
    """How many runs of a page there were, and how long they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = [0] * len(BOUNDS)
        self._seconds = 0.0

    @contextmanager
    def run(self) -> Iterator[None]:
        """Count one, however it ends."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - begun
            with self._lock:
                self._counts[bisect_left(BOUNDS, seconds)] += 1
                self._seconds += seconds

    @property
    def stat(self) -> HistogramStat:
        """All so far."""
        with self._lock:
            counts, seconds = tuple(accumulate(self._counts)), self._seconds
        return HistogramStat(
            "common_ground_run_seconds",
            tuple(zip(BOUNDS, counts, strict=True)),
            seconds,
            counts[-1],
            help="Runs of a whole page, by how long they took.",
        )


RUNS = Runs()
"""Of this server."""


def stats(runtime: Runtime, cached: int, library: Library | None) -> list[Stat]:
    """Everything that is counted.

    Parameters
    ----------
    runtime : Runtime
        The running Streamlit.
    cached : int
        Bytes that are kept of what was worked out.
    library : Library or None
        None while the first files are being opened.
    """
    families = runtime.stats_mgr.get_stats([SESSION_EVENTS_FAMILY, ACTIVE_SESSIONS_FAMILY])
    uploads = [] if library is None else list(library.uploads)
    waiting = sum(upload.job.waiting for upload in uploads)
    return [
        *(stat for family in families.values() for stat in family),
        RUNS.stat,
        GaugeStat(
            "common_ground_cache_bytes", cached, help="Memory of what was worked out and is kept."
        ),
        GaugeStat(
            "common_ground_uploads_waiting",
            waiting,
            help="Uploads that wait until others are read.",
        ),
        GaugeStat(
            "common_ground_uploads_reading",
            sum(upload.job.result is None for upload in uploads) - waiting,
            help="Uploads that are being read.",
        ),
        GaugeStat(
            "process_resident_memory_bytes", resident(), help="Resident memory size in bytes."
        ),
    ]


def resident() -> int:
    """Bytes of memory that this process takes; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    import resource

    return pages * resource.getpagesize()


def written(counted: Sequence[Stat]) -> str:
    """Stats as text for Prometheus, version 0.0.4."""
    lines: dict[str, list[str]] = {}
    for stat in counted:
        name = stat.family_name + ("_total" if isinstance(stat, CounterStat) else "")
        head = [f"# HELP {name} {stat.help}", f"# TYPE {name} {stat.type}"]
        lines.setdefault(name, head).append(stat.to_metric_str())
    return "".join(f"{line}\n" for family in lines.values() for line in family)


def serve(port: int, say: Callable[[], str]) -> ThreadingHTTPServer:
    """Answer ``/metrics`` to this machine alone, in threads of its own, until it is shut down.

    Parameters
    ----------
    say : callable
        Gives the text.

    Raises
    ------
    OSError
        Where the port is taken.
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
                body = say().encode()
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def version_string(self) -> str:
            return "common-ground"

        def log_message(self, *_: object) -> None:
            """Nobody reads who asked."""

    server = ThreadingHTTPServer((LOOPBACK, port), Answer)
    threading.Thread(target=server.serve_forever, name="counters", daemon=True).start()
    return server
