"""Tests of labels of flagged units only, which give no recall, and of labels with an audit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def units() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    label = (rng.random(6000) < 0.1).astype(int)
    frame = pd.DataFrame({"id": np.arange(6000), "label": label})
    for model, skill in (("rule", 1.5), ("cnn", 2.5)):
        frame[model] = 1 / (1 + np.exp(2 - skill * label - rng.standard_normal(6000)))
    sampled = (rng.random(6000) < 0.25) & (frame["rule"] < 0.4)
    return frame.assign(audit=sampled.astype(int))


MODELS = ("--model", "rule", "--model", "cnn")
AUDIT = ("--labels-from", "audit", "--audit", "audit", "--today", "rule@0.4")


def test_with_only_flagged_units_recall_is_refused(units, run, tmp_path):
    file = tmp_path / "flagged.csv"
    units[units["rule"] >= 0.4].to_csv(file, index=False)
    asked = (file, *MODELS, "--labels-from", "flagged", "--at", "0.5", "--label-noise", "0.01")
    status, output = run("evaluate", *asked, "--bootstrap", "100")
    assert (status, output["front"]) == (0, [])
    assert "W_ONLYFLAGGED" in [p["code"] for p in output["problems"]]
    for model, figures in output["models"].items():
        own = units[units["rule"] >= 0.4]
        counts = figures["at"]["0.5"]
        assert counts["tp"] == int(((own[model] >= 0.5) & (own["label"] == 1)).sum())
        assert (counts["fn"], counts["tn"], counts["fn_interval"]) == (None, None, None)
        assert counts["tp_interval"][0] <= counts["tp"] <= counts["tp_interval"][1]
        assert figures["roc_auc"] is figures["lowest_cost"]["cost"] is None
    for option in ("--fail-unless", "--guarantee"):
        status, output = run("evaluate", *asked, option, "recall >= 0.5")
        assert status == 2
        assert [p["code"] for p in output["problems"]] == ["E_ONLYFLAGGED"]


def test_an_audit_of_the_other_units_gives_the_recall_of_all(units, run, tmp_path):
    known = (units["rule"] >= 0.4) | (units["audit"] == 1)
    labels = units["label"].astype(str).where(known, "")
    file = tmp_path / "audit.csv"
    units.assign(label=labels).to_csv(file, index=False)
    status, output = run("evaluate", file, *MODELS, *AUDIT, "--at", "0.5")
    assert status == 0, output["problems"]
    weight = (units["rule"] < 0.4).sum() / units["audit"].sum()
    of = units[known].assign(weight=np.where(units["audit"][known] == 1, weight, 1.0))
    defects = of[of["label"] == 1]
    wanted = np.average(defects["cnn"] >= 0.5, weights=defects["weight"])
    counts = output["models"]["cnn"]["at"]["0.5"]
    recall = counts["tp"] / (counts["tp"] + counts["fn"])
    assert recall == pytest.approx(wanted)
    true = (units["cnn"][units["label"] == 1] >= 0.5).mean()
    assert recall == pytest.approx(true, abs=0.04)
    assert counts["tp"] + counts["fn"] == pytest.approx(units["label"].sum(), rel=0.1)


def test_an_audit_certifies_nothing(units, run, tmp_path):
    """By chance, the audit may lack a miss of large weight, and the other defects do not show this."""
    file = tmp_path / "audit.csv"
    units.to_csv(file, index=False)
    for asked in ("--guarantee", "--fail-unless"):
        status, output = run("evaluate", file, *MODELS, *AUDIT, asked, "recall >= 0.5")
        assert status == 2
        assert [p["code"] for p in output["problems"]] == ["E_AUDITED"]
    status, output = run(
        "evaluate", file, *MODELS, *AUDIT, "--fail-unless", "recall >= 0.01", "--point-estimate"
    )
    assert (status, output["limits"]["met"]) == (0, True)


def test_an_audit_needs_its_column(units, run, tmp_path):
    file = tmp_path / "all.csv"
    units.to_csv(file, index=False)
    assert run("evaluate", file, "--labels-from", "audit")[0] == 64
    assert run("evaluate", file, "--audit", "audit")[0] == 64
    assert (
        run("evaluate", file, "--labels-from", "audit", "--audit", "audit", "--weight", "cnn")[0]
        == 64
    )
