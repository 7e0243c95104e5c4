"""Words for the progress of a pass over the rows: rows read, pace and time left."""

from __future__ import annotations

from dashboard.data.tally_job import TallyJob
from dashboard.words.numbers import number

STEADY = 1.0
"""Seconds of a pass before its pace is shown."""


def tally_progress(job: TallyJob) -> str:
    """Progress of a tally: what is read, how many units, the pace and the time left."""
    if job.waiting:
        return "Waiting while other data is counted"
    total = job.total
    what = "Reading the score files" if job.passes < 2 else "Counting at every threshold"
    done = number(job.rows if total is None else min(job.rows, total))
    read = f"{done} units so far" if total is None else f"{done} of {number(total)} units"
    if total is not None and job.rows >= total:
        then = "placing the thresholds" if job.passes < 2 else "drawing the page"
        return f"{what}: {read}. Next: {then}"
    return f"{what}: {read}{_pace(job, total)}"


def _pace(job: TallyJob, total: int | None) -> str:
    seconds = job.seconds
    if seconds < STEADY or job.rows == 0:
        return ""
    rate = job.rows / seconds
    left = "" if total is None else f", {duration(max(0, total - job.rows) / rate)} left"
    return f", {number(float(f'{rate:.2g}'))} a second{left}"


def pass_progress(done: int, total: int | None, seconds: float) -> str:
    """Progress of a pass over the rows, for a terminal.

    Parameters
    ----------
    done : int
        Number of rows read so far.
    total : int or None
        Number of all rows; `None` if unknown.
    seconds : float
        Time since the pass began.
    """
    rate = done / seconds if seconds > 0 else 0.0
    if total is None:
        return f"{done:,} rows, {rate:,.0f} a second"
    if not rate:
        return f"{done:,} of {total:,} rows"
    left = max(0.0, total - done) / rate
    return f"{done:,} of {total:,} rows, {rate:,.0f} a second, {duration(left)} left"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours in words, rounded up."""
    whole = int(-(-seconds // 1))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
