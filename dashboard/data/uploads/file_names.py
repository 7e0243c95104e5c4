"""Names of files: their title, names that can be stored, and names in problems without paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dashboard.safe_text import nameable
from metrics import Problem

TITLES = {"line3_camera_trial": "Line 3 camera trial"}


def title_of(files: tuple[str, ...]) -> str:
    """Title made from the first file's name, without folder and endings, with spaces for underscores."""
    name = Path(files[0]).name if files else "scores"
    stem = name.split(".")[0] or name
    title = TITLES.get(stem, stem.replace("_", " ").strip() or name)
    return title if len(files) < 2 else f"{title} and {len(files) - 1} more"


def storable_names(given: Sequence[str]) -> tuple[str, ...]:
    """Safe and unique file names of an upload: no path, no control characters, limited length."""
    names: list[str] = []
    for name in given:
        base = Path(nameable(name).replace("\\", "/")).name.lstrip(".")
        base = base.encode()[-200:].decode(errors="ignore") or "scores.csv"
        while base in names:
            base = f"{len(names) + 1}-{base}"
        names.append(base)
    return tuple(names)


def without_names(files: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the files for readers who may not see the real names."""
    return ("the file",) if len(files) == 1 else tuple(f"file {k + 1}" for k in range(len(files)))


def with_own_names(
    problems: Iterable[Problem],
    files: tuple[str, ...],
    folder: Path | None = None,
    names: tuple[str, ...] | None = None,
) -> tuple[Problem, ...]:
    """Problems that name the files as their owner does, without paths on the server.

    Parameters
    ----------
    files : tuple of str
        Paths, or names of uploads, as they were given.
    folder : path, optional
        Folder of the uploaded files.
    names : tuple of str, optional
        Names to use instead. The problems must then name the files by their paths in the folder.
    """
    shown = names or tuple(Path(file).name for file in files)
    # The name of an upload may be any word, so it is only replaced if the problems may contain it.
    by_file = {} if names else dict(zip(files, shown, strict=True))
    given = [] if folder is None else [folder, folder.resolve()]

    def renamed(problem: Problem) -> Problem:
        folders = [*given, Path(problem.file).parent] if problem.file else given
        by_path = {
            str(place / Path(file).name): name
            for file, name in zip(files, shown, strict=True)
            for place in folders
        }
        return problem.renamed(by_path | by_file)

    return tuple(map(renamed, problems))
