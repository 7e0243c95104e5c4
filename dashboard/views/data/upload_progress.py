"""Uploads in progress: start, watch, cancel, and open the result."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.data.library import Library
from dashboard.data.uploads.child_process import MEBI, Limits
from dashboard.data.uploads.in_progress import Upload
from dashboard.data.uploads.job import MAX_FILES, UploadJob, problems_of
from dashboard.markup import plain
from dashboard.session import drafts, session
from dashboard.views.data.upload_questions import asks_for_groups, store_problems
from dashboard.views.html_elements import render, write
from dashboard.words.data import uploads as words
from metrics import Problem

_READ_BY = ("files", "names", "options", "held_out", "labels", "audit")
"""Parts of a draft that decide how its files are read."""
MOST_KEPT = 16
"""Largest size in MB of opened files that stay in the session, so that they can be read in another way."""
ANNOUNCED = 10.0
"""Seconds for which other pages announce that an upload has been read."""


def drop(draft: dict[str, Any], *, clears_box: bool = False) -> None:
    """Drop the files, problems and answers of an upload; ``clears_box`` also empties the upload box."""
    turn = draft.get("turn", 0) + clears_box
    if clears_box:
        session.release_uploads(file.file_id for file in draft.get("files", ()))
    draft.clear()
    draft["turn"] = turn


def drop_button(label: str, key: str, draft: dict[str, Any]) -> None:
    """Draw a button that drops the files, problems and answers of an upload."""
    st.button(label, type="tertiary", key=key, on_click=drop, args=(draft,))


def draw_bar(text: str) -> None:
    """Draw a text and an indeterminate progress bar."""
    write(render("data/progress.html", words=text))


def _write_given(place: Path, draft: Mapping[str, Any], names: Sequence[str]) -> list[Path]:
    """Write the uploaded files to the server's folder, for the process that reads them."""
    folder = place / "given"
    folder.mkdir()
    paths = [folder / name for name in names]
    for path, file in zip(paths, draft["files"], strict=True):
        path.write_bytes(file.getvalue())
    return paths


def size_problem(library: Library, draft: Mapping[str, Any]) -> Problem | None:
    """Problem if an upload exceeds the limits of this server."""
    files, upload_store = draft["files"], library.upload_store
    total, most = sum(file.size for file in files), st.get_option("server.maxUploadSize") * MEBI
    if len(files) > MAX_FILES:
        return words.too_many_files(len(files))
    if total > most:
        return words.too_large(total / MEBI, most / MEBI)
    if not upload_store.has_room(2 * total):  # room for the files as uploaded, and as stored
        return words.no_room((upload_store.used + 2 * total) / 1e6, upload_store.keep_bytes / 1e6)
    return None


def begin(
    library: Library, draft: dict[str, Any], names: tuple[str, ...], *, is_opening: bool
) -> None:
    """Start reading files, to open or only to preview them; on failure the draft has the reason.

    Meanwhile a run of another page may begin. The key ``upload`` tells it that an upload is being started:
    it is `None` until the files are written.
    """
    for key in ("problems", "preview", "cancelled"):
        draft.pop(key, None)
    draft.update(names=names, upload=None, is_opening=is_opening)
    try:
        started = size_problem(library, draft) or _start(
            library, draft, names, is_opening=is_opening
        )
        if isinstance(started, Problem):
            draft.update(problems=(started,), unseen=True)
        else:
            draft["upload"] = started
    finally:
        if draft["upload"] is None:
            del draft["upload"]


def _start(
    library: Library, draft: Mapping[str, Any], names: tuple[str, ...], *, is_opening: bool
) -> Upload | Problem:
    upload_store, place = library.upload_store, None
    try:
        place = upload_store.workplace()
        paths, out = _write_given(place, draft, names), place / "out"
        out.mkdir()
        limits = Limits()
        limits = replace(
            limits, file_size=min(limits.file_size, upload_store.keep_bytes - upload_store.used)
        )
        rows = {"rows": draft["held_out"]} if is_opening else {}
        if draft.get("labels") == "audit" and (column := draft.get("audit", "").strip()):
            rows |= {"audit": column}
        is_connected = session.connection_check()
        job = UploadJob(
            paths,
            draft["options"] | rows,
            out / "rows.parquet" if is_opening else None,
            limits,
            library.turns,
        )
    except BaseException as error:
        if place is not None:
            upload_store.abandon(place)
        if not isinstance(error, OSError | ValueError | RuntimeError):
            raise
        return words.not_placed(error)
    upload = Upload(job, place, is_connected)
    library.begin_upload(upload)
    return upload


