"""Load on a model in production, and scoring time and price of its workers.

The scenario file has these in the table ``[serving]``. A file next to the scores may specify each model's
worker (`models_csv`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from metrics.scenario.capacity import UTILISATION
from metrics.strict_mapping import STRICT, Number, Text, above, below, not_above, not_below

MOST_REQUESTS = 1e12
"""Upper bound of the requests per hour (excluded)."""
MOST_SECONDS = 3600.0
"""Upper bound of the seconds per unit (excluded)."""

_Price = Annotated[Number, not_below(0)]


@dataclass(frozen=True)
class Worker:
    """A processor, or a share of a processor, that scores units one after the other with one model.

    Attributes
    ----------
    seconds_per_unit : float or None
        Time from input to score, above 0; `None` if unknown.
    price_per_worker_hour : float or None
        Price in the scenario's currency; `None` for the scenario's price.
    """

    __pydantic_config__ = STRICT

    seconds_per_unit: Annotated[Number, above(0), below(MOST_SECONDS)] | None = None
    price_per_worker_hour: _Price | None = None


@dataclass(frozen=True)
class Serving:
    """The load on a model, and the models' workers.

    Attributes
    ----------
    requests_per_hour : float or None
        Number of requests per hour that the workers must handle.
    utilisation : float
        Share of a worker's time that is spent on scoring, above 0.
    price_per_worker_hour : float or None
        Price for models without their own price.
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
        """Price of a worker hour of a model; `None` if unknown."""
        price = self.models.get(model, Worker()).price_per_worker_hour
        return self.price_per_worker_hour if price is None else price

    def seconds_of(self, model: str) -> float | None:
        """Seconds that a model needs for a unit; `None` if unknown."""
        return self.models.get(model, Worker()).seconds_per_unit
