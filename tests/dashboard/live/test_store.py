"""What the browser puts under discussion by itself, before the server hears of it."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.dashboard.live.test_hover import needs_node
from tests.repository import ROOT

PROGRAM = """
const {store} = await import(`file://${process.argv[1]}/store.js`);
globalThis.requestAnimationFrame = () => 1;
const models = [{name: "a", opening: 3}, {name: "b", opening: 2}];
Object.assign(store, {model: 0, at: 1, page: {models, scenario: {inspected: false}}});
console.log(JSON.stringify([0, 1, 1, 0].map((model) => {
  store.show(model);
  return [store.model, store.at];
})));
"""


@needs_node
def test_another_model_is_shown_where_the_server_says_and_the_shown_one_keeps_its_threshold():
    command = ["node", "--input-type=module", "-e", PROGRAM, str(ROOT / "dashboard" / "live")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == [[0, 1], [1, 2], [1, 2], [0, 3]]


KEPT = """
const {store} = await import(`file://${process.argv[1]}/store.js`);
const asked = JSON.parse(process.argv[2]);
const pack = {sizes: [5], value: (id, model, at) => asked.figures[id][at] ?? NaN, columns: new Map()};
const limits = asked.limits.map(([objective, value, least]) => ({objective, value, least}));
const page = {limits, scenario: {inspected: asked.below !== null}};
Object.assign(store, {model: 0, at: 1, below: asked.below, pack, page});
const first = store.kept;
console.log(JSON.stringify([first, first === store.kept]));
"""
FIGURES = {
    "a": [1, 2, 3, 4, 5],
    "b": [5, None, 5, 1, 5],
    "part a": [0, 0, 0, 0, 0],
    "band lower": [0, 0, 0, 0, 0],
    # What the lower threshold decides of it: with the second as the lower one, 10 more from there on.
    "c": [1, 1, 1, 1, 1],
    "part c": [0, 10, 20, 30, 40],
}


@needs_node
@pytest.mark.parametrize(
    ("limits", "below", "stretches"),
    [
        ([], None, []),
        ([("a", 2, True)], None, [[1, 4]]),
        ([("a", 2, False)], None, [[0, 1]]),
        ([("b", 5, True)], None, [[0, 0], [2, 2], [4, 4]]),
        ([("a", 2, True), ("b", 5, True)], None, [[2, 2], [4, 4]]),
        ([("a", 9, True)], None, []),
        ([("a", "-inf", True)], None, [[0, 4]]),
        ([("c", 1, False)], None, [[0, 4]]),
        ([("c", 1, False)], 1, [[0, 0]]),
        ([("c", 11, True)], 1, [[1, 4]]),
    ],
)
def test_the_stretches_that_keep_all_limits_are_found_once(limits, below, stretches):
    asked = json.dumps({"limits": limits, "below": below, "figures": FIGURES})
    command = ["node", "--input-type=module", "-e", KEPT, str(ROOT / "dashboard" / "live"), asked]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == [stretches, True]
