"""Write the score files of the golden values, once: ``python -m tests.golden.make_files``.

The tests read the stored files in ``files``. This generator documents their content. A new release of numpy
may draw other numbers, so the stored files are not regenerated. Each file reveals a different careless
mistake:

- ``sample``: whole batches of the sample data, with its eleven models.
- ``pv_ir``: ten models of 4,000 units, 10% defects, with values, kinds of defect and a segment.
- ``governors``: three rivals on races of two candidates; scores tie and are sometimes 0 or 1.
- ``ties``: scores that are ranks on a coarse grid.
- ``defects25``: 25 defects.
- ``weights``: rows with different weights and with values; sums are exact, so ties are the same on any
machine.
- ``groups``: batches of 1 to 12 similar rows; the scores are logits.
- ``kinds``: kinds of defect that are easier or harder to detect, with two segments.
- ``inspection``: a model that is unsure about many units.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FILES = Path(__file__).parent / "files"
SAMPLE = Path(__file__).parents[2] / "sample_data" / "line3_camera_trial.parquet"
RIVALS = {"boosting": 2.6, "svm": 2.0, "rule": 1.2}
"""Distance between the two classes on the logit scale, for each model."""

Floats = NDArray[np.float64]


def _labels(rng: np.random.Generator, rows: int, defects: int) -> NDArray[np.int8]:
    label = np.zeros(rows, np.int8)
    label[rng.choice(rows, defects, replace=False)] = 1
    return label


def _logits(
    rng: np.random.Generator, label: NDArray[np.int8], apart: float, shared: Floats | float = 0.0
) -> Floats:
    """Scores of a model; ``shared`` is the difficulty of each unit that all models share."""
    noise = rng.normal(0, 0.9, label.size)
    return np.asarray(-2.4 + apart * label + shared + noise, np.float64)


def _probability(logits: Floats, digits: int = 3) -> Floats:
    return np.asarray(np.clip(np.round(1 / (1 + np.exp(-logits)), digits), 0, 1), np.float64)


def _frame(label: NDArray[np.int8], **columns: object) -> pd.DataFrame:
    ids = [f"u{k}" for k in range(label.size)]
    return pd.DataFrame({"id": ids, "label": label, **columns})


def sample(rng: np.random.Generator) -> pd.DataFrame:
    """Every twelfth batch; three models have the names of the other files, so scenarios fit all files."""
    frame = pd.read_parquet(SAMPLE)
    batches = frame["batch"].unique()[::12]
    own = frame[frame["batch"].isin(batches)].reset_index(drop=True)
    return own.rename(
        columns={"contrast_rule": "rule", "gradient_boosting": "boosting", "calibrated_svm": "svm"}
    )


def pv_ir(rng: np.random.Generator) -> pd.DataFrame:
    label = _labels(rng, 4000, 400)
    shared = rng.normal(0, 0.6, label.size)
    kinds = rng.choice(["cell", "cracking", "diode", "hot spot", "shadowing"], label.size)
    frame = _frame(label, value=np.round(rng.gamma(2.0, 4.0, label.size), 1))
    frame["site"] = rng.choice(["north", "south", "west"], label.size, p=[0.5, 0.3, 0.2])
    frame["kind"] = np.where(label == 1, kinds, "")
    apart = {**RIVALS, **{f"net_{k}": 2.4 - 0.15 * k for k in range(7)}}
    for k, (name, own) in enumerate(apart.items()):
        hard = np.where(kinds == "shadowing", -0.8, 0.0) * label
        logits = (1 + k / 9) * _logits(rng, label, own, shared + hard)
        frame[name] = _probability(logits, 6 if name == "svm" else 3)
    return frame


def governors(rng: np.random.Generator) -> pd.DataFrame:
    """Candidates of two-person races: one of the two wins, and a model's two scores sum to 1."""
    races = 600
    first_wins = rng.random(races) < 0.5
    label = np.column_stack([first_wins, ~first_wins]).ravel().astype(np.int8)
    frame = _frame(label, race=[f"r{k // 2}" for k in range(2 * races)])
    for name, apart in RIVALS.items():
        lead = np.where(first_wins, 1, -1) * apart / 2 + rng.normal(0, 1.3, races)
        first = _probability(2 * lead, 2)
        frame[name] = np.column_stack([first, np.round(1 - first, 2)]).ravel()
    return frame


