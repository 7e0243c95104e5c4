"""Options and run of ``common-ground evaluate``."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from dashboard.arguments.input_options import (
    add_input_options,
    add_json_option,
    add_scenario_options,
)
from dashboard.arguments.open_dataset import with_workers
from dashboard.arguments.parser import (
    UsageError,
    number_that,
    positive_int,
    replicates_text,
    threshold_text,
    today_text,
)
from dashboard.cli.evaluate import breakdowns, counting, figures, intervals, limits
from dashboard.cli.outcome import LIMIT_MISSED, OK, REFUSED, print_problems
from dashboard.cli.terminal import say
from dashboard.decisions.canonical_json import json_ready
from dashboard.words.evaluation import evaluation_lines
from dashboard.words.limits.certified import what_it_takes
from metrics import (
    Evaluation,
    Scenario,
    ScoreError,
    Scores,
    TallyFile,
    evaluate,
    load_objectives,
    read_scenario,
)
from metrics.errors import Problem
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.certificates.certification import certification
from metrics.inference.confidence_level import LEVEL
from metrics.io.read_options import LabelsFrom
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Looks
from metrics.selection.limits import Limit, parse_limit

REPEATABLE: dict[str, Any] = {"action": "append", "default": []}


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``evaluate``."""
    add_input_options(parser)
    add_scenario_options(parser)
    parser.add_argument(
        "--miss-cost",
        type=_above_zero,
        metavar="N",
        help="false alarms that a missed defect is worth (5, or the scenario's)",
    )
    parser.add_argument(
        "--at",
        **REPEATABLE,
        type=threshold_text,
        metavar="THRESHOLD",
        help="give the counts at this threshold; repeatable",
    )
    parser.add_argument(
        "--today",
        type=today_text,
        metavar="MODEL@THRESHOLD",
        help="today's system, in place of the scenario's; says which units it and a model flag at --at",
    )
    parser.add_argument(
        "--bootstrap",
        type=replicates_text,
        metavar="N",
        help="add 95%% intervals, and how often each point is on the front, from N resamples of the rows "
        "(100 or more; --seed selects them)",
    )
    parser.add_argument(
        "--fail-unless",
        **REPEATABLE,
        metavar="LIMIT",
        help="exit with 3 unless a model meets all limits at its own threshold of least cost, with 95%% "
        "confidence where that can be said, such as 'missed_defects_per_1000_defects <= 80'; repeatable",
    )
    parser.add_argument(
        "--point-estimate",
        action="store_true",
        help="let the figures of the file alone decide about --fail-unless",
    )
    parser.add_argument(
        "--guarantee",
        **REPEATABLE,
        metavar="LIMIT",
        help="list the models and thresholds that meet this limit on average over new data, with "
        "--confidence, after choosing among all, at one look and with these limits, such as "
        "'recall >= 0.9'; repeatable",
    )
    parser.add_argument(
        "--confidence",
        type=_confidence,
        default=LEVEL,
        metavar="SHARE",
        help="share of samples in which all points that --guarantee lists meet their limits (0.95)",
    )
    parser.add_argument(
        "--looks",
        type=positive_int,
        metavar="N",
        help="number of times that --guarantee or --fail-unless will judge the growing data, announced "
        "before the first; the confidence is that of all of them together (1, or the scenario's)",
    )
    parser.add_argument(
        "--review",
        **REPEATABLE,
        type=_review,
        metavar="COST,CATCHES,REJECTS",
        help="find the best pair of thresholds between which people inspect units: what an inspection costs "
        "in false alarms, the share of defects and of good units that they reject; repeatable",
    )
    parser.add_argument(
        "--review-at-most",
        type=_share,
        default=1.0,
        metavar="SHARE",
        help="largest share of the units that people may inspect (1)",
    )
    parser.add_argument(
        "--labels-from",
        choices=get_args(LabelsFrom),
        default="all",
        help="which units have a checked label. all: every unit; flagged: only units that the current system "
        "flags (no recall, no cost of misses); audit: these and a sample of the others, see --audit (all)",
    )
    parser.add_argument(
        "--audit",
        metavar="COL",
        help="chance with which each unit was checked, or a mark of the units that were drawn at random "
        "among those that --today does not flag; what was not checked is left out",
    )
    parser.add_argument(
        "--label-noise",
        type=_share,
        metavar="SHARE",
        help="say how far recall, precision and the rest may be off if up to this share of the good labels "
        "is wrong, such as 0.01",
    )
    add_json_option(parser)


_above_zero = number_that("be above 0", lambda value: 0 < value < math.inf)
_confidence = number_that("be above 0 and below 1", lambda value: 0 < value < 1)
_share = number_that("be between 0 and 1", lambda value: 0 <= value <= 1)
_cost = number_that("not be below 0", lambda value: 0 <= value < math.inf)


