"""``common-ground open``: start the app on score files."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboard.cli_options import (
    HELD_OUT,
    Parser,
    add_input_options,
    add_scenario_options,
    positive_int,
)
from dashboard.shelf import KEEP_BYTES, KEEP_DAYS
from dashboard.uploads import AT_ONCE, MAX_FILES

SERVER = Path(__file__).with_name("server.py")


def add_open(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``open``."""
    add_app_options(parser)
    parser.add_argument("--port", type=int, default=8501, help="port of the app (8501)")
    parser.add_argument(
        "--max-upload",
        type=positive_int,
        default=200,
        metavar="MB",
        help=f"largest upload that the Data page takes: a file, and all together, {MAX_FILES} at most (200)",
    )
    parser.add_argument(
        "--address", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)"
    )
    parser.add_argument(
        "--base-path",
        type=_base_path,
        default="",
        metavar="PATH",
        help="path under which a web server in front hands the app out, such as /common-ground",
    )


def add_app_options(parser: argparse.ArgumentParser) -> None:
    """Add what the app itself understands, also after ``streamlit run dashboard/app.py --``."""
    add_input_options(parser, nargs="*")
    add_scenario_options(parser)
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="FILE",
        help="other data with the same models, such as a later month: every pick is judged on it too; "
        "read with the same options; repeatable",
    )
    parser.add_argument(
        "--also-rows",
        choices=HELD_OUT,
        default="unknown",
        help="whether the models were trained on the rows of the other data",
    )
    group = parser.add_argument_group("what the server keeps")
    kept = group.add_argument
    kept("--library", type=Path, metavar="DIR", help="folder in which uploads are kept")
    kept(
        "--keep-days",
        type=_days,
        default=KEEP_DAYS,
        metavar="N",
        help=f"days after which an upload is removed ({KEEP_DAYS:g})",
    )
    kept(
        "--keep-total",
        type=positive_int,
        default=KEEP_BYTES // 10**6,
        metavar="MB",
        help=f"room for all uploads; then more are refused ({KEEP_BYTES // 10**6})",
    )
    kept(
        "--at-once",
        type=positive_int,
        default=AT_ONCE,
        metavar="N",
        help=f"uploads that are read at the same time; the others wait ({AT_ONCE})",
    )
    alone = group.add_mutually_exclusive_group()
    alone.add_argument(
        "--private",
        action="store_true",
        help="keep no upload and no tally beyond the life of the server, and no decision at all",
    )
    alone.add_argument(
        "--register",
        type=Path,
        metavar="FILE",
        help="where decisions are recorded (decisions.sqlite in the user's data folder)",
    )


def _base_path(text: str) -> str:
    """A path as the server wants it, without a slash at either end."""
    path = text.strip("/")
    if not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*|", path, re.ASCII):
        raise argparse.ArgumentTypeError(f"must be a path such as /common-ground, got {text}")
    return path


def _days(text: str) -> float:
    days = float(text)
    if not days > 0:
        raise argparse.ArgumentTypeError(f"must be above 0, got {text}")
    return days


def app_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the app's own command line; UsageError where it is wrong."""
    parser = Parser(prog="app.py", allow_abbrev=False)
    add_app_options(parser)
    return parser.parse_args(list(arguments))


def run_open(options: argparse.Namespace) -> int:
    """Replace this process by the app's server."""
    own = sys.argv[1:]
    passed = _without(
        own[own.index("open") + 1 :], ("--port", "--address", "--max-upload", "--base-path")
    )
    below = f"/{options.base_path}/" if options.base_path else ""
    print(f"Common Ground: http://{options.address}:{options.port}{below}", flush=True)
    command = [
        sys.executable,
        "-P",  # a folder in which somebody keeps a pandas.py of their own must not matter
        "-m",
        "streamlit",
        "run",
        str(SERVER),
        f"--server.port={options.port}",
        f"--server.address={options.address}",
        f"--server.maxUploadSize={options.max_upload}",
        *([f"--server.baseUrlPath={options.base_path}"] if below else []),
        "--",
        *passed,
    ]
    os.execv(sys.executable, command)


def _without(arguments: Sequence[str], names: Sequence[str]) -> list[str]:
    """Arguments less the options of ``names`` and their values."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in names:
            skip = True
        elif not argument.startswith(tuple(f"{name}=" for name in names)):
            kept.append(argument)
    return kept
