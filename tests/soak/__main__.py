"""Fuzz the readers: ``python -m tests.soak [SECONDS] [KIND]``. Any exception except ScoreError ends the run.

Without a kind, the tables of intervals, guarantees, the current system, other data, picks, populations and
inspection are then counted again, whatever the seconds; the command line is run many times, a few
at once, and must end well every time; writers of the register are killed, and lose nothing
(``python -m tests.soak.register KILLS`` alone). The tables come from as many data sets as one likes with
``python -m tests.soak.coverage SETS``, and of the others likewise.

Coverage-guided where atheris is installed, else by plain mutation. The input that broke a reader is kept
in a file that the last line names.
"""

from __future__ import annotations

import importlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LONGEST = 8192
READERS = ["csv", "jsonl", "npz", "tally"]
COMPILED = [
    "metrics.io.hash_buckets",
    "metrics.tally.choose_thresholds",
    "metrics.tally.kernel",
]
STATISTICS = {
    "intervals": "tests.soak.coverage",
    "guarantees": "tests.soak.guarantee",
    "current": "tests.soak.against_current",
    "transfer": "tests.soak.transfer",
    "picks": "tests.soak.intervals_at_picks",
    "populations": "tests.soak.populations",
    "segments": "tests.soak.segments",
    "inspection": "tests.soak.inspection",
}
"""What is counted again over many data sets, and the module that does."""
RUNS = 40


def guided(kind: str, seconds: int, folder: Path) -> None:
    """Fuzz one kind with atheris, which ends this process."""
    import atheris

    # Load compiled code before instrumentation, which must not be compiled and could not trace it.
    for compiled in COMPILED:
        importlib.import_module(compiled)

    with atheris.instrument_imports(include=["metrics"]):
        from tests.soak.targets import TARGETS, seeds
    corpus = folder / "corpus"
    corpus.mkdir()
    for k, seed in enumerate(seeds(kind)):
        (corpus / str(k)).write_bytes(seed)
    arguments = [
        sys.argv[0], str(corpus), f"-max_total_time={seconds}", f"-artifact_prefix={folder}/broke-",
        f"-max_len={LONGEST}", "-timeout=30", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0",
    ]  # fmt: skip
    atheris.Setup(arguments, lambda data: TARGETS[kind](data, folder))
    atheris.Fuzz()


def plain(kind: str, seconds: int, folder: Path) -> None:
    """Fuzz one kind by plain mutation."""
    from tests.soak.mutate import mutations
    from tests.soak.targets import TARGETS, seeds

    seed = time.time_ns()
    end, count = time.monotonic() + seconds, 0
    for data in mutations(seeds(kind), random.Random(seed)):
        (folder / "broke-last").write_bytes(data)
        TARGETS[kind](data, folder)
        count += 1
        if time.monotonic() > end:
            break
    (folder / "broke-last").unlink()
    print(f"{kind}: {count:,} inputs by plain mutation, seed {seed}")


def fuzz(kind: str, seconds: int, folder: Path) -> None:
    """Fuzz one kind in this process."""
    try:
        import atheris  # noqa: F401
    except ImportError:
        plain(kind, seconds, folder)
    else:
        guided(kind, seconds, folder)


def main(arguments: list[str]) -> int:
    """Fuzz one kind or all kinds, each in a new process."""
    seconds = int(arguments[0]) if arguments else 300
    kinds = arguments[1:2] or [*READERS, *STATISTICS]
    readers = [kind for kind in kinds if kind not in STATISTICS]
    for kind in kinds:
        if kind in STATISTICS:
            command = [sys.executable, "-m", STATISTICS[kind]]
            if subprocess.run(command, check=False).returncode:
                return 1
            continue
        folder = Path(tempfile.mkdtemp(prefix=f"soak-{kind}-"))
        code = (
            "import sys; from pathlib import Path; from tests.soak.__main__ import one;"
            "fuzz(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))"
        )
        share = str(max(1, seconds // len(readers)))
        command = [sys.executable, "-c", code, kind, share, str(folder)]
        if subprocess.run(command, check=False).returncode:
            print(f"{kind}: a reader broke; the input is {folder}/broke-*")
            return 1
        shutil.rmtree(folder)
    return (many(RUNS) or of_register() or of_server(seconds)) if not arguments[1:2] else 0


def of_register() -> int:
    """Kill writers of the register and fill its disk. Return 0 if no record was lost."""
    command = [sys.executable, "-m", "tests.soak.register"]
    return subprocess.run(command, check=False).returncode


def of_server(seconds: int) -> int:
    """Send waves of readers and uploads to a server, then a crowd. Return 0 if nothing remained."""
    waves = [sys.executable, "-m", "tests.soak.server", str(seconds)]
    crowd = [sys.executable, "-m", "tests.bench", "crowd"]
    return any(subprocess.run(command, check=False).returncode for command in (waves, crowd))


def many(runs: int) -> int:
    """Run the command line many times and print the runs that failed."""
    from tests.soak.command_line_exits import failures

    with tempfile.TemporaryDirectory(prefix="soak-exits-") as folder:
        failed = list(failures(Path(folder), runs))
    print("\n".join([f"command line: {len(failed)} of {runs} runs failed", *failed]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
