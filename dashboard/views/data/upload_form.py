"""Opening files of one's own: the box, the questions that only their owner can answer, and the button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.data.library import Library
from dashboard.markup import escaped, plain
from dashboard.session import drafts, session
from dashboard.views.data import column_table, upload_progress
from dashboard.views.problem_markup import (
    DECIMALS,
    FORM,
    SCALES,
    TABLE,
    error_markup,
    in_form_words,
    lines_markup,
    notes_markup,
)
from dashboard.views.snippets import write
from metrics import Problem
from metrics.errors import Option
from metrics.io.column_uses import ColumnUse, Use
from metrics.io.formats.cells import MISSING
from metrics.io.preview import Area
from metrics.io.schema.label_values import spelling
from metrics.narrative.column_words import SCORES_OF, USES

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
        draft["options"] = form(draft, options, asked)
    if not (opens or looks):
        return
    with place.container():
        write(upload_progress.bar(f"Opening {', '.join(names)} …"))
    upload_progress.begin(library, draft, names, kept=opens)
    session.rerun()


MODELS = "Which columns hold a model’s probability of a defect?"
QUESTIONS = {
    "E_POSLABEL": ("positive", "Which label value means defective?"),
    "E_LABELSENSE": ("positive", "Which value of {column} means defective?"),
    "E_MULTICLASS": ("positive", "Which label value means defective? The others count as good."),
    "E_RANGE": ("scale", "What are the scores? Not all of them lie between 0 and 1."),
    "E_DECIMAL_COMMA": ("decimal", "Is the comma the decimal sign?"),
    "E_NOLABEL": ("label", "Which column is the label?"),
    "E_TWOLABELS": ("label", "Which column is the true label?"),
    "E_CONFLICT": ("label", "Which column is the true label?"),
    "E_NOMODEL": ("models", "Which columns are the models’ scores?"),
    "E_WHICHMODELS": ("models", "Which columns are the models’ scores?"),
    "E_COMPLEMENT": ("models", MODELS),
    "E_CLASSCOLUMN": ("models", MODELS),
    "E_TOPK": ("models", "Which column is the model’s score?"),
    "E_NOID": ("id", "Which column names the unit?"),
    "E_JOIN": ("common_ids", FORM["common_ids"]),
}
"""By the gate's code: the option that answers it, and how a person is asked."""
OF_MEANING = ("E_PREDICTED", "E_REVERSED")
"""Codes that ask what a score is of."""
WITH_ROWS = {
    *OF_MEANING,
    "E_TWOLABELS",
    "E_LABELSENSE",
    "E_WHICHMODELS",
    "E_COMPLEMENT",
    "E_CLASSCOLUMN",
    "E_TOPK",
}
"""Codes that the first rows help to answer."""
WHICH_IDS = ("id", "Which columns name the unit, in each of the files?")
"""Asked instead where the files cannot be joined on what is common to them."""
BY_ROW = {"E_LABEL", "E_LABEL_NA"}
"""What is to be mended in a row, and not by taking a label's values otherwise."""
CHOOSE = "choose"
ALL_BUT = "all but "
"""Before the only value that is no defect."""
HELPED = {"E_COLUMN", "E_CONFLICT", "E_TYPE", "E_WEIGHT"}
"""Further codes whose cause may be what a column was taken for."""
SEEN_ROWS, SEEN_COLUMNS, SEEN_AREAS = 5, 8, 3
# Whoever opened a file further up would not see that it was refused.
SHOW = """<script>
document.querySelector('.st-key-upload_refused')?.scrollIntoView({block: 'nearest'});
</script>"""


