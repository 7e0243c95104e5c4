"""NumPy ``.npy`` and ``.npz`` files, with headers checked before data is read, and without unpickling."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.errors import Option, ScoreError, Wording, shown, warning
from metrics.io.formats.column_names import trim_names
from metrics.io.formats.file_on_disk import digest_of, stamp_of, without_path
from metrics.io.formats.source import TableSource, no_rows_error

MAX_BYTES, MAX_RATIO, RATIO_FROM = 4 << 30, 250, 64 << 20
"""Largest size of all arrays; largest growth of an archive (250 times its size), checked from 64 MiB on."""
_MEMBER = re.compile(r"[^/\\\x00:]+\.npy")
_HEADER = 1 << 16
"""Number of bytes that contain the header of an array."""
_AGAIN = "Write it again with numpy.savez."

Arrays = dict[str, np.ndarray]


def read_numpy(path: Path, name: str, expand: frozenset[str]) -> TableSource:
    """Read one array, or the arrays of an archive, as the columns of a table.

    The caller may name columns (``expand``). A two-dimensional array ``s`` becomes ``s_0``, ``s_1``, ... if
    one of these is named, or if a member ``classes`` gives the class of each column.

    Raise ``E_PICKLE``, ``E_TYPE``, ``E_SHAPE``, ``E_SIZE``, ``E_NAME``, ``E_DUPCOL``, ``E_FORMAT``,
    ``E_NOROWS``.
    """
    stamp = stamp_of(path)
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            arrays = _read_archive(path, name)
        else:
            file.seek(0)
            _check_array(file, path.stem, name, path.stat().st_size)
            file.seek(0)
            arrays = {path.stem: _load(file, name, path.stem)}
    left_out = _remove_other_arrays(arrays)
    table = _table(arrays, name, expand)
    names, notes = trim_names(table.column_names, name)
    source = TableSource(name, table.rename_columns(names), digest=digest_of(path), stamp=stamp)
    source.problems += notes
    for title, why in left_out.items():
        source.note(warning("W_UNUSED", f"left out, since {why}", file=name, column=title))
    return source


def _read_archive(path: Path, name: str) -> Arrays:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_names(members, name)
            arrays = {}
            total = sum(member.file_size for member in members)
            packed = max(path.stat().st_size, 1)
            if total > MAX_BYTES or (total > RATIO_FROM and total > MAX_RATIO * packed):
                raise _size_error(name, total)
            for member in members:
                column = member.filename.removesuffix(".npy")
                with archive.open(member) as file:
                    _check_array(file, column, name, member.file_size)
                with archive.open(member) as file:
                    arrays[column] = _load(file, name, column)
            return arrays
    except (ScoreError, MemoryError):
        raise
    except Exception as error:
        # zipfile raises many kinds of exceptions for damaged bytes.
        text = f"the archive must be whole, got: {shown(without_path(error, path), 120)}"
        raise ScoreError("E_FORMAT", text, file=name, hint=_AGAIN) from error


def _check_names(members: list[zipfile.ZipInfo], name: str) -> None:
    counts = Counter(member.filename for member in members)
    for title in counts:
        if not _MEMBER.fullmatch(title):
            code = "E_NAME" if any(c in title for c in "/\\:\x00") else "E_FORMAT"
            text = f"members must be plain names ending in .npy, got {shown(title)!r}"
            raise ScoreError(code, text, file=name, column=shown(title), hint=_AGAIN)
    for title, count in counts.items():
        if count > 1:
            text = f"members must differ, got {shown(title)!r} {count} times"
            column = title.removesuffix(".npy")
            raise ScoreError("E_DUPCOL", text, file=name, column=column, hint=_AGAIN)


def _size_error(name: str, size: int) -> ScoreError:
    return ScoreError(
        "E_SIZE",
        f"arrays must have at most {MAX_BYTES:,} bytes and {MAX_RATIO} times their packed size, "
        f"got {size:,} bytes",
        file=name,
        hint="Keep the id, the label and the scores.",
    )


def _check_array(file: IO[bytes], column: str, name: str, size: int) -> None:
    """Read only the header, and raise for data that must not be loaded."""
    head = io.BytesIO(file.read(_HEADER))
    try:
        shape, _, dtype = read_header(head)
    except Exception as error:
        text = f"the array must have a NumPy header, got: {shown(error, 120)}"
        hint = "Write it again with numpy.save or numpy.savez."
        raise ScoreError("E_FORMAT", text, file=name, column=column, hint=hint) from error
    if dtype.hasobject:
        raise ScoreError(
            "E_PICKLE",
            "arrays must hold plain values, got Python objects, which would have to be unpickled",
            file=name,
            column=column,
            hint="Write text as a fixed-width array (dtype U) and numbers as float64.",
        )
    if dtype.kind not in "biufUS" or (dtype.kind == "f" and dtype.itemsize > 8):
        text = f"arrays must hold numbers or text, got {dtype}"
        hint = "Write one array of numbers per column."
        raise ScoreError("E_TYPE", text, file=name, column=column, hint=hint)
    claimed = int(np.prod([int(n) for n in shape], dtype=object)) * dtype.itemsize
    if claimed > MAX_BYTES:
        raise _size_error(name, claimed)
    present = size - head.tell()
    if claimed != present:
        text = f"the header must fit the data, it claims {claimed:,} bytes of {present:,}"
        hint = "The file is damaged; write it again."
        raise ScoreError("E_SIZE", text, file=name, column=column, hint=hint)


def read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, order and type of an array; afterwards the file is at the first value.

    Raises
    ------
    ValueError
        If the header is invalid, or of a version other than 1.0 and 2.0.
    """
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(file)
    raise ValueError(f"version {version}")


