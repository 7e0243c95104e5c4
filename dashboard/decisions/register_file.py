"""SQLite file of a register: its form, private access, and reading and inserting rows.

Triggers refuse updates, deletions, and rows that do not follow the last one. An append is on the disk
(``synchronous=FULL``) before it is acknowledged.
"""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeVar

from dashboard.decisions.canonical_json import canonical, parse_canonical
from dashboard.decisions.chain import RECOVER
from dashboard.decisions.entry import ORIGIN, Entry, Recorded, Row, Signed, read_entry
from dashboard.decisions.signature import Signature
from metrics.errors import Problem, ScoreError, shown

_APPLICATION_ID = 0x43476472
"""Mark of a register file (``PRAGMA application_id``)."""
FORM_VERSION, LATEST = 1, 5
"""First and latest version of the file (``PRAGMA user_version``). All versions have the same tables."""
WAIT_SECONDS = 10.0
"""Seconds that a reader or an append waits for other processes."""
SETTLED_SECONDS = 2.0
"""Seconds after which another write to a file certainly changes its times."""
_REFUSE = "SELECT RAISE(ABORT, 'the register is append-only')"
SCHEMA = {
    "decisions": """CREATE TABLE decisions (
    number INTEGER PRIMARY KEY CHECK (number >= 1),
    key TEXT NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 64),
    previous TEXT NOT NULL UNIQUE CHECK (length(previous) = 64),
    hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
    entry TEXT NOT NULL CHECK (json_valid(entry))
) STRICT""",
    # INSERT OR REPLACE would remove an existing row without running a trigger on deletions.
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
"""SQL of the tables and triggers by name. `dashboard.decisions.verify_register` requires exactly these."""

T = TypeVar("T")
_COLUMNS = ", ".join(Row._fields)
_IS_DECISION = "(json_type(entry, '$.decision') IS NOT NULL)"
"""Condition of a row that holds a decision, not a signature."""


@contextlib.contextmanager
def connect(path: Path, *, write: bool) -> Iterator[sqlite3.Connection]:
    """Connect to a register, whose file is created for the first write.

    Raises
    ------
    ScoreError
        If the file is no register, or is one of a later version.
    """
    if write:
        _make_private(path)
        connection = sqlite3.connect(path, timeout=1.0, isolation_level=None)
    else:
        connection = open_to_read(path, "rw", timeout=0.1)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA synchronous = FULL")
        # On macOS, fsync alone does not reach the disk.
        connection.execute("PRAGMA fullfsync = ON")
        if write:
            _prepare(connection)
        if _is_empty(connection):
            connection.execute(f"CREATE TEMP TABLE decisions ({_COLUMNS})")
        elif problems := form_problems(connection, path.name):
            raise ScoreError.of(problems)
        _restrict_access(path)
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is written inside of this context, or nothing if an exception leaves it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled the transaction back already.
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def retry(act: Callable[[], T], file: str) -> T:
    """Run an action, and repeat it while other processes lock the file.

    Raises
    ------
    ScoreError
        ``E_REGISTER`` if the file stays locked, cannot be used, or has no room.
    """
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return act()
        except sqlite3.OperationalError as error:
            if not _is_locked(error) or time.monotonic() > end:
                raise _register_error(error, file) from error
            time.sleep(random.uniform(0.001, 0.05))
        except (sqlite3.Error, UnicodeError, OSError) as error:
            raise _register_error(error, file) from error


def _code(error: BaseException) -> int:
    """Code of an error of SQLite without its extension; 0 for any other error."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_locked(error: Exception) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _register_error(error: Exception, file: str) -> ScoreError:
    code, reason = _code(error), str(error)
    hint = "Ask the operator of this server; then try again."
    if isinstance(error, OSError):
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
    elif code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        hint = "Make room on the disk, then try again."
    elif _is_locked(error):
        hint = "Others are writing: try again in a minute."
    elif code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or "UTF-8" in reason:
        hint = RECOVER
    return ScoreError(
        "E_REGISTER",
        f"the register must be readable and have room for what is recorded, got: {shown(reason)}",
        file=file,
        hint=hint,
    )


def open_to_read(path: Path, mode: Literal["ro", "rw"], timeout: float) -> sqlite3.Connection:
    """Open a register for reading; if its folder is read-only, open the file as immutable.

    An immutable file is read without its log. A register with a log is refused instead.
    """
    address, log = path.resolve().as_uri(), Path(f"{path}-wal")
    connection = sqlite3.connect(
        f"{address}?mode={mode}", uri=True, timeout=timeout, isolation_level=None
    )
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException as error:
        connection.close()
        if _code(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        if log.exists() and log.stat().st_size:
            raise
        return sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
    return connection


def _make_private(path: Path) -> None:
    """Create a missing folder and file of a register, for this user only."""
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _restrict_access(path: Path) -> None:
    """Remove access for other users, which an earlier version allowed."""
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        # A file may be missing, or belong to another user who decides on access.
        with contextlib.suppress(OSError):
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def _prepare(connection: sqlite3.Connection) -> None:
    """Create the tables if the file is new."""
    if not _is_empty(connection):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    with transaction(connection):
        if _is_empty(connection):  # another process may have created the tables
            for statement in SCHEMA.values():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {LATEST}")


def _is_empty(connection: sqlite3.Connection) -> bool:
    count: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return count == 0


def form_problems(connection: sqlite3.Connection, file: str) -> list[Problem]:
    """Problem of a file that is no register, or that a later version made; empty for a register."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application == _APPLICATION_ID and FORM_VERSION <= version <= LATEST:
        return []
    message = (
        f"the register must be a file of decisions, version {LATEST} at most, got application "
        f"{application:#x}, version {version}"
    )
    hint = "Name another file with --register, or use the version of the app that made this one."
    return [Problem("E_REGISTER", "error", message, file, hint=hint)]


def page_damage(connection: sqlite3.Connection, file: str) -> Iterator[Problem]:
    """Damage that SQLite finds in the pages and indexes of a register."""
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            message = f"the file must be whole, got: {shown(line)}"
            yield Problem("E_REGISTER", "error", message, file, hint=RECOVER)


def stamp_of(path: Path) -> tuple[int, ...] | None:
    """Stamp that changes with each write to a register; `None` if the last write is too recent for that."""
    stamp: list[int] = []
    for file in (path, Path(f"{path}-wal")):
        try:
            about = file.stat()
        except FileNotFoundError:
            stamp.append(0)
            continue
        if time.time() - max(about.st_mtime, about.st_ctime) < SETTLED_SECONDS:
            return None
        stamp += [about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns]
    return tuple(stamp)


def size_of(connection: sqlite3.Connection) -> int:
    """Size of a register in bytes."""
    pages, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
    )
    return int(pages * size)


