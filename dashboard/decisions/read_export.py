"""Read an exported decision (JSON) or a report (HTML), to find its decision in a register."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from dashboard.decisions.canonical_json import canonical, hash_of, is_hash, parse_canonical
from dashboard.decisions.entry import Recorded, Signed
from dashboard.decisions.verify_register import Expected
from metrics import strict_mapping
from metrics.errors import ScoreError
from metrics.strict_mapping import StructureError

MAX_EXPORT_BYTES = 50_000_000
"""Maximum size of an export; exports of this app are far smaller."""
_META = re.compile(r'<meta name="common-ground:(hash|number)" content="(\w*)">')
"""Tag of a report with the hash or the number of its decision."""


def expected_of(path: Path) -> Expected:
    """Hash and number in an exported decision (``.json``) or a report (``.html``).

    Raises
    ------
    ScoreError
        If the file is neither, holds no recorded decision, or does not match its own hash.
    """
    export = read_export(path)
    if export is None:
        return _expected_of_report(path, _text(path))
    recorded, signatures = export
    return Expected(
        recorded.hash, recorded.number, path.name, tuple(signed.hash for signed in signatures)
    )


def read_export(path: Path) -> tuple[Recorded, tuple[Signed, ...]] | None:
    """Read an exported decision and the signatures on it; `None` if the file is not JSON.

    Raises
    ------
    ScoreError
        If the file is no export, or does not match its hash.
    """
    text = _text(path)
    if text.lstrip()[:1] != "{":
        return None
    try:
        written = parse_canonical(text)
        entries = [written, *(on_it := written.pop("signatures", []))]
        signatures = strict_mapping.read(tuple[Signed, ...], on_it)
        recorded = Recorded.read(written)
        if all(map(_matches_hash, entries)) and all(
            signed.signature.decision == recorded.hash for signed in signatures
        ):
            return recorded, signatures
    except StructureError as error:
        fault = error.faults[0]
        raise _not_an_export(path, f"{fault.got} for its {fault.key}") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise _not_an_export(path, type(error).__name__) from error
    raise ScoreError(
        "E_CHAIN",
        "an exported decision and its signatures must be what their hashes say, got other words or figures",
        file=path.name,
        value=recorded.hash,
        hint="It was changed after it was exported: export it again.",
    )


def _matches_hash(written: dict[str, Any]) -> bool:
    """True if an exported entry matches its hash."""
    entry = {name: value for name, value in written.items() if name != "hash"}
    return bool(hash_of(canonical(entry)) == written["hash"])


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_EXPORT_BYTES:
            raise _not_an_export(path, "more than 50 MB")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScoreError(
            "E_FILE", f"an export must be readable, got: {error.strerror}", file=path.name
        ) from error
    except UnicodeDecodeError as error:
        raise _not_an_export(path, "other bytes") from error


def _expected_of_report(path: Path, text: str) -> Expected:
    metas = dict(_META.findall(text))
    digest, number = metas.get("hash", ""), metas.get("number", "")
    if not is_hash(digest) or not number.isdecimal():
        raise _not_an_export(path, "no recorded decision")
    return Expected(digest, int(number), path.name)


def _not_an_export(path: Path, got: str) -> ScoreError:
    return ScoreError(
        "E_FILE",
        f"an export must be a recorded decision's JSON or report, got {got}",
        file=path.name,
        hint="Take it from the Decisions page.",
    )