def _load(file: IO[bytes], name: str, column: str) -> np.ndarray:
    try:
        loaded: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    except ValueError as error:
        text = f"the array must be whole, got: {shown(error, 120)}"
        raise ScoreError("E_FORMAT", text, file=name, column=column, hint=_AGAIN) from error
    return loaded


def _names_classes(arrays: Arrays) -> bool:
    """Whether a member ``classes`` gives the classes of another member's columns."""
    classes = arrays.get("classes")
    return classes is not None and any(
        array.ndim == 2 and classes.shape == array.shape[1:] for array in arrays.values()
    )


def _remove_other_arrays(arrays: Arrays) -> dict[str, str]:
    """Remove arrays that do not describe units; return the reasons by name."""
    why = {title: "it is a single value" for title, array in arrays.items() if array.ndim == 0}
    classes, rest = arrays.get("classes"), [a for t, a in arrays.items() if t != "classes"]
    lengths = {len(array) for array in rest if array.ndim}
    strange = classes is not None and classes.ndim == 1 and {len(classes)}.isdisjoint(lengths)
    # With the length of the other arrays it describes units, such as the class of every unit.
    if lengths and strange and not _names_classes(arrays):
        why["classes"] = "no array has as many columns as it has values"
    for title in why:
        del arrays[title]
    return why


def _table(arrays: Arrays, name: str, expand: frozenset[str]) -> pa.Table:
    columns = _one_dimensional(arrays, name, expand)
    if not columns:
        raise ScoreError("E_NOROWS", "the file must hold arrays of scores, got none", file=name)
    lengths = {len(array) for array in columns.values()}
    if len(lengths) > 1:
        text = f"arrays must have one length, got {', '.join(map(str, sorted(lengths)))}"
        raise ScoreError("E_SHAPE", text, file=name, hint="Save arrays over the same units.")
    if lengths == {0}:
        raise no_rows_error(name)
    native = {
        title: np.ascontiguousarray(a, dtype=a.dtype.newbyteorder("="))
        for title, a in columns.items()
    }
    return pa.table({title: _column(title, array, name) for title, array in native.items()})


def _one_dimensional(arrays: Arrays, name: str, expand: frozenset[str]) -> Arrays:
    """Return the columns of all arrays, each with one dimension."""
    classes = arrays.pop("classes") if _names_classes(arrays) else None
    columns: Arrays = {}
    for title, array in arrays.items():
        if array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1):
            columns[title] = array.reshape(len(array))
            continue
        suffixes: list[object] = list(range(array.shape[1]))
        known = classes is not None and classes.shape == array.shape[1:2]
        if known:
            suffixes = _column("classes", classes, name).to_pylist()
        column_names = [f"{title}_{suffix}" for suffix in suffixes]
        if array.ndim > 2 or not (known or expand & set(column_names)):
            hint = "Save each model's scores as an array of its own."
            if array.ndim == 2 and column_names:
                last_column = Option("models", (column_names[-1],), "end")
                hint = Wording("Save the defect's column alone, or name ", last_column, ".")
            text = f"arrays must have one dimension, got shape {array.shape}"
            raise ScoreError("E_SHAPE", text, file=name, column=title, hint=hint)
        columns.update({part: array[:, k] for k, part in enumerate(column_names)})
    return columns


def _column(title: str, array: Any, name: str) -> pa.Array:
    try:
        values = pa.array(array)
        return pc.cast(values, pa.string()) if pa.types.is_binary(values.type) else values
    except (UnicodeError, pa.ArrowInvalid) as error:
        raise ScoreError(
            "E_ENCODING",
            f"text must be Unicode characters, got: {shown(error, 120)}",
            file=name,
            column=title,
            hint="Write the file again from text that was decoded right.",
        ) from error
