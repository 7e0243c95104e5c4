"""Outcome of a command: the exit codes, and what it prints as JSON or for a person."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from dashboard.cli.terminal import say
from metrics.errors import Problem

OK, FAILED, REFUSED, LIMIT_MISSED, USAGE = 0, 1, 2, 3, 64
"""Exit codes: success, any other failure, invalid input, a limit is not met, wrong command line."""


def report_outcome(
    options: argparse.Namespace, problems: Sequence[Problem], lines: Iterable[str], **facts: Any
) -> int:
    """Print the facts as JSON with ``--json``, otherwise the lines and the problems; return the exit code.

    An error among the problems means that the command refused its input.
    """
    refused = any(problem.severity == "error" for problem in problems)
    if options.json:
        status = "refused" if refused else "ok"
        listed = [problem.as_dict() for problem in problems]
        print(json.dumps({"status": status, **facts, "problems": listed}))
    else:
        for line in lines:
            say(line)
        print_problems(problems)
    return REFUSED if refused else OK


def print_problems(problems: Sequence[Problem]) -> None:
    """Print problems for a person on standard error."""
    for problem in problems:
        say(f"{problem.severity} {problem.code}: {problem}", file=sys.stderr)
