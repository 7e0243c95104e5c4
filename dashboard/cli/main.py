"""``common-ground``: the command line for pipelines.

Exit codes: 0 done, 2 the input is refused, 3 a limit is not met, 64 the command line is wrong,
1 anything else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.arguments import Parser, UsageError, parser_of_command_line
from dashboard.cli.terminal import say
from dashboard.server.numba_cache import set_numba_cache

FAILED, USAGE = 1, 64


Parts = tuple[Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]


@dataclass(frozen=True)
class Command:
    """A subcommand: its name, one line of help, and its module's two parts: options, and what it does.

    The module is imported when its command is given: each needs other libraries.
    """

    name: str
    help: str
    parts: Callable[[], Parts]


def _open() -> Parts:
    from dashboard.cli.open import add_open, run_open

    return add_open, run_open


def _check() -> Parts:
    from dashboard.cli.check import add_check, run_check

    return add_check, run_check


def _convert() -> Parts:
    from dashboard.cli.check import add_convert, run_convert

    return add_convert, run_convert


def _evaluate() -> Parts:
    from dashboard.cli.evaluate import add_evaluate, run_evaluate

    return add_evaluate, run_evaluate


def _report() -> Parts:
    from dashboard.cli.report import add_report, run_report

    return add_report, run_report


def _verify() -> Parts:
    from dashboard.cli.verify import add_verify, run_verify

    return add_verify, run_verify


def _backup() -> Parts:
    from dashboard.cli.backup import add_backup, run_backup

    return add_backup, run_backup


def _restore() -> Parts:
    from dashboard.cli.backup import add_restore, run_restore

    return add_restore, run_restore


def _tally() -> Parts:
    from dashboard.cli.tally import add_tally, run_tally

    return add_tally, run_tally


def _objectives() -> Parts:
    from dashboard.cli.evaluate import add_objectives, run_objectives

    return add_objectives, run_objectives


COMMANDS = (
    Command("open", "start the app on score files", _open),
    Command("check", "say what a score file holds and what is wrong with it", _check),
    Command("convert", "write scores as one checked Parquet file", _convert),
    Command("evaluate", "give every model's figures and the front", _evaluate),
    Command("report", "write what the table page shows as a file to print", _report),
    Command("verify", "say whether a register of decisions is what it was", _verify),
    Command("backup", "copy the register and the uploads, verified", _backup),
    Command("restore", "put a backup in its place, verified", _restore),
    Command("tally", "count scores once, as a small file to hand on", _tally),
    Command("objectives", "list what can be optimised", _objectives),
)


def build_parser(arguments: Sequence[str]) -> Parser:
    """The parser of a command line: the options of the command that it names, and of the others the names."""
    parser = parser_of_command_line()
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        sub = subparsers.add_parser(
            command.name, help=command.help, description=command.help, allow_abbrev=False
        )
        if command.name in arguments:
            add, run = command.parts()
            add(sub)
            sub.set_defaults(run=run)
    return parser


def _fail(as_json: bool, code: str, message: str, status: int) -> int:
    """Say on standard output, or on standard error, that there is no result."""
    if as_json:
        problem: dict[str, str | None] = {"code": code, "severity": "error", "message": message}
        problem |= dict.fromkeys(("file", "row", "column", "value", "hint"))
        nothing = dict.fromkeys(("rows", "positives", "fingerprint", "columns"))
        print(json.dumps({"status": "refused", **nothing, "problems": [problem]}))
    else:
        for line in f"common-ground: {message}".splitlines():
            say(line, file=sys.stderr)
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    try:
        options = build_parser(arguments).parse_args(arguments)
        set_numba_cache()
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except UsageError as error:
        return _fail(as_json, "E_USAGE", str(error), USAGE)
    except BrokenPipeError:
        # The reader of the pipe has gone; leave without Python's own message at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return _fail(as_json, "E_CANCELLED", "cancelled", FAILED)
    except Exception as error:
        return _fail(as_json, "E_INTERNAL", f"{type(error).__name__}: {error}", FAILED)


if __name__ == "__main__":
    sys.exit(main())
