"""Run of ``common-ground evaluate``: open and count the scores, evaluate them, and judge the limits."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboard.arguments.input_options import (
    add_input_options,
    add_json_option,
    add_scenario_options,
)
from dashboard.arguments.open_dataset import with_workers
from dashboard.arguments.parser import UsageError
from dashboard.cli.evaluate import breakdowns, counting, figures, intervals, limits
from dashboard.cli.evaluate.options import Request, add_evaluation_options, parse_request
from dashboard.cli.outcome import LIMIT_MISSED, OK, REFUSED, print_problems
from dashboard.cli.terminal import say
from dashboard.decisions.canonical_json import json_ready
from dashboard.words.evaluation import GROUPS_DOUBTED, evaluation_lines
from dashboard.words.limits.certified import needed_rows_sentences
from metrics import Evaluation, ScoreError, Scores, TallyFile, evaluate, load_objectives
from metrics.errors import Problem
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.certificates.certification import certification
from metrics.selection.limits import Limit


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``evaluate``."""
    add_input_options(parser)
    add_scenario_options(parser)
    add_evaluation_options(parser)
    add_json_option(parser)


@dataclass(frozen=True)
class Evaluated:
    """Evaluated scores of a command line.

    Attributes
    ----------
    figures : dict
        Figures of ``--json``.
    problems : tuple of Problem
        Warnings about the scores and the figures.
    evaluation : Evaluation
    to_guarantee : list of Limit
        Limits of ``--guarantee``.
    """

    figures: dict[str, Any]
    problems: tuple[Problem, ...]
    evaluation: Evaluation
    to_guarantee: list[Limit]


def run_evaluate(options: argparse.Namespace) -> int:
    """Print the figures of every model, and the front."""
    try:
        evaluated = _evaluate(options)
    except ScoreError as error:
        if options.json:
            nothing: dict[str, Any] = {"rows": None, "positives": None, "models": {}, "front": []}
            _print_json(nothing, error.problems)
        else:
            print_problems(error.problems)
            say("refused", file=sys.stderr)
        return REFUSED
    if options.json:
        _print_json(evaluated.figures, evaluated.problems)
    else:
        print_problems(evaluated.problems)  # first, because the problems may concern all figures
        for line in _lines(evaluated, options):
            say(line)
    is_met = evaluated.figures.get("limits", {"met": True})["met"]
    return OK if is_met else LIMIT_MISSED


def _print_json(figures: dict[str, Any], problems: Sequence[Problem]) -> None:
    listed = [problem.as_dict() for problem in problems]
    print(json.dumps(json_ready({**figures, "problems": listed}), allow_nan=False))


def _lines(evaluated: Evaluated, options: argparse.Namespace) -> Iterator[str]:
    """Lines about the figures, about certificates that need more units, and about groups of rows."""
    result, evaluation = evaluated.figures, evaluated.evaluation
    to_guarantee = evaluated.to_guarantee
    yield from evaluation_lines(json_ready(result), options.at)
    if to_guarantee and not result["guaranteed"]["points"]:
        certified = certification(evaluation, to_guarantee, confidence=options.confidence)
        sentences = needed_rows_sentences(certified, evaluation.tally)
        for limit, sentence in zip(to_guarantee, sentences, strict=True):
            if sentence:
                yield f"{limit.text}: {sentence}"
    is_grouped = any(problem.code == "W_GROUPED" for problem in evaluated.problems)
    if is_grouped and {"guaranteed", "limits"} & {*result}:
        yield GROUPS_DOUBTED


