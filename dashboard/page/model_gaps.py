"""Whether the gaps between models are clear: each model's best point, and every pair's gap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cards import has_places
from dashboard.analysis.optimism import best_of_each_model, ranges_of_own_best
from dashboard.analysis.selection import Selection
from dashboard.page.state import PageState
from dashboard.words.limit_names import within_noun
from dashboard.words.numbers import figure, span, unit_noun, unit_period, unit_words
from dashboard.words.phrases import bound_words, place_words
from dashboard.words.resampling import resampled_words
from metrics import OBJECTIVES, Pick
from metrics.inference.comparison import Gap, paired_difference, rank_ranges
from metrics.inference.optimism import OptimismCorrected


@dataclass(frozen=True)
class Gaps:
    """All pairs of models on one objective, each at its own best threshold.

    Attributes
    ----------
    picks : tuple of Pick
        Best first.
    ranges : tuple of (float, float)
        95 % interval of each pick's figure, which allows for the choice of its threshold.
    pairs : mapping of (int, int) to Gap
        Of positions in ``picks``: the first against the second.
    places : tuple of (int, int)
        Between which places each model is in truth, all judged at once; as the card says it of a ranking.
    """

    picks: tuple[Pick, ...]
    ranges: tuple[tuple[float, float], ...]
    pairs: dict[tuple[int, int], Gap]
    places: tuple[tuple[int, int], ...]

    @property
    def together(self) -> tuple[bool, ...]:
        """Which could be the first, all models judged at once: the model confidence set."""
        return tuple(first == 1 for first, _ in self.places)


def judged_by(analysis: Analysis, name: str) -> Stakeholder:
    """The stakeholder by whose objective gaps are judged; ``cost``: everyone, by the cost of errors."""
    if name != "cost":
        return analysis.stakeholder(name)
    return Stakeholder("cost", "Everyone", OBJECTIVES["cost_of_errors"], None, None)


def gaps_of(selection: Selection, stakeholder: Stakeholder) -> Gaps:
    """The gaps between every two models, found once for all parts of the page."""
    analysis = selection.analysis
    key = analysis.keyed("gaps", analysis.intervals_key, stakeholder.name)
    return cache.STORE.get(key, lambda: between(selection, stakeholder))


def between(selection: Selection, stakeholder: Stakeholder) -> Gaps:
    """Find the gaps between every two models."""
    analysis = selection.analysis
    assert analysis.uncertainty is not None
    o = stakeholder.objective
    own = best_of_each_model(analysis, stakeholder)
    picks = [p for p in own.values() if p is not None and math.isfinite(p.value)]
    picks.sort(key=lambda p: float(o.direction.loss(np.asarray(p.value))))
    bootstrap = analysis.uncertainty.bootstrap
    columns = [bootstrap.values_at(o, p.model, p.threshold) for p in picks]
    known = ranges_of_own_best(selection, stakeholder)
    ranges = [known[p.model] for p in picks]
    blocks = bootstrap.blocks
    pairs = {
        (i, j): paired_difference(
            o, columns[i], columns[j], picks[i].value - picks[j].value, blocks=blocks
        )
        for i in range(len(picks))
        for j in range(len(picks))
        if i != j
    }
    if not picks:
        return Gaps((), (), {}, ())
    values = np.array([p.value for p in picks])
    first, last = rank_ranges(o, values, np.column_stack(columns), blocks=blocks)
    places = tuple((int(low), int(high)) for low, high in zip(first, last, strict=True))
    return Gaps(tuple(picks), tuple(ranges), pairs, places)


def best_words(analysis: Analysis, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """The best figure, with its interval, and its place where places are judged."""
    o, best, scenario = stakeholder.objective, gaps.picks[0], analysis.scenario
    line = f"{o.label} {figure(o, best.value, scenario)} {unit_words(o, scenario)}".rstrip()
    known = span(o, best.value, *gaps.ranges[0], scenario)
    line += f" ({known})" if known else ""
    many = len(gaps.picks)
    if many < 3 or not has_places(o):
        return line
    return f"{line}, {place_words(*gaps.places[0])} of {many} models"


def condition_words(page: PageState, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """Within which condition each model's best is taken, and what limits that are left aside make of it."""
    o, own = stakeholder.objective, stakeholder.pick
    said, bound = [], stakeholder.bound
    within = "" if bound is None else f" {bound_words(bound, page.scenario)}"
    if within or not o.of_model:
        said.append(f"Each model{'' if o.of_model else ' at its best threshold'}{within}.")
    if page.limits and own is not None and own.value != gaps.picks[0].value:
        best = f"{page.label(own.model)}, {figure(o, own.value, page.scenario)}"
        said.append(f"Best {within_noun(page.analysis)}, as on Decide: {best}.")
    return " ".join(said)


def expected(
    analysis: Analysis,
    stakeholder: Stakeholder,
    found: OptimismCorrected | None,
    at_best: tuple[float, float] = (math.nan, math.nan),
) -> str:
    """What the best is worth where it was not chosen; nothing where no more than none was seen of it."""
    o, best = stakeholder.objective, stakeholder.pick
    if found is None or (best is not None and best.value == 0 and not o.signed):
        return ""
    written = figure(o, float(f"{found.value:.3g}"), analysis.scenario)
    value = f"{written} {unit_noun(o, analysis.scenario)}".rstrip()
    low, high = at_best
    if not math.isnan(low + high):
        low, high = min(low, found.value), max(high, found.value)
        known = span(o, found.value, low, high, analysis.scenario)
        value += f" ({known})" if known else ""
    if unit_period(o, analysis.scenario) == "a year":
        return f"Chosen again on new data: about {value} a year."
    return f"Chosen again on as much new data: about {value}."


def alone(analysis: Analysis) -> str:
    """Why there is nothing to judge beside one model, and what to do about it."""
    if len(analysis.dataset.scores.models) == 1:
        why, act = "model is open", " Add another on the Data page."
    elif analysis.points["model"].nunique() == 1:
        why, act = "model is shown", " Show another on the Data page."
    else:
        why, act = "model has a threshold that this stakeholder would pick", ""
    return f"Only one {why}, so there is no gap to judge.{act}"


OF_THRESHOLD = (
    "An interval allows for the threshold having been picked on these units, and not for a model’s being "
    "the best of many, which Decide allows for at the chosen point. Gaps are of thresholds as they stand. "
)
"""What the intervals of the models' best figures allow for."""


def note(page: PageState, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """What is behind the matrix and the headline."""
    choice = "" if stakeholder.objective.of_model else OF_THRESHOLD
    return (
        "Each model at the threshold that this stakeholder would choose of it, which is held, on the same "
        f"1,000 resamples of the units: {resampled_words(page.scenario)}; equal ones count half. "
        f"{choice}A pair may be chance where the 95 % interval of its gap holds 0. The headline judges all "
        "models at once and so asks for more than any one pair does: it can leave open what a pair alone "
        "makes clear."
    )
