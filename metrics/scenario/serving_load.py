"""The load that production puts on a model, and what the workers that bear it take and cost.

The scenario file has it as the table ``[serving]``. A file beside the scores may say the same of each
model's worker (`models_csv`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from metrics.scenario.capacity import UTILISATION
from metrics.strict_mapping import STRICT, Number, Text, above, below, not_above, not_below

MOST_REQUESTS = 1e12
"""Requests an hour are below this."""
MOST_SECONDS = 3600.0
"""A unit takes less than this."""

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
        Requests that the workers must bear in an hour.
    utilisation : float
        Share of a worker's time that goes into scoring, above 0.
    price_per_worker_hour : float or None
        Of models without a price of their own.
    models : mapping of str to Worker
        By the model's name.
    """

    __pydantic_config__ = STRICT

    requests_per_hour: Annotated[Number, above(0), below(MOST_REQUESTS)] | None = None
    utilisation: Annotated[Number, above(0), not_above(1)] = UTILISATION
    price_per_worker_hour: _Price | None = None
    models: Mapping[Text, Worker] = field(default_factory=dict)

    def __hash__(self) -> int:
        load = self.requests_per_hour, self.utilisation, self.price_per_worker_hour
        return hash((load, frozenset(self.models.items())))

    def price_of(self, model: str) -> float | None:
        """Price of a worker hour of a model; None where it is not known."""
        price = self.models.get(model, Worker()).price_per_worker_hour
        return self.price_per_worker_hour if price is None else price

    def seconds_of(self, model: str) -> float | None:
        """Seconds that a model takes for a unit; None where they are not known."""
        return self.models.get(model, Worker()).seconds_per_unit
