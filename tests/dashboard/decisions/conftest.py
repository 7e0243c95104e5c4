"""Fixtures of tests of decisions: a register without decisions, and its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.register import Register


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "decisions.sqlite"


@pytest.fixture
def head_file(tmp_path: Path, path: Path) -> ChainHeadFile:
    return ChainHeadFile(tmp_path / "state", path)


@pytest.fixture
def register(path: Path, head_file: ChainHeadFile) -> Register:
    """Register without decisions, whose head is stored elsewhere."""
    return Register(path, head_file)
