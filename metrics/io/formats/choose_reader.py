"""Choice of the reader for a file, by its first bytes and then by its name."""

from __future__ import annotations

from pathlib import Path

from metrics.errors import ScoreError
from metrics.io.formats.csv.reader import CsvSource
from metrics.io.formats.file_on_disk import first_bytes, is_tally
from metrics.io.formats.json import JsonSource
from metrics.io.formats.nested import expand_nested
from metrics.io.formats.npz import read_numpy
from metrics.io.formats.other_formats import refuse_other_formats
from metrics.io.formats.parquet import ParquetSource
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions

_JSON = {".json", ".jsonl", ".ndjson"}
# Byte-order marks (also of UTF-16) and white space.
_BEFORE_TEXT = b"\xef\xbb\xbf\xff\xfe \t\r\n"


def open_source(given: str, choices: ReadOptions) -> Source:
    """Open one file; scores of several classes in one cell become separate columns.

    Raise ``E_FILE``, ``E_TALLY``, ``E_FORMAT`` and ``E_PICKLE`` for files of other kinds, or an error of the
    reader.
    """
    source = _open_unexpanded(given, choices)
    if isinstance(source, ParquetSource) and source.stored is not None:
        return source
    return expand_nested(source)


def _open_unexpanded(given: str, choices: ReadOptions) -> Source:
    path = Path(given)
    head = first_bytes(path, given)
    suffixes = {s.lower() for s in path.suffixes}
    if head.startswith(b"PAR1"):
        return ParquetSource(path, given)
    if is_tally(path):
        raise ScoreError(
            "E_TALLY",
            "a score file must hold rows, got a tally, which holds their counts",
            file=given,
            hint="Open a tally alone; tallies of different rows are added with common-ground tally --add.",
        )
    is_numpy = head.startswith(b"\x93NUMPY")
    if not is_numpy:
        refuse_other_formats(path, given, head)
    if path.suffix.lower() in {".parquet", ".pq"}:
        return ParquetSource(path, given)
    if is_numpy or (head.startswith(b"PK") and ".npz" in suffixes):
        return read_numpy(path, given, frozenset(choices.models or ()))
    start = head.replace(b"\0", b"").lstrip(_BEFORE_TEXT)
    if suffixes & _JSON or start.startswith((b"{", b"[{", b"[[")):
        return JsonSource(path, given, decimal=choices.sign)
    return CsvSource(path, given, decimal=choices.sign)
