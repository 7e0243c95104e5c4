"""Register of decisions: an append-only file whose rows form a hash chain.

A row holds the canonical text of a decision or a signature, with its number, its key and the hash of the row
before. The hash of the row is computed from that text. Readers see all damage: changed rows, and a missing
end if a head is stored elsewhere. Nothing is appended to a damaged register.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from dashboard.decisions import register_file
from dashboard.decisions.canonical_json import canonical
from dashboard.decisions.chain import RECOVER, Chain, Links
from dashboard.decisions.chain_head import ChainHead, ChainHeadFile
from dashboard.decisions.decision import Decision
from dashboard.decisions.entry import Entry, Recorded, Signed
from dashboard.decisions.proposal import proposals, refusal, successors
from dashboard.decisions.rate_limit import RateLimit
from dashboard.decisions.rollouts import MORE_HAPPENED, rollouts_of
from dashboard.decisions.signature import Signature
from dashboard.decisions.stored_tallies import StoredTallies
from metrics.errors import Problem, ScoreError, counted

MOST_BYTES = 256_000
"""Maximum size of one decision, which is far more than a meeting needs."""
T = TypeVar("T")


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
    has_stored_head : bool
        True if number and hash of the last decision are also stored elsewhere.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    has_stored_head: bool

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
    head_file : ChainHeadFile or None
        Separate file with number and hash of the last decision, if there is one.
    rate : RateLimit or None
        How often a reader may record; `None` without a limit.
    most_bytes : int or None
        Maximum size of all decisions, and of all their tallies; `None` without a limit.

    Attributes
    ----------
    tallies : StoredTallies
        Tallies that are stored with the decisions.

    Notes
    -----
    Every action opens the file again, so nothing is appended to a file that was removed meanwhile.
    """

    def __init__(
        self,
        path: Path,
        head_file: ChainHeadFile | None = None,
        rate: RateLimit | None = None,
        most_bytes: int | None = None,
    ) -> None:
        self.path, self.tallies = path, StoredTallies(path, most_bytes)
        self._head_file, self._rate, self._most_bytes = head_file, rate, most_bytes
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
        size = len(canonical(decision.as_dict()).encode())
        if size > MOST_BYTES:
            raise ScoreError(
                "E_DECISION",
                f"a decision must take at most {MOST_BYTES // 1000} kB, got {-(-size // 1000):,} kB",
                hint="Shorten what is longest: the notes on models, a reason, an objection.",
            )

        def act(connection: sqlite3.Connection) -> tuple[Recorded, Entry]:
            if before := register_file.decisions_where(connection, "key = ?", key):
                _must_repeat(before[0], decision)
                return before[0], before[0]
            number, previous = register_file.next_place(connection)
            if decision.supersedes is not None and not register_file.decisions_where(
                connection, "number = ?", decision.supersedes
            ):
                raise ScoreError(
                    "E_DECISION",
                    "a decision must stand in the place of an earlier one of this register, got number "
                    f"{decision.supersedes}",
                    hint="Choose one of the list.",
                )
            self._check_append(connection, by)
            recorded = Recorded.sealed(number, key, previous, decision, seal_key)
            register_file.insert(connection, recorded)
            if propose is None:
                return recorded, recorded
            return recorded, register_file.insert_signature(connection, propose(recorded))

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
            decisions = register_file.decisions_about(connection, signature.decision)
            by_hash = {
                proposal.recorded.hash: proposal
                for proposal in proposals(decisions, register_file.all_signatures(connection), key)
            }
            if (proposal := by_hash.get(signature.decision)) is None:
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
            new = register_file.insert_signature(connection, signature)
            return new, new

        return self._write(act, by)

    def _write(self, act: Callable[[sqlite3.Connection], tuple[T, Entry]], by: str) -> T:
        """Run an action in one transaction; the action returns a result and the last entry that it wrote."""
        # The check takes longer than the append, so it runs before other writers have to wait.
        self.all()

        def write() -> tuple[T, Entry]:
            with register_file.connect(self.path, write=True) as connection:
                before = connection.total_changes
                with register_file.transaction(connection):
                    done = act(connection)
                is_new = connection.total_changes > before
            if is_new and self._rate is not None:
                self._rate.count(by)
            return done

        result, last = register_file.retry(write, self.path.name)
        if self._head_file is not None:
            self._head_file.store(last.number, last.hash)
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
        return register_file.retry(self._read_now, self.path.name)

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
                return RegisterReading(
                    (), (head.vanished_problem(self.path.name),), has_stored_head=True
                )
            links = self._read_rows() if exists else Links()
            stored = None if head is None else (head.number, head.hash)
            linked = links.linked_to(stored)
            problems += self._faults(links, linked, head)
            is_stored = self._head_file is not None and not problems
            if self._head_file is not None and not problems and links.last not in (None, stored):
                is_stored = self._head_file.store(*links.last)
            return RegisterReading(linked, tuple(problems), is_stored)

    def _head(self) -> ChainHead | None:
        return None if self._head_file is None else self._head_file.read()

    def _faults(
        self, links: Links, linked: tuple[Entry, ...], head: ChainHead | None
    ) -> list[Problem]:
        """Damage of the register."""
        problems = list(links.problems)
        if head is not None and head.hash not in (entry.hash for entry in linked):
            count = links.last[0] if links.last else 0
            problems.append(head.missing_problem(count, self.path.name))
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
        stamp = register_file.stamp_of(self.path)
        if stamp is None or stamp != self._stamp:
            with register_file.connect(self.path, write=False) as connection:
                rows = register_file.all_rows(connection)
                damage = tuple(register_file.page_damage(connection, self.path.name))
            links = self._chain.check(rows)
            self._links = replace(links, problems=links.problems + damage)
            self._stamp = stamp
        return self._links

    def _check_append(self, connection: sqlite3.Connection, by: str) -> None:
        """Refuse the append if decisions are missing, there is no room, or too many come at once."""
        head = self._head()
        if head is not None and not register_file.holds(connection, head.number, head.hash):
            # Another file has replaced the register since the check.
            next_number, _ = register_file.next_place(connection)
            raise ScoreError.of([head.missing_problem(next_number - 1, self.path.name)])
        if (
            self._most_bytes is not None
            and register_file.size_of(connection) + MOST_BYTES > self._most_bytes
        ):
            raise ScoreError(
                "E_REGISTER",
                f"the register must take at most {self._most_bytes // 10**6:,} MB, got as much",
                file=self.path.name,
                hint="Ask the operator of this server to make room with --keep-total.",
            )
        if self._rate is not None and not self._rate.admits(by):
            raise ScoreError(
                "E_REGISTER",
                f"decisions must be recorded one after the other, at most {self._rate.by_one} a minute by "
                f"one reader and {self._rate.by_all} by all, got one more",
                hint="Press Record again in a minute.",
            )


def _must_repeat(recorded: Recorded, decision: Decision) -> None:
    """Raise ``E_REGISTER`` unless a repeated attempt has the same decision, except for its time."""
    before, again = (one.as_dict() | {"at": ""} for one in (recorded.decision, decision))
    if canonical(before) != canonical(again):
        raise ScoreError(
            "E_REGISTER",
            f"an attempt must be repeated in the same words, got others than those of number "
            f"{recorded.number}, which it recorded",
            hint=f"Record it again, in the place of number {recorded.number}.",
        )


def _check_rollout(
    connection: sqlite3.Connection, number: int, signature: Signature, key: bytes
) -> None:
    """Check that a signature on a rollout of a decision is allowed after all earlier rollouts."""
    rollouts = [
        entry
        for entry in register_file.all_signatures(connection)
        if entry.signature.rollout is not None
    ]
    decisions = [
        recorded
        for digest in {entry.signature.decision for entry in rollouts}
        for recorded in register_file.decisions_where(connection, "hash = ?", digest)
    ]
    rollouts_of(proposals(decisions, rollouts, key)).check(number, signature)
