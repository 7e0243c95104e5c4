"""Number and hash of a register's last decision, kept apart from it.

A chain whose end was cut off is whole, and a register that has vanished would begin again at number 1: only
what is kept in another place shows that something is missing.
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
from metrics import strict_mapping
from metrics.errors import ScoreError
from metrics.io.atomic_write import replacing
from metrics.strict_mapping import STRICT, Text, Whole, not_below


@dataclass(frozen=True)
class ChainHead:
    """The last decision that is known of a register.

    Attributes
    ----------
    number : int
    hash : str
    register : str
        Where the register lies, for whoever looks into the file.
    """

    __pydantic_config__ = STRICT

    number: Annotated[Whole, not_below(1)]
    hash: Hash
    register: Text = ""


class ChainHeadFile:
    """Where the head of one register is kept.

    Parameters
    ----------
    folder : Path
        Of all heads on this machine; made with the first of them, for this user alone.
    """

    def __init__(self, folder: Path, register: Path) -> None:
        self._register = str(register.resolve())
        own = hashlib.sha256(self._register.encode(errors="surrogateescape")).hexdigest()
        self._folder, self._place = folder, folder / f"{own}.json"

    def read(self) -> ChainHead | None:
        """What is kept; None where nothing was kept yet.

        Raises
        ------
        ScoreError
            E_HEAD where it is there and cannot be read.
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

    def keep(self, number: int, own: str) -> bool:
        """Keep a later decision than the one that is kept; whether one so late is kept now."""
        try:
            with self._locked():
                known = self.read()
                if known is None or known.number < number:
                    self._write(ChainHead(number, own, self._register))
        except (OSError, ScoreError):  # the register has it all the same
            return False
        return True

    def replace(self, number: int, own: str) -> None:
        """Keep a decision whatever was kept before, since somebody says so; number 0 keeps nothing."""
        with self._locked():
            if number:
                self._write(ChainHead(number, own, self._register))
            else:
                self._place.unlink(missing_ok=True)

    def _write(self, head: ChainHead) -> None:
        with replacing(self._place, private=True, durable=True) as file:
            file.write(json.dumps(asdict(head)).encode(errors="replace"))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder, so that of two servers the later number stays."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            import fcntl
        except (
            ImportError
        ):  # not on this system, where the earlier may stay until the next is recorded
            yield
            return
        with (self._folder / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
