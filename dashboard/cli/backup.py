"""``common-ground backup`` and ``common-ground restore``: copy the register and uploads, and verify them.

A backup is a folder. It holds the register, the tallies of its decisions, stored uploads and long links, and
a list of all files with their SHA-256. SQLite's backup copies the register while others may write.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from dashboard.arguments.input_options import add_json_option
from dashboard.cli.backup_contents import (
    KEY,
    LEFT_OUT,
    LIBRARY,
    LIST,
    REGISTER,
    TALLIES,
    Contents,
    checked_contents,
    hashes_of,
    refused_backup,
)
from dashboard.cli.outcome import report_outcome
from dashboard.data.file_access import is_visible
from dashboard.data.folder_locks import (
    create_locked_folder,
    remove_abandoned_folders,
    remove_locked_folder,
)
from dashboard.data.folders import library_folder, register_path, state_folder
from dashboard.data.installation_keys import add_seal_key, existing_seal_key
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.stored_tallies import StoredTallies
from dashboard.decisions.verify_register import Verification, verify
from metrics.errors import Problem, ScoreError, counted
from metrics.io.atomic_write import replacing

DRAFT = ".common-ground-draft-"


def add_backup(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``backup``."""
    parser.add_argument("to", type=Path, metavar="TO", help="folder to write, which must not exist")
    _add_places(parser)


def add_restore(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``restore``."""
    parser.add_argument("backup", type=Path, metavar="BACKUP", help="folder that backup wrote")
    _add_places(parser)


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--register", type=Path, metavar="FILE", help="register of decisions (by default the app's)"
    )
    parser.add_argument(
        "--library", type=Path, metavar="DIR", help="folder of uploads (by default the app's)"
    )
    parser.add_argument(
        "--with-key",
        action="store_true",
        help="include the key of the seals; whoever has the backup can then sign as any person",
    )
    add_json_option(parser)


def run_backup(options: argparse.Namespace) -> int:
    """Write a backup and print its content."""
    return _run_and_report(
        options,
        "backed up",
        lambda: back_up(options.to, *_places(options), with_key=options.with_key),
    )


def run_restore(options: argparse.Namespace) -> int:
    """Restore a backup and print its content."""
    return _run_and_report(
        options,
        "restored",
        lambda: restore(options.backup, *_places(options), with_key=options.with_key),
    )


def _places(options: argparse.Namespace) -> tuple[Path, Path]:
    return options.register or register_path(), options.library or library_folder()


def back_up(to: Path, register: Path, library: Path, *, with_key: bool) -> Contents:
    """Copy a register and a library while others may write to them.

    Parameters
    ----------
    to : Path
        New folder.
    register, library : Path
        Paths to copy. A library that does not exist is left out.
    with_key : bool
        True to copy the key of the seals, too.

    Raises
    ------
    ScoreError
        If the register is missing or damaged, if the backup cannot be written, or if there is no key to copy.
        No file is left then.
    """
    if to.exists():
        raise ScoreError(
            "E_BACKUP", f"a backup must be new, got {to.name}, which is there", file=str(to),
            hint="Name another, such as one with today's date.",
        )  # fmt: skip
    with _draft(to.absolute().parent) as draft:
        copied = _copied_register(register, draft / REGISTER)
        _copy_folder(StoredTallies(register).folder, draft / TALLIES, register)
        _copy_library(library, draft / LIBRARY, register)
        if with_key:
            if (key := existing_seal_key()) is None:
                raise ScoreError(
                    "E_BACKUP",
                    "the key of the seals must be in this user's state folder, got none",
                    hint="Say backup as the user who runs the server, or leave out --with-key.",
                )
            (draft / KEY).parent.mkdir(mode=0o700, exist_ok=True)
            with replacing(draft / KEY, private=True, durable=True) as file:
                file.write(key)
        contents = Contents(
            1,
            datetime.now(UTC).isoformat(timespec="seconds"),
            copied.decisions,
            copied.head,
            hashes_of(draft),
        )
        with replacing(draft / LIST, private=True, durable=True) as file:
            file.write(json.dumps(asdict(contents), indent=1).encode())
        checked_contents(draft)
        draft.rename(to)
    return contents


def restore(backup: Path, register: Path, library: Path, *, with_key: bool) -> Contents:
    """Restore a backup to paths where there is no register and no uploads.

    Parameters
    ----------
    with_key : bool
        True if this server also accepts seals by the key in the backup. It continues to seal with its own
        key, or with that of the backup if it has none.

    Raises
    ------
    ScoreError
        If a file is there already, if the backup does not match its list, or if it lacks the key. Nothing is
        restored then.
    """
    if not backup.is_dir():
        raise ScoreError(
            "E_FILE",
            "a backup must be a folder, got none",
            file=str(backup),
            hint="Name the folder that backup wrote; unpack it first if you have packed it.",
        )
    remove_abandoned_folders(library, DRAFT)
    targets = [register] if register.exists() else []
    tallies = StoredTallies(register)
    # A tally is named by its hash, so an existing tally need not be replaced.
    may_exist = (*LEFT_OUT, "links", tallies.folder.name)
    targets += [path for path in library.glob("*") if path.name not in may_exist]
    if targets:
        raise ScoreError(
            "E_BACKUP",
            f"a backup must be restored where nothing is, got {targets[0].name}",
            file=str(targets[0]),
            hint="Name another place with --register and --library, or move what is there away.",
        )
    register.absolute().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    library.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _draft(library.absolute()) as draft:
        shutil.copytree(backup, draft, dirs_exist_ok=True, symlinks=True)
        contents = checked_contents(draft)
        if with_key and not (draft / KEY).exists():
            raise refused_backup("none", "hold the key of the seals for --with-key", backup.name)
        with contextlib.ExitStack() as undo:
            for tally in sorted((draft / TALLIES).glob("*")):
                tallies.put(tally.read_bytes())
            for entry in sorted((draft / LIBRARY).glob("*")):
                if (library / entry.name).is_dir() and entry.name == "links":
                    shutil.rmtree(library / entry.name)
                entry.rename(library / entry.name)
                undo.callback(shutil.rmtree, library / entry.name, ignore_errors=True)
            if (draft / REGISTER).exists():
                _move(draft / REGISTER, register)
                undo.callback(register.unlink)
            # The key comes last: after a failed restore, the seals of a stranger must not be accepted.
            if with_key:
                add_seal_key((draft / KEY).read_bytes())
            undo.pop_all()
    if contents.head is not None:
        # The head that the server stored may be of a decision after the backup. Going back is intended.
        with contextlib.suppress(OSError):
            ChainHeadFile(state_folder() / "heads", register).replace(
                contents.decisions, contents.head
            )
    return contents


@contextlib.contextmanager
def _draft(beside: Path) -> Iterator[Path]:
    """Temporary folder on the same file system as its final place.

    A process that is killed leaves the folder. The next backup or restore removes it.
    """
    remove_abandoned_folders(beside, DRAFT)
    place, held = create_locked_folder(beside, DRAFT)
    try:
        inside = place / "backup"
        inside.mkdir(mode=0o700)
        yield inside
    finally:
        remove_locked_folder(place, held)


def _copied_register(register: Path, copy: Path) -> Verification:
    """Copy a register by SQLite's backup, and verify the copy."""
    if not is_visible(register):
        raise ScoreError(
            "E_FILE",
            "a register must be there, got none",
            file=str(register),
            hint="Say backup as the user who runs the server and with its environment, or name the places "
            "with --register and --library.",
        )
    copy.parent.mkdir(mode=0o700)
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT, 0o600))
    try:
        with (
            contextlib.closing(
                sqlite3.connect(f"{register.resolve().as_uri()}?mode=ro", uri=True)
            ) as original,
            contextlib.closing(sqlite3.connect(copy)) as new,
        ):
            original.backup(new)
            # The copy must be a single file, without a -wal file next to it.
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        is_full = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
        raise ScoreError(
            "E_REGISTER",
            f"the register must be readable and have room for its copy, got: {error}",
            file=register.name,
            hint="Make room, then try again." if is_full else "Say common-ground verify on it.",
        ) from error
    verified = verify(copy)
    if verified.problems:
        raise ScoreError.of(verified.problems)
    return verified


