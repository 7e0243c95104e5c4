"""Questions of the upload form: problems of the last attempt, and what the reader can answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.data.uploads.file_names import with_own_names
from dashboard.data.uploads.in_progress import Upload
from dashboard.markup import plain
from dashboard.session import session
from dashboard.views.data import column_table, meaning_question, previewed_files
from dashboard.views.data.previewed_files import FirstRows
from dashboard.views.data.question_fields import PREFIX, ask, likely_label
from dashboard.views.html_elements import lines, note, strong, write
from dashboard.views.problem_markup import error_markup, notes_markup, question_markup
from dashboard.words.data.problems import FORM, TABLE, in_form_words, row_numbering
from dashboard.words.data.questions import QUESTIONS, WHICH_IDS, questions_before_opening
from dashboard.words.data.uploads import ALL_TOGETHER
from metrics import Problem
from metrics.errors import Option
from metrics.io.formats.cells import MISSING
from metrics.io.schema.label_values import spelling
from metrics.io.schema.vocabulary import says_percent

WITH_ROWS = {
    *meaning_question.CODES,
    "E_TWOLABELS",
    "E_LABELSENSE",
    "E_WHICHMODELS",
    "E_COMPLEMENT",
    "E_CLASSCOLUMN",
    "E_TOPK",
    "W_GROUPED",
}
"""Codes of problems that the first rows help to solve."""
REPEATS_QUESTION = {"E_NOLABEL", "E_POSLABEL"}
"""Codes of problems whose message repeats their question, unless the message names a refused value."""
BY_ROW = {"E_LABEL", "E_LABEL_NA"}
"""Codes of problems in single rows. Another meaning of the label's values would not solve these problems."""
HELPED = {"E_COLUMN", "E_CONFLICT", "E_TYPE", "E_WEIGHT"}
"""Further codes of problems that a wrong role of a column may cause."""
# The page scrolls to the problems, because a reader further up would not see them.
SHOW = """<script>
document.querySelector('.st-key-upload_problems')?.scrollIntoView({block: 'nearest'});
</script>"""


def asks_for_groups(draft: dict[str, Any], problems: Sequence[Problem]) -> bool:
    """True if the form must ask whether a column names rows that belong together. It asks only once."""
    likely = any(p.code == "W_GROUPED" and p.column and p.value is None for p in problems)
    is_new = likely and not draft.get("asked_for_groups")
    draft["asked_for_groups"] = likely
    return is_new


def start_round() -> None:
    """Let the fields of the next round of questions show the answers that are known so far.

    A field that is in another place in the next round would otherwise lose its answer.
    """
    session.reset_widgets(PREFIX)


def store_problems(draft: dict[str, Any], problems: Sequence[Problem], upload: Upload) -> None:
    """Store the problems of files that were not opened, so that the form shows and asks them."""
    start_round()
    draft["problems"] = with_own_names(problems, draft["names"], upload.place / "given")


def are_answerable(draft: Mapping[str, Any]) -> bool:
    """True if there are errors, and the questions of the form can solve all of them."""
    problems: Sequence[Problem] = draft.get("problems", ())
    errors = [problem for problem in problems if problem.severity == "error"]
    asked = _questions_of(errors) if _first_rows(draft).files else {}
    return bool(errors) and all(_is_asked(problem, asked) for problem in errors)


def draw_questions(draft: dict[str, Any]) -> tuple[dict[str, Any], Mapping[str, str]]:
    """Draw the problems of the last attempt and its questions. Return the options and the questions."""
    problems: Sequence[Problem] = draft.get("problems", ())
    options: dict[str, Any] = dict(draft.get("options", {}))
    first = _first_rows(draft)
    asked = _questions_of(problems) if first.files else {}
    heading = _problems_of_upload(draft, problems, asked)
    if not first.files:
        return options, asked
    likely = _named(problems)
    if "label" in asked:
        if any(problem.code == "E_NOLABEL" for problem in problems):
            options.setdefault("label", likely_label(likely.get("label", ()), first))
        ask("label", asked["label"], first, options, likely.get("label", ()))
    mended = {"positive"} if any(problem.code in BY_ROW for problem in problems) else set()
    for option, question in questions_to_expect(first, options).items():
        if option not in mended:
            asked.setdefault(option, question)
    doubts = bool(meaning_question.doubted_scores(problems))
    first = replace(first, asks_positive="positive" in asked, doubts_scores=doubts)
    if "positive" in asked:
        ask("positive", asked["positive"], first, options)
    for option, question in asked.items():
        if option not in ("label", "positive"):
            ask(option, question, first, options, likely.get(option, ()))
    meanings = meaning_question.ask(problems, first, options)
    if heading is not None:
        number = len(asked) + meanings
        with heading:
            write(lines(strong(questions_before_opening(number, len(first.files))), role="status"))
    asking = [problem for problem in problems if problem.code in WITH_ROWS]
    if asking:
        likely_columns = [name for names in _named(asking).values() for name in names]
        about = [first.label(options), *(problem.column for problem in asking), *likely_columns]
        previewed_files.draw(first, [*about, *first.of_use("decision"), *first.of_use("models")])
    return options, asked


