"""What the pages call files and data, instead of where they lie on the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

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
