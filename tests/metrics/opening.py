"""Helpers that create and open files: the refusal of a file, or the rows that were read."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from metrics import ScoreError, open_scores
from metrics.io.scores import Scores


def error_of(call: Callable[..., object], *arguments: Any, **options: Any) -> ScoreError:
    """Error that a call raises."""
    with pytest.raises(ScoreError) as caught:
        call(*arguments, **options)
    return caught.value


def refusal(*arguments: Any, **options: Any) -> ScoreError:
    """Problems of a source that is refused when it is opened or read to its end."""
    return error_of(lambda: open_scores(*arguments, **options).check())


def table_of(scores: Scores) -> pa.Table:
    """All rows as one table."""
    return pa.Table.from_batches(list(scores.batches()), schema=scores.schema)


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a file of these columns; return its path as text."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return str(path)
