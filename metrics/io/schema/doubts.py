"""Questions and warnings about scores that may not be the probability of a defect.

The first rows are checked before the first pass, and a sample of all rows at the end of a complete pass.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from metrics.errors import Option, Problem, Wording, shown, warning, with_option
from metrics.io.read_options import ReadOptions, Scale, ScoresOf
from metrics.io.schema.column_words import is_either_way, sense_of_score, words_of
from metrics.io.schema.declared_meaning import ScoreMeaning
from metrics.io.schema.score_meaning import (
    CLEAR_ERRORS,
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

NEARLY = 0.9
"""Balanced accuracy below which a column is not the class that the confidences belong to."""
FEW_OF_EACH = 20
"""Number of units of each class needed to call a label error-free."""


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
    lows : mapping of str to bool, optional
        By model: `metrics.io.schema.score_meaning.has_only_high_scores` of all rows; `None` if the evidence
        is from the first rows only. These may have no low score, and the direction of the scores is then not
        reported.
    title : str, optional
        Name of the one model whose scores these are, in a long file.

    Returns
    -------
    list of Problem
        Errors are questions; warnings are shown next to the figures.
    """
    problems: list[Problem] = []
    is_alone = len(evidence) == 1
    for model, rows in evidence.items():
        answer = choices.scores_of_model(model)
        if answer in (None, "defect") and meaning.is_asked:
            is_low = lows is not None and lows[model]
            found = _doubt(model, rows, meaning, scale, is_low=is_low, is_alone=is_alone)
            if found is not None:
                doubt, decision = found
                # Naming a model does not settle the meaning of its scores if decisions contradict it.
                is_named = choices.models is not None and decision not in meaning.named
                name = title if title is not None else None if is_alone else model
                if answer == "defect" or is_named:
                    problems.append(_warning(doubt, decision, model, name, file))
                else:
                    is_binary = meaning.is_binary
                    problems.append(
                        _question(doubt, decision, model, name, file, is_binary=is_binary)
                    )
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
) -> tuple[Doubt, str | None] | None:
    """Return the doubt about a model's scores, and the column of decisions that causes it."""
    decision = meaning.decision_of.get(model)
    doubt = doubt_of_decisions(
        model, evidence, scale, is_binary=meaning.is_binary, decision=decision
    )
    if doubt is not None:
        return doubt
    if is_low and not ranks_well(evidence.scores, evidence.labels):
        return Doubt.PREDICTED_UNNAMED, None
    is_named_good = sense_of_score(model) < 0
    if model in meaning.of_defect_class or not (is_named_good or is_either_way(words_of(model))):
        return None
    trend = direction(evidence.scores, evidence.labels)
    if trend == "down" or (is_named_good and is_alone and trend == "unclear"):
        return Doubt.REVERSED_NAME, None
    return None


def _code_and_meaning(doubt: Doubt) -> tuple[str, ScoresOf]:
    """Return the code of a doubt without its prefix, and what the scores may mean."""
    if doubt in (Doubt.PREDICTED, Doubt.PREDICTED_UNNAMED):
        return "PREDICTED", "predicted"
    return "REVERSED", "good"


def _message(doubt: Doubt, decision: str | None) -> str:
    if _code_and_meaning(doubt)[1] == "predicted":
        meaning = "the confidence in the predicted class"
        reason = "since no score is below one half"
        if decision is not None:
            reason = f"since {shown(decision, 30)!r} is a threshold of it"
    else:
        meaning = "the score of the good class"
        reason = "by its name"
        if decision is not None:
            reason = f"since {shown(decision, 30)!r} flags low scores"
    return f"a score must rise with the defect, got what looks like {meaning}, {reason}"


def _answer(of: ScoresOf, name: str | None) -> Option:
    """Return the option that says what the scores of a model are; no name means all models."""
    return Option("scores_of", (of if name is None else f"{name}={of}",))


def _warning(
    doubt: Doubt, decision: str | None, model: str, name: str | None, file: str
) -> Problem:
    """Return the warning about a doubt that the caller's options contradict."""
    code, of = _code_and_meaning(doubt)
    hint = Wording("Say ", _answer(of, name), " if that is so.")
    return warning(f"W_{code}", _message(doubt, decision), file=file, column=model, hint=hint)


def _question(
    doubt: Doubt,
    decision: str | None,
    model: str,
    name: str | None,
    file: str,
    *,
    is_binary: bool,
) -> Problem:
    """Return the question that a doubt raises."""
    code, of = _code_and_meaning(doubt)
    if code == "PREDICTED" and not is_binary:
        hint = Wording(
            "Write the defect's probability as a column of its own, or say ",
            _answer("defect", name),
            " if it is one.",
        )
    else:
        more: tuple[Option | str, ...] = ()
        if code == "PREDICTED" and decision is not None:
            more = (" ", Option("decision", (decision,)))
        elif code == "PREDICTED":
            more = (" and name the column of the predicted class ", with_option("decision"))
        hint = Wording(
            "Say ",
            _answer(of, name),
            *more,
            " if that is so, or ",
            _answer("defect", name),
            " if a higher score means a defect.",
        )
    message = _message(doubt, decision)
    return Problem(f"E_{code}", "error", message, file=file, column=model, hint=hint)


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
    other: ScoresOf = "defect" if of == "good" else "good"
    return [
        warning(
            "W_REVERSED",
            f"defects score lower than good units (AUC {area:.2f}), so the scores may be of the good class",
            file=file,
            column=model,
            hint=Wording("If so, say ", _answer(other, model), "."),
        )
    ]


def _contradicted(
    model: str, evidence: Evidence, labels: Codes, meaning: ScoreMeaning, scale: Scale, file: str
) -> list[Problem]:
    """Report that confidences are not of the predicted class, or the label is a threshold of the scores."""
    decision, of = meaning.decision_of.get(model), meaning.of_model(model)
    if of == "predicted":
        if decision is None or decision not in evidence.decided:
            return []
        is_known = evidence.decided[decision] >= 0
        decided = evidence.decided[decision][is_known]
        if not separations(evidence.scores[is_known], decided, scale).predicted < NEARLY:
            return []
        text = f"the scores are no confidence in {shown(decision, 30)!r}, which is no threshold of them"
        hint = Wording("Name the column of the predicted class ", with_option("decision"), ".")
        return [warning("W_PREDICTED", text, file=file, column=model, hint=hint)]
    rarer = min(int(labels.sum()), int((labels == 0).sum()))
    is_soft = np.unique(evidence.scores).size >= 3
    if not meaning.is_asked or rarer < FEW_OF_EACH or not is_soft:
        return []
    if not 1.0 - auc(evidence.scores, labels)[0] < 1e-12:
        return []
    text = "the label is exactly a threshold of these scores, as a predicted label is"
    hint = Wording("If it is one, name the true label ", with_option("label"), ".")
    return [warning("W_PREDICTED", text, file=file, column=model, hint=hint)]
