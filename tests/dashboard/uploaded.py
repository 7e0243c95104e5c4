"""Helpers that store uploads in a library, as a server does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from dashboard.data.library import Library
from dashboard.data.short_links import ShortLinks
from dashboard.data.uploads.job import Intake
from dashboard.data.uploads.store import UploadStore
from tests.dashboard.tables import made


def keep(
    library: Library,
    path: str | Path,
    place: Path,
    held_out: str = "unknown",
    owner: str = "0" * 64,
    **options: Any,
) -> Any:
    """Read a file as an upload, in its own folder, and store it."""
    place.mkdir(parents=True)
    source = shutil.copy(path, place / Path(path).name)
    result = Intake([Path(source)], {**options, "rows": held_out}, place / "rows.parquet").wait()
    assert result["ok"], result
    return library.keep(result, place / "rows.parquet", (Path(path).name,), owner, folder=place)


def fill(folder: Path, scratch: Path) -> tuple[str, str]:
    """Fill a folder with an upload, a removed upload, and a shortened link.

    Returns
    -------
    tuple of str
        Fingerprints of the upload and of the removed one.
    """
    shelf = UploadStore(folder, keep_days=36_500)
    library = Library(shelf, max_thresholds=4096)
    kept, removed = (
        keep(library, made(rows=3_000, seed=k).write(scratch / f"{name}.csv"), scratch / name)
        for k, name in enumerate(("monday", "gone panels"))
    )
    shelf.remove(removed.fingerprint)
    ShortLinks(shelf).shortened({"data": kept.fingerprint, "notes": "m\\," + "word " * 400})
    return kept.fingerprint, removed.fingerprint
