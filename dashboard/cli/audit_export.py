"""``common-ground export``: decisions, signatures and tallies as one ZIP for auditors.

The ZIP contains a script that verifies it with the Python standard library alone.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dashboard.arguments.input_options import add_json_option
from dashboard.cli.outcome import report_outcome
from dashboard.data.folders import register_path
from dashboard.decisions.canonical_json import parse_canonical
from dashboard.decisions.register_file import open_to_read
from dashboard.decisions.stored_tallies import StoredTallies
from dashboard.decisions.verify_register import verify
from dashboard.export import verify_export
from dashboard.words.decisions.audit_export import README
from metrics.errors import Problem, ScoreError, counted
from metrics.io.atomic_write import replacing


def add_export(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``export``."""
    parser.add_argument(
        "to", type=Path, metavar="TO.zip", help="file to write, which must not exist"
    )
    parser.add_argument(
        "--register", type=Path, metavar="FILE", help="register of decisions (by default the app's)"
    )
    add_json_option(parser)


def run_export(options: argparse.Namespace) -> int:
    """Write the export and report what it holds."""
    entries, head, lines = 0, None, []
    problems: tuple[Problem, ...]
    try:
        entries, head, problems = export(options.register or register_path(), options.to)
        lines = [
            f"written to {options.to}: {counted(entries, 'entry', 'entries')}",
            f"head {head}",
        ]
    except ScoreError as error:
        problems = error.problems
    except OSError as error:
        message = f"there must be room and leave to write, got: {error.strerror}"
        problems = ScoreError("E_FILE", message, file=str(options.to)).problems
    return report_outcome(options, problems, lines, entries=entries, head=head)


def export(register: Path, to: Path) -> tuple[int, str, tuple[Problem, ...]]:
    """Verify a register and write its export.

    Returns
    -------
    entries : int
    head : str
        Hash of the last entry.
    problems : tuple of Problem
        Tallies that are not in the export because they are missing or were changed.

    Raises
    ------
    ScoreError
        If the register is damaged, or the file exists already.
    """
    if to.exists():
        raise ScoreError(
            "E_FILE", f"an export must be new, got {to.name}, which is there", file=str(to),
            hint="Name another file, such as one with today's date.",
        )  # fmt: skip
    verified = verify(register)
    if verified.problems or not verified.decisions:
        raise ScoreError.of(
            verified.problems
            or [Problem("E_FILE", "error", "a register must hold a decision", register.name)]
        )
    with contextlib.closing(open_to_read(register, "ro", timeout=30.0)) as connection:
        rows = connection.execute("SELECT hash, entry FROM decisions ORDER BY number").fetchall()
    problems: list[Problem] = []
    hashes: dict[str, str] = {}
    with replacing(to, private=True) as file, zipfile.ZipFile(file, "w") as packed:
        for name, content in _files(rows, StoredTallies(register), problems):
            hashes[name] = hashlib.sha256(content).hexdigest()
            packed.writestr(name, content, zipfile.ZIP_DEFLATED)
        exported_at = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = {"made": exported_at, "entries": len(rows), "head": rows[-1][0], "files": hashes}
        packed.writestr("manifest.json", json.dumps(manifest, indent=1), zipfile.ZIP_DEFLATED)
    return len(rows), rows[-1][0], tuple(problems)


def _files(
    rows: list[tuple[str, str]], tallies: StoredTallies, problems: list[Problem]
) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file but the manifest; tallies that cannot be read become problems."""
    yield "README.txt", README.encode()
    yield "verify.py", Path(verify_export.__file__).read_bytes()
    number_of_tally = {}
    for number, (_, text) in enumerate(rows, start=1):
        yield f"entries/{number:08}.json", text.encode()
        tally = parse_canonical(text).get("decision", {}).get("tally")
        if tally is not None:
            number_of_tally[tally["sha256"]] = number
    for digest, number in number_of_tally.items():
        try:
            yield f"tallies/{digest}.tally", tallies.read(digest)
        except ScoreError as error:
            problems += [
                replace(problem, severity="warning", row=number) for problem in error.problems
            ]
