"""What a browser is handed before it asks: the files of the live table, and the charts' library.

A browser finds out what a page needs one step after another, and the charts' library, 5 MB of text, last. It
is named in the answer that carries the page, so that it comes while the page's own code is read.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from dashboard.live.component import HERE, OWN_URL, PLOTLY, PLOTLY_URL

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nearly all of it runs as it is loaded. A browser that is told so reads it once, beside the page, and not a
# second time while the page stands still. A comment to all others.
HINT = b"//# allFunctionsCalledOnLoad\n"


@dataclass(frozen=True)
class Script:
    """A script as it is handed out: as text, and compressed once for all."""

    plain: bytes
    packed: bytes
    etag: str

    def answer(self, request: Request) -> Response:
        """What a request for it gets: nothing anew where the browser has it."""
        headers = {"Cache-Control": "no-cache", "ETag": self.etag, "Vary": "Accept-Encoding"}
        if self.etag in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        if packed:
            headers["Content-Encoding"] = "gzip"
        body = self.packed if packed else self.plain
        return Response(body, headers=headers, media_type="text/javascript")


@cache
def plotly_script() -> Script:
    """The copy of Plotly that its package carries."""
    plain = HINT + (PLOTLY / "plotly.min.js").read_bytes()
    etag = f'"{hashlib.sha256(plain).hexdigest()[:32]}"'
    return Script(plain, gzip.compress(plain, 6, mtime=0), etag)


@cache
def links() -> bytes:
    """Value of the header that names what the table's page needs; relative, for apps below a path."""
    own = [f"{OWN_URL}/{script.name}" for script in sorted(HERE.glob("*.js"))]
    return ", ".join(f"<{url}>; rel=modulepreload" for url in [PLOTLY_URL, *own]).encode()


class Ahead:
    """ASGI middleware around the app: adds the header to the table's page, and hands Plotly out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the app answer."""
        asked = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        path = scope["path"] if asked else ""
        if path.endswith(f"/{PLOTLY_URL}"):
            script = await run_in_threadpool(plotly_script)
            await script.answer(Request(scope))(scope, receive, send)
            return

        async def with_links(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                message["headers"] = [*message["headers"], (b"link", links())]
            await send(message)

        # Not /table/, from where the names would lead elsewhere.
        is_table = path.endswith(("/", "/decide", "/table")) and not path.endswith(
            ("/decide/", "/table/")
        )
        await self.app(scope, receive, with_links if is_table else send)
