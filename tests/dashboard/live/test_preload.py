"""What a browser is handed before it asks is what the page then asks for, and nothing else."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path

import plotly
import pytest
from starlette.responses import PlainTextResponse

from dashboard.live.component import HERE, PLOTLY_URL
from dashboard.live.preload import Ahead

OWN = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()


def asked(path, *, status=200, **headers):
    """What comes back from an app behind it: status, headers, body."""
    said = []

    async def send(message):
        said.append(message)

    async def receive():
        raise AssertionError("nothing is read")

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }
    behind = PlainTextResponse("from behind", status_code=status)
    asyncio.run(Ahead(behind)(scope, receive, send))
    start, *rest = said
    names = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], names, b"".join(part.get("body", b"") for part in rest)


@pytest.mark.parametrize("below", ["", "/below/a/path"])
def test_plotly_is_the_packages_own_after_one_comment(below):
    status, headers, body = asked(f"{below}/{PLOTLY_URL}")
    hint, own = body.split(b"\n", 1)
    assert status == 200
    assert hint.startswith(b"//")
    assert own == OWN
    assert headers["content-type"].startswith("text/javascript")


def test_it_is_packed_for_whoever_can_unpack():
    _, headers, packed = asked(f"/{PLOTLY_URL}", accept_encoding="br, gzip")
    _, plain_headers, plain = asked(f"/{PLOTLY_URL}")
    assert headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain_headers
    assert int(headers["content-length"]) == len(packed) < len(plain) / 3
    assert gzip.decompress(packed) == plain


def test_whoever_has_it_gets_it_no_second_time():
    _, headers, _ = asked(f"/{PLOTLY_URL}")
    status, _, body = asked(f"/{PLOTLY_URL}", if_none_match=f'W/"other", {headers["etag"]}')
    assert (status, body) == (304, b"")
    status, _, body = asked(f"/{PLOTLY_URL}", if_none_match='"another"')
    assert status == 200
    assert body


@pytest.mark.parametrize("path", ["/", "/table", "/below/"])
def test_the_tables_page_names_the_files_that_there_are(path):
    _, headers, body = asked(path)
    urls = re.findall(r"<([^>]*)>; rel=modulepreload", headers["link"])
    assert body == b"from behind"
    assert urls[0] == PLOTLY_URL
    assert sorted(Path(url).name for url in urls[1:]) == sorted(p.name for p in HERE.glob("*.js"))


@pytest.mark.parametrize("path", ["/gaps", "/data", "/_stcore/health", "/static/js/index.js"])
def test_nothing_else_is_changed(path):
    status, headers, body = asked(path)
    assert (status, body) == (200, b"from behind")
    assert "link" not in headers


def test_an_answer_that_is_no_page_names_nothing():
    assert "link" not in asked("/", status=404)[1]
