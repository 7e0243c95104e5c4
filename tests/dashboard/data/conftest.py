"""Fixtures of tests of uploads and of the library that stores them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from dashboard.data.library import Library
from dashboard.data.uploads.store import UploadStore
from tests.dashboard.tables import made
from tests.dashboard.uploaded import OWNER, store_file


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """File to write the rows of an upload to, in an empty folder."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "scores.parquet"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """File of two units."""
    path = tmp_path / "s.csv"
    path.write_text("id,label,a\nu,1,0.5\nv,0,0.25\n")
    return path


@pytest.fixture
def path(tmp_path: Path) -> str:
    """File of the command line."""
    return made().write(tmp_path / "line_2_night shift.v3.csv")


@pytest.fixture
def upload_store(tmp_path: Path) -> UploadStore:
    return UploadStore(tmp_path / "store", keep_days=3)


@pytest.fixture
def library(path: str, upload_store: UploadStore) -> Library:
    """Library with a file of the command line and an upload store."""
    opened = Library(upload_store, max_thresholds=4096)
    opened.add(open_dataset(app_options([path])))
    return opened


@pytest.fixture
def upload(tmp_path: Path) -> Callable[..., Any]:
    """Read a file as an upload and store it."""
    count = itertools.count()

    def upload(
        library: Library,
        path: str | Path,
        held_out: str = "unknown",
        owner: str = OWNER,
        **options: Any,
    ) -> Any:
        place = tmp_path / f"upload {next(count)}"
        return store_file(library, path, place, held_out, owner, **options)

    return upload
