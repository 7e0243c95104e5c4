"""Style sheets of the app, linked from the HTML of each page.

A style sheet inside of a Streamlit element is read only after the first elements are shown, which then move.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

URL = "charts/page.css"
"""Path below the app's base path."""
LINK = f'<link rel="stylesheet" href="./{URL}">'.encode()
END = b"</body>"
"""End of a page. A link in front of it comes after Streamlit's styles, so the app's styles override them."""


@cache
def styles() -> tuple[bytes, str]:
    """All style sheets as one text, and its entity tag."""
    dashboard = Path(__file__).resolve().parents[1]
    text = b"".join(
        (dashboard / name).read_bytes()
        for name in ("theme.css", "live/component.css", "views/guide/guide_page.css")
    )
    return text, f'"{hashlib.sha256(text).hexdigest()[:16]}"'


def answer(request: Request) -> Response:
    """Answer to a request for the style sheets."""
    text, tag = styles()
    headers = {"Cache-Control": "no-cache", "ETag": tag}
    if tag.strip('"') in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    return Response(text, headers=headers, media_type="text/css")


class PageStyle:
    """ASGI middleware that adds a link to the style sheets to each HTML page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on to the app, and add the link if the response is a page."""
        if scope["type"] != "http" or b"text/html" not in dict(scope["headers"]).get(
            b"accept", b""
        ):
            await self.app(scope, receive, send)
            return
        # The response must be complete and uncompressed. A page in the browser's cache may lack the link.
        dropped = (b"accept-encoding", b"if-none-match", b"if-modified-since")
        headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
        start: Message | None = None
        page = b""

        async def send_with_link(message: Message) -> None:
            nonlocal start, page
            if message["type"] == "http.response.start":
                kind = MutableHeaders(raw=message["headers"]).get("content-type", "")
                if kind.startswith("text/html"):
                    start = message
                    return
            elif start is not None:
                page += message.get("body", b"")
                if message.get("more_body"):
                    return
                page = page.replace(END, LINK + END)
                MutableHeaders(raw=start["headers"])["content-length"] = str(len(page))
                await send(start)
                message = {**message, "body": page}
            await send(message)

        await self.app({**scope, "headers": headers}, receive, send_with_link)