@dataclass(frozen=True)
class FirstRows:
    """What the first rows of the files show, as the process that read them told it.

    Attributes
    ----------
    files : sequence of mapping
        Fields of `metrics.io.preview.FilePreview`.
    asks_positive : bool
        Which label value is the defect is known only once it is answered.
    """

    files: Sequence[Mapping[str, Any]]
    asks_positive: bool = False

    @property
    def columns(self) -> dict[str, Mapping[str, Any]]:
        """Columns of all files by name."""
        return {column["name"]: column for file in self.files for column in file["columns"]}

    @property
    def uses(self) -> list[ColumnUse]:
        """What each column is taken for; one that several files have alike once."""
        return list(
            dict.fromkeys(ColumnUse(**c["taken"]) for f in self.files for c in f["columns"])
        )

    def of_use(self, *uses: Use) -> list[str]:
        """Names of the columns that are taken for one of these."""
        return [column.name for column in self.uses if column.use in uses]

    def first_values(self, name: str) -> str:
        """The first values of a column, in one line."""
        for file in self.files:
            names = [column["name"] for column in file["columns"]]
            if name in names:
                return ", ".join(row[names.index(name)] for row in file["rows"][:3])
        return ""

    def decisions_of(self, name: str) -> list[str]:
        """Columns that may hold the predicted class of a column of confidences."""
        areas = self.columns.get(name, {}).get("areas", ())
        return [area["decision"] for area in areas if area["decision"] is not None]

    def label(self, options: Mapping[str, Any]) -> str | None:
        """The label column, as named or as recognised."""
        named: str | None = options.get("label")
        return named or next(iter(self.of_use("label")), None)

    def area(
        self, name: str, options: Mapping[str, Any], of: str = "defect", decision: str | None = None
    ) -> str:
        """AUC of a column in the first rows, read in one way, in words; empty where it is unknown."""
        said = options.get("label") in (None, *self.of_use("label"))
        for area in (Area(**area) for area in self.columns.get(name, {}).get("areas", ())):
            level = options.get("positive") or (None if self.asks_positive else area.positive)
            if said and (area.of, area.decision) == (of, decision) and level is not None:
                return f"AUC {area.if_positive(level):.2f}"
        return ""


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
    first = _first_rows(draft)
    if not first.files:
        return options, asked
    likely = _named(problems)
    if "label" in asked:
        _ask("label", asked["label"], first, options, likely.get("label", ()))
    mended = {"positive"} if any(problem.code in BY_ROW for problem in problems) else set()
    for option, question in foreseen(first, options).items():
        if option not in mended:
            asked.setdefault(option, question)
    first = replace(first, asks_positive="positive" in asked)
    if "positive" in asked:
        _ask("positive", asked["positive"], first, options)
    for option, question in asked.items():
        if option not in ("label", "positive"):
            _ask(option, question, first, options, likely.get(option, ()))
    _ask_meanings(problems, first, options)
    _show_rows(problems, first, options)
    return options, asked


def form(
    draft: Mapping[str, Any], options: dict[str, Any], asked: Mapping[str, str]
) -> dict[str, Any]:
    """What else an owner may say of the columns; gives all options to read with."""
    first = _first_rows(draft)
    if not first.files:
        return options
    problems: Sequence[Problem] = draft.get("problems", ())
    helps = _helps(problems) and not _asks(problems)
    with st.expander(TABLE, expanded=helps):
        values = [first.first_values(column.name) for column in first.uses]
        column_table.edit(first.uses, values, options, draft.get("edits", 0))
        for option in ("positive", "scale", "decimal"):
            if option not in asked:
                _ask(option, FORM[option], first, options)
        if not _meanings(problems):
            _ask("scores_of", FORM["scores_of"], first, options)
    return {key: value for key, value in options.items() if value not in (None, "", [], False)}


def foreseen(first: FirstRows, options: Mapping[str, Any]) -> dict[str, str]:
    """What will be asked once the files are read on, by option: it is asked together with the rest."""
    columns, label = first.columns, first.label(options)
    levels = columns[label]["levels"] if label in columns else ()
    known_levels = [level for level in levels if level.strip().casefold() not in MISSING]
    out = {}
    unknown = sum(spelling(level)[1] < 0 for level in known_levels)
    # Where two others have a meaning, one more is more likely a slip in its row.
    if unknown and (unknown == len(known_levels) or len(known_levels) == 2):
        out["positive"] = QUESTIONS["E_POSLABEL" if len(known_levels) == 2 else "E_MULTICLASS"][1]
    taken = {label, *first.of_use("id")}
    if any(c["kind"] == "decimal-comma" for name, c in columns.items() if name not in taken):
        out["decimal"] = QUESTIONS["E_DECIMAL_COMMA"][1]
    chosen = options.get("models") or ()
    names = chosen or first.of_use("models")
    outside = [_outside(columns[name]) for name in names if name in columns]
    # Beside probabilities a column of other numbers is no model, unless it is said to be one.
    if outside and (any(outside) if chosen else all(outside)):
        out["scale"] = QUESTIONS["E_RANGE"][1]
    return out


