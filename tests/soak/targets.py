"""Targets of the fuzzer: open bytes as a file of each kind. Also the seeds of the search."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from metrics import Scenario, evaluate, load_tally
from metrics.errors import ScoreError
from metrics.io.formats.file_on_disk import TALLY_SIGN
from metrics.io.open import open_scores
from metrics.io.preview import preview
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import as_bytes, tallied, tally_of

OPTIONS: list[dict[str, Any]] = [
    {},
    {"scale": "rank"},
    {"decimal": ",", "scale": "logit"},
    {"positive": "1", "scale": "percent"},
    {"id": "id", "label": "label"},
    {"models": ["a"]},
    {"models": ["m_0", "m_1"]},
    {"model_key": "model", "score": "score"},
]
BETWEEN = b"\x93MEMBER\x00"


def hold(path: Path, options: dict[str, Any]) -> None:
    """Read a file completely: either it raises ScoreError, or its rows meet the guarantees of a batch."""
    preview(path, **options)
    try:
        scores = open_scores(path, **options)
        for batch in scores.batches(64):
            label = batch.column(1).to_numpy()
            assert np.isin(label, (0, 1)).all()
            for values in batch.columns[-len(scores.models) :]:
                assert np.isfinite(values.to_numpy()).all()
        assert 0 < (scores.positives or 0) < (scores.rows or 0)
    except ScoreError as error:
        json.dumps([problem.as_dict() for problem in error.problems])


def _chosen(data: bytes) -> tuple[dict[str, Any], bytes]:
    return OPTIONS[data[0] % len(OPTIONS)] if data else {}, data[1:]


def text(name: str, data: bytes, folder: Path) -> None:
    """Read a text file. The first byte chooses the options, the rest is the content."""
    options, rest = _chosen(data)
    path = folder / name
    path.write_bytes(rest)
    hold(path, options)


def npz(data: bytes, folder: Path) -> None:
    """Read an NPZ file like `text`. If the first byte is high, the rest are members of a valid archive."""
    options, rest = _chosen(data)
    path = folder / "scores.npz"
    if data and data[0] >= 128:
        with zipfile.ZipFile(path, "w") as archive:
            for k, member in enumerate(rest.split(BETWEEN)[:6]):
                archive.writestr(f"{['id', 'label', 'a', 'm', 'classes', 'b'][k]}.npy", member)
    else:
        path.write_bytes(rest)
    hold(path, options)


def tally(data: bytes, folder: Path) -> None:
    """Read a tally file. If the first byte is high, the rest are members of a valid archive.

    An opened tally can be evaluated, and all of its models have the same number of rows.
    """
    path = folder / "scores.tally"
    if data and data[0] >= 128:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, member in zip(MEMBERS, data[1:].split(BETWEEN), strict=False):
                how = zipfile.ZIP_STORED if name == MEMBERS[0] else zipfile.ZIP_DEFLATED
                archive.writestr(name, member, how)
    else:
        path.write_bytes(data[1:])
    try:
        found = load_tally(path)
    except ScoreError as error:
        json.dumps([problem.as_dict() for problem in error.problems])
        return
    assert 0 < found.positives < found.rows
    rows = found.tally.counts.sum(axis=2, dtype=np.int64)
    assert (rows == rows[:, :1]).all()
    json.dumps([problem.as_dict() for problem in found.problems])
    with np.errstate(all="ignore"):
        evaluate(found.tally, Scenario())


MEMBERS = [
    TALLY_SIGN.decode(), "header.json", "thresholds.npy", "occupied.npy", "counts.npy", "losses.npy",
    "infinite.npy", "between.npy", "highest.npy", "calibration.npy",
]  # fmt: skip
TARGETS: dict[str, Callable[[bytes, Path], None]] = {
    "csv": partial(text, "scores.csv"),
    "jsonl": partial(text, "scores.jsonl"),
    "npz": npz,
    "tally": tally,
}


def seeds(kind: str) -> list[bytes]:
    """Inputs that the search starts from, each with its byte of options."""
    made = {"csv": _csv_seeds, "jsonl": _jsonl_seeds, "npz": _npz_seeds, "tally": _tally_seeds}
    return made[kind]()


def _csv_seeds() -> list[bytes]:
    plain = "id,label,a,b\nu1,1,0.5,0.25\nu2,0,0.125,1e-3\nu3,0,1,0\n"
    texts = [
        (0, plain),
        (0, "\ufeff" + plain.replace("\n", "\r\n")),
        (1, plain.replace("0.5", "-7e300")),
        (2, plain.replace(",", ";").replace(".", ",")),
        (3, plain.replace(",", "\t").replace("u2", '"u\n2"')),
        (0, '"id","label","a"\n"u ""1""","yes","0.5"\n"é|;","no",".25"\n'),
        (4, "sep=;\nid;label;weight;a\n007;true;1.5;0.5\n1e5;false;2;0.75\n"),
        (7, "id,model,score,label\nu,x,0.5,1\nu,y,0.25,1\nv,x,0,0\nv,y,1,0\n"),
        (0, "0.5\n0.25\n0.125\n"),
        (0, "id,label,p0,p1\nu,ok,0.25,0.75\nv,nok,0.5,0.5\n"),
    ]
    return [bytes([option]) + text.encode() for option, text in texts]


