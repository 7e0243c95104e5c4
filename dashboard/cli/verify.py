"""``common-ground verify``: whether a register of decisions is what it was."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from dashboard.arguments import add_json_option
from dashboard.cli.check import tell_problems
from dashboard.cli.terminal import say

OK, REFUSED = 0, 2


def add_verify(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``verify``."""
    parser.add_argument(
        "register",
        nargs="?",
        type=Path,
        metavar="REGISTER",
        help="file of decisions (the one that the app keeps by default)",
    )
    against = parser.add_mutually_exclusive_group()
    against.add_argument(
        "--head",
        type=_hash,
        metavar="HASH",
        help="a decision's hash, which must be in the register",
    )
    against.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="an exported decision (.json) or report (.html), whose decision must be in the register",
    )
    against.add_argument(
        "--accept",
        action="store_true",
        help="take the register as it stands, where its chain is whole: the server then no longer asks for "
        "decisions that are missing at its end",
    )
    add_json_option(parser)


def _hash(text: str) -> str:
    from dashboard.decisions.canonical_json import is_hash

    if not is_hash(text):
        raise argparse.ArgumentTypeError(f"must be 64 hexadecimal digits, got {text!r}")
    return text


def run_verify(options: argparse.Namespace) -> int:
    """Check the register and say what was found."""
    from dashboard.data.folders import register_path, state_folder
    from dashboard.decisions.chain_head import ChainHeadFile
    from dashboard.decisions.verify_register import Expected, Verified, expected_of, verify
    from metrics.errors import ScoreError

    path: Path = options.register or register_path()
    expected = Expected(options.head) if options.head else None
    kept = ChainHeadFile(state_folder() / "heads", path)
    try:
        if options.report:
            expected = expected_of(options.report)
        elif expected is None and not options.accept and (head := kept.read()) is not None:
            expected = Expected(head.hash, head.number, "what the server keeps of it elsewhere")
        found = verify(path, expected)
        if options.accept and not path.exists():
            found = Verified(0, None, ())
        if options.accept and not found.problems:
            kept.replace(found.decisions, found.head or "")
    except ScoreError as error:  # the export itself
        found = Verified(0, None, error.problems)
    if options.json:
        answer = {
            "status": "refused" if found.problems else "ok",
            "register": str(path),
            "decisions": found.decisions,
            "head": found.head,
            "problems": [problem.as_dict() for problem in found.problems],
        }
        print(json.dumps(answer))
    else:
        say(f"{path}: " + ("refused" if found.problems else "the chain is whole"))
        say(f"{found.decisions:,} decision{'' if found.decisions == 1 else 's'}")
        if found.head is not None:
            say(f"head {found.head}")
        if options.accept and not found.problems:
            say("taken as it stands")
        if options.report and expected is not None and not found.problems:
            which = "" if expected.number is None else f"decision {expected.number} "
            say(
                f"{options.report}: {which}is in the register under the hash that it names; what else it"
            )
            say("says was not compared: read the decision in the register where it matters")
        tell_problems(found.problems)
    return REFUSED if found.problems else OK
