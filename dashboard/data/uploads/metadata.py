"""What is kept of an upload besides its rows, and in whose words.

The same data may be uploaded by several people, who know it by names of their own: nobody is told another's.
Pages and problems call files and data by these names, never by where they lie on the server.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from dashboard.data.uploads.job import problems_of
from metrics import Problem, strict_mapping
from metrics.io.column_uses import ColumnUse
from metrics.strict_mapping import STRICT, Number, Text

TITLES = {"line3_camera_trial": "Line 3 camera trial"}
UNNAMED = "Uploaded scores"
"""Title of an upload for those who are not told what it was called."""


def title_of(files: tuple[str, ...]) -> str:
    """A file's name as a heading: without folder and endings, underscores as spaces."""
    name = Path(files[0]).name if files else "scores"
    stem = name.split(".")[0] or name
    title = TITLES.get(stem, stem.replace("_", " ").strip() or name)
    return title if len(files) < 2 else f"{title} and {len(files) - 1} more"


def without_names(files: tuple[str, ...]) -> tuple[str, ...]:
    """What files are called for those who are not told their names."""
    return ("the file",) if len(files) == 1 else tuple(f"file {k + 1}" for k in range(len(files)))


def with_own_names(
    problems: Iterable[Problem],
    files: tuple[str, ...],
    folder: Path | None = None,
    called: tuple[str, ...] | None = None,
) -> tuple[Problem, ...]:
    """Problems that name files as their owner does, not by where they lie on the server.

    Parameters
    ----------
    files : tuple of str
        As they were given: paths, or the names of uploads.
    folder : path, optional
        Where uploads lie.
    called : tuple of str, optional
        What to call them instead of by their own names, where they are named by their place in the folder.
    """
    names = called or tuple(Path(file).name for file in files)
    # By itself an upload's name may be any word; its place in the folder is told apart.
    by_file = {} if called else dict(zip(files, names, strict=True))
    return tuple(_renamed(problem, files, folder, by_file, names) for problem in problems)


def _renamed(
    problem: Problem,
    files: tuple[str, ...],
    folder: Path | None,
    by_file: dict[str, str],
    names: tuple[str, ...],
) -> Problem:
    folders = [Path(problem.file).parent] if problem.file else []
    folders += [folder, folder.resolve()] if folder is not None else []
    by_path = {
        str(place / Path(file).name): name
        for file, name in zip(files, names, strict=True)
        for place in folders
    } | by_file
    return problem.renamed(by_path)


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

    __pydantic_config__ = STRICT

    title: Text
    files: tuple[Text, ...]
    problems: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        return asdict(self) | {"problems": [problem.packed() for problem in self.problems]}


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
        The upload's columns by their roles; under "uses" what each of them was taken for.
    scale : str
    opened : float
        When it was uploaded last, in seconds since the epoch.
    owners : dict of str to Named
        By digest of what only an owner's session knows: how that session named it.
    content : str
        SHA-256 of the file that is kept; empty once the file is removed.
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

    @property
    def uses(self) -> tuple[ColumnUse, ...]:
        """What each column of the upload was taken for."""
        return tuple(strict_mapping.read(ColumnUse, use) for use in self.columns.get("uses", ()))

    @classmethod
    def read(cls, written: Any) -> Entry:
        """Read what `as_dict` wrote; `metrics.strict_mapping.StructureError` where it is of another form."""
        if isinstance(
            written, Mapping
        ):  # every description had "content_known" once, of no use any more
            written = {key: value for key, value in written.items() if key != "content_known"}
        return strict_mapping.read(cls, written)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        owners = {owner: named.as_dict() for owner, named in self.owners.items()}
        return asdict(self) | {"named": self.named.as_dict(), "owners": owners}

    def also(self, other: Entry, unnamed: Named) -> Entry:
        """The same data after another upload of it; ``unnamed`` is shown to others where the names differ."""
        owners = self.owners | other.owners
        return replace(self, opened=other.opened, owners=owners, named=_common(owners, unnamed))

    def without(self, owner: str) -> Entry:
        """The same after an owner has deleted it."""
        return replace(
            self, owners={key: named for key, named in self.owners.items() if key != owner}
        )


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
        columns={**result["columns"], "uses": result["uses"]},
        scale=result["scale"],
        opened=time.time(),
        owners={owner: named},
    )
    return entry, Named(UNNAMED, called, with_own_names(problems, names, folder, called))
