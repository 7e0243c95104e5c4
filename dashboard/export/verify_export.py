"""Verify this folder with Python alone: ``python3 verify.py [HASH ...]``.

Each HASH is known from another source, such as the hash of a decision in a report. The exit code is 0 if
nothing is wrong.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def problems(folder: Path, known_hashes: list[str]) -> Iterator[str]:
    """Sentences about everything that is wrong."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    digests = {name: digest(path) for name, path in files.items() if path.is_file()}
    del digests["manifest.json"]
    for name in sorted(digests.keys() | manifest["files"].keys()):
        if digests.get(name) != manifest["files"].get(name):
            yield f"{name} is missing, changed or not in the manifest"
    # The hash of an entry is that of its file. Each entry holds its number and the hash before it.
    previous, entries, decisions = "0" * 64, set(), set()
    for number, path in enumerate(sorted((folder / "entries").iterdir()), start=1):
        entry = json.loads(path.read_bytes())
        if (entry["number"], entry["previous"]) != (number, previous):
            yield f"{path.name} does not follow the entry before it"
        previous = digest(path)
        entries.add(previous)
        if "decision" in entry:
            decisions.add(previous)
            tally = entry["decision"].get("tally")
            if tally and digests.get(f"tallies/{tally['sha256']}.tally") != tally["sha256"]:
                yield f"the tally of {path.name} is missing or changed"
        elif entry["signature"]["decision"] not in decisions:
            yield f"{path.name} signs a decision that is not here"
    if (manifest["entries"], manifest["head"]) != (len(entries), previous):
        yield "the last entry is not the one that the manifest names"
    for known in known_hashes:
        if known not in entries:
            yield f"no entry has the hash {known}"


if __name__ == "__main__":
    wrong = list(problems(Path(__file__).resolve().parent, sys.argv[1:]))
    success = "every entry follows the one before, and every tally is the one it names"
    sys.stdout.write("\n".join(wrong or [success]) + "\n")
    sys.exit(1 if wrong else 0)
