"""What production asks of a model, and what a worker that runs it takes and costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from metrics.keys import Check

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
