"""Questions and warnings about scores that may not be the probability of a defect.

The first rows are checked before the first pass, and a sample of all rows at the end of a complete pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from metrics.errors import Option, Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io.formats.cells import Place
from metrics.io.read_options import ReadOptions, Scale, ScoresOf
from metrics.io.schema.column_words import is_either_way, sense_of_score, words_of
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.labels import LabelMap, levels_of
from metrics.io.schema.score_meaning import (
    CLEAR_ERRORS,
    LIMITS,
    ROUNDING,
    Codes,
    Doubt,
    Evidence,
    auc,
    direction,
    doubt_of_decisions,
    probability_of_defect,
    ranks_well,
    separations,
)
from metrics.io.schema.score_reader import ScoreMeaning

NEARLY = 0.9
"""Balanced accuracy below which a column is not the class that the confidences belong to."""
FEW_OF_EACH = 20
"""Number of units of each class needed to call a label error-free."""
_FEW_MODELS, _ROUNDED = 20, 0.0051
"""Largest number of models compared with each other; tolerance for rounding to two decimals."""


def find_doubts(
    evidence: Mapping[str, Evidence],
    meaning: ScoreMeaning,
    choices: ReadOptions,
    scale: Scale,
    file: str,
    *,
    lows: Mapping[str, bool] | None = None,
    title: str | None = None,
) -> list[Problem]:
    """Return questions (errors) and warnings about scores that may not be the probability of a defect.

    Parameters
    ----------
    evidence : mapping of str to Evidence
        By model.
    meaning : ScoreMeaning
    choices : ReadOptions
        The caller's options take precedence; data that contradicts them gives warnings.
    scale : {"probability", "percent", "logit", "rank"}
    file : str
    lows : mapping of str to bool, optional
        By model: `metrics.io.schema.score_meaning.has_only_high_scores` of all rows; `None` if the evidence
        is from the first rows only. These may have no low score, and the direction of the scores is then not
        reported.
    title : str, optional
        Name of the one model whose scores these are, in a long file.
    """
    problems: list[Problem] = []
    is_alone = len(evidence) == 1
    for model, rows in evidence.items():
        answer = choices.scores_of_model(model)
        if answer in (None, "defect") and meaning.is_asked:
            is_low = lows is not None and lows[model]
            doubt = _doubt(model, rows, meaning, scale, is_low=is_low, is_alone=is_alone)
            if doubt is not None:
                # Naming a model does not settle the meaning of its scores if decisions contradict it.
                is_named = choices.models is not None and doubt.decision not in meaning.named
                is_settled = answer == "defect" or is_named
                name = title if title is not None else None if is_alone else model
                problems.append(_problem(doubt, model, name, file, meaning, is_settled=is_settled))
                continue
        if lows is not None and rows.labels is not None:
            problems += _reversed(model, rows, rows.labels, meaning, scale, file)
            problems += _contradicted(model, rows, rows.labels, meaning, scale, file)
    return sorted(problems, key=lambda problem: problem.severity != "error")


def _doubt(
    model: str,
    evidence: Evidence,
    meaning: ScoreMeaning,
    scale: Scale,
    *,
    is_low: bool,
    is_alone: bool,
) -> Doubt | None:
    """Return the doubt about a model's scores, because of decisions, low scores or the name."""
    decision = meaning.decision_of.get(model)
    doubt = doubt_of_decisions(
        model, evidence, scale, is_binary=meaning.is_binary, decision=decision
    )
    if doubt is not None:
        return doubt
    if is_low and not ranks_well(evidence.scores, evidence.labels):
        return Doubt("predicted")
    is_named_good = sense_of_score(model) < 0
    if model in meaning.of_defect_class or not (is_named_good or is_either_way(words_of(model))):
        return None
    trend = direction(evidence.scores, evidence.labels)
    if trend == "down" or (is_named_good and is_alone and trend == "unclear"):
        return Doubt("good")
    return None


def _answer(of: ScoresOf, name: str | None) -> Option:
    """Return the option that says what the scores of a model are; no name means all models."""
    return Option("scores_of", (of if name is None else f"{name}={of}",))


def _problem(
    doubt: Doubt,
    model: str,
    name: str | None,
    file: str,
    meaning: ScoreMeaning,
    *,
    is_settled: bool,
) -> Problem:
    """Return the question that a doubt raises, or a warning if the caller's options answer it."""
    decision, is_predicted = doubt.decision, doubt.of == "predicted"
    if is_predicted:
        scores, reason = "the confidence in the predicted class", "since no score is below one half"
    else:
        scores, reason = "the score of the good class", "by its name"
    if decision is not None:
        does = "is a threshold of it" if is_predicted else "flags low scores"
        reason = f"since {shown(decision, 30)!r} {does}"
    answer, defect = _answer(doubt.of, name), _answer("defect", name)
    if is_settled:
        hint = Wording("Say ", answer, " if that is so.")
    elif is_predicted and not meaning.is_binary:
        other = "Write the defect's probability as a column of its own, or say "
        hint = Wording(other, defect, " if it is one.")
    else:
        more: tuple[Option | str, ...] = ()
        if is_predicted and decision is not None:
            more = (" ", Option("decision", (decision,)))
        elif is_predicted:
            more = (" and name the column of the predicted class ", with_option("decision"))
        so, if_defect = " if that is so, or ", " if a higher score means a defect."
        hint = Wording("Say ", answer, *more, so, defect, if_defect)
    code = "PREDICTED" if is_predicted else "REVERSED"
    text = f"a score must rise with the defect, got what looks like {scores}, {reason}"
    if is_settled:
        return warning(f"W_{code}", text, file=file, column=model, hint=hint)
    return Problem(f"E_{code}", "error", text, file=file, column=model, hint=hint)


