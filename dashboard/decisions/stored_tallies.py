"""Tallies that are stored with decisions: counts without rows, each in a file named by its hash.

The folder is next to the register. A decision contains the hash of its tally, so the chain also protects the
tally. No tally is ever removed, even if the upload is deleted or expires.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from metrics.errors import ScoreError
from metrics.io.atomic_write import replacing


class StoredTallies:
    """Tallies of the decisions of one register.

    Parameters
    ----------
    register : Path
        File of the register.
    most_bytes : int or None
        Maximum size of all tallies; `None` without a limit.
    """

    def __init__(self, register: Path, most_bytes: int | None = None) -> None:
        self.folder = register.with_name(f"{register.name}-tallies")
        self._most_bytes = most_bytes

    def place(self, digest: str) -> Path:
        """File of the tally with a hash."""
        return self.folder / f"{digest}.tally"

    def put(self, content: bytes) -> str:
        """Store the content of a tally file and return its hash; it is on the disk when this returns.

        Raises
        ------
        ScoreError
            ``E_REGISTER`` if the file cannot be written, or does not fit.
        """
        digest = hashlib.sha256(content).hexdigest()
        try:
            if self._read(digest) == content:
                return digest
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            used = sum(path.stat().st_size for path in self.folder.glob("*.tally"))
            if self._most_bytes is not None and used + len(content) > self._most_bytes:
                raise _refused(
                    f"at most {self._most_bytes // 10**6:,} MB", "with --keep-total, or elsewhere"
                )
            with replacing(self.place(digest), private=True, durable=True) as file:
                file.write(content)
        except OSError as error:
            raise _refused(error.strerror or type(error).__name__, "on the disk") from error
        return digest

    def read(self, digest: str) -> bytes:
        """Content of the tally with a hash.

        Raises
        ------
        ScoreError
            ``E_TALLY`` if the file is missing or was changed.
        """
        try:
            content = self._read(digest)
        except OSError as error:
            raise _not_stored(digest, error.strerror or type(error).__name__) from error
        if content is None or hashlib.sha256(content).hexdigest() != digest:
            raise _not_stored(digest, "none" if content is None else "other bytes")
        return content

    def _read(self, digest: str) -> bytes | None:
        place = self.place(digest)
        return place.read_bytes() if place.is_file() else None


def _refused(got: str, where: str) -> ScoreError:
    return ScoreError(
        "E_REGISTER",
        f"there must be room for the counts that are kept with the decision, got: {got}",
        hint=f"Ask the operator of this server to make room {where}.",
    )


def _not_stored(digest: str, got: str) -> ScoreError:
    return ScoreError(
        "E_TALLY",
        f"the tally of a decision must be as it was kept, got: {got}",
        file=f"{digest}.tally",
        hint="Put it back from a backup.",
    )
