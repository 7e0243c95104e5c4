"""Tallies of the command line's files, kept for the next start, so that the same rows are not counted again.

A tally is found by the fingerprint of the files' bytes and of how they are read, by how it was counted, and
by the code that checks and counts: whatever changes one of these, the rows are read anew. The bytes
themselves are hashed at every start; nothing is taken on the word of a file's date.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import io
import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import metrics
from dashboard.data.installation_keys import kept_key
from metrics import ScoreError, TallyFile, load_tally, save_tally
from metrics.io.atomic_write import replacing
from metrics.tally.tally_file import FORMAT

KEPT_BYTES = 500_000_000
"""Room for all kept tallies; past it the one that was used longest ago goes first."""


@cache
def code_digest() -> str:
    """Digest of the code that reads, checks and counts."""
    digest = hashlib.sha256()
    folder = Path(metrics.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class TallyCache:
    """Tallies in a folder that is only the user's.

    Parameters
    ----------
    key : path
        Of this installation: without it nobody puts a tally there that is believed.
    most : int
        Bytes that they may take together.
    """

    def __init__(self, folder: Path, key: Path, most: int = KEPT_BYTES) -> None:
        self.folder, self.key, self.most = folder, key, most

    def _place(self, fingerprint: str, max_thresholds: int, also: Sequence[float]) -> Path:
        about = [fingerprint, max_thresholds, [repr(t) for t in also], FORMAT, code_digest()]
        return self.folder / f"{hashlib.sha256(json.dumps(about).encode()).hexdigest()}.tally"

    def find(
        self, fingerprint: str, max_thresholds: int, also: Sequence[float]
    ) -> TallyFile | None:
        """The tally of these rows; None where it is not kept, or no longer whole.

        Parameters
        ----------
        fingerprint : str
            Of the scores.
        also : sequence of float
            Thresholds asked for besides.
        """
        place = self._place(fingerprint, max_thresholds, also)
        try:
            if not place.is_file():
                return None
            # Read once: what is believed is what was authenticated.
            content = place.read_bytes()
            if not hmac.compare_digest(_tag_place(place).read_bytes(), self._tag(place, content)):
                raise ScoreError("E_TALLY", "nobody's")
            found = load_tally(content)
            if found.header.counted != (fingerprint,):
                raise ScoreError("E_TALLY", "another's")
            os.utime(place)
        except (ScoreError, OSError):
            _remove(place)
            return None
        return found

    def keep(
        self, tally: TallyFile, fingerprint: str, max_thresholds: int, also: Sequence[float]
    ) -> None:
        """Keep a tally; where there is no room for it, it is counted again the next time.

        Parameters
        ----------
        fingerprint, max_thresholds, also
            As for `find`.
        """
        with contextlib.suppress(ScoreError, OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            place = self._place(fingerprint, max_thresholds, also)
            written = io.BytesIO()
            save_tally(tally, written)
            # Of two servers that write at once, one may leave its tally with the other's tag: if these
            # differ, it is counted again.
            for path, content in (
                (_tag_place(place), self._tag(place, written.getvalue())),
                (place, written.getvalue()),
            ):
                with replacing(path, private=True) as file:
                    file.write(content)
            self._tidy()

    def _tag(self, place: Path, content: bytes) -> bytes:
        """What only this installation can say of a tally that lies under a name."""
        about = place.name.encode() + b"\0" + content
        return hmac.digest(kept_key(self.key), about, "sha256")

    def _tidy(self) -> None:
        """Remove what was used longest ago, until the rest has room."""
        kept: list[tuple[int, int, Path]] = []
        for path in self.folder.glob("*.tally"):
            with contextlib.suppress(OSError):  # another server may have removed it
                about = path.stat()
                kept.append((about.st_mtime_ns, about.st_size, path))
        total = 0
        for _, size, path in sorted(kept, reverse=True):
            total += size
            if total > self.most:
                _remove(path)


def _tag_place(place: Path) -> Path:
    return place.with_suffix(".tag")


def _remove(place: Path) -> None:
    for path in (place, _tag_place(place)):
        with contextlib.suppress(OSError):
            path.unlink()
