"""All fuzz tests and simulations: ``python -m tests.soak [SECONDS] [KIND]``.

A kind alone, such as ``csv`` or ``picks``, runs only that part. Without a kind, the readers are fuzzed for
some seconds, and all simulations follow. Then the command line is run many times, writers of the register are
killed, and a server gets waves of readers.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.soak.fuzz import READERS, run_fuzzers

SIMULATIONS = {
    "intervals": "tests.soak.coverage",
    "guarantees": "tests.soak.guarantee",
    "current": "tests.soak.against_current",
    "transfer": "tests.soak.transfer",
    "picks": "tests.soak.intervals_at_picks",
    "populations": "tests.soak.populations",
    "segments": "tests.soak.segments",
    "inspection": "tests.soak.inspection",
}
"""Module of each simulation; its exit code is 1 if a share is wrong."""
RUNS = 40
"""Number of runs of the command line."""


def run_modules(*commands: list[str]) -> int:
    """Run modules with their arguments, one after another. Return 0 if all of them did."""
    return int(
        any(subprocess.run([sys.executable, "-m", *c], check=False).returncode for c in commands)
    )


def run_command_line(runs: int) -> int:
    """Run the command line many times, and print the runs that failed."""
    from tests.soak.command_line_exits import failures

    with tempfile.TemporaryDirectory(prefix="soak-exits-") as folder:
        failed = list(failures(Path(folder), runs))
    print("\n".join([f"command line: {len(failed)} of {runs} runs failed", *failed]))
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    """Run one kind, or everything."""
    seconds = int(arguments[0]) if arguments else 300
    kinds = arguments[1:2] or [*READERS, *SIMULATIONS]
    simulations = [[SIMULATIONS[kind]] for kind in kinds if kind not in READERS]
    failed = run_fuzzers([kind for kind in kinds if kind in READERS], seconds)
    failed = failed or run_modules(*simulations)
    if arguments[1:2]:
        return failed
    rest = ["tests.soak.register"], ["tests.soak.server", str(seconds)], ["tests.bench", "crowd"]
    return failed or run_command_line(RUNS) or run_modules(*rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
