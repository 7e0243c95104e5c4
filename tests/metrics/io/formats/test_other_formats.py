"""Tests of unsupported formats, written by their own tools, or beginning with their magic bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import feather, orc

from metrics import open_scores
from tests.metrics.opening import error_of

FRAME = pd.DataFrame({"id": ["a", "b", "c"], "label": [0, 1, 0], "m": [0.1, 0.9, 0.4]})
TABLE = pa.Table.from_pandas(FRAME)
TEXT = FRAME.to_csv(index=False)


def excel(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_row(0, 0, list(FRAME.columns))


def zipped(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def arrow_stream(path: Path) -> None:
    with pa.ipc.new_stream(path, TABLE.schema) as stream:
        stream.write_table(TABLE)


def sqlite(path: Path) -> None:
    with sqlite3.connect(path) as base:
        FRAME.to_sql("scores", base)
    base.close()


def duck(path: Path) -> None:
    with duckdb.connect(path) as base:
        base.execute("create table scores as select 0.5 as m")


def tarred(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        archive.addfile(tarfile.TarInfo("scores.csv"))


def to(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


PICKLED = pickle.dumps(FRAME, protocol=4)
R_OBJECT = b"X\n\0\0\0\x03\0\x04\x03\x02\0\x03\x05\0\0\0\0\x05UTF-8\0\0\x03\x13"
R_OBJECT_AS_TEXT = b"A\n3\n263168\n197888\n5\nUTF-8\n787\n3\n"
WEKA = "\n=== Predictions on test data ===\n\n    inst#     actual  predicted error prediction\n"
# File name, function that writes it, name of the format in the error.
OTHERS: list[tuple[str, Callable[[Path], object], str]] = [
    ("scores.xlsx", excel, "Excel"),
    ("scores.csv", excel, "Excel"),
    ("scores.parquet", excel, "Excel"),
    ("scores.xls", to(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)), "Excel"),
    ("scores.ods", to(zipped({"mimetype": b"application/vnd.oasis.opendocument"})), "OpenDocument"),
    ("scores.rds", to(gzip.compress(R_OBJECT)), "R object"),
    ("scores.rds", to(lzma.compress(R_OBJECT)), "R object"),
    ("scores.rds", to(bz2.compress(R_OBJECT)), "R object"),
    ("scores.rds", to(R_OBJECT), "R object"),
    ("scores.csv", to(R_OBJECT_AS_TEXT), "R object"),
    ("scores.gz", to(gzip.compress(R_OBJECT)), "R object"),
    ("scores.RData", to(gzip.compress(b"RDX3\n" + R_OBJECT)), "R workspace"),
    ("scores.csv", to(b"RDX3\n" + R_OBJECT), "R workspace"),
    ("scores.pt", to(zipped({"scores/data.pkl": PICKLED, "scores/version": b"3\n"})), "PyTorch"),
    ("scores.npy", to(zipped({"archive/data.pkl": PICKLED})), "PyTorch"),
    ("old.pth", to(pickle.dumps(FRAME, protocol=2)), "pickle"),
    ("scores.pkl", FRAME.to_pickle, "pickle"),
    ("scores.pkl.gz", FRAME.to_pickle, "pickle"),
    ("scores.pkl.bz2", FRAME.to_pickle, "pickle"),
    ("scores.pkl.xz", FRAME.to_pickle, "pickle"),
    ("scores.pkl", to(pickle.dumps(FRAME, protocol=0)), "pickle"),
    ("scores.csv", to(gzip.compress(PICKLED)), "pickle"),
    ("scores.csv.zst", to(pa.compress(PICKLED, "zstd", asbytes=True)), "pickle"),
    ("scores.npz", to(PICKLED), "pickle"),
    ("scores.h5", to(b"\x89HDF\r\n\x1a\n" + bytes(88)), "HDF5"),
    ("scores.feather", lambda path: feather.write_feather(TABLE, str(path)), "Arrow"),
    ("scores.csv", to(b"FEA1" + bytes(4) + b"\x01" + bytes(60)), "Arrow"),
    ("scores.csv", arrow_stream, "Arrow"),
    ("scores.csv", lambda path: orc.write_table(TABLE, str(path)), "ORC"),
    ("scores.dta", FRAME.to_stata, "Stata"),
    ("scores.csv", lambda path: FRAME.to_stata(path, version=118), "Stata"),
    ("scores.sav", to(b"$FL2@(#) SPSS DATA FILE" + bytes(100)), "SPSS"),
    ("scores.sas7bdat", to(bytes(12) + b"\xc2\xea\x81\x60" + bytes(200)), "SAS"),
    ("scores.mat", to(b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(90)), "MATLAB"),
    ("scores.db", sqlite, "SQLite"),
    ("scores.db", duck, "DuckDB"),
    ("scores.tgz", tarred, "tar"),
    ("scores.csv", tarred, "tar"),
    ("model.onnx", to(b"\x08\x07\x12\x07pytorch"), "weights"),
    ("scores.csv", to(b"<!DOCTYPE html>\n<html><body>Sign in</body></html>"), "web page"),
    ("scores.csv", to(b"@RELATION scores\n\n@ATTRIBUTE id STRING\n@DATA\n"), "ARFF"),
    ("scores.txt", to(f"{WEKA}        1       1:no      2:yes   +        0.607\n".encode()), "Weka"),
    ("scores.zip", to(zipped({"scores.csv": TEXT.encode()})), "zip"),
    ("scores.csv.xz", to(lzma.compress(TEXT.encode())), "xz"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "write", "said"), OTHERS)
def test_a_file_of_another_kind_is_named_with_a_way_to_export_it(tmp_path, name, write, said):
    write(tmp_path / name)
    error = error_of(open_scores, tmp_path / name)
    problem = error.problems[0]
    assert problem.code == ("E_PICKLE" if said in {"pickle", "PyTorch"} else "E_FORMAT")
    assert said in problem.message
    assert problem.hint
    assert "Rename" not in problem.hint


@pytest.mark.parametrize(
    "name",
    ["scores.xls", "resnet.pt.csv", "model.h5.csv.gz", "scores", "scores.R.txt", "lot.7z.csv"],
)
def test_a_text_is_read_under_any_name(tmp_path, name):
    content = TEXT.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert open_scores(tmp_path / name).models == ("m",)


@pytest.mark.parametrize("model", ["ORC", "FEA1", "BZh", "RDX3", "Obj", "MATLAB", "GIF"])
@pytest.mark.parametrize("first", [True, False])
def test_a_header_may_begin_like_another_format(tmp_path, model, first):
    path = tmp_path / "scores.csv"
    columns = [model, "label"] if first else ["label", model]
    FRAME.rename(columns={"m": model})[columns].to_csv(path, index=False)
    assert open_scores(path).models == (model,)


@pytest.mark.parametrize("name", ["scores.pt", "scores.zip", "scores.pkl"])
def test_readable_formats_are_read_under_any_name(tmp_path, name):
    FRAME.to_parquet(tmp_path / name)
    assert open_scores(tmp_path / name).models == ("m",)


def test_an_array_is_read_under_any_name(tmp_path):
    with (tmp_path / "scores.pt").open("wb") as file:
        np.save(file, FRAME[["label", "m"]].to_records(index=False))
    error = error_of(open_scores, tmp_path / "scores.pt")
    assert error.code == "E_TYPE"  # of the reader of arrays, which takes no structured ones
