"""What a chart's label says of a point, in words: how sure its figures are as its card has it, or nothing."""

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
const live = process.argv[1];
const {store} = await import(`file://${live}/store.js`);
const {figureLine} = await import(`file://${live}/hover.js`);
const o = {id: "missed_defects", label: "missed defects", unit: "COUNT", words: "a year", ofModel: false};
Object.assign(store, {model: 0, at: 2});
store.page = {
  figures: "all", chosen: [0, 2], below: null, objectives: {missed_defects: o}, scenario: {},
  stakeholders: [{objective: "missed_defects"}], said: {cards: [{interval: "16,100 to 30,600"}]},
  reasons: [{model: 0, at: 2}, {model: 0, at: 1}, {model: 0, at: 0}], // the last of them today's system
  picked: [[0, 2], [0, 1]],
};
const values = [14500, 15000, 20500, 21000];
store.pack = {columns: new Map([["missed_defects", {values}]]), firsts: [0], sizes: [4]};
store.value = (id, model, at) => values[at];
const known = {low: [10000, 11000, 15100, 15500], high: [20000, 21000, 27800, 28400]};
const ends = new Map([["missed_defects", known]]);
store.ranges = {figures: "all", model: 0, ends};
console.log(JSON.stringify([2, 1, 3, 0].map((at) => figureLine("missed_defects", 0, at).join(" "))));
"""


@needs_node
def test_of_a_point_that_somebody_picks_only_its_own_card_says_how_sure_it_is():
    command = ["node", "--input-type=module", "-e", PROGRAM, str(ROOT / "dashboard" / "live")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == [
        "missed defects: 20,500 a year (16,100 to 30,600)",
        "missed defects: 15,000 a year",
        "missed defects: 21,000 a year (15,500 to 28,400)",
        "missed defects: 14,500 a year (10,000 to 20,000)",
    ]
