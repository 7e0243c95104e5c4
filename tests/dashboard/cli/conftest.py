"""What tests of commands share."""

from __future__ import annotations

import json

import pytest

from dashboard.cli.main import main


@pytest.fixture
def told(capsys):
    """Run a command: its exit code, and what it said."""

    def run(*arguments):
        status = main([*map(str, arguments), "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run
