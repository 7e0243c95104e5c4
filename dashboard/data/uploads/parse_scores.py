"""Read uploaded score files into canonical Parquet, and preview their first rows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.data.uploads.upload_answer import UploadAnswer, packed, refused
from metrics.errors import ScoreError
from metrics.io import preview as previews
from metrics.io.audit_sample import WEIGHT, read_audit_sample
from metrics.io.convert import convert
from metrics.io.formats.file_on_disk import is_tally
from metrics.io.formats.parquet import values_claimed
from metrics.io.open import open_scores

MANY_VALUES, MAX_DENSITY = 8_000_000, 32
"""An upload with more than `MANY_VALUES` values may have at most `MAX_DENSITY` values per byte."""


def parse(request: dict[str, Any], report: Callable[[int], None]) -> dict[str, Any]:
    """Read the files, write them to ``request["out"]``, and return the answer, ready for JSON.

    Parameters
    ----------
    report : callable
        Called with the number of rows read so far.
    """
    if _is_tally(request):
        return _tally(request, write=True)
    width = 0

    def progress(rows: int) -> None:
        _check_density(request, rows * width)
        report(rows)

    try:
        _check_claimed_sizes(request)
        source, options = _source(request)
        scores = open_scores(source, progress=progress, **options)
        width = len(scores.schema)
        # Hash the files in a thread while convert() reads them.
        with ThreadPoolExecutor(1) as pool:
            fingerprint = pool.submit(lambda: scores.fingerprint)
            convert(scores, request["out"], progress=progress, private=True)
    except ScoreError as error:
        return refused(error.problems)
    assert scores.rows is not None  # known, because all rows have been read
    assert scores.positives is not None
    return UploadAnswer(
        problems=scores.problems,
        rows=scores.rows,
        positives=scores.positives,
        scale=scores.scale,
        held_out=scores.held_out,
        fingerprint=fingerprint.result(),
        columns=scores.columns,
        uses=scores.uses,
        given=scores.digest,
        is_tally=False,
    ).as_dict()


def preview(request: dict[str, Any]) -> dict[str, Any]:
    """Preview of the first rows, for refused files too."""
    if _is_tally(request):
        return _tally(request, write=False)
    try:
        _check_claimed_sizes(request)
        source, options = _source(request)
    except ScoreError as error:
        return refused(error.problems)
    result = previews.preview(source, **options)
    return {"ok": not result.refused, **asdict(result), "problems": packed(result.problems)}


def _is_tally(request: dict[str, Any]) -> bool:
    return len(request["files"]) == 1 and is_tally(request["files"][0])


def _tally(request: dict[str, Any], *, write: bool) -> dict[str, Any]:
    # Tallies load numba, whose 60 MB are not needed to read scores.
    from dashboard.data.uploads.parse_tally import parse_tally

    return parse_tally(request, write=write)


def _check_claimed_sizes(request: dict[str, Any]) -> None:
    """Check the sizes that Parquet footers claim, before anything is read."""
    _check_density(request, sum(values_claimed(Path(file)) for file in request["files"]))


def _check_density(request: dict[str, Any], values: int) -> None:
    """Raise ``E_SIZE`` for a decompression bomb: real scores have at most MAX_DENSITY values per byte."""
    if values <= MANY_VALUES:
        return
    size = sum(Path(file).stat().st_size for file in request["files"])
    if values > MAX_DENSITY * size:
        raise ScoreError(
            "E_SIZE",
            f"an upload must hold at most {MAX_DENSITY} values per byte, got {values:,} or more in "
            f"{size:,} bytes",
            file=request["files"][0] if len(request["files"]) == 1 else None,
            hint="Real scores do not compress this much. If the file is genuine, name it on the command "
            "line.",
        )


def _source(request: dict[str, Any]) -> tuple[object, dict[str, Any]]:
    """Scores of a request and the options to open them with. An audit sample gets a column of weights."""
    files, options = request["files"], dict(request["options"])
    column = options.pop("audit", None)
    if column is None:
        return files, options
    sample = read_audit_sample(files, column, decimal=options.get("decimal"))
    return sample, options | {"weight": WEIGHT}