def announce_result() -> None:
    """Announce on another page that an upload has been read."""
    if "upload" in drafts.upload_draft():
        _watch()


@st.fragment(run_every=1.0)
def _watch() -> None:
    draft = drafts.upload_draft()
    upload: Upload | None = draft.get("upload")
    if upload is None or upload.job.running:
        return
    now = time.monotonic()
    if now < draft.setdefault("announced_until", now + ANNOUNCED):
        # Each run repeats the message, because a run without it closes it.
        is_read = upload.job.wait()["ok"]
        text = words.outcome(draft["names"], is_opening=draft["is_opening"], is_read=is_read)
        st.toast(plain(text), duration="long")


@st.fragment(run_every=0.4)
def draw_progress(library: Library) -> None:
    """Show the number of rows read so far and a button to cancel, until the child process answers."""
    draft = drafts.upload_draft()
    if "upload" not in draft:
        session.rerun()
    upload: Upload | None = draft["upload"]
    if upload is None or upload.job.running:
        draw_bar(words.reading(upload, draft["names"], is_opening=draft["is_opening"]))
        if upload is not None and st.button("Cancel", key="upload_cancel"):
            _leave(library, draft, upload)
            draft["cancelled"] = True
            session.rerun()
        return
    result = upload.job.wait()
    if not draft["is_opening"]:
        draft["preview"] = result
        store_problems(draft, problems_of(result), upload)
    elif result["ok"] and not asks_for_groups(draft, problems_of(result)):
        try:
            _open(library, draft, result, upload)
        except OSError as error:
            draft.update(problems=(words.not_placed(error),), unseen=True)
    else:
        preview, problems = upload.job.preview, problems_of(result)
        if preview:
            noted = [p for p in problems_of(preview) if p.severity == "warning"]
            problems = (*problems, *(p for p in noted if p not in problems))
            draft["preview"] = preview
        draft["unseen"] = True
        store_problems(draft, problems, upload)
    _leave(library, draft, upload)
    session.rerun()


def _open(
    library: Library, draft: dict[str, Any], result: Mapping[str, Any], upload: Upload
) -> None:
    """Store the data that was read, and switch to it."""
    rows, given = upload.place / "out" / "rows.parquet", upload.place / "given"
    dataset = library.store_upload(result, rows, draft["names"], session.owner(), folder=given)
    session.actor().log("uploaded", data=dataset.fingerprint)
    labels = draft.get("labels", "all")
    if dataset.origin != "upload":  # all readers may see the data that the server was started with
        drafts.announce(f"This data was here already, as {dataset.title}.")
    then, files = draft.get("then"), draft["files"]
    inputs = {key: draft[key] for key in _READ_BY if key in draft}
    drop(draft, clears_box=True)
    draft["opened"] = dataset.fingerprint
    if sum(file.size for file in files) <= MOST_KEPT * MEBI:
        draft["again"] = inputs
    if then is not None:  # choices about the models stay, because they are the same models
        session.choose(data=dataset.fingerprint, **then)
        return
    session.open_data(dataset.fingerprint)
    if labels != "all":
        session.choose(labels=labels)


def begin_again(library: Library, options: Mapping[str, Any], then: Mapping[str, Any]) -> None:
    """Read the files of the upload that is open again, with other options, and make choices afterwards."""
    draft = drafts.upload_draft()
    draft.update(draft.pop("again"), options=options, asked_for_groups=True, then=then)
    begin(library, draft, draft["names"], is_opening=True)


def _leave(library: Library, draft: dict[str, Any], upload: Upload) -> None:
    """End an upload and remove its files from the server. The reader's browser still has the files."""
    for key in ("upload", "announced_until", "is_opening"):
        draft.pop(key, None)
    library.end_upload(upload)
