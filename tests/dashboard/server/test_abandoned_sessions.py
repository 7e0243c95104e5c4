"""Sessions whose browser has gone are ended by the clock, on Streamlit's own runtime."""

from __future__ import annotations

import asyncio
import gc
import tomllib
import weakref
from pathlib import Path

from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dashboard.server.abandoned_sessions import LEFT_SECONDS, Sweep
from dashboard.server.upload_limits import kept_bytes

USER = {"email": None}


class Browser:
    """A browser that listens to nothing."""

    def write_forward_msg(self, msg):
        """Take a message."""


def test_what_left_long_ago_is_ended_with_its_files_and_freed(runtime):
    async def told():
        started = asyncio.create_task(runtime.start())
        await started
        gone, back, here = (runtime.connect_session(Browser(), USER) for _ in range(3))
        for session in (gone, back, here):
            runtime.uploaded_file_mgr.add_file(
                session, UploadedFileRec("a", "a.csv", "text/csv", b"0")
            )
        held = weakref.ref(runtime.get_app_session(gone))
        sweep = Sweep(runtime)
        runtime.disconnect_session(gone)
        runtime.disconnect_session(back)
        assert sweep.once(0.0) == 0
        runtime.connect_session(Browser(), USER, existing_session_id=back)
        assert sweep.once(LEFT_SECONDS / 2) == 0
        runtime.disconnect_session(back)
        assert sweep.once(LEFT_SECONDS - 1) == 0
        assert set(kept_bytes(runtime)) == {gone, back, here}
        assert sweep.once(LEFT_SECONDS) == 1
        assert set(kept_bytes(runtime)) == {back, here}
        assert sweep.once(2 * LEFT_SECONDS) == 1
        assert set(kept_bytes(runtime)) == {here}
        gc.collect()
        assert held() is None
        runtime.stop()
        await runtime.stopped

    asyncio.run(told())


def test_streamlit_itself_keeps_a_session_longer():
    config = Path(__file__).parents[3] / "dashboard" / ".streamlit" / "config.toml"
    kept = tomllib.loads(config.read_text())["server"]["disconnectedSessionTTL"]
    assert kept > LEFT_SECONDS + 2 * 15