def _review(text: str) -> tuple[str, Inspection]:
    """Argument of ``--review`` as typed, and the inspection that it describes."""
    fields = text.split(",")
    if len(fields) != 3:
        raise argparse.ArgumentTypeError(f"must read like 0.5,0.95,0.01, got {text}")
    cost, catches, rejects = _cost(fields[0]), _share(fields[1]), _share(fields[2])
    return text, Inspection(false_alarms=cost, catches=catches, rejects=rejects)


def _limits(texts: Sequence[str], option: str) -> list[Limit]:
    """Limits from the arguments of an option."""
    try:
        return [parse_limit(text) for text in texts]
    except ValueError as error:
        raise UsageError(f"argument {option}: {error}") from error


def _scenario(options: argparse.Namespace) -> Scenario:
    scenario = read_scenario(options.scenario) if options.scenario else Scenario()
    if options.miss_cost is not None:
        scenario = replace(scenario, miss_cost=options.miss_cost)
    if options.today is not None:
        scenario = replace(scenario, today=options.today)
    if options.looks is not None:
        scenario = replace(scenario, looks=Looks(options.looks))
    return scenario


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
    result, evaluation, requested = evaluated.figures, evaluated.evaluation, evaluated.to_guarantee
    yield from evaluation_lines(json_ready(result), options.at)
    if requested and not result["guaranteed"]["points"]:
        certified = certification(evaluation, requested, confidence=options.confidence)
        for limit, words in zip(requested, what_it_takes(certified, evaluation.tally), strict=True):
            if words:
                yield f"{limit.text}: {words}"
    is_grouped = any(problem.code == "W_GROUPED" for problem in evaluated.problems)
    if is_grouped and {"guaranteed", "limits"} & {*result}:
        yield "these limits are judged as if every row stood alone, which W_GROUPED doubts"


def _evaluate(options: argparse.Namespace) -> Evaluated:
    """Evaluate the scores of a command line."""
    if options.objectives:
        load_objectives(options.objectives)
    to_judge = _limits(options.fail_unless, "--fail-unless")
    to_guarantee = _limits(options.guarantee, "--guarantee")
    requested = _scenario(options)
    # The scenario's inspectors change no figure of a model. Their band is added like those of `--review`.
    scenario = replace(requested, inspection=None)
    if options.labels_from == "flagged":
        limits.refuse_limits([*to_judge, *to_guarantee])
    to_certify = [*to_guarantee, *([] if options.point_estimate else to_judge)]
    compares = any(limit.objective.is_against_today for limit in to_certify)
    against = counting.current_point(scenario.today) if compares else None
    scores = counting.open_requested(options, scenario)
    tally = counting.tally_of(scores, scenario, options, against)
    scenario = with_workers(
        scenario, scores.models, named=options.serving, files=tuple(options.files)
    )
    limited = {*scenario.limits, *(limit.objective.id for limit in to_judge)}
    evaluation = evaluate(tally, scenario, curves=counting.curves_of(scores, tally, limited))
    is_audit = options.labels_from == "audit"
    problems = scores.problems + figures.misweighted(scenario)
    problems += limits.judge_rows(scores.held_out, to_certify, evaluation, is_audit=is_audit)
    counted = tally.breakdowns
    if against is not None and (counted is None or counted.paired_with(against) is None):
        problems += (limits.NOT_PAIRED,)
    result = figures.evaluation_json(evaluation, options.at)
    warned = {problem.column for problem in problems if problem.code == "W_OTHERS"}
    added = _add_requested(options, result, scores, evaluation)
    problems += tuple(p for p in added if p.code != "W_OTHERS" or p.column not in warned)
    if requested.inspection is not None:
        inspected = replace(scenario, inspection=requested.inspection)
        figures.add_band_of_scenario(result, inspected, evaluation)
    if to_guarantee:
        try:
            result["guaranteed"] = limits.guaranteed_json(
                evaluation, to_guarantee, options.confidence
            )
        except ValueError as error:
            raise UsageError(f"argument --guarantee: {error}") from error
    if to_judge:
        result["limits"] = limits.judge_limits(
            evaluation, to_judge, by_point=options.point_estimate
        )
        limits.add_worst_shares(result["limits"], to_judge, evaluation, scores)
        if not options.point_estimate:
            problems += limits.judged_by_point(evaluation, to_judge)
    if options.labels_from == "flagged":
        result = figures.without_misses(result)
        problems += (figures.ONLY_FLAGGED,)
    return Evaluated(result, problems, evaluation, to_guarantee)


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
