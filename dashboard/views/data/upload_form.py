"""Opening files of one's own: the box, the questions that only their owner can answer, and the button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.data.library import Library
from dashboard.markup import escaped
from dashboard.session import drafts, session
from dashboard.views.data import upload_progress
from dashboard.views.problem_markup import (
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
from metrics.io.schema.label_values import spelling

HELD_OUT_ANSWERS = {
    "held-out": "held out: no model saw them",
    "out-of-fold": "out of fold",
    "training": "training rows",
    "unknown": "I do not know",
}


FORMATS = "CSV, TSV, Parquet, JSON lines or NPZ; plain, .gz or .zst; or a tally"


def draw(library: Library) -> None:
    """The upload box, or the upload on its way."""
    write('<h2 class="cg-title">Open your own files</h2>')
    draft = drafts.draft()
    busy = draft.get("upload") is not None
    # Drawn also while a file is read: what is not drawn for one run loses its files.
    files = st.file_uploader(
        f"Score files: {FORMATS}",
        accept_multiple_files=True,
        help="One score file; a label file and score files that join on the id; or one tally, which holds "
        "counts instead of rows.",
        key=f"upload_{draft.get('turn', 0)}",
        disabled=busy,
        on_change=_files_changed,
    )
    draft["held_out"] = st.selectbox(
        "The rows of your own files were",
        list(HELD_OUT_ANSWERS),
        index=list(HELD_OUT_ANSWERS).index(draft.get("held_out", "unknown")),
        format_func=HELD_OUT_ANSWERS.__getitem__,
        key="upload_rows",
        disabled=busy,
    )
    if files:
        draft["files"] = files
    # One place for either: what stood in it is gone as soon as something else does.
    place = st.empty()
    if busy:
        with place.container():
            upload_progress.progress(library)
    elif draft.get("files"):
        _files_to_open(library, draft, place, from_before=not files)
    elif draft.get("opened") == session.current().data:
        with place.container(horizontal=True, vertical_alignment="center"):
            write(
                '<p class="cg-lines" role="status">It is open; what was read stands on the left.</p>'
            )
            st.button(
                "Go to Decide",
                type="primary",
                key="opened_go",
                on_click=drafts.switch_page,
                args=("Decide",),
            )


def _files_changed() -> None:
    """Files were put into the box or taken out: answers to the former ones are void."""
    if drafts.draft().get("upload") is None:
        upload_progress.drop(drafts.draft())


def _files_to_open(
    library: Library, draft: dict[str, Any], place: DeltaGenerator, *, from_before: bool
) -> None:
    """Files that are not being read now: their questions, and the button that opens them."""
    names = upload_progress.names_of([file.name for file in draft["files"]])
    with place.container():
        if draft.get("cancelled"):
            still = "file is" if len(names) == 1 else "files are"
            write(f'<p class="cg-lines" role="status">Cancelled; the {still} still here.</p>')
        if from_before:
            # The box forgets when its reader turns the page; the files are still here.
            with st.container(horizontal=True, vertical_alignment="center", key="upload_before"):
                write(f'<p class="cg-note">Given before: {escaped(", ".join(names))}</p>')
                st.button(
                    "Put away",
                    type="tertiary",
                    key="upload_away",
                    on_click=upload_progress.drop,
                    args=(draft,),
                )
        options, asked = questions(draft)
        with st.container(horizontal=True):
            opens = st.button(
                "Open", type="primary", key="upload_open", icon=":material/folder_open:"
            )
            looks = "preview" not in draft and st.button(
                "Look first",
                type="tertiary",
                key="upload_look",
                help="Shows what the first rows are taken for, and lets you say otherwise.",
            )
        before = draft.get("options", {}).get("label")
        draft["options"] = form(draft, options, asked)
    if not (opens or looks):
        if "label" not in asked and draft["options"].get("label") != before:
            session.rerun()  # what there is to ask of its values stands further up
        return
    with place.container():
        write(upload_progress.bar(f"Opening {', '.join(names)} …"))
    upload_progress.begin(library, draft, names, kept=opens)
    session.rerun()


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
