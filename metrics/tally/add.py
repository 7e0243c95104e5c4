"""Addition of tallies of different rows, such as of days, files or machines.

This module also aligns tallies: it reorders their models, and reduces them to common thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError, counted, shown, warning
from metrics.io.read_options import Scale, held_out_of_all
from metrics.io.validation.checks import FEW_POSITIVES
from metrics.tally.breakdown import Axes, Breakdowns, others_warnings
from metrics.tally.categories import OTHER
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally, empty_tally
from metrics.tally.tally_file import TallyFile
from metrics.tally.tally_header import Header

_OF_A_PART = frozenset(
    {"W_ADDED", "W_FEWPOSITIVES", "W_CONSTANT", "W_HARD", "W_TRAINING", "W_OTHERS"}
)
"""Codes of warnings that may be true for a part but not for the whole."""


def add_tallies(tallies: Sequence[TallyFile], *, common_thresholds: bool = False) -> TallyFile:
    """Add tallies of different rows.

    Parameters
    ----------
    tallies : sequence of TallyFile
        At least one.
    common_thresholds : bool
        If thresholds differ, keep those that all tallies have; ``W_COMMONTHRESHOLDS`` gives the number
        dropped.

    Returns
    -------
    TallyFile
        The models are in the order of the first tally.

    Raises
    ------
    ScoreError
        ``E_ADD`` if models or scales differ, if the counted columns differ, or, unless ``common_thresholds``,
        if thresholds differ. ``E_DUPFILE`` if two tallies contain the same data set.

    Notes
    -----
    Counts add exactly; sums of floats depend on the given order. A single unit that is in two tallies cannot
    be detected.
    """
    first = tallies[0]
    if len(tallies) == 1:
        return first
    _refuse_twice(tallies)
    for other in tallies[1:]:
        _refuse_unlike(first, other)
    parts = [with_models(file.tally, first.models) for file in tallies]
    notes = [
        warning(
            "W_ADDED",
            f"{len(tallies)} tallies were added, and ids could not be compared: "
            "a unit that is in two of them counts twice",
            hint="Nothing needs to be done where each tally is of other units.",
        )
    ]
    try:
        if any(not np.array_equal(part.thresholds, parts[0].thresholds) for part in parts):
            if not common_thresholds:
                raise _unequal(first, tallies, parts)
            parts, note = _on_common(parts, first)
            notes.append(note)
        total = reduce(Tally.__add__, parts)
        notes += [*_breakdowns_lost(tallies, total), *_categories_lost(parts, total)]
    except OverflowError as error:
        raise ScoreError(
            "E_SIZE", str(error), file=first.name, hint="Add fewer tallies."
        ) from error
    defects = int(total.rows[1])
    if defects < FEW_POSITIVES:
        text = f"only {counted(defects, 'defect')}: every figure is uncertain"
        notes.append(warning("W_FEWPOSITIVES", text))
    of_parts = [problem for file in tallies for problem in file.header.problems]
    lasting = [problem for problem in of_parts if problem.code not in _OF_A_PART]
    header = Header(
        columns=first.header.columns,
        held_out=held_out_of_all(file.held_out for file in tallies),
        files=tuple(dict.fromkeys(name for file in tallies for name in file.header.files)),
        counted=tuple(fingerprint for file in tallies for fingerprint in file.header.counted),
        problems=tuple(dict.fromkeys([*lasting, *notes])),
        max_thresholds=max(file.header.max_thresholds for file in tallies),
    )
    return TallyFile(total, header, first.name, "")


def with_models(tally: Tally, models: Sequence[str]) -> Tally:
    """The tally with the given models only, in the given order."""
    if tuple(models) == tally.models:
        return tally
    breakdowns = tally.breakdowns and tally.breakdowns.each(lambda own: own.of_models(models))
    chosen = tally.of_models([tally.index(model) for model in models])
    return replace(chosen, breakdowns=breakdowns)


def at_fewer_thresholds(tally: Tally, thresholds: Sequence[Floats]) -> Tally:
    """The tally at fewer thresholds: for each model an ascending subset of its thresholds.

    Counts are exact. ``between`` is an upper bound where it was above 0 before, because the position of those
    rows is unknown.
    """
    tally = replace(tally, values=tally.dense_values)
    out = empty_tally(
        tally.models,
        thresholds,
        scale=tally.scale,
        weighted=tally.weights is not None,
        valued=tally.values is not None,
        grouped=tally.grouped,
        buckets=tally.counts.shape[0],
    )
    between = np.zeros_like(tally.between)
    for m, fewer in enumerate(thresholds):
        old = tally.finite_thresholds(m)
        # Bin b of the old thresholds lies after this number of the fewer thresholds.
        new = np.concatenate([[0], np.searchsorted(fewer, old, side="right")])
        for name in ("counts", "weights", "values"):
            source, target = getattr(tally, name), getattr(out, name)
            if source is not None:
                _merge(source[:, m, : old.size + 1], new, target[:, m])
        np.maximum.at(out.highest[m], new, tally.highest[m, : old.size + 1])
        dropped = np.append(False, ~np.isin(old, fewer))
        between[m] = tally.between[m] + tally.counts[:, m, : old.size + 1][:, dropped].sum(
            axis=(0, 1)
        )
    total = tally.rows
    return replace(
        out,
        losses=tally.losses,
        infinite=tally.infinite,
        between=np.minimum(between, total),
        calibration=tally.calibration,
        breakdowns=tally.breakdowns and tally.breakdowns.each(lambda own: own.at(thresholds)),
    )


def _merge(bins: NDArray[Any], into: NDArray[np.intp], out: NDArray[Any]) -> None:
    """Sum bins (axis 1) into the bins that contain them; a bin without any stays 0."""
    starts = np.flatnonzero(np.append(True, np.diff(into) > 0))
    summed = np.add.reduceat(
        bins.astype(np.int64 if bins.dtype == np.uint32 else bins.dtype), starts, axis=1
    )
    if bins.dtype == np.uint32 and (summed > np.iinfo(np.uint32).max).any():
        raise OverflowError("a bin of a bucket must hold at most 4,294,967,295 rows")
    out[:, into[starts]] = summed


def _refuse_twice(tallies: Sequence[TallyFile]) -> None:
    """Raise if two of the tallies contain the same data set."""
    name_by_data: dict[str, str] = {}
    for file in tallies:
        for fingerprint in file.header.counted:
            if fingerprint in name_by_data:
                raise ScoreError(
                    "E_DUPFILE",
                    f"the same rows must be added once, got {', '.join(file.header.files)} in "
                    f"{name_by_data[fingerprint]} too",
                    file=file.name,
                    value=fingerprint,
                    hint="Leave one out.",
                )
        name_by_data |= dict.fromkeys(file.header.counted, file.name)


def _refuse_unlike(first: TallyFile, other: TallyFile) -> None:
    """Raise unless two tallies have the same models, counted in the same way."""
    lacking = _in_one_alone(first.models, other.models)

    def sides(file: TallyFile) -> tuple[bool, ...]:
        columns = file.columns
        return columns.weight is not None, columns.value is not None, columns.group is not None

    rules = {
        "models": (bool(lacking), ", ".join(map(shown, lacking[:6]))),
        "scale": (first.scale != other.scale, f"{first.scale} and {other.scale}"),
        "number of buckets": (
            first.tally.counts.shape[0] != other.tally.counts.shape[0],
            f"{first.tally.counts.shape[0]} and {other.tally.counts.shape[0]}",
        ),
        "weight, value and group": (sides(first) != sides(other), "one that the other has not"),
    }
    for name, (differs, got) in rules.items():
        if differs:
            raise ScoreError(
                "E_ADD",
                f"tallies must have the same {name} to add, got {got} in one of "
                f"{first.name} and {other.name}",
                file=other.name,
                hint="Count the score files again with the same options.",
            )


def _in_one_alone(models: Sequence[str], others: Sequence[str]) -> list[str]:
    return [m for m in models if m not in others] + [m for m in others if m not in models]


def _unequal(first: TallyFile, tallies: Sequence[TallyFile], parts: Sequence[Tally]) -> ScoreError:
    """Error that names the first tally and model whose thresholds differ from the first tally's."""
    k = next(
        k for k, p in enumerate(parts) if not np.array_equal(p.thresholds, parts[0].thresholds)
    )
    m = next(
        m
        for m in range(len(first.models))
        if not np.array_equal(parts[0].finite_thresholds(m), parts[k].finite_thresholds(m))
    )
    thresholds, others = (set(parts[i].finite_thresholds(m).tolist()) for i in (0, k))
    return ScoreError(
        "E_ADD",
        f"tallies must have equal thresholds to add exactly, got {len(thresholds):,} and "
        f"{len(others):,} with {len(thresholds & others):,} in common",
        file=tallies[k].name,
        column=first.models[m],
        hint=f"Count its score files with --like {first.name}, or add on the common ones with "
        "--common-thresholds.",
    )


