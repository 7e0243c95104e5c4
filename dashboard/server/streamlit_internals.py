"""Uses of Streamlit's private API: six of them, each with its reason.

Streamlit may change them in any release, so `pyproject.toml` allows one minor version. For each of them
``tests/dashboard/server/test_streamlit_internals.py`` has a test that fails if Streamlit changes it.

1. `BackMsg`, the messages from a page. Without it the server cannot recognise messages that no page of this
   app sends, such as those that stop the server for seconds, clear all caches or write files.
2. `ForwardMsg`, the messages to a page. Without it the server does not know which session and which files
   belong to which browser, so an id from a proxy's log would open another reader's session.
3. `register_component`, the registry of components. Without it a component's script must be inline. The
   browser then loads it from a ``blob:`` URL, and the Content-Security-Policy would have to allow all these.
4. The manifest that the registry needs. Streamlit finds it without help only in an installed package with
   the name of the component, and not in a checkout.
5. `end_session`. Streamlit ends old sessions only when another browser leaves. Without it
   25 readers who leave at the same time stay in memory until then.
6. `upload_storage`, the uploaded files. Without it their memory cannot be limited, and each opened file
   stays in memory until its page is closed: 2.7 MB for each of 25 readers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.proto.BackMsg_pb2 import BackMsg as BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg as ForwardMsg
from streamlit.runtime import get_instance


def register_component(package: str, name: str, folder: Path) -> None:
    """Let ``st.components.v2.component`` use the scripts in a folder, under the name ``package.name``."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{package}.{name}") is None:
        manifest = ComponentManifest(package, "0", [ComponentConfig(name, folder.name)])
        manager.register_from_manifest(manifest, folder.parent)


def end_session(session: str) -> None:
    """End a session and remove its files; call this on the event loop's thread."""
    get_instance().close_session(session)
    upload_storage().remove_session_files(session)


def upload_storage() -> Any:
    """Storage of uploaded files: ``file_storage[session][file].data``."""
    return get_instance().uploaded_file_mgr
