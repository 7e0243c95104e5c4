"""Thresholds, columns and current system to count by, from the options of ``common-ground tally``.

The functions raise a `ScoreError` if the scenario is invalid, or if the command line names an unknown model.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from metrics.errors import Problem, ScoreError, shown, warning
from metrics.io.scores import Scores
from metrics.scenario.scenario import check_current_system
from metrics.scenario.scenario_file import read_scenario
from metrics.tally.breakdown import Breakdowns
from metrics.tally.file.tally_file import TallyFile, load_tally


def tally_to_count_like(options: argparse.Namespace) -> tuple[TallyFile | None, Breakdowns | None]:
    """Tally of ``--like`` and its breakdowns."""
    like = load_tally(options.like) if options.like else None
    return like, None if like is None else like.tally.breakdowns


def open_with_breakdowns(
    options: argparse.Namespace,
    like: Breakdowns | None,
    open_with: Callable[[argparse.Namespace], Scores],
) -> tuple[Scores, tuple[Problem, ...]]:
    """Open scores with the segments and kinds of defect of another tally.

    Returns
    -------
    Scores, tuple of Problem
        With warnings about columns of the other tally that the scores do not have.
    """
    if like is None:
        return open_with(options), ()
    columns = like.columns
    segments = [] if options.segments else [*columns.segments]
    kind = None if options.defect_type else columns.defect_type
    missing: list[str] = []
    while True:
        named = {
            "segments": options.segments or segments,
            "defect_type": options.defect_type or kind,
        }
        try:
            scores = open_with(argparse.Namespace(**{**vars(options), **named}))
        except ScoreError as error:
            column = error.column
            if error.code != "E_COLUMN" or column is None or column not in (*segments, kind):
                raise
            missing.append(column)
            segments = [name for name in segments if name != column]
            kind = None if kind == column else kind
        else:
            return scores, _missing_columns_warnings(missing, options.like, scores)


def _missing_columns_warnings(
    columns: Sequence[str], like: str, scores: Scores
) -> tuple[Problem, ...]:
    if not columns:
        return ()
    return (
        warning(
            "W_BREAKDOWNS",
            f"the rows lack columns by which {like} is counted, so that a sum cannot be counted by these: "
            f"{', '.join(map(shown, columns))}",
            file=scores.files[0],
            hint="Add these columns to the score files to count by them.",
        ),
    )


def _today(options: argparse.Namespace) -> tuple[str, float] | None:
    """Model and threshold of the current system; `None` if it is not named."""
    today = options.today
    if today is None and options.scenario:
        today = read_scenario(options.scenario).today
    return None if today is None else (today.model, today.threshold)


def current_to_count_against(
    options: argparse.Namespace, models: Sequence[str], file: str, like: Breakdowns | None
) -> tuple[tuple[str, float] | None, tuple[Problem, ...]]:
    """Current system, and a warning if the scenario's current system is not one of the models."""
    today = _today(options) if like is None else like.current_point
    if today is None or today[0] in models:
        return today, ()
    if options.today is not None:
        check_current_system(today[0], models, file)
    if like is not None:
        return None, ()  # Another check requires all models of `like`.
    return None, (
        warning(
            "W_TODAY",
            f"the scenario's today's system must be one of the models to be counted against, got "
            f"{shown(today[0])}",
            file=file,
            hint="Name one of them with --today MODEL@THRESHOLD.",
        ),
    )


def additional_thresholds(options: argparse.Namespace) -> list[float]:
    """Thresholds of the command line and of the current system, which are counted exactly."""
    thresholds, today = [float(text) for text in options.at], _today(options)
    return thresholds if today is None else [*thresholds, today[1]]
