"""Tests that stalled and abandoned uploads are removed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from uuid import uuid4

import pytest
from starlette.responses import Response
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dashboard.server import upload_limits
from dashboard.server.upload_limits import (
    FRAME,
    MEGABYTE,
    UploadMemory,
    free_closed_sessions,
    stored_bytes,
)

HERE, LEFT = "here", "left"


@pytest.fixture
def files(monkeypatch) -> MemoryUploadedFileManager:
    """Streamlit's store of uploaded files; all sessions but one are active."""
    files = MemoryUploadedFileManager("/_stcore/upload_file")
    sockets = SimpleNamespace(is_open=lambda session: session != LEFT)
    monkeypatch.setattr(upload_limits, "SOCKETS", sockets)
    monkeypatch.setattr(upload_limits, "upload_storage", lambda: files)
    return files


def keep(files: MemoryUploadedFileManager, session: str, size: int) -> None:
    """Store a file for a session."""
    files.add_file(session, UploadedFileRec(str(uuid4()), "a.csv", "text/csv", b"0" * size))


async def takes(scope, receive, send):
    """Read a request completely and answer."""
    while (await receive()).get("more_body"):
        pass
    await Response(status_code=204)(scope, receive, send)


def put(
    memory: UploadMemory, size: int, *chunks: bytes, headers: Sequence[tuple[bytes, bytes]] = ()
) -> int:
    """Status of an upload that announces a number of bytes, of which only `chunks` arrive."""
    waiting = list(chunks)
    said = []

    async def receive():
        if not waiting:
            await asyncio.Event().wait()  # without end
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message):
        said.append(message)

    scope = {
        "type": "http",
        "method": "PUT",
        "path": f"/_stcore/upload_file/{HERE}/{uuid4()}",
        "headers": headers or [(b"content-length", str(size).encode())],
    }
    asyncio.run(memory(scope, receive, send))
    return int(said[0]["status"])


def test_a_stalled_upload_is_dropped_and_frees_its_space(files):
    half = UploadMemory(takes, 1, idle=0.05)
    for _ in range(20):
        assert put(half, 1_000_000) == 408
    assert put(half, 1_000_000, b"a" * 1_000_000) == 204


def test_files_of_a_closed_page_are_removed_for_space(files):
    keep(files, LEFT, 3_000_000)
    keep(files, HERE, 2_000_000)
    memory = UploadMemory(takes, 1)
    assert stored_bytes() == {LEFT: 3_000_000 + FRAME, HERE: 2_000_000 + FRAME}
    for _ in range(8):
        keep(files, LEFT, 1_000_000)
    assert put(memory, 100, b"a" * 100) == 204
    assert set(stored_bytes()) == {HERE}
    assert not free_closed_sessions(1)


def test_files_of_an_open_page_are_not_removed(files):
    keep(files, "other", 13_000_000)
    memory = UploadMemory(takes, 1)
    assert put(memory, 100, b"a" * 100) == 503
    assert set(stored_bytes()) == {"other"}


@pytest.mark.parametrize("largest", [1, 2, 10, 24, 25, 200, 5_000])
def test_one_session_cannot_use_the_space_of_all(largest):
    memory = UploadMemory(takes, largest)
    file = largest * MEGABYTE
    assert 2 * (file + FRAME) <= memory.most_by_one < memory.most_by_all
    # There is still space for another session's largest upload.
    assert memory.most_by_one + file + FRAME <= memory.most_by_all


@pytest.mark.parametrize("length", [b"5", b"1000000"])
def test_a_chunked_upload_is_always_refused(length, files):
    memory = UploadMemory(takes, 1)
    chunked = [(b"transfer-encoding", b"chunked"), (b"content-length", length)]
    assert put(memory, 100, b"a" * 19_000_000, headers=chunked) == 411
    assert put(memory, 100, b"a" * 19_000_000, headers=chunked[:1]) == 411
