"""Words for the progress of a pass over the rows: rows read, pace and time left."""

from __future__ import annotations

from dashboard.data.tally_job import TallyJob
from dashboard.words.numbers.amounts import number

STEADY = 1.0
"""Seconds of a pass before its pace is shown."""


def tally_progress(job: TallyJob) -> str:
    """Progress of a tally: what is read, how many units, the pace and the time left."""
    if job.waiting:
        return "Waiting while other data is counted"
    step = "Reading the score files" if job.passes < 2 else "Counting at every threshold"
    if job.total is None or job.rows < job.total:
        return f"{step}: {pass_progress(job.rows, job.total, job.seconds, 'units')}"
    next_step = "placing the thresholds" if job.passes < 2 else "drawing the page"
    return f"{step}: {pass_progress(job.rows, job.total, 0.0, 'units')}. Next: {next_step}"


def pass_progress(done: int, total: int | None, seconds: float, rows: str = "rows") -> str:
    """Progress of a pass over the rows; ``total`` is `None` if unknown."""
    of_all = "" if total is None else f" of {number(total)}"
    read = f"{number(done if total is None else min(done, total))}{of_all} {rows}"
    if total is None:
        read += " so far"
    if seconds < STEADY or not done:
        return read
    rate = done / seconds
    time_left = "" if total is None else f", {duration(max(0, total - done) / rate)} left"
    return f"{read}, {number(float(f'{rate:.2g}'))} a second{time_left}"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours in words, rounded up."""
    whole = int(-(-seconds // 1))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
