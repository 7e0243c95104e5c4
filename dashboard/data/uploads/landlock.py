"""Landlock: access of a Linux process to files, limited to some paths (include/uapi/linux/landlock.h)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from dashboard.data.uploads.linux_calls import call

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << k for k in range(6))
_MAKE_REG, _TRUNCATE = 1 << 8, 1 << 14
_BIND_AND_CONNECT = _SOCKETS_AND_SIGNALS = 0b11
"""Both rights over the network, and both scopes."""
_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Number of rights over files by version of Landlock; later versions use the last."""


def allow_files(read: Iterable[Path], write: Path | None) -> None:
    """Deny this process all files, except that it may read some paths and write to one folder."""
    version = call(_CREATE_RULESET, None, 0, _VERSION)
    rights = (1 << _RIGHTS_BY_VERSION.get(version, 16)) - 1
    # All handled rights are denied unless a rule allows them. Version 4 added the network, version 6 abstract
    # sockets and signals.
    handled = [rights]
    handled += [_BIND_AND_CONNECT] if version >= 4 else []
    handled += [_SOCKETS_AND_SIGNALS] if version >= 6 else []
    attributes = struct.pack(f"={len(handled)}Q", *handled)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    rules = call(_CREATE_RULESET, buffer, len(attributes), 0)
    try:
        for place in read:
            _allow(rules, place, _READ_FILE | _READ_DIR)
        if write is not None:
            full = _READ_FILE | _READ_DIR | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE
            _allow(rules, write, full & rights)
        call(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, place: Path, rights: int) -> None:
    try:
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # a missing file needs no right
    try:
        if not place.is_dir():
            rights &= _READ_FILE | _WRITE_FILE | _TRUNCATE
        rule = struct.pack("=Qi", rights, handle)
        call(_ADD_RULE, rules, _PATH_BENEATH, ctypes.create_string_buffer(rule, len(rule)), 0)
    finally:
        os.close(handle)
