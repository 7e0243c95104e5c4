"""Helpers that store uploads in a library, as a server does."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from dashboard.data.library import Library
from dashboard.data.short_links import LONGEST, ShortLinks
from dashboard.data.uploads.metadata import Entry, Named
from dashboard.data.uploads.parse_scores import parse
from dashboard.data.uploads.store import UploadStore
from tests.dashboard.tables import made

DAY = 86_400.0
DIGITS = "1a" * 32
ONE, TWO = f"sha256:{DIGITS}", "sha256:" + "2b" * 32
OWNER = "what only one session knows"
UNNAMED = Named("uploaded", ("the file",), ())


def store_file(
    library: Library,
    path: str | Path,
    place: Path,
    held_out: str = "unknown",
    owner: str = "0" * 64,
    **options: Any,
) -> Any:
    """Read a file like the process of an upload, in its own folder, and store it.

    A process takes several times as long; ``test_upload_job.py`` tests it.
    """
    place.mkdir(parents=True)
    source, out = shutil.copy(path, place / Path(path).name), place / "rows.parquet"
    request = {"files": [source], "options": {**options, "rows": held_out}, "out": str(out)}
    read = parse(request, lambda rows: None)
    result = json.loads(json.dumps(read))
    assert result["ok"], result
    return library.store_upload(result, out, (Path(path).name,), owner, folder=place)


def restarted(library: Library) -> Any:
    """Library of a server that starts later on the same store."""
    later = Library(
        UploadStore(library.upload_store.folder, library.upload_store.keep_days), max_thresholds=99
    )
    later.add(library.first)
    return later


def fill_folder(folder: Path, scratch: Path) -> tuple[str, str]:
    """Fill a folder with an upload, a removed upload, and a shortened link.

    Returns
    -------
    tuple of str
        Fingerprints of the upload and of the removed one.
    """
    upload_store = UploadStore(folder, keep_days=36_500)
    library = Library(upload_store, max_thresholds=4096)
    kept, removed = (
        store_file(library, made(rows=3_000, seed=k).write(scratch / f"{name}.csv"), scratch / name)
        for k, name in enumerate(("monday", "gone panels"))
    )
    upload_store.remove(removed.fingerprint)
    ShortLinks(upload_store).shortened({"data": kept.fingerprint, "notes": "m\\," + "word " * 400})
    return kept.fingerprint, removed.fingerprint


def entry(fingerprint=ONE, *, age=0.0, file="scores.csv", owner="mine"):
    """Entry opened `age` days ago."""
    named = Named(file.removesuffix(".csv"), (file,), ())
    opened = time.time() - age * DAY
    return Entry(fingerprint, named, "unknown", {}, "rank", opened, {owner: named})


def without_digest(entry: Any) -> Any:
    """Entry without the digest of the stored file."""
    return replace(entry, content="")


def write_rows(upload_store, content=b"rows"):
    path = upload_store.workplace() / "rows.parquet"
    path.write_bytes(content)
    return path


LONG_LINK = {"data": ONE, "notes": "n" * LONGEST, "x": "recall"}
