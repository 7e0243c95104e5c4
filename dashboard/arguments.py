"""Command-line options that subcommands share, and the data that these options open."""

from __future__ import annotations

import argparse
import math
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, get_args

from dashboard.data.uploads.job import AT_ONCE
from dashboard.data.uploads.store import KEEP_BYTES, KEEP_DAYS
from dashboard.host_names import host_option
from metrics.errors import ScoreError
from metrics.io.read_options import RowsHeldOut

if TYPE_CHECKING:
    from dashboard.data.library import Dataset
    from dashboard.data.pictures import Pictures
    from metrics import Scenario, Scores, TallyFile
    from metrics.scenario.models_csv import OtherColumns
    from metrics.scenario.scenario import Today


def with_workers(
    scenario: Scenario, models: tuple[str, ...], *, named: str | None, files: tuple[str, ...]
) -> Scenario:
    """Scenario with the serving times and prices of the models.

    Parameters
    ----------
    scenario : Scenario
        Scenario; its own times and prices of a model override the file.
    models : tuple of str
        Models of the scores. The file may contain other models too.
    named : str or None
        Models file; `None` for a file of the default name next to the scores.
    files : tuple of str
        Score files as they were named.

    Raises
    ------
    ScoreError
        ``E_SERVING`` if the file is invalid, or if a named file contains none of the models.
    """
    from metrics.scenario.models_csv import read_workers, workers_beside
    from metrics.scenario.serving_load import Serving

    workers_by_model = (workers_beside(files) if named is None else read_workers(named)) or {}
    workers = {model: worker for model, worker in workers_by_model.items() if model in models}
    if named is not None and not workers:
        raise ScoreError(
            "E_SERVING",
            f"the models file must name a model of the scores, got {', '.join(workers_by_model) or 'none'}",
            file=named,
            column="model",
            hint=f"The scores have: {', '.join(models[:12])}.",
        )
    if not workers:
        return scenario
    serving = scenario.serving or Serving()
    return replace(scenario, serving=replace(serving, models={**workers, **serving.models}))


def open_also(options: argparse.Namespace, file: str) -> Dataset:
    """Open the other data of a command line, with the same options except ``--rows``.

    Raises
    ------
    ScoreError
        If the file is invalid.
    """
    own = {
        "files": [file],
        "scenario": None,
        "serving": None,
        "rows": options.also_rows,
        "images_column": None,  # nothing shows its units
    }
    alone = argparse.Namespace(**{**vars(options), **own})
    return open_dataset(alone)


def open_dataset(options: argparse.Namespace) -> Dataset:
    """Open the files of a command line, or the sample if it names no file.

    Raises
    ------
    ScoreError
        If the files or the scenario are invalid.
    """
    from dashboard.data.library import Dataset, fingerprint_of
    from dashboard.data.uploads.metadata import title_of
    from metrics import Scenario, open_scores, read_scenario

    scores: Scores | TallyFile
    if options.files:
        scores = open_input_or_tally(options)
        scenario = Scenario()
    else:
        from sample_data import KIND, SCENARIO, SCORES

        scores = open_scores(str(SCORES), defect_type=KIND, rows="held-out")
        scenario = read_scenario(SCENARIO)
    if options.scenario:
        scenario = read_scenario(options.scenario)
    return Dataset(
        fingerprint=fingerprint_of(scores.fingerprint, scores.held_out),
        title=title_of(scores.files),
        files=scores.files,
        scores=scores,
        scenario=with_workers(
            scenario,
            scores.models,
            named=options.serving,
            files=tuple(options.files) or scores.files,
        ),
        max_thresholds=options.max_thresholds,
        origin="command line" if options.files else "sample",
        of_models=_of_models(options.serving, tuple(options.files) or scores.files),
        pictures=_pictures(options),
        picture_column=_picture_column(options, scores),
    )


def _pictures(options: argparse.Namespace) -> Pictures | None:
    """Open the pictures of the units.

    Raises
    ------
    ScoreError
        ``E_FILE`` if the pictures do not exist.
    """
    from dashboard.data.pictures import PictureArchive, open_pictures

    named: Path | None = getattr(options, "images", None)
    if named is not None:
        return open_pictures(named)
    if options.files:
        return None
    from sample_data import IMAGES

    return PictureArchive.of(IMAGES)


