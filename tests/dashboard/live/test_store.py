"""What the browser puts under discussion by itself, before the server hears of it."""

from __future__ import annotations

import json
import subprocess

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
