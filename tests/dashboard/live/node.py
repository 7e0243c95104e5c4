"""Running the scripts of the browser in Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.repository import ROOT

needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="no JavaScript without a browser"
)


def run(program: str, *arguments: str) -> Any:
    """JSON that a program writes; its first argument is the folder of the scripts."""
    live = str(ROOT / "dashboard" / "live")
    command = ["node", "--input-type=module", "-e", program, live, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)
