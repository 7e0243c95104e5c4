"""Detection of files that are not score files, by first bytes or name, with advice on how to write scores."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from metrics.errors import ScoreError
from metrics.io.formats.compression import blocks, kind_of

_PACKED = {".gz", ".gzip", ".zst", ".zstd", ".bz2", ".xz"}


class _Format(NamedTuple):
    """A kind of file that cannot be read, with advice on how to write its scores as a score file.

    ``sign`` is a pattern of the first bytes; empty for files that are recognised only by name.
    """

    title: str
    hint: str
    sign: bytes
    suffixes: str = ""
    code: str = "E_FORMAT"


def _by_pandas(reader: str) -> str:
    return f'In Python: pandas.{reader}(file).to_csv("scores.csv", index=False).'


_SPREADSHEET = 'In the spreadsheet, save the sheet as "CSV UTF-8".'
_R = 'In R: write.csv(frame, "scores.csv", row.names = FALSE).'
_ARRAYS = 'In Python: numpy.savez("scores.npz", id=ids, label=labels, model=scores).'
_WEIGHTS = "Run the model, and write the id, the label and the score of each unit as CSV."
_UNPACK = "Unpack it, or save it as CSV, .csv.gz, .csv.zst or Parquet."
# A zip archive has the name of its first member after thirty bytes.
_ZIP = rb"PK\x03\x04.{26}"
# The first match wins, so archives in general come after specific contents of archives.
_FORMATS = (
    _Format("an Excel workbook", _SPREADSHEET,
            _ZIP + rb"(\[Content_Types\]\.xml|_rels/|docProps/|xl/)", ".xlsx .xlsm .xlsb"),
    _Format("an old or encrypted Excel workbook (.xls)", _SPREADSHEET, rb"\xd0\xcf\x11\xe0"),
    _Format("an OpenDocument spreadsheet", _SPREADSHEET,
            _ZIP + rb"mimetypeapplication/vnd\.oasis", ".ods"),
    _Format("an R object (.rds)", _R,
            rb"X\n\0\0\0[\x02\x03]|B\n[\x02\x03]\0\0\0|A\n[23]\n\d{6}\n\d{6}\n", ".rds"),
    _Format("an R workspace (.RData)", _R, rb"RD[ABX][23]\n[ABX]\n", ".rdata .rda"),
    _Format("a PyTorch file, which is a Python pickle and could run code", _ARRAYS,
            _ZIP + rb"[^/]{1,200}/(data\.pkl|version|\.format_version)", ".pt .pth .ckpt", "E_PICKLE"),
    _Format("a Python pickle, which could run code", _by_pandas("read_pickle"),
            rb"\x80[\0-\x05]", ".pkl .pickle .joblib", "E_PICKLE"),
    _Format("HDF5 (.h5)", _by_pandas("read_hdf"), rb"\x89HDF", ".h5 .hdf5 .hdf"),
    _Format("an Arrow or Feather file", 'In Python: pandas.read_feather(file).to_parquet("scores.parquet").',
            rb"ARROW1\0\0|FEA1\0|\xff\xff\xff\xff.{3}\0", ".feather .arrow .ipc"),
    _Format("ORC", _by_pandas("read_orc"), rb"ORC.{0,3}[\0-\x08]", ".orc"),
    _Format("Avro", "Export the table as Parquet or CSV.", rb"Obj\x01", ".avro"),
    _Format("an SPSS file", _by_pandas("read_spss"), rb"\$FL[23]@\(#\)", ".sav .zsav"),
    _Format("a Stata file", _by_pandas("read_stata"), rb"<stata_dta>", ".dta"),
    _Format("a SAS file", _by_pandas("read_sas"), rb"HEADER RECORD\*{7}", ".sas7bdat .xpt"),
    _Format("a MATLAB file", 'In MATLAB: writetable(T, "scores.csv").', rb"MATLAB 5\.0 MAT-file", ".mat"),
    _Format("a database of SQLite", "Export the table as CSV.", rb"SQLite format 3\0"),
    _Format("a database of DuckDB", "In DuckDB: COPY scores TO 'scores.parquet'.",
            rb".{8}DUCK.{2}\0{6}", ".duckdb"),
    _Format("a model's weights", _WEIGHTS, b"", ".onnx .safetensors .keras .pb .tflite .gguf"),
    _Format("a PDF document", "Export the table behind it as CSV.", rb"%PDF-"),
    _Format("an image", _WEIGHTS, rb"\x89PNG\r\n|\xff\xd8\xff"),
    _Format("a web page", "Export the table as CSV; a sign-in page is saved where a link needs a password.",
            rb"(?i:\s*<(!doctype html|html|table)\b)"),
    _Format("XML", "Export the table as CSV.", rb"\s*<\?xml\b"),
    _Format("ARFF", "In Weka: open it and save it as CSV.", rb"(?i:\s*@relation\s)", ".arff"),
    _Format("Weka's printout for people",
            "In Weka: under Output predictions choose CSV in place of PlainText, "
            "and add the column of the ids under attributes.",
            rb"\s*(=== Predictions on [^\n]*\s+)?inst#[ \t]+actual[ \t]+predicted\b"),
    _Format("zip", _UNPACK, rb"PK(\x03\x04|\x05\x06)", ".zip"),
    _Format("7-zip", _UNPACK, rb"7z\xbc\xaf", ".7z"),
    _Format("a RAR archive", _UNPACK, rb"Rar!\x1a\x07", ".rar"),
    _Format("a tar archive", _UNPACK, rb".{257}ustar( {2})?\0", ".tar .tgz"),
    _Format("bzip2", _UNPACK, rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
    _Format("xz", _UNPACK, rb"\xfd7zXZ\0"),
)  # fmt: skip


def refuse_other_formats(path: Path, name: str, head: bytes) -> None:
    """Raise for a file that is known not to be a score file, by its first bytes, then by its name.

    The code is ``E_FORMAT``, or ``E_PICKLE`` for a file that can run code when it is opened.
    """
    suffix = _suffix(Path(name))
    found = _by_sign(_unpacked(path, head))
    # The reader of NumPy archives reports damaged archives itself.
    if found is None and not (suffix == ".npz" and head.startswith(b"PK")):
        found = _by_sign(head)
    # The name of the packed file is more informative than the archive's name.
    if head and (found is None or found.hint is _UNPACK):
        found = next((one for one in _FORMATS if suffix and suffix in one.suffixes.split()), found)
    if found is not None:
        raise ScoreError(
            found.code,
            f"a score file must be CSV, JSON, Parquet or a NumPy array, got {found.title}",
            file=name,
            hint=found.hint,
        )


def _suffix(path: Path) -> str:
    """File extension without the extension of a compression."""
    while path.suffix.lower() in _PACKED:
        path = path.with_suffix("")
    return path.suffix.lower()


def _by_sign(head: bytes) -> _Format | None:
    signs = (one for one in _FORMATS if one.sign and re.match(one.sign, head, re.DOTALL))
    return next(signs, None)


def _unpacked(path: Path, head: bytes) -> bytes:
    """First bytes of gzip or zstd content; empty for other files and for damaged files."""
    kind = kind_of(head)
    try:
        return b"" if kind == "none" else next(blocks(path, str(path), kind, len(head)), b"")
    except ScoreError:
        return b""
