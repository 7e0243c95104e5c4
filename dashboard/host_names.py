"""Host names and addresses of servers: parse and normalise them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]{1,253})(?::(\d{0,5}))?", re.ASCII)
USUAL_PORTS = {"http": 80, "https": 443}
"""Ports that a browser leaves out of an address."""


@dataclass(frozen=True)
class Authority:
    """Host name and port of a server; the port is `None` if it is not named, or is a usual port."""

    name: str
    port: int | None = None


def authority(text: str) -> Authority | None:
    """Parse ``NAME`` or ``NAME:PORT``; `None` if the text is neither.

    Names are lower case, without a dot at the end; numeric addresses are in their shortest form.
    """
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        return None
    name, port = host_name(match[1]), int(match[2] or 0)
    if not name or port > 65535:
        return None
    return Authority(name, port if port not in (0, *USUAL_PORTS.values()) else None)


def host_name(text: str) -> str:
    """Normalised host name; empty if the brackets contain no address."""
    bare = text.strip("[]")
    try:
        address = ip_address(bare)
    except ValueError:
        return "" if bare != text else text.lower().removesuffix(".")
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


def is_loopback(name: str) -> bool:
    """True for ``localhost`` and for loopback addresses, which only this machine can reach."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def bracketed(address: str) -> str:
    """Write an address as in a URL, with brackets around an IPv6 address."""
    return f"[{address}]" if ":" in address and not address.startswith("[") else address


def host_option(text: str) -> str:
    """Check the argument of ``--host`` and return it unchanged."""
    if authority(bracketed(text) if text.count(":") > 1 else text) is None:
        raise argparse.ArgumentTypeError(f"must be a name such as scores.example.com, got {text}")
    return text


def hosts_named(arguments: Sequence[str]) -> frozenset[Authority]:
    """Names in the ``--host`` options of a command line. Other options are ignored."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--host", action="append", default=[])
    try:
        named, _ = parser.parse_known_args(list(arguments))
    except argparse.ArgumentError:  # the page says what is wrong with it
        return frozenset()
    read = (authority(bracketed(text) if text.count(":") > 1 else text) for text in named.host)
    return frozenset(one for one in read if one)
