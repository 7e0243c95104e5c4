"""Process that parses uploaded files under limits and confinement, and writes canonical Parquet.

The process reads one JSON request on standard input, and writes JSON lines on standard output. The lines hold
progress, one result, and a preview of the first rows if a file is refused. `dashboard.data.uploads.job`
starts this process; the app never imports it.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.abc
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Importing finds the module now, because the confined process may not look into every folder.
import metrics  # noqa: F401
from dashboard.data.uploads.confinement import confine, limit_self, notice_standstill

PAUSE = 0.1
"""Seconds between two reports of progress."""
DISK_FULL = "an upload must find room on the server, got a disk that is full"
MANY_VALUES, MAX_DENSITY = 8_000_000, 32
"""An upload with more than `MANY_VALUES` values may have at most `MAX_DENSITY` values per byte."""
ROOM, MAX_GROWTH = 256 << 20, 1000
"""A tally that takes more than `ROOM` bytes of memory may take at most `MAX_GROWTH` times its file's size."""


class WithoutPandas(importlib.abc.MetaPathFinder):
    """Import hook that hides pandas. Arrow would import pandas, but reading does not need its 60 MB."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def say(kind: str, **facts: Any) -> None:
    """Write one line to the parent."""
    sys.stdout.write(json.dumps({"kind": kind, **facts}) + "\n")
    sys.stdout.flush()


def parse(request: dict[str, Any]) -> dict[str, Any]:
    """Read the files, write them to ``request["out"]``, and report the result."""
    from metrics.errors import ScoreError
    from metrics.io.convert import convert
    from metrics.io.open import open_scores

    if _is_tally(request):
        return _tally(request)
    last, width = time.monotonic(), 0

    def progress(rows: int) -> None:
        nonlocal last
        _check_density(request, rows * width)
        now = time.monotonic()
        if now - last > PAUSE:
            last = now
            say("progress", rows=rows)

    try:
        _check_claimed_sizes(request)
        source, options = _source(request)
        scores = open_scores(source, progress=progress, **options)
        width = len(scores.schema)
        # The bytes are hashed while the rows are read.
        with ThreadPoolExecutor(1) as pool:
            fingerprint = pool.submit(lambda: scores.fingerprint)
            convert(scores, request["out"], progress=progress, private=True)
    except ScoreError as error:
        return {"ok": False, "problems": [problem.packed() for problem in error.problems]}
    return {
        "ok": True,
        "problems": [problem.packed() for problem in scores.problems],
        "rows": scores.rows,
        "positives": scores.positives,
        "scale": scores.scale,
        "held_out": scores.held_out,
        "fingerprint": fingerprint.result(),
        "given": scores.digest,
        "columns": asdict(scores.columns),
        "uses": [asdict(column) for column in scores.uses],
    }


def _is_tally(request: dict[str, Any]) -> bool:
    from metrics.io.formats.file_on_disk import is_tally

    return len(request["files"]) == 1 and is_tally(request["files"][0])


def _tally(request: dict[str, Any], *, write: bool = True) -> dict[str, Any]:
    """Check a tally, write a copy of it, and report its content."""
    from dataclasses import replace

    from metrics.errors import ScoreError
    from metrics.io.column_uses import column_uses
    from metrics.io.formats.file_on_disk import digest_of
    from metrics.io.read_options import refuse_reading_options
    from metrics.tally.file.archive import read_archive, write_archive
    from metrics.tally.file.header import read_header
    from metrics.tally.file.packed_checks import must_have_both_classes

    file, options = request["files"][0], dict(request["options"])
    rows = options.pop("rows", "unknown")
    options.pop("audit", None)  # a tally already includes the weights of an audit sample
    try:
        refuse_reading_options(options, file)
        packed = read_archive(file)
        header = read_header(packed, file)
        must_have_both_classes(packed, file)
        size = Path(file).stat().st_size
        if packed.header.nbytes > max(ROOM, MAX_GROWTH * size):
            raise ScoreError(
                "E_SIZE",
                f"a tally must take at most {MAX_GROWTH:,} times its size in memory, got "
                f"{packed.header.nbytes:,} bytes from {size:,}",
                file=file,
                hint="Count the score files with a smaller --max-thresholds.",
            )
        header = header if rows == "unknown" else replace(header, held_out=rows)
        if write:
            write_archive(
                replace(packed, about=packed.about | header.as_dict()), request["out"], private=True
            )
    except ScoreError as error:
        return {"ok": False, "problems": [problem.packed() for problem in error.problems]}
    problems = header.all_problems(file, complete=not packed.arrays["between"].any())
    goods, defects = (int(n) for n in packed.rows)
    return {
        "ok": True,
        "problems": [problem.packed() for problem in problems],
        "rows": goods + defects,
        "positives": defects,
        "scale": packed.header.scale,
        "held_out": header.held_out,
        "fingerprint": f"sha256:{digest_of(Path(file)).hex()}",
        "columns": asdict(header.columns),
        "uses": [asdict(column) for column in column_uses((), header.columns)],
        "is_tally": True,
    }


def _check_claimed_sizes(request: dict[str, Any]) -> None:
    """Check the sizes that Parquet footers claim, before anything is read."""
    from metrics.io.formats.parquet import values_claimed

    _check_density(request, sum(values_claimed(Path(file)) for file in request["files"]))


def _check_density(request: dict[str, Any], values: int) -> None:
    """Raise ``E_SIZE`` for far more values than real scores unpack to, because every reader tallies them."""
    if values <= MANY_VALUES:
        return
    size = sum(Path(file).stat().st_size for file in request["files"])
    if values > MAX_DENSITY * size:
        from metrics.errors import ScoreError

        raise ScoreError(
            "E_SIZE",
            f"an upload must hold at most {MAX_DENSITY} values per byte, got {values:,} or more in "
            f"{size:,} bytes",
            file=request["files"][0] if len(request["files"]) == 1 else None,
            hint="Scores of different units do not compress so far; name the file when the app starts.",
        )


def preview(request: dict[str, Any]) -> dict[str, Any]:
    """Preview of the first rows, for refused files too."""
    from metrics.errors import ScoreError
    from metrics.io.preview import preview as preview_scores

    if _is_tally(request):
        return _tally(request, write=False)
    try:
        _check_claimed_sizes(request)
        source, options = _source(request)
    except ScoreError as error:
        return {"ok": False, "problems": [problem.packed() for problem in error.problems]}
    result = preview_scores(source, **options)
    problems = [problem.packed() for problem in result.problems]
    return {"ok": not result.refused, **asdict(result), "problems": problems}


def _source(request: dict[str, Any]) -> tuple[object, dict[str, Any]]:
    """Scores of a request and the options to open them with. An audit sample gets a column of weights."""
    files, options = request["files"], dict(request["options"])
    column = options.pop("audit", None)
    if column is None:
        return files, options
    from metrics.io.audit_sample import WEIGHT, audited

    sample = audited(files, column, decimal=options.get("decimal"))
    return sample, options | {"weight": WEIGHT}


def main() -> None:
    """Serve one request."""
    request = json.loads(sys.stdin.read())
    limit_self(request["limits"])
    sys.meta_path.insert(0, WithoutPandas())
    confinement = confine(
        read=[Path(file) for file in request["files"]],
        write=None if request.get("preview") else Path(request["out"]).parent,
        parent=request["parent"],
    )
    say("confined", **asdict(confinement))
    notice_standstill()
    try:
        answer = preview(request) if request.get("preview") else parse(request)
        say("result", **answer)
        needs_preview = not answer["ok"] or any(
            p["code"] == "W_GROUPED" for p in answer["problems"]
        )
        if needs_preview and not request.get("preview"):
            # A separate message: the answer is final even if the preview fails.
            with contextlib.suppress(MemoryError, OSError):
                say("preview", **preview(request))
    except MemoryError:
        say("failed", code="E_SIZE", message="a file must fit in the memory of an upload")
    except OSError as error:
        if error.errno == errno.EFBIG:
            say("failed", code="E_SIZE", message="the scores must fit in one file of an upload")
        elif error.errno in (errno.ENOSPC, errno.EDQUOT):
            say("failed", code="E_FILE", message=DISK_FULL, full=True)
        else:
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
            say("failed", code="E_FILE", message=f"the file must be readable, got: {reason}")


if __name__ == "__main__":
    main()
