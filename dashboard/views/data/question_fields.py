"""Fields of the upload form: one for each option of reading, such as the label or the decimal sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.markup import plain
from dashboard.session import session
from dashboard.views.data.first_rows import FirstRows, areas_words
from dashboard.words.data.columns import SCORES_OF
from dashboard.words.data.problems import DECIMALS, SCALES
from metrics.io.schema.column_words import sense_of_words, words_of

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
    key, given = f"answer_{option}", options.get(option)
    columns = list(dict.fromkeys([*likely, *first.columns]))
    if option in ("id", "models"):
        candidates = [
            n for n in columns if option != "models" or first.columns[n]["kind"] != "text"
        ]
        chosen = [name for name in given or [] if name in candidates]
        options[option] = st.multiselect(
            question,
            candidates,
            default=None if session.has_widget(key) else chosen,
            format_func=lambda name: " · ".join(
                filter(None, [name, first.area(name, options) if name in likely else ""])
            ),
            key=key,
            placeholder=CHOOSE,
        )
    elif option in ("label", "decision", "group"):
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


def _ask_positive(question: str, first: FirstRows, options: dict[str, Any], key: str) -> None:
    """Ask which value of the label is the defect, or which is the only good one of several."""
    label = first.label(options)
    levels = list(first.columns[label]["levels"]) if label in first.columns else []
    given = options.pop("positive", None)
    good = options.pop("negative", None)
    if not levels:
        options["positive"] = st.text_input(question, value=given or "", key=key)
        return
    models = options.get("models") or first.of_use("models")
    names = {
        level: areas_words(models, first, {**options, "positive": level}) if models else ""
        for level in levels
    }
    values = levels + ([ALL_BUT + level for level in levels] if len(levels) > 2 else [])
    chosen = _select(question, values, given or (good and ALL_BUT + good) or _likely(levels), key)
    if chosen in levels:
        options["positive"] = chosen
    elif chosen is not None:
        options["negative"] = chosen.removeprefix(ALL_BUT)
    if any(names.values()) and not first.doubts_scores:
        st.caption(" · ".join(f"if {plain(level)}: {area}" for level, area in names.items()))


def _likely(levels: Sequence[str]) -> str | None:
    """Likely answer by the meaning of the values: "defect" for "good" and "defect"."""
    senses = {level: sense_of_words(words_of(level)) for level in levels}
    good = [level for level, sense in senses.items() if sense < 0]
    if len(levels) > 2:
        return ALL_BUT + good[0] if len(good) == 1 else None
    bad = [level for level, sense in senses.items() if sense > 0]
    return bad[0] if len(bad) == len(good) == 1 else None


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
