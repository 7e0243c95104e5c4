"""Tests that files in the layouts of real tools are read correctly, or raise a question.

``python -m tests.metrics.io.test_layouts`` writes the guide's table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from metrics import ScoreError, open_scores
from metrics.io.open import open_sources
from metrics.io.read_options import ReadOptions
from metrics.io.scores import Scores
from tests.repository import ROOT

FOLDER = ROOT / "tests/fixtures/layouts"
KEYWORDS = {"model": "models", "segment": "segments", "type": "defect_type"}
SEVERAL = {"models", "id", "segments", "model_key"}
RIGHT = "right"
TEXTS = (".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson")
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
        own = self.reading
        models = ", ".join(f"{m['name']} {m['auc']:.3f}" for m in own["models"][:6])
        weight = f" weight={own['weight']}" if own["weight"] else ""
        return (
            f"{own['label']}={own['positive']} ({own['positives']}/{own['rows']}){weight}: {models}"
        )


def outcome(files: Sequence[str], options: Sequence[str]) -> Outcome:
    """Open fixtures with options, and read them to their end."""
    paths = [str(FOLDER / name) for name in files]
    return opened(paths[0] if len(paths) == 1 else paths, options)


def opened(source: object, options: Sequence[str]) -> Outcome:
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
        first, second = (sorted(own["models"], key=_figures) for own in (wanted, got))
        fits = len(first) == len(second) and all(map(_same, second, first))
        wrong += [] if fits else ["models"]
    else:
        read_names = {m["name"] for m in got["models"]}
        few = read_names <= set(named) if wanted.get("some") else read_names == set(named)
        wrong += [] if few else ["models"]
        other = [m["name"] for m in got["models"] if few and not _same(m, named[m["name"]])]
        wrong += [f"scores of {name}" for name in other]
    return wrong


def verdict(case: Json, given: Json, got: Outcome) -> str:
    """Judge the result of a case, or of one of its answers."""
    bare = given is case
    expected = case["bare"] if bare else "opens"
    if got.reading is not None:
        if "reading" not in given:
            answers = [one["reading"] for one in case.get("answers", ())]
            honest = any(not differences(one, got.reading) for one in answers)
            return "right, but unasked" if honest else "SILENT WRONG"
        if wrong := differences(given["reading"], got.reading):
            return f"SILENT WRONG: {', '.join(wrong)}"
        if surplus := set(given.get("never_warns", ())) & got.warned:
            return f"needless {', '.join(sorted(surplus))}"
        if unlisted := [n for n in given.get("listed", ()) if not re.search(rf"\b{n}\b", got.told)]:
            return f"left out in silence: {', '.join(unlisted)}"
        lacking = set(given.get("warns", ())) - got.warned
        return f"no {', '.join(sorted(lacking))}" if lacking else RIGHT
    assert got.error is not None
    if expected == "opens":
        return "over-strict"
    if got.error.code not in case["codes"]:
        return "other code"
    # Without the file's name, which may hold the word that is looked for.
    problem = got.error.problems[0]
    said = f"{problem.message} {problem.hint} {problem.column}"
    if not re.search(case.get("says", ""), said):
        return f"does not say {case['says']}"
    if case.get("never_says") and case["never_says"] in said:
        return f"says {case['never_says']}"
    return RIGHT


def attempts(case: Json) -> list[tuple[Json, list[str]]]:
    """Attempts of a case: without an answer, then with each answer."""
    answers = [(one, one["options"]) for one in case.get("answers", ())]
    return [(case, case.get("options", [])), *answers]


TRIED = [
    pytest.param(case, k, id=f"{case['name']}{f'-answer{k}' if k else ''}")
    for case in cases()
    for k in range(len(attempts(case)))
]


@pytest.mark.parametrize(("case", "attempt"), TRIED)
def test_a_layout_is_read_correctly_or_raises_a_question(case: Json, attempt: int) -> None:
    given, options = attempts(case)[attempt]
    got = outcome(case["files"], options)
    assert verdict(case, given, got) == RIGHT, got.words


def test_every_fixture_belongs_to_a_case() -> None:
    named = {name for case in cases() for name in case["files"]}
    assert named == {p.name for p in FOLDER.iterdir()} - {"README.md", "manifest.json"}


SHOWN = (
    "pycaret_3 pycaret_3_raw fiftyone_csv fiftyone_samples hf_pipeline_words keras_argmax weka_csv spss_c50 "
    "spss_binary_logistic sas_em sas_em_fixed knime knime_confidence landinglens timm_top1 timm_topk h2o "
    "datarobot datarobot_positive_good rapidminer orange_csv mlr3 mlr3_words tidymodels caret anomalib "
    "anomalib_words mvtec_folders azure_designer azure_designer_label autopilot_ensembling autopilot_hpo "
    "vertex_with_feature bigquery_jsonl snowflake_csv sagemaker_output spark_vectors spark_csv "
    "mlflow_log_table wandb_plain wandb_artifact pandas_records pandas_split lightgbm_frame lightgbm_raw "
    "xgboost_frame nannyml autogluon_words excel pickle torch r_frame_rds"
).split()
"""Cases shown in the guide."""
GUIDE = ROOT / "dashboard/guide/formats.md"
BEGIN, END = "<!-- layouts: made by tests/metrics/io/test_layouts.py -->", "<!-- end of layouts -->"


def guide() -> str:
    """Table of the guide: what each tool writes, what is read, and what is asked."""
    rows = [
        "| written by | columns | what is read | what is asked, and the answer |",
        "|---|---|---|---|",
    ]
    by_name = {case["name"]: case for case in cases()}
    for case in (by_name[name] for name in SHOWN if name in by_name):
        got = outcome(case["files"], case.get("options", []))
        answers = case.get("answers", [])
        if got.reading is not None:
            models = ", ".join(f"`{m['name']}`" for m in got.reading["models"][:3])
            rows.append(f"| {case['tool']} | {_columns(case)} | {models} | |")
        elif answers:
            said = f"`{' '.join(answers[0]['options'])}`"
            code = getattr(got.error, "code", "")
            rows.append(f"| {case['tool']} | {_columns(case)} | once answered | {code}: {said} |")
        else:
            what = "nothing: it is refused with what to export instead"
            rows.append(f"| {case['tool']} | `{case['files'][0]}` | {what} | |")
    return "\n".join(rows)


def _columns(case: Json) -> str:
    path = FOLDER / case["files"][-1]
    names = open_sources(str(path), ReadOptions())[0][0].names
    shown = ", ".join(f"`{name}`" for name in names[:6])
    return (shown + (", …" if len(names) > 6 else "")).replace("|", "\\|")


def test_the_guide_shows_the_outcome_of_every_layout() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0].strip() == guide()
    assert set(SHOWN) <= {case["name"] for case in cases()}


if __name__ == "__main__":
    text = GUIDE.read_text(encoding="utf-8")
    head, tail = text.partition(BEGIN)[0], text.partition(END)[2]
    GUIDE.write_text(f"{head}{BEGIN}\n\n{guide()}\n\n{END}{tail}", encoding="utf-8")
