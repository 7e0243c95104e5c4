"""Helpers that run the app in its own process, or in the process of the tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from unittest import mock

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
START_SECONDS = 240.0
"""Seconds to wait for a server that does not answer yet; usually a few are enough."""


def chromium() -> str:
    """Path of Chromium; the environment variable ``CHROMIUM`` overrides it."""
    for name in (os.environ.get("CHROMIUM", ""), *BROWSERS):
        if path := shutil.which(name):
            return path
    raise FileNotFoundError(
        "The browser tests must have a Chromium, got none on the PATH. Install it (on Debian: "
        "apt install chromium), name one in CHROMIUM, or run pytest -m 'not browser'."
    )


def free_port() -> int:
    """Port of 127.0.0.1 that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**more: str) -> dict[str, str]:
    """Environment without variables that let a child import from this checkout or its caller."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
        and not name.startswith(("PYTEST_", "STREAMLIT_"))
    }
    return inherited | more


def _health(url: str) -> int:
    """HTTP status of the server's health check; 0 if there is no answer yet."""
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return 0


@contextlib.contextmanager
def scanned_once() -> Iterator[None]:
    """For apps in this process, let Streamlit search for components and compile the script only once.

    Searching all installed packages takes longer than drawing most pages. Usage statistics are switched off
    here, because such apps do not read the app's settings.
    """
    from streamlit import config
    from streamlit.components.v2 import manifest_scanner as scanner
    from streamlit.runtime.scriptrunner.script_cache import ScriptCache
    from streamlit.testing.v1 import local_script_runner as runner

    scan, scripts = cache(scanner.scan_component_manifests), ScriptCache()
    before = config.get_option("browser.gatherUsageStats")
    config.set_option("browser.gatherUsageStats", False)
    with (
        mock.patch.object(scanner, "scan_component_manifests", scan),
        mock.patch.object(runner, "ScriptCache", return_value=scripts),
    ):
        yield
    config.set_option("browser.gatherUsageStats", before)


@contextlib.contextmanager
def running_app(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, below: str = ""
) -> Iterator[str]:
    """Run a command that starts the app, and stop it with all its children.

    Parameters
    ----------
    command : sequence of str
        Command, such as ``["common-ground", "open", "scores.csv", "--port", "{port}"]``. A free port replaces
        ``{port}``.
    cwd : Path
        Folder to run in.
    env : mapping of str to str, optional
        Variables to add to a clean environment.
    below : str
        Path of the app, such as ``/common-ground``.

    Yields
    ------
    str
        Address of the server, once it is healthy.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}{below}"
    command = [part.replace("{port}", str(port)) for part in command]
    environment = clean_environment(STREAMLIT_SERVER_HEADLESS="true", **(env or {}))
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            end = time.monotonic() + START_SECONDS
            while (status := _health(url)) != 200:
                # A server that answers with an error would not recover by waiting.
                if server.poll() is not None or status == 500 or time.monotonic() > end:
                    log.seek(0)
                    state = (
                        "runs" if server.returncode is None else f"left with {server.returncode}"
                    )
                    raise RuntimeError(
                        f"No app at {url}; {command} {state} and said:\n{log.read()}"
                    )
                time.sleep(0.1)
            yield url
        finally:
            _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, number)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue
        return
