"""What production asks of a model, and what a worker that runs it takes and costs.

The rules of a scenario's values, and the error that names a broken one.

What each model's worker takes and costs, from a small CSV file beside the scores.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from metrics.errors import ScoreError


@dataclass(frozen=True)
class Check:
    """Rules that hand a value on or raise.

    Attributes
    ----------
    file : str or None
        Named in errors.
    """

    file: str | None

    def error(self, key: str, rule: str, value: object) -> ScoreError:
        """The error of a key whose value breaks a rule."""
        shown = "nothing" if value is None else repr(value)
        return ScoreError(
            "E_SCENARIO",
            f"scenario key {key} must {rule}, got {shown}",
            file=self.file,
            column=key,
            value=None if value is None else str(value),
            hint="Correct the key in the scenario; the guide's chapter on the scenario lists every key.",
        )

    def known(self, data: Mapping[str, Any], names: set[str], prefix: str) -> None:
        """Refuse keys that have no meaning."""
        for key in data:
            if key not in names:
                raise self.error(prefix + key, "be one of " + ", ".join(sorted(names)), data[key])

    def table(self, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """The table under a key."""
        value = data[key]
        if not isinstance(value, Mapping):
            raise self.error(key, "be a table", value)
        return value

    def currency(self, value: object) -> str:
        """A currency: a short text."""
        if not isinstance(value, str) or not value.strip() or len(value) > 12:
            raise self.error("currency", "be a text of 1 to 12 characters", value)
        return value.strip()

    def number(
        self,
        data: Mapping[str, Any],
        key: str,
        default: float,
        *,
        prefix: str = "",
        above: float | None = None,
        below: float | None = None,
    ) -> float:
        """A finite number between bounds that it must not reach."""
        value = data.get(key, default)
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not math.isfinite(value):
            raise self.error(prefix + key, "be a finite number", value)
        if above is not None and value <= above:
            raise self.error(prefix + key, f"be above {above:g}", value)
        if below is not None and value >= below:
            raise self.error(prefix + key, f"be below {below:g}", value)
        return float(value)


MOST_REQUESTS = 1e12


"""Requests an hour are below this."""


MOST_SECONDS = 3600.0


"""A unit takes less than this."""


IN_TIME = 0.99


"""Share of the requests that are to wait no longer than the longest wait."""


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

    seconds_per_unit: float | None = None
    price_per_worker_hour: float | None = None


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

    requests_per_hour: float | None = None
    peak_requests_per_hour: float | None = None
    longest_wait_ms: float | None = None
    in_time: float = IN_TIME
    price_per_worker_hour: float | None = None
    models: Mapping[str, Worker] = field(default_factory=dict)

    @property
    def peak(self) -> float | None:
        """Requests in the busiest hour; None where nothing is known of them."""
        if self.requests_per_hour is None:
            return None
        return max(self.peak_requests_per_hour or 0.0, self.requests_per_hour)

    def price_of(self, model: str) -> float | None:
        """Price of a worker hour of a model; None where it is not known."""
        own = self.models.get(model, Worker()).price_per_worker_hour
        return self.price_per_worker_hour if own is None else own

    def seconds_of(self, model: str) -> float | None:
        """Seconds that a model takes for a unit; None where they are not known."""
        return self.models.get(model, Worker()).seconds_per_unit


def serving_from(data: Mapping[str, Any], check: Check) -> Serving:
    """Read the ``[serving]`` table of a scenario.

    Parameters
    ----------
    data : mapping
    check : Check

    Returns
    -------
    Serving

    Raises
    ------
    ScoreError
        E_SCENARIO, with the key and its value.
    """
    check.known(data, {f.name for f in fields(Serving)}, "serving.")

    def number(name: str, above: float | None, below: float) -> float | None:
        if name not in data:
            return None
        return check.number(data, name, 0.0, prefix="serving.", above=above, below=below)

    average = number("requests_per_hour", 0.0, MOST_REQUESTS)
    peak = number("peak_requests_per_hour", 0.0, MOST_REQUESTS)
    if peak is not None and (average is None or peak < average):
        rule = "stand beside requests_per_hour and not be below it"
        raise check.error("serving.peak_requests_per_hour", rule, peak)
    in_time = number("in_time", 0.0, 1.0)
    price = number("price_per_worker_hour", None, math.inf)
    if price is not None and price < 0:
        raise check.error("serving.price_per_worker_hour", "not be below 0", price)
    workers = check.table(data, "models") if "models" in data else {}
    return Serving(
        requests_per_hour=average,
        peak_requests_per_hour=peak,
        longest_wait_ms=number("longest_wait_ms", 0.0, math.inf),
        in_time=IN_TIME if in_time is None else in_time,
        price_per_worker_hour=price,
        models={name: _worker(check.table(workers, name), name, check) for name in workers},
    )


def _worker(data: Mapping[str, Any], model: str, check: Check) -> Worker:
    prefix = f"serving.models.{model}."
    check.known(data, {f.name for f in fields(Worker)}, prefix)
    seconds = price = None
    if "seconds_per_unit" in data:
        seconds = check.number(
            data, "seconds_per_unit", 0.0, prefix=prefix, above=0.0, below=MOST_SECONDS
        )
    if "price_per_worker_hour" in data:
        price = check.number(data, "price_per_worker_hour", 0.0, prefix=prefix)
        if price < 0:
            raise check.error(f"{prefix}price_per_worker_hour", "not be below 0", price)
    return Worker(seconds, price)


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
