"""Opening files of one's own: upload, progress, and the questions that only the owner can answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import cache, session
from dashboard.intake import MEBI, Intake, Limits, problems_of
from dashboard.library import Library
from dashboard.naming import with_own_names
from dashboard.uploads import MAX_FILES, Upload
from dashboard.views.parts import escaped, plain, write
from dashboard.views.questions import form, questions
from metrics import Problem
from metrics.wording import number

HELD_OUT = {
    "held-out": "held out: no model saw them",
    "out-of-fold": "out of fold",
    "training": "training rows",
    "unknown": "I do not know",
}
FORMATS = "CSV, TSV, Parquet, JSON lines or NPZ; plain, .gz or .zst"


def draw(library: Library) -> None:
    """The upload box, or the upload on its way."""
    write('<h2 class="cg-title">Open your own files</h2>')
    draft = session.draft()
    busy = draft.get("upload") is not None
    # Drawn also while a file is read: what is not drawn for one run loses its files.
    files = st.file_uploader(
        f"Score files: {FORMATS}",
        accept_multiple_files=True,
        help="One score file, or a label file and score files that join on the id.",
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
    # One place for either: what stood in it is gone as soon as something else does.
    place = st.empty()
    if busy:
        with place.container():
            _progress(library)
    elif draft.get("files"):
        _ready(library, draft, place, from_before=not files)


def _given() -> None:
    """Files were put into the box or taken out: answers to the former ones are void."""
    if session.draft().get("upload") is None:
        _drop(session.draft())


def _drop(draft: dict[str, Any], *, anew: bool = False) -> None:
    """Forget an upload's files, problems and answers; ``anew``: by a fresh upload box."""
    turn = draft.get("turn", 0) + anew
    draft.clear()
    draft["turn"] = turn


def _ready(
    library: Library, draft: dict[str, Any], place: DeltaGenerator, *, from_before: bool
) -> None:
    """Files that are not being read now: their questions, and the button that opens them."""
    names = _names([file.name for file in draft["files"]])
    with place.container():
        if draft.get("cancelled"):
            still = "file is" if len(names) == 1 else "files are"
            write(f'<p class="cg-lines" role="status">Cancelled; the {still} still here.</p>')
        if from_before:
            # The box forgets when its reader turns the page; the files are still here.
            with st.container(horizontal=True, vertical_alignment="center", key="upload_before"):
                write(f'<p class="cg-note">Given before: {escaped(", ".join(names))}</p>')
                st.button(
                    "Put away", type="tertiary", key="upload_away", on_click=_drop, args=(draft,)
                )
        options = questions(draft)
        with st.container(horizontal=True):
            opens = st.button(
                "Open", type="primary", key="upload_open", icon=":material/folder_open:"
            )
            looks = "inspection" not in draft and st.button(
                "Look first",
                type="tertiary",
                key="upload_look",
                help="Shows what the first rows are taken for, and lets you say otherwise.",
            )
        draft["options"] = form(draft, options)
    if not (opens or looks):
        return
    with place.container():
        write(_bar(f"Opening {', '.join(names)} …"))
    (_start if opens else _look)(library, draft, names)
    st.rerun()


def _bar(words: str) -> str:
    """What is going on, and a bar that does not know how far it is."""
    return (
        f'<p class="cg-lines" role="status">{escaped(words)}</p>'
        '<progress class="cg-bar" aria-label="Being read"></progress>'
    )


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


def _too_much(library: Library, draft: Mapping[str, Any]) -> Problem | None:
    """What of an upload exceeds what this server takes."""
    files, shelf = draft["files"], library.shelf
    total, most = sum(file.size for file in files), st.get_option("server.maxUploadSize") * MEBI
    if len(files) > MAX_FILES:
        return _refusal(
            f"an upload must have at most {MAX_FILES} files, got {len(files)}",
            "Put several models into one file.",
        )
    if total > most:
        return _refusal(
            f"the files of an upload must have at most {most / MEBI:,.0f} MB together, got "
            f"{total / MEBI:,.0f}",
            "Write them as Parquet or compressed, or name them when the app starts.",
        )
    if not shelf.has_room(2 * total):  # as they are, and as they are kept
        return _refusal(
            f"all uploads must fit into the {shelf.keep_bytes / 1e6:,.0f} MB of this server, got "
            f"{(shelf.used + 2 * total) / 1e6:,.0f}",
            "Delete an upload of yours, or ask whoever runs the server for more room.",
        )
    return None


