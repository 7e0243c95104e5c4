"""Check the Host and Origin headers of requests: only allowed host names and pages can use the server.

In a DNS rebinding attack, the host name of a foreign page resolves to this machine after the page was loaded.
The browser then treats this server as part of the foreign page. Its requests still have the foreign name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from dashboard.host_names import Authority, authority, host_name, is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_ORIGIN = re.compile(r"(https?)://([^/?#@]+)", re.ASCII | re.IGNORECASE)


class AllowedHosts:
    """ASGI middleware that refuses requests for another host name, or from a page of another origin.

    Parameters
    ----------
    app : ASGIApp
        App that answers all other requests.
    listens_on : str
        Address that the server listens on.
    allowed : iterable of Authority
        Further allowed names: the machine's name in the network, or the name of a reverse proxy.

    Notes
    -----
    ``X-Forwarded-*`` headers are not read, because any client can set them.
    """

    def __init__(self, app: ASGIApp, listens_on: str, allowed: Iterable[Authority] = ()) -> None:
        self.app = app
        self._listens_on = host_name(listens_on)
        self._allowed = frozenset(allowed)
        self._allowed_names = {authority.name for authority in self._allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on to the app."""
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self.app(_with_matching_origin(scope), receive, send)
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        hosts = _header(scope, b"host")
        requested = authority(hosts[0]) if len(hosts) == 1 else None
        if requested is None:
            words = "A request must name the server in one Host header, such as localhost."
            return _refusal_response(words, 400)
        if not self._answers_to(requested.name, scope):
            return _refusal_response(
                f"This server does not answer to {requested.name}. Its operator can add the name: "
                f"common-ground open --host {requested.name}",
                421,
            )
        if not all(self._may_ask(origin, requested) for origin in _header(scope, b"origin")):
            return _refusal_response(
                "This server answers only its own pages. Where the page has another name than "
                "the server is told, its operator can add that name: common-ground open --host NAME",
                403,
            )
        if _header(scope, b"content-length") and _header(scope, b"transfer-encoding"):
            return _refusal_response("A request must say in one way where it ends.", 400)
        if not scope["path"].startswith("/") or not scope.get("raw_path", b"/").startswith(b"/"):
            return _refusal_response("A request must ask for a path.", 400)
        return None

    def _answers_to(self, name: str, scope: Scope) -> bool:
        address = (scope.get("server") or ("",))[0]
        return (
            is_loopback(name)
            or name in self._allowed_names
            or name in (self._listens_on, host_name(str(address)))
        )

    def _may_ask(self, origin: str, requested: Authority) -> bool:
        """True if an Origin header names the requested host or an allowed host."""
        match = _ORIGIN.fullmatch(origin)
        page = authority(match[2]) if match else None
        return page is not None and (page == requested or page in self._allowed)


def _with_matching_origin(scope: Scope) -> Scope:
    """Scope of a WebSocket whose Origin is the requested host, so that Streamlit accepts it.

    For any other origin, Streamlit asks external servers for this machine's address.
    """
    if scope["type"] != "websocket":
        return scope
    [requested] = _header(scope, b"host")
    headers = [
        (name, f"http://{requested}".encode("latin-1") if name.lower() == b"origin" else value)
        for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}


def _header(scope: Scope, wanted: bytes) -> list[str]:
    """Values of all headers with a name; `wanted` is in lower case."""
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted]


def _refusal_response(words: str, status: int) -> PlainTextResponse:
    """Refusal that closes the connection, so that nothing more is read from it."""
    return PlainTextResponse(
        f"{words}\n", status, {"Connection": "close", "Cache-Control": "no-store"}
    )
