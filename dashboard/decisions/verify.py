"""Whether a register is what it was: its form, its chain, and what an export says of it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from dashboard.decisions.canonical_json import canonical, hash_of, parsed
from dashboard.decisions.decision import ORIGIN, Decision, entry_of
from dashboard.decisions.register import APPLICATION, COLUMNS, SCHEMA, VERSION
from metrics.errors import Problem, ScoreError, shown

MOST = 20
"""Problems that are told of one file."""
_HASH = re.compile(r"[0-9a-f]{64}")
LARGEST = 50_000_000
"""Bytes of an export; those of this app are far smaller."""


@dataclass(frozen=True)
class Verified:
    """What was found.

    Attributes
    ----------
    decisions : int
        Rows that were read.
    head : str or None
        Hash of the last.
    problems : tuple of Problem
        Nothing where all is well.
    """

    decisions: int
    head: str | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Expected:
    """What an export says of the register: a hash, and of which number where it says so."""

    hash: str
    number: int | None = None
    source: str | None = None


def verify(path: Path, expected: Expected | None = None) -> Verified:
    """Check a register.

    Parameters
    ----------
    path : Path
    expected : Expected, optional
        What must be in it. A tail that was cut off leaves a chain that is whole: only a hash from outside
        shows that something is missing.
    """
    file = path.name
    if not path.is_file():
        hint = "Name the register's file, or record a decision first."
        return _refused(file, "E_FILE", "a register must be there", hint)
    try:
        connection = _opened(path)
    except (sqlite3.Error, UnicodeError) as error:
        return _unreadable(file, error)
    try:
        problems = list(_form(connection, file))
        rows = connection.execute(f"SELECT {COLUMNS} FROM decisions ORDER BY number").fetchall()
    except (sqlite3.Error, UnicodeError) as error:
        return _unreadable(file, error)
    finally:
        connection.close()
    problems += _chain(rows, file)
    if expected is not None:
        problems += _tail(rows, expected, file)
    head = rows[-1][3] if rows else None
    return Verified(len(rows), head, tuple(problems[:MOST]))


def _opened(path: Path) -> sqlite3.Connection:
    """Open it to read; where even that would write beside it, as it stands."""
    address = path.resolve().as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=30.0)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except (sqlite3.Error, UnicodeError) as error:  # damaged, its message may be no text
        connection.close()
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        return sqlite3.connect(f"{address}?immutable=1", uri=True)
    return connection


def _form(connection: sqlite3.Connection, file: str) -> Iterator[Problem]:
    """What of the file is not a register's: its mark, its pages, its tables and triggers."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if (mark, version) != (APPLICATION, VERSION):
        yield _problem(
            "E_REGISTER",
            f"the register must be a file of decisions, version {VERSION}, got application {mark:#x}, "
            f"version {version}",
            file,
            hint="Name the register's file.",
        )
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield _problem("E_REGISTER", f"the file must be whole, got: {shown(line)}", file)
    there = dict(
        connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    )
    for name, sql in SCHEMA.items():
        if there.get(name) != sql:
            got = "none" if name not in there else "another"
            yield _problem("E_SCHEMA", f"the register must have its {name}, got {got}", file)
    for name in there.keys() - SCHEMA.keys():
        yield _problem("E_SCHEMA", f"the register must have nothing else, got {shown(name)}", file)


def _chain(rows: list[Any], file: str) -> Iterator[Problem]:
    """Rows that are not what their hash says, or do not follow the one before."""
    before, number = ORIGIN, 0
    for row in rows:
        number += 1
        own, key, previous, digest, text = row
        if own != number:
            yield _problem("E_CHAIN", f"numbers must run on, got {own} after {number - 1}", file)
            number = own
        if previous != before:
            yield _problem("E_CHAIN", "a row must name the hash before it", file, number, previous)
        yield from _own(number, key, previous, digest, text, file)
        before = digest


