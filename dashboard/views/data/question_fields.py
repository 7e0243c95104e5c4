"""Fields of the upload form: one for each option of reading, such as the label or the decimal sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.markup import plain
from dashboard.session import session
from dashboard.views.data.previewed_files import FirstRows
from dashboard.words.data.columns import SCORES_OF
from dashboard.words.data.problems import DECIMALS, SCALES
from dashboard.words.data.questions import UNNAMED, auc_words, defect_value_evidence
from metrics.io.schema.label_values import likely_defect
from metrics.io.schema.vocabulary import is_unchecked, sense_of_words, words_of

PREFIX = "answer_"
"""Beginning of the keys of all fields."""
ANSWERS = {"scale": SCALES, "decimal": DECIMALS}
"""Words for the answers to a question, by option."""
CHOOSE = "choose"
ALL_BUT = "all but "
"""Prefix of the answer that names the only value that is not a defect."""


def ask(
    option: str,
    question: str,
    first: FirstRows,
    options: dict[str, Any],
    likely: Sequence[str] = (),
) -> None:
    """Ask one question; the answer is stored in ``options``."""
    key, given = f"{PREFIX}{option}", options.get(option)
    # The index that pandas writes has no name. It may be an id, and is the answer to no other question.
    columns = [name for name in dict.fromkeys([*likely, *first.columns]) if name or option == "id"]
    if option in ("id", "models"):
        candidates = columns
        if option == "models":
            label = first.label(options)
            candidates = [n for n in columns if n != label and first.columns[n]["kind"] != "text"]
        chosen = [name for name in given or [] if name in candidates]
        options[option] = st.multiselect(
            question,
            candidates,
            default=None if session.has_widget(key) else chosen,
            format_func=lambda name: " · ".join(
                [name or UNNAMED, *_likely_auc_words(first, name, options, likely)]
            ),
            key=key,
            placeholder=CHOOSE,
        )
    elif option == "label":
        options[option] = _select(question, columns, given, key)
        if options[option] != given:  # another label has other values
            session.set_widget("answer_positive", _likely_value(_levels(first, options)))
            options.pop("positive", None)
            options.pop("negative", None)
    elif option in ("decision", "group"):
        options[option] = _select(question, columns, given, key)
    elif option == "positive":
        _ask_positive(question, first, options, key)
    elif option == "scores_of":
        meaning = _select(question, list(SCORES_OF), next(iter(given or ()), None), key, SCORES_OF)
        options[option] = [meaning] if meaning else given
    elif option in ANSWERS:
        options[option] = _select(question, list(ANSWERS[option]), given, key, ANSWERS[option])
    else:
        options[option] = st.checkbox(question, value=bool(given), key=key)


def _likely_auc_words(
    first: FirstRows, name: str, options: Mapping[str, Any], likely: Sequence[str]
) -> list[str]:
    """AUC of a likely answer in the first rows."""
    aucs = first.aucs([name], options).values() if name in likely else ()
    return [f"{auc_words(auc)} in the first rows" for auc in aucs]


def likely_label(candidates: Sequence[str], first: FirstRows) -> str | None:
    """The only candidate with clear values, unless its name is that of a prediction."""
    clear = [n for n in candidates if likely_defect(first.columns[n]["levels"]) is not None]
    return clear[0] if len(clear) == 1 and not is_unchecked(words_of(clear[0])) else None


def _ask_positive(question: str, first: FirstRows, options: dict[str, Any], key: str) -> None:
    """Ask which value of the label is the defect, or which is the only good one of several."""
    levels = _levels(first, options)
    given = options.pop("positive", None)
    good = options.pop("negative", None)
    if not levels:
        options["positive"] = st.text_input(question, value=given or "", key=key)
        return
    label_values = levels + ([ALL_BUT + level for level in levels] if len(levels) > 2 else [])
    likely = _likely_value(levels)
    chosen = _select(question, label_values, given or (good and ALL_BUT + good) or likely, key)
    if chosen in levels:
        options["positive"] = chosen
    elif chosen is not None:
        options["negative"] = chosen.removeprefix(ALL_BUT)
    models = options.get("models") or first.of_use("models")
    aucs = {level: first.aucs(models, {**options, "positive": level}) for level in levels}
    evidence = defect_value_evidence(aucs, likely)
    if evidence and not first.doubts_scores:
        st.caption(plain(evidence))


def _levels(first: FirstRows, options: Mapping[str, Any]) -> list[str]:
    """Values of the label in the first rows."""
    label = first.label(options)
    return list(first.columns[label]["levels"]) if label in first.columns else []


def _likely_value(levels: Sequence[str]) -> str | None:
    """Likely answer by the meaning of the values: "defect" for "good" and "defect"."""
    if len(levels) == 2:
        return likely_defect(levels)
    good = [level for level in levels if sense_of_words(words_of(level)) < 0]
    return ALL_BUT + good[0] if len(good) == 1 else None


def _select(
    question: str,
    values: list[str],
    given: str | None,
    key: str,
    names: Mapping[str, str] | None = None,
) -> str | None:
    return st.selectbox(
        question,
        values,
        index=None if session.has_widget(key) or given not in values else values.index(given),
        format_func=lambda value: (names or {}).get(value, value),
        placeholder=CHOOSE,
        key=key,
    )
