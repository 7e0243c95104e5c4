"""The load that production puts on a model, and what the workers that bear it take and cost.

Of the scenario file it is the ``[serving]`` table; of each model's worker a file may say the same
(`models_csv`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from metrics.strict_mapping import (
    STRICT,
    Must,
    Number,
    Text,
    above,
    below,
    not_below,
)

MOST_REQUESTS = 1e12
"""Requests an hour are below this."""
MOST_SECONDS = 3600.0
"""A unit takes less than this."""
IN_TIME = 0.99
"""Share of the requests that are to wait no longer than the longest wait."""

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
