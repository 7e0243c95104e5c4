"""Sessions whose browser has gone, ended by the clock.

Streamlit keeps up to 128 of them for whoever comes back, and looks whose time is up only when the next one
leaves, which may be tomorrow.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from dashboard.data import allocator
from dashboard.server.upload_limits import kept_bytes

if TYPE_CHECKING:
    from streamlit.runtime import Runtime

LEFT_SECONDS = 120.0
"""A browser that comes back within so long finds its session as it was."""
SWEEP_SECONDS = 15.0
"""How often what was left is looked for."""


class Sweep:
    """Ends what was left for too long.

    Parameters
    ----------
    runtime : Runtime
        The running Streamlit, which knows its sessions and keeps their files.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._since: dict[str, float] = {}

    def once(self, now: float) -> int:
        """End what has been left for long enough; how many that were. On the event loop's thread."""
        runtime = self._runtime
        manager: Any = runtime._session_mgr
        known = {info.session.id for info in manager.list_sessions()}
        left = {session for session in known if not runtime.is_active_session(session)}
        self._since = {session: self._since.get(session, now) for session in left}
        over = [session for session in left if now - self._since[session] >= LEFT_SECONDS]
        for session in over:
            runtime.close_session(session)
        # Where more had gone than Streamlit keeps.
        for session in set(kept_bytes(runtime)) - known:
            runtime.uploaded_file_mgr.remove_session_files(session)
        return len(over)

    async def run(self) -> None:
        """Sweep for as long as the server lives."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            ended = self.once(time.monotonic())
            await run_in_threadpool(allocator.collect if ended else allocator.release_unused)
