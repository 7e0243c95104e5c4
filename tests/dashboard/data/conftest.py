"""Fixtures of tests of uploads."""

from __future__ import annotations

from pathlib import Path

import pytest


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
