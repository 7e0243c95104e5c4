"""Files of a backup: their names, the list of their hashes, and the check that none was changed."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from dashboard.decisions.canonical_json import Hash
from dashboard.decisions.verify_register import Expected, verify
from metrics import strict_mapping
from metrics.errors import ScoreError, counted
from metrics.strict_mapping import STRICT, StructureError, Text, Whole, not_below

LIST, REGISTER, LIBRARY = "backup.json", "register/decisions.sqlite", "library"
TALLIES, KEY = "register/tallies", "register/signatures.key"
LEFT_OUT = ("incoming", "clock.json")
"""Parts of the library's folder that are not backed up: unfinished uploads and the clock."""
_TALLY_NAME = re.compile(rf"{TALLIES}/([0-9a-f]{{64}})\.tally")


@dataclass(frozen=True)
class Contents:
    """List of the content of a backup.

    Attributes
    ----------
    form : 1
    made : str
        Time in UTC.
    head : str or None
        Hash of the last decision.
    files : dict of str to str
        SHA-256 by name of the file inside the backup.
    """

    __pydantic_config__ = STRICT

    form: Literal[1]
    made: Text
    decisions: Annotated[Whole, not_below(0)]
    head: Hash | None
    files: dict[Text, Hash]


def hashes_of(folder: Path) -> dict[str, str]:
    """SHA-256 of all files of a backup except its list."""
    hashes = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise refused_backup(f"{name}, which is no plain file")
        if path.is_file() and name != LIST:
            with path.open("rb") as file:
                hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes


def _is_written(name: str) -> bool:
    """True if `back_up` writes a file of this name; other files could not be verified."""
    folder, _, inside = name.removeprefix(f"{LIBRARY}/").partition("/")
    in_library = name.startswith(f"{LIBRARY}/") and bool(inside) and "/" not in inside
    return (
        name in (REGISTER, KEY)
        or _TALLY_NAME.fullmatch(name) is not None
        or (in_library and folder not in LEFT_OUT and not folder.startswith("."))
    )


def checked_contents(draft: Path) -> Contents:
    """List of a backup's content, after all files and the register were verified.

    Raises
    ------
    ScoreError
        If a file is missing, changed or not in the list, or if the register is damaged.
    """
    # The names are checked before the list is read, because the list may be a link to an endless file.
    hashes = hashes_of(draft)
    if strange := sorted(name for name in hashes if not _is_written(name)):
        raise refused_backup(f"{strange[0]}, which no backup holds")
    try:
        contents = strict_mapping.read(Contents, json.loads((draft / LIST).read_bytes()))
    except FileNotFoundError:
        raise refused_backup(f"no {LIST}") from None
    except (StructureError, ValueError, RecursionError) as error:
        raise refused_backup(f"{type(error).__name__} in its {LIST}") from error
    for name in sorted(hashes.keys() | contents.files.keys()):
        if hashes.get(name) != contents.files.get(name):
            got = "another" if name in contents.files else "one besides"
            got = got if name in hashes else "none"
            raise refused_backup(f"{got} for {name}")
        if (tally := _TALLY_NAME.fullmatch(name)) is not None and hashes[name] != tally[1]:
            raise refused_backup(f"another tally under {name}")
    if REGISTER not in hashes and (contents.head is not None or contents.decisions):
        raise refused_backup("no register")
    if REGISTER in hashes:
        expected = None if contents.head is None else Expected(contents.head, contents.decisions)
        verified = verify(draft / REGISTER, expected)
        if verified.problems:
            raise ScoreError.of(verified.problems)
        if (verified.decisions, verified.head) != (contents.decisions, contents.head):
            raise refused_backup(f"a register of {counted(verified.decisions, 'decision')}")
    return contents


def refused_backup(
    got: str, rule: str = "hold what its list says", file: str | None = None
) -> ScoreError:
    """Error about a backup that breaks a rule."""
    return ScoreError(
        "E_BACKUP",
        f"a backup must {rule}, got {got}",
        file=file,
        hint="Take another backup; nothing was restored.",
    )
