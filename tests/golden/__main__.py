"""``python -m tests.golden``: write new golden values, and print the values that changed.

Changed values are only overwritten with ``--overwrite``: a change of a
number must be intended, and its commit explains it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from dashboard.server.numba_cache import set_numba_cache
from tests.golden import tables
from tests.golden.scenarios_by_file import FILES

SHOWN = 40
"""Number of changes of a file that are printed."""


def values_of(file: str) -> dict[str, Mapping[str, Any]]:
    """All values of a file by scenario and table, in the form of the golden files."""
    from tests.golden.app_values import app_values
    from tests.golden.library_values import library_values

    return {
        scenario: {
            name: tables.plain_table(table)
            for name, table in (library_values(file, scenario) | app_values(file, scenario)).items()
        }
        for scenario in FILES[file].scenarios
    }


def main() -> int:
    """Write new values; overwrite changed values only on request."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("files", nargs="*", choices=[*FILES, []], help="all files where left out")
    parser.add_argument("--overwrite", action="store_true", help="write changed values, too")
    options = parser.parse_args()
    set_numba_cache()
    is_refused = False
    for file in options.files or FILES:
        old, new = tables.read(tables.VALUES, file), values_of(file)
        changes = tables.all_differences(old, new, file) if old else []
        if not old or (changes and options.overwrite):
            tables.write(tables.VALUES, file, new)
        print(f"{file}: {'written' if not old else f'{len(changes):,} changes'}")
        for change in changes[:SHOWN]:
            print(f"  {change}")
        if len(changes) > SHOWN:
            print(f"  and {len(changes) - SHOWN:,} more")
        is_refused |= bool(changes) and not options.overwrite
    if is_refused:
        print(
            "Nothing was overwritten. Run it with --overwrite if the changes are meant.",
            file=sys.stderr,
        )
    return int(is_refused)


if __name__ == "__main__":
    sys.exit(main())
