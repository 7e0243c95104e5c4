"""Cases of ``fixtures/layouts/manifest.json``: files in layouts of real tools, and what is read of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from metrics import ScoreError, open_scores
from metrics.io.scores import Scores
from tests.repository import ROOT

FOLDER = ROOT / "tests/fixtures/layouts"
KEYWORDS = {"model": "models", "segment": "segments", "type": "defect_type"}
SEVERAL = {"models", "id", "segments", "model_key"}
Json = dict[str, Any]


@cache
def cases() -> tuple[Json, ...]:
    return tuple(json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))["cases"])


def keywords(options: Sequence[str]) -> Json:
    """Options of the command line as keywords of `metrics.open_scores`."""
    found: dict[str, list[str]] = {}
    for flag, value in zip(options[::2], options[1::2], strict=True):
        name = flag.removeprefix("--").replace("-", "_")
        found.setdefault(KEYWORDS.get(name, name), []).append(value)
    return {
        name: tuple(given) if name in SEVERAL or len(given) > 1 else given[0]
        for name, given in found.items()
    }


@dataclass
class Outcome:
    """Result of opening files.

    Attributes
    ----------
    error : ScoreError or None
    reading : dict or None
        Content that was read, in the manifest's form.
    """

    error: ScoreError | None = None
    reading: Json | None = None
    warned: frozenset[str] = frozenset()
    told: str = ""

    @property
    def words(self) -> str:
        if self.reading is None:
            return str(getattr(self.error, "code", None) or self.error)
        read = self.reading
        models = ", ".join(f"{m['name']} {m['auc']:.3f}" for m in read["models"][:6])
        weight = f" weight={read['weight']}" if read["weight"] else ""
        return f"{read['label']}={read['positive']} ({read['positives']}/{read['rows']}){weight}: {models}"


def outcome(files: Sequence[str], options: Sequence[str]) -> Outcome:
    """Open fixtures with options, and read them to their end."""
    paths = [str(FOLDER / name) for name in files]
    return outcome_of(paths[0] if len(paths) == 1 else paths, options)


def outcome_of(source: object, options: Sequence[str]) -> Outcome:
    """Open any source with options, and read it to its end."""
    try:
        scores = open_scores(source, **keywords(options))
        reading = read(scores)
    except ScoreError as error:
        return Outcome(error=error)
    told = "\n".join(f"{p.column} {p.message}" for p in scores.problems)
    return Outcome(None, reading, frozenset(p.code for p in scores.problems), told)


def read(scores: Scores) -> Json:
    """Content of scores, with the AUC computed by scikit-learn."""
    batches = list(scores.batches())
    y = np.concatenate([b.column(1).to_numpy() for b in batches])
    models = []
    for k, name in enumerate(scores.models, -len(scores.models)):
        values = np.concatenate([b.columns[k].to_numpy() for b in batches])
        auc = float(roc_auc_score(y, values))
        models.append({"name": name, "auc": auc, "mean": float(values.mean())})
    return {
        "label": scores.columns.label,
        "positive": scores.columns.positive,
        "rows": len(y),
        "positives": int(y.sum()),
        "weight": scores.columns.weight,
        "models": models,
    }


def _figures(model: Json) -> tuple[float, float]:
    return model["auc"], model["mean"]


def _same(one: Json, other: Json) -> bool:
    pairs = zip(_figures(one), _figures(other), strict=True)
    return all(abs(a - b) <= 1e-5 * max(1.0, abs(b)) for a, b in pairs)


def differences(wanted: Json, got: Json) -> list[str]:
    """Differences between a reading and the true one."""
    wrong = [key for key in ("rows", "positives") if wanted[key] != got[key]]
    if wanted["label"] not in (None, got["label"]):
        wrong.append("label")
    if (positive := wanted["positive"]) is not None:
        said = str(got["positive"]).strip().casefold()
        wrong += [] if said == positive.strip().casefold() else ["positive"]
    if wanted.get("weight") != got["weight"]:
        wrong.append("weight")
    named = {m["name"]: m for m in wanted["models"]}
    if None in named:
        first, second = (sorted(reading["models"], key=_figures) for reading in (wanted, got))
        fits = len(first) == len(second) and all(map(_same, second, first))
        wrong += [] if fits else ["models"]
    else:
        read_names = {m["name"] for m in got["models"]}
        few = read_names <= set(named) if wanted.get("some") else read_names == set(named)
        wrong += [] if few else ["models"]
        other = [m["name"] for m in got["models"] if few and not _same(m, named[m["name"]])]
        wrong += [f"scores of {name}" for name in other]
    return wrong
