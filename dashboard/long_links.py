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
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from dashboard.shelf import Shelf

LONGEST = 2_000
"""Characters of a query string that any mail program, browser and web server takes whole."""
KEPT = "kept"
"""Key of the id in a link."""
MOST_BYTES = 1_000_000
"""Of one state; nobody types more."""
_KEY = "key"
_DAY = 86_400.0


class LongLinks:
    """The states that links of one server name by an id.

    Parameters
    ----------
    shelf : Shelf
        Beside whose uploads they are kept, within the same room and for as long since the last visit.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._folder = shelf.folder / "links"

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
                os.utime(place)
            elif len(text) > MOST_BYTES or not self._shelf.has_room(len(text)):
                return whole
            else:
                _write(place, text)
            # The data stands beside it: where that is gone, the page still says which file is missing.
            return {name: whole[name] for name in ("data",) if name in whole} | {KEPT: own}
        return whole

    def whole(self, query: Mapping[str, str]) -> dict[str, str] | None:
        """What a link says, its id followed; None where what it names is not kept, or no longer."""
        if KEPT not in query:
            return dict(query)
        if re.fullmatch("[0-9a-f]{32}", query[KEPT]) is None:
            return None
        place = self._place(query[KEPT])
        try:
            said = json.loads(place.read_bytes())
            os.utime(place)
            return {str(name): str(value) for name, value in said.items()}
        except (OSError, ValueError, AttributeError):  # absent, or damaged
            return None

    def tidy(self) -> None:
        """Remove what nobody has followed for as long as uploads are kept."""
        for place in self._folder.glob("*.json"):
            with contextlib.suppress(OSError):  # another server may tidy too
                if time.time() - place.stat().st_mtime > self._shelf.keep_days * _DAY:
                    place.unlink()

    def _place(self, own: str) -> Path:
        return self._folder / f"{own}.json"

    def _key(self) -> bytes:
        place = self._folder / _KEY
        if not place.exists():
            self._folder.mkdir(exist_ok=True, mode=0o700)
            draft = _draft(place, secrets.token_bytes(32))
            with contextlib.suppress(
                FileExistsError
            ):  # another server was first: its key is the key
                os.link(draft, place)
            draft.unlink()
        return place.read_bytes()


def _write(place: Path, text: bytes) -> None:
    _draft(place, text).replace(place)  # whoever reads it meanwhile has it whole or not at all


def _draft(place: Path, text: bytes) -> Path:
    draft = place.with_name(f"{place.name}.{secrets.token_hex(8)}.new")
    held = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(held, "wb") as file:
        file.write(text)
    return draft
