"""Which column is the id, the label, a weight, told by its name: values only part numbers from text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metrics.errors import Option
from metrics.io.column_roles import Roles, require
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_facts import ColumnFacts

ID = (
    "id unit_id uid uuid guid sample_id entity_id row_id item_id record_id case_id part_id image_id "
    "patient_id customer_id device_id example_id instance_id unit serial serial_number serial_no key "
    "sample image filename file path index idx row name"
).split()


LABEL = (
    "label y y_true ytrue true_label truth target labels targets ground_truth groundtruth gt actual "
    "actuals true_class label_value class classes outcome is_defect defective y_test observed"
).split()


_LABEL_ENDS = (
    "_label",
    "_labels",
    "_outcome",
    "_target",
    "_targets",
    "_truth",
    "_y_true",
    "_y_test",
)


WEIGHT = "weight weights sample_weight case_weight w".split()


VALUE = "value unit_value amount price cost revenue".split()


GROUP = "group group_id cluster cluster_id batch batch_id lot lot_id".split()


SEGMENT = "segment segments line site camera plant region product slice".split()


OTHER = (
    "fold cv_fold folds split set partition usage cohort tier year month day date time timestamp datetime "
    "week hour sex gender age age_cat race ethnicity state country city defect_type seed repeat repetition "
    "row row_number rownum index idx unnamed_0 index_level_0 schema_version version latency seconds threshold"
).split()


MODEL_KEY = (
    "model model_name model_id model_key algorithm classifier estimator learner forecast_type"
).split()


SCORE = (
    "score y_score scores prob probability proba p y_prob y_proba y_hat pred_prob pred_proba probwin "
    "prediction_proba predicted_probability prediction_probability oof_proba oof_prob confidence p1 "
    "target prediction"
).split()


HARD = (
    "predict prediction predictions predicted pred preds pred_class predicted_label predicted_class y_pred "
    "ypred decision hard_prediction"
).split()


def normal(name: str) -> str:
    """Return a name in lower case with single underscores between its words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^0-9a-z]+", "_", spaced.casefold()).strip("_")


def _first(facts: Sequence[ColumnFacts], words: Sequence[str], taken: set[str]) -> str | None:
    """Return the column whose name comes first among ``words``."""
    found = [
        (words.index(normal(f.name)), k, f.name)
        for k, f in enumerate(facts)
        if normal(f.name) in words and f.name not in taken
    ]
    return min(found)[2] if found else None


def find_roles(facts: Sequence[ColumnFacts], choices: ReadOptions, file: str) -> Roles:
    """Find id, label and side columns; models are left to `candidates`.

    Raises
    ------
    ScoreError
        ``E_COLUMN`` where an option names no column.
    """
    names = [f.name for f in facts]
    roles = Roles()
    named = set(choices.models or ())
    if choices.label is not None:
        roles.label = require(names, choices.label, Option("label"), file)
    if choices.id is not None:
        roles.id = tuple(require(names, name, Option("id"), file) for name in choices.id)
    for role in ("weight", "value", "group", "defect_type"):
        given = getattr(choices, role)
        if given is not None:
            setattr(roles, role, require(names, given, Option(role), file))
    if choices.segments is not None:
        roles.segments = tuple(
            require(names, s, Option("segments"), file) for s in choices.segments
        )
    if roles.label is None:
        roles.label = _find_label(facts, roles.used() | named)
    if choices.id is None:
        roles.id = _find_id(facts, roles.used() | named)
    for role, words in (("weight", WEIGHT), ("value", VALUE), ("group", GROUP)):
        if getattr(roles, role) is None:
            setattr(roles, role, _first(facts, words, roles.used() | named))
    if choices.segments is None:
        taken = roles.used() | named
        roles.segments = tuple(
            f.name for f in facts if normal(f.name) in SEGMENT and f.name not in taken
        )
    return roles


def _find_label(facts: Sequence[ColumnFacts], taken: set[str]) -> str | None:
    """Find the label by name: never fractions; else the only column that ends in _label or _outcome."""
    fit = [f for f in facts if f.whole or f.kind != "number"]
    fit = [f for f in fit if f.kind != "decimal-comma"]
    if (name := _first(fit, LABEL, taken)) is not None:
        return name
    ends = [
        f.name
        for f in fit
        if normal(f.name).endswith(_LABEL_ENDS)
        and normal(f.name) not in HARD
        and f.name not in taken
    ]
    return ends[0] if len(ends) == 1 else None


def _find_id(facts: Sequence[ColumnFacts], taken: set[str]) -> tuple[str, ...]:
    """Find the id: by name, and of several the first without repeats; else a nameless first column."""
    named = [f for f in facts if normal(f.name) in ID and f.name not in taken]
    named.sort(key=lambda f: ID.index(normal(f.name)))
    named += [f for f in facts if normal(f.name).endswith("_id") and f not in named]
    named = [f for f in named if f.name not in taken]
    unique = [f for f in named if f.distinct == f.rows]
    if unique or named:
        return ((unique or named)[0].name,)
    pandas = [f.name for f in facts if normal(f.name) == "index_level_0" and f.name not in taken]
    if not facts:  # every column of the file is empty
        return ()
    first = facts[0].name
    nameless = first.strip() == "" or normal(first) == "unnamed_0"
    return tuple(pandas[:1]) or ((first,) if nameless and first not in taken else ())
