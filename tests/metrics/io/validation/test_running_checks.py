"""Tests of warnings about few defects and about rows without a group."""

from __future__ import annotations

import pytest

from metrics import open_scores


@pytest.mark.parametrize(("count", "said"), [(1, "only 1 defect:"), (2, "only 2 defects:")])
def test_messages_use_the_singular_for_one_and_the_plural_for_more(count, said):
    labels = [1] * count + [0] * 3
    data = {
        "label": labels,
        "batch": [None, *"pqrs"][: len(labels)],
        "a": [0.5, *[0.25] * 4][: len(labels)],
    }
    messages = {p.code: p.message for p in open_scores(data).check().problems}
    assert messages["W_FEWPOSITIVES"].startswith(said)
    assert messages["W_NOGROUP"].startswith("1 row has no group")
