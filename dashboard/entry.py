"""What is kept of an upload besides its rows, and in whose words.

The same data may be uploaded by several people, who know it by names of their own: nobody is told another's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dashboard.intake import problems_of
from dashboard.naming import UNNAMED, title_of, with_own_names, without_names
from metrics import Problem


@dataclass(frozen=True)
class Named:
    """An upload in the words of whoever looks at it.

    Attributes
    ----------
    title : str
    files : tuple of str
        Names as they were uploaded.
    problems : tuple of Problem
        The gate's warnings, which name the files.
    """

    title: str
    files: tuple[str, ...]
    problems: tuple[Problem, ...]

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Named:
        """Read what `asdict` wrote."""
        problems = tuple(Problem(**problem) for problem in kept.pop("problems"))
        return cls(**kept | {"files": tuple(kept["files"]), "problems": problems})


@dataclass(frozen=True)
class Entry:
    """What is known of uploaded data besides its rows.

    Attributes
    ----------
    fingerprint : str
        Of the uploaded bytes and of how they were read.
    named : Named
        For whoever has the link: as it was uploaded, unless the same data was uploaded under other names.
    held_out : str
    columns : dict
        How the columns of the upload were mapped.
    scale : str
    opened : float
        When it was uploaded last, in seconds since the epoch.
    owners : dict of str to Named
        By digest of what only an owner's session knows: how that session named it.
    """

    fingerprint: str
    named: Named
    held_out: str
    columns: dict[str, Any]
    scale: str
    opened: float
    owners: dict[str, Named] = field(default_factory=dict)

    def also(self, other: Entry, unnamed: Named) -> Entry:
        """The same data after another upload of it, whose names are only for whoever uploaded it.

        Parameters
        ----------
        other : Entry
            Of the later upload.
        unnamed : Named
            What is shown to others where the names differ.
        """
        owners = self.owners | other.owners
        return replace(self, opened=other.opened, owners=owners, named=_common(owners, unnamed))

    def without(self, owner: str) -> Entry:
        """The same after an owner has deleted it."""
        return replace(self, owners={own: n for own, n in self.owners.items() if own != owner})


def _common(owners: Mapping[str, Named], unnamed: Named) -> Named:
    first, *others = owners.values()
    return first if all(other.files == first.files for other in others) else unnamed


def described(
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
        Answer of the process that read it.
    fingerprint : str
    names : tuple of str
        Names of the uploaded files.
    owner : str
        Digest of what only the session of whoever uploaded it knows.
    folder : path or None
        Where the uploaded files lie.

    Returns
    -------
    entry : Entry
    unnamed : Named
        In words that tell no names.
    """
    problems, called = problems_of(result), without_names(names)
    named = Named(title_of(names), names, with_own_names(problems, names, folder))
    entry = Entry(
        fingerprint=fingerprint,
        named=named,
        held_out=result["held_out"],
        columns={**result["columns"], "left_out": result["left_out"]},
        scale=result["scale"],
        opened=time.time(),
        owners={owner: named},
    )
    return entry, Named(UNNAMED, called, with_own_names(problems, names, folder, called))