def _breakdowns_lost(tallies: Sequence[TallyFile], total: Tally) -> list[Problem]:
    """A warning about breakdowns that some tallies lack and that the sum therefore cannot have."""
    kept = {*_breakdown_names(total)}
    every = [name for file in tallies for name in _breakdown_names(file.tally)]
    lost = [shown(name) for name in dict.fromkeys(every) if name not in kept]
    if not lost:
        return []
    return [
        warning(
            "W_BREAKDOWNS",
            f"not all tallies have the same breakdowns, and their sum lacks: {', '.join(lost)}",
            hint="Count the score files that lack them again, with --like and the same columns.",
        )
    ]


def _categories_lost(parts: Sequence[Tally], total: Tally) -> list[Problem]:
    """A warning for each column whose sum puts categories into "other" that some parts counted separately."""
    if total.breakdowns is None:
        return []
    axes, found = total.breakdowns.axes, []
    of_parts = [(part.breakdowns or Breakdowns({})).only(axes).all for part in parts]
    for own, *parts_of_own in zip(total.breakdowns.all, *of_parts, strict=True):
        every = dict.fromkeys(name for part in parts_of_own for name in part.categories)
        lost = [shown(name) or "(empty)" for name in every if name not in own.categories]
        if own.has_others and lost:
            some = f"{', '.join(lost[:_SOME])}{', …' if len(lost) > _SOME else ''}"
            found.append(
                warning(
                    "W_OTHERS",
                    f"values that not all tallies count apart are counted together as {OTHER!r}: {some}",
                    column=own.column,
                    hint="Count the score files with --like a tally that has all of these values.",
                )
            )
    columns = {problem.column for problem in found}
    rest = [p for p in others_warnings(total.breakdowns) if p.column not in columns]
    return [*found, *rest]


