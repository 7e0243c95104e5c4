"""Tests that an upload refuses decompression bombs in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pytest

from dashboard.data.uploads.job import UploadJob, problems_of
from tests.dashboard.bombs import (
    ALIKE,
    BOMBS,
    archive_of_a_gigabyte,
    parquet_of_200_million_values,
    parquet_of_one_long_text,
    zstd_of_134_million_rows,
)
from tests.repository import ROOT

RUN = """
import json, resource, sys
from pathlib import Path
from dashboard.data.uploads.job import UploadJob
result = UploadJob([Path(sys.argv[1])], {}, Path(sys.argv[2])).wait()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"result": result, "peak": peak, "seconds": used.ru_utime + used.ru_stime}))
"""


@pytest.fixture(scope="module")
def bombs(tmp_path_factory):
    """Create a bomb once, because creating it takes longer than refusing it."""
    return cache(lambda bomb: bomb(tmp_path_factory.mktemp("bombs")))


LATER = {*ALIKE, archive_of_a_gigabyte, zstd_of_134_million_rows}
"""Cases that the tests of reading cover too, and that are slow to create."""


@pytest.mark.parametrize(
    "bomb",
    [pytest.param(bomb, marks=pytest.mark.slow) if bomb in LATER else bomb for bomb in BOMBS],
    ids=lambda bomb: bomb.__name__,
)
def test_decompression_bombs_are_refused_in_little_memory(bombs, out, bomb):
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(bombs(bomb)), str(out)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    said = json.loads(done.stdout)
    (problem,) = problems_of(said["result"])
    assert problem.code == BOMBS[bomb]
    # The file is refused before it is read, not because it exceeds the limits.
    assert "limits of an upload" not in problem.message
    assert said["peak"] < 10**9
    # CPU time; the elapsed time is about half of it.
    assert bomb is not parquet_of_one_long_text or said["seconds"] < 4
    assert list(out.parent.iterdir()) == []


def test_a_preview_refuses_a_decompression_bomb(bombs):
    result = UploadJob([bombs(parquet_of_200_million_values)], {}, None).wait()
    assert (result["ok"], [p.code for p in problems_of(result)]) == (False, ["E_SIZE"])
