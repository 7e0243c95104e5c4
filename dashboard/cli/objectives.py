"""``common-ground objectives``: list what can be optimised."""

from __future__ import annotations

import argparse
import json

from dashboard.arguments.input_options import add_json_option
from dashboard.cli.outcome import OK, REFUSED, print_problems
from dashboard.cli.terminal import say
from metrics import OBJECTIVES, ScoreError, load_objectives
from metrics.errors import Problem


def add_objectives(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``objectives``."""
    parser.add_argument(
        "--objectives", metavar="FILE.py", help="a file with objectives of your own"
    )
    add_json_option(parser)


def run_objectives(options: argparse.Namespace) -> int:
    """List the objectives with direction and unit."""
    problems: tuple[Problem, ...] = ()
    if options.objectives:
        try:
            load_objectives(options.objectives)
        except ScoreError as error:
            problems = error.problems
    listed = [
        {
            "id": o.id,
            "label": o.label,
            "term": o.term,
            "direction": o.direction.value,
            "unit": o.unit.value,
            "of_model": o.of_model,
        }
        for o in OBJECTIVES.values()
    ]
    if options.json:
        described = [problem.as_dict() for problem in problems]
        print(json.dumps({"objectives": listed, "problems": described}))
    else:
        for o in listed:
            say(f"{o['id']:32} {o['direction']:9} {o['label']} ({o['term']})")
        print_problems(problems)
    return REFUSED if problems else OK
