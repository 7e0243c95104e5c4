"""Entry point of the command line ``common-ground``: its subcommands and their errors."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from dashboard.arguments.parser import Parser, UsageError
from dashboard.cli.outcome import FAILED, USAGE
from dashboard.cli.terminal import say
from dashboard.server.numba_cache import set_numba_cache


@dataclass(frozen=True)
class Command:
    """Subcommand, whose module has a function ``add_<name>`` for its options and a function ``run_<name>``.

    The module is imported only if its command is used, because each command needs other libraries.
    """

    name: str
    help: str
    module: str

    def function(self, verb: str) -> Callable[..., Any]:
        """Function of the module: ``add`` adds the options, ``run`` runs the command."""
        module = import_module(f"dashboard.cli.{self.module}")
        function: Callable[..., Any] = getattr(module, f"{verb}_{self.name}")
        return function


COMMANDS = (
    Command("open", "start the app on score files", "open"),
    Command("check", "describe a score file and list its problems", "check"),
    Command("convert", "check scores and write them as one Parquet file", "convert"),
    Command("evaluate", "print every model's figures and the Pareto front", "evaluate.command"),
    Command("report", "write the Decide page as a report or as slides", "report"),
    Command("verify", "verify that a register of decisions was not changed", "verify"),
    Command("backup", "copy the register and the uploads, and verify the copy", "backup"),
    Command("restore", "verify a backup and restore it", "backup"),
    Command(
        "export", "write decisions, signatures and tallies as one ZIP for auditors", "audit_export"
    ),
    Command("tally", "count scores once, and write the counts as a small file", "tally"),
    Command("objectives", "list the objectives", "objectives"),
)


def build_parser(arguments: Sequence[str]) -> Parser:
    """Parser of a command line, with the options of the named command and only the names of the others."""
    parser = Parser(
        prog="common-ground",
        allow_abbrev=False,
        description="Compare defect models by what they cost each stakeholder.",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        sub = subparsers.add_parser(
            command.name, help=command.help, description=command.help, allow_abbrev=False
        )
        if command.name in arguments:
            command.function("add")(sub)
            sub.set_defaults(run=command.function("run"))
    return parser


def _fail(as_json: bool, code: str, message: str, status: int) -> int:
    """Report an error on standard output as JSON, or on standard error as text."""
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
        set_numba_cache()  # before a command loads numba
        options = build_parser(arguments).parse_args(arguments)
        status: int = options.run(options)
        return status
    except UsageError as error:
        return _fail(as_json, "E_USAGE", str(error), USAGE)
    except BrokenPipeError:
        # The reader of the pipe has gone. Python's own message at exit would confuse people.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return _fail(as_json, "E_CANCELLED", "cancelled", FAILED)
    except Exception as error:
        return _fail(as_json, "E_INTERNAL", f"{type(error).__name__}: {error}", FAILED)


if __name__ == "__main__":
    sys.exit(main())
