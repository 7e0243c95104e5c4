"""Options of the command line for score files, the scenario and pictures; functions that open the files.

The functions that open files raise a `ScoreError` if the input is invalid.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from dashboard.arguments.parser import not_negative_int, positive_int
from metrics.errors import Keyword, Option
from metrics.io.max_thresholds import MAX_THRESHOLDS
from metrics.io.read_options import RowsHeldOut, Scale

if TYPE_CHECKING:
    from metrics import Scores, TallyFile


def add_input_options(
    parser: argparse.ArgumentParser, *, nargs: str = "+", decision: str = "--decision"
) -> None:
    """Add FILE... and the options for reading it, under the keywords of `metrics.open_scores`.

    Parameters
    ----------
    decision : str
        Name of the option for the column of the predicted class.
    """
    none = " (by default the sample)" if nargs == "*" else ""
    files = f"score file, or a label file and score files{none}"
    parser.add_argument("files", nargs=nargs, metavar="FILE", help=files)
    group = parser.add_argument_group("reading the files")

    def add(keyword: Keyword, **settings: Any) -> None:
        flag = decision if keyword == "decision" else Option(keyword).flag
        group.add_argument(flag, dest=keyword, **settings)

    add(
        "id",
        action="append",
        metavar="COL",
        help="id column; repeat it for a composite id, or if the files name it differently",
    )
    add("label", metavar="COL", help="label column")
    add("positive", metavar="VALUE", help="label value that means defect")
    add("negative", metavar="VALUE", help="the only label value that means a good unit")
    add("models", action="append", metavar="COL", help="score column of a model; repeatable")
    add("weight", metavar="COL", help="column of row weights")
    add("value", metavar="COL", help="column of unit values")
    add("group", metavar="COL", help="column of groups of related units, such as batches")
    add(
        "segments",
        action="append",
        metavar="COL",
        help="column of segments, such as lines or shifts; repeatable",
    )
    group.add_argument(
        "--by",
        action="append",
        metavar="COL",
        help="segment by which evaluate breaks down the counts; a tally must have been counted by it; "
        "repeatable",
    )
    add("defect_type", metavar="COL", help="column of the kind of defect")
    add(
        "scale",
        choices=get_args(Scale),
        help="scale of the scores (probability)",
    )
    add(
        "scores_of",
        action="append",
        metavar="[MODEL=]WHAT",
        help="class whose score this is: defect (default), good, or predicted (confidence in the predicted "
        "class); for all models, or for one, such as MODEL=good; repeatable",
    )
    add(
        "decision",
        metavar="COL",
        help="column of the predicted class, which --scores-of predicted needs; it is not a model",
    )
    add("ignore", action="append", metavar="COL", help="column to ignore; repeatable")
    add("decimal", choices=[".", ","], help="decimal sign of text files")
    add(
        "model_key",
        action="append",
        metavar="COL",
        help="long file: column with the model's name; repeatable",
    )
    add("score", metavar="COL", help="long file: column with the score")
    add(
        "common_ids",
        action="store_true",
        help="if the files have different units, keep the units that all files have",
    )
    group.add_argument(
        "--rows",
        choices=get_args(RowsHeldOut),
        default="unknown",
        help="whether the models were trained on these rows",
    )
    group.add_argument("--max-thresholds", type=positive_int, default=MAX_THRESHOLDS, metavar="N")
    group.add_argument(
        "--seed", type=not_negative_int, default=0, metavar="N", help="seed of random draws (0)"
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument(
        "--json", action="store_true", help="write only one JSON object to standard output"
    )


def add_scenario_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--scenario``, ``--objectives`` and ``--serving``."""
    parser.add_argument(
        "--scenario", metavar="S.toml", help="scenario: payoffs, production, today's system"
    )
    parser.add_argument("--objectives", metavar="FILE.py", help="file with your own objectives")
    parser.add_argument(
        "--serving",
        metavar="MODELS.csv",
        help="serving time and price of each model: columns model, seconds_per_unit or "
        "milliseconds_per_unit, price_per_worker_hour (models.csv next to the first FILE)",
    )


def add_image_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--images`` and ``--images-column``."""
    parser.add_argument(
        "--images",
        type=Path,
        metavar="FOLDER",
        help="pictures of the units: a folder or zip archive of files named by unit id (ID.jpg, .png, .webp "
        "or .bmp), or an NPZ with the arrays id and image; nothing outside of the folder is read",
    )
    parser.add_argument(
        "--images-column",
        metavar="COL",
        help="column with the path of each unit's picture in the folder of --images, instead of its id",
    )


def open_input(options: argparse.Namespace) -> Scores:
    """Open the files that `add_input_options` describes."""
    return open_table_like(options, options.files)


def open_table_like(options: argparse.Namespace, source: object) -> Scores:
    """Open a source other than the files of a command line, with the options of the command line."""
    from metrics.io.open import open_scores

    return open_scores(source, rows=options.rows, **read_options(options))


def read_options(options: argparse.Namespace) -> dict[str, Any]:
    """Keyword options of `metrics.open_scores` that a command line gives."""
    given: dict[str, Any] = {keyword: getattr(options, keyword) for keyword in get_args(Keyword)}
    given["segments"] = [*dict.fromkeys([*(options.segments or ()), *(options.by or ())])] or None
    return {keyword: value for keyword, value in given.items() if value is not None}


def open_input_or_tally(options: argparse.Namespace) -> Scores | TallyFile:
    """Open the files that `add_input_options` describes, or a single tally file."""
    from metrics.io.formats.file_on_disk import is_tally

    if len(options.files) != 1 or not is_tally(options.files[0]):
        return open_input(options)
    from metrics.io.read_options import refuse_reading_options
    from metrics.tally.breakdown import BreakdownColumns
    from metrics.tally.file.tally_file import load_tally

    # `--type` is allowed, because a tally may have counts by kind of defect.
    used = {name: value for name, value in vars(options).items() if name != "defect_type"}
    refuse_reading_options(used, options.files[0])
    tally = load_tally(options.files[0], rows=options.rows)
    tally.breakdowns_at((), BreakdownColumns(segments_option(options), options.defect_type))
    return tally


def segments_option(options: argparse.Namespace) -> tuple[str, ...]:
    """Columns of ``--by``, as named in the files."""
    return tuple(name.strip() for name in options.by or ())
