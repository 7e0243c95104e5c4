"""What each model's worker takes and costs, from a small CSV file beside the scores."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from metrics.errors import ScoreError
from metrics.workload import MOST_SECONDS, Worker

NAME = "models.csv"
"""What the file is called where it is found beside the scores."""
_SECONDS = {"seconds_per_unit": 1.0, "milliseconds_per_unit": 1e-3}
_PRICE = "price_per_worker_hour"


def workers_beside(files: Sequence[str]) -> dict[str, Worker] | None:
    """Workers of the ``models.csv`` that lies next to the first score file.

    Parameters
    ----------
    files : sequence of str
        Score files as they were named.

    Returns
    -------
    dict of str to Worker, or None
        None where there is no such file, or one without the columns of `read_workers`.

    Raises
    ------
    ScoreError
        As from `read_workers`.
    """
    if not files or any(Path(file).name == NAME for file in files):
        return None
    path = Path(files[0]).with_name(NAME)
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            head = next(csv.reader(text), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return None  # a file of that name may be about something else
    names = {name.strip() for name in head}
    return read_workers(path) if "model" in names and names & set(_SECONDS) else None


def read_workers(path: str | Path) -> dict[str, Worker]:
    """Read what each model's worker takes and costs.

    Parameters
    ----------
    path : path
        A CSV file with the columns ``model``, ``seconds_per_unit`` or ``milliseconds_per_unit``, and, if
        known, ``price_per_worker_hour``. An empty cell is not known; other columns are left alone.

    Returns
    -------
    dict of str to Worker
        By the model's name.

    Raises
    ------
    ScoreError
        E_SERVING, with row, column and value.
    """
    name = str(path)
    try:
        text = io.StringIO(Path(path).read_bytes().decode("utf-8-sig"), newline="")
        head, *lines = list(csv.reader(text, strict=True)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        rule = f"the models file must be readable UTF-8 CSV: {error}"
        raise _refusal(name, rule) from error
    head = [column.strip() for column in head]
    timed = [column for column in head if column in _SECONDS]
    if head.count("model") != 1 or len(timed) != 1 or head.count(_PRICE) > 1:
        rule = (
            "the models file must have one column model and one of seconds_per_unit and "
            "milliseconds_per_unit"
        )
        raise _refusal(name, rule, value=",".join(head))
    out: dict[str, Worker] = {}
    for row, cells in enumerate((line for line in lines if line), start=1):
        if len(cells) != len(head):
            rule = f"a row must have {len(head)} cells as the header has"
            raise _refusal(name, rule, row, value=",".join(cells))
        values = dict(zip(head, cells, strict=True))
        model, unit = values["model"], _SECONDS[timed[0]]
        if not model or model in out:
            raise _refusal(name, "a model must be named, and named once", row, "model", model)
        seconds = _number(name, row, timed[0], values, least="above 0", below=MOST_SECONDS / unit)
        price = _number(name, row, _PRICE, values, least="from 0", below=math.inf)
        out[model] = Worker(None if seconds is None else seconds * unit, price)
    return out


def _number(
    file: str, row: int, column: str, values: Mapping[str, str], *, least: str, below: float
) -> float | None:
    """A cell's number; None where it is empty or there is no such column."""
    text = values.get(column, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < below or (value == 0 and least == "above 0"):
        most = f" and below {below:,.0f}" if math.isfinite(below) else ""
        raise _refusal(file, f"a cell must be a number {least}{most}", row, column, text)
    return value


def _refusal(
    file: str,
    rule: str,
    row: int | None = None,
    column: str | None = None,
    value: str | None = None,
) -> ScoreError:
    return ScoreError(
        "E_SERVING",
        rule if value is None else f"{rule}, got {value!r}",
        file=file,
        row=row,
        column=column,
        value=value,
        hint="Give the columns model, seconds_per_unit (or milliseconds_per_unit) and "
        "price_per_worker_hour; leave a cell empty where it is not known.",
    )
