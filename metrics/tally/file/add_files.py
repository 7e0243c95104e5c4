"""Addition of tally files of different rows, such as of days, files or machines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from metrics.errors import Problem, ScoreError, counted, shown, warning
from metrics.io.read_options import Scale, held_out_of_all
from metrics.io.validation.running_checks import few_positives_warning
from metrics.tally.breakdown import BreakdownColumns, Breakdowns, others_warnings
from metrics.tally.categories import OTHER
from metrics.tally.file.header import Header
from metrics.tally.file.tally_file import TallyFile
from metrics.tally.kernel import Floats
from metrics.tally.subset import at_fewer_thresholds, with_models
from metrics.tally.tally import Tally

_CODES_OF_PARTS = frozenset(
    {"W_ADDED", "W_FEWPOSITIVES", "W_CONSTANT", "W_HARD", "W_TRAINING", "W_OTHERS"}
)
"""Codes of warnings that may be true for a part but not for the whole."""
_MOST_NAMES = 12
"""Largest number of names that a warning lists."""


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
    _refuse_repeated_data(tallies)
    for other in tallies[1:]:
        _refuse_differences(first, other)
    notes = [
        warning(
            "W_ADDED",
            f"{len(tallies)} tallies were added, and ids could not be compared: "
            "a unit that is in two of them counts twice",
            hint="Nothing needs to be done where each tally is of other units.",
        )
    ]
    try:
        parts, note = _with_equal_thresholds(tallies, common_thresholds=common_thresholds)
        total = reduce(Tally.__add__, parts)
    except OverflowError as error:
        raise ScoreError(
            "E_SIZE", str(error), file=first.name, hint="Add fewer tallies."
        ) from error
    notes += [
        *note,
        *_lost_breakdown_warnings(tallies, total),
        *_lost_category_warnings(parts, total),
    ]
    notes += few_positives_warning(int(total.rows[1]))
    return TallyFile(total, _header_of_sum(tallies, notes), first.name, "")


def _with_equal_thresholds(
    tallies: Sequence[TallyFile], *, common_thresholds: bool
) -> tuple[list[Tally], list[Problem]]:
    """Tallies with the models and thresholds of the first, or on common thresholds with a warning."""
    first = tallies[0]
    parts = [with_models(file.tally, first.models) for file in tallies]
    if all(np.array_equal(part.thresholds, first.tally.thresholds) for part in parts):
        return parts, []
    if not common_thresholds:
        raise _unequal_thresholds_error(first, tallies, parts)
    parts, note = _at_common_thresholds(parts, first)
    return parts, [note]


def _header_of_sum(tallies: Sequence[TallyFile], notes: Sequence[Problem]) -> Header:
    """Header of a sum: warnings of the parts that are true for the whole, then the given warnings."""
    headers = [file.header for file in tallies]
    lasting = [p for header in headers for p in header.problems if p.code not in _CODES_OF_PARTS]
    return Header(
        columns=headers[0].columns,
        held_out=held_out_of_all(file.held_out for file in tallies),
        files=tuple(dict.fromkeys(name for header in headers for name in header.files)),
        counted=tuple(fingerprint for header in headers for fingerprint in header.counted),
        problems=tuple(dict.fromkeys([*lasting, *notes])),
        max_thresholds=max(header.max_thresholds for header in headers),
    )


def _refuse_repeated_data(tallies: Sequence[TallyFile]) -> None:
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


def _refuse_differences(first: TallyFile, other: TallyFile) -> None:
    """Raise unless two tallies have the same models, counted in the same way."""
    lacking = _not_in_both(first.models, other.models)

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


def _not_in_both(models: Sequence[str], others: Sequence[str]) -> list[str]:
    """Models that are in only one of two sequences."""
    return [m for m in models if m not in others] + [m for m in others if m not in models]


def _unequal_thresholds_error(
    first: TallyFile, tallies: Sequence[TallyFile], parts: Sequence[Tally]
) -> ScoreError:
    """Error that names the first tally and model with other thresholds than the first tally."""
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


def _lost_breakdown_warnings(tallies: Sequence[TallyFile], total: Tally) -> list[Problem]:
    """A warning about breakdowns that some tallies lack and that the sum therefore cannot have."""
    breakdown_names = dict.fromkeys(
        name for file in tallies for name in _breakdown_names(file.tally)
    )
    names_of_sum = _breakdown_names(total)
    lost = [shown(name) for name in breakdown_names if name not in names_of_sum]
    if not lost:
        return []
    return [
        warning(
            "W_BREAKDOWNS",
            f"not all tallies have the same breakdowns, and their sum lacks: {', '.join(lost)}",
            hint="Count the score files that lack them again, with --like and the same columns.",
        )
    ]


def _lost_category_warnings(parts: Sequence[Tally], total: Tally) -> list[Problem]:
    """A warning for each column with categories that some parts count separately and the sum does not."""
    if total.breakdowns is None:
        return []
    columns, warnings = total.breakdowns.columns, []
    summands = [(part.breakdowns or Breakdowns({})).only(columns).all for part in parts]
    for breakdown, *same_column in zip(total.breakdowns.all, *summands, strict=True):
        category_names = dict.fromkeys(
            name for summand in same_column for name in summand.categories
        )
        lost = [
            shown(name) or "(empty)" for name in category_names if name not in breakdown.categories
        ]
        if breakdown.has_others and lost:
            examples = f"{', '.join(lost[:_MOST_NAMES])}{', …' if len(lost) > _MOST_NAMES else ''}"
            warnings.append(
                warning(
                    "W_OTHERS",
                    f"values that not all tallies count apart are counted together as {OTHER!r}: {examples}",
                    column=breakdown.column,
                    hint="Count the score files with --like a tally that has all of these values.",
                )
            )
    warned = {problem.column for problem in warnings}
    other_warnings = [p for p in others_warnings(total.breakdowns) if p.column not in warned]
    return [*warnings, *other_warnings]


def _breakdown_names(tally: Tally) -> list[str]:
    """Names of a tally's breakdowns, for messages."""
    by = BreakdownColumns() if tally.breakdowns is None else tally.breakdowns.columns
    today = [] if by.today is None else [f"today's answer of {by.today[0]} at {by.today[1]!r}"]
    kinds = [] if by.defect_type is None else [f"kinds of defect in {by.defect_type}"]
    return [*(f"parts of {name}" for name in by.segments), *kinds, *today]


