"""The names that the server answers to, and the pages that may talk to it.

A page of somebody else's can be made to look, to a browser, as if it came from here: its name is resolved
to this machine after the page was loaded. What such a browser sends still bears the strange name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from dashboard.host_names import Authority, authority, host_name

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_ORIGIN = re.compile(r"(https?)://([^/?#@]+)", re.ASCII | re.IGNORECASE)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


class AllowedHosts:
    """ASGI middleware that turns away whoever asks for another server, or on another page's behalf.

    Parameters
    ----------
    app : ASGIApp
        What answers all others.
    listens_on : str
        The address that the server was told to listen on.
    named : iterable of Authority
        Names besides: this machine's own in the network, or that of a web server in front.

    Notes
    -----
    ``X-Forwarded-*`` says what anybody likes, and is not read.
    """

    def __init__(self, app: ASGIApp, listens_on: str, named: Iterable[Authority] = ()) -> None:
        self.app = app
        self._listens_on = host_name(listens_on)
        self._named = frozenset(named)
        self._names = {authority.name for authority in self._named}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or let the app answer."""
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self.app(_of_one_name(scope), receive, send)
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        hosts = [
            value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"host"
        ]
        origins = [
            value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"origin"
        ]
        asked = authority(hosts[0]) if len(hosts) == 1 else None
        if asked is None:
            words = "A request must name the server in one Host header, such as localhost."
            return _closing(words, 400)
        if not self._answers_to(asked.name, scope):
            return _closing(
                f"This server does not answer to {asked.name}. Whoever runs it can add the name: "
                f"common-ground open --host {asked.name}",
                421,
            )
        if any(not self._may_ask(origin, asked) for origin in origins):
            return _closing(
                "This server answers only its own pages. Where the page has another name than "
                "the server is told, whoever runs it can add that name: common-ground open --host NAME",
                403,
            )
        if {b"content-length", b"transfer-encoding"} <= {
            name.lower() for name, _ in scope["headers"]
        }:
            return _closing("A request must say in one way where it ends.", 400)
        if not scope["path"].startswith("/") or not scope.get("raw_path", b"/").startswith(b"/"):
            return _closing("A request must ask for a path.", 400)
        return None

    def _answers_to(self, name: str, scope: Scope) -> bool:
        here = (scope.get("server") or ("",))[0]
        return (
            _is_loopback(name)
            or name in self._names
            or name in (self._listens_on, host_name(str(here)))
        )

    def _may_ask(self, origin: str, asked: Authority) -> bool:
        """Whether a page is one of the server's own, by the name that was asked for or one of ours."""
        match = _ORIGIN.fullmatch(origin)
        page = authority(match[2]) if match else None
        return page is not None and (page == asked or page in self._named)


def _of_one_name(scope: Scope) -> Scope:
    """A socket that was let in, as a page of the name that was asked for opens it.

    Streamlit would ask servers elsewhere for this machine's address before it let another name in.
    """
    if scope["type"] != "websocket":
        return scope
    [asked] = [value for name, value in scope["headers"] if name.lower() == b"host"]
    headers = [
        (name, b"http://" + asked if name.lower() == b"origin" else value)
        for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}


def _closing(words: str, status: int) -> PlainTextResponse:
    """A refusal; what else comes on the connection is not read."""
    return PlainTextResponse(
        f"{words}\n", status, {"Connection": "close", "Cache-Control": "no-store"}
    )
