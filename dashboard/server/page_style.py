"""Style sheets of the app, as a file that each page names, so that no page is shown without them at first.

A style sheet among the elements of a page is read after the first of them are shown, which then jump.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

URL = "charts/page.css"
"""Address below that of the app."""
LINK = f'<link rel="stylesheet" href="./{URL}">'.encode()
END = b"</body>"
"""End of a page. Styles before it are read after those of Streamlit, and override them."""


@cache
def styles() -> tuple[bytes, str]:
    """All style sheets in one, and the tag of this version."""
    here = Path(__file__).resolve().parents[1]
    text = b"".join(
        (here / name).read_bytes()
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


def route(below: str) -> Route:
    """Route of the style sheets in an app that is handed out below a path."""
    return Route(f"/{below}/{URL}" if below else f"/{URL}", answer)


class PageStyle:
    """ASGI middleware that lets each page of Streamlit name the style sheets."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, and add a link to what is a page."""
        if scope["type"] != "http" or b"text/html" not in dict(scope["headers"]).get(
            b"accept", b""
        ):
            await self.app(scope, receive, send)
            return
        # The page in full and as text: one that the browser has may be without the link.
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
