"""Tests of objectives that a user defines in a program or in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from metrics.errors import ScoreError
from metrics.evaluation.objective import (
    OBJECTIVES,
    Direction,
    Unit,
    get_objective,
    load_objectives,
    objective,
)
from metrics.evaluation.operating_points import operating_points
from metrics.scenario.scenario import Scenario
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of, tally_of

STANDARD = dict(OBJECTIVES)
DATA = Rows(np.array([1, 0, 0], np.int8), {"a": np.array([0.9, 0.5, 0.1])})


@pytest.mark.usefixtures("registry")
def test_a_user_defined_objective_is_registered_and_computed() -> None:
    @objective("inspection hours", unit=Unit.COUNT, direction=Direction.MINIMISE)
    def inspection_hours(counts, context):
        """Hours at six minutes a flagged unit.

        Not this line.
        """
        return (counts.tp + counts.fp) * 0.1 * context.scenario.miss_cost

    made = get_objective("inspection_hours")
    assert list(OBJECTIVES) == [*STANDARD, "inspection_hours"]
    assert (made.superlative, made.of_model, made.extreme) == ("lowest", False, None)
    assert made.term == "Hours at six minutes a flagged unit."
    points = operating_points(tally_of(DATA), [made], Scenario(miss_cost=2.0))
    assert points["inspection_hours"].tolist() == pytest.approx([0.6, 0.4, 0.2, 0.0])
    assert inspection_hours.__name__ == "inspection_hours"


@pytest.mark.usefixtures("registry")
def test_a_constant_fills_every_point() -> None:
    @objective("fixed", unit=Unit.SCORE, direction=Direction.MAXIMISE)
    def fixed(counts, context):
        return 3

    evaluation = evaluation_of(DATA)
    counts = evaluation.curves[0].counts
    values = OBJECTIVES["fixed"].values(counts, evaluation.context(0))
    assert values.tolist() == [3.0] * 4
    assert values.dtype == np.float64
    values[0] = 4.0  # the array belongs to the caller
    assert (OBJECTIVES["fixed"].superlative, OBJECTIVES["fixed"].term) == ("highest", "fixed")


FILE_OF_OBJECTIVES = """
from metrics import Direction, Unit, objective

@objective("shipped units", unit=Unit.COUNT, direction=Direction.MAXIMISE)
def shipped_units(counts, context):
    return counts.tn + counts.fn
"""


@pytest.mark.usefixtures("registry")
def test_a_file_of_objectives_registers_them(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(FILE_OF_OBJECTIVES, encoding="utf-8")
    load_objectives(path)
    points = operating_points(tally_of(DATA), [OBJECTIVES["shipped_units"]])
    assert points["shipped_units"].tolist() == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("content", ["def broken(:", "1 / 0", "raise KeyError('x')", None])
def test_a_file_that_does_not_run_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "own.py"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ScoreError, match="must run as Python, got ") as caught:
        load_objectives(path)
    assert (caught.value.code, caught.value.file) == ("E_OBJECTIVES", str(path))


def test_a_file_that_is_not_python_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text(FILE_OF_OBJECTIVES, encoding="utf-8")
    with pytest.raises(ScoreError, match="not a Python file"):
        load_objectives(path)
    assert dict(OBJECTIVES) == STANDARD


def test_an_unknown_objective_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ScoreError, match=r"recall.*got 'recal'") as caught:
        get_objective("recal")
    assert (caught.value.code, caught.value.value) == ("E_OBJECTIVE", "recal")
