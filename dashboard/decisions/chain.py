"""Hash chain of a register: check that each row matches its hash and names the hash of the row before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dashboard.decisions.canonical_json import canonical, hash_of, is_hash, parse_canonical
from dashboard.decisions.entry import ORIGIN, Entry, Row, hashed_content, read_entry
from metrics.errors import Problem, ScoreError

RECOVER = (
    "Stop the server, move the register with its -wal and -shm aside and keep them: they may hold decisions "
    "that no copy has. Then put its last good copy in its place, and record again what is missing."
)
"""Advice for a damaged register."""


@dataclass(frozen=True)
class Links:
    """Checked rows of a register.

    Attributes
    ----------
    entries : tuple of Recorded and Signed
        Entries of all rows that match their hash, even if they are not linked to their neighbours.
    last : tuple of (number, hash), or None
        Number and hash of the last row, even if the row is damaged.
    problems : tuple of Problem
        Problems within rows, and between neighbouring rows.
    """

    entries: tuple[Entry, ...] = ()
    last: tuple[int, str] | None = None
    problems: tuple[Problem, ...] = ()

    def linked_to(self, head: tuple[int, str] | None) -> tuple[Entry, ...]:
        """Entries in the same chain as the entry with a trusted number and hash, or as the last row.

        These are that entry, the entries before it, and the entries appended later. Anybody can compute a
        hash, so an entry that only matches its own hash may be forged.
        """
        number, digest = head or self.last or (0, "")
        sound = {entry.number: entry for entry in self.entries}
        chain: list[Entry] = []
        while (entry := sound.get(number)) is not None and entry.hash == digest:
            chain.append(entry)
            number, digest = number - 1, entry.previous
        chain.reverse()
        while (
            chain
            and (entry := sound.get(chain[-1].number + 1)) is not None
            and entry.previous == chain[-1].hash
        ):
            chain.append(entry)
        return tuple(chain)


@dataclass
class Chain:
    """Checks the rows of a register; rows that were checked before are not checked again.

    Attributes
    ----------
    file : str
        Name of the register, for problems.
    checks_form : bool
        True to also check that a text is canonical. Without this check, the hash already shows that the text
        is unchanged. Writing the canonical text takes longer than all other checks.
    """

    file: str
    checks_form: bool = False
    _sound: dict[str, Entry] = field(default_factory=dict)

    def check(self, rows: Iterable[Row]) -> Links:
        """Check all rows of a register in the order of their numbers."""
        problems: list[Problem] = []
        sound: dict[str, Entry] = {}
        before, last = ORIGIN, 0
        for row in rows:
            entry, row_problems = self._check_row(row)
            if entry is not None and not row_problems:
                sound[row.hash] = entry
            problems += row_problems
            if row.number != last + 1:
                message = f"numbers must run on, got {row.number} after {last}"
                problems.append(self._problem(message, None))
            if row.previous != before:
                message = "a row must name the hash before it"
                problems.append(self._problem(message, row.number, row.previous))
            before, last = row.hash, row.number
        self._sound = sound
        return Links(tuple(sound.values()), (last, before) if last else None, tuple(problems))

    def _check_row(self, row: Row) -> tuple[Entry | None, list[Problem]]:
        """Decision or signature of a row, and problems of the row with its hash and columns."""
        number, key, previous, digest, text = row
        problems = []
        if hash_of(text) != digest:
            problems.append(self._problem("a row's hash must be that of its text", number, digest))
        else:
            sound = self._sound.get(digest)
            if sound is not None and (sound.number, sound.key, sound.previous) == row[:3]:
                return sound, []
        try:
            content = parse_canonical(text)
            if self.checks_form and canonical(content) != text:
                problems.append(self._problem("a row's text must be canonical", number))
            kind = "signature" if "signature" in content else "decision"
            seal = content.get("seal", "") if kind == "decision" else ""
            matches = content == hashed_content(number, key, previous, content[kind], kind, seal)
            if not matches or (seal != "" and not is_hash(seal)):
                message = "a row's text must say its own number, key and hash before"
                problems.append(self._problem(message, number))
            entry = read_entry(row, content)
        except (ScoreError, ValueError, KeyError, TypeError) as error:
            got = error.message if isinstance(error, ScoreError) else type(error).__name__
            problems.append(self._problem(f"a row must hold a decision, got: {got}", number))
            return None, problems
        return entry, problems

    def _problem(self, message: str, row: int | None, value: Any = None) -> Problem:
        return Problem("E_CHAIN", "error", message, self.file, row, value=value, hint=RECOVER)