def _outside(column: Mapping[str, Any]) -> bool:
    """Whether numbers of a column lie outside 0 to 1."""
    return any(column[end] is not None and not 0 <= column[end] <= 1 for end in ("low", "high"))


def _asks(problems: Sequence[Problem]) -> bool:
    """Whether one of the problems is a question that is asked in place."""
    return bool(_questions_of(problems) or _meanings(problems))


def _questions_of(problems: Sequence[Problem]) -> dict[str, str]:
    return dict(
        _question(p)
        for p in problems
        if p.code in QUESTIONS and (p.code != "E_CONFLICT" or "label" in _named([p]))
    )


def _question(problem: Problem) -> tuple[str, str]:
    agreeable = problem.code != "E_JOIN" or Option("common_ids") in problem.parts
    option, question = QUESTIONS[problem.code] if agreeable else WHICH_IDS
    return option, question.format(column=f"“{plain(problem.column or 'the label')}”")


def _named(problems: Sequence[Problem]) -> dict[str, tuple[str, ...]]:
    """Values that the problems name for an option: these are the likely answers."""
    options = [part for problem in problems for part in problem.parts if isinstance(part, Option)]
    return {option.keyword: option.values for option in reversed(options)}


@dataclass(frozen=True)
class Doubted:
    """Scores of which it is asked what they are of, with one answer for all of them.

    Attributes
    ----------
    columns : tuple of str
    prefixes : tuple of str
        What stands before the answer in ``scores_of``, of each column.
    decisions : tuple of str
        Columns that may hold their predicted class.
    """

    columns: tuple[str, ...]
    prefixes: tuple[str, ...]
    decisions: tuple[str, ...]


def _meanings(problems: Sequence[Problem]) -> list[Doubted]:
    """Scores that a problem of their meaning names, one after the other."""
    found = []
    for problem in problems:
        values = {part.keyword: part.values for part in problem.parts if isinstance(part, Option)}
        if problem.code in OF_MEANING and "scores_of" in values and problem.column:
            before, sign, _ = values["scores_of"][0].rpartition("=")
            found.append(Doubted((problem.column,), (before + sign,), values.get("decision", ())))
    return found


def _ask_meanings(problems: Sequence[Problem], first: FirstRows, options: dict[str, Any]) -> None:
    """Ask what scores are of: once for all, unless each may have a predicted class of its own."""
    doubted = _meanings(problems)
    is_ranked = any(problem.code == "E_TOPK" for problem in problems)
    if is_ranked and len(options.get("models") or ()) == 1:
        # The score of the most likely class is a confidence, unless its column is the defect's.
        doubted = [Doubted(tuple(options["models"]), ("",), ())]
    if not doubted:
        return
    hinted = [name for one in doubted for name in one.decisions]
    found = [*hinted, *first.of_use("decision")] or first.decisions_of(doubted[0].columns[0])
    decisions = tuple(dict.fromkeys(found))
    if (
        len(decisions) < 2
        and len({problem.code for problem in problems if problem.code in OF_MEANING}) < 2
    ):
        columns = tuple(name for one in doubted for name in one.columns)
        prefixes = tuple(before for one in doubted for before in one.prefixes)
        doubted = [Doubted(columns, prefixes, decisions)]
    chosen = [_ask_meaning(replace(one, decisions=decisions), first, options) for one in doubted]
    named = set(filter(None, chosen))
    if named:
        options["decision"] = named.pop() if len(named) == 1 else None
    if named:
        st.caption("Only one column of the predicted class can be read: use one of these models.")
    if is_ranked and not options.get("scores_of"):
        options["models"] = None  # which is asked again until both are answered


