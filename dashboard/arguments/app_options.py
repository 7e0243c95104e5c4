"""Options of the app, which also work after ``streamlit run dashboard/app.py --``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from dashboard.arguments.input_options import (
    add_image_options,
    add_input_options,
    add_scenario_options,
)
from dashboard.arguments.parser import Parser, number_that, positive_int
from dashboard.arguments.sign_in_options import add_sign_in_options, check_sign_in
from dashboard.data.uploads.job import AT_ONCE
from dashboard.data.uploads.store import KEEP_BYTES, KEEP_DAYS
from dashboard.host_names import host_option
from metrics.io.read_options import RowsHeldOut


def app_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the command line of the app.

    Raises
    ------
    UsageError
        If the command line is wrong.
    """
    parser = Parser(prog="app.py", allow_abbrev=False)
    add_app_options(parser)
    options = parser.parse_args(list(arguments))
    check_sign_in(options)
    return options


def add_app_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the app."""
    add_input_options(parser, nargs="*")
    add_scenario_options(parser)
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="FILE",
        help="other data with the same models, such as a later month, on which every pick is judged as well; "
        "read with the same options; repeatable",
    )
    add_image_options(parser)
    parser.add_argument(
        "--also-rows",
        choices=get_args(RowsHeldOut),
        default="unknown",
        help="whether the models were trained on the rows of the other data",
    )
    parser.add_argument(
        "--host",
        action="append",
        type=host_option,
        default=[],
        metavar="NAME",
        help="name by which people reach the server, such as scores.example.com; localhost and the address "
        "to listen on are always allowed; repeatable",
    )
    add_sign_in_options(parser)
    parser.add_argument(
        "--metrics-port",
        type=positive_int,
        metavar="N",
        help="serve numbers of sessions and runs, and memory, to Prometheus at http://127.0.0.1:N/metrics",
    )
    parser.add_argument(
        "--audit-log",
        type=_audit_log,
        metavar="FILE|-",
        help="file, or standard output, for one JSON line per action of a person (opened, uploaded, "
        "recorded, signed, renewed, deleted, exported)",
    )
    group = parser.add_argument_group("storage of the server")
    add_storage = group.add_argument
    add_storage("--library", type=Path, metavar="DIR", help="folder of uploads")
    add_storage(
        "--keep-days",
        type=number_that("be above 0", lambda days: days > 0),
        default=KEEP_DAYS,
        metavar="N",
        help=f"days after which an upload is removed ({KEEP_DAYS:g})",
    )
    add_storage(
        "--keep-total",
        type=positive_int,
        default=KEEP_BYTES // 10**6,
        metavar="MB",
        help=f"room for all uploads; further ones are refused ({KEEP_BYTES // 10**6})",
    )
    add_storage(
        "--memory",
        type=positive_int,
        default=250,
        metavar="MB",
        help="memory for cached results; the least recently used are dropped first (250)",
    )
    add_storage(
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
        help="delete uploads and tallies when the server stops, and record no decisions",
    )
    alone.add_argument(
        "--register",
        type=Path,
        metavar="FILE",
        help="register of decisions (decisions.sqlite in the user's data folder)",
    )


def _audit_log(text: str) -> str:
    """Path of a file that can be appended to, or "-"; a new file is for this user only."""
    try:
        if text != "-":
            os.close(os.open(text, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"must be a file that can be written, got {text}"
        ) from error
    return text
