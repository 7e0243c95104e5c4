"""Cache of tallies of the command line's files, so that the next start need not count them again.

The cache key contains the fingerprint of the files' bytes, the options of reading and counting, and a digest
of the code. If any of these changes, the rows are read again. The bytes are hashed at every start, because a
file's date is not reliable.
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
from dashboard.data.installation_keys import read_or_create_key
from metrics import ScoreError, TallyFile, load_tally, save_tally
from metrics.io.atomic_write import replacing
from metrics.tally.file.packed_tally import WITH_FLAGGED_TODAY

MAX_BYTES = 500_000_000
"""Maximum size of all cached tallies. Above it, the least recently used tally is removed first."""


@cache
def code_digest() -> str:
    """Digest of the code that reads, checks and counts."""
    digest = hashlib.sha256()
    folder = Path(metrics.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class TallyCache:
    """Tallies in a folder that only this user can access.

    Parameters
    ----------
    key : path
        File with the key of this installation, which authenticates the tallies.
    """

    def __init__(self, folder: Path, key: Path) -> None:
        self.folder, self.key = folder, key

    def _path(self, fingerprint: str, max_thresholds: int, also: Sequence[float]) -> Path:
        determining = [
            fingerprint,
            max_thresholds,
            [repr(t) for t in also],
            WITH_FLAGGED_TODAY,
            code_digest(),
        ]
        return self.folder / f"{hashlib.sha256(json.dumps(determining).encode()).hexdigest()}.tally"

    def find(
        self, fingerprint: str, max_thresholds: int, also: Sequence[float]
    ) -> TallyFile | None:
        """Tally of these rows; `None` if it is not cached, or is damaged.

        Parameters
        ----------
        fingerprint : str
            Fingerprint of the scores.
        also : sequence of float
            Additional thresholds to count.
        """
        path = self._path(fingerprint, max_thresholds, also)
        try:
            if not path.is_file():
                return None
            # The file is read once, so that the authenticated bytes are those that are used.
            content = path.read_bytes()
            if not hmac.compare_digest(_tag_path(path).read_bytes(), self._tag(path, content)):
                raise ScoreError("E_TALLY", "the tag does not match")
            tally = load_tally(content)
            if tally.header.counted != (fingerprint,):
                raise ScoreError("E_TALLY", "the tally is of other data")
            os.utime(path)
        except (ScoreError, OSError):
            _remove(path)
            return None
        return tally

    def store(
        self, tally: TallyFile, fingerprint: str, max_thresholds: int, also: Sequence[float]
    ) -> None:
        """Cache a tally, if it fits. Otherwise the rows are counted again the next time.

        Parameters
        ----------
        fingerprint, max_thresholds, also
            As for `find`.
        """
        with contextlib.suppress(ScoreError, OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._path(fingerprint, max_thresholds, also)
            written = io.BytesIO()
            save_tally(tally, written)
            # If two servers write at once, a tally may get the tag of the other server. If that tag does not
            # match, the rows are counted again.
            content = written.getvalue()
            for target, data in ((_tag_path(path), self._tag(path, content)), (path, content)):
                with replacing(target, private=True) as file:
                    file.write(data)
            self._tidy()

    def _tag(self, path: Path, content: bytes) -> bytes:
        """Authentication tag of a tally under a name, which only this installation can compute."""
        named = path.name.encode() + b"\0" + content
        return hmac.digest(read_or_create_key(self.key), named, "sha256")

    def _tidy(self) -> None:
        """Remove the least recently used tallies until the rest fits."""
        tallies: list[tuple[int, int, Path]] = []
        for path in self.folder.glob("*.tally"):
            with contextlib.suppress(OSError):  # another server may have removed it
                facts = path.stat()
                tallies.append((facts.st_mtime_ns, facts.st_size, path))
        total = 0
        for _, size, path in sorted(tallies, reverse=True):
            total += size
            if total > MAX_BYTES:
                _remove(path)


def _tag_path(path: Path) -> Path:
    return path.with_suffix(".tag")


def _remove(path: Path) -> None:
    for file in (path, _tag_path(path)):
        with contextlib.suppress(OSError):
            file.unlink()