def _ask_meaning(one: Doubted, first: FirstRows, options: dict[str, Any]) -> str | None:
    """Ask what scores are of, with the AUC of the first rows for each answer.

    Returns
    -------
    str or None
        Column of the predicted class, where the scores are the confidence in it.
    """
    ways: list[tuple[str, str | None]] = [("defect", None), ("good", None)]
    ways += [("predicted", name) for name in one.decisions or (None,)]
    if len(first.of_use("models")) > len(one.columns):
        ways.append(("ignore", None))
    stems = {before.removesuffix("=") for before in one.prefixes}
    given, ignored = options.get("scores_of") or [], options.get("ignore") or []
    said = [one.prefixes[0] + of in given for of, _ in ways]
    index = next(
        (
            k
            for k, (of, name) in enumerate(ways)
            if (said[k] and name in (None, options.get("decision")))
            or (of == "ignore" and one.columns[0] in ignored)
        ),
        None,
    )
    key = f"answer_scores_of_{one.columns[0]}"
    several = len(one.columns) > 1
    named = " and ".join(f"“{plain(name)}”" for name in one.columns)
    answer = st.radio(
        f"What {'are the scores' if several else 'is the score'} in {named}?",
        range(len(ways)),
        index=None if key in st.session_state else index,
        format_func=lambda k: _way(*ways[k]),
        captions=[_areas_words(one.columns, first, options, *way) for way in ways],
        key=key,
    )
    if answer is None:
        return None
    of, decision = ways[answer]
    options["ignore"] = [name for name in ignored if name not in one.columns]
    options["scores_of"] = [word for word in given if word.rpartition("=")[0] not in stems]
    if of == "ignore":
        options["ignore"] += one.columns
    else:
        options["scores_of"] += [before + of for before in one.prefixes]
    return decision


def _way(of: str, decision: str | None) -> str:
    """What scores may be of, in words."""
    words = SCORES_OF.get(of, USES["ignore"])
    return words if decision is None else f"{words} “{plain(decision)}”"


def _areas_words(
    columns: Sequence[str],
    first: FirstRows,
    options: Mapping[str, Any],
    of: str = "defect",
    decision: str | None = None,
) -> str:
    """The AUC of some columns in the first rows, read in one way."""
    areas = {name: first.area(name, options, of, decision) for name in columns[:SEEN_AREAS]}
    if len(columns) == 1:
        return areas[columns[0]]
    return ", ".join(f"{plain(name)} {area}" for name, area in areas.items() if area)


def _show_rows(problems: Sequence[Problem], first: FirstRows, options: Mapping[str, Any]) -> None:
    """Show the first rows of the columns that a question is about."""
    asking = [problem for problem in problems if problem.code in WITH_ROWS]
    if not asking:
        return
    about = [problem.column for problem in asking]
    about += [name for names in _named(asking).values() for name in names]
    about += [*first.of_use("decision"), *first.of_use("models")]
    wanted = dict.fromkeys([first.label(options), *about])
    for file in first.files:
        names = [column["name"] for column in file["columns"]]
        shown = [name for name in wanted if name in names][:SEEN_COLUMNS]
        if not shown:
            continue
        rows = [[row[names.index(name)] for name in shown] for row in file["rows"][:SEEN_ROWS]]
        write('<p class="cg-note">First rows</p>')
        st.dataframe(
            pd.DataFrame(rows, columns=shown),
            hide_index=True,
            key=f"first_rows_{file['name']}",
            alt="First rows of the columns that are asked about",
        )


def _first_rows(draft: Mapping[str, Any]) -> FirstRows:
    """What was seen of the files; without files where nobody could look."""
    return FirstRows((draft.get("preview") or {}).get("files", ()))


