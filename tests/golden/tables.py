"""Tables of golden values: writing, reading and comparing.

A table has a name, such as ``picks``, and columns of equal length. Numbers are compared to 1e-12, relative or
absolute, and the results of a few fits to 1e-6 (`LOOSE`). NaN equals NaN, and infinities are equal. Whole
numbers, truth values and names are compared exactly.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

VALUES = Path(__file__).parent / "values"
TOLERANCE = 1e-12
LOOSE = {
    ("recalibrated", name): 1e-6
    for name in (
        "intercept", "slope", "log_loss", "intercept_low", "intercept_high", "slope_low", "slope_high",
    )
}  # fmt: skip
"""Tolerance by table and column. A fit ends when a step no longer helps, which rounding decides at 1e-8."""
LARGE = frozenset({"points"})
"""Tables stored as Parquet; the others are JSON, whose changes are readable in a diff."""
NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

Table = Mapping[str, Sequence[Any]]
Tables = Mapping[str, Table]


def plain(value: Any) -> Any:
    """Python number for a numpy number; any other value unchanged."""
    return value.item() if isinstance(value, np.generic) else value


def plain_table(table: Table) -> dict[str, list[Any]]:
    """Table with lists of plain values; ValueError if columns differ in length."""
    columns = {name: [plain(value) for value in column] for name, column in table.items()}
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError({name: len(column) for name, column in columns.items()})
    return columns


def is_same(old: Any, new: Any, tolerance: float = TOLERANCE) -> bool:
    """True if a value is unchanged within the tolerance."""
    if isinstance(old, float) and isinstance(new, float):
        if math.isnan(old) or math.isnan(new):
            return math.isnan(old) and math.isnan(new)
        return math.isclose(old, new, rel_tol=tolerance, abs_tol=tolerance)
    return type(old) is type(new) and old == new


def differences(old: Table, new: Table, table: str) -> Iterator[str]:
    """Changed values of a table: column, row, and both values."""
    for name in old.keys() | new.keys():
        if name not in old or name not in new:
            yield f"column {name}: only in the {'old' if name in old else 'new'} values"
    names = [name for name, column in old.items() if column and isinstance(column[0], str)]
    for name in [name for name in old if name in new]:
        if len(old[name]) != len(new[name]):
            yield f"column {name}: {len(old[name])} rows before, {len(new[name])} now"
            continue
        for row, (before, now) in enumerate(zip(old[name], new[name], strict=True)):
            if not is_same(before, now, LOOSE.get((table, name), TOLERANCE)):
                which = ", ".join(str(old[key][row]) for key in names if key != name)
                yield f"column {name}, row {row} ({which}): {before!r} before, {now!r} now"


def all_differences(old: Mapping[str, Tables], new: Mapping[str, Tables], file: str) -> list[str]:
    """All differences of a file by scenario and table."""
    found = []
    for scenario in sorted(old.keys() | new.keys()):
        before, now = old.get(scenario, {}), new.get(scenario, {})
        for name in sorted(before.keys() | now.keys()):
            place = f"file {file}, scenario {scenario}, {name}"
            if name not in before or name not in now:
                found.append(f"{place}: only in the {'old' if name in before else 'new'} values")
                continue
            found += [f"{place}, {change}" for change in differences(before[name], now[name], name)]
    return found


def read(folder: Path, file: str) -> dict[str, dict[str, dict[str, list[Any]]]]:
    """Golden values of a file by scenario and table; empty if there are none yet."""
    text = folder / f"{file}.json"
    if not text.exists():
        return {}
    found: dict[str, dict[str, dict[str, list[Any]]]] = json.loads(
        text.read_text(encoding="utf-8"), object_hook=_as_read
    )
    for large in sorted(folder.glob(f"{file}.*.parquet")):
        table = pq.read_table(large)
        for scenario in table["scenario"].unique().to_pylist():
            part = table.filter(pa.compute.equal(table["scenario"], scenario))
            columns = part.drop_columns(["scenario"]).to_pydict()
            known = {name: column for name, column in columns.items() if column[:1] != [None]}
            found.setdefault(scenario, {})[large.suffixes[0][1:]] = known
    return found


def _as_read(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: [NOT_FINITE.get(one, one) if isinstance(one, str) else one for one in value]
        if isinstance(value, list)
        else value
        for key, value in values.items()
    }


def _as_written(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        name = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return json.dumps(name)
    return json.dumps(value, ensure_ascii=False)


def write(folder: Path, file: str, values: Mapping[str, Tables]) -> None:
    """Write the golden values of a file, one line per column, so that a diff shows which column changed."""
    folder.mkdir(exist_ok=True)
    scenarios: list[str] = []
    large: dict[str, list[pa.Table]] = {name: [] for name in LARGE}
    for scenario, tables in values.items():
        parts = []
        for name, table in tables.items():
            if name in LARGE:
                named = pa.table(
                    {"scenario": [scenario] * len(next(iter(table.values()))), **table}
                )
                large[name].append(named)
                continue
            columns = ",\n".join(
                f"   {json.dumps(key)}: [{', '.join(map(_as_written, column))}]"
                for key, column in table.items()
            )
            parts.append(f"  {json.dumps(name)}: {{\n{columns}\n  }}")
        scenarios.append(f" {json.dumps(scenario)}: {{\n" + ",\n".join(parts) + "\n }")
    text = "{\n" + ",\n".join(scenarios) + "\n}\n"
    (folder / f"{file}.json").write_text(text, encoding="utf-8")
    for name, tables_of_name in large.items():
        if tables_of_name:
            whole = pa.concat_tables(tables_of_name, promote_options="default")
            # Equal columns of several scenarios are stored once, as one entry of a dictionary.
            pq.write_table(
                whole,
                folder / f"{file}.{name}.parquet",
                compression="zstd",
                compression_level=19,
                dictionary_pagesize_limit=1 << 24,
            )