def _reversed(
    model: str, evidence: Evidence, labels: Codes, meaning: ScoreMeaning, scale: Scale, file: str
) -> list[Problem]:
    """Report that the scores decrease for defects."""
    of, decision = meaning.of_model(model), meaning.decision_of.get(model)
    decided = None if decision is None else evidence.decided.get(decision)
    if of == "predicted" and decided is None:
        return []
    area, error = auc(probability_of_defect(evidence.scores, of, scale, decided), labels)
    if not area < 0.5 - CLEAR_ERRORS * error:
        return []
    text = f"defects score lower than good units (AUC {area:.2f}), so the scores may be of the good class"
    hint = Wording("If so, say ", _answer("defect" if of == "good" else "good", model), ".")
    return [warning("W_REVERSED", text, file=file, column=model, hint=hint)]


def _contradicted(
    model: str, evidence: Evidence, labels: Codes, meaning: ScoreMeaning, scale: Scale, file: str
) -> list[Problem]:
    """Report that confidences are not of the predicted class, or the label is a threshold of the scores."""
    if meaning.of_model(model) == "predicted":
        decision = meaning.decision_of.get(model)
        if decision is None or decision not in evidence.decided:
            return []
        is_known = evidence.decided[decision] >= 0
        decided = evidence.decided[decision][is_known]
        if not separations(evidence.scores[is_known], decided, scale).predicted < NEARLY:
            return []
        text = f"the scores are no confidence in {shown(decision, 30)!r}, which is no threshold of them"
        hint = Wording("Name the column of the predicted class ", with_option("decision"), ".")
    else:
        rarer = min(int(labels.sum()), int((labels == 0).sum()))
        is_soft = np.unique(evidence.scores).size >= 3
        if not meaning.is_asked or rarer < FEW_OF_EACH or not is_soft:
            return []
        if not 1.0 - auc(evidence.scores, labels)[0] < 1e-12:
            return []
        text = "the label is exactly a threshold of these scores, as a predicted label is"
        hint = Wording("If it is one, name the true label ", with_option("label"), ".")
    return [warning("W_PREDICTED", text, file=file, column=model, hint=hint)]


def check_first_rows(
    first: FirstRows,
    models: Sequence[str],
    meaning: ScoreMeaning,
    label: ColumnFacts | None,
    scale: Scale,
    *,
    title: str | None = None,
) -> None:
    """Raise questions about doubtful scores: ``E_PREDICTED``, ``E_REVERSED``.

    ``E_POSLABEL`` is added if the defect's value is unknown. ``title`` is the name of the one model of these
    rows in a long file.
    """
    labels, pending = _labels(first, label)
    decided, unordered = _decisions(first, meaning)
    least, most = LIMITS[scale]
    evidence = {
        model: Evidence(scores, labels, decided, meaning.named, unordered)
        for model, scores in first.numbers(models).items()
        if scores.size and least <= scores.min() and scores.max() <= most + ROUNDING
    }
    problems = find_doubts(evidence, meaning, first.choices, scale, first.file, title=title)
    if errors := [p for p in problems if p.severity == "error"]:
        raise ScoreError.of([*errors, *pending])


def _decisions(first: FirstRows, meaning: ScoreMeaning) -> tuple[dict[str, Codes], frozenset[str]]:
    """Return the decisions of the first rows by column, and the columns of two classes in unknown order."""
    heads = first.source.head()
    decided, unordered = {}, set()
    for name in meaning.decisions:
        if name not in heads:
            continue
        decided[name] = first.decisions(name, meaning.label_levels)
        if (decided[name] < 0).all():
            # Two values that are not understood are still two classes.
            levels, index = levels_of(heads[name], Place(first.source, name))
            if len(levels) == 2 and None not in levels:
                decided[name] = index.astype(np.int8)
                unordered.add(name)
    return decided, frozenset(unordered)


def confidences_beside(
    first: FirstRows, models: Sequence[str], meaning: ScoreMeaning, scale: Scale
) -> dict[str, str]:
    """Return models whose scores are the confidence in a class that another model's scores also predict.

    The other model's scores are the defect's probability.
    """
    confidences: dict[str, str] = {}
    choices = first.choices
    if choices.models is not None or choices.scores_of or len(models) > _FEW_MODELS:
        return confidences
    values = first.numbers(models)
    for name in sorted(meaning.named & first.source.head().keys()):
        decided = first.decisions(name, meaning.label_levels)
        if (decided < 0).any() or decided.min() == decided.max():
            continue
        for model, scores in values.items():
            turned = probability_of_defect(scores, "predicted", scale, decided)
            for other, other_scores in values.items():
                if other in (model, *confidences) or np.array_equal(other_scores, scores):
                    continue
                if (np.abs(turned - other_scores) <= _ROUNDED).all():
                    confidences[model] = other
    return confidences


def _labels(
    first: FirstRows, label: ColumnFacts | None
) -> tuple[Codes | None, tuple[Problem, ...]]:
    """Return the labels of the first rows (`None` if unknown), and the questions about them."""
    heads = first.source.head()
    if label is None or label.name not in heads:
        return None, ()
    place = Place(first.source, label.name)
    label_map = LabelMap(place, first.choices.positive, first.choices.negative)
    try:
        codes = label_map.codes(*levels_of(heads[label.name], place), "", 0)
        label_map.refuse_unknown(complete=False)
    except ScoreError as error:
        is_question = error.code in ("E_POSLABEL", "E_MULTICLASS")
        return None, error.problems if is_question else ()
    return (codes if (codes >= 0).all() else None), ()
