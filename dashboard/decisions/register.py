"""The register: decisions in one SQLite file, appended and never changed, each chained to the one before.

A row holds the canonical text of a decision with its number, its key and the hash before; its own hash is
over that text. Triggers refuse updates, deletions, and rows that are not the next. An append is on the disk
(``synchronous=FULL``) before it is acknowledged.
"""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from dashboard.decisions.canonical_json import canonical, hash_of, parsed
from dashboard.decisions.decision import ORIGIN, Decision, Recorded, entry_of
from metrics.errors import ScoreError, shown

NAME = "decisions.sqlite"
APPLICATION_ID = 0x43476472
"""What marks the file as a register (``PRAGMA application_id``)."""
FORM_VERSION = 1
"""Of the tables (``PRAGMA user_version``)."""
PATIENCE = 60.0
"""Seconds that an append waits for others."""
_REFUSE = "SELECT RAISE(ABORT, 'the register is append-only')"
SCHEMA = {
    "decisions": """CREATE TABLE decisions (
    number INTEGER PRIMARY KEY CHECK (number >= 1),
    key TEXT NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 64),
    previous TEXT NOT NULL UNIQUE CHECK (length(previous) = 64),
    hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
    entry TEXT NOT NULL CHECK (json_valid(entry))
) STRICT""",
    # An INSERT OR REPLACE would remove the row in its way without asking a trigger on deletions.
    "only_the_next": """CREATE TRIGGER only_the_next BEFORE INSERT ON decisions
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM decisions)
    OR NEW.previous IS NOT coalesce((SELECT hash FROM decisions ORDER BY number DESC LIMIT 1), '"""
    + ORIGIN
    + """')
    OR EXISTS (SELECT 1 FROM decisions WHERE key = NEW.key OR hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'a decision must follow the last one'); END""",
    "no_update": f"CREATE TRIGGER no_update BEFORE UPDATE ON decisions BEGIN {_REFUSE}; END",
    "no_delete": f"CREATE TRIGGER no_delete BEFORE DELETE ON decisions BEGIN {_REFUSE}; END",
}
"""What the file is made of, by name; `dashboard.decisions.verify` asks for exactly this."""

T = TypeVar("T")
COLUMNS = "number, key, previous, hash, entry"


class Register:
    """A file of decisions; it is made with the first of them.

    Parameters
    ----------
    path : Path

    Notes
    -----
    Every act opens the file anew: whatever is done to it meanwhile, nothing is appended to one that is gone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last_read: list[Recorded] = []
        self._lock = threading.Lock()

    def append(self, decision: Decision, key: str) -> Recorded:
        """Record a decision, once for each key of an attempt; it is on the disk when this returns.

        Raises
        ------
        ScoreError
            E_REGISTER where it could not be written (try again with the same key) or the key was used for
            another decision; E_DECISION where it names a decision that is not there.
        """
        written = decision.as_dict()
        canonical(written)  # refused before anything is opened

        def act() -> Recorded:
            with self._connection(write=True) as connection:
                return _append(connection, decision, written, key)

        return self._patiently(act)

    def all(self) -> list[Recorded]:
        """Every decision, the first first; ScoreError where the file cannot be read."""
        if not self.path.exists():
            return []

        def act() -> list[Recorded]:
            with self._connection(write=False) as connection:
                return self._with_new(connection)

        with self._lock:
            self._last_read = self._patiently(act)
            return list(self._last_read)

    def _with_new(self, connection: sqlite3.Connection) -> list[Recorded]:
        """What was read last and is new since; all anew where the last of these is there no more."""
        before = self._last_read
        if before:
            row = connection.execute(
                "SELECT hash FROM decisions WHERE number = ?", (before[-1].number,)
            ).fetchone()
            before = before if row == (before[-1].hash,) else []
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM decisions WHERE number > ? ORDER BY number",
            (before[-1].number if before else 0,),
        )
        return [*before, *map(_recorded, rows)]

    @contextlib.contextmanager
    def _connection(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        if write:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=5.0, isolation_level=None)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")  # where fsync alone does not reach the disk
            if write:
                _prepare(connection)
                _check_form(connection)
            elif _is_empty(connection):
                connection.execute(f"CREATE TEMP TABLE decisions ({COLUMNS})")
            else:
                _check_form(connection)
            yield connection
        finally:
            connection.close()

    def _patiently(self, act: Callable[[], T]) -> T:
        """Do it, again and again while others hold the file."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return act()
            except sqlite3.OperationalError as error:
                code = getattr(error, "sqlite_errorcode", 0) & 0xFF
                busy = code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                if not busy or time.monotonic() > end:
                    raise self._refused(error) from error
                time.sleep(random.uniform(0.001, 0.05))
            except (sqlite3.Error, UnicodeError, OSError) as error:
                raise self._refused(error) from error

    def _refused(self, error: Exception) -> ScoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        reason, hint = str(error), "Ask whoever runs this server; then try again."
        if isinstance(error, OSError):
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
        elif code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            hint = "Make room on the disk, then try again."
        elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            hint = "Others are writing: try again in a minute."
        elif code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            hint = "Say common-ground verify on it, and put its last good copy in its place."
        return ScoreError(
            "E_REGISTER",
            f"the register must be readable and have room for what is recorded, got: {reason}",
            file=self.path.name,
            hint=hint,
        )


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the file a register where it is new."""
    if not _is_empty(connection):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _is_empty(connection):  # nobody else was quicker
            for statement in SCHEMA.values():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORM_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _is_empty(connection: sqlite3.Connection) -> bool:
    count: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return count == 0


def _check_form(connection: sqlite3.Connection) -> None:
    """Refuse a file that is something else, or a later version's."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if (application, version) == (APPLICATION_ID, FORM_VERSION):
        return
    raise ScoreError(
        "E_REGISTER",
        f"the register must be a file of decisions, version {FORM_VERSION}, got application "
        f"{application:#x}, version {version}",
        hint="Name another file with --register, or use the version of the app that made this one.",
    )