_SOME = 12
"""Largest number of names that a warning lists."""


def _breakdown_names(tally: Tally) -> list[str]:
    """Names of a tally's breakdowns, for messages."""
    axes = Axes() if tally.breakdowns is None else tally.breakdowns.axes
    today = (
        [] if axes.today is None else [f"today's answer of {axes.today[0]} at {axes.today[1]!r}"]
    )
    kinds = [] if axes.defect_type is None else [f"kinds of defect in {axes.defect_type}"]
    return [*(f"parts of {name}" for name in axes.segments), *kinds, *today]


def _on_common(parts: Sequence[Tally], first: TallyFile) -> tuple[list[Tally], Problem]:
    """Tallies reduced to their common thresholds, and a warning with the number of thresholds dropped."""
    common: list[Floats] = []
    dropped = 0
    for m, model in enumerate(first.models):
        of_parts = [part.finite_thresholds(m) for part in parts]
        shared = reduce(lambda a, b: np.intersect1d(a, b, assume_unique=True), of_parts)
        if shared.size == 0:
            raise ScoreError(
                "E_ADD",
                "tallies must have thresholds in common to add on these, got none",
                file=first.name,
                column=model,
                hint=f"Count the other score files with --like {first.name}.",
            )
        dropped += np.unique(np.concatenate(of_parts)).size - shared.size
        common.append(shared)
    left = counted(sum(shared.size for shared in common), "threshold")
    note = warning(
        "W_COMMONTHRESHOLDS",
        f"the tallies had different thresholds: those that all have were kept, {left}, and "
        f"{dropped:,} dropped",
        hint="Count with --like, so that all have the same.",
    )
    return [at_fewer_thresholds(part, common) for part in parts], note


def thresholds_like(
    like: TallyFile, models: Sequence[str], scale: Scale, file: str
) -> list[Floats]:
    """Thresholds of a tally, ordered for the models of other rows, so that both tallies can be added.

    Models, scale and file belong to the other rows. Raises ``E_ADD`` if models or scale differ from the
    tally's.
    """
    lacking = _in_one_alone(models, like.models)
    if lacking or scale != like.scale:
        what, got = ("models", ", ".join(map(shown, lacking[:6]))) if lacking else ("scale", scale)
        raise ScoreError(
            "E_ADD",
            f"rows to be counted like a tally must have its {what}, got {got} in one of the two",
            file=file,
            hint=f"Name the models that are in {like.name} with --model, and its scale with --scale.",
        )
    return [like.tally.finite_thresholds(like.tally.index(model)) for model in models]
