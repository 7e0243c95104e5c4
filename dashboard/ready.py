"""What a server does before anyone comes: the first visitor does not wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from dashboard.ahead import plotly_script


def make_ready(arguments: Sequence[str]) -> None:
    """Load what every page needs, open the command line's files, count and evaluate the first.

    Parameters
    ----------
    arguments : sequence of str
        The app's own command line.
    """
    # Slow to load, and no reason for the server to be heard of later.
    from dashboard import cache
    from dashboard.cli_options import UsageError
    from metrics import ScoreError

    with suppress(ScoreError, UsageError):  # the page says what is wrong
        [first, *_] = cache.library(tuple(arguments)).own
        if cache.is_counted(first):
            cache.evaluated(first, first.countable(first.scenario)[0])
    from dashboard.views import table  # noqa: F401

    plotly_script()
