"""Tests that an upload is read by a process with limits, and that a failure leaves no partial file."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from dashboard.data.uploads.child_process import Limits
from dashboard.data.uploads.job import UploadJob, problems_of
from metrics import open_scores
from metrics.errors import with_option
from metrics.io.preview import preview
from tests.repository import ROOT

ROWS = 1_000_000
READ = """
import json, sys
from pathlib import Path
from dashboard.data.uploads.job import UploadJob
out = Path(sys.argv[2])
result = UploadJob([Path(sys.argv[1])], {}, out).wait()
print(json.dumps([result, [path.name for path in out.parent.iterdir()]]))
"""


def write(path, rows):
    rng = np.random.default_rng(rows)
    columns = {"id": np.arange(rows), "label": rng.integers(0, 2, rows)}
    for name in ("a", "b", "c", "d"):
        columns[name] = rng.random(rows)
    arrow_csv.write_csv(pa.table(columns), path)
    return path


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    return write(tmp_path_factory.mktemp("upload_job") / "scores.csv", ROWS)


def suspended(*args, **options):
    """Upload whose process is suspended after some rows; repeated if the process ended before."""
    for _ in range(20):
        upload_job = UploadJob(*args, **options)
        while upload_job.running and not upload_job.rows:
            time.sleep(0.005)
        assert upload_job.pid is not None
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(upload_job.pid, signal.SIGSTOP)
            how = os.waitid(os.P_PID, upload_job.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            if how is not None and how.si_code == os.CLD_STOPPED and 0 < upload_job.rows < ROWS:
                return upload_job
        upload_job.cancel()
        args[2].unlink(missing_ok=True)
    raise AssertionError("An upload of a million rows was read to its end twenty times.")


def test_a_valid_file_is_read_as_by_the_gate(tmp_path, out):
    path = write(tmp_path / "scores.csv", 5_000)
    upload_job = UploadJob([path], {"models": ["c", "a"], "scale": "rank", "rows": "held-out"}, out)
    result = upload_job.wait()
    scores = open_scores(path, models=["c", "a"], scale="rank").check()
    assert not upload_job.running
    assert result["ok"], result
    assert (result["rows"], result["positives"]) == (scores.rows, scores.positives)
    assert (result["scale"], result["fingerprint"]) == ("rank", scores.fingerprint)
    assert (result["columns"]["id"], result["columns"]["models"]) == (["id"], ["c", "a"])
    assert problems_of(result) == scores.problems
    kept = open_scores(out)
    assert (kept.scale, kept.models) == ("rank", ("c", "a"))
    read = [pa.Table.from_batches(list(s.batches())).combine_chunks() for s in (kept, scores)]
    assert read[0].equals(read[1])
    assert list(out.parent.iterdir()) == [out]


def test_a_refused_file_leaves_only_its_problems(tmp_path, out):
    path = tmp_path / "scores.csv"
    path.write_text("id,label,a\nu,1,0.5\nv,0,93.1\n")
    result = UploadJob([path], {}, out).wait()
    (problem,) = problems_of(result)
    assert (result["ok"], problem.code, problem.row, problem.value) == (False, "E_RANGE", 2, "93.1")
    assert problem.file == str(path)
    assert list(out.parent.iterdir()) == []


def test_a_cancelled_upload_leaves_nothing(big, out):
    upload_job = suspended([big], {}, out)
    assert upload_job.running
    assert list(out.parent.iterdir()) != []
    upload_job.cancel()
    assert not upload_job.running
    assert [p.code for p in problems_of(upload_job.wait())] == ["E_CANCELLED"]
    assert list(out.parent.iterdir()) == []
    upload_job.cancel()


@pytest.mark.parametrize(
    "limits",
    [Limits(memory=96 << 20), Limits(file_size=100_000)],
    ids=["memory", "file size"],
)
def test_exceeded_limits_are_reported(big, out, limits):
    result = UploadJob([big], {}, out, limits).wait()
    (problem,) = problems_of(result)
    assert (result["ok"], problem.code) == (False, "E_SIZE")
    assert "common-ground convert" in (problem.hint or "")
    assert list(out.parent.iterdir()) == []


def test_an_exceeded_time_limit_is_reported(tmp_path, out):
    # Lines of different shapes are read in pure Python: many times more than the second that is allowed.
    slow = tmp_path / "slow.jsonl"
    lines = (
        '{"id": "u%d", "label": %d, "a": 0.25, "b": 0.5, "c": 0.75, "d": 0.125}\n',
        '{"label": %d, "id": "u\\u00e9%d", "d": 0.125, "c": 0.75, "b": 0.5, "a": 0.25}\n',
    )
    pairs = ((k, k % 2) for k in range(600_000))
    slow.write_text("".join(lines[b] % ((b, k) if b else (k, b)) for k, b in pairs))
    result = UploadJob([slow], {}, out, Limits(seconds=1)).wait()
    (problem,) = problems_of(result)
    assert (result["ok"], problem.code) == (False, "E_SIZE")
    assert list(out.parent.iterdir()) == []


def test_compressed_decisions_are_read_up_to_their_size_limit(tmp_path, out):
    """Twenty models with scores of 0 or 1; each flags a random 3% of the units."""
    rng, rows = np.random.default_rng(1), 500_000
    table = {"id": [f"u{k}" for k in range(rows)], "label": rng.random(rows) < 0.03}
    table |= {f"m{k}": (rng.random(rows) < 0.03).astype(np.int8) for k in range(20)}
    pq.write_table(pa.table(table), tmp_path / "hard.parquet", compression="zstd")
    result = UploadJob([tmp_path / "hard.parquet"], {}, out).wait()
    assert result["ok"], result


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_child_has_limits_and_not_the_servers_environment(big, tmp_path, out, monkeypatch):
    monkeypatch.setenv("A_SECRET", "of the server")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    limits = Limits()
    upload_job = suspended([big], {}, out, limits)
    process = Path(f"/proc/{upload_job.pid}")
    pairs = (process / "environ").read_bytes().decode().split("\0")
    text = (process / "limits").read_text()
    upload_job.cancel()
    names = {pair.partition("=")[0] for pair in pairs if pair}
    assert "TMPDIR" in names
    assert names <= {
        "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONUTF8", "OMP_NUM_THREADS", "NUMBA_DISABLE_JIT",
        "OPENBLAS_NUM_THREADS", "ARROW_IO_THREADS", "ARROW_DEFAULT_MEMORY_POOL", "MALLOC_ARENA_MAX",
    }  # fmt: skip

    def limit_of(name):
        [line] = [line for line in text.splitlines() if line.startswith(name)]
        soft, hard = line.removeprefix(name).split()[:2]
        assert soft == hard
        return int(soft)

    assert limit_of("Max data size") == limits.memory
    assert limits.memory < limit_of("Max address space") < 4 * limits.memory
    assert limit_of("Max cpu time") == limits.seconds
    assert limit_of("Max file size") == limits.file_size
    assert limit_of("Max core file size") == 0
    assert limit_of("Max open files") <= 256


def test_a_limited_number_of_uploads_is_read_at_once(big, small, tmp_path, out):
    turns = threading.Semaphore(1)
    first = suspended([big], {}, out, turns=turns)
    second, third = (
        UploadJob([small], {}, tmp_path / f"{k}.parquet", turns=turns) for k in range(2)
    )
    assert (second.waiting, second.running, second.pid) == (True, True, None)
    # A cancelled upload does not use a turn.
    second.cancel()
    assert [p.code for p in problems_of(second.wait())] == ["E_CANCELLED"]
    assert (first.running, third.waiting) == (True, True)
    first.cancel()
    assert third.wait()["ok"]
    assert not third.waiting
    assert turns.acquire(blocking=False)


def test_the_child_uses_the_packages_of_its_parent(tmp_path, small, out):
    """The packages are installed in another folder than the working directory."""
    site = tmp_path / "site-packages"
    for package in ("metrics", "dashboard"):
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, site / package, ignore=skip)
    with (site / "metrics" / "io" / "stored_roles.py").open("a") as file:
        file.write('\nMETADATA = b"written by the copy"\n')
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r})" + READ, small.name, str(out)],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    result, _ = json.loads(done.stdout)
    assert result["ok"], result
    assert b"written by the copy" in pq.read_schema(out).metadata


def test_a_preview_has_the_first_rows(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("serial,verdict,x\nu,nok,0.5\nv,ok,0.25\n")
    result = UploadJob([path], {}, None).wait()
    (problem,) = problems_of(result)
    assert (result["ok"], problem.code) == (False, "E_NOLABEL")
    assert with_option("label", "serial") in problem.parts
    (view,) = result["files"]
    assert view == json.loads(json.dumps(asdict(preview(path).files[0])))
    assert view["rows"] == [["u", "nok", "0.5"], ["v", "ok", "0.25"]]
    result = UploadJob([path], {"label": "verdict", "positive": "nok"}, None).wait()
    assert (result["ok"], result["files"][0]["columns"][1]["taken"]["use"]) == (True, "label")


def test_a_crash_of_the_child_is_reported(tmp_path, small, out):
    result = UploadJob([small], {"no such option": 1}, out).wait()
    (problem,) = problems_of(result)
    assert problem.code == "E_INTERNAL"
    assert "no such option" in problem.message
    (problem,) = problems_of(UploadJob([tmp_path / "none.csv"], {}, out).wait())
    assert problem.code == "E_FILE"


SMALL_DISK = """
set -e
mount -t tmpfs -o size=6m none "$1"
mkdir "$1/out"
cp "$2" "$1/scores.csv"
exec "$3" -c "$4" "$1/scores.csv" "$1/out/rows.parquet"
"""


def has_disks():
    """True if this system may create a disk of a few megabytes."""
    try:
        command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/mnt"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not has_disks(), reason="needs namespaces of Linux")
def test_a_full_disk_is_reported_and_leaves_no_partial_file(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    path = write(tmp_path / "s.csv", 60_000)
    assert path.stat().st_size < 6 << 20
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", SMALL_DISK, "sh", str(disk), str(path), sys.executable, READ],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result, left = json.loads(done.stdout)
    (problem,) = problems_of(result)
    assert (problem.code, left) == ("E_FILE", [])
    assert problem.message == "an upload must find room on the server, got a disk that is full"
    assert "Try again later" in (problem.hint or "")