def _copy_library(library: Path, copy: Path, register: Path) -> None:
    """Copy stored uploads and long links; uploads removed meanwhile are left out."""
    copy.mkdir(mode=0o700)
    for entry in sorted(library.glob("*")):
        is_left_out = entry.name in LEFT_OUT or entry.name.startswith(".")
        if not is_left_out and entry.resolve() != StoredTallies(register).folder.resolve():
            _copy_folder(entry, copy / entry.name, register)


def _copy_folder(folder: Path, place: Path, register: Path) -> None:
    """Copy the files of a folder; a missing folder or a link is left out."""
    if folder.is_symlink() or not folder.is_dir():
        return
    place.mkdir(mode=0o700)
    try:
        for file in sorted(folder.glob("*")):
            is_plain = file.is_file() and not file.is_symlink()
            if is_plain and file.suffix != ".new" and file != register:
                _copy(file, place / file.name)
    except FileNotFoundError:
        shutil.rmtree(place)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as file, replacing(target, private=True, durable=True) as copy:
        shutil.copyfileobj(file, copy, 1 << 20)


def _move(source: Path, target: Path) -> None:
    """Move a complete file to its place, also across file systems; an existing file stays."""
    draft = target.with_name(f".{target.name}.new")
    draft.unlink(missing_ok=True)
    try:
        _copy(source, draft)
        os.link(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def _run_and_report(options: argparse.Namespace, done: str, act: Callable[[], Contents]) -> int:
    problems: tuple[Problem, ...] = ()
    contents: Contents | None = None
    lines = []
    try:
        contents = act()
        files = counted(len(contents.files), "file")
        lines = [f"{done}: {counted(contents.decisions, 'decision')}, {files}, every hash compared"]
        lines += [] if contents.head is None else [f"head {contents.head}"]
    except ScoreError as error:
        problems = error.problems
    except OSError as error:
        problems = ScoreError(
            "E_FILE",
            f"there must be room and leave to write, got: {error.strerror}",
            file=str(error.filename) if error.filename else None,
            hint="Make room or name another place, then try again; nothing half was left.",
        ).problems
    return report_outcome(
        options,
        problems,
        lines,
        decisions=contents and contents.decisions,
        head=contents and contents.head,
        files=contents and len(contents.files),
    )
