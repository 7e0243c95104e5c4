"""Opening files of one's own: upload, progress, and the questions that only the owner can answer."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import session
from dashboard.intake import Intake, Limits, problems_of
from dashboard.library import Library, with_own_names
from dashboard.views.parts import escaped, write
from metrics import Problem
from metrics.wording import number

HELD_OUT = {
    "held-out": "held out: no model saw them",
    "out-of-fold": "out of fold",
    "training": "training rows",
    "unknown": "I do not know",
}
SCALES = {
    "probability": "probabilities, 0 to 1",
    "percent": "per cent, 0 to 100",
    "logit": "log-odds",
    "rank": "only a ranking",
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
    "E_JOIN": ("common_ids", "Compare on the units that all files have?"),
}
"""By the gate's code: the option that answers it, and how a person is asked."""


def draw(library: Library) -> None:
    """The upload box, or the upload on its way."""
    write('<h2 class="cg-title">Open your own files</h2>')
    draft = session.draft()
    busy = draft.get("job") is not None
    # Drawn also while a file is read: what is not drawn for one run loses its files.
    files = st.file_uploader(
        "Score files",
        accept_multiple_files=True,
        help="One score file, or a label file and score files that join on the id. CSV, TSV, Parquet, "
        "JSON lines, NPZ; plain, .gz or .zst.",
        key=f"upload_{draft.get('turn', 0)}",
        disabled=busy,
    )
    held_out = st.selectbox(
        "The rows were",
        list(HELD_OUT),
        index=3,
        format_func=HELD_OUT.__getitem__,
        key="upload_rows",
        disabled=busy,
    )
    if busy:
        _progress(library)
        return
    if not files:
        _drop(draft)
        return
    names = _names([file.name for file in files])
    if draft.get("names") != names:
        _drop(draft)
    options = _questions(draft)
    if st.button("Open", type="primary", key="upload_open", icon=":material/folder_open:"):
        _start(library, [file.getvalue() for file in files], names, held_out, options)
        st.rerun()


def _drop(draft: dict[str, Any], *, anew: bool = False) -> None:
    """Forget an upload's problems and answers; ``anew``: its files as well, by a fresh upload box."""
    turn = draft.get("turn", 0) + anew
    draft.clear()
    draft["turn"] = turn


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


def _start(
    library: Library,
    contents: Sequence[bytes],
    names: tuple[str, ...],
    held_out: str,
    options: Mapping[str, Any],
) -> None:
    place = library.shelf.workplace()
    paths = []
    given, out = place / "given", place / "out"
    given.mkdir()
    for name, content in zip(names, contents, strict=True):
        path = given / name
        path.write_bytes(content)
        paths.append(path)
    out.mkdir()
    read_as = {**options, "rows": held_out}
    _drop(session.draft())
    session.draft().update(
        names=names,
        held_out=held_out,
        options=dict(options),
        read_as=read_as,
        place=place,
        paths=paths,
        job=Intake(paths, read_as, out / "rows.parquet", Limits()),
    )


@st.fragment(run_every=0.4)
def _progress(library: Library) -> None:
    """Rows so far and a way out, until the child process has answered."""
    draft = session.draft()
    job: Intake | None = draft.get("job")
    if job is None:
        return
    if job.running:
        write(
            f'<p class="cg-lines" role="status">Reading {escaped(", ".join(draft["names"]))}: '
            f"{number(job.rows)} rows so far.</p>"
        )
        if st.button("Cancel", key="upload_cancel"):
            job.cancel()
            _put_away(draft["place"])
            _drop(draft)
            st.rerun()
        return
    result = job.wait()
    draft["job"] = None
    if result["ok"]:
        rows = draft["place"] / "out" / "rows.parquet"
        dataset = library.keep(result, rows, draft["names"], draft["held_out"])
        _put_away(draft["place"])
        _drop(draft, anew=True)
        session.open_data(dataset.fingerprint)
        st.rerun()
    inspection = Intake(draft["paths"], draft["read_as"], None, Limits()).wait()
    refused = problems_of(result)
    noted = [p for p in problems_of(inspection) if p.severity == "warning" and p not in refused]
    draft["problems"] = [with_own_names(p, draft["names"]) for p in (*refused, *noted)]
    draft["inspection"] = inspection
    _put_away(draft["place"])
    st.rerun()


def _put_away(place: Path) -> None:
    """Remove what an upload left in the server's folder; the upload box still has the files."""
    shutil.rmtree(place, ignore_errors=True)


def _questions(draft: dict[str, Any]) -> dict[str, Any]:
    """Problems of the last try, and the form that answers them; gives the options to read with."""
    problems: list[Problem] = draft.get("problems", [])
    options: dict[str, Any] = dict(draft.get("options", {}))
    if not problems:
        return options
    for problem in problems:
        write(f'<p class="cg-problem"><code>{escaped(problem.code)}</code> {escaped(problem)}</p>')
    inspection = draft.get("inspection", {})
    asked = [QUESTIONS[p.code] for p in problems if p.code in QUESTIONS]
    for option, question in dict(asked).items():
        _ask(option, question, inspection, options)
    with st.expander("Say what the columns are", expanded=not asked):
        for option, question in MORE.items():
            if option not in dict(asked):
                _ask(option, question, inspection, options)
    return {key: value for key, value in options.items() if value not in (None, "", [], False)}


MORE = {
    "label": "Label column",
    "positive": "Label value that means defective",
    "id": "Id columns",
    "models": "Score columns of the models",
    "scale": "Scores are",
    "decimal": "Decimal sign",
    "model_key": "Long file: column with the model’s name",
    "score": "Long file: column with the score",
}


def _ask(
    option: str, question: str, inspection: Mapping[str, Any], options: dict[str, Any]
) -> None:
    """One question; the answer goes into ``options``."""
    files = inspection.get("files", [])
    columns = {column["name"]: column for file in files for column in file["columns"]}
    found = next((file["detected"]["label"] for file in files if file["detected"]["label"]), None)
    key, given = f"answer_{option}", options.get(option)
    if option in ("id", "models"):
        numeric = [n for n, c in columns.items() if option == "id" or c["kind"] != "text"]
        options[option] = st.multiselect(question, numeric, default=given or [], key=key)
    elif option in ("label", "model_key", "score"):
        options[option] = _select(question, list(columns), given, key)
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
        names = {".": "a point: 0.5", ",": "a comma: 0,5"}
        options[option] = _select(question, [".", ","], given, key, names)
    else:
        options[option] = st.checkbox(question, value=bool(given), key=key)


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
        index=values.index(given) if given in values else None,
        format_func=lambda value: (names or {}).get(value, value),
        placeholder="as recognised",
        key=key,
    )
