"""Check an uploaded tally."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from dashboard.data.uploads.upload_answer import UploadAnswer, refused
from metrics.errors import ScoreError
from metrics.io.column_uses import column_uses
from metrics.io.formats.file_on_disk import digest_of
from metrics.io.read_options import refuse_reading_options
from metrics.tally.file.archive import read_archive, write_archive
from metrics.tally.file.header import read_header
from metrics.tally.file.packed_checks import must_have_both_classes

ROOM, MAX_GROWTH = 256 << 20, 1000
"""A tally that takes more than `ROOM` bytes of memory may take at most `MAX_GROWTH` times its file's size."""


def parse_tally(request: dict[str, Any], *, write: bool) -> dict[str, Any]:
    """Check a tally, describe it, and copy it if ``write``."""
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
        return refused(error.problems)
    goods, defects = (int(n) for n in packed.rows)
    return UploadAnswer(
        problems=header.all_problems(file, complete=not packed.arrays["between"].any()),
        rows=goods + defects,
        positives=defects,
        scale=packed.header.scale,
        held_out=header.held_out,
        fingerprint=f"sha256:{digest_of(Path(file)).hex()}",
        columns=header.columns,
        uses=column_uses((), header.columns),
        given="",
        is_tally=True,
    ).as_dict()
