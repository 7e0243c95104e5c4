"""Register of decisions: an append-only SQLite file whose rows form a hash chain.

A row holds the canonical text of a decision or a signature, with its number, its key and the hash of the row
before. The hash of the row is computed from that text. Triggers refuse updates, deletions, and rows that do
not follow the last one. An append is on the disk (``synchronous=FULL``) before it is acknowledged. Readers
see all damage: changed rows, and a missing end if a head is stored elsewhere. Nothing is appended to a
damaged register.
"""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from dashboard.decisions.canonical_json import canonical, hash_of, parse_canonical
from dashboard.decisions.chain import RECOVER, Chain, Entry, Links, Row
from dashboard.decisions.chain_head import ChainHead, ChainHeadFile
from dashboard.decisions.decision import ORIGIN, Decision, Recorded, entry_of
from dashboard.decisions.kept_tallies import KeptTallies
from dashboard.decisions.proposal import proposals, refusal, successors
from dashboard.decisions.rate_limit import RateLimit
from dashboard.decisions.rollouts import MORE_HAPPENED, rollouts_of
from dashboard.decisions.signature import Signature, Signed
from metrics import strict_mapping
from metrics.errors import Problem, ScoreError, counted, shown

APPLICATION_ID = 0x43476472
"""Mark of a register file (``PRAGMA application_id``)."""
FORM_VERSION, LATEST = 1, 5
"""First and latest version of the file (``PRAGMA user_version``). All versions have the same tables."""
WAIT_SECONDS = 10.0
"""Seconds that a reader or an append waits for other processes."""
MOST_BYTES = 256_000
"""Maximum size of one decision, which is far more than a meeting needs."""
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

_ACCEPT = (
    "If nothing is missing, common-ground verify --accept takes the register as it is. Until then nothing is "
    "recorded."
)

T = TypeVar("T")
COLUMNS = "number, key, previous, hash, entry"
IS_DECISION = "(json_type(entry, '$.decision') IS NOT NULL)"
"""Condition of a row that holds a decision, not a signature."""


