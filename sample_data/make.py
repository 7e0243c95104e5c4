"""Make the sample: ``python -m sample_data.make``; ``--check`` compares with the files, ``--times`` times."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from sample_data import IMAGES, MODELS, SCORES
from sample_data.marks import Floats
from sample_data.models import Model, Part, designs
from sample_data.pictures import Pictures
from sample_data.render import render
from sample_data.units import KINDS, draw_units

SEED = 20_250_503
DECIMALS = 6
HARDEST = 100
"""Number of good units per model whose images are stored, those with the highest scores."""

TIMED_UNITS = 1_000
TIMED_TURNS = 7
WORKER_HOUR = 0.045
"""EUR for an hour of one processor core: assumed, not measured."""


UNITS = (10_000, 8_000, 40_000)
"""Number of units in the training, the everyday and the held-out part."""
DEFECT_RATES = (0.15, 0.03, 0.03)
"""Defect rates of the training, the everyday and the held-out part. Training data is enriched."""


@dataclass(frozen=True)
class Sample:
    """Scores of the held-out units, and everything needed to write the files."""

    scores: pd.DataFrame
    kinds: npt.NDArray[np.int8]
    images: npt.NDArray[np.uint8]
    models: dict[str, Model]


def make_sample(counts: Sequence[int] = UNITS, *, seed: int = SEED) -> Sample:
    """Draw the units, render them, train the models and score the held-out part.

    Parameters
    ----------
    counts : sequence of int
        Number of units in each part.
    seed : int
        Seed of all random streams. Each part has its own stream, and no batch is in two parts.

    Notes
    -----
    Everything runs on one thread, because sums over several threads may differ in their last bit.
    """
    with threadpool_limits(1):
        streams = np.random.SeedSequence(seed).spawn(len(counts))
        plans, rendered, first = [], [], 1
        for stream, units, rate in zip(streams, counts, DEFECT_RATES, strict=True):
            plan_seed, image_seed = stream.spawn(2)
            plan = draw_units(plan_seed, units=units, defect_rate=rate, first_batch=first)
            first += plan["batch"].nunique()
            plans.append(plan)
            rendered.append(Pictures(render(plan, image_seed)))
        training, everyday = (
            Part(pictures, plan["label"].to_numpy())
            for pictures, plan in zip(rendered[:2], plans[:2], strict=True)
        )
        held_out, plan = rendered[2], plans[2]
        for pictures in rendered:
            pictures.table("fine", "broad", "plain")
        models = designs()
        scores = plan[["id", "label", "value", "line", "batch"]].copy()
        scores["kind"] = np.array(["", *KINDS[1:]], object)[plan["kind"]]
        for name, model in models.items():
            model.fit(training, everyday)
            scores[name] = rounded(model.score(held_out))
    return Sample(scores, plan["kind"].to_numpy(), held_out.images, models)


def rounded(scores: Floats) -> Floats:
    """Round to `DECIMALS` decimals, but never to 0 or 1 unless the score is exactly that."""
    least = 10.0**-DECIMALS
    inside = (scores > 0) & (scores < 1)
    nearest = np.round(scores, DECIMALS)
    return np.where(inside, np.clip(nearest, least, 1 - least), nearest)


def seconds_per_unit(models: dict[str, Model], images: npt.NDArray[np.uint8]) -> pd.DataFrame:
    """Median time of each model from image to score, on one core.

    Returns
    -------
    pandas.DataFrame
        Columns ``model``, ``seconds_per_unit`` (measured), ``price_per_worker_hour`` (EUR,
        assumed).

    Notes
    -----
    A turn scores `TIMED_UNITS` units in one batch on one thread. The processor time is measured, to which
    other programs do not add. The models take turns, so that a slow phase of the machine affects all of them.
    The first turn is not counted, because modules are loaded in it.
    """
    turns: dict[str, list[float]] = {name: [] for name in models}
    with threadpool_limits(1):
        for turn in range(TIMED_TURNS + 1):
            for name, model in models.items():
                start = time.process_time()
                model.score(Pictures(images[:TIMED_UNITS]))
                if turn:
                    turns[name].append(time.process_time() - start)
    units = min(TIMED_UNITS, len(images))
    rows = [(name, float(f"{median(own) / units:.3g}"), WORKER_HOUR) for name, own in turns.items()]
    return pd.DataFrame(rows, columns=["model", "seconds_per_unit", "price_per_worker_hour"])


def hardest(sample: Sample, count: int = HARDEST) -> npt.NDArray[np.intp]:
    """Return the rows of the good units that are among the `count` highest scores of at least one model."""
    good = np.flatnonzero(sample.scores["label"].to_numpy() == 0)
    scores = sample.scores[list(sample.models)].to_numpy()[good]
    return np.unique(good[np.argsort(-scores, axis=0, kind="stable")[:count]])


def write_scores(sample: Sample, path: Path) -> None:
    """Write the scores as Parquet, with an encoding that is compact for a fixed number of decimals."""
    floats = ["value", *sample.models]
    pq.write_table(
        pa.Table.from_pandas(sample.scores, preserve_index=False),
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=["line", "batch", "kind"],
        column_encoding={
            "id": "DELTA_BYTE_ARRAY",
            **dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
        },
    )


def write_images(sample: Sample, path: Path) -> None:
    """Write ``id``, ``image`` and ``kind`` of every defect and of the hardest good units."""
    defects = np.flatnonzero(sample.scores["label"].to_numpy() == 1)
    rows = np.union1d(defects, hardest(sample))
    np.savez_compressed(
        path,
        id=sample.scores["id"].to_numpy()[rows].astype(str),
        image=sample.images[rows],
        kind=np.array(KINDS)[sample.kinds[rows]],
    )


def write_times(sample: Sample) -> None:
    """Write the measured times only."""
    times = seconds_per_unit(sample.models, sample.images)
    times.to_csv(MODELS, index=False, lineterminator="\n")


def check(sample: Sample) -> list[str]:
    """Write the sample into a temporary folder, and print the differences to the stored files."""
    with tempfile.TemporaryDirectory() as folder:
        scores, images = Path(folder) / SCORES.name, Path(folder) / IMAGES.name
        write_scores(sample, scores)
        write_images(sample, images)
        found = differences(pd.read_parquet(scores), pd.read_parquet(SCORES))
        with np.load(images) as made, np.load(IMAGES) as kept:
            found += [
                f"images: {name} differs"
                for name in made.files
                if not np.array_equal(made[name], kept[name])
            ]
    return found


def differences(made: pd.DataFrame, kept: pd.DataFrame) -> list[str]:
    """Describe the differences of two sample tables. Scores are compared to `DECIMALS` decimals."""
    if list(made.columns) != list(kept.columns) or len(made) != len(kept):
        return [f"columns or rows differ: {made.shape} made, {kept.shape} kept"]
    found = []
    for name in made.columns:
        ours, theirs = made[name].to_numpy(), kept[name].to_numpy()
        unequal = int((ours != theirs).sum())
        if unequal:
            found.append(f"{name}: {unequal} of {len(made)} rows differ")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sample_data.make", description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="remake into a temporary folder and compare with the files kept here",
    )
    parser.add_argument(
        "--times",
        action="store_true",
        help="train the same models, write how long they take, and leave the scores and images as they are",
    )
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    sample = make_sample()
    if options.times:
        write_times(sample)
        print(f"Timed {len(sample.models)} models.")
        return 0
    if not options.check:
        write_scores(sample, SCORES)
        write_images(sample, IMAGES)
        write_times(sample)
        print(f"Made {len(sample.scores):,} units in {time.perf_counter() - start:.0f} s.")
        return 0
    found = check(sample)
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"The same scores to {DECIMALS} decimals, and the same images.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
