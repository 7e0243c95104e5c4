"""Security headers of every response: only the app's scripts run, and no other site can frame the app."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHOW_REFUSAL = "'sha256-nh3cKL2KSn2BkYU2f7NXcDMVbdyus5IHAgL5CqHsgTs='"
"""Hash of the inline script that scrolls to the refusal of an upload."""
SHOW_INSPECTING = "'sha256-1iBfDLBX1p2vkBWF/dKbNlnXpDcqHG5Dd8eVh7cSZxI='"
"""Hash of the inline script that scrolls to the panel named by a link."""
SHOW_UNITS = "'sha256-0p9IURnR4PNxW5ubZuPJDOlo5qDqhrwLo7tjWdIkvg4='"
"""Hash of the inline script that scrolls to the requested units."""

UNUSED_FEATURES = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
)
"""Browser features that no page of this app uses."""
_WITH_HEADERS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
"""Messages of the app to the server that contain headers."""


def script_hash(text: str) -> str:
    """Source expression of an inline script in a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def inline_scripts(html: str) -> list[str]:
    """Text of every inline script of a page."""
    return re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", html, re.DOTALL)


@cache
def policy() -> str:
    """Content-Security-Policy for Streamlit's page, with the hashes of its inline scripts."""
    page = Path(st.__file__).parent / "static" / "index.html"
    hashes = [script_hash(text) for text in inline_scripts(page.read_text(encoding="utf-8"))]
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *hashes, SHOW_REFUSAL, SHOW_INSPECTING, SHOW_UNITS]),
        # Streamlit and Plotly add inline styles while the page runs.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "frame-src": "'self'",
        "frame-ancestors": "'self'",
        "base-uri": "'self'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


@cache
def security_headers() -> tuple[tuple[bytes, bytes], ...]:
    """Headers that are the same for every response."""
    headers = {
        "content-security-policy": policy(),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-frame-options": "SAMEORIGIN",
    }
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


class SecurityHeaders:
    """ASGI middleware that adds the headers to every response, including errors and refusals."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the app, and add the headers to its response."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        is_open = False

        async def with_headers(message: Message) -> None:
            nonlocal is_open
            if message["type"] in _WITH_HEADERS:
                message["headers"] = _with_security_headers(message.get("headers", ()))
            elif message["type"] == "websocket.close" and not is_open:
                await _refuse(scope, message, send)
                return
            is_open = is_open or message["type"] == "websocket.accept"
            await send(message)

        await self.app(scope, receive, with_headers)


def _with_security_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers of a response together with the security headers, which replace headers of the same name."""
    added = security_headers()
    replaced = {name for name, _ in added}
    return [*((name, value) for name, value in headers if name.lower() not in replaced), *added]


async def _refuse(scope: Scope, message: Message, send: Send) -> None:
    """Refuse a socket that is not open yet, with an HTTP response if the server supports it."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send(message)
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *security_headers()]
    await send({"type": "websocket.http.response.start", "status": 403, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"Forbidden"})
