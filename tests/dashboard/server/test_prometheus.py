"""Tests of the counters for Prometheus: their values, their format, and who may read them."""

from __future__ import annotations

import math
import re
import time
from types import SimpleNamespace

import pytest

from dashboard.server import prometheus
from tests.dashboard.server.talk import ask

LINE = re.compile(r"([a-z_]+)({[^}]*})? (\S+)")


def samples_of(text: str) -> dict[str, float]:
    """Samples by name and labels. Asserts that every family has one header, before its samples."""
    samples: dict[str, float] = {}
    known: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in known
            known[name] = kind
        elif not line.startswith("# HELP "):
            found = LINE.fullmatch(line)
            assert found, line
            name = found[1]
            assert {name, re.sub("_(bucket|sum|count)$", "", name)} & set(known)
            samples[found[1] + (found[2] or "")] = float(found[3])
    return samples


def test_runs_are_counted_by_duration_at_any_end(monkeypatch):
    clock = iter([0.0, 0.03, 10.0, 12.5, 20.0, 40.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    runs = prometheus.Runs()
    with runs.run():
        pass
    with runs.run():
        pass
    with pytest.raises(KeyError), runs.run():
        raise KeyError
    monkeypatch.setattr(prometheus, "RUNS", runs)
    metrics = samples_of(prometheus.text(0, None))
    assert metrics["common_ground_run_seconds_count"] == 3
    assert metrics["common_ground_run_seconds_sum"] == pytest.approx(22.53)
    told_up_to = [
        metrics[f'common_ground_run_seconds_bucket{{le="{bound}"}}']
        for bound in (0.025, 0.05, 1.0, 2.5)
    ]
    assert told_up_to == [0, 1, 1, 2]
    assert metrics['common_ground_run_seconds_bucket{le="+Inf"}'] == 3
    assert prometheus.BOUNDS[-1] == math.inf


def test_every_counter_is_reported():
    def upload(waiting, result=None):
        return SimpleNamespace(job=SimpleNamespace(waiting=waiting, result=result))

    library = SimpleNamespace(uploads=[upload(True), upload(False), upload(False, {"ok": True})])
    metrics = samples_of(prometheus.text(123, library))  # type: ignore[arg-type]
    assert metrics["active_sessions"] == 0
    assert metrics['session_events_total{type="connect"}'] == 0
    assert metrics["common_ground_cache_bytes"] == 123
    assert metrics["common_ground_uploads_waiting"] == 1
    assert metrics["common_ground_uploads_reading"] == 1
    assert metrics["process_resident_memory_bytes"] >= 0
    before = samples_of(prometheus.text(0, None))
    assert before["common_ground_uploads_waiting"] == 0


def test_only_requests_of_this_machine_for_counters_are_answered():
    server = prometheus.serve(0, lambda: "told 1\n")
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        answer = ask(url, "/metrics", f"Host: localhost:{server.server_port}")
        assert (answer.status, answer.body) == (200, b"told 1\n")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "python" not in answer.headers["server"].lower()
        assert ask(url, "/", "Host: 127.0.0.1").status == 404
        assert ask(url, "/metrics", "Host: evil.example").status == 421
        with pytest.raises(OSError, match="in use"):
            prometheus.serve(server.server_port, str)
    finally:
        server.shutdown()
        server.server_close()
