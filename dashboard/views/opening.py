"""Opening files of one's own: upload, progress, and the questions that only the owner can answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import cache, session
from dashboard.intake import Intake, Limits, Upload, problems_of
from dashboard.library import Library, with_own_names
from dashboard.views.parts import (
    DECIMALS,
    FORM,
    SCALES,
    escaped,
    in_form_words,
    problem_markup,
    write,
)
from metrics import Problem
from metrics.wording import number

HELD_OUT = {
    "held-out": "held out: no model saw them",
    "out-of-fold": "out of fold",
    "training": "training rows",
    "unknown": "I do not know",
}
QUESTIONS = {
    "E_POSLABEL": ("positive", "Which label value means defective?"),
    "E_MULTICLASS": ("positive", "Which label value means defective? The others count as good."),
    "E_LABEL": ("positive", "Which label value means defective?"),
    "E_RANGE": ("scale", "What are the scores? They are not probabilities."),
    "E_DECIMAL_COMMA": ("decimal", "Is the comma the decimal sign?"),
    "E_NOLABEL": ("label", "Which column is the label?"),
    "E_NOMODEL": ("models", "Which columns are the models’ scores?"),
    "E_NOID": ("id", "Which column names the unit?"),
    "E_JOIN": ("common_ids", FORM["common_ids"]),
}
"""By the gate's code: the option that answers it, and how a person is asked."""


def draw(library: Library) -> None:
    """The upload box, or the upload on its way."""
    write('<h2 class="cg-title">Open your own files</h2>')
    draft = session.draft()
    busy = draft.get("upload") is not None
    # Drawn also while a file is read: what is not drawn for one run loses its files.
    files = st.file_uploader(
        "Score files",
        accept_multiple_files=True,
        help="One score file, or a label file and score files that join on the id. CSV, TSV, Parquet, "
        "JSON lines, NPZ; plain, .gz or .zst.",
        key=f"upload_{draft.get('turn', 0)}",
        disabled=busy,
        on_change=_given,
    )
    draft["held_out"] = st.selectbox(
        "The rows were",
        list(HELD_OUT),
        index=list(HELD_OUT).index(draft.get("held_out", "unknown")),
        format_func=HELD_OUT.__getitem__,
        key="upload_rows",
        disabled=busy,
    )
    if files:
        draft["files"] = files
    if busy:
        _progress(library)
    elif draft.get("files"):
        _ready(library, draft, from_before=not files)


def _given() -> None:
    """Files were put into the box or taken out: answers to the former ones are void."""
    if session.draft().get("upload") is None:
        _drop(session.draft())


def _drop(draft: dict[str, Any], *, anew: bool = False) -> None:
    """Forget an upload's files, problems and answers; ``anew``: by a fresh upload box."""
    turn = draft.get("turn", 0) + anew
    draft.clear()
    draft["turn"] = turn


def _ready(library: Library, draft: dict[str, Any], *, from_before: bool) -> None:
    """Files that are not being read now: their questions, and the button that opens them."""
    names = _names([file.name for file in draft["files"]])
    if from_before:
        # The box forgets when its reader turns the page; the files are still here.
        with st.container(horizontal=True, vertical_alignment="center", key="upload_before"):
            write(f'<p class="cg-note">Given before: {escaped(", ".join(names))}</p>')
            st.button("Put away", type="tertiary", key="upload_away", on_click=_drop, args=(draft,))
    draft["options"] = _questions(draft)
    with st.container(horizontal=True):
        if st.button("Open", type="primary", key="upload_open", icon=":material/folder_open:"):
            _start(library, draft, names)
            st.rerun()
        if "inspection" not in draft and st.button(
            "Look first",
            type="tertiary",
            key="upload_look",
            help="Shows what the first rows are taken for, and lets you say otherwise.",
        ):
            _look(library, draft, names)
            st.rerun()


def _names(given: Sequence[str]) -> tuple[str, ...]:
    """Names of uploads as they may lie in a folder: no path, none twice, 200 bytes at most."""
    names: list[str] = []
    for name in given:
        base = Path(name.replace("\\", "/")).name.lstrip(".")
        base = base.encode()[-200:].decode(errors="ignore") or "scores.csv"
        while base in names:
            base = f"{len(names) + 1}-{base}"
        names.append(base)
    return tuple(names)


def _laid(place: Path, draft: Mapping[str, Any], names: Sequence[str]) -> list[Path]:
    """Write what was uploaded to the server's folder, for the process that reads it."""
    given = place / "given"
    given.mkdir()
    paths = [given / name for name in names]
    for path, file in zip(paths, draft["files"], strict=True):
        path.write_bytes(file.getvalue())
    return paths


def _start(library: Library, draft: dict[str, Any], names: tuple[str, ...]) -> None:
    place = library.shelf.workplace()
    paths = _laid(place, draft, names)
    out = place / "out"
    out.mkdir()
    read_as = {**draft["options"], "rows": draft["held_out"]}
    job = Intake(paths, read_as, out / "rows.parquet", Limits())
    upload = Upload(job, place, cache.presence())
    library.begin(upload)
    for key in ("problems", "inspection"):
        draft.pop(key, None)
    draft.update(names=names, upload=upload)


