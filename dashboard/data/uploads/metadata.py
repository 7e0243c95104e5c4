"""Description of stored uploads, with separate file names for each owner.

Several people may upload the same data under different names. Nobody sees another person's names.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from dashboard.data.uploads.file_names import title_of, with_own_names, without_names
from dashboard.data.uploads.job import problems_of
from metrics import Problem, strict_mapping
from metrics.io.column_uses import ColumnUse
from metrics.strict_mapping import STRICT, Number, Text

UNNAMED = "Uploaded scores"
"""Title of an upload for readers who may not see its names."""


@dataclass(frozen=True)
class Named:
    """Title, files and problems of an upload, with the file names that a reader may see.

    Attributes
    ----------
    files : tuple of str
        Names of the uploaded files.
    problems : tuple of Problem
        Warnings about the files, which name them.
    """

    __pydantic_config__ = STRICT

    title: Text
    files: tuple[Text, ...]
    problems: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        return asdict(self) | {"problems": [problem.packed() for problem in self.problems]}


@dataclass(frozen=True)
class Entry:
    """Description of stored uploaded data.

    Attributes
    ----------
    fingerprint : str
        Fingerprint of the uploaded bytes and of how they were read.
    named : Named
        Names for anyone with the link: the uploaded names, or neutral names if owners used different names.
    columns : dict
        The upload's columns by role; "uses" holds the role of each column.
    opened : float
        Start of the storage time, in seconds since the epoch: the last upload of the data, or the last time
        that an administrator renewed it.
    owners : dict of str to Named
        Names that each owner gave. The key is the digest of the secret of the owner's session.
    content : str
        SHA-256 of the stored file; empty once the file is removed.
    given : str
        Digest of the uploaded bytes, independent of the reading options; empty if unknown.
    """

    __pydantic_config__ = STRICT

    fingerprint: Text
    named: Named
    held_out: Text
    columns: dict[Text, Any]
    scale: Text
    opened: Number
    owners: dict[Text, Named] = field(default_factory=dict)
    content: Text = ""
    given: Text = ""

    @property
    def uses(self) -> tuple[ColumnUse, ...]:
        """Role of each column of the upload."""
        return tuple(strict_mapping.read(ColumnUse, use) for use in self.columns.get("uses", ()))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        owners = {owner: named.as_dict() for owner, named in self.owners.items()}
        return asdict(self) | {"named": self.named.as_dict(), "owners": owners}

    def merged(self, other: Entry, unnamed: Named) -> Entry:
        """Entry after another upload of the same data; others see ``unnamed`` if the names differ."""
        owners = self.owners | other.owners
        return replace(self, opened=other.opened, owners=owners, named=_common(owners, unnamed))

    def without(self, owner: str) -> Entry:
        """Entry after an owner has deleted the upload."""
        return replace(
            self, owners={key: named for key, named in self.owners.items() if key != owner}
        )


def _common(owners: Mapping[str, Named], unnamed: Named) -> Named:
    first, *others = owners.values()
    return first if all(other.files == first.files for other in others) else unnamed


def describe_upload(
    result: Mapping[str, Any],
    fingerprint: str,
    names: tuple[str, ...],
    owner: str,
    folder: Path | None,
) -> tuple[Entry, Named]:
    """Describe an upload that has been read.

    Parameters
    ----------
    result : mapping
        Answer of the process that read the upload.
    names : tuple of str
        Names of the uploaded files.
    owner : str
        Digest of the secret of the uploader's session.
    folder : path or None
        Folder of the uploaded files.

    Returns
    -------
    entry : Entry
    unnamed : Named
        Description without names of files.
    """
    problems, neutral_names = problems_of(result), without_names(names)
    named = Named(title_of(names), names, with_own_names(problems, names, folder))
    entry = Entry(
        fingerprint=fingerprint,
        named=named,
        held_out=result["held_out"],
        columns={**result["columns"], "uses": result["uses"]},
        scale=result["scale"],
        opened=time.time(),
        owners={owner: named},
        given=result["given"],
    )
    neutral_problems = with_own_names(problems, names, folder, neutral_names)
    return entry, Named(UNNAMED, neutral_names, neutral_problems)
