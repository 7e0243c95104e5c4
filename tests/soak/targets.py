"""Targets of the fuzzer, which read bytes as a file of one kind, and the inputs it starts from."""

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
from tests.metrics.tallied import as_bytes, tally_file_of, tally_of

OPTIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "rank": {"scale": "rank"},
    "decimal comma": {"decimal": ",", "scale": "logit"},
    "percent": {"positive": "1", "scale": "percent"},
    "id and label": {"id": "id", "label": "label"},
    "model a": {"models": ["a"]},
    "models of a matrix": {"models": ["m_0", "m_1"]},
    "long": {"model_key": "model", "score": "score"},
}
"""Options by name. The first byte of an input chooses them by their position."""
MEMBER_SEPARATOR = b"\x93MEMBER\x00"
"""Bytes between the members of an archive."""


def check_reading(path: Path, options: dict[str, Any]) -> None:
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
    return list(OPTIONS.values())[data[0] % len(OPTIONS)] if data else {}, data[1:]


def _with_options(name: str, content: bytes, *, of_members: bool = False) -> bytes:
    """Input that is read with the options of a name."""
    return bytes([list(OPTIONS).index(name) + 128 * of_members]) + content


def read_text(name: str, data: bytes, folder: Path) -> None:
    """Read a text file. The first byte chooses the options, the rest is the content."""
    options, rest = _chosen(data)
    path = folder / name
    path.write_bytes(rest)
    check_reading(path, options)


def read_npz(data: bytes, folder: Path) -> None:
    """Read an NPZ file like `read_text`.

    If the first byte is 128 or more, the other bytes are the members of an archive, which is written here.
    """
    options, rest = _chosen(data)
    path = folder / "scores.npz"
    if data and data[0] >= 128:
        with zipfile.ZipFile(path, "w") as archive:
            for k, member in enumerate(rest.split(MEMBER_SEPARATOR)[:6]):
                archive.writestr(f"{['id', 'label', 'a', 'm', 'classes', 'b'][k]}.npy", member)
    else:
        path.write_bytes(rest)
    check_reading(path, options)


def read_tally(data: bytes, folder: Path) -> None:
    """Read a tally file.

    If the first byte is 128 or more, the other bytes are the members of an archive, which is written here.
    An opened tally can be evaluated, and all of its models have the same number of rows.
    """
    path = folder / "scores.tally"
    if data and data[0] >= 128:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, member in zip(MEMBERS, data[1:].split(MEMBER_SEPARATOR), strict=False):
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
"""Names of the members of a tally file."""
TARGETS: dict[str, Callable[[bytes, Path], None]] = {
    "csv": partial(read_text, "scores.csv"),
    "jsonl": partial(read_text, "scores.jsonl"),
    "npz": read_npz,
    "tally": read_tally,
}
"""Function that reads the bytes of each kind of file."""


def seeds(kind: str) -> list[bytes]:
    """Inputs that the search starts from, each with its byte of options."""
    made = {"csv": _csv_seeds, "jsonl": _jsonl_seeds, "npz": _npz_seeds, "tally": _tally_seeds}
    return made[kind]()


def _csv_seeds() -> list[bytes]:
    plain = "id,label,a,b\nu1,1,0.5,0.25\nu2,0,0.125,1e-3\nu3,0,1,0\n"
    texts = [
        ("none", plain),
        ("none", "\ufeff" + plain.replace("\n", "\r\n")),
        ("rank", plain.replace("0.5", "-7e300")),
        ("decimal comma", plain.replace(",", ";").replace(".", ",")),
        ("percent", plain.replace(",", "\t").replace("u2", '"u\n2"')),
        ("none", '"id","label","a"\n"u ""1""","yes","0.5"\n"é|;","no",".25"\n'),
        ("id and label", "sep=;\nid;label;weight;a\n007;true;1.5;0.5\n1e5;false;2;0.75\n"),
        ("long", "id,model,score,label\nu,x,0.5,1\nu,y,0.25,1\nv,x,0,0\nv,y,1,0\n"),
        ("none", "0.5\n0.25\n0.125\n"),
        ("none", "id,label,p0,p1\nu,ok,0.25,0.75\nv,nok,0.5,0.5\n"),
    ]
    return [_with_options(option, text.encode()) for option, text in texts]


def _jsonl_seeds() -> list[bytes]:
    rows: list[dict[str, Any]] = [
        {"id": "u1", "label": 1, "a": 0.5, "b": "0.25"},
        {"id": 2**53 + 1, "label": 0, "a": 1e-3, "b": None},
        {"id": "é\U0001f600", "label": 1, "a": 1, "b": [1]},
    ]
    lines = "\n".join(json.dumps(row) for row in rows) + "\n"
    split = {"columns": list(rows[0]), "data": [list(row.values()) for row in rows]}
    texts = [
        ("none", lines),
        ("model a", lines),
        ("model a", json.dumps(rows)),
        ("model a", json.dumps(split)),
        (
            "long",
            '{"id":"u","model":"x","score":0.5,"label":1}\n{"id":"v","model":"x","score":1,"label":0}',
        ),
        ("id and label", '{"id": {"a": [[]]}, "label": NaN, "a": -1E+400}\n{}\n'),
    ]
    return [_with_options(option, text.encode()) for option, text in texts]


def _npz_seeds() -> list[bytes]:
    archives: list[dict[str, Any]] = [
        {"id": ["u", "v", "w"], "label": [1, 0, 0], "a": [0.5, 0.25, 1.0]},
        {"id": [1, 2, 3], "label": [True, False, True], "a": np.array([0.5, 0.25, 1.0], np.float32)},
        {"id": [1, 2], "label": [1, 0], "a": [0.5, 0.25], "m": [[0.5, 0.5], [0.1, 0.9]],
         "classes": ["0", "1"]},
    ]  # fmt: skip
    found = []
    for option, columns in zip(OPTIONS, archives, strict=False):
        whole = io.BytesIO()
        named: dict[str, Any] = {name: np.array(values) for name, values in columns.items()}
        np.savez(whole, **named)
        found.append(_with_options(option, whole.getvalue()))
        members = []
        for values in columns.values():
            member = io.BytesIO()
            np.save(member, np.array(values), allow_pickle=False)
            members.append(member.getvalue())
        found.append(_with_options(option, MEMBER_SEPARATOR.join(members), of_members=True))
    return found


def _tally_seeds() -> list[bytes]:
    labels, scores = np.array([0, 1, 0, 1], np.int8), np.array([0.25, 0.5, 0.125, 1.0])
    found = []
    for buckets in (1, 3):
        rows = Rows(labels, {"a": scores, "b": scores[::-1].copy()})
        data = as_bytes(tally_file_of(rows, tally_of(rows, buckets=buckets)))
        found.append(b"\0" + data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found.append(b"\x80" + MEMBER_SEPARATOR.join(archive.read(name) for name in MEMBERS))
    return found
