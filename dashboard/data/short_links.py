"""What was chosen, kept on the server where it is too long for an address.

Mail programs cut long addresses and web servers refuse them. Such a link names what was chosen by an id of
128 bits: a keyed hash, so that nobody who lacks the key guesses it, and what is the same is kept once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from dashboard.data.installation_keys import kept_key
from dashboard.data.uploads.store import UploadStore
from metrics.io.atomic_write import replacing

LONGEST = 2_000
"""Characters of a query string that any mail program, browser and web server takes whole."""
KEPT = "kept"
"""Key of the id in a link."""
MOST_BYTES = 1_000_000
"""Of one state; nobody types more."""
ROOM = 100_000_000
"""Bytes of all states together; what no longer fits stays in its address."""
_KEY = "key"
_DAY, _HOUR = 86_400.0, 3_600.0


class ShortLinks:
    """The states that links of one server name by an id.

    Parameters
    ----------
    shelf : UploadStore
        Beside whose uploads they are kept, and for as long since the last visit.
    room : int
        Bytes of all of them together.
    """

    def __init__(self, shelf: UploadStore, room: int = ROOM) -> None:
        self._shelf, self._room = shelf, room
        self._folder = shelf.folder / "links"
        self._used: int | None = None  # until it was counted

    def shortened(self, query: Mapping[str, str]) -> dict[str, str]:
        """``query`` where it is short enough for an address or cannot be kept; else its id and its data."""
        whole = dict(query)
        if len(urlencode(whole, errors="surrogatepass")) <= LONGEST:
            return whole
        text = json.dumps(whole, sort_keys=True).encode()
        with contextlib.suppress(OSError):  # a full or locked disk costs the short form only
            own = hashlib.blake2b(text, key=self._key(), digest_size=16).hexdigest()
            place = self._place(own)
            if place.exists():
                self._visited(place)
            elif len(text) > MOST_BYTES or self.used + len(text) > self._room:
                return whole
            else:
                with replacing(place, private=True, durable=True) as file:
                    file.write(text)
                self._visited(place)
                self._used = self.used + len(text)
            # The data stands beside it: where that is gone, the page still says which file is missing.
            return {name: whole[name] for name in ("data",) if name in whole} | {KEPT: own}
        return whole

    def whole(self, query: Mapping[str, str]) -> dict[str, str] | None:
        """What a link says, its id followed; None where what it names is not kept, or no longer.

        What else stands in it was written there by hand and wins.
        """
        if KEPT not in query:
            return dict(query)
        if re.fullmatch("[0-9a-f]{32}", query[KEPT]) is None:
            return None
        place = self._place(query[KEPT])
        try:
            link = json.loads(place.read_bytes())
            self._visited(place)
            kept = {str(name): str(value) for name, value in link.items()}
        except (OSError, ValueError, AttributeError):  # absent, or damaged
            return None
        return kept | {name: value for name, value in query.items() if name != KEPT}

    @property
    def used(self) -> int:
        """Bytes of all states, counted when the folder was last looked through, and those added since."""
        if self._used is None:
            self._used = sum(place.stat().st_size for place in self._folder.glob("*.json"))
        return self._used

    def tidy(self) -> None:
        """Remove what nobody has followed for as long as uploads are kept, and what was never finished."""
        left = 0
        for place in self._folder.glob("*"):
            with contextlib.suppress(OSError):  # another server may tidy too
                about = place.stat()
                age = self._shelf.clock.age(about.st_mtime)
                keep = {".json": self._shelf.keep_days * _DAY, ".new": _HOUR}.get(place.suffix)
                if keep is not None and age > keep:
                    place.unlink()
                elif place.suffix == ".json":
                    left += about.st_size
        self._used = left

    def _visited(self, place: Path) -> None:
        """Date a state by the library's time, whatever the wall says."""
        now = self._shelf.clock.now()
        os.utime(place, (now, now))

    def _place(self, own: str) -> Path:
        return self._folder / f"{own}.json"

    def _key(self) -> bytes:
        return kept_key(self._folder / _KEY)
