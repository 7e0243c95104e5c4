"""Tests that files in the layouts of real tools are read correctly, or raise a question.

``python -m tests.metrics.io.test_layouts`` writes the guide's table.
"""

from __future__ import annotations

import re

import pytest

from metrics.io.open import open_sources
from metrics.io.read_options import ReadOptions
from tests.metrics.layout_cases import (
    FOLDER,
    Json,
    Outcome,
    cases,
    differences,
    outcome,
)
from tests.repository import ROOT

RIGHT = "right"
TEXTS = (".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson")


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
