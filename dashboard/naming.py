"""What the pages call files and data, instead of where they lie on the server."""

from __future__ import annotations

from collections.abc import Iterable
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


def with_own_names(
    problems: Iterable[Problem], files: tuple[str, ...], folder: Path | None = None
) -> tuple[Problem, ...]:
    """Problems that name files as their owner does, not by where they lie on the server.

    Parameters
    ----------
    problems : iterable of Problem
    files : tuple of str
        As they were given: paths, or the names of uploads.
    folder : path, optional
        Where uploads lie.
    """
    return tuple(_with_own_names(problem, files, folder) for problem in problems)


def _with_own_names(problem: Problem, files: tuple[str, ...], folder: Path | None) -> Problem:
    folders = [Path(problem.file).parent] if problem.file else []
    folders += [folder, folder.resolve()] if folder is not None else []
    known = {*files, *(str(place / Path(file).name) for file in files for place in folders)}
    # The longest first: one path may be the beginning of another.
    paths = sorted(known, key=len, reverse=True)

    def named(text: str | None) -> str | None:
        for path in paths if text else ():
            text = (text or "").replace(path, Path(path).name)
        return text

    return replace(
        problem,
        message=named(problem.message) or "",
        file=named(problem.file),
        hint=named(problem.hint),
    )
