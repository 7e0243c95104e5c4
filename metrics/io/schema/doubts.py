"""Doubts about scores that may not be the probability of a defect, and the resulting questions and warnings.

The first rows are checked before the first pass, and a sample of all rows at the end of a complete pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import (
    Got,
    Option,
    Problem,
    ScoreError,
    Wording,
    counted,
    shown,
    warning,
    with_option,
)
from metrics.io.column_roles import Roles
from metrics.io.formats.cells import Place
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions, Scale, ScoresOf
from metrics.io.schema.column_facts import ColumnFacts, numbers_in_head
from metrics.io.schema.column_words import is_decision, is_either_way, sense_of_score, words_of
from metrics.io.schema.label_values import LabelMap, known_values, levels_of
from metrics.io.schema.score_meaning import (
    CLEAR_ERRORS,
    LIMITS,
    ROUNDING,
    Codes,
    Doubt,
    Evidence,
    Floats,
    auc,
    direction,
    doubt_of_decisions,
    probability_of_defect,
    ranks_well,
    separations,
)

_FEW_MODELS, _ROUNDED = 20, 0.0051
"""Largest number of models compared with each other; tolerance for rounding to two decimals."""
NEARLY = 0.9
"""Balanced accuracy below which a column is not the class that the confidences belong to."""
FEW_OF_EACH = 20
"""Number of units of each class needed to call a label error-free."""


@dataclass(frozen=True)
class ScoreMeaning:
    """Meaning of each model's scores, and the columns that are read to check this meaning.

    Attributes
    ----------
    of : mapping of str to {"defect", "good", "predicted"}
        By model; other models have scores of the defect.
    decision_of : mapping of str to str
        By model with scores of the predicted class: the column of that class.
    decisions : tuple of str
        Columns of decisions against which scores are checked.
    named : frozenset of str
        Columns of decisions whose names say that they are decisions.
    split : str or None
        Column that marks rows as training or test set.
    label_levels : tuple of str
        Values of the label in the first rows.
    of_defect_class : tuple of str
        Models with a column for each class, where the defect's column is known.
    is_asked : bool
        Whether questions may be raised; False for a converted file, which has the answers.
    """

    of: Mapping[str, ScoresOf] = field(default_factory=dict)
    decision_of: Mapping[str, str] = field(default_factory=dict)
    decisions: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    split: str | None = None
    label_levels: tuple[str, ...] = ()
    of_defect_class: tuple[str, ...] = ()
    is_asked: bool = True

    @property
    def levels(self) -> tuple[str, ...]:
        """Values of the label; see `metrics.io.schema.label_values.known_values`."""
        return self.label_levels

    @property
    def is_binary(self) -> bool:
        """Whether the label has at most two values."""
        return len(self.label_levels) <= 2

    def of_model(self, model: str) -> ScoresOf:
        """Return the class that a higher score of a model supports."""
        return self.of.get(model, "defect")


def meaning_of(
    roles: Roles,
    label: ColumnFacts | None,
    choices: ReadOptions,
    file: str,
) -> ScoreMeaning:
    """Return the meaning of the scores according to roles and options.

    Raises
    ------
    ScoreError
        ``E_COLUMN`` if an option names a missing model, ``E_PREDICTED`` if confidences have no column of the
        predicted class, or more than two classes.
    """
    hold_named_models(roles.models, choices, file)
    if choices.decision is not None and choices.decision == roles.label:
        raise ScoreError(
            "E_OPTION",
            Wording(Option("decision"), " must not name the label", Got(repr(shown(roles.label)))),
            file=file,
            column=roles.label,
            hint="Name the column of the predicted class.",
        )
    if choices.decision is not None and choices.decision in roles.models:
        raise ScoreError(
            "E_OPTION",
            Wording(Option("decision"), " must name no model", Got(repr(shown(choices.decision)))),
            file=file,
            column=choices.decision,
            hint=Wording("Leave it out of those named ", with_option("models"), "."),
        )
    of = {m: own for m in roles.models if (own := choices.scores_of_model(m)) is not None}
    named = frozenset(filter(is_decision, roles.decisions))
    decision_of = dict(roles.decision_of)
    if choices.decision is not None:
        named |= {choices.decision}
    levels = () if label is None else tuple(level for level in label.levels if level)
    for model in (m for m, own in of.items() if own == "predicted"):
        if model not in decision_of:
            raise _no_decision(model, roles, named, file)
        if len(levels) > 2:
            raise ScoreError(
                "E_PREDICTED",
                "the confidence in the predicted class gives a defect's probability of two classes only, "
                f"got {len(levels)}",
                file=file,
                column=model,
                hint="Write the defect's probability as a column of its own.",
            )
    return ScoreMeaning(
        of={m: own for m, own in of.items() if own != "defect"},
        decision_of=decision_of,
        decisions=roles.decisions,
        named=named,
        split=roles.split,
        label_levels=levels,
        of_defect_class=roles.of_defect_class,
    )


def hold_named_models(models: Sequence[str], choices: ReadOptions, file: str) -> None:
    """Check that options for the scores of single models name existing models.

    Raises
    ------
    ScoreError
        ``E_COLUMN``.
    """
    for said in choices.scores_of or ():
        name = said.rpartition("=")[0].strip()
        if name and name not in models:
            some = ", ".join(shown(model) for model in models[:12])
            raise ScoreError(
                "E_COLUMN",
                Wording(Option("scores_of"), f" must name a model, got {shown(name)!r}"),
                file=file,
                column=name,
                hint=f"The models are: {some}.",
            )


def _no_decision(model: str, roles: Roles, named: frozenset[str], file: str) -> ScoreError:
    own = [name for name in roles.decisions if name in named]
    return ScoreError(
        "E_PREDICTED",
        "the confidence in the predicted class must come with a column of that class",
        file=file,
        column=model,
        hint=Wording("Name it ", with_option("decision", *own[:4]), "."),
    )


def judge_first_rows(
    source: Source,
    models: Sequence[str],
    meaning: ScoreMeaning,
    label: ColumnFacts | None,
    choices: ReadOptions,
    scale: Scale,
    *,
    title: str | None = None,
) -> None:
    """Raise questions about doubtful scores, from the first rows, before the first pass.

    Parameters
    ----------
    source : Source
    models : sequence of str
    meaning : ScoreMeaning
    label : ColumnFacts or None
    choices : ReadOptions
    scale : {"probability", "percent", "logit", "rank"}
    title : str, optional
        Name of the one model whose scores these are, in a long file.

    Raises
    ------
    ScoreError
        ``E_PREDICTED``, ``E_REVERSED``; also ``E_POSLABEL`` if the defect's value is unknown.
    """
    heads = source.head()
    labels, pending = _labels(source, heads, label, choices)
    decided = {
        name: known_values(heads[name], Place(source, name), meaning, choices)
        for name in meaning.decisions
        if name in heads
    }
    # Two values that are not understood are still two classes, in unknown order.
    unordered = {
        name: codes
        for name in decided
        if (decided[name] < 0).all()
        if (codes := _two_codes(heads[name], Place(source, name))) is not None
    }
    decided |= unordered
    least, most = LIMITS[scale]
    found: dict[str, Evidence] = {}
    decimals = dict.fromkeys(models, choices.decimal or ".")
    for model, scores in numbers_in_head(source, decimals).items():
        if scores.size and least <= scores.min() and scores.max() <= most + ROUNDING:
            found[model] = Evidence(scores, labels, decided, meaning.named, frozenset(unordered))
    problems = judge(found, meaning, choices, scale, source.name, complete=False, title=title)
    if errors := [p for p in problems if p.severity == "error"]:
        raise ScoreError.of([*errors, *pending])


def confidences_beside(
    source: Source, models: Sequence[str], meaning: ScoreMeaning, choices: ReadOptions, scale: Scale
) -> dict[str, str]:
    """Return models whose scores are the confidence in a class that another model's scores also predict.

    Returns
    -------
    dict of str to str
        By model the other model, whose scores are the defect's probability.
    """
    found: dict[str, str] = {}
    if choices.models is not None or choices.scores_of or len(models) > _FEW_MODELS:
        return found
    heads = source.head()
    values = numbers_in_head(source, dict.fromkeys(models, choices.decimal or "."))
    for name in sorted(meaning.named & heads.keys()):
        decided = known_values(heads[name], Place(source, name), meaning, choices)
        if (decided < 0).any() or decided.min() == decided.max():
            continue
        for model, scores in values.items():
            turned = probability_of_defect(scores, "predicted", scale, decided)
            for other, own in values.items():
                is_other = other not in (model, *found) and not np.array_equal(own, scores)
                if is_other and (np.abs(turned - own) <= _ROUNDED).all():
                    found[model] = other
    return found


def _labels(
    source: Source,
    heads: Mapping[str, pa.Array],
    label: ColumnFacts | None,
    choices: ReadOptions,
) -> tuple[Codes | None, tuple[Problem, ...]]:
    """Return the labels of the first rows (`None` if unknown), and the questions about them."""
    if label is None or label.name not in heads:
        return None, ()
    place = Place(source, label.name)
    known = LabelMap(place, choices.positive, choices.negative)
    try:
        codes = known.codes(*levels_of(heads[label.name], place), "", 0)
        known.refuse_unknown(complete=False)
    except ScoreError as error:
        asks = error.code in ("E_POSLABEL", "E_MULTICLASS")
        return None, error.problems if asks else ()
    return (codes if (codes >= 0).all() else None), ()


def _two_codes(column: pa.Array, place: Place) -> Codes | None:
    levels, index = levels_of(column, place)
    return index.astype(np.int8) if len(levels) == 2 and None not in levels else None


def judge(
    evidence: Mapping[str, Evidence],
    meaning: ScoreMeaning,
    choices: ReadOptions,
    scale: Scale,
    file: str,
    *,
    complete: bool,
    lows: Mapping[str, bool] | None = None,
    title: str | None = None,
) -> list[Problem]:
    """Return questions and warnings about scores that may not be the probability of a defect.

    Parameters
    ----------
    evidence : mapping of str to Evidence
        By model.
    meaning : ScoreMeaning
    choices : ReadOptions
        The caller's options take precedence; data that contradicts them gives warnings.
    scale : {"probability", "percent", "logit", "rank"}
    file : str
    complete : bool
        Whether the evidence is from all rows; only then is the direction of the scores reported.
    title : str, optional
        See `judge_first_rows`.
    lows : mapping of str to bool, optional
        By model: `metrics.io.schema.score_meaning.has_only_high_scores` of all rows. The first rows of a
        sorted file may have no low score and are therefore not sufficient.

    Returns
    -------
    list of Problem
        Errors are questions; warnings are shown next to the figures.
    """
    problems: list[Problem] = []
    for model, own in evidence.items():
        said = choices.scores_of_model(model)
        if said in (None, "defect") and meaning.is_asked:
            low, is_alone = lows is not None and lows[model], len(evidence) == 1
            doubt = _doubt(model, own, meaning, scale, is_low=low, is_alone=is_alone)
            if doubt is not None:
                # Naming a model does not settle the meaning of its scores if decisions contradict it.
                by_decisions = doubt[1] in meaning.named
                is_said = said == "defect" or (choices.models is not None and not by_decisions)
                whose = title if title is not None else None if is_alone else model
                problems.append(_problem(*doubt, model, whose, is_said, meaning.is_binary, file))
                continue
        if complete and own.labels is not None:
            problems += _reversed(model, own, meaning, scale, file)
            problems += _contradicted(model, own, meaning, scale, file)
    asked = [p for p in problems if p.severity == "error"]
    return [*asked, *(p for p in problems if p.severity != "error")]


def _doubt(
    model: str,
    own: Evidence,
    meaning: ScoreMeaning,
    scale: Scale,
    *,
    is_low: bool,
    is_alone: bool,
) -> tuple[Doubt, str | None] | None:
    decision = meaning.decision_of.get(model)
    found = doubt_of_decisions(model, own, scale, is_binary=meaning.is_binary, decision=decision)
    if found is not None:
        return found
    if is_low and not ranks_well(own.scores, own.labels):
        return Doubt.PREDICTED_UNNAMED, None
    of_good = sense_of_score(model) < 0
    if model in meaning.of_defect_class or not (of_good or is_either_way(words_of(model))):
        return None
    runs = direction(own.scores, own.labels)
    if runs == "down" or (of_good and is_alone and runs == "unclear"):
        return Doubt.REVERSED_NAME, None
    return None


def _problem(
    doubt: Doubt,
    column: str | None,
    model: str,
    whose: str | None,
    is_said: bool,
    is_binary: bool,
    file: str,
) -> Problem:
    """Return a question, or a warning if the caller has specified the meaning of the scores."""

    def of(what: ScoresOf) -> str:
        return what if whose is None else f"{whose}={what}"

    if doubt in (Doubt.PREDICTED, Doubt.PREDICTED_UNNAMED):
        code, other = "PREDICTED", of("predicted")
        text = "the confidence in the predicted class"
        ground = (
            f"since {shown(column, 30)!r} is a threshold of it"
            if column is not None
            else "since no score is below one half"
        )
    else:
        code, other = "REVERSED", of("good")
        text = "the score of the good class"
        ground = (
            f"since {shown(column, 30)!r} flags low scores" if column is not None else "by its name"
        )
    message = f"a score must rise with the defect, got what looks like {text}, {ground}"
    if is_said:
        hint: Wording | str = Wording("Say ", Option("scores_of", (other,)), " if that is so.")
        return warning(f"W_{code}", message, file=file, column=model, hint=hint)
    if code == "PREDICTED" and not is_binary:
        hint = Wording(
            "Write the defect's probability as a column of its own, or say ",
            Option("scores_of", (of("defect"),)),
            " if it is one.",
        )
        return Problem(f"E_{code}", "error", message, file, None, model, None, hint)
    decision: tuple[Option | str, ...] = ()
    if code == "PREDICTED" and column is not None:
        decision = (" ", Option("decision", (column,)))
    elif code == "PREDICTED":
        decision = (" and name the column of the predicted class ", with_option("decision"))
    hint = Wording(
        "Say ",
        Option("scores_of", (other,)),
        *decision,
        " if that is so, or ",
        Option("scores_of", (of("defect"),)),
        " if a higher score means a defect.",
    )
    return Problem(f"E_{code}", "error", message, file, None, model, None, hint)


def _reversed(
    model: str, own: Evidence, meaning: ScoreMeaning, scale: Scale, file: str
) -> list[Problem]:
    """Report that the scores decrease for defects."""
    assert own.labels is not None
    name = meaning.decision_of.get(model)
    decided = own.decided.get(name) if name is not None else None
    of = meaning.of_model(model)
    if of == "predicted" and decided is None:
        return []
    scores = probability_of_defect(own.scores, of, scale, decided)
    area, error = auc(scores, own.labels)
    if not area < 0.5 - CLEAR_ERRORS * error:
        return []
    other = "defect" if of == "good" else "good"
    return [
        warning(
            "W_REVERSED",
            f"defects score lower than good units (AUC {area:.2f}), so the scores may be of the good class",
            file=file,
            column=model,
            hint=Wording("If so, say ", Option("scores_of", (f"{model}={other}",)), "."),
        )
    ]


def _contradicted(
    model: str, own: Evidence, meaning: ScoreMeaning, scale: Scale, file: str
) -> list[Problem]:
    """Report that confidences are not of the predicted class, or the label is a threshold of the scores."""
    assert own.labels is not None
    name, of = meaning.decision_of.get(model), meaning.of_model(model)
    if of == "predicted" and name is not None and name in own.decided:
        known = own.decided[name] >= 0
        apart = separations(own.scores[known], own.decided[name][known], scale)
        if not apart.predicted < NEARLY:
            return []
        text = f"the scores are no confidence in {shown(name, 30)!r}, which is no threshold of them"
        hint = Wording("Name the column of the predicted class ", with_option("decision"), ".")
        return [warning("W_PREDICTED", text, file=file, column=model, hint=hint)]
    few = min(int(own.labels.sum()), int((own.labels == 0).sum()))
    if (
        of == "predicted"
        or few < FEW_OF_EACH
        or not meaning.is_asked
        or np.unique(own.scores).size < 3
    ):
        return []
    if not 1.0 - auc(own.scores, own.labels)[0] < 1e-12:
        return []
    text = "the label is exactly a threshold of these scores, as a predicted label is"
    hint = Wording("If it is one, name the true label ", with_option("label"), ".")
    return [warning("W_PREDICTED", text, file=file, column=model, hint=hint)]


class MeaningSample:
    """Some rows of every batch, with equal numbers of defects and good units, to check scores at the end.

    Notes
    -----
    The share of defects affects neither an AUC nor a threshold that reproduces decisions.
    """

    _OF_BATCH, _MOST = 1_024, 16_384

    def __init__(self, models: Sequence[str]) -> None:
        self._models = models
        self._labels: list[Codes] = []
        self._scores: list[list[Floats]] = [[] for _ in models]
        self._decided: dict[str, list[Codes]] = {}
        self._rows = 0

    def add(self, labels: Codes, scores: Sequence[Floats], decided: Mapping[str, Codes]) -> None:
        """Add some rows of a batch.

        Parameters
        ----------
        labels : ndarray of shape (n,)
        scores : sequence of ndarray of shape (n,)
            Scores as read, one array for each model.
        decided : mapping of str to ndarray of shape (n,)
        """
        rows = np.concatenate([_spread(labels, code, self._OF_BATCH) for code in (0, 1)])
        self._labels.append(labels[rows])
        for kept, own in zip(self._scores, scores, strict=True):
            kept.append(own[rows])
        for name, codes in decided.items():
            self._decided.setdefault(name, []).append(codes[rows])
        self._rows += rows.size
        if self._rows > self._MOST:
            self._halve()

    def _halve(self) -> None:
        self._labels = [np.concatenate(self._labels)[::2]]
        self._scores = [[np.concatenate(own)[::2]] for own in self._scores]
        self._decided = {name: [np.concatenate(own)[::2]] for name, own in self._decided.items()}
        self._rows = self._labels[0].size

    def evidence(self, named: frozenset[str]) -> dict[str, Evidence]:
        """Return the sampled rows, by model."""
        labels = np.concatenate(self._labels)
        decided = {name: np.concatenate(own) for name, own in self._decided.items()}
        return {
            model: Evidence(np.concatenate(own), labels, decided, named)
            for model, own in zip(self._models, self._scores, strict=True)
        }


def _spread(labels: Codes, code: int, most: int) -> NDArray[np.intp]:
    """Return evenly spread rows with a label, at most ``most``."""
    rows = np.flatnonzero(labels == code)
    return rows[:: max(1, -(-rows.size // most))]


def turned_notes(
    models: Sequence[str], choices: ReadOptions, scale: Scale, file: str
) -> list[Problem]:
    """Report models whose scores were reversed, so that their thresholds differ from the file."""
    other = {"probability": "1 - score", "percent": "100 - score"}.get(scale, "-score")
    by_kind = {
        of: [model for model in models if choices.scores_of_model(model) == of]
        for of in ("good", "predicted")
    }
    notes = []
    for of, turned in by_kind.items():
        if not turned:
            continue
        what = f"{other}" if of == "good" else f"{other} where the predicted class is good"
        names = ", ".join(shown(model, 30) for model in turned[:6])
        text = f"the scores of {names} are read as {what}, and every threshold is one of that"
        column = turned[0] if len(turned) == 1 else None
        notes.append(warning("W_TURNED", text, file=file, column=column))
    return notes


def split_note(counts: Mapping[str, int], column: str, file: str) -> Problem | None:
    """Report the number of rows of each split, if some were used for training."""
    train = [value for value in counts if _is_train(value)]
    if not train or len(counts) < 2:
        return None
    listed = ", ".join(
        f"{counted(rows, 'row')} {shown(value, 30)!r}" for value, rows in counts.items()
    )
    return warning(
        "W_SPLIT",
        f"rows of several splits are counted together: {listed}",
        file=file,
        column=column,
        hint="Leave out the rows that models were trained on: they flatter every figure.",
    )


def _is_train(value: str) -> bool:
    return any(word.startswith("train") or word in ("fit", "learn") for word in words_of(value))
