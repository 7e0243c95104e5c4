"""Head of a register (number and hash of its last decision), stored in a separate place.

A chain stays valid if its end is cut off, and a missing register would start again at number 1. Only a head
that is stored elsewhere shows that decisions are missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from dashboard.decisions.canonical_json import Hash
from dashboard.decisions.chain import RECOVER
from metrics import strict_mapping
from metrics.errors import Problem, ScoreError, counted
from metrics.io.atomic_write import replacing
from metrics.strict_mapping import STRICT, Text, Whole, not_below

_ACCEPT = (
    "If nothing is missing, common-ground verify --accept takes the register as it is. Until then nothing is "
    "recorded."
)


@dataclass(frozen=True)
class ChainHead:
    """Last known decision of a register.

    Attributes
    ----------
    register : str
        Path of the register, for people who read the file.
    """

    __pydantic_config__ = STRICT

    number: Annotated[Whole, not_below(1)]
    hash: Hash
    register: Text = ""

    def vanished_problem(self, file: str) -> Problem:
        """Problem of a missing register, in which this decision was recorded."""
        recorded = f"{counted(self.number, 'decision')} {'was' if self.number == 1 else 'were'}"
        return self._problem(f"be where it was, got none, though {recorded} recorded in it", file)

    def missing_problem(self, count: int, file: str) -> Problem:
        """Problem of a register of ``count`` entries without this decision."""
        got = f"{counted(count, 'decision')} without it"
        return self._problem(f"hold decision {self.number:,} as it was recorded, got {got}", file)

    def _problem(self, rule: str, file: str) -> Problem:
        hint = f"{RECOVER} {_ACCEPT}"
        return Problem(
            "E_HEAD", "error", f"the register must {rule}", file, value=self.hash, hint=hint
        )


class ChainHeadFile:
    """File that stores the head of one register.

    Parameters
    ----------
    folder : Path
        Folder of all heads on this machine. It is created with the first head, for this user only.
    """

    def __init__(self, folder: Path, register: Path) -> None:
        self._register = str(register.resolve())
        name = hashlib.sha256(self._register.encode(errors="surrogateescape")).hexdigest()
        self._folder, self._place = folder, folder / f"{name}.json"

    def read(self) -> ChainHead | None:
        """Stored head; `None` if none was stored yet.

        Raises
        ------
        ScoreError
            ``E_HEAD`` if the file exists but cannot be read.
        """
        try:
            return strict_mapping.read(ChainHead, json.loads(self._place.read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise ScoreError(
                "E_HEAD",
                "what is kept of the register's last decision must be readable, got: "
                f"{type(error).__name__}",
                file=self._place.name,
                hint="Say common-ground verify on the register; with --accept it is taken as it stands.",
            ) from error

    def store(self, number: int, digest: str) -> bool:
        """Store a decision if it is later than the stored one; False if it could not be stored."""
        try:
            with self._locked():
                known = self.read()
                if known is None or known.number < number:
                    self._write(ChainHead(number, digest, self._register))
        except (OSError, ScoreError):  # the decision is in the register already
            return False
        return True

    def replace(self, number: int, digest: str) -> None:
        """Store an accepted decision in place of any earlier head; number 0 removes the head."""
        with self._locked():
            if number:
                self._write(ChainHead(number, digest, self._register))
            else:
                self._place.unlink(missing_ok=True)

    def _write(self, head: ChainHead) -> None:
        with replacing(self._place, private=True, durable=True) as file:
            file.write(json.dumps(asdict(head)).encode(errors="replace"))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock the folder, so that two servers that write at once store the larger number."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            import fcntl
        except ImportError:  # not available on Windows
            yield
            return
        with (self._folder / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
