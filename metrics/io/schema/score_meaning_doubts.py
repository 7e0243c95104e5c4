"""Questions and warnings about scores that are not, or may not be, the probability of a defect.

Doubts follow from some rows of each model (`metrics.io.schema.score_meaning_sample`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.errors import Option, Problem, Wording, shown, warning, with_option
from metrics.io.read_options import ReadOptions, Scale, ScoresOf
from metrics.io.schema.score_meaning import (
    CLEAR_ERRORS,
    Codes,
    auc,
    direction,
    probability_of_defect,
    ranks_well,
    separations,
)
from metrics.io.schema.score_meaning_sample import SampledRows
from metrics.io.schema.score_reader import ScoreMeaning
from metrics.io.schema.vocabulary import is_either_way, sense_of_score, words_of

LEAST_BALANCED_ACCURACY = 0.9
"""Balanced accuracy below which a column is not the class that the confidences belong to."""
FEW_OF_EACH = 20
"""Number of units of each class needed to call a label error-free."""
FEW_ROWS, ENOUGH_ROWS = 30, 4_096
"""Number of rows needed to use decisions without a recognisable name, and largest number compared."""


@dataclass(frozen=True)
class Doubt:
    """Doubt that scores are the probability of a defect.

    Attributes
    ----------
    of : {"good", "predicted"}
        Class that the scores may support instead.
    decision : str or None
        Column whose decisions the scores reproduce; `None` if the range or the name caused the doubt.
    """

    of: ScoresOf
    decision: str | None = None


def find_doubts(
    evidence: Mapping[str, SampledRows],
    meaning: ScoreMeaning,
    choices: ReadOptions,
    scale: Scale,
    file: str,
    *,
    only_high: Mapping[str, bool] | None = None,
    title: str | None = None,
) -> list[Problem]:
    """Return questions (errors) and warnings about scores that may not be the probability of a defect.

    Parameters
    ----------
    evidence : mapping of str to SampledRows
        By model.
    meaning : ScoreMeaning
    choices : ReadOptions
        The caller's options take precedence; data that contradicts them gives warnings.
    scale : {"probability", "percent", "logit", "rank"}
    file : str
    only_high : mapping of str to bool, optional
        Whether all scores of a model are high (`metrics.io.schema.score_meaning.has_only_high_scores`).
        `None` for the first rows, which cannot show it; the direction of the scores is then not reported.
    title : str, optional
        Name of the one model whose scores these are, in a long file.
    """
    problems: list[Problem] = []
    is_alone = len(evidence) == 1
    for model, rows in evidence.items():
        answer = choices.scores_of_model(model)
        if answer in (None, "defect") and meaning.is_asked:
            is_only_high = only_high is not None and only_high[model]
            doubt = _doubt(
                model, rows, meaning, scale, is_only_high=is_only_high, is_alone=is_alone
            )
            if doubt is not None:
                # Naming a model does not settle the meaning of its scores if decisions contradict it.
                is_named = choices.models is not None and doubt.decision not in meaning.named
                is_settled = answer == "defect" or is_named
                name = title if title is not None else None if is_alone else model
                problems.append(_problem(doubt, model, name, file, meaning, is_settled=is_settled))
                continue
        if only_high is not None and rows.labels is not None:
            problems += _reversed(model, rows, rows.labels, meaning, scale, file, choices)
            problems += _contradicted(model, rows, rows.labels, meaning, scale, file)
    return sorted(problems, key=lambda problem: problem.severity != "error")


def reversal_warnings(
    models: Sequence[str], choices: ReadOptions, scale: Scale, file: str
) -> list[Problem]:
    """Report models whose scores were reversed, so that their thresholds differ from the file."""
    other = {"probability": "1 - score", "percent": "100 - score"}.get(scale, "-score")
    readings = {"good": other, "predicted": f"{other} where the predicted class is good"}
    notes = []
    for of, reading in readings.items():
        turned = [model for model in models if choices.scores_of_model(model) == of]
        if not turned:
            continue
        turned_models = ", ".join(shown(model, 30) for model in turned[:6])
        text = f"the scores of {turned_models} are read as {reading}, and every threshold is one of that"
        column = turned[0] if len(turned) == 1 else None
        notes.append(warning("W_TURNED", text, file=file, column=column))
    return notes


def _doubt(
    model: str,
    evidence: SampledRows,
    meaning: ScoreMeaning,
    scale: Scale,
    *,
    is_only_high: bool,
    is_alone: bool,
) -> Doubt | None:
    """Return the doubt about a model's scores, because of decisions, only high scores or the name."""
    doubt = _doubt_of_decisions(model, evidence, meaning, scale)
    if doubt is not None:
        return doubt
    if is_only_high and not ranks_well(evidence.scores, evidence.labels):
        return Doubt("predicted")
    is_named_good = sense_of_score(model) < 0
    if model in meaning.of_defect_class or not (is_named_good or is_either_way(words_of(model))):
        return None
    trend = direction(evidence.scores, evidence.labels)
    if trend == "down" or (is_named_good and is_alone and trend == "unclear"):
        return Doubt("good")
    return None


