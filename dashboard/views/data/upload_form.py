"""The questions of an upload that only its owner can answer, and the form that takes the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.views.problems import (
    DECIMALS,
    FORM,
    SCALES,
    error_markup,
    in_form_words,
    lines_markup,
    notes_markup,
)
from dashboard.views.snippets import write
from metrics import Problem
from metrics.errors import Option
from metrics.io.formats.cells import MISSING
from metrics.io.schema.class_labels import spelling

QUESTIONS = {
    "E_POSLABEL": ("positive", "Which label value means defective?"),
    "E_MULTICLASS": ("positive", "Which label value means defective? The others count as good."),
    "E_RANGE": ("scale", "What are the scores? Not all of them lie between 0 and 1."),
    "E_DECIMAL_COMMA": ("decimal", "Is the comma the decimal sign?"),
    "E_NOLABEL": ("label", "Which column is the label?"),
    "E_NOMODEL": ("models", "Which columns are the models’ scores?"),
    "E_NOID": ("id", "Which column names the unit?"),
    "E_JOIN": ("common_ids", FORM["common_ids"]),
}
"""By the gate's code: the option that answers it, and how a person is asked."""
WHICH_IDS = ("id", "Which columns name the unit, in each of the files?")
"""Asked instead where the files cannot be joined on what is common to them."""
BY_ROW = {"E_LABEL", "E_LABEL_NA"}
"""What is to be mended in a row, and not by taking a label's values otherwise."""
CHOOSE = "choose"
HELPED = {"E_CLASSCOLUMN", "E_COLUMN", "E_CONFLICT", "E_TYPE", "E_WEIGHT"}
"""Further codes whose cause may be what a column was taken for."""
# Whoever opened a file further up would not see that it was refused.
SHOW = """<script>
document.querySelector('.st-key-upload_refused')?.scrollIntoView({block: 'nearest'});
</script>"""


def questions(draft: dict[str, Any]) -> tuple[dict[str, Any], Mapping[str, str]]:
    """Problems of the last try, and what only the owner can answer.

    Returns
    -------
    dict
        The options so far.
    mapping
        What was asked, by option.
    """
    problems: Sequence[Problem] = draft.get("problems", ())
    options: dict[str, Any] = dict(draft.get("options", {}))
    asked = _questions_of(problems)
    _problems_of_upload(draft, problems, asked)
    if not _seen(draft):
        return options, asked
    preview = draft["preview"]
    for option, question in asked.items():
        _ask(option, question, preview, options)
    mended = {"positive"} if any(problem.code in BY_ROW for problem in problems) else set()
    for option, question in foreseen(preview, options).items():
        if option not in {*asked, *mended}:
            asked[option] = question
            _ask(option, question, preview, options)
    return options, asked


def form(
    draft: Mapping[str, Any], options: dict[str, Any], asked: Mapping[str, str]
) -> dict[str, Any]:
    """What else an owner may say of the columns; gives all options to read with."""
    if not _seen(draft):
        return options
    problems: Sequence[Problem] = draft.get("problems", ())
    preview, helps = draft["preview"], _helps(problems) and not _questions_of(problems)
    with st.expander("Say what the columns are", expanded=helps):
        for option, question in FORM.items():
            if option not in asked and option != "common_ids":
                _ask(option, question, preview, options)
    return {key: value for key, value in options.items() if value not in (None, "", [], False)}


def foreseen(preview: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, str]:
    """What will be asked once the files are read on, by option: it is asked together with the rest."""
    files = preview.get("files", [])
    columns = {column["name"]: column for file in files for column in file["columns"]}
    roles = [file["detected"] for file in files]
    label = options.get("label") or next((own["label"] for own in roles if own["label"]), None)
    levels = columns[label]["levels"] if label in columns else ()
    known_levels = [level for level in levels if level.strip().casefold() not in MISSING]
    out = {}
    unknown = sum(spelling(level)[1] < 0 for level in known_levels)
    # Where two others have a meaning, one more is more likely a slip in its row.
    if unknown and (unknown == len(known_levels) or len(known_levels) == 2):
        out["positive"] = QUESTIONS["E_POSLABEL" if len(known_levels) == 2 else "E_MULTICLASS"][1]
    taken = {label, *(name for own in roles for name in own["id"] or ())}
    if any(c["kind"] == "decimal-comma" for name, c in columns.items() if name not in taken):
        out["decimal"] = QUESTIONS["E_DECIMAL_COMMA"][1]
    chosen = options.get("models") or ()
    names = chosen or [name for own in roles for name in own["models"] or ()]
    outside = [_outside(columns[name]) for name in names if name in columns]
    # Beside probabilities a column of other numbers is no model, unless it is said to be one.
    if outside and (any(outside) if chosen else all(outside)):
        out["scale"] = QUESTIONS["E_RANGE"][1]
    return out


