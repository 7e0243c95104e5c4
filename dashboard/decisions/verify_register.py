"""Verify the form and hash chain of a register, and that it holds an exported decision."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import takewhile
from pathlib import Path
from typing import Any

from dashboard.decisions.canonical_json import canonical, hash_of, is_hash, parse_canonical
from dashboard.decisions.chain import RECOVER, Chain
from dashboard.decisions.entry import Recorded, Signed
from dashboard.decisions.proposal import unsealed
from dashboard.decisions.register_file import (
    SCHEMA,
    all_rows,
    damaged_pages,
    opened_to_read,
    other_form,
)
from metrics import strict_mapping
from metrics.errors import Problem, ScoreError, shown
from metrics.strict_mapping import StructureError

MAX_PROBLEMS = 20
"""Maximum number of problems reported for one file."""
MAX_EXPORT_BYTES = 50_000_000
"""Maximum size of an export; exports of this app are far smaller."""


@dataclass(frozen=True)
class Verified:
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


def verify(path: Path, expected: Expected | None = None, seal_key: bytes | None = None) -> Verified:
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
        connection = opened_to_read(path, "ro", timeout=30.0)
    except (sqlite3.Error, UnicodeError) as error:
        return _unreadable(file, error)
    try:
        problems = list(_form(connection, file))
        rows = all_rows(connection)
    except (sqlite3.Error, UnicodeError) as error:
        return _unreadable(file, error)
    finally:
        connection.close()
    links = Chain(file, checks_form=True).checked(rows)
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
    head = rows[-1][3] if rows else None
    seals = len(signatures) + sum(recorded.seal != "" for recorded in decisions)
    older = len([*takewhile(lambda recorded: not recorded.seal, decisions)])
    return Verified(len(rows), head, tuple(problems[:MAX_PROBLEMS]), len(signatures), seals, older)


def _form(connection: sqlite3.Connection, file: str) -> Iterator[Problem]:
    """Deviations from the form of a register: its mark, pages, tables and triggers."""
    yield from other_form(connection, file)
    yield from damaged_pages(connection, file)
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


def _missing_entries(rows: list[Any], expected: Expected, file: str) -> Iterator[Problem]:
    """Problems if the register lacks the decision or the signatures of an export."""
    numbers = {digest: number for number, _, _, digest, _ in rows}
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


def expected_of(path: Path) -> Expected:
    """Hash and number in an exported decision (``.json``) or a report (``.html``).

    Raises
    ------
    ScoreError
        If the file is neither, holds no recorded decision, or does not match its own hash.
    """
    export = read_export(path)
    if export is None:
        return _expected_of_report(path, _text(path))
    recorded, signatures = export
    return Expected(
        recorded.hash, recorded.number, path.name, tuple(signed.hash for signed in signatures)
    )


def read_export(path: Path) -> tuple[Recorded, tuple[Signed, ...]] | None:
    """Read an exported decision and the signatures on it; `None` if the file is not JSON.

    Raises
    ------
    ScoreError
        If the file is no export, or does not match its hash.
    """
    text = _text(path)
    if text.lstrip()[:1] != "{":
        return None
    try:
        written = parse_canonical(text)
        entries = [written, *(on_it := written.pop("signatures", []))]
        signatures = strict_mapping.read(tuple[Signed, ...], on_it)
        recorded = Recorded.read(written)
        if all(map(_matches_hash, entries)) and all(
            signed.signature.decision == recorded.hash for signed in signatures
        ):
            return recorded, signatures
    except StructureError as error:
        fault = error.faults[0]
        raise _not_an_export(path, f"{fault.got} for its {fault.key}") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise _not_an_export(path, type(error).__name__) from error
    raise ScoreError(
        "E_CHAIN",
        "an exported decision and its signatures must be what their hashes say, got other words or figures",
        file=path.name,
        value=recorded.hash,
        hint="It was changed after it was exported: export it anew.",
    )


def _matches_hash(written: dict[str, Any]) -> bool:
    """True if an exported entry matches its hash."""
    entry = {name: value for name, value in written.items() if name != "hash"}
    return bool(hash_of(canonical(entry)) == written["hash"])


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_EXPORT_BYTES:
            raise _not_an_export(path, "more than 50 MB")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScoreError(
            "E_FILE", f"an export must be readable, got: {error.strerror}", file=path.name
        ) from error
    except UnicodeDecodeError as error:
        raise _not_an_export(path, "other bytes") from error


class _Metas(HTMLParser):
    """Parser that collects the ``common-ground:`` meta tags of a report."""

    def __init__(self) -> None:
        super().__init__()
        self.contents: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        name = attributes.get("name") or ""
        if tag == "meta" and name.startswith("common-ground:"):
            self.contents[name.partition(":")[2]] = attributes.get("content") or ""


def _expected_of_report(path: Path, text: str) -> Expected:
    metas = _Metas()
    metas.feed(text)
    digest, number = metas.contents.get("hash", ""), metas.contents.get("number", "")
    if not is_hash(digest) or not number.isdecimal():
        raise _not_an_export(path, "no recorded decision")
    return Expected(digest, int(number), path.name)


def _not_an_export(path: Path, got: str) -> ScoreError:
    return ScoreError(
        "E_FILE",
        f"an export must be a recorded decision's JSON or report, got {got}",
        file=path.name,
        hint="Take it from the Decisions page.",
    )


def _refused(file: str, code: str, message: str, hint: str) -> Verified:
    return Verified(0, None, (Problem(code, "error", message, file, hint=hint),))


def _unreadable(file: str, error: Exception) -> Verified:
    return _refused(file, "E_REGISTER", f"the register must be readable, got: {error}", RECOVER)