def _doubt_of_decisions(
    model: str, evidence: SampledRows, meaning: ScoreMeaning, scale: Scale
) -> Doubt | None:
    """Return the doubt about a model's scores that columns of decisions cause.

    Decisions that are a threshold of the scores as they are remove all doubt. The decisions of the model
    itself take precedence over those of other models.
    """
    readings: dict[str, ScoresOf | None] = {}
    step = -(-evidence.scores.size // ENOUGH_ROWS) or 1
    scores = evidence.scores[::step]
    for name, decisions in evidence.decided.items():
        decided = decisions[::step]
        is_known = decided >= 0
        is_named = name in meaning.named
        if name == model or (not is_named and np.count_nonzero(is_known) < FEW_ROWS):
            continue
        fits = separations(scores[is_known], decided[is_known], scale)
        reading = fits.reading()
        if reading == "predicted" and not is_named and not _rises(evidence, decisions, scale):
            reading = None  # above one half, every column of two values separates confidences
        if reading is None and not meaning.is_binary and is_named and fits.is_of_best_class():
            reading = "predicted"
        if name not in evidence.unordered or reading == "predicted":
            readings[name] = reading
    decision = meaning.decision_of.get(model)
    if decision is not None and readings.get(decision) is not None:
        readings = {decision: readings[decision]}
    if "defect" in readings.values():
        return None
    for name, reading in readings.items():
        if reading == "good" or (reading == "predicted" and scale != "rank"):
            return Doubt(reading, name)
    return None


def _rises(evidence: SampledRows, decisions: Codes, scale: Scale) -> bool:
    """Whether confidences in some decisions give scores that rise with the defect; true if unknown."""
    if evidence.labels is None:
        return True
    is_known = decisions >= 0
    scores = probability_of_defect(evidence.scores, "predicted", scale, decisions)
    return direction(scores[is_known], evidence.labels[is_known]) == "up"


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
        column: tuple[Option | str, ...] = ()
        if is_predicted and decision is not None:
            column = (" ", Option("decision", (decision,)))
        elif is_predicted:
            column = (" and name the column of the predicted class ", with_option("decision"))
        hint = Wording(
            "Say ",
            answer,
            *column,
            " if that is so, or ",
            defect,
            " if a higher score means a defect.",
        )
    code = "PREDICTED" if is_predicted else "REVERSED"
    text = f"a score must rise with the defect, got what looks like {scores}, {reason}"
    if is_settled:
        return warning(f"W_{code}", text, file=file, column=model, hint=hint)
    return Problem(f"E_{code}", "error", text, file=file, column=model, hint=hint)


def _reversed(
    model: str,
    evidence: SampledRows,
    labels: Codes,
    meaning: ScoreMeaning,
    scale: Scale,
    file: str,
    choices: ReadOptions,
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
    answer = _answer("defect" if of == "good" else "good", model)
    hint = Wording("If so, say ", answer, ".")
    if choices.positive is None and choices.negative is None:
        label = Wording(" If the label marks good units, name the defect ", with_option("positive"))
        hint = Wording(hint, label, ".")
    return [warning("W_REVERSED", text, file=file, column=model, hint=hint)]


def _contradicted(
    model: str, evidence: SampledRows, labels: Codes, meaning: ScoreMeaning, scale: Scale, file: str
) -> list[Problem]:
    """Report that confidences are not of the predicted class, or the label is a threshold of the scores."""
    if meaning.of_model(model) == "predicted":
        decision = meaning.decision_of.get(model)
        if decision is None or decision not in evidence.decided:
            return []
        is_known = evidence.decided[decision] >= 0
        decided = evidence.decided[decision][is_known]
        if (
            not separations(evidence.scores[is_known], decided, scale).predicted
            < LEAST_BALANCED_ACCURACY
        ):
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
