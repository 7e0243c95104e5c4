"""nginx in front of the app, with the configuration from the guide."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.browser.conftest import PATIENCE
from tests.repository import ROOT
from tests.running import free_port

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
BELOW = "/common-ground"
HOST = "line3.localhost"
"""Address that the app does not recognise as its own machine."""
AROUND = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {server}
}}
"""


def server_of_the_guide(app: str, port: int, folder: Path) -> str:
    """Server block from the guide, with the app's port and a certificate made for the test."""
    text = (ROOT / "dashboard" / "guide" / "running.md").read_text(encoding="utf-8")
    block = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)[0]
    for theirs, ours in {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "server_name scores.example.com;": f"server_name {HOST};",
        "/etc/ssl/certs/scores.example.com.pem": str(folder / "own.pem"),
        "/etc/ssl/private/scores.example.com.key": str(folder / "own.key"),
        "http://127.0.0.1:8501": app,
    }.items():
        assert block.count(theirs) == 1
        block = block.replace(theirs, ours)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={HOST}",
                "-addext",
                f"subjectAltName=DNS:{HOST}",
            ),
            *("-keyout", str(folder / "own.key"), "-out", str(folder / "own.pem")),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return str(block)


@contextlib.contextmanager
def nginx(
    app: str,
    folder: Path,
    change: Callable[[str], str] = lambda block: block,
    ready: str = "HTTP/1.1 200",
) -> Iterator[str]:
    """Run nginx in front of the app with a changed server block; yield the address of the app.

    Parameters
    ----------
    ready : str
        Beginning of the answer of nginx for a client without cookies, once it can be used.
    """
    port = free_port()
    block = change(server_of_the_guide(app, port, folder))
    # Otherwise nginx's workers may not read the folder.
    own = "user root;" if os.geteuid() == 0 else ""
    around = {"folder": folder, "server": block, "user": own}
    conf = folder / "nginx.conf"
    conf.write_text(AROUND.format(**around))
    assert NGINX is not None
    server = subprocess.Popen([NGINX, "-e", str(folder / "error.log"), "-c", str(conf)])
    try:
        url = f"https://{HOST}:{port}{BELOW}"
        end = time.monotonic() + PATIENCE / 1000
        while not asked(port, folder, "/readyz").startswith(ready):
            log = folder / "error.log"
            assert server.poll() is None, log.read_text() if log.exists() else "it did not start"
            assert time.monotonic() < end
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE / 1000)


def asked(port: int, folder: Path, path: str, *, name: str = HOST) -> str:
    """Answer of nginx to a client that trusts its certificate."""
    trusting = ssl.create_default_context(cafile=str(folder / "own.pem"))
    request = f"GET {BELOW}{path} HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n"
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE / 1000) as plain,
            trusting.wrap_socket(plain, server_hostname=HOST) as line,
        ):
            line.sendall(request.encode())
            return b"".join(iter(lambda: line.recv(65536), b"")).decode("latin-1")
    except OSError:
        return ""