def _picture_column(options: argparse.Namespace, scores: Scores | TallyFile) -> str | None:
    """Column with the picture of each unit.

    Raises
    ------
    ScoreError
        ``E_COLUMN`` if the column does not exist.
    """
    from metrics import TallyFile
    from metrics.errors import shown

    named: str | None = getattr(options, "images_column", None)
    if named is None:
        return None
    if options.images is None:
        raise UsageError(
            "--images-column says where in the folder of --images a picture is: name both"
        )
    names: tuple[str, ...] = ()
    if not isinstance(scores, TallyFile):
        columns = scores.columns
        numbers = {columns.label, columns.weight, columns.value, *columns.models}
        names = tuple(name for name in scores.named_columns if name not in numbers)
    if named.strip() in names:
        return named.strip()
    some = ", ".join(shown(name) for name in names[:12])
    raise ScoreError(
        "E_COLUMN",
        f"--images-column must name a column of the one score file, got {shown(named)!r}",
        file=scores.files[0],
        hint=f"It has: {some}{', …' if len(names) > 12 else ''}."
        if names
        else "A tally has no rows.",
    )


def _of_models(named: str | None, files: tuple[str, ...]) -> OtherColumns:
    """Columns of the models file other than serving times and prices."""
    from metrics.scenario.models_csv import file_beside, other_columns

    path = named or file_beside(files)
    return () if path is None else other_columns(path)


HELD_OUT = get_args(RowsHeldOut)


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
        description="Compare defect models by what they cost each stakeholder at the table.",
    )


def add_input_options(
    parser: argparse.ArgumentParser, *, nargs: str = "+", decision: str = "--decision"
) -> None:
    """Add FILE... and the options for reading it.

    Parameters
    ----------
    decision : str
        Name of the option for the column of the predicted class.
    """
    none = "; without any, the sample" if nargs == "*" else ""
    files = f"a score file, or a label file and score files{none}"
    parser.add_argument("files", nargs=nargs, metavar="FILE", help=files)
    add = parser.add_argument_group("how the files are read").add_argument
    add(
        "--id",
        action="append",
        metavar="COL",
        help="id column; repeat it for a composite id, or where files call it otherwise",
    )
    add("--label", metavar="COL", help="label column")
    add("--positive", metavar="VALUE", help="label value that means defect")
    add("--negative", metavar="VALUE", help="the only label value that means a good unit")
    add("--model", action="append", metavar="COL", help="score column of a model; repeatable")
    add("--weight", metavar="COL", help="weight of a row")
    add("--value", metavar="COL", help="value of a unit")
    add("--group", metavar="COL", help="units that belong together, such as a batch")
    add("--segment", action="append", metavar="COL", help="part of the units; repeatable")
    add(
        "--by",
        action="append",
        metavar="COL",
        help="a segment by whose parts evaluate counts apart, also of a tally that was counted by it; "
        "repeatable",
    )
    add("--type", metavar="COL", help="kind of defect of a defective unit")
    add(
        "--scale",
        choices=["probability", "percent", "logit", "rank"],
        help="what the scores are (probability)",
    )
    add(
        "--scores-of",
        action="append",
        metavar="[MODEL=]WHAT",
        help="what a higher score speaks for: defect (unless said), good, or predicted, which is the "
        "confidence in the predicted class; for all models, or MODEL=good for one; repeatable",
    )
    add(
        decision,
        dest="decision_column",
        metavar="COL",
        help="column of the predicted class, which --scores-of predicted needs; it is no model",
    )
    add("--ignore", action="append", metavar="COL", help="column that is not used; repeatable")
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
    """Add ``--scenario`` and ``--objectives``."""
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


