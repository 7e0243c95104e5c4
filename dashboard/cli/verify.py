"""``common-ground verify``: check that a register of decisions is undamaged."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from dashboard.arguments import add_json_option
from dashboard.cli.check import print_json, print_problems
from dashboard.cli.terminal import say
from dashboard.data.folders import register_path, seal_key, state_folder
from dashboard.data.installation_keys import kept_seal_key
from dashboard.decisions.canonical_json import is_hash
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.verify_register import Expected, Verified, expected_of, verify
from metrics.errors import ScoreError, counted

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
    if not is_hash(text):
        raise argparse.ArgumentTypeError(f"must be 64 hexadecimal digits, got {text!r}")
    return text


def run_verify(options: argparse.Namespace) -> int:
    """Check the register and report the result."""
    path: Path = options.register or register_path()
    expected = Expected(options.head) if options.head else None
    key = None
    kept = ChainHeadFile(state_folder() / "heads", path)
    try:
        if options.report:
            expected = expected_of(options.report)
        elif expected is None and not options.accept and (head := kept.read()) is not None:
            expected = Expected(head.hash, head.number, "what the server keeps of it elsewhere")
        key = kept_seal_key() if os.path.lexists(seal_key()) else None
        verified = verify(path, expected, key)
        if options.accept and not path.exists():
            verified = Verified(0, None, ())
        if options.accept and not verified.problems:
            kept.replace(verified.decisions, verified.head or "")
    except ScoreError as error:  # an invalid export
        verified = Verified(0, None, error.problems)
    if options.json:
        found = {"decisions": verified.decisions - verified.signatures, "head": verified.head}
        if verified.signatures:
            found |= {"signatures": verified.signatures, "seals_checked": key is not None}
        print_json(verified.problems, refused=bool(verified.problems), register=str(path), **found)
    else:
        say(f"{path}: " + ("refused" if verified.problems else "the chain is whole"))
        say(counted(verified.decisions - verified.signatures, "decision"))
        if verified.signatures:
            say(counted(verified.signatures, "signature"))
            if key is None:
                say("the seals of signatures were not checked: their key is on the server")
        if verified.head is not None:
            say(f"head {verified.head}")
        if options.accept and not verified.problems:
            say("taken as it stands")
        if options.report and expected is not None and not verified.problems:
            which = "" if expected.number is None else f"decision {expected.number} "
            say(
                f"{options.report}: {which}is in the register under the hash that it names; what else it"
            )
            say("says was not compared: read the decision in the register where it matters")
        print_problems(verified.problems)
    return REFUSED if verified.problems else OK
