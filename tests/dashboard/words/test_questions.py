"""Tests of the evidence in a question about the value of the defect."""

from __future__ import annotations

import pytest

from dashboard.words.data.questions import defect_value_evidence


@pytest.mark.parametrize(
    ("aucs", "likely", "said"),
    [
        ({"ok": {"a": 0.2}, "nok": {"a": 0.8}}, "nok", "scores are higher for “nok” (a AUC 0.80), as"),
        ({"ok": {"a": 0.2}, "nok": {"a": 0.8}}, None, "scores are higher for “nok” (a AUC 0.80), as"),
        ({"ok": {"a": 0.8}, "nok": {"a": 0.2}}, "nok", "scores are lower for “nok” (a AUC 0.20), so"),
        ({"x": {"a": 0.8, "b": 0.3}, "y": {"a": 0.2, "b": 0.7}}, None, "if “x” is the defect: a AUC 0.80,"),
        ({"x": {}, "y": {}}, None, ""),
    ],
)  # fmt: skip
def test_the_scores_suggest_the_value_of_the_defect(aucs, likely, said):
    words = defect_value_evidence(aucs, likely)
    assert words.removeprefix("In the first rows, ").startswith(said)
    assert bool(words) == bool(said)
