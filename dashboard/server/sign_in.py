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

from dashboard.arguments import UsageError, app_options
from dashboard.decisions.identity import Person, canonical_identity
from dashboard.server.sockets import SOCKETS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from dashboard.decisions.tokens import Tokens

SECRET_HEADER = b"x-common-ground-secret"
"""Header in which the proxy sends its secret."""
PERSON = "common_ground.person"
"""Key of a request's scope with the person who asks. No header can set it."""
SIGN_OUT = "/sign-out"
"""Path that closes all pages of the person who asks for it."""
OWN_PAGES = (None, b"same-origin", b"none")
"""Values of the header ``Sec-Fetch-Site`` that a link of the app or an address as typed has.

Browsers send it, and no page can set it. Other values are of links and forms of other sites.
"""
HEALTH = ("/healthz", "/readyz", "/_stcore/health")
"""Paths that need no identity, for monitoring."""
SIGNED_OUT_SECONDS = 10.0
"""Seconds in which the pages of a person who signed out cannot connect again.

They try to at once, when the browser may not yet have dropped the cookie of the proxy.
"""
# Headers in which proxies name people. Nothing but the configured one may be read.
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
        Secret of the proxy; not used with tokens.
    groups : bytes
        Name of the header with the groups; empty for none, and with tokens.
    tokens : Tokens or None
        Tokens in the header; `None` if it names the person.
    """

    header: bytes
    secret: bytes = field(repr=False)
    groups: bytes = b""
    tokens: Tokens | None = None


def proxy_of(arguments: Sequence[str]) -> Proxy | None:
    """Trusted proxy of the app's command line; `None` without sign-in.

    If a command line with options of the sign-in is wrong, no request can know the secret.
    """
    try:
        options = app_options(arguments)
    except UsageError:  # the page says what is wrong
        wanted = any(argument.startswith(("--identity", "--people")) for argument in arguments)
        return Proxy(b"x-nobody", secrets.token_bytes(32)) if wanted else None
    if options.identity_header is None:
        return None
    header, groups = options.identity_header.lower().encode(), options.identity_groups
    if options.identity_keys is None:
        return Proxy(header, options.identity_secret, groups.lower().encode())
    # The library takes time to load.
    from dashboard.decisions.tokens import Tokens

    tokens = Tokens(
        options.identity_keys,
        options.identity_issuer,
        options.identity_audience,
        options.identity_claim or "email",
        groups,
    )
    return Proxy(header, secrets.token_bytes(32), tokens=tokens)


class SignIn:
    """ASGI middleware, outside of all that answers, that refuses requests without an identity.

    Parameters
    ----------
    app : ASGIApp
        Answers all that is signed in.
    below : str
        Path under which the app is served, without slashes at its ends.
    proxy : Proxy
    """

    def __init__(self, app: ASGIApp, below: str, proxy: Proxy) -> None:
        self.app = app
        self._below = f"/{below}" if below else ""
        self._proxy = proxy
        self._signed_out: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or let the app answer it with the identity in its scope."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path, is_socket = scope["path"].removeprefix(self._below), scope["type"] == "websocket"
        person = self._person(scope["headers"])
        scope = {**scope, "headers": self._without_names(scope["headers"]), PERSON: person}
        is_health = not is_socket and path in HEALTH and scope["method"] in ("GET", "HEAD")
        if person is None and not is_health:
            await _said("Sign in first: this request names nobody.", 401)(scope, receive, send)
        elif path == SIGN_OUT and person is not None and not is_socket:
            if dict(scope["headers"]).get(b"sec-fetch-site") not in OWN_PAGES:
                await _said("Sign out by the link on a page.", 403)(scope, receive, send)
                return
            self._sign_out(person.identity)
            await _said("You are signed out.", 200)(scope, receive, send)
        elif person is not None and is_socket and self._has_signed_out(person.identity):
            await _said("You have just signed out.", 401)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _person(self, headers: Sequence[tuple[bytes, bytes]]) -> Person | None:
        """Person who asks; `None` unless exactly one is named, by the proxy or by a valid token."""
        names = self._only(self._proxy.header, headers)
        if self._proxy.tokens is not None:
            return self._proxy.tokens.person(names) if names else None
        given = self._only(SECRET_HEADER, headers)
        # Compared in any case, so that the time of an answer tells nothing.
        is_proxy = hmac.compare_digest(given or b"", self._proxy.secret)
        identity = canonical_identity(names.decode("latin-1")) if names and is_proxy else None
        groups = self._only(self._proxy.groups, headers)
        is_one = groups is not None or self._proxy.groups not in map(_hyphenated, dict(headers))
        if identity is None or not is_one:
            return None
        every = (one.strip() for one in (groups or b"").decode(errors="replace").split(","))
        return Person(identity, frozenset(filter(None, every)))

    def _only(self, header: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
        """Value of a header that is there exactly once.

        Some servers take an underscore for a hyphen, so a header with one counts as another of the same name.
        """
        found = [(name, value) for name, value in headers if _hyphenated(name) == header]
        return found[0][1] if len(found) == 1 and found[0][0].lower() == header else None

    def _without_names(self, headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Headers without the secret, and without any that names a person."""
        own = (self._proxy.header, SECRET_HEADER, self._proxy.groups)
        return [
            (name, value)
            for name, value in headers
            if _hyphenated(name) not in own and not _NAMES_PEOPLE.fullmatch(_hyphenated(name))
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


def _said(words: str, status: int) -> PlainTextResponse:
    headers = {"Cache-Control": "no-store"} | ({"Connection": "close"} if status == 401 else {})
    return PlainTextResponse(f"{words}\n", status, headers)
