"""Checks of a tally file's versions: that of its format, and that of the counting."""

from __future__ import annotations

from typing import Any

from metrics.errors import ScoreError
from metrics.tally.file.packed_checks import DamagedTally
from metrics.tally.file.packed_tally import COUNTING, FORMATS


def check_format_version(version: bytes, file: str) -> None:
    """Raise ``E_VERSION`` unless the format is one of `FORMATS`, `DamagedTally` if it is not a number."""
    if version in {str(supported).encode() for supported in FORMATS}:
        return
    if not version.isdigit():
        raise DamagedTally("no version")
    raise ScoreError(
        "E_VERSION",
        f"a tally file must be of format {FORMATS[0]} to {FORMATS[-1]}, got format {int(version)}",
        file=file,
        hint="Open it with the version of Common Ground that wrote it, or a newer one.",
    )


def check_counting_version(version: Any, file: str) -> None:
    """Raise ``E_VERSION`` unless the version is `COUNTING`."""
    if version != COUNTING:
        raise ScoreError(
            "E_VERSION",
            f"the counting version of a tally must be {COUNTING}, got {version!r}",
            file=file,
            hint="Count the score files again with common-ground tally.",
        )
