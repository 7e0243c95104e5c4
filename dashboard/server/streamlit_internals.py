"""Everything that the app uses of Streamlit besides its public API: six things, each with its reason.

Streamlit may change them in any release, so `pyproject.toml` allows one minor version. For each of them
``tests/dashboard/server/test_streamlit_internals.py`` has a test that fails when Streamlit changes it.

1. `BackMsg`: what a page sends. Without it the server cannot tell a message that a page of ours sends from
   one that stops the server for seconds, clears everybody's caches or writes files.
2. `ForwardMsg`: what Streamlit sends. Without it the server does not know which session and which files
   belong to which browser, so an id from a proxy's log would open somebody else's session.
3. `register_component`, the registry of components. Without it a component's script must be inline, which
   the browser loads from a ``blob:`` address: the Content-Security-Policy would have to allow all of these.
4. The manifest that the registry takes. Streamlit finds one by itself only in an installed package whose
   name is the component's, and not in a checkout.
5. `end_session`. Streamlit looks for sessions that are over only when another browser leaves. Without it
   25 readers who leave at the same time stay in memory until then.
6. `upload_storage`, what Streamlit keeps of uploads. Without it no bound on their memory can hold, and each
   file that was opened stays in memory until its page is closed: 2.7 MB for each of 25 readers.
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
    """End a session and remove its files; on the event loop's thread."""
    get_instance().close_session(session)
    upload_storage().remove_session_files(session)


def upload_storage() -> Any:
    """Uploaded files that Streamlit keeps: ``file_storage[session][file].data``."""
    return get_instance().uploaded_file_mgr
