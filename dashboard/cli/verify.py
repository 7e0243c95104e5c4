"""``common-ground verify``: check that a register of decisions is undamaged."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.arguments.input_options import add_json_option
from dashboard.arguments.parser import UsageError
from dashboard.cli.outcome import report_outcome
from dashboard.data.folders import register_path, state_folder
from dashboard.data.installation_keys import existing_seal_key
from dashboard.decisions.canonical_json import is_hash
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.read_export import expected_of
from dashboard.decisions.verify_register import MAX_PROBLEMS, Expected, Verification, verify
from metrics import load_objectives
from metrics.errors import ScoreError, counted

if TYPE_CHECKING:
    from dashboard.export.recompute import Recomputation


def add_verify(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``verify``."""
    parser.add_argument(
        "register",
        nargs="?",
        type=Path,
        metavar="REGISTER",
        help="register of decisions (by default the app's)",
    )
    against = parser.add_mutually_exclusive_group()
    against.add_argument(
        "--head",
        type=_hash,
        metavar="HASH",
        help="hash of a decision that must be in the register",
    )
    against.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="exported decision (.json) or report (.html) whose decision must be in the register",
    )
    against.add_argument(
        "--accept",
        action="store_true",
        help="accept a register with a valid chain as complete: the server then no longer reports decisions "
        "missing at its end",
    )
    parser.add_argument(
        "--recompute",
        action="store_true",
        help="compute every figure again from the tallies stored with the decisions, and compare all digits",
    )
    parser.add_argument(
        "--objectives", metavar="FILE.py", help="objectives of your own, for --recompute"
    )
    add_json_option(parser)


def _hash(text: str) -> str:
    if not is_hash(text):
        raise argparse.ArgumentTypeError(f"must be 64 hexadecimal digits, got {text!r}")
    return text


def run_verify(options: argparse.Namespace) -> int:
    """Check the register and report the result."""
    if options.objectives and not options.recompute:
        raise UsageError("--objectives is for --recompute: name it, too")
    path: Path = options.register or register_path()
    expected = Expected(options.head) if options.head else None
    key = again = None
    head_file = ChainHeadFile(state_folder() / "heads", path)
    try:
        if options.report:
            expected = expected_of(options.report)
        elif expected is None and not options.accept and (head := head_file.read()) is not None:
            expected = Expected(head.hash, head.number, "what the server keeps of it elsewhere")
        key = existing_seal_key()
        verified = verify(path, expected, key)
        if options.accept and not path.exists():
            verified = Verification(0, None, ())
        if options.accept and not verified.problems:
            head_file.replace(verified.decisions, verified.head or "")
        if options.recompute and not verified.problems:
            again = _recompute(path, options.objectives)
            verified = replace(verified, problems=tuple(again.problems[:MAX_PROBLEMS]))
    except ScoreError as error:  # an invalid export
        verified = Verification(0, None, error.problems)
    lines = _lines(options, path, verified, again, are_seals_checked=key is not None)
    if options.report and expected is not None and not verified.problems:
        which = "" if expected.number is None else f"decision {expected.number} "
        lines += [
            f"{options.report}: {which}is in the register under the hash that it names; what else it",
            "says was not compared: read the decision in the register where it matters",
        ]
    facts = _facts(verified, again, are_seals_checked=key is not None)
    return report_outcome(options, verified.problems, lines, register=str(path), **facts)


def _recompute(path: Path, objectives: str | None) -> Recomputation:
    """Recompute all figures; what this needs is slow to import."""
    from dashboard.export.recompute import recompute

    if objectives:
        load_objectives(objectives)
    # Streamlit would warn that there is no page.
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    return recompute(path)


def _facts(
    verified: Verification, again: Recomputation | None, *, are_seals_checked: bool
) -> dict[str, Any]:
    """Facts of the JSON object, without numbers that are 0."""
    decisions = verified.decisions - verified.signatures
    facts: dict[str, Any] = {"decisions": decisions, "head": verified.head}
    if verified.signatures:
        facts["signatures"] = verified.signatures
    if verified.seals:
        facts["seals_checked"] = are_seals_checked
    if verified.older:
        facts["without_seal"] = verified.older
    if again is not None:
        facts["recomputed"] = asdict(again) | {"problems": len(again.problems)}
    return facts


def _lines(
    options: argparse.Namespace,
    path: Path,
    verified: Verification,
    again: Recomputation | None,
    *,
    are_seals_checked: bool,
) -> list[str]:
    """Lines for a person."""
    is_whole = not verified.problems or again is not None
    lines = [f"{path}: " + ("the chain is whole" if is_whole else "refused")]
    lines.append(counted(verified.decisions - verified.signatures, "decision"))
    if verified.signatures:
        lines.append(counted(verified.signatures, "signature"))
    if verified.seals and not are_seals_checked:
        lines.append("the seals were not checked: their key is on the server")
    if verified.older:
        which = (
            "decision 1 bears" if verified.older == 1 else f"decisions 1 to {verified.older} bear"
        )
        lines.append(f"{which} no seal: recorded before there were seals, which is no fault")
    lines += [] if again is None else _recomputation_lines(again)
    if verified.head is not None:
        lines.append(f"head {verified.head}")
    if options.accept and not verified.problems:
        lines.append("taken as it stands")
    return lines


def _recomputation_lines(again: Recomputation) -> Iterator[str]:
    """Lines about the compared decisions, and about decisions that could not be compared."""
    yield f"{counted(len(again.same), 'decision')} computed again from the tally: same to the digit"
    if again.without_tally:
        numbers = ", ".join(map(str, again.without_tally))
        yield f"not computed again, because no tally was kept: number {numbers}"
    for number, reason in again.needs_rows.items():
        yield f"not computed again, because {reason}: number {number}"
