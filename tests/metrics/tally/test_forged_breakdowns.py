"""Tests that tally files with forged breakdowns are refused."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from metrics import ScoreError, load_tally
from metrics.tally.category_codes import PARTS
from metrics.tally.file.tally_file import TallyFile
from tests.metrics.odd_frames import made_odd, tally_odd
from tests.metrics.opening import error_of
from tests.metrics.tallied import as_bytes, forge


@pytest.fixture(scope="module")
def original() -> bytes:
    return as_bytes(tally_odd(made_odd()))


@pytest.fixture(scope="module")
def full() -> TallyFile:
    """Tally of a segment with more categories than are counted separately."""
    return tally_odd(made_odd().assign(many=[f"m{k % 40}" for k in range(600)]))


def header_of(tally: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(tally)) as archive:
        header: dict[str, Any] = json.loads(archive.read("header.json"))
    return header


def change_breakdowns(original: bytes, change: Any) -> bytes:
    """Tally file with a changed header or changed counts of its breakdowns; its checksums are valid."""
    with zipfile.ZipFile(io.BytesIO(original)) as source:
        header = json.loads(source.read("header.json"))
        files = {name: source.read(f"{name}.npy") for name in ("parts", "part_weights")}
    arrays = {name: np.load(io.BytesIO(file)).copy() for name, file in files.items()}
    change(header, header["breakdowns"], *arrays.values())
    members = {
        name: files[name][: -array.nbytes] + array.tobytes() for name, array in arrays.items()
    }
    return forge(original, header, **members)


def test_too_many_categories_are_refused(full: TallyFile) -> None:
    """The file claims 33 named categories and no `OTHER`, one more than allowed."""
    assert full.tally.breakdowns is not None
    segment = full.tally.breakdowns.segments["many"]
    assert load_tally(as_bytes(full)).tally.breakdowns is not None
    names = (*segment.categories[:-1], "one more")
    many = replace(segment, categories=names, has_others=False)
    crafted = replace(full.tally.breakdowns, segments={"many": many})
    file = replace(full, tally=replace(full.tally, breakdowns=crafted))
    with pytest.raises(ScoreError, match="more categories than are counted apart"):
        load_tally(as_bytes(file))


@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize("moved", [False, True])
def test_impossible_counts_of_currently_flagged_units_are_refused(
    full: TallyFile, by: int, moved: bool
) -> None:
    """The counts have more or fewer units than the system flags, or units in the part of another bucket."""
    of_all = full.tally.breakdowns
    assert of_all is not None
    assert of_all.flagged_today is not None
    flagged = of_all.flagged_today.copy()
    there = tuple(np.argwhere((flagged > 0) if by < 0 else (flagged == 0))[0])
    flagged[there] += by * 1e3
    if moved:
        flagged[((there[0] + 1) % PARTS, *there[1:])] -= by * 1e3
    file = replace(
        full, tally=replace(full.tally, breakdowns=replace(of_all, flagged_today=flagged))
    )
    with pytest.raises(ScoreError, match="that are not the whole"):
        load_tally(as_bytes(file))


def add_a_row(header: Any, columns: Any, parts: Any, weights: Any) -> None:
    cell = np.argwhere(parts[0] > 0)[0]
    parts[(0, *cell)] -= 1
    parts[(1, *cell)] += 2


def raise_weights(header: Any, columns: Any, parts: Any, weights: Any) -> None:
    weights[weights > 0] *= 1.5


HOSTILE = {
    "a role that is none": lambda h, a, p, w: a[0].update(role="label"),
    "a category twice": lambda h, a, p, w: a[0]["categories"].__setitem__(1, a[0]["categories"][0]),
    "no categories": lambda h, a, p, w: a[0].update(categories=[]),
    "a column twice": lambda h, a, p, w: a[1].update(column=a[0]["column"]),
    "others without a category": lambda h, a, p, w: a[1].update(has_others=True),
    "one category too few": lambda h, a, p, w: a[0]["categories"].pop(),
    "a type that runs code": lambda h, a, p, w: h.update(part_type="|O"),
    "a format without breakdowns": lambda h, a, p, w: h.update(format=2),
    "a system of no model": lambda h, a, p, w: a[-1].update(model="nobody"),
    "a system without a threshold": lambda h, a, p, w: a[-1].update(threshold=None),
    "a threshold that is text": lambda h, a, p, w: a[-1].update(threshold="0.5"),
    "other answers": lambda h, a, p, w: a[-1].update(categories=["yes", "no"]),
    "parts that are more than the whole": add_a_row,
    "weights that are more than the whole": raise_weights,
    "a weight of nobody": lambda h, a, p, w: w.__setitem__(p == 0, 1.0),
    "weights below 0": lambda h, a, p, w: np.negative(w, out=w),
}  # fmt: skip
"""Changes of the header, the entries of its breakdowns, the counts and the weights."""


@pytest.mark.parametrize("what", HOSTILE)
def test_invalid_breakdowns_are_refused(original: bytes, what: str) -> None:
    assert error_of(load_tally, change_breakdowns(original, HOSTILE[what])).code == "E_TALLY"


def test_an_unchanged_file_is_read_and_has_the_oldest_sufficient_format(original: bytes) -> None:
    found = load_tally(change_breakdowns(original, lambda *_: None))
    assert found.tally.breakdowns is not None
    assert header_of(original)["format"] == 4
    alone = replace(found.tally.breakdowns, flagged_today=None)
    older = as_bytes(replace(found, tally=replace(found.tally, breakdowns=alone)))
    assert header_of(older)["format"] == 3
    read = load_tally(older).tally.breakdowns
    assert read is not None
    assert read.flagged_today is None
    plain = as_bytes(replace(found, tally=replace(found.tally, breakdowns=None)))
    header = header_of(plain)
    assert header["format"] == 2
    assert "breakdowns" not in header
    assert load_tally(plain).tally.breakdowns is None
