"""What a browser is handed before it asks: the page's own code, the charts' library, and both from memory.

A browser finds out what a page needs one step after another, and the charts' library, 5 MB of text, last. All
is named in the page itself, so that it comes while the page's own code is read.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from dashboard.live.component import HERE, OWN_URL, PLOTLY, PLOTLY_URL

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nearly all of it runs as it is loaded. A browser that is told so reads it once, beside the page, and not a
# second time while the page stands still. A comment to all others.
HINT = b"//# allFunctionsCalledOnLoad\n"
STATIC = Path(st.__file__).parent / "static"
CHUNKS_URL = "static/js"
"""Where Streamlit keeps its page, and where it hands out the page's code; a name says what is in a file."""
FIRST = ("Html", "BidiComponent", "Button", "Selectbox")
"""Streamlit's elements that the first screen has, as their files are named."""
FOREVER = "public, immutable, max-age=31536000"
"""As Streamlit says of a file whose name says what is in it."""
_NAMED = re.compile(r"static/js/([\w.-]+\.js)")
_IMPORTED = re.compile(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")
_END = b"</head>"
# Of a request for the page: what would have it answered in part, packed, or not at all.
_SHORTER = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
_OF_THE_FILE = (b"content-length", b"etag", b"last-modified")


@dataclass(frozen=True)
class Script:
    """A script as it is handed out: as text, and compressed once for all."""

    plain: bytes
    packed: bytes
    etag: str
    kept: str = "no-cache"

    @classmethod
    def of(cls, plain: bytes, kept: str = "no-cache") -> Script:
        """Compress it."""
        # Weak: plain and packed are the same script, and not the same bytes.
        etag = f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"'
        return cls(plain, gzip.compress(plain, 6, mtime=0), etag, kept)

    def answer(self, request: Request) -> Response:
        """What a request for it gets: nothing anew where the browser has it."""
        headers = {"Cache-Control": self.kept, "ETag": self.etag, "Vary": "Accept-Encoding"}
        if self.etag.removeprefix("W/") in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        if packed:
            headers["Content-Encoding"] = "gzip"
        body = self.packed if packed else self.plain
        return Response(body, headers=headers, media_type="text/javascript")


_chunks: dict[str, Script] = {}


@cache
def plotly_script() -> Script:
    """The copy of Plotly that its package carries."""
    return Script.of(HINT + (PLOTLY / "plotly.min.js").read_bytes())


def make_ready() -> None:
    """Read and compress what is handed out, before it is asked for."""
    plotly_script()
    for name in (*named_by_page(), *first_elements()):
        _chunks[name] = Script.of((STATIC / CHUNKS_URL / name).read_bytes(), FOREVER)


@cache
def named_by_page() -> list[str]:
    """Files of code without which Streamlit's page does not begin."""
    return list(dict.fromkeys(_NAMED.findall((STATIC / "index.html").read_text(encoding="utf-8"))))


@cache
def first_elements() -> list[str]:
    """Files of the code of the elements that come first, besides those that the page names.

    A browser would ask for them when the first of these elements is to be drawn, and leave the page until
    then.
    """
    named, found = set(named_by_page()), []
    todo = [path.name for name in FIRST for path in (STATIC / CHUNKS_URL).glob(f"{name}.*.js")]
    while todo:
        name = todo.pop(0)
        if name not in named:
            named.add(name)
            found.append(name)
            todo += _IMPORTED.findall((STATIC / CHUNKS_URL / name).read_text(encoding="utf-8"))
    return found


@cache
def links() -> bytes:
    """Markup that names what the table's page needs; relative, for apps below a path.

    All of it after what Streamlit's page itself names, without which nothing begins.
    """
    own = [f"{OWN_URL}/{script.name}" for script in sorted(HERE.glob("*.js"))]
    urls = [PLOTLY_URL, *(f"{CHUNKS_URL}/{name}" for name in first_elements()), *own]
    return "".join(
        f'<link rel="modulepreload" fetchpriority="low" href="./{url}">' for url in urls
    ).encode()


class Ahead:
    """ASGI middleware around the app: names in the table's page what it needs, and hands code out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the app answer."""
        is_page = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        path = scope["path"] if is_page else ""
        if path.endswith(f"/{PLOTLY_URL}"):
            script = await run_in_threadpool(plotly_script)
            await script.answer(Request(scope))(scope, receive, send)
            return
        folder, _, name = path.rpartition("/")
        if folder.endswith(f"/{CHUNKS_URL}") and name in _chunks:  # else Streamlit reads it
            await _chunks[name].answer(Request(scope))(scope, receive, send)
            return
        # Not /table/, from where the names would lead elsewhere.
        is_table = path.endswith(("/", "/decide", "/table")) and not path.endswith(
            ("/decide/", "/table/")
        )
        if is_table and scope["method"] == "GET":
            headers = [(key, value) for key, value in scope["headers"] if key not in _SHORTER]
            await self.app({**scope, "headers": headers}, receive, _Naming(send))
            return
        await self.app(scope, receive, send)


class _Naming:
    """Passes on what is said; in a page it names what else the page needs."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = self._body.replace(_END, links() + _END, 1)
        own = [(key, value) for key, value in self._start["headers"] if key not in _OF_THE_FILE]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**self._start, "headers": [*own, length]})
        await self._send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    kind: bytes = dict(start["headers"]).get(b"content-type", b"")
    return start["status"] == 200 and kind.startswith(b"text/html")