def _outside(column: Mapping[str, Any]) -> bool:
    """Whether numbers of a column lie outside 0 to 1."""
    return any(column[end] is not None and not 0 <= column[end] <= 1 for end in ("low", "high"))


def _questions_of(problems: Sequence[Problem]) -> dict[str, str]:
    return dict(_question(p) for p in problems if p.code in QUESTIONS)


def _question(problem: Problem) -> tuple[str, str]:
    agreeable = problem.code != "E_JOIN" or Option("common_ids") in problem.parts
    return QUESTIONS[problem.code] if agreeable else WHICH_IDS


def _seen(draft: Mapping[str, Any]) -> bool:
    """Whether somebody has looked into the files."""
    return bool((draft.get("preview") or {}).get("files"))


def _problems_of_upload(
    draft: dict[str, Any], problems: Sequence[Problem], asked: dict[str, str]
) -> None:
    """What is wrong, and what to do with the box."""
    if not problems:
        return
    with st.container(key="upload_refused", gap="xsmall"):
        worded = [in_form_words(problem, FORM | asked) for problem in problems]
        errors = [problem for problem in worded if problem.severity == "error"]
        notes = [problem for problem in worded if problem.severity != "error"]
        sentences = [error_markup(problem) for problem in errors]
        sentences += notes_markup(notes, one_file=len(draft.get("files", ())) == 1)
        for markup in filter(None, [*sentences, lines_markup(problems)]):
            write(markup)
        if errors:
            write(
                '<p class="cg-note">All files in the box are opened together: remove what was refused, '
                "or add what belongs to it.</p>"
            )
            if draft.pop("unseen", False):
                st.html(SHOW, unsafe_allow_javascript=True)


def _helps(problems: Sequence[Problem]) -> bool:
    """Whether saying what the columns are can resolve what is wrong, or nothing is."""
    errors = [problem.code for problem in problems if problem.severity == "error"]
    return not errors or any(code in HELPED for code in errors)


def _ask(option: str, question: str, preview: Mapping[str, Any], options: dict[str, Any]) -> None:
    """One question; the answer goes into ``options``."""
    files = preview.get("files", [])
    columns = {column["name"]: column for file in files for column in file["columns"]}
    found = next((file["detected"]["label"] for file in files if file["detected"]["label"]), None)
    key, given = f"answer_{option}", options.get(option)
    taken = next((d for file in files if (d := file["detected"].get(option))), "")
    names = taken if isinstance(taken, str) else ", ".join(taken)
    hint = f"as recognised: {names}" if names else CHOOSE
    if option in ("id", "models", "segments"):
        fit = [n for n, c in columns.items() if option != "models" or c["kind"] != "text"]
        kept = [name for name in given or [] if name in fit]
        options[option] = st.multiselect(question, fit, default=kept, key=key, placeholder=hint)
    elif option in ("label", "model_key", "score", "weight", "value", "group", "defect_type"):
        options[option] = _select(question, list(columns), given, key, hint=hint)
    elif option == "positive":
        label = options.get("label") or found
        levels = columns.get(label, {}).get("levels", []) if label else []
        options[option] = (
            _select(question, list(levels), given, key)
            if levels
            else st.text_input(question, value=given or "", key=key)
        )
    elif option == "scale":
        options[option] = _select(question, list(SCALES), given, key, SCALES)
    elif option == "decimal":
        options[option] = _select(question, list(DECIMALS), given, key, DECIMALS)
    else:
        options[option] = st.checkbox(question, value=bool(given), key=key)


def _select(
    question: str,
    values: list[str],
    given: str | None,
    key: str,
    names: Mapping[str, str] | None = None,
    *,
    hint: str = CHOOSE,
) -> str | None:
    return st.selectbox(
        question,
        values,
        index=values.index(given) if given in values else None,
        format_func=lambda value: (names or {}).get(value, value),
        placeholder=hint,
        key=key,
    )