def _problems_of_upload(
    draft: dict[str, Any], problems: Sequence[Problem], asked: dict[str, str]
) -> None:
    """What is wrong, and what to do with the box."""
    if not problems:
        return
    with st.container(key="upload_refused", gap="xsmall"):
        worded = [in_form_words(_without_answer(problem), FORM | asked) for problem in problems]
        errors = [problem for problem in worded if problem.severity == "error"]
        # Why a column is not used stands in its row of the table.
        unsaid = {"W_UNUSED"} if _first_rows(draft).files else set()
        notes = [p for p in worded if p.severity != "error" and p.code not in unsaid]
        sentences = [error_markup(problem) for problem in errors]
        sentences += notes_markup(notes, one_file=len(draft.get("files", ())) == 1)
        for markup in filter(None, [*sentences, lines_markup(problems)]):
            write(markup)
        if any(problem.code not in {*QUESTIONS, *OF_MEANING} for problem in errors):
            write(
                '<p class="cg-note">All files in the box are opened together: remove what was refused, '
                "or add what belongs to it.</p>"
            )
        if errors and draft.pop("unseen", False):
            st.html(SHOW, unsafe_allow_javascript=True)


def _without_answer(problem: Problem) -> Problem:
    """The problem without its next act, where that is the question right below it."""
    return replace(problem, hint=None) if problem.code in WITH_ROWS else problem


def _helps(problems: Sequence[Problem]) -> bool:
    """Whether saying what the columns are can resolve what is wrong, or nothing is."""
    errors = [problem.code for problem in problems if problem.severity == "error"]
    return not errors or any(code in HELPED for code in errors)


def _ask(
    option: str,
    question: str,
    first: FirstRows,
    options: dict[str, Any],
    likely: Sequence[str] = (),
) -> None:
    """One question; the answer goes into ``options``."""
    key, given = f"answer_{option}", options.get(option)
    columns = list(dict.fromkeys([*likely, *first.columns]))
    if option in ("id", "models"):
        fit = [n for n in columns if option != "models" or first.columns[n]["kind"] != "text"]
        kept = [name for name in given or [] if name in fit]
        options[option] = st.multiselect(
            question,
            fit,
            default=None if key in st.session_state else kept,
            format_func=lambda name: " · ".join(
                filter(None, [name, first.area(name, options) if name in likely else ""])
            ),
            key=key,
            placeholder=CHOOSE,
        )
    elif option in ("label", "decision"):
        options[option] = _select(question, columns, given, key)
    elif option == "positive":
        _ask_positive(question, first, options, key)
    elif option == "scores_of":
        of = _select(question, list(SCORES_OF), next(iter(given or ()), None), key, SCORES_OF)
        options[option] = [of] if of else given
    elif option == "scale":
        options[option] = _select(question, list(SCALES), given, key, SCALES)
    elif option == "decimal":
        options[option] = _select(question, list(DECIMALS), given, key, DECIMALS)
    else:
        options[option] = st.checkbox(question, value=bool(given), key=key)


def _ask_positive(question: str, first: FirstRows, options: dict[str, Any], key: str) -> None:
    """Ask which value of the label is the defect; of several also which is the only good one."""
    label = first.label(options)
    levels = list(first.columns[label]["levels"]) if label in first.columns else []
    given = options.pop("positive", None)
    good = options.pop("negative", None)
    if not levels:
        options["positive"] = st.text_input(question, value=given or "", key=key)
        return
    models = options.get("models") or first.of_use("models")
    names = {
        level: _areas_words(models, first, {**options, "positive": level}) if models else ""
        for level in levels
    }
    values = levels + ([ALL_BUT + level for level in levels] if len(levels) > 2 else [])
    chosen = _select(question, values, given or (good and ALL_BUT + good), key)
    if chosen in levels:
        options["positive"] = chosen
    elif chosen is not None:
        options["negative"] = chosen.removeprefix(ALL_BUT)
    if any(names.values()):
        st.caption(" · ".join(f"if {plain(level)}: {area}" for level, area in names.items()))


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
        index=None if key in st.session_state or given not in values else values.index(given),
        format_func=lambda value: (names or {}).get(value, value),
        placeholder=CHOOSE,
        key=key,
    )