def _evaluate(options: argparse.Namespace) -> Evaluated:
    """Evaluate the scores of a command line, and judge its limits."""
    if options.objectives:
        load_objectives(options.objectives)
    request = parse_request(options)
    if options.labels_from == "flagged":
        limits.refuse_limits([*request.to_judge, *request.to_guarantee])
    scores, evaluation, problems = _open_and_count(options, request)
    result = figures.evaluation_json(evaluation, options.at)
    warned = {problem.column for problem in problems if problem.code == "W_OTHERS"}
    added = _add_requested(options, result, scores, evaluation)
    problems += tuple(p for p in added if p.code != "W_OTHERS" or p.column not in warned)
    if request.scenario.inspection is not None:
        inspected = replace(evaluation.scenario, inspection=request.scenario.inspection)
        figures.add_band_of_scenario(result, inspected, evaluation)
    problems += _judge(options, request, result, scores, evaluation)
    if options.labels_from == "flagged":
        result = figures.without_misses(result)
        problems += (figures.ONLY_FLAGGED,)
    return Evaluated(result, problems, evaluation, request.to_guarantee)


def _open_and_count(
    options: argparse.Namespace, request: Request
) -> tuple[Scores | TallyFile, Evaluation, tuple[Problem, ...]]:
    """Open and count the scores; return them, their evaluation, and warnings about certifying limits."""
    # The scenario's inspectors change no figure of a model. Their band is added like those of `--review`.
    scenario = replace(request.scenario, inspection=None)
    compares = any(limit.objective.is_against_current for limit in request.to_certify)
    against = counting.place_of_current(scenario.today) if compares else None
    scores = counting.open_requested(options, scenario)
    tally = counting.tally_of(scores, scenario, options, against)
    scenario = with_workers(
        scenario, scores.models, named=options.serving, files=tuple(options.files)
    )
    with_limits = {*scenario.limits, *(limit.objective.id for limit in request.to_judge)}
    evaluation = evaluate(tally, scenario, curves=counting.curves_of(scores, tally, with_limits))
    problems = scores.problems + figures.miss_weight_warnings(scenario)
    problems += limits.judge_rows(
        scores.held_out, request.to_certify, evaluation, is_audit=options.labels_from == "audit"
    )
    by = tally.breakdowns
    if against is not None and (by is None or by.paired_with(against) is None):
        problems += (limits.NOT_PAIRED,)
    return scores, evaluation, problems


def _add_requested(
    options: argparse.Namespace,
    result: dict[str, Any],
    scores: Scores | TallyFile,
    evaluation: Evaluation,
) -> tuple[Problem, ...]:
    """Add the figures that an option or the scenario asks for; return warnings about them."""
    problems: tuple[Problem, ...] = ()
    if evaluation.scenario.serving is not None:
        result["serving"] = figures.serving_json(evaluation)
    bootstrap: Bootstrap | None = None
    if options.bootstrap is not None:
        bootstrap = Bootstrap.draw(evaluation, replicates=options.bootstrap, seed=options.seed)
        result |= intervals.add_intervals(result, bootstrap)
        problems += intervals.scarcity_warnings(bootstrap)
    if columns := counting.breakdown_columns(options, scores):
        problems += breakdowns.add_breakdowns(result, scores, columns, options.at, bootstrap)
    if options.label_noise is not None:
        figures.add_label_noise(result, options.label_noise)
    if options.review:
        figures.add_bands(result, evaluation, options.review, options.review_at_most)
    return problems


def _judge(
    options: argparse.Namespace,
    request: Request,
    result: dict[str, Any],
    scores: Scores | TallyFile,
    evaluation: Evaluation,
) -> tuple[Problem, ...]:
    """Add the points that ``--guarantee`` lists, and the outcome of ``--fail-unless``; return warnings."""
    if request.to_guarantee:
        try:
            result["guaranteed"] = limits.guaranteed_json(
                evaluation, request.to_guarantee, options.confidence
            )
        except ValueError as error:
            raise UsageError(f"argument --guarantee: {error}") from error
    if not request.to_judge:
        return ()
    result["limits"] = limits.judge_limits(
        evaluation, request.to_judge, by_point=options.point_estimate
    )
    limits.add_worst_shares(result["limits"], request.to_judge, evaluation, scores)
    return () if options.point_estimate else limits.judged_by_point(evaluation, request.to_judge)
