"""The file ``models.csv`` next to the score files: scoring time and cost of each model's worker."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from metrics import strict_mapping
from metrics.errors import ScoreError
from metrics.scenario.serving import Worker
from metrics.strict_mapping import StructureError

NAME = "models.csv"
"""Name of the workers file in the folder of the scores."""

_SECONDS = {"seconds_per_unit": 1.0, "milliseconds_per_unit": 1e-3}
_PRICE = "price_per_worker_hour"


def find_models_csv(files: Sequence[str]) -> Path | None:
    """The ``models.csv`` next to the first score file; `None` if it is missing or has other columns."""
    if not files or any(Path(file).name == NAME for file in files):
        return None
    path = Path(files[0]).with_name(NAME)
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            head = next(csv.reader(text), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return None  # a file with this name may have another content
    column_names = {name.strip() for name in head}
    return path if "model" in column_names and column_names & set(_SECONDS) else None


def read_workers(path: str | Path) -> dict[str, Worker]:
    """Read scoring time and price of each model's worker.

    Parameters
    ----------
    path : path
        A CSV file with the columns ``model``, ``seconds_per_unit`` or ``milliseconds_per_unit``, and
        optionally ``price_per_worker_hour``. An empty cell means unknown; other columns are ignored.

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
    head, lines = _lines(path)
    timed = [column for column in head if column in _SECONDS]
    if head.count("model") != 1 or len(timed) != 1 or head.count(_PRICE) > 1:
        rule = (
            "the models file must have one column model and one of seconds_per_unit and "
            "milliseconds_per_unit"
        )
        raise _refusal(name, rule, value=",".join(head))
    workers: dict[str, Worker] = {}
    for row, cells in enumerate(lines, start=1):
        if len(cells) != len(head):
            rule = f"a row must have {len(head)} cells as the header has"
            raise _refusal(name, rule, row, value=",".join(cells))
        cell_by_column = dict(zip(head, cells, strict=True))
        model = cell_by_column["model"]
        if not model or model in workers:
            raise _refusal(name, "a model must be named, and named once", row, "model", model)
        workers[model] = _worker(name, row, cell_by_column, timed[0])
    return workers


def _lines(path: str | Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a models file."""
    try:
        text = io.StringIO(Path(path).read_bytes().decode("utf-8-sig"), newline="")
        head, *lines = list(csv.reader(text, strict=True)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        rule = f"the models file must be readable UTF-8 CSV: {error}"
        raise _refusal(str(path), rule) from error
    return [column.strip() for column in head], [line for line in lines if line]


OtherColumns = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""Columns as pairs of name and cells; the cells are pairs of model and text."""


def other_columns(path: str | Path) -> OtherColumns:
    """Other columns of a models file that `read_workers` can read, as plain text."""
    head, lines = _lines(path)
    place = head.index("model")
    return tuple(
        (name, tuple((cells[place], cells[k].strip()) for cells in lines))
        for k, name in enumerate(head)
        if name and name not in ("model", _PRICE, *_SECONDS)
    )


def _worker(file: str, row: int, values: Mapping[str, str], timed: str) -> Worker:
    """The worker of one row; an empty cell means unknown."""
    cells = {"seconds_per_unit": (timed, _SECONDS[timed]), _PRICE: (_PRICE, 1.0)}
    fields: dict[str, object] = {}
    for key, (column, unit) in cells.items():
        text = values.get(column, "").strip()
        if text:
            number = _number(text)
            fields[key] = text if number is None else number * unit
    try:
        return strict_mapping.read(Worker, fields)
    except StructureError as error:
        fault = error.faults[0]
        column, unit = cells[str(fault.path[0])]
        rule = f"{fault.path[0]} must {fault.rule}"
        raise _refusal(file, rule, row, column, values[column].strip()) from error


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


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
