"""What one server has and all its readers share: the library, the register."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from dashboard.arguments import open_also, open_dataset
from dashboard.data.folders import (
    cache_folder,
    library_folder,
    register_path,
    state_folder,
    tally_key,
)
from dashboard.data.library import Library
from dashboard.data.shared import Shared
from dashboard.data.tally_cache import TallyCache
from dashboard.data.uploads.store import UploadStore
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.rate_limit import RateLimit
from dashboard.decisions.register import Register
from metrics import load_objectives

MEGABYTE = 1_000_000


@Shared
def library(arguments: tuple[str, ...], on_gone: Callable[[str], None]) -> Library:
    """Everything that this server has opened, beginning with its command line's files.

    Raises
    ------
    ScoreError
        Where they are refused.
    UsageError
        Where the command line is wrong.
    """
    from dashboard.arguments import app_options

    options: argparse.Namespace = app_options(arguments)
    if options.objectives:
        load_objectives(options.objectives)
    shelf = _shelf(options)
    opened = Library(shelf, options.max_thresholds, options.at_once, on_gone=on_gone)
    cache = None if options.private else TallyCache(cache_folder(), tally_key())
    opened.add(replace(open_dataset(options), tally_cache=cache))
    for file in options.also:
        opened.add(replace(open_also(options, file), tally_cache=cache))
    opened.tidy_by_the_clock()
    return opened


def is_makeshift(arguments: tuple[str, ...]) -> bool:
    """Whether uploads were to outlive the server, but their folder could not be made."""
    from dashboard.arguments import app_options

    opened: Library = library(arguments, lambda _: None)
    return opened.shelf.private and not app_options(arguments).private


def _shelf(options: argparse.Namespace) -> UploadStore:
    """Where uploads are kept; until the server stops where their folder cannot be had, as the page says."""
    room = (options.keep_days, options.keep_total * MEGABYTE)
    if not options.private:
        with suppress(OSError):
            return UploadStore(options.library or library_folder(), *room)
    return UploadStore(None, *room)


@Shared
def memory(arguments: tuple[str, ...]) -> int:
    """Bytes that this server may take for what it has worked out.

    Raises
    ------
    UsageError
        Where the command line is wrong.
    """
    from dashboard.arguments import app_options

    options: argparse.Namespace = app_options(arguments)
    return int(options.memory) * MEGABYTE


@Shared
def register(arguments: tuple[str, ...]) -> Register | None:
    """Where this server records decisions; None where it is private and keeps none.

    Raises
    ------
    UsageError
        Where the command line is wrong.
    """
    from dashboard.arguments import app_options

    options: argparse.Namespace = app_options(arguments)
    if options.private:
        return None
    path = options.register or register_path()
    return Register(
        path,
        ChainHeadFile(state_folder() / "heads", path),
        RateLimit(),
        options.keep_total * MEGABYTE,
    )


@Shared
def settle() -> None:
    """Take what a first page has loaded out of the garbage collector's sight; once in a server's life.

    Notes
    -----
    Libraries, tallies and curves stay as long as the server does; without this every full collection
    goes through all of them again.
    """
    gc.collect()
    gc.freeze()
