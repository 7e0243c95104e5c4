"""Verify the form, hash chain and seals of a register, and that it holds an expected decision."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from dashboard.decisions.chain import RECOVER, Chain
from dashboard.decisions.entry import Recorded, Row, Signed
from dashboard.decisions.proposal import unsealed
from dashboard.decisions.register_file import (
    SCHEMA,
    all_rows,
    form_problems,
    open_to_read,
    page_damage,
)
from metrics.errors import Problem, shown

MAX_PROBLEMS = 20
"""Maximum number of problems reported for one file."""


@dataclass(frozen=True)
class Expected:
    """Hash of a decision that a register must hold, with the decision's number if it is known.

    Attributes
    ----------
    source : str or None
        Name of the export, for problems.
    signatures : tuple of str
        Hashes of the signatures in the export.
    """

    hash: str
    number: int | None = None
    source: str | None = None
    signatures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verification:
    """Result of a verification.

    Attributes
    ----------
    decisions : int
        Number of rows that were read, including those of signatures.
    head : str or None
        Hash of the last decision.
    problems : tuple of Problem
        Empty if the register is undamaged.
    signatures : int
        Number of signatures.
    seals : int
        Number of decisions and signatures with a seal.
    older : int
        Number of decisions that need no seal, because they were recorded before there were seals.
    """

    decisions: int
    head: str | None
    problems: tuple[Problem, ...]
    signatures: int = 0
    seals: int = 0
    older: int = 0


def verify(
    path: Path, expected: Expected | None = None, seal_key: bytes | None = None
) -> Verification:
    """Verify the form, chain and seals of a register, and that it holds an expected decision.

    Parameters
    ----------
    seal_key : bytes or None
        Key of the seals; `None` to skip them.

    Notes
    -----
    A chain stays valid if its end is cut off. Only a hash from outside shows that decisions are missing.
    """
    file = path.name
    if not path.is_file():
        hint = "Name the register's file, or record a decision first."
        return _refused(file, "E_FILE", "a register must be there", hint)
    try:
        connection = open_to_read(path, "ro", timeout=30.0)
    except (sqlite3.Error, UnicodeError) as error:
        return _unreadable(file, error)
    try:
        problems = list(_schema_problems(connection, file))
        rows = all_rows(connection)
    except (sqlite3.Error, UnicodeError) as error:
        return _unreadable(file, error)
    finally:
        connection.close()
    links = Chain(file, checks_form=True).check(rows)
    problems += links.problems
    signatures = [entry for entry in links.entries if isinstance(entry, Signed)]
    decisions = [entry for entry in links.entries if isinstance(entry, Recorded)]
    if seal_key is not None:
        bad = dict.fromkeys(unsealed(decisions, seal_key), "a decision")
        bad |= {
            signed.number: "a signature" for signed in signatures if not signed.is_sealed(seal_key)
        }
        problems += [
            Problem("E_SEAL", "error", f"{what} must bear the seal of this server", file, number)
            for number, what in sorted(bad.items())
        ]
    if expected is not None:
        problems += _missing_entries(rows, expected, file)
    head = rows[-1].hash if rows else None
    seals = len(signatures) + sum(recorded.seal != "" for recorded in decisions)
    older = len([*takewhile(lambda recorded: not recorded.seal, decisions)])
    return Verification(
        len(rows), head, tuple(problems[:MAX_PROBLEMS]), len(signatures), seals, older
    )


def _schema_problems(connection: sqlite3.Connection, file: str) -> Iterator[Problem]:
    """Deviations from the form of a register: its mark, pages, tables and triggers."""
    yield from form_problems(connection, file)
    yield from page_damage(connection, file)
    statements = dict(
        connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    )
    for name, sql in SCHEMA.items():
        if statements.get(name) != sql:
            got = "none" if name not in statements else "another"
            yield Problem(
                "E_SCHEMA", "error", f"the register must have its {name}, got {got}", file
            )
    for name in statements.keys() - SCHEMA.keys():
        yield Problem(
            "E_SCHEMA", "error", f"the register must have nothing else, got {shown(name)}", file
        )


def _missing_entries(rows: list[Row], expected: Expected, file: str) -> Iterator[Problem]:
    """Problems if the register lacks the decision or the signatures of an export."""
    numbers = {row.hash: row.number for row in rows}
    if expected.hash not in numbers:
        which = "a decision" if expected.number is None else f"decision {expected.number}"
        source = f" of {expected.source}" if expected.source else ""
        yield Problem(
            "E_HEAD",
            "error",
            f"the register must hold {which}{source} with the hash {expected.hash}, got {len(rows)} "
            "decisions without it",
            file,
            hint=f"Decisions were cut off or changed since. {RECOVER}",
        )
    elif expected.number is not None and numbers[expected.hash] != expected.number:
        yield Problem(
            "E_HEAD",
            "error",
            f"the hash {expected.hash} must be that of number {expected.number}, got number "
            f"{numbers[expected.hash]}",
            file,
        )
    for digest in expected.signatures:
        if digest not in numbers:
            yield Problem(
                "E_HEAD",
                "error",
                f"the register must hold each signature of {expected.source}, got another: {digest}",
                file,
                hint=f"The export or the register was changed since. {RECOVER}",
            )


def _refused(file: str, code: str, message: str, hint: str) -> Verification:
    return Verification(0, None, (Problem(code, "error", message, file, hint=hint),))


def _unreadable(file: str, error: Exception) -> Verification:
    return _refused(file, "E_REGISTER", f"the register must be readable, got: {error}", RECOVER)
