"""Words of ``common-ground evaluate``: the lines that the command prints, from the values of its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboard.words.limits.certified import standing_words
from metrics.errors import counted
from metrics.inference.certificates.certification import Standing
from metrics.inference.confidence_level import LEVEL

GROUPS_DOUBTED = "these limits are judged as if every row stood alone, which W_GROUPED doubts"
_HEADS = ("model", "log loss", "Brier", "AUC", "least cost", "threshold", "missed", "alarms")
WHOLE_FIGURES, WHOLE_ENDS = 1e5, 100.0
"""Sizes from which figures and the ends of their intervals are whole numbers."""


def evaluation_lines(result: Mapping[str, Any], at: Sequence[str]) -> Iterator[str]:
    """All figures of an evaluation, each on a line.

    Parameters
    ----------
    result : mapping
        From `dashboard.cli.evaluate.figures.evaluation_json`, ready for JSON.
    """
    models = result["models"]
    width = max(map(len, (_HEADS[0], *models)))
    yield f"{result['rows']:,} rows, {result['positives']:,} defects"
    yield from _table(models, width)
    for threshold in at:
        yield from _at_threshold(models, threshold, width)
    for lines in (_breakdowns, _label_noise, _bands):
        for name, figures in models.items():
            yield from lines(name, figures)
    yield f"{counted(len(result['front']), 'operating point')} on the front"
    if "replicates" in result:
        often = sum((point["front_probability"] or 0) >= 0.5 for point in result["front"])
        half = f"in at least half of {result['replicates']:,} resamples"
        yield f"no other model beats {often} of them {half}"
    if result.get("serving", {}).get("finding"):
        yield result["serving"]["finding"]
    if "guaranteed" in result:
        yield from _guaranteed(result["guaranteed"])
    for name, judged in result.get("limits", {}).get("models", {}).items():
        yield from (f"{name}: {_limit(limit)}" for limit in judged["limits"])


def _table(models: Mapping[str, Any], width: int) -> Iterator[str]:
    """Table of the models, with the point of least cost of each. The names fill ``width`` characters."""
    table: list[tuple[str, ...]] = [_HEADS[1:]]
    for figures in models.values():
        best = figures["lowest_cost"]
        losses = (with_interval(figures, key) for key in ("log_loss_clipped", "brier", "roc_auc"))
        counts = (with_interval(best, key) for key in ("fn", "fp"))
        table.append((*losses, with_interval(best, "cost"), _threshold(best["threshold"]), *counts))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for name, cells in zip((_HEADS[0], *models), table, strict=True):
        right = (f"{cell:>{most}}" for cell, most in zip(cells, widths, strict=True))
        yield "  ".join([f"{name:{width}}", *right])


def _at_threshold(models: Mapping[str, Any], threshold: str, width: int) -> Iterator[str]:
    """Lines with the counts of the models at a threshold. The names fill ``width`` characters."""
    yield f"at {threshold}:"
    for name, figures in models.items():
        counts = figures["at"][threshold]
        shown = (f"{k} {with_interval(counts, k)}" for k in counts if not k.endswith("_interval"))
        yield f"  {name:{width}}  " + "  ".join(shown)


def _breakdowns(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """Lines with the counts by segment and kind of defect, and the changes from the current system."""
    parts = [*figures.get("by", {}).items()]
    if "types" in figures:
        parts.append(("kind of defect", figures["types"]))
    for column, categories in parts:
        for category, at in categories.items():
            for threshold, counts in at.items():
                part = f"{column} {category or '(empty)'}"
                yield f"{name} at {threshold}, {part}: {_listed(counts)}"
    for threshold, counts in figures.get("flips", {}).items():
        yield f"{name} at {threshold}, against today: {_listed(counts)}"


def _label_noise(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """Lines with the ranges of recall and precision if some of the good labels are wrong."""
    noise = figures.get("label_noise")
    if noise is None or noise["share"] is None:
        return
    places = {f"at {typed}": ranges for typed, ranges in noise["at"].items()}
    wrong = f"if {100 * noise['share']:g}% of the good labels are wrong"
    for where, ranges in {**places, "at least cost": noise["lowest_cost"]}.items():
        words = " and ".join(
            f"{rate} is {_figure(ranges[rate][0])} to {_figure(ranges[rate][1])}"
            for rate in ("recall", "precision")
        )
        yield f"{name} {where}: {wrong}, {words}"


def _bands(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """Lines with the best thresholds between which people inspect."""
    bands = {f"at {typed}": band for typed, band in figures.get("review", {}).items()}
    if "inspection" in figures:
        bands["as the scenario says"] = figures["inspection"]
    for inspectors, band in bands.items():
        low, high = (_threshold(band[key]) for key in ("ship_below", "reject_from"))
        cost, reviewed = _figure(band["cost"]), _figure(band["reviewed"])
        yield f"{name}, inspected {inspectors}: from {low} to {high}, {reviewed} units, cost {cost}"


def _guaranteed(guaranteed: Mapping[str, Any]) -> Iterator[str]:
    limits = " and ".join(guaranteed["limits"])
    sure = f"with {100 * guaranteed['confidence']:g}% confidence"
    if "looks" in guaranteed:
        sure += f" at all of {guaranteed['looks']} looks together"
    best, count = guaranteed["least_cost"], len(guaranteed["points"])
    if best is None:
        yield f"no model and threshold meets {limits} {sure}"
        return
    which = f"{count} models and thresholds meet" if count > 1 else "one threshold of a model meets"
    yield f"{which} {limits} {sure}"
    place = f"{best['model']} at {_threshold(best['threshold'])}"
    yield f"cheapest of them: {place}, cost {_figure(best['cost'])}"


def _limit(limit: Mapping[str, Any]) -> str:
    """Whether a limit is met, and its figure."""
    outcome = "met" if limit["met"] else "not met"
    if "standing" in limit:
        outcome = standing_words(Standing(limit["standing"]), LEVEL)
    value = with_interval(limit, "value")
    if "value_shrunken" in limit:
        value += f", after shrinking {_figure(limit['value_shrunken'])}"
    return f"{limit['limit']}: {outcome} ({value})"


def _listed(counts: Mapping[str, Any]) -> str:
    names = (name for name in counts if not name.endswith("_interval"))
    return ", ".join(f"{name.replace('_', ' ')} {with_interval(counts, name)}" for name in names)


def with_interval(figures: Mapping[str, Any], key: str) -> str:
    """Figure with its interval: ``292 (261 to 326)``. The interval is left out if both ends read the same."""
    value, ends = figures[key], figures.get(f"{key}_interval")
    if ends is None or value is None:
        return _figure(value)
    is_whole = isinstance(value, int) or _is_from(value, WHOLE_ENDS)
    low, high = (_end(end, is_whole=is_whole) for end in ends)
    return _figure(value) if low == high else f"{_figure(value)} ({low} to {high})"


def _figure(value: float | str | None) -> str:
    """Number in six significant digits, or in full if it has more before the decimal point."""
    return _formatted(value, "z,.0f" if _is_from(value, WHOLE_FIGURES) else ",.6g")


def _end(value: float | str | None, *, is_whole: bool) -> str:
    """End of an interval: a whole number, or a small number in four significant digits."""
    return _formatted(value, "z,.0f" if is_whole or _is_from(value, WHOLE_ENDS) else ".4g")


def _is_from(value: float | str | None, least: float) -> bool:
    """Whether a value is a number of at least this size."""
    return isinstance(value, int | float) and abs(value) >= least


def _threshold(value: float | str | None) -> str:
    return _formatted(value, ".6g")


def _formatted(value: float | str | None, form: str) -> str:
    """Format a number of the JSON, in which infinity is a text and an undefined number is None."""
    if value is None:
        return "-"
    return value if isinstance(value, str) else format(value, form)
