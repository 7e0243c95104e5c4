"""The load that production puts on a model, and what the workers that bear it take and cost.

Of the scenario file it is the ``[serving]`` table; of each model's worker a ``models.csv`` beside the scores
may say the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from metrics import strict_mapping
from metrics.errors import ScoreError
from metrics.strict_mapping import (
    STRICT,
    Must,
    Number,
    StructureError,
    Text,
    above,
    below,
    not_below,
)

HOURS = 8760
"""Of a year, during all of which the workers are kept."""
MOST_REQUESTS = 1e12
"""Requests an hour are below this."""
MOST_SECONDS = 3600.0
"""A unit takes less than this."""
IN_TIME = 0.99
"""Share of the requests that are to wait no longer than the longest wait."""
NAME = "models.csv"
"""What the workers file is called where it is found beside the scores."""

_Requests = Annotated[Number, above(0), below(MOST_REQUESTS)]
_Price = Annotated[Number, not_below(0)]


@dataclass(frozen=True)
class Worker:
    """A processor, or a share of one, that scores one unit after the other with one model.

    Attributes
    ----------
    seconds_per_unit : float or None
        Time from input to score, above 0; None: not known.
    price_per_worker_hour : float or None
        In the scenario's currency; None: the scenario's price.
    """

    __pydantic_config__ = STRICT

    seconds_per_unit: Annotated[Number, above(0), below(MOST_SECONDS)] | None = None
    price_per_worker_hour: _Price | None = None


@dataclass(frozen=True)
class Serving:
    """The load that a model must bear, and its workers.

    Attributes
    ----------
    requests_per_hour : float or None
        On average over the year.
    peak_requests_per_hour : float or None
        In the busiest hour; None: as on average.
    longest_wait_ms : float or None
        For which a request may wait until a worker is free; None: any wait that does not grow for ever.
    in_time : float
        Share of the requests that may wait no longer, between 0 and 1.
    price_per_worker_hour : float or None
        Of models without a price of their own.
    models : mapping of str to Worker
        By the model's name.
    """

    __pydantic_config__ = STRICT

    requests_per_hour: _Requests | None = None
    peak_requests_per_hour: _Requests | None = None
    longest_wait_ms: Annotated[Number, above(0)] | None = None
    in_time: Annotated[Number, above(0), below(1)] = IN_TIME
    price_per_worker_hour: _Price | None = None
    models: Mapping[Text, Worker] = field(default_factory=dict)

    def __hash__(self) -> int:
        load = self.requests_per_hour, self.peak_requests_per_hour, self.longest_wait_ms
        price = self.price_per_worker_hour
        return hash((load, self.in_time, price, frozenset(self.models.items())))

    @property
    def peak(self) -> float | None:
        """Requests in the busiest hour; None where nothing is known of them."""
        if self.requests_per_hour is None:
            return None
        return max(self.peak_requests_per_hour or 0.0, self.requests_per_hour)

    def price_of(self, model: str) -> float | None:
        """Price of a worker hour of a model; None where it is not known."""
        price = self.models.get(model, Worker()).price_per_worker_hour
        return self.price_per_worker_hour if price is None else price

    def seconds_of(self, model: str) -> float | None:
        """Seconds that a model takes for a unit; None where they are not known."""
        return self.models.get(model, Worker()).seconds_per_unit


def _peak_fits(serving: Serving) -> bool:
    average, peak = serving.requests_per_hour, serving.peak_requests_per_hour
    return peak is None or (average is not None and peak >= average)


GivenServing = Annotated[
    Serving,
    Must(
        "stand beside requests_per_hour and not be below it", _peak_fits, "peak_requests_per_hour"
    ),
]
"""A `Serving` from outside, whose peak is one."""


_SECONDS = {"seconds_per_unit": 1.0, "milliseconds_per_unit": 1e-3}
_PRICE = "price_per_worker_hour"


def file_beside(files: Sequence[str]) -> Path | None:
    """The ``models.csv`` next to the first score file; None where there is none that is about models."""
    if not files or any(Path(file).name == NAME for file in files):
        return None
    path = Path(files[0]).with_name(NAME)
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            head = next(csv.reader(text), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return None  # a file of that name may be about something else
    names = {name.strip() for name in head}
    return path if "model" in names and names & set(_SECONDS) else None


def workers_beside(files: Sequence[str]) -> dict[str, Worker] | None:
    """Workers by model from the file of `file_beside`; None where there is none."""
    path = file_beside(files)
    return None if path is None else read_workers(path)


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
        values = dict(zip(head, cells, strict=True))
        model = values["model"]
        if not model or model in workers:
            raise _refusal(name, "a model must be named, and named once", row, "model", model)
        workers[model] = _worker(name, row, values, timed[0])
    return workers


def _lines(path: str | Path) -> tuple[list[str], list[list[str]]]:
    """Head and rows of a models file."""
    try:
        text = io.StringIO(Path(path).read_bytes().decode("utf-8-sig"), newline="")
        head, *lines = list(csv.reader(text, strict=True)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        rule = f"the models file must be readable UTF-8 CSV: {error}"
        raise _refusal(str(path), rule) from error
    return [column.strip() for column in head], [line for line in lines if line]


OtherColumns = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""Of each column its name, and of each model its cell."""


def other_columns(path: str | Path) -> OtherColumns:
    """What a models file that `read_workers` reads says of its models besides their workers, as it stands."""
    head, lines = _lines(path)
    place = head.index("model")
    return tuple(
        (name, tuple((cells[place], cells[k].strip()) for cells in lines))
        for k, name in enumerate(head)
        if name and name not in ("model", _PRICE, *_SECONDS)
    )


def _worker(file: str, row: int, values: Mapping[str, str], timed: str) -> Worker:
    """The worker of one row; an empty cell is not known."""
    cells = {"seconds_per_unit": (timed, _SECONDS[timed]), _PRICE: (_PRICE, 1.0)}
    given: dict[str, object] = {}
    for key, (column, unit) in cells.items():
        text = values.get(column, "").strip()
        if text:
            number = _number(text)
            given[key] = text if number is None else number * unit
    try:
        return strict_mapping.read(Worker, given)
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
