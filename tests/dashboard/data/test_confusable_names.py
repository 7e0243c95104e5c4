"""Names that a reader takes for one are read as one."""

from __future__ import annotations

import pytest

from dashboard.data.confusable_names import skeleton


@pytest.mark.parametrize(
    "alike",
    [
        "hist_gbdt", "Hist_GBDT", " hist  gbdt ", "hist-gbdt", "hist\u00a0gbdt", "hist\u2010gbdt",
        "h\u0456st_gbdt", "hist_gb\u0501t", "\u04bbist_gbdt", "hist_\u0261bdt", "h1st_gbdt", "hlst_gbdt",
        "hist_gbdt\u200b", "\u202ehist_gbdt", "hi\u00adst_gbdt", "\uff48ist_gbdt", "hist_gbd\U0001d42d",
        "\u041dist_gbdt", "\u0397ist_gbdt", "hist_gbdt\u3164", "h\u2170st_gbdt", "H|ST GBDT",
    ],
)  # fmt: skip
def test_what_looks_like_it_is_read_as_it(alike):
    assert skeleton(alike) == skeleton("hist_gbdt")


@pytest.mark.parametrize(
    "other", ["hist_gbdt2", "gbdt_hist", "histgbdt2", "hist gbm", "camera", ""]
)
def test_another_name_is_another(other):
    assert skeleton(other) != skeleton("hist_gbdt")


@pytest.mark.parametrize("unseen", ["", " ", "\u200b", "\u2800", "\u3164\ufeff", "\t\n"])
def test_what_cannot_be_seen_is_nothing(unseen):
    assert skeleton(unseen) == ""
