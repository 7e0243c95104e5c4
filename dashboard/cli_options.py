"""Options that the subcommands share, and how a wrong command line is told."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from metrics.scores import Scores
    from metrics.tally_file import TallyFile


HELD_OUT = ["held-out", "out-of-fold", "training", "unknown"]


class UsageError(Exception):
    """The command line is wrong."""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises `UsageError` instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().strip()}")


def parser_of_command_line() -> Parser:
    """Return the parser to which the subcommands are added."""
    return Parser(
        prog="common-ground",
        allow_abbrev=False,
        description="Compare defect models by what they cost each seat at the table.",
    )


def add_input_options(parser: argparse.ArgumentParser, *, nargs: str = "+") -> None:
    """Add FILE... and the options that say how it is read."""
    parser.add_argument(
        "files", nargs=nargs, metavar="FILE", help="a score file, or a label file and score files"
    )
    add = parser.add_argument_group("how the files are read").add_argument
    add(
        "--id",
        action="append",
        metavar="COL",
        help="id column; repeat it for a composite id, or where files call it otherwise",
    )
    add("--label", metavar="COL", help="label column")
    add("--positive", metavar="VALUE", help="label value that means defect")
    add("--model", action="append", metavar="COL", help="score column of a model; repeatable")
    add("--weight", metavar="COL", help="weight of a row")
    add("--value", metavar="COL", help="value of a unit")
    add("--group", metavar="COL", help="units that belong together, such as a batch")
    add("--segment", action="append", metavar="COL", help="part of the units; repeatable")
    add(
        "--scale",
        choices=["probability", "percent", "logit", "rank"],
        help="what the scores are (probability)",
    )
    add("--decimal", choices=[".", ","], help="decimal sign of text files")
    add(
        "--model-key",
        action="append",
        metavar="COL",
        help="long file: column with the model's name; repeatable",
    )
    add("--score", metavar="COL", help="long file: column with the score")
    add(
        "--common-ids",
        action="store_true",
        help="of files with different units, keep the units that are in all",
    )
    add(
        "--rows",
        choices=HELD_OUT,
        default="unknown",
        help="whether the models were trained on these rows",
    )
    add("--max-thresholds", type=positive_int, default=4096, metavar="N")
    add("--seed", type=not_negative_int, default=0, metavar="N", help="of random draws (0)")


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument(
        "--json", action="store_true", help="one JSON object is all of standard output"
    )


def add_scenario_options(parser: argparse.ArgumentParser) -> None:
    """Add the scenario and a file with further objectives."""
    parser.add_argument("--scenario", metavar="S.toml", help="payoffs, production, today's system")
    parser.add_argument(
        "--objectives", metavar="FILE.py", help="a file with objectives of your own"
    )
    parser.add_argument(
        "--serving",
        metavar="MODELS.csv",
        help="what a model's worker takes and costs: columns model, seconds_per_unit or "
        "milliseconds_per_unit, price_per_worker_hour (models.csv beside the first FILE)",
    )


def threshold_text(text: str) -> str:
    """Check that a threshold is a number, and keep it as typed."""
    if math.isnan(float(text)):
        raise argparse.ArgumentTypeError("must be a number, got nan")
    return text


def at_least(text: str, least: int) -> int:
    """Parse a whole number that is not too small."""
    number = int(text)
    if number < least:
        raise argparse.ArgumentTypeError(f"must be at least {least}, got {number}")
    return number


def positive_int(text: str) -> int:
    """Parse a whole number above 0."""
    return at_least(text, 1)


def not_negative_int(text: str) -> int:
    """Parse a whole number from 0."""
    return at_least(text, 0)


def replicates_text(text: str) -> int:
    """Parse a number of resamples; from fewer an interval's ends are hardly known."""
    return at_least(text, 100)


def open_input(options: argparse.Namespace) -> Scores:
    """Open the files that `add_input_options` describes.

    Raises
    ------
    ScoreError
        Where the input is refused.
    """
    return open_table_like(options, options.files[0] if len(options.files) == 1 else options.files)


def open_table_like(options: argparse.Namespace, source: object) -> Scores:
    """Open a table by the options of a command line, whatever files that names.

    Raises
    ------
    ScoreError
        Where it is refused.
    """
    from metrics.opening import open_scores

    return open_scores(
        source,
        label=options.label,
        id=options.id,
        positive=options.positive,
        models=options.model,
        weight=options.weight,
        value=options.value,
        group=options.group,
        segments=options.segment,
        scale=options.scale,
        decimal=options.decimal,
        model_key=options.model_key,
        score=options.score,
        common_ids=options.common_ids,
        rows=options.rows,
    )


def open_input_or_tally(options: argparse.Namespace) -> Scores | TallyFile:
    """Open the files that `add_input_options` describes, or the one tally that is named.

    Raises
    ------
    ScoreError
        Where the input is refused.
    """
    from metrics.readers.files import is_tally

    if len(options.files) != 1 or not is_tally(options.files[0]):
        return open_input(options)
    from metrics.tally_file import load_tally
    from metrics.tally_header import refuse_options

    refuse_options((name for name, value in vars(options).items() if value), options.files[0])
    return load_tally(options.files[0], rows=options.rows)
