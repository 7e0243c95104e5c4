"""Fuzz tests of the readers: every invalid file must raise ScoreError.

Inputs are found by atheris if it is installed, otherwise by plain mutation. The input that broke a reader is
in a file that the last line names.
"""

from __future__ import annotations

import importlib
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

LONGEST = 8192
"""Largest number of bytes of an input."""
READERS = ["csv", "jsonl", "npz", "tally"]
COMPILED = [
    "metrics.io.hash_buckets",
    "metrics.tally.choose_thresholds",
    "metrics.tally.kernel",
]


def fuzz_with_atheris(kind: str, seconds: int, folder: Path) -> None:
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


def fuzz_by_mutation(kind: str, seconds: int, folder: Path) -> None:
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
        fuzz_by_mutation(kind, seconds, folder)
    else:
        fuzz_with_atheris(kind, seconds, folder)


def run_fuzzers(kinds: list[str], seconds: int) -> int:
    """Fuzz each kind in its own process, because atheris ends the process. Return 0 if no reader broke."""
    for kind in kinds:
        folder = Path(tempfile.mkdtemp(prefix=f"soak-{kind}-"))
        share = max(1, seconds // len(kinds))
        process = multiprocessing.get_context("spawn").Process(
            target=fuzz, args=(kind, share, folder)
        )
        process.start()
        process.join()
        if process.exitcode:
            print(f"{kind}: a reader broke; the input is {folder}/broke-*")
            return 1
        shutil.rmtree(folder)
    return 0
