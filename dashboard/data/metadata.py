"""What is kept of an upload besides its rows, and in whose words.

The same data may be uploaded by several people, who know it by names of their own: nobody is told another's.

What the pages call files and data, instead of where they lie on the server.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dashboard.data.sandbox import problems_of
from metrics import Problem

TITLES = {"line3_camera_trial": "Line 3 camera trial"}


def title_of(files: tuple[str, ...]) -> str:
    """A file's name as a heading: without folder and endings, underscores as spaces."""
    name = Path(files[0]).name if files else "scores"
    stem = name.split(".")[0] or name
    title = TITLES.get(stem, stem.replace("_", " ").strip() or name)
    return title if len(files) < 2 else f"{title} and {len(files) - 1} more"


UNNAMED = "Uploaded scores"


"""Title of an upload for those who are not told what it was called."""


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
    problems : iterable of Problem
    files : tuple of str
        As they were given: paths, or the names of uploads.
    folder : path, optional
        Where uploads lie.
    called : tuple of str, optional
        What to call them instead of by their own names, where they are named by their place in the folder.
    """
    own = called or tuple(Path(file).name for file in files)
    # By itself an upload's name may be any word; its place in the folder is told apart.
    known = {} if called else dict(zip(files, own, strict=True))
    return tuple(_with_own_names(problem, files, folder, known, own) for problem in problems)


def _with_own_names(
    problem: Problem,
    files: tuple[str, ...],
    folder: Path | None,
    known: Mapping[str, str],
    own: tuple[str, ...],
) -> Problem:
    folders = [Path(problem.file).parent] if problem.file else []
    folders += [folder, folder.resolve()] if folder is not None else []
    known = {
        **{
            str(place / Path(f).name): o
            for f, o in zip(files, own, strict=True)
            for place in folders
        },
        **known,
    }
    # The longest first: one path may be the beginning of another.
    paths = sorted(known, key=len, reverse=True)

    def named(text: str | None) -> str | None:
        for path in paths if text else ():
            text = (text or "").replace(path, known[path])
        return text

    return replace(
        problem,
        message=named(problem.message) or "",
        file=named(problem.file),
        hint=named(problem.hint),
    )


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