def draw_settings(
    draft: Mapping[str, Any], options: dict[str, Any], asked: Mapping[str, str]
) -> dict[str, Any]:
    """Draw the optional settings of the columns; return all options to read with."""
    first = _first_rows(draft)
    if not first.files:
        return options
    problems: Sequence[Problem] = draft.get("problems", ())
    doubts = meaning_question.doubted_scores(problems)
    errors = {problem.code for problem in problems if problem.severity == "error"}
    # The table is open if other roles of the columns can solve the problems, and no question asks for them.
    can_help = not errors or not HELPED.isdisjoint(errors)
    is_open = can_help and not (doubts or _questions_of(problems))
    with st.expander(TABLE, expanded=is_open):
        first_values = [first.first_values(column.name) for column in first.uses]
        column_table.draw_editor(first.uses, first_values, options, draft.get("edits", 0))
        for option in ("positive", "scale", "decimal"):
            has_values = option != "positive" or first.label(options) is not None
            if option not in asked and has_values:
                ask(option, FORM[option], first, options)
        if not doubts:
            ask("scores_of", FORM["scores_of"], first, options)
    return {key: value for key, value in options.items() if value not in (None, "", [], False)}


def questions_to_expect(first: FirstRows, options: Mapping[str, Any]) -> dict[str, str]:
    """Questions that the next attempt would raise, by option, so that all are asked at once."""
    columns, label = first.columns, first.label(options)
    levels = columns[label]["levels"] if label in columns else ()
    known_levels = [level for level in levels if level.strip().casefold() not in MISSING]
    out = {}
    unknown = sum(spelling(level)[1] < 0 for level in known_levels)
    # If two other values have a meaning, an additional value is probably a mistake in its row.
    if unknown and (unknown == len(known_levels) or len(known_levels) == 2):
        out["positive"] = QUESTIONS["E_POSLABEL" if len(known_levels) == 2 else "E_MULTICLASS"][1]
    used_columns = {label, *first.of_use("id")}
    if any(c["kind"] == "decimal-comma" for name, c in columns.items() if name not in used_columns):
        out["decimal"] = QUESTIONS["E_DECIMAL_COMMA"][1]
    chosen = options.get("models") or ()
    score_columns = chosen or first.of_use("models")
    outside = [
        _outside(columns[name]) or says_percent(name) for name in score_columns if name in columns
    ]
    # Next to probabilities, a column of other numbers is no model unless the reader says so.
    if outside and (any(outside) if chosen else all(outside)):
        out["scale"] = QUESTIONS["E_RANGE"][1]
    return out


def _outside(column: Mapping[str, Any]) -> bool:
    """True if numbers of a column are outside of 0 to 1."""
    return any(column[end] is not None and not 0 <= column[end] <= 1 for end in ("low", "high"))


def _questions_of(problems: Sequence[Problem]) -> dict[str, str]:
    return dict(
        _question(p)
        for p in problems
        if p.code in QUESTIONS and (p.code != "E_CONFLICT" or "label" in _named([p]))
    )


def _question(problem: Problem) -> tuple[str, str]:
    is_answerable = problem.code != "E_JOIN" or Option("common_ids") in problem.parts
    option, question = QUESTIONS[problem.code] if is_answerable else WHICH_IDS
    return option, question.format(column=f"“{plain(problem.column or 'the label')}”")


def _named(problems: Sequence[Problem]) -> dict[str, tuple[str, ...]]:
    """Values that problems suggest for each option, which are the likely answers."""
    options = [part for problem in problems for part in problem.parts if isinstance(part, Option)]
    return {option.keyword: option.values for option in reversed(options)}


def _first_rows(draft: Mapping[str, Any]) -> FirstRows:
    """First rows of the files; empty if there is no preview."""
    return FirstRows((draft.get("preview") or {}).get("files", ()))


def _problems_of_upload(
    draft: dict[str, Any], problems: Sequence[Problem], asked: dict[str, str]
) -> Any:
    """Show the problems, and what to do with the box.

    Returns
    -------
    st.container or None
        Place for a heading above the questions; `None` if the files need more than answers.
    """
    if not problems:
        return None
    with st.container(key="upload_problems", gap="xsmall"):
        answerable = [problem for problem in problems if _is_asked(problem, asked)]
        others = [problem for problem in problems if problem not in answerable]
        errors = [problem for problem in others if problem.severity == "error"]
        # The reason why a column is not used is in its row of the table.
        hidden = {"W_UNUSED"} if _first_rows(draft).files else set()
        # The question right below replaces the hint, and the message if it names no value.
        remaining = [
            replace(problem, hint=None)
            if problem.code in WITH_ROWS or (problem.code == "E_RANGE" and problem.value is None)
            else problem
            for problem in answerable
            if problem.code not in REPEATS_QUESTION or problem.value is not None
        ]
        notes = [p for p in others if p not in errors and p.code not in hidden]
        heading = st.container() if answerable and not errors else None
        labels = FORM | asked
        sentences = [error_markup(in_form_words(problem, labels)) for problem in errors]
        sentences += [question_markup(in_form_words(problem, labels)) for problem in remaining]
        worded = [in_form_words(problem, labels) for problem in notes]
        sentences += notes_markup(worded, is_one_file=len(_first_rows(draft).files) == 1)
        for markup in [*sentences, note(row_numbering(problems))]:
            write(markup)
        if errors and "files" in draft:
            write(note(ALL_TOGETHER))
        if (errors or answerable) and draft.pop("unseen", False):
            st.html(SHOW, unsafe_allow_javascript=True)
    return heading


def _is_asked(problem: Problem, asked: Mapping[str, str]) -> bool:
    """True if a question of the form solves the problem."""
    if problem.code in meaning_question.CODES:
        return bool(meaning_question.doubted_scores([problem]))
    return bool(asked) and bool(_questions_of([problem]))
