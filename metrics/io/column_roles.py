"""Which column is the id, the label, a weight: recognised by name, or as the caller says.

Names decide, not values; values of the first rows only tell numbers from text. A converted file keeps its
roles (`StoredRoles`), which go before its names and behind what the caller says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast, get_args

import pyarrow as pa

from metrics.errors import SEVERAL, SINGLE, Got, Option, Problem, ScoreError, Wording, shown
from metrics.io.options import ReadOptions, RowsHeldOut, Scale, names_of

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


@dataclass(frozen=True)
class ColumnFacts:
    """What the first rows of a column look like.

    Attributes
    ----------
    kind : str
        ``number``, ``text``, ``decimal-comma`` (numbers if "," is the decimal sign), ``spoilt``
        (mostly numbers, some unreadable), ``empty`` or ``nested`` (lists, bytes).
    outside, numbers : int
        Number of finite values outside [0, 1], and of finite values.
    binary, whole : bool
        All finite values are 0 or 1; are whole.
    comma : tuple of int and str, or None
        Row from 1 and text of the first decimal comma.
    """

    name: str
    kind: str
    type_name: str = "text"
    rows: int = 0
    missing: int = 0
    distinct: int = 0
    levels: tuple[str, ...] = ()
    outside: int = 0
    numbers: int = 0
    binary: bool = False
    whole: bool = False
    low: float = 0.0
    high: float = 0.0
    comma: tuple[int, str] | None = None


@dataclass
class Roles:
    """Columns found so far in one table, and the warnings that go with them.

    Of a long file ``model_key`` and ``score`` name the columns that say the model and its score.
    """

    id: tuple[str, ...] = ()
    label: str | None = None
    models: tuple[str, ...] = ()
    weight: str | None = None
    value: str | None = None
    group: str | None = None
    segments: tuple[str, ...] = ()
    defect_type: str | None = None
    model_key: tuple[str, ...] = ()
    score: str | None = None
    problems: list[Problem] = field(default_factory=list)

    def used(self) -> set[str]:
        """Names that have a role other than model."""
        single = (self.label, self.weight, self.value, self.group, self.defect_type)
        return {*self.id, *self.segments, *(name for name in single if name is not None)}


def normal(name: str) -> str:
    """Return a name in lower case with single underscores between its words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^0-9a-z]+", "_", spaced.casefold()).strip("_")


def require(names: Sequence[str], wanted: str, option: Option, file: str) -> str:
    """Return ``wanted`` where it is a column.

    Raises
    ------
    ScoreError
        ``E_COLUMN`` otherwise.
    """
    if wanted not in names:
        some = ", ".join(shown(name) for name in names[:12])
        raise ScoreError(
            "E_COLUMN",
            Wording(option, " must name a column of the file", Got(repr(shown(wanted)))),
            file=file,
            column=wanted,
            hint=f"The file has: {some}{', …' if len(names) > 12 else ''}.",
        )
    return wanted


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


METADATA = b"common_ground"
"""Key of the schema metadata under which a converted file keeps its roles, scale and `RowsHeldOut`."""


@dataclass(frozen=True)
class StoredRoles:
    """Facts of a converted file.

    Attributes
    ----------
    id_names : tuple of str
        Columns that its id was read from; empty where rows were numbered.
    """

    roles: Roles
    scale: Scale
    held_out: RowsHeldOut
    id_names: tuple[str, ...] = ("id",)


def stored_of(schema: pa.Schema) -> StoredRoles | None:
    """Return what a converted file keeps; None where it is not one or its columns are others."""
    try:
        kept = json.loads((schema.metadata or {}).get(METADATA, b"null"))
        roles = Roles(
            id=names_of(kept["id"]),
            label=str(kept["label"]).strip(),
            models=names_of(kept["models"]),
            weight=kept["weight"] and kept["weight"].strip(),
            value=kept["value"] and kept["value"].strip(),
            group=kept["group"] and kept["group"].strip(),
            segments=names_of(kept["segments"]),
            defect_type=(kept.get("defect_type") or "").strip() or None,
        )
        scale, held_out = kept["scale"], kept.get("held_out", "unknown")
        id_names = tuple(map(str, kept.get("id_names", kept["id"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    single = (roles.weight, roles.value, roles.group)
    named = [*roles.id, roles.label, *roles.segments, *roles.models]
    named += [name for name in single if name is not None]
    if roles.defect_type is not None and roles.defect_type not in roles.segments:
        named.append(roles.defect_type)
    columns = {name.strip() for name in schema.names}
    fits = all(isinstance(name, str) and name in columns for name in named)
    if not fits or len(set(named)) < len(named) or not roles.models:
        return None
    if scale not in get_args(Scale) or held_out not in get_args(RowsHeldOut):
        return None
    return StoredRoles(roles, cast(Scale, scale), cast(RowsHeldOut, held_out), id_names)


def overlay(stored: Roles, choices: ReadOptions, names: Sequence[str], file: str) -> Roles:
    """Return the roles that the caller names, and those kept for all columns that the caller does not.

    Raises
    ------
    ScoreError
        ``E_COLUMN`` where an option names no column.
    """
    named_columns: set[str] = set()
    for option in map(Option, SINGLE):
        if (name := getattr(choices, option.keyword)) is not None:
            named_columns.add(require(names, name, option, file))
    for option in map(Option, SEVERAL):
        named = getattr(choices, option.keyword) or ()
        named_columns.update(require(names, name, option, file) for name in named)

    def one(role: str) -> str | None:
        named, kept = getattr(choices, role), getattr(stored, role)
        return cast("str | None", named or (None if kept in named_columns else kept))

    def several(role: str) -> tuple[str, ...]:
        named, kept = getattr(choices, role), getattr(stored, role)
        return tuple(name for name in kept if name not in named_columns) if named is None else named

    return Roles(
        id=several("id"),
        label=one("label"),
        models=several("models"),
        weight=one("weight"),
        value=one("value"),
        group=one("group"),
        segments=several("segments"),
        defect_type=one("defect_type"),
    )
