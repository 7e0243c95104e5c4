"""Tests of sorting rows by a column: numbers, text, and empty cells."""

from __future__ import annotations

import pytest

from tests.dashboard.live.node import needs_node, run

pytestmark = needs_node
PROGRAM = """
const {sorted, clicked} = await import(`file://${process.argv[1]}/sortable_table.js`);
const rows = [[10, "b"], [null, "a"], [9, null], [-1, "C"]].map((order, k) => ({k, order}));
const orders = [0, 1].map((column) =>
  ["ascending", "descending"].map((way) => sorted(rows, column, way).map(({k}) => k)));
const best = ["ascending", "descending"];
const clicks = (columns) => {
  let by = {column: 1, direction: best[1]};
  return columns.map((column) => Object.values(by = clicked(by, column, best, 1)));
};
console.log(JSON.stringify([orders, clicks([0, 0, 0]), clicks([1, 1]), clicks([0, 1, 1])]));
"""


@pytest.fixture(scope="module")
def orders_and_clicks():
    return run(PROGRAM)


def test_numbers_and_texts_are_sorted_with_empty_cells_last(orders_and_clicks):
    numbers, text = orders_and_clicks[0]
    assert numbers == [[3, 2, 0, 1], [0, 2, 3, 1]]
    assert text == [[1, 0, 3, 2], [3, 0, 1, 2]]


def test_clicks_sort_best_first_then_worst_first_then_not_at_all(orders_and_clicks):
    _, other, resting, between = orders_and_clicks
    assert other == [[0, "ascending"], [0, "descending"], [1, "descending"]]
    assert resting == [[1, "ascending"], [1, "descending"]]
    assert between == [[0, "ascending"], [1, "descending"], [1, "ascending"]]