@dataclass(frozen=True)
class RegisterReading:
    """Content of a register.

    Attributes
    ----------
    decisions : tuple of Recorded
        Undamaged decisions, oldest first. The chain links them to the head stored elsewhere, or to the last
        row if no head is stored.
    signatures : tuple of Signed
        Undamaged signatures, linked in the same way. Their seals are not checked.
    problems : tuple of Problem
        Damage: rows that were changed, or a missing end.
    is_kept : bool
        True if number and hash of the last decision are also stored elsewhere.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    is_kept: bool

    @property
    def decisions(self) -> tuple[Recorded, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Recorded))

    @property
    def signatures(self) -> tuple[Signed, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Signed))


class Register:
    """File of decisions, created with the first decision.

    Parameters
    ----------
    kept : ChainHeadFile or None
        Separate file with number and hash of the last decision, if there is one.
    rate : RateLimit or None
        How often a reader may record; `None` without a limit.
    most_bytes : int or None
        Maximum size of all decisions, and of all their tallies; `None` without a limit.

    Attributes
    ----------
    tallies : KeptTallies
        Tallies that are kept with the decisions.

    Notes
    -----
    Every action opens the file again, so nothing is appended to a file that was removed meanwhile.
    """

    def __init__(
        self,
        path: Path,
        kept: ChainHeadFile | None = None,
        rate: RateLimit | None = None,
        most_bytes: int | None = None,
    ) -> None:
        self.path, self.tallies = path, KeptTallies(path, most_bytes)
        self._kept, self._rate, self._most_bytes = kept, rate, most_bytes
        self._chain = Chain(path.name)
        self._links = Links()
        self._stamp: tuple[int, ...] | None = None
        self._lock = threading.Lock()

    def append(
        self,
        decision: Decision,
        key: str,
        by: str = "",
        propose: Callable[[Recorded], Signature] | None = None,
        seal_key: bytes | None = None,
    ) -> Recorded:
        """Record a decision once per key; it is on the disk when this returns.

        Parameters
        ----------
        key : str
            Key of the attempt. A repeated attempt has the same key.
        by : str
            Identifies the reader who records, for the rate limit.
        propose : callable or None
            Makes the signature of the person who proposes the decision, which is recorded together with it.
        seal_key : bytes or None
            Key of the seals; `None` records without a seal, as earlier versions did.

        Raises
        ------
        ScoreError
            - ``E_REGISTER`` if the decision could not be written; try again with the same key.
            - ``E_REGISTER`` if the key was used for another decision, or too many decisions came at once.
            - ``E_DECISION`` if the decision is too long, or replaces a decision that does not exist.
            - ``E_HEAD`` if earlier decisions are missing.
        """
        written = decision.as_dict()
        size = len(canonical(written).encode())
        if size > MOST_BYTES:
            raise ScoreError(
                "E_DECISION",
                f"a decision must take at most {MOST_BYTES // 1000} kB, got {-(-size // 1000):,} kB",
                hint="Shorten what is longest: the notes on models, a reason, an objection.",
            )

        def act(connection: sqlite3.Connection) -> tuple[Recorded, Entry]:
            if rows := _rows(connection, "key = ?", key):
                recorded = _repeated(_recorded(rows[0]), written)
                return recorded, recorded
            number, previous = _next(connection)
            if decision.supersedes is not None and not _rows(
                connection, f"number = ? AND {IS_DECISION}", decision.supersedes
            ):
                raise ScoreError(
                    "E_DECISION",
                    "a decision must stand in the place of an earlier one of this register, got number "
                    f"{decision.supersedes}",
                    hint="Choose one of the list.",
                )
            self._check_append(connection, by)
            recorded = Recorded.sealed(number, key, previous, decision, seal_key)
            _insert(connection, recorded, canonical(recorded.entry))
            if propose is None:
                return recorded, recorded
            return recorded, _insert_signature(connection, propose(recorded))

        return self._write(act, by)

    def sign(self, signature: Signature, key: bytes, by: str = "") -> Signed:
        """Record a sealed signature on a proposal once; it is on the disk when this returns.

        Parameters
        ----------
        key : bytes
            Key of the seals.
        by : str
            Identifies the reader who signs, for the rate limit.

        Raises
        ------
        ScoreError
            - ``E_SIGNATURE`` if the decision is no proposal that waits for this signature, or if the
              signature is too long or bears no seal of the server.
            - ``E_REGISTER`` if the signature could not be written, or too many came at once.
            - ``E_HEAD`` if earlier entries are missing.
        """
        if len(canonical(signature.as_dict()).encode()) > MOST_BYTES:
            raise refusal(f"a signature must take at most {MOST_BYTES // 1000} kB, got more")
        if not signature.is_sealed(key):
            raise refusal("a signature must bear the seal of this server, got another")

        def act(connection: sqlite3.Connection) -> tuple[Signed, Entry]:
            digest = signature.decision
            decision_or_successor = (
                "(hash = ?1 OR json_extract(entry, '$.decision.supersedes') = "
                "(SELECT number FROM decisions WHERE hash = ?1))"
            )
            # Decisions from the first sealed one on need a seal.
            first_sealed = (
                "(SELECT min(number) FROM decisions WHERE json_type(entry, '$.seal') IS NOT NULL)"
            )
            rows = _rows(
                connection,
                f"{IS_DECISION} AND ({decision_or_successor} OR number = {first_sealed}) ORDER BY number",
                digest,
            )
            signed = _rows(connection, f"NOT {IS_DECISION}")
            by_hash = {
                proposal.recorded.hash: proposal
                for proposal in proposals(map(_recorded, rows), map(_signed, signed), key)
            }
            if (proposal := by_hash.get(digest)) is None:
                raise refusal("a signature must be on a decision of this register, got another")
            if (before := proposal.before(signature)) is not None:
                if not before.signature.says_the_same(signature):
                    signed_before = "a stakeholder must sign once, got another signature before"
                    raise refusal(signed_before if signature.rollout is None else MORE_HAPPENED)
                return before, before
            later = successors(by_hash.values()).get(proposal.recorded.number)
            if later is not None and signature.act != "rolls back":
                raise refusal(
                    f"a signature must be on the latest proposal, got one before No. {later}"
                )
            proposal.check(signature)
            if signature.rollout is not None:
                _check_rollout(connection, proposal.recorded.number, signature, key)
            self._check_append(connection, by)
            new = _insert_signature(connection, signature)
            return new, new

        return self._write(act, by)

    def _write(self, act: Callable[[sqlite3.Connection], tuple[T, Entry]], by: str) -> T:
        """Run an action in one transaction; the action returns a result and the last entry that it wrote."""
        # The check takes longer than the append, so it runs before other writers have to wait.
        if faults := self.read().problems:
            raise ScoreError.of(faults)

        def transaction() -> tuple[T, Entry]:
            with self._connection(write=True) as connection:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    before = connection.total_changes
                    done = act(connection)
                    is_new = connection.total_changes > before
                    connection.execute("COMMIT")
                except BaseException:
                    _roll_back(connection)
                    raise
            if is_new and self._rate is not None:
                self._rate.count(by)
            return done

        result, last = self._retry(transaction)
        if self._kept is not None:
            self._kept.keep(last.number, last.hash)
        return result

    def all(self) -> list[Recorded]:
        """All decisions, oldest first.

        Raises
        ------
        ScoreError
            If the file cannot be read or is damaged.
        """
        reading = self.read()
        if reading.problems:
            raise ScoreError.of(reading.problems)
        return list(reading.decisions)

    def read(self) -> RegisterReading:
        """Read the undamaged entries, and the damage.

        Raises
        ------
        ScoreError
            If nothing can be read.
        """
        return self._retry(self._read_now)

    def _read_now(self) -> RegisterReading:
        with self._lock:
            # The head is read first, because it is stored after its decision is in the register.
            problems: list[Problem] = []
            head = None
            try:
                head = self._head()
            except ScoreError as error:
                problems += error.problems
            exists = self.path.exists()
            if head is not None and not exists:
                return RegisterReading((), (_vanished(head, self.path.name),), is_kept=True)
            links = self._read_rows() if exists else Links()
            problems += self._faults(links, head)
            is_kept = self._kept is not None and not problems
            known = None if head is None else (head.number, head.hash)
            if self._kept is not None and not problems and links.last not in (None, known):
                is_kept = self._kept.keep(*links.last)
            return RegisterReading(_linked_entries(links, head), tuple(problems), is_kept)

    def _head(self) -> ChainHead | None:
        return None if self._kept is None else self._kept.read()

    def _faults(self, links: Links, head: ChainHead | None) -> list[Problem]:
        """Damage of the register."""
        problems = list(links.problems)
        linked = _linked_entries(links, head)
        if head is not None and head.hash not in (entry.hash for entry in linked):
            count = links.last[0] if links.last else 0
            problems.append(_missing(head, count, self.path.name))
        if not_linked := len(links.entries) - len(linked):
            problems.append(
                Problem(
                    "E_CHAIN",
                    "error",
                    "every decision must be linked to the last by its hash, got "
                    f"{counted(not_linked, 'decision')} without a link: not shown",
                    self.path.name,
                    hint=RECOVER,
                )
            )
        return problems

    def _read_rows(self) -> Links:
        """Checked rows of the file, which is read again only if it has changed."""
        stamp = _stamp(self.path)
        if stamp is None or stamp != self._stamp:
            with self._connection(write=False) as connection:
                rows: list[Row] = connection.execute(
                    f"SELECT {COLUMNS} FROM decisions ORDER BY number"
                ).fetchall()
                damage = tuple(damaged_pages(connection, self.path.name))
            links = self._chain.checked(rows)
            self._links = replace(links, problems=links.problems + damage)
            self._stamp = stamp
        return self._links

    @contextlib.contextmanager
    def _connection(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        if write:
            _make_private(self.path)
            connection = sqlite3.connect(self.path, timeout=1.0, isolation_level=None)
        else:
            connection = opened_to_read(self.path, "rw", timeout=0.1)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA synchronous = FULL")
            # On macOS, fsync alone does not reach the disk.
            connection.execute("PRAGMA fullfsync = ON")
            if write:
                _prepare(connection)
            if _is_empty(connection):
                connection.execute(f"CREATE TEMP TABLE decisions ({COLUMNS})")
            elif problems := other_form(connection, self.path.name):
                raise ScoreError.of(problems)
            _restrict_access(self.path)
            yield connection
        finally:
            connection.close()

    def _retry(self, act: Callable[[], T]) -> T:
        """Run an action, and repeat it while other processes lock the file."""
        end = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return act()
            except sqlite3.OperationalError as error:
                code = getattr(error, "sqlite_errorcode", 0) & 0xFF
                is_busy = code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                if not is_busy or time.monotonic() > end:
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
        elif code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or "UTF-8" in reason:
            hint = RECOVER
        return ScoreError(
            "E_REGISTER",
            f"the register must be readable and have room for what is recorded, got: {shown(reason)}",
            file=self.path.name,
            hint=hint,
        )

    def _check_append(self, connection: sqlite3.Connection, by: str) -> None:
        """Refuse the append if decisions are missing, there is no room, or too many come at once."""
        if (head := self._head()) is not None:
            row = connection.execute(
                "SELECT hash FROM decisions WHERE number = ?", (head.number,)
            ).fetchone()
            if row != (head.hash,):  # another file has replaced the register since the check
                count = connection.execute("SELECT count(*) FROM decisions").fetchone()[0]
                raise ScoreError.of([_missing(head, count, self.path.name)])
        if self._most_bytes is not None and _size(connection) + MOST_BYTES > self._most_bytes:
            raise ScoreError(
                "E_REGISTER",
                f"the register must take at most {self._most_bytes // 10**6:,} MB, got as much",
                file=self.path.name,
                hint="Ask whoever runs this server to make room with --keep-total.",
            )
        if self._rate is not None and not self._rate.admits(by):
            raise ScoreError(
                "E_REGISTER",
                f"decisions must be recorded one after the other, at most {self._rate.by_one} a minute by "
                f"one reader and {self._rate.by_all} by all, got one more",
                hint="Press Record again in a minute.",
            )


def _stamp(path: Path) -> tuple[int, ...] | None:
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


def opened_to_read(path: Path, mode: Literal["ro", "rw"], timeout: float) -> sqlite3.Connection:
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
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        if log.exists() and log.stat().st_size:
            raise
        return sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
    return connection


def _size(connection: sqlite3.Connection) -> int:
    pages, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
    )
    return int(pages * size)


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


def _vanished(head: ChainHead, file: str) -> Problem:
    recorded = f"{counted(head.number, 'decision')} {'was' if head.number == 1 else 'were'}"
    return _head_problem(f"be where it was, got none, though {recorded} recorded in it", head, file)


def _missing(head: ChainHead, count: int, file: str) -> Problem:
    got = f"{counted(count, 'decision')} without it"
    return _head_problem(f"hold decision {head.number:,} as it was recorded, got {got}", head, file)


def _head_problem(rule: str, head: ChainHead, file: str) -> Problem:
    hint = f"{RECOVER} {_ACCEPT}"
    return Problem("E_HEAD", "error", f"the register must {rule}", file, value=head.hash, hint=hint)


def _linked_entries(links: Links, head: ChainHead | None) -> tuple[Entry, ...]:
    anchor = (head.number, head.hash) if head is not None else links.last
    return () if anchor is None else links.reaching(*anchor)


def damaged_pages(connection: sqlite3.Connection, file: str) -> Iterator[Problem]:
    """Damage that SQLite finds in the pages and indexes of a register."""
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            message = f"the file must be whole, got: {shown(line)}"
            yield Problem("E_REGISTER", "error", message, file, hint=RECOVER)


def _prepare(connection: sqlite3.Connection) -> None:
    """Create the tables if the file is new."""
    if not _is_empty(connection):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _is_empty(connection):  # another process may have created the tables
            for statement in SCHEMA.values():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {LATEST}")
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _is_empty(connection: sqlite3.Connection) -> bool:
    count: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return count == 0


def other_form(connection: sqlite3.Connection, file: str) -> list[Problem]:
    """Problem of a file that is no register, or that a later version made; empty for a register."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application == APPLICATION_ID and FORM_VERSION <= version <= LATEST:
        return []
    message = (
        f"the register must be a file of decisions, version {LATEST} at most, got application "
        f"{application:#x}, version {version}"
    )
    hint = "Name another file with --register, or use the version of the app that made this one."
    return [Problem("E_REGISTER", "error", message, file, hint=hint)]