def _own(
    number: int, key: str, previous: str, digest: str, text: str, file: str
) -> Iterator[Problem]:
    if hash_of(text) != digest:
        yield _problem("E_CHAIN", "a row's hash must be that of its text", file, number, digest)
    try:
        entry = parsed(text)
        if canonical(entry) != text:
            yield _problem("E_CHAIN", "a row's text must be canonical", file, number)
        if entry != entry_of(number, key, previous, entry["decision"]):
            message = "a row's text must say its own number, key and hash before"
            yield _problem("E_CHAIN", message, file, number)
        Decision.read(entry["decision"])
    except (ScoreError, ValueError, KeyError, TypeError) as error:
        got = error.message if isinstance(error, ScoreError) else type(error).__name__
        yield _problem("E_CHAIN", f"a row must hold a decision, got: {got}", file, number)


def _tail(rows: list[Any], expected: Expected, file: str) -> Iterator[Problem]:
    """What an export names and the register does not have."""
    found = {digest: number for number, _, _, digest, _ in rows}
    if expected.hash not in found:
        which = "a decision" if expected.number is None else f"decision {expected.number}"
        source = f" of {expected.source}" if expected.source else ""
        yield _problem(
            "E_HEAD",
            f"the register must hold {which}{source} with the hash {expected.hash}, got {len(rows)} "
            "decisions without it",
            file,
            hint="Decisions were cut off or changed since: look for the register's last good copy.",
        )
    elif expected.number is not None and found[expected.hash] != expected.number:
        yield _problem(
            "E_HEAD",
            f"the hash {expected.hash} must be that of number {expected.number}, got number "
            f"{found[expected.hash]}",
            file,
        )


def expected_of(path: Path) -> Expected:
    """What an exported decision (``.json``) or a report (``.html``) says of the register.

    Raises
    ------
    ScoreError
        Where it is neither, holds no recorded decision, or is not what its own hash says.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise _not_an_export(path, "more than 50 MB")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScoreError(
            "E_FILE", f"an export must be readable, got: {error.strerror}", file=path.name
        ) from error
    except UnicodeDecodeError as error:
        raise _not_an_export(path, "other bytes") from error
    return _of_json(path, text) if text.lstrip()[:1] == "{" else _of_report(path, text)


def _of_json(path: Path, text: str) -> Expected:
    try:
        given = parsed(text)
        own = given.pop("hash")
        if hash_of(canonical(given)) != own:
            raise ScoreError(
                "E_CHAIN",
                "an exported decision must be what its hash says, got other words or figures",
                file=path.name,
                value=str(own),
                hint="It was changed after it was exported: export it anew.",
            )
        return Expected(own, int(given["number"]), path.name)
    except ScoreError:
        raise
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_an_export(path, type(error).__name__) from error


class _Metas(HTMLParser):
    """What a report's head says of its record."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "meta" and (given.get("name") or "").startswith("common-ground:"):
            self.found[str(given["name"]).partition(":")[2]] = given.get("content") or ""


def _of_report(path: Path, text: str) -> Expected:
    metas = _Metas()
    metas.feed(text)
    own, number = metas.found.get("hash", ""), metas.found.get("number", "")
    if not _HASH.fullmatch(own) or not number.isdecimal():
        raise _not_an_export(path, "no recorded decision")
    return Expected(own, int(number), path.name)


def is_hash(text: str) -> bool:
    """Whether a text can be a decision's hash."""
    return _HASH.fullmatch(text) is not None


def _not_an_export(path: Path, got: str) -> ScoreError:
    return ScoreError(
        "E_FILE",
        f"an export must be a recorded decision's JSON or report, got {got}",
        file=path.name,
        hint="Take it from the Decisions page.",
    )


def _problem(
    code: str,
    message: str,
    file: str,
    row: int | None = None,
    value: str | None = None,
    hint: str | None = None,
) -> Problem:
    return Problem(code, "error", message, file, row, None, value, hint)


def _refused(file: str, code: str, message: str, hint: str) -> Verified:
    return Verified(0, None, (_problem(code, message, file, hint=hint),))


def _unreadable(file: str, error: Exception) -> Verified:
    hint = "It is damaged or no register: look for its last good copy."
    return _refused(file, "E_REGISTER", f"the register must be readable, got: {error}", hint)
