"""``common-ground open``: start the app on score files."""

from __future__ import annotations

import argparse
import os
import re
import socket
import sys
from pathlib import Path

from dashboard.arguments.app_options import add_app_options
from dashboard.arguments.parser import UsageError, positive_int
from dashboard.arguments.sign_in_options import check_sign_in
from dashboard.data.uploads.job import MAX_FILES, MAX_MEGABYTES
from dashboard.host_names import bracketed, is_loopback

SERVER = Path(__file__).resolve().parents[1] / "app.py"


def add_open(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``open``."""
    add_app_options(parser)
    parser.add_argument("--port", type=int, default=8501, help="port of the app (8501)")
    parser.add_argument(
        "--max-upload",
        type=positive_int,
        default=MAX_MEGABYTES,
        metavar="MB",
        help=f"largest upload on the Data page: a file, or up to {MAX_FILES} files together "
        f"({MAX_MEGABYTES})",
    )
    parser.add_argument(
        "--address",
        type=_address,
        default="127.0.0.1",
        help="address to listen on (127.0.0.1: this machine only)",
    )
    parser.add_argument(
        "--base-path",
        type=_base_path,
        default="",
        metavar="PATH",
        help="path of the app behind a proxy, such as /common-ground",
    )


def _base_path(text: str) -> str:
    """Path of the app as the server expects it, without a slash at either end."""
    path = text.strip("/")
    if not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*|", path, re.ASCII):
        raise argparse.ArgumentTypeError(f"must be a path such as /common-ground, got {text}")
    return path


def _address(text: str) -> str:
    """Address that this machine can listen on, without the brackets of a URL."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") and ":" in text else text
    try:
        addresses = socket.getaddrinfo(bare, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = addresses[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        raise argparse.ArgumentTypeError(
            f"must be an address of this machine, such as 127.0.0.1 or ::1, got {text}"
        ) from error
    return bare


def run_open(options: argparse.Namespace) -> int:
    """Replace this process by the app's server."""
    check_sign_in(options)
    if not (is_loopback(options.address) or options.identity_header or options.no_sign_in):
        raise UsageError(
            f"--no-sign-in must be given to listen on {options.address}, because nobody signs in there: "
            "everybody who reaches this machine sees all data and decisions, and can record a decision under "
            "any name. With --identity-header a proxy in front says who people are."
        )
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for name in ("--port", "--address", "--max-upload", "--base-path"):
        own.add_argument(name)
    _, passed = own.parse_known_args(sys.argv[sys.argv.index("open") + 1 :])
    below = f"/{options.base_path}/" if options.base_path else ""
    print(f"Common Ground: http://{bracketed(options.address)}:{options.port}{below}", flush=True)
    command = [
        sys.executable,
        "-P",  # a file such as pandas.py in the current folder must not be imported
        "-m",
        "streamlit",
        "run",
        str(SERVER),
        f"--server.port={options.port}",
        f"--server.address={options.address}",
        f"--server.maxUploadSize={options.max_upload}",
        *([f"--server.baseUrlPath={options.base_path}"] if below else []),
        "--",
        *passed,
    ]
    os.execv(sys.executable, command)
