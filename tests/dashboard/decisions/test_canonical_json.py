"""Tests of the canonical JSON of decisions: every value is read back, and any change changes the text."""

from __future__ import annotations

import json
import math
import shutil
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.decisions.canonical_json import canonical, hash_of, json_ready, parse_canonical
from tests.dashboard.decided import ANY_TEXT
from tests.metrics.opening import error_of

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | ANY_TEXT,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(ANY_TEXT, inside, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@example(1e20)
@example(123456789012345680000.0)
@example(2.0**53)
@example(1e21)
@example(5e-324)
def test_reading_and_writing_a_text_again_changes_nothing(value):
    text = canonical(value)
    assert canonical(parse_canonical(text)) == text
    assert parse_canonical(text) == value


@given(st.dictionaries(ANY_TEXT, st.integers(0, 9), min_size=2, max_size=6), st.randoms())
def test_the_order_of_keys_does_not_matter(value, random):
    items = list(value.items())
    random.shuffle(items)
    assert canonical(dict(items)) == canonical(value)


@pytest.mark.parametrize("value", ["\ud800", math.nan, math.inf, 2**53, {1: 2}])
def test_values_without_a_json_form_are_refused(value):
    assert error_of(canonical, value).code == "E_DECISION"


def test_undefined_and_infinite_figures_have_a_form():
    assert json_ready({"a": math.nan, "b": (math.inf, -math.inf, 1)}) == {
        "a": None,
        "b": ["inf", "-inf", 1],
    }


@pytest.mark.skipif(shutil.which("node") is None, reason="no other language to ask")
@settings(max_examples=1)
@given(st.lists(VALUES, min_size=20, max_size=40))
def test_javascript_writes_the_same_text(values):
    """The standard is defined by JavaScript's numbers and strings."""
    program = """
    const canon = v => v === null || typeof v !== 'object' ? JSON.stringify(v)
      : Array.isArray(v) ? '[' + v.map(canon).join(',') + ']'
      : '{' + Object.keys(v).sort().map(k => JSON.stringify(k) + ':' + canon(v[k])).join(',') + '}';
    process.stdout.write(canon(JSON.parse(require('fs').readFileSync(0, 'utf8'))));
    """
    done = subprocess.run(
        ["node", "-e", program], input=json.dumps(values).encode(), capture_output=True, check=True
    )
    assert hash_of(done.stdout.decode()) == hash_of(canonical(values))
