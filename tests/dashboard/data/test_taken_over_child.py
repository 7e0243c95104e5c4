"""Tests that a process which reads an upload and then misbehaves is ended, whatever it writes."""

from __future__ import annotations

import os
import sys
import tracemalloc

import pytest

from dashboard.data.uploads.child_process import Limits
from dashboard.data.uploads.job import UploadJob, problems_of
from tests.repository import ROOT


@pytest.fixture
def run_instead(monkeypatch, tmp_path):
    """Function that makes the child run other code."""

    def replace(code: str) -> None:
        program = tmp_path / "child"
        program.write_text(f"#!{sys.executable}\n{code}\n")
        program.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(program))

    return replace


@pytest.fixture
def taken_over(run_instead):
    """Function that makes the child run other code after it has read its request."""
    return lambda act: run_instead(f"import sys, time\nsys.stdin.read()\n{act}")


NONSENSE = [f'{{"kind": "{kind}"}}' for kind in ("progress", "result", "failed")]


@pytest.mark.parametrize("line", NONSENSE)
def test_a_child_with_invalid_output_is_ended(small, out, taken_over, line):
    # Some invalid output is detected only at the next line.
    taken_over(f"print({line!r}, flush=True)\nprint('[' * 200_000, flush=True)\ntime.sleep(600)")
    upload_job = UploadJob([small], {}, out)
    (problem,) = problems_of(upload_job.wait())
    assert problem.code == "E_INTERNAL"
    assert upload_job.pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(upload_job.pid, 0)


WAITS = """
import sys, threading
sys.path.insert(0, {root!r})
from dashboard.data.uploads import confinement, parse_scores, parser_child
confinement.STUCK = 3.0
parse_scores.parse = lambda request, report: threading.Event().wait()
parser_child.main()
"""


def test_a_child_that_hangs_after_running_out_of_memory_is_ended(small, out, run_instead):
    """A child hangs like this if a thread cannot be started for lack of memory."""
    run_instead(WAITS.format(root=str(ROOT)))
    (problem,) = problems_of(UploadJob([small], {}, out, Limits(seconds=100)).wait())
    assert (problem.code, problem.message) == (
        "E_SIZE",
        "a file must fit in the memory of an upload",
    )


def test_only_the_end_of_a_childs_error_output_is_stored(small, out, taken_over):
    taken_over(
        "for _ in range(64): sys.stderr.write('x' * (1 << 20))\nsys.exit('\\nthe last word')"
    )
    tracemalloc.start()
    try:
        (problem,) = problems_of(UploadJob([small], {}, out).wait())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "the last word" in problem.message
    assert peak < 16 << 20
