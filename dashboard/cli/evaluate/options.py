"""Options of ``common-ground evaluate``, and the scenario and the limits that they ask for."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from dashboard.arguments.parser import (
    UsageError,
    current_text,
    number_that,
    positive_int,
    replicates_text,
    threshold_text,
)
from metrics import Scenario, read_scenario
from metrics.inference.confidence_level import LEVEL
from metrics.io.read_options import LabelsFrom
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Looks
from metrics.selection.limits import Limit, parse_limit

REPEATABLE: dict[str, Any] = {"action": "append", "default": []}


def add_evaluation_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that only ``evaluate`` has."""
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
        help="print the counts at this threshold; repeatable",
    )
    parser.add_argument(
        "--today",
        type=current_text,
        metavar="MODEL@THRESHOLD",
        help="today's system, instead of the scenario's; units that it and a model flag at --at are counted",
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
        help="exit with 3 unless a model meets all limits at its own threshold of least cost, such as "
        "'missed_defects_per_1000_defects <= 80', with 95%% confidence if a limit allows it; repeatable",
    )
    parser.add_argument(
        "--point-estimate",
        action="store_true",
        help="judge --fail-unless by the figures in the file, without confidence",
    )
    parser.add_argument(
        "--guarantee",
        **REPEATABLE,
        metavar="LIMIT",
        help="list the models and thresholds that meet this limit, such as 'recall >= 0.9', on average over "
        "new data; --confidence holds for all of them and all limits together; repeatable",
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
        help="number of times that --guarantee or --fail-unless will judge growing data, fixed before the "
        "first time; the confidence holds for all times together (1, or the scenario's)",
    )
    parser.add_argument(
        "--review",
        **REPEATABLE,
        type=_review,
        metavar="COST,CATCHES,REJECTS",
        help="find the best two thresholds between which people inspect units: cost of an inspection in "
        "false alarms, share of defects and share of good units that they reject; repeatable",
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
        help="units with a checked label: all; flagged (only units that the current system flags; no recall "
        "and no cost of misses); or audit (these and a sample of the others, see --audit) (all)",
    )
    parser.add_argument(
        "--audit",
        metavar="COL",
        help="column with the probability that a unit was checked, or with a mark of the units drawn at "
        "random among those that --today does not flag; unchecked units are left out",
    )
    parser.add_argument(
        "--label-noise",
        type=_share,
        metavar="SHARE",
        help="add ranges of recall, precision and other figures in case up to this share of the good labels "
        "is wrong, such as 0.01",
    )


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


@dataclass(frozen=True)
class Request:
    """Scenario and limits of a command line.

    Attributes
    ----------
    scenario : Scenario
    to_judge, to_guarantee : list of Limit
        Limits of ``--fail-unless`` and ``--guarantee``.
    to_certify : list of Limit
        Those of both that the figures of the file alone must not decide about.
    """

    scenario: Scenario
    to_judge: list[Limit]
    to_guarantee: list[Limit]
    to_certify: list[Limit]


def parse_request(options: argparse.Namespace) -> Request:
    """Scenario and limits that the options ask for."""
    to_judge = _parse_limits(options.fail_unless, "--fail-unless")
    to_guarantee = _parse_limits(options.guarantee, "--guarantee")
    to_certify = [*to_guarantee, *([] if options.point_estimate else to_judge)]
    return Request(_scenario(options), to_judge, to_guarantee, to_certify)


def _parse_limits(texts: Sequence[str], option: str) -> list[Limit]:
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