def _refusal(message: str, hint: str) -> Problem:
    return Problem("E_SIZE", "error", message, hint=hint)


def _begin(
    library: Library, draft: dict[str, Any], names: tuple[str, ...], *, kept: bool
) -> Upload | None:
    """Have files read, to be kept or only looked at; None where they are too much."""
    for key in ("problems", "inspection", "cancelled"):
        draft.pop(key, None)
    too_much = _too_much(library, draft)
    if too_much is not None:
        draft.update(problems=(too_much,), unseen=True)
        return None
    place, shelf = library.shelf.workplace(), library.shelf
    paths, out = _laid(place, draft, names), place / "out"
    out.mkdir()
    limits = Limits()
    limits = replace(limits, file_size=min(limits.file_size, shelf.keep_bytes - shelf.used))
    rows = {"rows": draft["held_out"]} if kept else {}
    job = Intake(
        paths,
        draft["options"] | rows,
        out / "rows.parquet" if kept else None,
        limits,
        library.turns,
    )
    upload = Upload(job, place, cache.presence())
    library.begin(upload)
    return upload


def _start(library: Library, draft: dict[str, Any], names: tuple[str, ...]) -> None:
    upload = _begin(library, draft, names, kept=True)
    if upload is not None:
        draft.update(names=names, upload=upload)


def _look(library: Library, draft: dict[str, Any], names: tuple[str, ...]) -> None:
    """Find out what the first rows show, before anything is opened."""
    upload = _begin(library, draft, names, kept=False)
    if upload is None:
        return
    found = upload.job.wait()
    library.done_with(upload)
    draft["inspection"] = found
    draft["problems"] = with_own_names(problems_of(found), names, upload.place / "given")


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
        st.toast(f"{plain(names)} {done}: see the Data page.", duration="long")


@st.fragment(run_every=0.4)
def _progress(library: Library) -> None:
    """Rows so far and a way out, until the child process has answered."""
    draft = session.draft()
    upload: Upload | None = draft.get("upload")
    if upload is None:
        return
    upload.presence = cache.presence()
    if upload.job.running:
        names = ", ".join(draft["names"])
        write(
            _bar(f"{names} waits while other files are read.")
            if upload.job.waiting
            else _bar(f"Reading {names}: {number(upload.job.rows)} rows so far.")
        )
        if st.button("Cancel", key="upload_cancel"):
            _leave(library, draft, upload)
            draft["cancelled"] = True
            st.rerun()
        return
    result = upload.job.wait()
    given = upload.place / "given"
    if result["ok"]:
        rows = upload.place / "out" / "rows.parquet"
        dataset = library.keep(result, rows, draft["names"], session.owner(), folder=given)
        _leave(library, draft, upload)
        if dataset.files != draft["names"]:
            session.tell(f"This data was here already, as {dataset.title}.")
        _drop(draft, anew=True)
        session.open_data(dataset.fingerprint)
        st.rerun()
    inspection = upload.job.inspection
    problems = problems_of(result)
    if inspection:
        noted = [p for p in problems_of(inspection) if p.severity == "warning"]
        problems = (*problems, *(p for p in noted if p not in problems))
        draft["inspection"] = inspection
    draft.update(problems=with_own_names(problems, draft["names"], given), unseen=True)
    _leave(library, draft, upload)
    st.rerun()


def _leave(library: Library, draft: dict[str, Any], upload: Upload) -> None:
    """End an upload and remove what it left in the server's folder; its files stay with the reader."""
    for key in ("upload", "told"):
        draft.pop(key, None)
    library.done_with(upload)
