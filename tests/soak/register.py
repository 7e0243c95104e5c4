"""Kill writers of the register again and again: ``python -m tests.soak.register [KILLS]``.

Three writers propose, sign and roll out decisions, and print the number and hash of each acknowledged record;
one of them is killed at a random moment, repeatedly. No acknowledged record may be missing at the end, and
the chain must be whole.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.register import Register
from dashboard.decisions.signature import Act, Rollout, Signature, now
from dashboard.decisions.verify_register import Expected, verify
from tests.dashboard.decided import DECISION
from tests.small_disk import small_disk

WRITERS = 3
KILLS = 180
KEY = b"k" * 32
WRITE = (
    "import sys; from pathlib import Path; from tests.soak.register import write;"
    "write(Path(sys.argv[1]), sys.argv[2])"
)


def open_register(path: Path) -> Register:
    """Open a register as a server does, with its head stored in a file next to it."""
    return Register(path, ChainHeadFile(path.parent / "heads", path))


def signed(
    decision: str,
    act: Act,
    stakeholder: str = "",
    waits_for: tuple[str, ...] = (),
    rollout: Rollout | None = None,
) -> Signature:
    """Signature on the decision with a hash."""
    return Signature(
        now(), decision, act, stakeholder, waits_for, "", "soak", "ana", "", rollout=rollout
    ).sealed(KEY)


def write(path: Path, who: str) -> None:
    """Propose, sign and roll out decisions without end, and print each acknowledged record."""
    register = open_register(path)
    for k in range(10**9):
        one = register.append(
            replace(DECISION, why=f"{who} {k}"),
            f"{who}-{k}",
            propose=lambda recorded: signed(recorded.hash, "proposes", waits_for=("data",)),
            seal_key=KEY,
        )
        print(one.number, one.hash, flush=True)
        for signature in (
            signed(one.hash, "agrees", "data"),
            signed(one.hash, "goes live", rollout=Rollout(who, "v1", 0.5, 2 * k)),
            signed(one.hash, "rolls back", rollout=Rollout(who, "v1", 0.5, 2 * k + 1)),
        ):
            entry = register.sign(signature, KEY)
            print(entry.number, entry.hash, flush=True)


class Writer:
    """Process that appends records. Its output goes to a file, which remains when the process is killed."""

    def __init__(self, register: Path, folder: Path, who: str) -> None:
        self.said = folder / f"{who}.txt"
        with self.said.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WRITE, str(register), who], stdout=out
            )

    def kill(self) -> None:
        """Kill the process (SIGKILL)."""
        self.process.kill()
        self.process.wait()

    @property
    def acknowledged(self) -> list[tuple[int, str]]:
        """Acknowledged records, by the complete lines of the output."""
        lines = self.said.read_text().split("\n")[:-1]  # the last line may be incomplete
        return [(int(number), digest) for number, digest in (line.split() for line in lines)]


def kill_writers(folder: Path, kills: int, seed: int) -> tuple[int, list[str]]:
    """Kill writers `kills` times. Return the number of acknowledged appends, and the faults.

    Parameters
    ----------
    folder : Path
    kills : int
    seed : int
    """
    path, rng = folder / "decisions.sqlite", random.Random(seed)
    every = [Writer(path, folder, f"w{k}") for k in range(WRITERS)]
    running = list(every)
    for turn in range(kills):
        slot = rng.randrange(WRITERS)
        # Otherwise it would be killed before its first append.
        while not running[slot].acknowledged:
            time.sleep(0.005)
        time.sleep(rng.uniform(0.0, 0.1))
        running[slot].kill()
        running[slot] = Writer(path, folder, f"again{turn}")
        every.append(running[slot])
    for writer in running:
        writer.kill()
    found = verify(path, seal_key=KEY)
    wrong = [str(problem) for problem in found.problems]
    kept = {one.number: one.hash for one in open_register(path).read().entries}
    acknowledged = [said for writer in every for said in writer.acknowledged]
    wrong += [f"lost: {number}" for number, digest in acknowledged if kept.get(number) != digest]
    return len(acknowledged), wrong


def fill_disk(place: Path) -> tuple[int, list[str]]:
    """Append until a disk is full, free space, and continue. Return the number of records, and the faults."""
    from metrics import ScoreError

    register, wrong = open_register(place / "decisions.sqlite"), []
    (place / "ballast").write_bytes(b"x" * 300_000)
    done: list[tuple[int, str]] = []
    refused = None
    while refused is None and len(done) < 10_000:
        try:
            one = register.append(replace(DECISION, why="y" * 5_000), f"{len(done)}")
            done.append((one.number, one.hash))
        except ScoreError as error:
            refused = error
    if refused is None or "room" not in (refused.hint or ""):
        wrong.append(f"no clear refusal of a full disk: {refused}")
    if verify(register.path).problems:
        wrong.append("the chain broke on a full disk")
    (place / "ballast").unlink()
    one = register.append(replace(DECISION, why="y" * 5_000), f"{len(done)}")  # the same attempt
    done.append((one.number, one.hash))
    found = verify(register.path, Expected(one.hash, one.number))
    wrong += [str(problem) for problem in found.problems]
    kept = {one.number: one.hash for one in register.all()}
    wrong += [f"lost: {number}" for number, digest in done if kept.get(number) != digest]
    return len(done), wrong


def main(arguments: list[str]) -> int:
    """Kill writers, fill a disk, and print the result."""
    kills = int(arguments[0]) if arguments else KILLS
    seed = time.time_ns()
    with tempfile.TemporaryDirectory(prefix="soak-register-") as name:
        count, wrong = kill_writers(Path(name), kills, seed)
    print(
        f"register: {kills} kills, {count:,} acknowledged appends, {len(wrong)} wrong, seed {seed}"
    )
    with (
        tempfile.TemporaryDirectory(prefix="soak-disk-") as name,
        small_disk(Path(name), "1m") as place,
    ):
        if place is None:
            print("register: no disk may be mounted here, so none was filled")
        else:
            count, more = fill_disk(place)
            print(f"register: {count} recorded around a full disk, {len(more)} wrong")
            wrong += more
    print("\n".join(wrong), end="")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
