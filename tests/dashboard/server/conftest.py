"""Streamlit's own runtime, without a server around it."""

from __future__ import annotations

import pytest
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    monkeypatch.setattr(Runtime, "_instance", None)
    script = tmp_path / "app.py"
    script.write_text("")
    return Runtime(
        RuntimeConfig(
            script_path=str(script),
            media_file_storage=MemoryMediaFileStorage("/media"),
            uploaded_file_manager=MemoryUploadedFileManager("/_stcore/upload_file"),
            session_storage=MemorySessionStorage(ttl_seconds=10**6),
        )
    )