def _at_common_thresholds(parts: Sequence[Tally], first: TallyFile) -> tuple[list[Tally], Problem]:
    """Tallies reduced to their common thresholds, and a warning with the number of thresholds dropped."""
    common: list[Floats] = []
    dropped = 0
    for m, model in enumerate(first.models):
        thresholds = [part.finite_thresholds(m) for part in parts]
        shared = reduce(lambda a, b: np.intersect1d(a, b, assume_unique=True), thresholds)
        if shared.size == 0:
            raise ScoreError(
                "E_ADD",
                "tallies must have thresholds in common to add on these, got none",
                file=first.name,
                column=model,
                hint=f"Count the other score files with --like {first.name}.",
            )
        dropped += np.unique(np.concatenate(thresholds)).size - shared.size
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
    """Thresholds of a tally for counting other rows, so that both tallies can be added.

    ``models``, ``scale`` and ``file`` are those of the other rows; the thresholds are in the order of these
    models. Raises ``E_ADD`` if models or scale differ from the tally's.
    """
    lacking = _not_in_both(models, like.models)
    if lacking or scale != like.scale:
        what, got = ("models", ", ".join(map(shown, lacking[:6]))) if lacking else ("scale", scale)
        raise ScoreError(
            "E_ADD",
            f"rows to be counted like a tally must have its {what}, got {got} in one of the two",
            file=file,
            hint=f"Name the models that are in {like.name} with --model, and its scale with --scale.",
        )
    return [like.tally.finite_thresholds(like.tally.index(model)) for model in models]
