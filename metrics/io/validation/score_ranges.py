"""Range of each model's scores over a complete pass, and the warnings that follow from it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.errors import OneOf, Option, Problem, Quantity, Wording, warning
from metrics.io.formats.cells import Location
from metrics.io.formats.source import Source
from metrics.io.read_options import Scale
from metrics.io.schema.score_meaning import LIMITS, Floats, has_only_high_scores

RARE = 0.001
"""Share of scores outside 0 to 1 below which per cent and log-odds are doubted. Few files have fewer."""
SMALL, UNLIKE_PERCENT = 0.05, 50.0
"""Largest score below which probabilities look like errors, and below which per cent look like distances."""
HARD = "holds decisions only, so the model has a single operating point"
"""Text of the warning ``W_HARD``."""
_DECIMALS, _FIRST_SCORES, _FEWEST_VALUES = range(5), 1000, 20
"""Numbers of decimals of rounded scores; scores of each batch, and different ones, that show the rounding."""
_NO_ACTION = "Nothing needs to be done."
_IF_PROBABILITIES = "If they are probabilities, correct those that are not and open the file again."


class ScoreRanges:
    """Smallest, largest and extreme scores of each model so far."""

    def __init__(self, models: Sequence[str], scale: Scale, source: Source) -> None:
        self._models, self._scale, self._source = models, scale, source
        self._least, self._most = LIMITS[scale]
        count = len(models)
        self._rows = self._positives = 0
        self._low, self._high = np.full(count, np.inf), np.full(count, -np.inf)
        self._extreme = np.zeros(count, np.int64)
        self._wrong_side = np.zeros(count, np.int64)
        self._no_probability = np.zeros(count, np.int64)
        self._total = np.zeros(count)
        self._decimals: list[int | None] = [0] * count

    def is_on_scale(self, scores: Floats) -> bool:
        """Whether all scores are on the scale."""
        return scores.size == 0 or bool(scores.min() >= self._least and scores.max() <= self._most)

    def add(self, model: int, scores: Floats, labels: NDArray[np.int8]) -> None:
        """Record some scores of a model, which are on the scale."""
        low, high = float(scores.min()), float(scores.max())
        self._decimals[model] = self._decimals_with(model, scores[:_FIRST_SCORES])
        self._low[model] = min(self._low[model], low)
        self._high[model] = max(self._high[model], high)
        self._total[model] += float(scores.sum())
        self._no_probability[model] += int(((scores < 0) | (scores > 1)).sum())
        if self._scale in ("probability", "percent") and (low == self._least or high == self._most):
            is_zero, is_one = scores == self._least, scores == self._most
            is_wrong = (is_zero & (labels == 1)) | (is_one & (labels == 0))
            self._extreme[model] += int(is_zero.sum() + is_one.sum())
            self._wrong_side[model] += int(is_wrong.sum())

    def _decimals_with(self, model: int, scores: Floats) -> int | None:
        """Number of decimals to which a model's scores are rounded, with further ones; `None` if not rounded.

        0 if too few different scores between the ends of the scale show a rounding.
        """
        most = self._decimals[model]
        inner = scores[(scores != self._least) & (scores != self._most)]
        if most is None or np.unique(inner).size < _FEWEST_VALUES:
            return most
        for digits in _DECIMALS:
            rounded = inner.round(digits)
            if rounded.all() and np.allclose(inner, rounded, rtol=1e-7, atol=0.0):
                return max(most, digits)
        return None

    def finish(self, rows: int, positives: int) -> None:
        """Set the numbers of rows and of defects after the last row."""
        self._rows, self._positives = rows, positives

    def only_high_scores(self, rising: Collection[str]) -> dict[str, bool]:
        """Return for each model `metrics.io.schema.score_meaning.has_only_high_scores`.

        ``rising`` are the models whose scores clearly rise with the defect.
        """
        return {
            name: has_only_high_scores(
                low, high, self._positives, self._rows, self._scale, is_rising=name in rising
            )
            for name, low, high in zip(self._models, self._low, self._high, strict=True)
        }

    def warnings(self) -> list[Problem]:
        """Return warnings about models that cannot rank, other scales, and infinite log losses."""
        notes = []
        for k, name in enumerate(self._models):
            if self._low[k] == self._high[k]:
                text = f"every score is {self._low[k]:g}, so the model cannot rank units"
                notes.append(warning("W_CONSTANT", text, **self._whole(name)))
            notes += self._scale_warnings(k, name)
            if self._extreme[k] == self._rows:
                notes.append(warning("W_HARD", HARD, **self._whole(name)))
        return [*notes, *self._infinite_loss_warnings(), *self._finite_loss_notes()]

    def _whole(self, model: str) -> dict[str, Any]:
        return Location(self._source, model).whole

    def _scale_warnings(self, k: int, name: str) -> list[Problem]:
        """Report scores that seem to be on another scale than specified."""
        outside = int(self._no_probability[k])
        text, hint = self._like_ranks(k), Wording("If so, say ", Option("scale", ("rank",)), ".")
        if self._scale in ("percent", "logit") and outside < RARE * self._rows:
            text, hint = self._like_probabilities(outside), Wording(_IF_PROBABILITIES)
        return [warning("W_SCALE", text, **self._whole(name), hint=hint)] if text else []

    def _like_probabilities(self, outside: int) -> str:
        scale = {"percent": "per cent", "logit": "log-odds"}[self._scale]
        lie = "score lies" if outside == 1 else "scores lie"
        some = f"only {outside:,} of {self._rows:,} {lie}" if outside else "none of the scores lies"
        return f"{some} outside 0 to 1, where all would lie if these were probabilities and not {scale}"

    def _like_ranks(self, k: int) -> str:
        """Return the text for scores that seem to be distances or errors; empty if they do not."""
        low, high, rows = self._low[k], self._high[k], max(1, self._rows)
        mean, share = self._total[k] / rows, self._positives / rows
        if self._scale == "logit" and high <= 0:
            return "no log-odds are above 0, as if no unit were likely defective"
        if self._scale == "percent" and high < UNLIKE_PERCENT and low >= 0:
            return f"no score is above {high:.3g} per cent, so these may be distances"
        is_calibrated = share / 2 <= mean <= 2 * share
        if self._scale == "probability" and low < high < SMALL and not is_calibrated:
            return f"no score is above {high:.2g}, so these may be errors and no probabilities"
        return ""

    def _infinite_loss_warnings(self) -> list[Problem]:
        """Report models whose log loss is infinite because of scores of exactly 0 or 1."""
        extremes = OneOf((f"{self._least:g}", f"{self._most:g}"))
        end = " on the wrong side, so the log loss is infinite"
        notes = []
        for k, (name, wrong) in enumerate(
            zip(self._models, self._wrong_side.tolist(), strict=True)
        ):
            if wrong:
                scores = Quantity(wrong, "score is", "scores are")
                text = Wording(scores, " exactly ", extremes, end)
                digits = self._decimals[k] or 0
                hint = (
                    f"The scores seem to be rounded to {digits} decimals. If so, export more: a few such "
                    "units dominate the log loss."
                    if digits > 1
                    else None
                )
                notes.append(warning("W_LOGLOSS_INF", text, **self._whole(name), hint=hint))
        return notes

    def _finite_loss_notes(self) -> list[Problem]:
        """Report models with scores of exactly 0 or 1 that are all on the right side."""
        extremes = f"exactly {self._least:g} or {self._most:g}"
        is_finite = (self._extreme > 0) & (self._wrong_side == 0)
        finite = np.flatnonzero(is_finite).tolist()
        if not finite:
            return []
        if len(finite) > 1:
            text = (
                f"{len(finite)} models have scores of {extremes}, all on the right side, "
                "so their log loss is finite"
            )
            return [warning("W_LOGLOSS_INF", text, file=self._source.name, hint=_NO_ACTION)]
        name, count = self._models[finite[0]], int(self._extreme[finite[0]])
        scores = f"score is {extremes}, on" if count == 1 else f"scores are {extremes}, all on"
        text = f"{count:,} {scores} the right side, so the log loss is finite"
        return [warning("W_LOGLOSS_INF", text, **self._whole(name), hint=_NO_ACTION)]