def _roll_back(connection: sqlite3.Connection) -> None:
    # A full disk may have rolled the transaction back already.
    with contextlib.suppress(sqlite3.Error):
        connection.execute("ROLLBACK")


def _repeated(recorded: Recorded, written: dict[str, Any]) -> Recorded:
    """Decision recorded under this key, if it is the same except for its time.

    Raises
    ------
    ScoreError
        If the key was used for another decision.
    """
    before = recorded.decision.as_dict()
    if canonical(before | {"at": ""}) == canonical(written | {"at": ""}):
        return recorded
    raise ScoreError(
        "E_REGISTER",
        f"an attempt must be repeated in the same words, got others than those of number "
        f"{recorded.number}, which it recorded",
        hint=f"Record it anew, in the place of number {recorded.number}.",
    )


def _rows(connection: sqlite3.Connection, where: str, *parameters: str | int) -> list[Row]:
    """Rows that meet a condition."""
    return connection.execute(
        f"SELECT {COLUMNS} FROM decisions WHERE {where}", parameters
    ).fetchall()


def _next(connection: sqlite3.Connection) -> tuple[int, str]:
    """Number of the next entry, and hash of the last one."""
    last = connection.execute(
        "SELECT number, hash FROM decisions ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return (1, ORIGIN) if last is None else (last[0] + 1, last[1])


def _insert(connection: sqlite3.Connection, entry: Entry, text: str) -> None:
    """Insert an entry, and mark the file with the latest version, which older apps refuse."""
    connection.execute(f"PRAGMA user_version = {LATEST}")
    connection.execute(
        f"INSERT INTO decisions ({COLUMNS}) VALUES (?, ?, ?, ?, ?)",
        (entry.number, entry.key, entry.previous, entry.hash, text),
    )


def _insert_signature(connection: sqlite3.Connection, signature: Signature) -> Signed:
    number, previous = _next(connection)
    written = signature.as_dict()
    text = canonical(entry_of(number, signature.seal, previous, written, "signature"))
    signed = Signed(number, signature.seal, previous, hash_of(text), signature)
    _insert(connection, signed, text)
    return signed


def _check_rollout(
    connection: sqlite3.Connection, number: int, signature: Signature, key: bytes
) -> None:
    """Check that a signature on a rollout of a decision is allowed after all earlier rollouts."""
    signed = map(_signed, _rows(connection, f"NOT {IS_DECISION}"))
    rollouts = [entry for entry in signed if entry.signature.rollout is not None]
    decisions = [
        _recorded(row)
        for digest in {entry.signature.decision for entry in rollouts}
        for row in _rows(connection, f"{IS_DECISION} AND hash = ?1", digest)
    ]
    rollouts_of(proposals(decisions, rollouts, key)).check(number, signature)


def _signed(row: Row) -> Signed:
    number, key, previous, digest, entry = row
    signature = strict_mapping.read(Signature, parse_canonical(entry)["signature"])
    return Signed(number, key, previous, digest, signature)


def _recorded(row: Row) -> Recorded:
    number, key, previous, digest, entry = row
    try:
        content = parse_canonical(entry)
        decision, seal = content["decision"], content.get("seal", "")
    except (ValueError, KeyError, TypeError) as error:
        raise ScoreError(
            "E_REGISTER",
            f"a row of the register must hold a decision, got {shown(entry)}",
            row=number,
            hint=RECOVER,
        ) from error
    return Recorded(number, key, previous, digest, Decision.read(decision), seal)
