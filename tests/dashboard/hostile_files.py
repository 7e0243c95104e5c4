"""Data and decisions in which everything has a hostile name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from dashboard import page_view
from dashboard.data.dataset import Dataset
from dashboard.data.library import fingerprint_of
from dashboard.data.uploads.file_names import title_of
from dashboard.decisions.decision import Statement
from dashboard.decisions.entry import Recorded
from dashboard.decisions.register import Register
from dashboard.export.decision_to_record import decision_of
from dashboard.page_view import PageView
from dashboard.session.choices import Choices, Point
from metrics import Scenario, open_scores
from tests.dashboard.hostile import HOSTILE

ROWS = 80
FILE = "<img src=x onerror=window.cgHit=9> =1+1 \u202egnp.csv"
LABEL = "<script>window.cgHit=8</script>"


def write_scores(folder: Path) -> tuple[str, ...]:
    """Score file of twelve hostile models with a hostile label; returns arguments that open it."""
    rng = np.random.default_rng(3)
    labels = np.arange(ROWS) % 4 == 0
    frame = pd.DataFrame({"id": [f"u{k}" for k in range(ROWS)], LABEL: labels.astype(int)})
    for name in HOSTILE:
        frame[name] = np.clip(rng.normal(0.35, 0.15, ROWS) + 0.3 * labels, 0.01, 0.99).round(2)
    path = folder / FILE
    frame.to_csv(path, index=False)
    models = [part for name in HOSTILE for part in (f"--model={name}",)]
    return (str(path), f"--label={LABEL}", *models)


def open_dataset(path: str) -> Dataset:
    """Same file as the app opens it."""
    scores = open_scores(path, label=LABEL, models=list(HOSTILE))
    return Dataset(
        fingerprint=fingerprint_of(scores.fingerprint, scores.held_out),
        title=title_of(scores.files),
        files=scores.files,
        scores=scores,
        scenario=Scenario(),
        max_thresholds=4096,
        origin="command line",
    )


def record_decisions(
    dataset: Dataset, register: Register, names: Sequence[str] = HOSTILE
) -> list[tuple[Recorded, PageView]]:
    """Record a decision on all or some models, by people and for reasons with hostile names."""
    out = []
    for k, name in enumerate(names):
        choices = Choices(point=Point(name, 0.5), names=((name, f"{name} renamed"),))
        page = page_view.build(choices, dataset, "light")
        said = {
            stakeholder.name: Statement(name, "objects", name)
            for stakeholder in page.analysis.stakeholders
        }
        decision = decision_of(page, said, why=name, objections=name)
        out.append((register.append(decision, f"key {k}"), page))
    return out