def _jsonl_seeds() -> list[bytes]:
    rows: list[dict[str, Any]] = [
        {"id": "u1", "label": 1, "a": 0.5, "b": "0.25"},
        {"id": 2**53 + 1, "label": 0, "a": 1e-3, "b": None},
        {"id": "é\U0001f600", "label": 1, "a": 1, "b": [1]},
    ]
    lines = "\n".join(json.dumps(row) for row in rows) + "\n"
    split = {"columns": list(rows[0]), "data": [list(row.values()) for row in rows]}
    texts = [
        (0, lines),
        (5, lines),
        (5, json.dumps(rows)),
        (5, json.dumps(split)),
        (
            7,
            '{"id":"u","model":"x","score":0.5,"label":1}\n{"id":"v","model":"x","score":1,"label":0}',
        ),
        (4, '{"id": {"a": [[]]}, "label": NaN, "a": -1E+400}\n{}\n'),
    ]
    return [bytes([option]) + text.encode() for option, text in texts]


def _npz_seeds() -> list[bytes]:
    archives: list[dict[str, Any]] = [
        {"id": ["u", "v", "w"], "label": [1, 0, 0], "a": [0.5, 0.25, 1.0]},
        {"id": [1, 2, 3], "label": [True, False, True], "a": np.array([0.5, 0.25, 1.0], np.float32)},
        {"id": [1, 2], "label": [1, 0], "a": [0.5, 0.25], "m": [[0.5, 0.5], [0.1, 0.9]],
         "classes": ["0", "1"]},
    ]  # fmt: skip
    found = []
    for option, columns in enumerate(archives):
        whole = io.BytesIO()
        named: dict[str, Any] = {name: np.array(values) for name, values in columns.items()}
        np.savez(whole, **named)
        found.append(bytes([option]) + whole.getvalue())
        members = []
        for values in columns.values():
            member = io.BytesIO()
            np.save(member, np.array(values), allow_pickle=False)
            members.append(member.getvalue())
        found.append(bytes([128 + option]) + BETWEEN.join(members))
    return found


def _tally_seeds() -> list[bytes]:
    labels, scores = np.array([0, 1, 0, 1], np.int8), np.array([0.25, 0.5, 0.125, 1.0])
    found = []
    for buckets in (1, 3):
        rows = Rows(labels, {"a": scores, "b": scores[::-1].copy()})
        data = as_bytes(tallied(rows, tally_of(rows, buckets=buckets)))
        found.append(b"\0" + data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found.append(b"\x80" + BETWEEN.join(archive.read(name) for name in MEMBERS))
    return found
