"""Short links: choices that are too long for an address are stored on the server under an id.

Mail programs cut long addresses, and web servers refuse them. The id is a keyed hash of 128 bits. It cannot
be guessed without the key, and equal choices are stored once.
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

from dashboard.data.installation_keys import read_or_create_key
from dashboard.data.library_clock import DAY, HOUR
from dashboard.data.uploads.store import UploadStore
from metrics.io.atomic_write import replacing

LONGEST = 2_000
"""Maximum length of a query string that all mail programs, browsers and web servers accept."""
LINK_ID = "kept"
"""Query parameter that holds the id."""
MOST_BYTES = 1_000_000
"""Maximum size of a stored state."""
ROOM = 100_000_000
"""Maximum size of all stored states. A state that does not fit stays in its address."""
_KEY = "key"


class ShortLinks:
    """States of the page, stored on the server and named by an id in the link.

    Parameters
    ----------
    uploads : UploadStore
        Uploads of the server. States are stored next to them, for the same time since the last visit.
    room : int
        Maximum bytes of all states.
    """

    def __init__(self, uploads: UploadStore, room: int = ROOM) -> None:
        self._uploads, self._room = uploads, room
        self._folder = uploads.folder / "links"

    def shortened(self, query: Mapping[str, str]) -> dict[str, str]:
        """Id and data of a long ``query``; ``query`` unchanged if it is short or cannot be stored."""
        state = dict(query)
        if len(urlencode(state, errors="surrogatepass")) <= LONGEST:
            return state
        text = json.dumps(state, sort_keys=True).encode()
        with contextlib.suppress(OSError):  # with a full or locked disk the link stays long
            id_ = hashlib.blake2b(text, key=self._key(), digest_size=16).hexdigest()
            place = self._place(id_)
            if place.exists():
                self._mark_visited(place)
            elif len(text) > MOST_BYTES or self.used + len(text) > self._room:
                return state
            else:
                with replacing(place, private=True, durable=True) as file:
                    file.write(text)
                self._mark_visited(place)
            # The link names the data too. If the state is gone, the page can still say which file is missing.
            return {name: state[name] for name in ("data",) if name in state} | {LINK_ID: id_}
        return state

    def whole(self, query: Mapping[str, str]) -> dict[str, str] | None:
        """Full query of a link, with its id resolved; `None` if the id is unknown or no longer stored.

        Other parameters in the link were typed by hand, and override the stored ones.
        """
        if LINK_ID not in query:
            return dict(query)
        if re.fullmatch("[0-9a-f]{32}", query[LINK_ID]) is None:
            return None
        place = self._place(query[LINK_ID])
        try:
            link = json.loads(place.read_bytes())
            self._mark_visited(place)
            stored = {str(name): str(value) for name, value in link.items()}
        except (OSError, ValueError, AttributeError):  # absent, or damaged
            return None
        return stored | {name: value for name, value in query.items() if name != LINK_ID}

    @property
    def used(self) -> int:
        """Bytes of all states."""
        return sum(place.stat().st_size for place in self._folder.glob("*.json"))

    def tidy(self) -> None:
        """Remove unfinished files, and states that were not visited within the storage time of uploads."""
        for place in self._folder.glob("*"):
            with contextlib.suppress(OSError):  # another server may tidy too
                age = self._uploads.clock.age(place.stat().st_mtime)
                limit = {".json": self._uploads.keep_days * DAY, ".new": HOUR}.get(place.suffix)
                if limit is not None and age > limit:
                    place.unlink()

    def _mark_visited(self, place: Path) -> None:
        """Date a state by the clock of the library, not of the system."""
        now = self._uploads.clock.now()
        os.utime(place, (now, now))

    def _place(self, id_: str) -> Path:
        return self._folder / f"{id_}.json"

    def _key(self) -> bytes:
        return read_or_create_key(self._folder / _KEY)
