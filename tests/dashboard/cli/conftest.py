"""Fixtures shared by tests of commands."""

from __future__ import annotations

import json

import pytest

from dashboard.cli.main import main


@pytest.fixture
def told(capsys):
    """Run a command; return its exit code and its output."""

    def run(*arguments):
        status = main([*map(str, arguments), "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run
