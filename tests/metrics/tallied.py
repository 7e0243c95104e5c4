"""Tallies of made rows as they are handed on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import Evaluation, evaluate, operating_points
from metrics.io.columns import Columns
from metrics.scenario.scenario import Scenario
from metrics.tally.counting import tally_scores
from metrics.tally.file import Header, TallyFile, packed, save_tally
from metrics.tally.file_format import read_packed
from metrics.tally.tally import Tally
from tests.metrics.strategies import Rows, as_scores


def tallied(
    data: Rows, tally: Tally | None = None, name: str = "rows", **changes: Any
) -> TallyFile:
    """A tally of the rows with what a gate would say of them."""
    tally = tally_scores(as_scores(data)) if tally is None else tally
    columns = Columns(
        id=("id",),
        label="label",
        positive="1",
        models=tally.models,
        weight=None if tally.weights is None else "weight",
        value=None if tally.values is None else "value",
        group=None if data.groups is None else "batch",
    )
    header = Header(columns, "unknown", (f"{name}.csv",), (f"sha256:{name}",), (), 4096)
    return TallyFile(tally, replace(header, **changes), f"{name}.tally", "")


def evaluated(
    data: Rows, scenario: Scenario, objectives: Sequence[Objective]
) -> tuple[Evaluation, pd.DataFrame]:
    """The rows under a scenario, and all their operating points."""
    evaluation = evaluate(tally_scores(as_scores(data)), scenario)
    return evaluation, operating_points(evaluation, objectives)


def as_bytes(tally: TallyFile) -> bytes:
    out = io.BytesIO()
    save_tally(tally, out)
    return out.getvalue()


def written(tally: TallyFile, folder: Path) -> Path:
    path = folder / tally.name
    save_tally(tally, path)
    return path


__all__ = ["as_bytes", "evaluated", "packed", "read_packed", "tallied", "written"]
