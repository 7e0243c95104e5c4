"""Rows of the benchmark's table, each with the largest value that is allowed."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Browser, sync_playwright

from tests.running import chromium

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
TURNS = 3
WATCH = """
import json, resource, sys, time
before, code = sys.argv[1:]
exec(before)
begun = time.perf_counter(), time.process_time()
exec(code)
took = time.perf_counter() - begun[0], time.process_time() - begun[1]
# The peak from the kernel's page: ru_maxrss begins at that of the process which forked.
own = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
peak = int(own) + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([*took, peak / 1024]))
"""
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """A measured value.

    Attributes
    ----------
    measured : str
    value : float
    unit : str
        "times" for the ratio to an alternative in the same run.
    most : float or None
        Largest value that is allowed; `None` if the row only informs.
    detail : str
        What else was seen, such as both sides of a ratio.
    """

    measured: str
    value: float
    unit: str
    most: float | None = None
    detail: str = ""

    @property
    def passes(self) -> bool:
        """Whether the value is allowed."""
        return self.most is None or self.value <= self.most

    def __str__(self) -> str:
        most = "–" if self.most is None else f"{self.most:g}"
        verdict = "–" if self.most is None else "pass" if self.passes else "FAIL"
        value = number(self.value)
        return f"| {self.measured} | {value} {self.unit} | {most} | {verdict} | {self.detail} |"


def number(value: float) -> str:
    """Format a number with three digits, or from 100 on as an integer."""
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def ratio(
    measured: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    most: float | None = None,
    unit: str = "s",
) -> Row:
    """Row with the median of each turn's ratio."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    sides = [f"{number(statistics.median(side))} {unit}" for side in (ours, theirs)]
    detail = f"{' against '.join(sides)}; {number(min(ratios))} to {number(max(ratios))}"
    return Row(measured, statistics.median(ratios), "times", most, detail)


def in_turns(sides: Mapping[str, Callable[[], T]], turns: int = TURNS) -> dict[str, list[T]]:
    """Results of each side. The sides alternate, so that a noisy machine affects all of them."""
    found: dict[str, list[T]] = {name: [] for name in sides}
    for _ in range(turns):
        for name, run in sides.items():
            found[name].append(run())
    return found


@dataclass(frozen=True)
class Taken:
    """Elapsed and CPU seconds of code, and the peak MB of its process with its children."""

    seconds: float
    processor: float
    peak: float


def taken(code: str, before: str = "", **names: str) -> Taken:
    """Run code in a new process. The clock starts after ``before``; names are inserted into both."""
    command = [sys.executable, "-c", WATCH, before.format(**names), code.format(**names)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return Taken(*json.loads(done.stdout.splitlines()[-1]))


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """Chromium. Playwright's event loop is closed afterwards, so that another loop can run."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
