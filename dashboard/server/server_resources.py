"""Resources that all readers of a server share, such as the library of data sets and the register.

All functions raise `UsageError` if the command line is wrong.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, get_args

from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_also, open_dataset
from dashboard.data.folders import (
    cache_folder,
    library_folder,
    register_path,
    state_folder,
    tally_key_path,
)
from dashboard.data.library import Library
from dashboard.data.shared import Shared
from dashboard.data.tally_cache import TallyCache
from dashboard.data.uploads.store import UploadStore
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.people import Roles
from dashboard.decisions.rate_limit import RateLimit
from dashboard.decisions.register import Register
from metrics import load_objectives
from metrics.errors import Keyword

MEGABYTE = 1_000_000

options_of = Shared(app_options)
"""Parsed command line of the app."""


@Shared
def library(
    arguments: tuple[str, ...],
    on_gone: Callable[[str], None],
    read_options: Mapping[str, Any] | None = None,
) -> Library:
    """Library of the data sets that this server has opened, with the files of its command line.

    Parameters
    ----------
    arguments : tuple of str
        Command line of the app.
    on_gone : callable
        Called with the fingerprint of an upload that was deleted or has expired.
    read_options : mapping, optional
        Keyword options of `metrics.open_scores`, in place of those of the command line.

    Raises
    ------
    ScoreError
        If the files are rejected.
    """
    options = app_options(arguments)
    if read_options is not None:
        vars(options).update(dict.fromkeys(get_args(Keyword)) | dict(read_options))
    if options.objectives:
        load_objectives(options.objectives)
    opened = Library(
        _upload_store(options), options.max_thresholds, options.at_once, on_gone=on_gone
    )
    cache = None if options.private else TallyCache(cache_folder(), tally_key_path())
    opened.add(replace(open_dataset(options), tally_cache=cache))
    for file in options.also:
        opened.add(replace(open_also(options, file), tally_cache=cache))
    opened.tidy_regularly()
    return opened


def _upload_store(options: argparse.Namespace) -> UploadStore:
    """Store of uploads; it is temporary if the server is private or the folder cannot be created."""
    room = (options.keep_days, options.keep_total * MEGABYTE)
    if not options.private:
        with suppress(OSError):
            return UploadStore(options.library or library_folder(), *room)
    return UploadStore(None, *room)


@Shared
def register(arguments: tuple[str, ...]) -> Register | None:
    """Register of decisions; `None` if the server is private."""
    options = options_of(arguments)
    if options.private:
        return None
    path = options.register or register_path()
    return Register(
        path,
        ChainHeadFile(state_folder() / "heads", path),
        RateLimit(),
        options.keep_total * MEGABYTE,
    )


def roles(arguments: tuple[str, ...]) -> Roles | None:
    """Roles of the people who sign in; `None` without sign-in."""
    options = options_of(arguments)
    if options.identity_header is None:
        return None
    return Roles(
        options.people, options.identity_issuer or f"proxy header {options.identity_header}"
    )


@Shared
def settle() -> None:
    """Exclude everything loaded so far from garbage collection; this runs once, after the first page.

    Notes
    -----
    Libraries, tallies and curves live as long as the server. Without this, every full collection would
    traverse all of them.
    """
    gc.collect()
    gc.freeze()
