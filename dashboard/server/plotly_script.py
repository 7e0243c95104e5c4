"""Plotly's script, which is served from the installed package and compressed once for all readers."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

URL = "charts/plotly.min.js"
"""Path relative to the app, which `dashboard/live/chart.js` requests."""
ETAG = f'W/"{version("plotly")}"'


def plain() -> bytes:
    """Script as it is in the package."""
    return files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()


@cache
def compressed() -> bytes:
    """Script compressed by gzip."""
    return gzip.compress(plain(), 6, mtime=0)


def answer(request: Request) -> Response:
    """Response to a request for the script."""
    headers = {"Cache-Control": "no-cache", "ETag": ETAG, "Vary": "Accept-Encoding"}
    if ETAG.removeprefix("W/") in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(plain(), headers=headers, media_type="text/javascript")
    headers["Content-Encoding"] = "gzip"
    return Response(compressed(), headers=headers, media_type="text/javascript")