def _roll_back(connection: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled it back already
        connection.execute("ROLLBACK")


def _append(
    connection: sqlite3.Connection, decision: Decision, written: dict[str, Any], key: str
) -> Recorded:
    """Append a decision in one transaction, or return what was recorded under its key."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        row = connection.execute(
            f"SELECT {COLUMNS} FROM decisions WHERE key = ?", (key,)
        ).fetchone()
        if row is not None:
            connection.execute("ROLLBACK")
            return _repeated(_recorded(row), written)
        last = connection.execute(
            "SELECT number, hash FROM decisions ORDER BY number DESC LIMIT 1"
        ).fetchone()
        number, previous = (1, ORIGIN) if last is None else (last[0] + 1, last[1])
        if decision.supersedes is not None and not 1 <= decision.supersedes < number:
            raise ScoreError(
                "E_DECISION",
                "a decision must stand in the place of an earlier one of this register, got number "
                f"{decision.supersedes}",
                hint="Choose one of the list.",
            )
        text = canonical(entry_of(number, key, previous, written))
        recorded = Recorded(number, key, previous, hash_of(text), decision)
        connection.execute(
            f"INSERT INTO decisions ({COLUMNS}) VALUES (?, ?, ?, ?, ?)",
            (number, key, previous, recorded.hash, text),
        )
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise
    return recorded


def _repeated(recorded: Recorded, written: dict[str, Any]) -> Recorded:
    """What was recorded already under this key, where it says the same (but for the moment)."""
    before = recorded.decision.as_dict()
    if canonical(before | {"at": ""}) == canonical(written | {"at": ""}):
        return recorded
    raise ScoreError(
        "E_REGISTER",
        f"an attempt must be repeated in the same words, got others than those of number "
        f"{recorded.number}, which it recorded",
        hint=f"Record it anew, in the place of number {recorded.number}.",
    )


def _recorded(row: tuple[Any, ...]) -> Recorded:
    number, key, previous, digest, entry = row
    try:
        decision = parsed(entry)["decision"]
    except (ValueError, KeyError, TypeError) as error:
        raise ScoreError(
            "E_REGISTER",
            f"a row of the register must hold a decision, got {shown(entry)}",
            row=number,
            hint="Say common-ground verify on it, and put its last good copy in its place.",
        ) from error
    return Recorded(number, key, previous, digest, Decision.read(decision))
