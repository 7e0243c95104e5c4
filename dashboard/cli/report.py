"""``common-ground report``: the decision as one HTML or PowerPoint file, made without a browser."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from dashboard import page_view
from dashboard.analysis.selection import Selection
from dashboard.arguments.input_options import (
    add_image_options,
    add_input_options,
    add_json_option,
    add_scenario_options,
)
from dashboard.arguments.open_dataset import open_dataset
from dashboard.arguments.parser import UsageError, positive_int
from dashboard.cli.outcome import report_outcome
from dashboard.data.dataset import Dataset
from dashboard.data.folders import library_folder
from dashboard.data.installation_keys import existing_seal_key
from dashboard.data.short_links import ShortLinks
from dashboard.data.uploads.store import UploadStore
from dashboard.decisions.decision_facts import DecisionFacts, facts_of
from dashboard.decisions.entry import Recorded, Signed
from dashboard.decisions.proposal import Proposal, proposals
from dashboard.decisions.read_export import read_export
from dashboard.export import pptx_deck
from dashboard.export.decision_to_record import decision_of
from dashboard.export.html_report import render
from dashboard.export.paper_charts import charts
from dashboard.export.worst_misses import WorstMisses, worst_misses
from dashboard.session.choices import Choices
from dashboard.session.url import from_query
from metrics import ScoreError, load_objectives
from metrics.errors import Problem
from metrics.io.atomic_write import replacing

MOST_MISSES = 100
"""Largest number of units on the page of the worst misses."""


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``report``."""
    # In this command "decision" means a recorded decision.
    add_input_options(parser, decision="--decision-column")
    add_scenario_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="OUT.html|OUT.pptx",
        help="file to write: a page to print, or slides with editable charts",
    )
    view = parser.add_mutually_exclusive_group()
    view.add_argument("--link", metavar="URL", help="link of the app whose view is reported")
    view.add_argument(
        "--decision",
        dest="recorded",
        type=Path,
        metavar="FILE.json",
        help="exported decision, which is reported as it was recorded",
    )
    parser.add_argument(
        "--misses",
        type=positive_int,
        metavar="N",
        help=f"add a page of the N worst misses with their pictures (HTML only; at most {MOST_MISSES})",
    )
    add_image_options(parser)
    add_json_option(parser)


def run_report(options: argparse.Namespace) -> int:
    """Write the report."""
    # Streamlit would warn that there is no page.
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    output: str | None = None
    problems: tuple[Problem, ...]
    try:
        report, problems = _report(options)
        _write(options.output, report)
        output = str(options.output)
    except ScoreError as error:
        problems = error.problems
    lines = [] if output is None else [f"written to {output}"]
    return report_outcome(options, problems, lines, output=output)


def _report(options: argparse.Namespace) -> tuple[bytes, tuple[Problem, ...]]:
    """Content of the report or deck, and the problems of its data."""
    if options.objectives:
        load_objectives(options.objectives)
    dataset = open_dataset(options)
    export = None if options.recorded is None else _export(options.recorded)
    recorded, signatures = (None, ()) if export is None else export
    choices = _choices(options, recorded, dataset)
    page = page_view.build_with_intervals(choices, dataset, "light")
    problems = dataset.problems
    if recorded is None:
        facts = DecisionFacts(decision_of(page, {}))
    else:
        proposal = _proposal(recorded, signatures)
        facts = facts_of(recorded, proposal)
        if proposal is None and signatures:
            problems += (_unchecked(options.recorded),)
    if options.output.suffix.lower() == ".pptx":
        return pptx_deck.render(facts, charts(page)), problems
    misses = None if options.misses is None else _misses(page.selection, options.misses)
    return render(facts, charts(page), misses=misses).encode(), problems


def _choices(options: argparse.Namespace, recorded: Recorded | None, dataset: Dataset) -> Choices:
    """Choices of the recorded decision or of the link, for the data of the command line.

    Raises
    ------
    UsageError
        If the link cannot be read on this machine.
    ScoreError
        If the link or decision is about other data.
    """
    link = options.link if recorded is None else f"?{recorded.decision.query}"
    if link is None:
        return Choices(seed=options.seed)
    query = dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))
    whole_query = ShortLinks(UploadStore(library_folder())).whole(query)
    if whole_query is None:
        raise UsageError(
            f"--link names what is kept on the server that made it, and it is not in {library_folder()}: "
            "run this there, name that folder in COMMON_GROUND_LIBRARY, or report a recorded decision"
        )
    choices, refused = from_query(whole_query)
    if refused:
        raise UsageError(f"--link has values that cannot be read: {', '.join(refused)}")
    if choices.data not in (None, dataset.fingerprint):
        raise ScoreError(
            "E_DATA",
            f"the files must be those of the link or decision, {choices.data}, got {dataset.fingerprint}",
            hint="Name the same files with the same options; --rows belongs to them.",
        )
    return replace(choices, data=None)


def _misses(selection: Selection, most: int) -> WorstMisses:
    """Worst misses, for a separate page. Refuse a tally, which has no rows."""
    misses = worst_misses(selection, min(most, MOST_MISSES))
    if misses is None:
        raise ScoreError(
            "E_TALLY",
            "--misses needs the rows, got a tally, which holds counts alone",
            file=selection.analysis.dataset.files[0],
            hint="Name the score files themselves, or leave it out.",
        )
    return misses


def _proposal(recorded: Recorded, signatures: tuple[Signed, ...]) -> Proposal | None:
    """Decision with its signatures; `None` unless this machine sealed the decision and all signatures."""
    if (key := existing_seal_key()) is None:
        return None
    [proposal] = proposals([recorded], signatures, key)
    return proposal if proposal.is_sealed and not proposal.unsealed else None


def _unchecked(path: Path) -> Problem:
    """Warning that the signatures of an export could not be verified."""
    message = "signatures must bear the seal of this machine, got others: who signed is not named"
    hint = "Make the report on the server that made the export."
    return Problem("E_SEAL", "warning", message, path.name, hint=hint)


def _export(path: Path) -> tuple[Recorded, tuple[Signed, ...]]:
    """Read an exported decision. Refuse any other file, and one that was changed since."""
    export = read_export(path)
    if export is None:
        raise ScoreError(
            "E_FILE",
            "an exported decision must be its JSON, got a report",
            file=path.name,
            hint="Take the JSON from the Decisions page.",
        )
    return export


def _write(path: Path, content: bytes) -> None:
    """Write a file completely or not at all."""
    try:
        with replacing(path) as file:
            file.write(content)
    except OSError as error:
        raise ScoreError(
            "E_FILE",
            f"the report must be writable, got: {error.strerror}",
            file=path.name,
            hint="Name a folder that exists and has room.",
        ) from error
