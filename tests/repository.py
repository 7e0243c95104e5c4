"""Checkout under test: its root, its files, and the syntax trees of its modules."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@cache
def files() -> tuple[str, ...]:
    """Tracked and new files that are not ignored; without git, the files of the archive."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        names = {name for name in listed.stdout.split("\0") if name}
    else:
        inside = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        names = {path.as_posix() for path in inside if not _is_generated(path)}
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def _is_generated(path: Path) -> bool:
    """True if a tool generated the file, by some of the patterns in .gitignore."""
    tracked = {".ci", ".gitignore", ".streamlit"}
    generated = {"__pycache__", "build", "dist"}
    return path.match("*.nb?") or any(
        part in generated or (part.startswith(".") and part not in tracked) for part in path.parts
    )


def source_files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[str]:
    """Files in top folders, by the end of their names."""
    return [n for n in files() if n.split("/")[0] in folders and n.endswith(suffixes)]


@cache
def syntax_tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)