def _look(library: Library, draft: dict[str, Any], names: tuple[str, ...]) -> None:
    """Find out what the first rows show, before anything is opened."""
    place = library.shelf.workplace()
    paths = _laid(place, draft, names)
    with st.spinner("Reading the first rows …"):
        upload = Upload(Intake(paths, draft["options"], None), place, cache.presence())
        library.begin(upload)
        found = upload.job.wait()
    library.done_with(upload)
    draft["inspection"] = found
    draft["problems"] = with_own_names(problems_of(found), names)


def watch() -> None:
    """Say on another page that an upload has been read, where there is one."""
    if session.draft().get("upload") is not None:
        _watch()


@st.fragment(run_every=1.0)
def _watch() -> None:
    draft = session.draft()
    upload: Upload | None = draft.get("upload")
    if upload is None:
        return
    upload.presence = cache.presence()
    if not upload.job.running and not draft.get("told"):
        draft["told"] = True
        names = ", ".join(draft["names"])
        done = "has been read" if upload.job.wait()["ok"] else "raises questions"
        st.toast(f"{_plain(names)} {done}: see the Data page.", duration="long")


def _plain(text: str) -> str:
    """A text of the reader's own as it is, where Streamlit would read it as Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~:$" else c for c in text)


@st.fragment(run_every=0.4)
def _progress(library: Library) -> None:
    """Rows so far and a way out, until the child process has answered."""
    draft = session.draft()
    upload: Upload | None = draft.get("upload")
    if upload is None:
        return
    upload.presence = cache.presence()
    if upload.job.running:
        write(
            f'<p class="cg-lines" role="status">Reading {escaped(", ".join(draft["names"]))}: '
            f"{number(upload.job.rows)} rows so far.</p>"
        )
        if st.button("Cancel", key="upload_cancel"):
            _leave(library, draft, upload)
            st.rerun()
        return
    result = upload.job.wait()
    if result["ok"]:
        rows = upload.place / "out" / "rows.parquet"
        dataset = library.keep(result, rows, draft["names"], draft["held_out"])
        _leave(library, draft, upload)
        _drop(draft, anew=True)
        session.open_data(dataset.fingerprint)
        st.rerun()
    inspection = upload.job.inspection
    problems = problems_of(result)
    if inspection:
        noted = [p for p in problems_of(inspection) if p.severity == "warning"]
        problems = (*problems, *(p for p in noted if p not in problems))
        draft["inspection"] = inspection
    draft["problems"] = with_own_names(problems, draft["names"])
    _leave(library, draft, upload)
    st.rerun()


def _leave(library: Library, draft: dict[str, Any], upload: Upload) -> None:
    """End an upload and remove what it left in the server's folder; its files stay with the reader."""
    for key in ("upload", "told"):
        draft.pop(key, None)
    library.done_with(upload)


def _questions(draft: dict[str, Any]) -> dict[str, Any]:
    """Problems of the last try, and the form that answers them; gives the options to read with."""
    problems: Sequence[Problem] = draft.get("problems", ())
    options: dict[str, Any] = dict(draft.get("options", {}))
    asked = dict(QUESTIONS[p.code] for p in problems if p.code in QUESTIONS)
    for problem in problems:
        write(problem_markup(in_form_words(problem, FORM | asked)))
    inspection = draft.get("inspection")
    if inspection is None:
        return options
    for option, question in asked.items():
        _ask(option, question, inspection, options)
    with st.expander("Say what the columns are", expanded=not asked):
        for option, question in FORM.items():
            if option not in asked and option != "common_ids":
                _ask(option, question, inspection, options)
    return {key: value for key, value in options.items() if value not in (None, "", [], False)}


def _ask(
    option: str, question: str, inspection: Mapping[str, Any], options: dict[str, Any]
) -> None:
    """One question; the answer goes into ``options``."""
    files = inspection.get("files", [])
    columns = {column["name"]: column for file in files for column in file["columns"]}
    found = next((file["detected"]["label"] for file in files if file["detected"]["label"]), None)
    key, given = f"answer_{option}", options.get(option)
    taken = next((d for file in files if (d := file["detected"].get(option))), "")
    names = taken if isinstance(taken, str) else ", ".join(taken)
    hint = f"as recognised: {names}" if names else "as recognised"
    if option in ("id", "models", "segments"):
        fit = [n for n, c in columns.items() if option != "models" or c["kind"] != "text"]
        kept = [name for name in given or [] if name in fit]
        options[option] = st.multiselect(question, fit, default=kept, key=key, placeholder=hint)
    elif option in ("label", "model_key", "score", "weight", "value", "group"):
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
    hint: str = "as recognised",
) -> str | None:
    return st.selectbox(
        question,
        values,
        index=values.index(given) if given in values else None,
        format_func=lambda value: (names or {}).get(value, value),
        placeholder=hint,
        key=key,
    )