def all_rows(connection: sqlite3.Connection) -> list[Row]:
    """All rows, oldest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM decisions ORDER BY number")
    return [Row(*row) for row in rows]


def decisions_where(
    connection: sqlite3.Connection, condition: str, *parameters: str | int
) -> list[Recorded]:
    """Decisions that meet a condition, oldest first."""
    entries = _entries(connection, f"{_IS_DECISION} AND ({condition})", *parameters)
    return [entry for entry in entries if isinstance(entry, Recorded)]


def decisions_about(connection: sqlite3.Connection, digest: str) -> list[Recorded]:
    """Decisions that a signature depends on: the signed one, its successors, and the first with a seal.

    Decisions from the first sealed one on need a seal.
    """
    signed = "SELECT number FROM decisions WHERE hash = ?1"
    first_sealed = "SELECT min(number) FROM decisions WHERE json_type(entry, '$.seal') IS NOT NULL"
    condition = (
        f"hash = ?1 OR json_extract(entry, '$.decision.supersedes') = ({signed}) "
        f"OR number = ({first_sealed})"
    )
    return decisions_where(connection, condition, digest)


def holds(connection: sqlite3.Connection, number: int, digest: str) -> bool:
    """True if the entry with a number has a hash."""
    query = "SELECT 1 FROM decisions WHERE number = ? AND hash = ?"
    return connection.execute(query, (number, digest)).fetchone() is not None


def all_signatures(connection: sqlite3.Connection) -> list[Signed]:
    """All signatures, oldest first."""
    entries = _entries(connection, f"NOT {_IS_DECISION}")
    return [entry for entry in entries if isinstance(entry, Signed)]


def _entries(
    connection: sqlite3.Connection, condition: str, *parameters: str | int
) -> Iterator[Entry]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM decisions WHERE {condition} ORDER BY number", parameters
    )
    return (read_entry(row, parse_canonical(row.entry)) for row in (Row(*row) for row in rows))


def next_place(connection: sqlite3.Connection) -> tuple[int, str]:
    """Number of the next entry, and hash of the last one."""
    last = connection.execute(
        "SELECT number, hash FROM decisions ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return (1, ORIGIN) if last is None else (last[0] + 1, last[1])


def insert(connection: sqlite3.Connection, entry: Entry) -> None:
    """Insert an entry, and mark the file with the latest version, which older apps refuse."""
    connection.execute(f"PRAGMA user_version = {LATEST}")
    connection.execute(
        f"INSERT INTO decisions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",
        (entry.number, entry.key, entry.previous, entry.hash, canonical(entry.hashed)),
    )


def insert_signature(connection: sqlite3.Connection, signature: Signature) -> Signed:
    """Insert a signature as the next entry."""
    signed = Signed.placed(*next_place(connection), signature)
    insert(connection, signed)
    return signed
