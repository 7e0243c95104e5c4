"""Sign-in by a trusted proxy: every request names one person, in a signed token or with the proxy's secret.

The proxy in front asks people who they are, replaces the identity header, and adds the secret. Everybody else
who reaches the server, such as another user of the machine, does not know the secret and is refused. A token
is signed by the identity provider, so it needs no secret.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from dashboard.arguments.app_options import app_options
from dashboard.arguments.parser import UsageError
from dashboard.decisions.identity import Person, canonical_identity
from dashboard.server.sockets import SOCKETS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from dashboard.decisions.tokens import TokenVerifier

SECRET_HEADER = b"x-common-ground-secret"
"""Header in which the proxy sends its secret."""
PERSON = "common_ground.person"
"""Key in a request's scope under which the signed-in person is stored. No header can set it."""
SIGN_OUT = "/sign-out"
"""Path that signs a person out and closes all of the person's pages."""
SAME_ORIGIN = (None, b"same-origin", b"none")
"""Values of the header ``Sec-Fetch-Site`` for a link of the app, or for a typed address.

Browsers send the header, and no page can set it. Links and forms of other sites have other values.
"""
HEALTH = ("/healthz", "/readyz", "/_stcore/health")
"""Paths that need no identity, for monitoring."""
SIGNED_OUT_SECONDS = 10.0
"""Seconds after signing out in which the person's pages cannot connect again.

Open pages reconnect at once, when the browser may still have the cookie of the proxy.
"""
# Headers in which proxies name people. Only the configured header may be read.
_NAMES_PEOPLE = re.compile(
    rb"authorization|(remote|x-auth-request|x-webauth|cf-access|x-authentik)-.*"
    rb"|x-(forwarded-)?(user|email|name|groups?|preferred-username|access-token|id-token)"
)


@dataclass(frozen=True)
class Proxy:
    """Trusted proxy.

    Attributes
    ----------
    header : bytes
        Name of the header with the identity or the token, in lower case.
    secret : bytes
        Secret that the proxy sends; not used with tokens.
    groups : bytes
        Name of the header with the groups; empty if there is none, or with tokens.
    tokens : TokenVerifier or None
        Verifier of the tokens in the header; `None` if the header has the identity itself.
    """

    header: bytes
    secret: bytes = field(repr=False)
    groups: bytes = b""
    tokens: TokenVerifier | None = None


def proxy_of(arguments: Sequence[str]) -> Proxy | None:
    """Trusted proxy of the app's command line; `None` without sign-in.

    If the command line is wrong and asks for sign-in, the secret is random, so that all requests are refused.
    """
    try:
        options = app_options(arguments)
    except UsageError:  # the page shows the error
        needs_sign_in = any(
            argument.startswith(("--identity", "--people")) for argument in arguments
        )
        return Proxy(b"x-nobody", secrets.token_bytes(32)) if needs_sign_in else None
    if options.identity_header is None:
        return None
    header, groups = options.identity_header.lower().encode(), options.identity_groups
    if options.identity_keys is None:
        return Proxy(header, options.identity_secret, groups.lower().encode())
    # PyJWT takes time to load.
    from dashboard.decisions.tokens import TokenVerifier

    tokens = TokenVerifier(
        options.identity_keys,
        options.identity_issuer,
        options.identity_audience,
        options.identity_claim or "email",
        groups,
    )
    return Proxy(header, secrets.token_bytes(32), tokens=tokens)


class SignIn:
    """ASGI middleware that refuses requests without an identity, before any other part of the app.

    Parameters
    ----------
    app : ASGIApp
        App that answers the signed-in requests.
    base_path : str
        Path under which the app is served, such as ``/common-ground``; empty for the root.
    proxy : Proxy
    """

    def __init__(self, app: ASGIApp, base_path: str, proxy: Proxy) -> None:
        self.app = app
        self._base_path = base_path
        self._proxy = proxy
        self._signed_out: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or let the app answer it with the identity in its scope."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path, is_socket = scope["path"].removeprefix(self._base_path), scope["type"] == "websocket"
        person = self._person(scope["headers"])
        scope = {**scope, "headers": self._without_names(scope["headers"]), PERSON: person}
        is_health = not is_socket and path in HEALTH and scope["method"] in ("GET", "HEAD")
        if person is None and not is_health:
            await _plain_response("Sign in first: this request names nobody.", 401)(
                scope, receive, send
            )
        elif path == SIGN_OUT and person is not None and not is_socket:
            if dict(scope["headers"]).get(b"sec-fetch-site") not in SAME_ORIGIN:
                await _plain_response("Sign out by the link on a page.", 403)(scope, receive, send)
                return
            self._sign_out(person.identity)
            await _plain_response("You are signed out.", 200)(scope, receive, send)
        elif person is not None and is_socket and self._has_signed_out(person.identity):
            await _plain_response("You have just signed out.", 401)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _person(self, headers: Sequence[tuple[bytes, bytes]]) -> Person | None:
        """Person named by the proxy or by a valid token; `None` unless there is exactly one."""
        header = self._single_value(self._proxy.header, headers)
        if self._proxy.tokens is not None:
            return self._proxy.tokens.person(header) if header else None
        secret = self._single_value(SECRET_HEADER, headers)
        # The comparison always runs, so that the response time reveals nothing.
        is_proxy = hmac.compare_digest(secret or b"", self._proxy.secret)
        identity = canonical_identity(header.decode("latin-1")) if header and is_proxy else None
        groups = self._single_value(self._proxy.groups, headers)
        is_unambiguous = groups is not None or self._proxy.groups not in map(
            _hyphenated, dict(headers)
        )
        if identity is None or not is_unambiguous:
            return None
        group_names = (name.strip() for name in (groups or b"").decode(errors="replace").split(","))
        return Person(identity, frozenset(filter(None, group_names)))

    @staticmethod
    def _single_value(header: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
        """Value of a header; `None` unless the request has the header exactly once.

        Some servers treat an underscore as a hyphen, so ``x_name`` counts as a second ``x-name``.
        """
        matching = [(name, value) for name, value in headers if _hyphenated(name) == header]
        return matching[0][1] if len(matching) == 1 and matching[0][0].lower() == header else None

    def _without_names(self, headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Headers without the secret, and without headers that name a person."""
        removed = (self._proxy.header, SECRET_HEADER, self._proxy.groups)
        return [
            (name, value)
            for name, value in headers
            if _hyphenated(name) not in removed and not _NAMES_PEOPLE.fullmatch(_hyphenated(name))
        ]

    def _has_signed_out(self, identity: str) -> bool:
        return time.monotonic() < self._signed_out.get(identity, 0.0)

    def _sign_out(self, identity: str) -> None:
        now = time.monotonic()
        self._signed_out = {who: end for who, end in self._signed_out.items() if end > now}
        self._signed_out[identity] = now + SIGNED_OUT_SECONDS
        SOCKETS.sign_out(identity)


def _hyphenated(name: bytes) -> bytes:
    return name.lower().replace(b"_", b"-")


def _plain_response(words: str, status: int) -> PlainTextResponse:
    headers = {"Cache-Control": "no-store"} | ({"Connection": "close"} if status == 401 else {})
    return PlainTextResponse(f"{words}\n", status, headers)