def add_image_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--images``."""
    parser.add_argument(
        "--images",
        type=Path,
        metavar="FOLDER",
        help="pictures of the units in a folder or a zip archive, each called by the unit's id (ID.jpg, "
        ".png, .webp or .bmp), or in an NPZ with the arrays id and image: what the choice misses is shown "
        "by them; nothing outside of the folder is read",
    )
    parser.add_argument(
        "--images-column",
        metavar="COL",
        help="column that says where in the folder of --images a unit's picture is, instead of its id",
    )


def threshold_text(text: str) -> str:
    """Check that a threshold is a number, and return it unchanged."""
    if math.isnan(float(text)):
        raise argparse.ArgumentTypeError("must be a number, got nan")
    return text


def today_text(text: str) -> Today:
    """Parse the argument of ``--today``: MODEL@THRESHOLD, split at the last "@"."""
    from metrics import Today

    model, at, threshold = text.rpartition("@")
    try:
        if at and model.strip():
            return Today(model.strip(), float(threshold_text(threshold)))
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"must read like MODEL@0.5, got {text}")


def whole_number(least: int) -> Callable[[str], int]:
    """Parser of a whole number that is at least `least`."""

    def whole(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}, got {number}")
        return number

    return whole


positive_int, not_negative_int = whole_number(1), whole_number(0)
replicates_text = whole_number(100)
"""Parser of a number of resamples. With fewer than 100 the ends of an interval are hardly known."""


def open_input(options: argparse.Namespace) -> Scores:
    """Open the files that `add_input_options` describes.

    Raises
    ------
    ScoreError
        If the input is invalid.
    """
    return open_table_like(options, options.files[0] if len(options.files) == 1 else options.files)


def open_table_like(options: argparse.Namespace, source: object) -> Scores:
    """Open a source with the options of a command line; the option for the files is not used.

    Raises
    ------
    ScoreError
        If the source is invalid.
    """
    from metrics.io.open import open_scores

    return open_scores(
        source,
        label=options.label,
        id=options.id,
        positive=options.positive,
        models=options.model,
        weight=options.weight,
        value=options.value,
        group=options.group,
        segments=list(dict.fromkeys([*(options.segment or ()), *(options.by or ())])) or None,
        defect_type=options.type,
        scale=options.scale,
        decimal=options.decimal,
        model_key=options.model_key,
        score=options.score,
        common_ids=options.common_ids,
        negative=options.negative,
        scores_of=options.scores_of,
        decision=options.decision_column,
        ignore=options.ignore,
        rows=options.rows,
    )


def open_input_or_tally(options: argparse.Namespace) -> Scores | TallyFile:
    """Open the files that `add_input_options` describes, or a single tally file.

    Raises
    ------
    ScoreError
        If the input is invalid.
    """
    from metrics.io.formats.file_on_disk import is_tally

    if len(options.files) != 1 or not is_tally(options.files[0]):
        return open_input(options)
    from metrics.io.read_options import refuse_reading_options
    from metrics.tally.breakdown import Axes
    from metrics.tally.file.tally_file import load_tally

    named = [name for name, value in vars(options).items() if value]
    # A tally that was counted by these columns can use them without its rows.
    refuse_reading_options((name for name in named if name not in ("by", "type")), options.files[0])
    tally = load_tally(options.files[0], rows=options.rows)
    tally.breakdowns_at((), Axes(segments_named(options), options.type))
    return tally


def segments_named(options: argparse.Namespace) -> tuple[str, ...]:
    """Columns of ``--by``, as named in the files."""
    return tuple(name.strip() for name in options.by or ())


def add_app_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the app, which also work after ``streamlit run dashboard/app.py --``."""
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
    add_image_options(parser)
    parser.add_argument(
        "--also-rows",
        choices=HELD_OUT,
        default="unknown",
        help="whether the models were trained on the rows of the other data",
    )
    parser.add_argument(
        "--host",
        action="append",
        type=host_option,
        default=[],
        metavar="NAME",
        help="a name by which people reach the server, such as scores.example.com, besides this machine's "
        "own (localhost) and the address it listens on; repeatable",
    )
    add_sign_in_options(parser)
    parser.add_argument(
        "--metrics-port",
        type=positive_int,
        metavar="N",
        help="count sessions, runs and memory for Prometheus, at http://127.0.0.1:N/metrics",
    )
    parser.add_argument(
        "--audit-log",
        type=_audit_log,
        metavar="FILE|-",
        help="write one JSON line for each act of a person (opened, uploaded, recorded, signed, renewed, "
        "deleted, exported) to a file, or to standard output",
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
        "--memory",
        type=positive_int,
        default=250,
        metavar="MB",
        help="memory for what was worked out of all data; what was asked for longest ago goes first (250)",
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


def add_sign_in_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a server on which people sign in."""
    group = parser.add_argument_group("who may use the server")
    group.add_argument(
        "--identity-header",
        type=_header_name,
        metavar="NAME",
        help="header in which a trusted proxy in front names the person, such as X-Forwarded-Email, or that "
        "holds a signed token; everybody else is refused",
    )
    group.add_argument(
        "--identity-secret-file",
        dest="identity_secret",
        type=_proxy_secret,
        metavar="FILE",
        help="file with the secret that this proxy sends in the header X-Common-Ground-Secret",
    )
    group.add_argument(
        "--identity-keys",
        type=_token_keys,
        metavar="FILE.json",
        help="public keys (JWKS) by which the token in this header is signed; then no secret is needed",
    )
    group.add_argument("--identity-issuer", metavar="URL", help="issuer of the token")
    group.add_argument("--identity-audience", metavar="NAME", help="audience of the token")
    group.add_argument(
        "--identity-claim",
        metavar="NAME",
        help="claim of the token that names the person (email)",
    )
    group.add_argument(
        "--identity-groups",
        default="",
        metavar="NAME",
        help="header of the proxy, or claim of the token, with the groups of the person",
    )
    group.add_argument(
        "--people",
        type=_people_file,
        metavar="FILE.toml",
        help="who may sign for which stakeholder, and who may administer (everybody may sign for each "
        "stakeholder, nobody may administer)",
    )
    group.add_argument(
        "--no-sign-in",
        action="store_true",
        help="listen on another address than this machine's own although nobody signs in",
    )


def _header_name(text: str) -> str:
    # An underscore is refused, because some servers take it for a hyphen.
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", text):
        raise argparse.ArgumentTypeError(f"must be a header such as X-Forwarded-Email, got {text}")
    return text


def _proxy_secret(text: str) -> bytes:
    """Secret in a file that other users cannot read."""
    try:
        with open(text, "rb") as file:
            is_open_to_all = os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o007
            secret = file.read(4096).strip()
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"must be a file that can be read, got {text}") from error
    if is_open_to_all:
        raise argparse.ArgumentTypeError(f"must be closed to other users (chmod 640), got {text}")
    if not re.fullmatch(rb"[!-~]{32,512}", secret):
        raise argparse.ArgumentTypeError(
            f"must hold 32 to 512 characters, such as from openssl rand -hex 32, got {text}"
        )
    return secret


def _token_keys(text: str) -> Path:
    """Path of a file with public keys that can be read."""
    from dashboard.decisions.tokens import has_keys

    if not has_keys(Path(text)):
        raise argparse.ArgumentTypeError(f"must be a file with public keys (JWKS), got {text}")
    return Path(text)


def _people_file(text: str) -> Path:
    """Path of a people file that can be read."""
    from dashboard.decisions.people import read_people

    try:
        read_people(Path(text))
    except ScoreError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return Path(text)


def check_sign_in(options: argparse.Namespace) -> None:
    """Check that the options of the sign-in fit together.

    Raises
    ------
    UsageError
        If one of them lacks another.
    """
    proofs = [options.identity_secret, options.identity_keys]
    if proofs.count(None) != (2 if options.identity_header is None else 1):
        raise UsageError(
            "--identity-header and either --identity-secret-file or --identity-keys need each other: "
            "name both"
        )
    if options.identity_keys is None and options.identity_claim is not None:
        raise UsageError("--identity-claim is about tokens: name --identity-keys, too")
    of_token = [options.identity_issuer, options.identity_audience]
    if of_token.count(None) != (2 if options.identity_keys is None else 0):
        raise UsageError(
            "--identity-keys, --identity-issuer and --identity-audience need each other: name all"
        )
    if options.identity_header is None and (options.people is not None or options.identity_groups):
        raise UsageError(
            "--people and --identity-groups are about people who sign in: name --identity-header, too"
        )
    if options.identity_keys is None and options.identity_groups:
        try:
            _header_name(options.identity_groups)
        except argparse.ArgumentTypeError as error:
            raise UsageError(f"--identity-groups {error}") from error
    if options.identity_groups and options.people is None:
        raise UsageError(
            "--identity-groups is for the groups in the people file: name --people, too"
        )
    if options.no_sign_in and options.identity_header is not None:
        raise UsageError("--no-sign-in says that nobody signs in: leave out --identity-header")


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


def _days(text: str) -> float:
    days = float(text)
    if not days > 0:
        raise argparse.ArgumentTypeError(f"must be above 0, got {text}")
    return days


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
