"""Rows in the order of a column: numbers, text, and what has neither."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.repository import ROOT

needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="no JavaScript without a browser"
)

PROGRAM = """
const {sorted} = await import(`file://${process.argv[1]}/sortable_table.js`);
const rows = [[10, "b"], [null, "a"], [9, null], [-1, "C"]].map((order, k) => ({k, order}));
const found = [0, 1].map((column) =>
  ["none", "ascending", "descending"].map((way) => sorted(rows, column, way).map(({k}) => k)));
console.log(JSON.stringify(found));
"""


@needs_node
def test_numbers_and_text_are_sorted_either_way_and_what_has_no_figure_stands_last():
    command = ["node", "--input-type=module", "-e", PROGRAM, str(ROOT / "dashboard" / "live")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    numbers, text = json.loads(done.stdout)
    assert numbers == [[0, 1, 2, 3], [3, 2, 0, 1], [0, 2, 3, 1]]
    assert text == [[0, 1, 2, 3], [1, 0, 3, 2], [3, 0, 1, 2]]
