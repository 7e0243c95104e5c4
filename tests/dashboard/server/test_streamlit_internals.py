"""Tests that the internals of Streamlit which the app uses still exist and work."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dashboard.server import streamlit_internals
from dashboard.server.streamlit_internals import BackMsg, ForwardMsg

FIELDS = {
    BackMsg: "rerun_script stop_script app_heartbeat file_urls_request backend_operation_request",
    ForwardMsg: "new_session delta file_urls_response backend_operation_response",
}


@pytest.mark.parametrize("message", FIELDS)
def test_messages_have_the_fields_that_are_read(message):
    assert set(FIELDS[message].split()) <= set(message.DESCRIPTOR.fields_by_name)
    kinds = {
        field.containing_oneof.name for field in message.DESCRIPTOR.fields if field.containing_oneof
    }
    assert "type" in kinds


def test_a_component_may_use_the_scripts_of_a_registered_folder_alone(runtime, tmp_path):
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "own.js").write_text("export default () => {};")
    with pytest.raises(StreamlitAPIException, match="asset_dir"):
        st.components.v2.component("ours.own", js="own.js")
    for _ in range(2):
        streamlit_internals.register_component("ours", "own", folder)
    st.components.v2.component("ours.own", js="own.js")
    registry = runtime.bidi_component_registry
    assert registry.get_component_path("ours.own") == str(folder)


def test_files_are_stored_by_session_and_removed_one_by_one(runtime):
    storage = streamlit_internals.upload_storage()
    for session, file in (("mine", "a"), ("mine", "b"), ("theirs", "a")):
        storage.add_file(session, UploadedFileRec(file, "a.csv", "text/csv", b"0"))
    storage.remove_file("mine", "a")
    kept = {session: set(files) for session, files in storage.file_storage.items()}
    assert kept == {"mine": {"b"}, "theirs": {"a"}}
    assert storage.file_storage["mine"]["b"].data == b"0"