def ties(rng: np.random.Generator) -> pd.DataFrame:
    label = _labels(rng, 700, 140)
    ranks = {m: np.round(2 * _logits(rng, label, apart)) / 2 for m, apart in RIVALS.items()}
    return _frame(label, **ranks)


def defects25(rng: np.random.Generator) -> pd.DataFrame:
    label = _labels(rng, 1500, 25)
    return _frame(
        label, **{m: _probability(_logits(rng, label, 1.2 * a)) for m, a in RIVALS.items()}
    )


def weights(rng: np.random.Generator) -> pd.DataFrame:
    label = _labels(rng, 800, 120)
    frame = _frame(label, weight=np.array([0.25, 1.0, 1.75, 6.25])[rng.integers(0, 4, 800)])
    frame["value"] = np.round(4 * rng.gamma(2.0, 10.0, label.size)) / 4
    for name, apart in RIVALS.items():
        frame[name] = _probability(_logits(rng, label, apart))
    return frame


def groups(rng: np.random.Generator) -> pd.DataFrame:
    sizes = rng.integers(1, 13, 150)
    batch = np.repeat(np.arange(sizes.size), sizes)
    shared = rng.normal(0, 1.0, sizes.size)[batch]
    label = (rng.random(batch.size) < 1 / (1 + np.exp(2.2 - shared))).astype(np.int8)
    frame = _frame(label, batch=[f"b{k}" for k in batch])
    for name, apart in RIVALS.items():
        frame[name] = np.round(_logits(rng, label, apart, shared), 2)
    return frame


def kinds(rng: np.random.Generator) -> pd.DataFrame:
    label = _labels(rng, 1200, 180)
    kind = rng.choice(["crack", "dent", "scratch", ""], label.size, p=[0.4, 0.3, 0.25, 0.05])
    frame = _frame(label, kind=np.where(label == 1, kind, ""))
    frame["line"] = rng.choice(["L1", "L2"], label.size)
    frame["shift"] = rng.choice(["day", "late", "night"], label.size)
    found = np.select([kind == "scratch", kind == "dent"], [-1.2, 0.4], 0.0)
    hard = np.asarray(found * label, np.float64)
    for name, apart in RIVALS.items():
        frame[name] = _probability(_logits(rng, label, apart, hard))
    return frame


def inspection(rng: np.random.Generator) -> pd.DataFrame:
    label = _labels(rng, 1500, 200)
    kind = np.where(label == 1, rng.choice(["chip", "void"], label.size), "")
    frame = _frame(label, kind=kind)
    is_clear = rng.random(label.size) < 0.6
    for name, apart in RIVALS.items():
        logits = _logits(rng, label, apart)
        sure = np.where(is_clear, 2 * logits + 0.6 * label, 0.4 * logits - 0.6)
        frame[name] = _probability(sure)
    return frame


MADE: tuple[Callable[[np.random.Generator], pd.DataFrame], ...] = (
    sample, pv_ir, governors, ties, defects25, weights, groups, kinds, inspection,
)  # fmt: skip


def make() -> None:
    """Write all files, replacing existing ones."""
    FILES.mkdir(exist_ok=True)
    for seed, one in enumerate(MADE):
        frame = one(np.random.default_rng(seed))
        frame.to_parquet(FILES / f"{one.__name__}.parquet", index=False, compression="zstd")
        print(one.__name__, *frame.shape, int(frame["label"].sum()))


if __name__ == "__main__":
    make()
