"""Questions about files before they are opened, and what in the files supports an answer."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.words.data.problems import FORM
from dashboard.words.numbers.amounts import number
from dashboard.words.phrases import capital, in_words

_MODELS = "Which columns hold a model’s probability of a defect?"
QUESTIONS = {
    "E_POSLABEL": ("positive", "Which label value means defective?"),
    "E_LABELSENSE": ("positive", "Which value of {column} means defective?"),
    "E_MULTICLASS": ("positive", "Which label value means defective, or which alone is good?"),
    "E_RANGE": ("scale", "On which scale are the scores?"),
    "E_DECIMAL_COMMA": ("decimal", "Is the comma the decimal sign?"),
    "E_NOLABEL": (
        "label",
        "Which column says whether a unit is defective (the label)? If none does, add the label file.",
    ),
    "E_TWOLABELS": ("label", "Which column is the true label?"),
    "E_CONFLICT": ("label", "Which column is the true label?"),
    "E_NOMODEL": ("models", "Which columns are the models’ scores?"),
    "E_WHICHMODELS": ("models", "Which columns are the models’ scores?"),
    "E_COMPLEMENT": ("models", _MODELS),
    "E_CLASSCOLUMN": ("models", _MODELS),
    "E_TOPK": ("models", "Which column is the model’s score?"),
    "W_GROUPED": (
        "group",
        "Do rows belong together (batch, camera, patient)? If so, by which column?",
    ),
    "E_NOID": ("id", "Which column names the unit?"),
    "E_JOIN": ("common_ids", FORM["common_ids"]),
}
"""Option that resolves a problem, and the question that asks for it, by code of the problem."""
UNNAMED = "column without a name"
"""Answer in place of an empty name."""
WHICH_IDS = ("id", "Which columns name the unit, in each of the files?")
"""Option and question if the files cannot be joined on the ids that they share."""


def questions_before_opening(questions: int, files: int) -> str:
    """Heading above the questions about an upload.

    Examples
    --------
    >>> questions_before_opening(2, 1)
    'Two questions before this file opens'
    """
    number_of_questions = f"{capital(in_words(questions))} question{'s' if questions > 1 else ''}"
    return f"{number_of_questions} before {'this file opens' if files == 1 else 'these files open'}"


def auc_words(auc: float) -> str:
    """Area under the ROC curve of a column: ``AUC 0.83``."""
    return f"AUC {number(auc, 2)}"


def aucs_words(aucs: Mapping[str, float]) -> str:
    """AUCs of some columns: ``svm AUC 0.83, rule AUC 0.61``."""
    return ", ".join(f"{name} {auc_words(auc)}" for name, auc in aucs.items())


def defect_value_evidence(aucs: Mapping[str, Mapping[str, float]], likely: str | None) -> str:
    """Sentence about which of two label values fits the scores as the defect; empty without scores.

    Parameters
    ----------
    aucs : mapping of str to mapping
        AUCs of some models, by the label value that is taken as the defect.
    likely : str or None
        Value that means the defect by its words.

    Examples
    --------
    >>> defect_value_evidence({"good": {"svm": 0.2}, "nok": {"svm": 0.8}}, None)
    'In the first rows, scores are higher for “nok” (svm AUC 0.80), as they should be for a defect.'
    """
    known_aucs = {level: found for level, found in aucs.items() if found}
    if not known_aucs:
        return ""
    best = (
        likely
        if likely in known_aucs
        else max(known_aucs, key=lambda level: sum(known_aucs[level].values()))
    )
    found = known_aucs[best]
    is_higher = {auc > 0.5 for auc in found.values()}
    if is_higher == {True}:
        end = "as they should be for a defect"
    elif is_higher == {False}:
        end = "so they may be scores of the good class"
    else:
        return f"In the first rows, if “{best}” is the defect: {aucs_words(found)}."
    side = "higher" if is_higher == {True} else "lower"
    return f"In the first rows, scores are {side} for “{best}” ({aucs_words(found)}), {end}."
