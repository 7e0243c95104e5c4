"""Question about the meaning of scores: defect, good class, or confidence in the predicted class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboard.markup import plain
from dashboard.session import session
from dashboard.views.data.previewed_files import FirstRows
from dashboard.words.data.columns import SCORES_OF, USES
from dashboard.words.data.questions import aucs_words
from metrics import Problem
from metrics.errors import Option

CODES = ("E_PREDICTED", "E_REVERSED")
"""Codes of problems that ask for the meaning of a score."""


@dataclass(frozen=True)
class Doubted:
    """Scores with unknown meaning that share one answer.

    Attributes
    ----------
    prefixes : tuple of str
        Text before the answer in ``scores_of``, for each column.
    decisions : tuple of str
        Columns that may hold the predicted class.
    """

    columns: tuple[str, ...]
    prefixes: tuple[str, ...]
    decisions: tuple[str, ...]


def doubted_scores(problems: Sequence[Problem]) -> list[Doubted]:
    """Scores named by problems that ask for their meaning."""
    doubted = []
    for problem in problems:
        values_by_option = {
            part.keyword: part.values for part in problem.parts if isinstance(part, Option)
        }
        if problem.code in CODES and "scores_of" in values_by_option and problem.column:
            before, sign, _ = values_by_option["scores_of"][0].rpartition("=")
            doubted.append(
                Doubted((problem.column,), (before + sign,), values_by_option.get("decision", ()))
            )
    return doubted


def ask(problems: Sequence[Problem], first: FirstRows, options: dict[str, Any]) -> int:
    """Ask for the meaning of scores: once for all, unless each may have its own predicted class.

    Returns
    -------
    int
        Number of questions.
    """
    doubted = doubted_scores(problems)
    is_ranked = any(problem.code == "E_TOPK" for problem in problems)
    if is_ranked and len(options.get("models") or ()) == 1:
        # The score of the most likely class is a confidence, unless the column holds the score of the defect.
        doubted = [Doubted(tuple(options["models"]), ("",), ())]
    if not doubted:
        return 0
    hinted = [name for scores in doubted for name in scores.decisions]
    likely = [*hinted, *first.of_use("decision")] or first.predicted_class_columns(
        doubted[0].columns[0]
    )
    decisions = tuple(dict.fromkeys(likely))
    if (
        len(decisions) < 2
        and len({problem.code for problem in problems if problem.code in CODES}) < 2
    ):
        columns = tuple(name for scores in doubted for name in scores.columns)
        prefixes = tuple(before for scores in doubted for before in scores.prefixes)
        doubted = [Doubted(columns, prefixes, decisions)]
    chosen = [
        _ask_meaning(replace(scores, decisions=decisions), first, options) for scores in doubted
    ]
    named = set(filter(None, chosen))
    if named:
        # Several predicted classes are matched with their models by name.
        options["decision"] = named.pop() if len(named) == 1 else None
    if is_ranked and not options.get("scores_of"):
        options["models"] = None  # asked again until both questions are answered
    return len(doubted)


def _ask_meaning(scores: Doubted, first: FirstRows, options: dict[str, Any]) -> str | None:
    """Ask for the meaning of scores, and show the AUC in the first rows for each answer.

    Returns
    -------
    str or None
        Column of the predicted class if the scores are the confidence in it.
    """
    answers: list[tuple[str, str | None]] = [("defect", None), ("good", None)]
    answers += [("predicted", name) for name in scores.decisions or (None,)]
    if len(first.of_use("models")) > len(scores.columns):
        answers.append(("ignore", None))
    stems = {before.removesuffix("=") for before in scores.prefixes}
    meanings, ignored = options.get("scores_of") or [], options.get("ignore") or []
    is_given = [scores.prefixes[0] + meaning in meanings for meaning, _ in answers]
    index = next(
        (
            k
            for k, (meaning, name) in enumerate(answers)
            if (is_given[k] and name in (None, options.get("decision")))
            or (meaning == "ignore" and scores.columns[0] in ignored)
        ),
        None,
    )
    key = f"answer_scores_of_{scores.columns[0]}"
    are_several = len(scores.columns) > 1
    named = " and ".join(f"“{plain(name)}”" for name in scores.columns)
    answer = st.radio(
        f"What {'are the scores' if are_several else 'is the score'} in {named}?",
        range(len(answers)),
        index=None if session.has_widget(key) else index,
        format_func=lambda k: _answer_words(*answers[k]),
        captions=[plain(aucs_words(first.aucs(scores.columns, options, *way))) for way in answers],
        key=key,
    )
    if answer is None:
        return None
    meaning, decision = answers[answer]
    options["ignore"] = [name for name in ignored if name not in scores.columns]
    options["scores_of"] = [word for word in meanings if word.rpartition("=")[0] not in stems]
    if meaning == "ignore":
        options["ignore"] += scores.columns
    else:
        options["scores_of"] += [before + meaning for before in scores.prefixes]
    return decision


def _answer_words(meaning: str, decision: str | None) -> str:
    """One possible meaning of scores in words."""
    words = SCORES_OF.get(meaning, USES["ignore"])
    return words if decision is None else f"{words} “{plain(decision)}”"
