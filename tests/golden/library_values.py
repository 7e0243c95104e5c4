"""All golden values of the library, as tables of numbers for a file under a scenario.

The modules of the folder ``library`` call only public functions of ``metrics``, each in one place. If a
function is moved or renamed, only its call there changes, and no golden value.
"""

from __future__ import annotations

from tests.golden.library import calibration, parts, picks, points, prices, resamples
from tests.golden.library.case import Case
from tests.golden.library.table import Columns, GoldenTable, as_columns

MODULES = (points, picks, resamples, calibration, parts, prices)
TABLES = {
    table.name: table
    for module in MODULES
    for table in vars(module).values()
    if isinstance(table, GoldenTable)
}
"""All tables by name."""


def library_values(file: str, scenario: str) -> dict[str, Columns]:
    """All tables of a file under a scenario that have rows."""
    case = Case(file, scenario)
    asked = [one for one in TABLES.values() if case.is_full or not one.is_slow]
    found = {one.name: as_columns(one.tabulate(case)) for one in asked}
    return {name: table for name, table in found.items() if table}
