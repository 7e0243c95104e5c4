"""What a browser is handed before it asks is what the page then asks for, and nothing else."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path

import plotly
import pytest
from starlette.responses import HTMLResponse, PlainTextResponse

from dashboard.live.component import HERE, PLOTLY_URL
from dashboard.server import preload
from dashboard.server.preload import FIRST, STATIC, Ahead

OWN = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()
OURS = sorted(path.name for path in HERE.glob("*.js"))
PAGE = "<html><head><title>Page</title></head><body></body></html>"


def asked(path, behind=None, **headers):
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
    asyncio.run(Ahead(behind or HTMLResponse(PAGE))(scope, receive, send))
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
    etag = headers["etag"]
    assert etag.startswith('W/"')  # packed and plain share it
    for known in (etag, etag.removeprefix("W/")):
        status, _, body = asked(f"/{PLOTLY_URL}", if_none_match=f'W/"other", {known}')
        assert (status, body) == (304, b"")
    status, _, body = asked(f"/{PLOTLY_URL}", if_none_match='"another"')
    assert status == 200
    assert body


def named(body):
    """The files that a page names beyond what it did."""
    assert re.sub(r"<link [^>]*>", "", body.decode()) == PAGE
    return re.findall(r'<link rel="modulepreload" [^>]*href="\./([^"]*)">', body.decode())


@pytest.mark.parametrize("path", ["/", "/table", "/below/"])
def test_the_tables_page_names_the_files_that_there_are(path):
    _, headers, body = asked(path)
    plotly_url, *urls = named(body)
    first, own = urls[: -len(OURS)], urls[-len(OURS) :]
    assert int(headers["content-length"]) == len(body)
    assert plotly_url == PLOTLY_URL
    assert sorted(Path(url).name for url in own) == OURS
    assert {Path(url).name.split(".")[0] for url in first} >= set(FIRST)
    assert all((STATIC / url).is_file() for url in first)


def test_the_page_names_nothing_twice():
    first = [Path(url).name for url in named(asked("/")[2])]
    assert len(set(first)) == len(first)
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert [name for name in first if name in page] == []


def test_the_page_is_made_whole_for_whoever_has_an_older_one():
    heard = []

    async def behind(scope, receive, send):
        heard.extend(scope["headers"])
        headers = {"etag": '"of the file"', "cache-control": "no-cache"}
        await HTMLResponse(PAGE, headers=headers)(scope, receive, send)

    said = {"if_none_match": '"of the file"', "accept_encoding": "gzip", "cookie": "a=b"}
    _, headers, body = asked("/", behind, **said)
    assert heard == [(b"cookie", b"a=b")]
    assert "etag" not in headers
    assert headers["cache-control"] == "no-cache"
    assert named(body)


def test_streamlits_own_code_is_handed_out_as_it_is(monkeypatch):
    monkeypatch.setattr(preload, "_chunks", {})
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    [name] = re.findall(r'src="\./(static/js/[^"]*)"', page)
    assert asked(f"/{name}")[2] == PAGE.encode()  # from behind, until it is made ready
    monkeypatch.setattr(preload, "named_by_page", lambda: [Path(name).name])
    monkeypatch.setattr(preload, "first_elements", list)
    preload.make_ready()
    _, headers, body = asked(f"/below/{name}", accept_encoding="gzip")
    assert gzip.decompress(body) == (STATIC / name).read_bytes()
    assert headers["cache-control"] == "public, immutable, max-age=31536000"
    assert asked(f"/{name}", if_none_match=headers["etag"])[0] == 304


@pytest.mark.parametrize("path", ["/gaps", "/data", "/_stcore/health", "/static/js/other.js"])
def test_nothing_else_is_changed(path):
    status, _, body = asked(path)
    assert (status, body) == (200, PAGE.encode())


@pytest.mark.parametrize("behind", [HTMLResponse(PAGE, 404), PlainTextResponse(PAGE)])
def test_an_answer_that_is_no_page_names_nothing(behind):
    assert asked("/", behind)[2] == PAGE.encode()
