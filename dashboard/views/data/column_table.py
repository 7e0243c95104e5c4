"""Table of columns with the role of each; the upload form lets the reader change roles in the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal, get_args

import pandas as pd
import streamlit as st

from dashboard.session import drafts, session
from dashboard.words.data.columns import COLUMN_TABLE, USES, column_rows
from metrics.errors import SEVERAL
from metrics.io.column_uses import ColumnUse, Use

KEY = "column_table"
NAMED: dict[str, Use] = {USES[use]: use for use in get_args(Use)}
"""Roles by the text shown in the table."""
_ROW, _MOST_ROWS = 35, 12
"""Height of a row in pixels, and number of rows shown without scrolling."""


def draw(columns: Sequence[ColumnUse], key: str, change: Callable[..., None] | None = None) -> None:
    """Show the roles of the columns of open data.

    Parameters
    ----------
    change : callable, optional
        Called when the reader chose another role in a box; without it the table has no boxes.
    """
    frame = pd.DataFrame(column_rows(columns), columns=list(COLUMN_TABLE))
    if change is not None:
        _draw_editor(frame, key, change)
        return
    st.dataframe(
        frame if frame[COLUMN_TABLE[-1]].any() else frame.iloc[:, :-1],
        hide_index=True,
        height=_height(len(columns)),
        key="column_uses",
        alt="What each column was taken for, and why it is not used",
    )


def draw_editor(
    columns: Sequence[ColumnUse],
    first_values: Sequence[str],
    options: Mapping[str, Any],
    edits: int,
) -> None:
    """Show the columns of files to open, each with a box to change its role.

    Parameters
    ----------
    options : mapping
        Options for opening the files; a changed role is stored in the options of the draft.
    edits : int
        Number of changes so far. The table starts again after each change.
    """
    uses = with_options(columns, options)
    use = COLUMN_TABLE[1]
    frame = pd.DataFrame(column_rows(uses), columns=list(COLUMN_TABLE))
    frame[use] = [None if column.use is None else USES[column.use] for column in uses]
    frame["First values"] = first_values
    key = f"{KEY}_{edits}"
    _draw_editor(frame, key, partial(_store_role, uses, key))


def _draw_editor(frame: pd.DataFrame, key: str, change: Callable[..., None]) -> None:
    """Show a table of columns, each with a box to change its role."""
    use = COLUMN_TABLE[1]
    st.data_editor(
        frame,
        hide_index=True,
        height=_height(len(frame)),
        disabled=[name for name in frame.columns.astype(str) if name != use],
        column_config={use: st.column_config.SelectboxColumn(use, options=list(NAMED))},
        key=key,
        on_change=change,
        alt="What each column is taken for, with a box to change it",
    )


def _height(rows: int) -> int | Literal["content"]:
    return "content" if rows <= _MOST_ROWS else _ROW * (_MOST_ROWS + 1)


def _store_role(columns: Sequence[ColumnUse], key: str) -> None:
    """Store the role that the reader chose in a box."""
    draft = drafts.upload_draft()
    options = edited(columns, key, draft["options"])
    draft.update(options=options, edits=draft.get("edits", 0) + 1)
    # A question about the same option then shows the role chosen here.
    for option in ("label", "models", "id", "group"):
        none: list[str] | None = [] if option in SEVERAL else None
        session.set_widget(f"answer_{option}", options.get(option, none))


def edited(columns: Sequence[ColumnUse], key: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with the roles that the reader chose in the boxes of a table."""
    changed = dict(options)
    for row, cells in session.widget_value(key)["edited_rows"].items():
        for words in cells.values():
            changed = with_use(columns, columns[int(row)].name, NAMED.get(words), changed)
    return changed


def with_use(
    columns: Sequence[ColumnUse], name: str, use: Use | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Options that give a column another role; `None` gives it the recognised role."""
    changed: dict[str, Any] = {}
    for option, value in options.items():
        if option in SEVERAL:
            value = [other for other in value if other != name]
        if value and not (option in NAMED.values() and value == name):
            changed[option] = value
    if use is None:
        return changed
    if use in SEVERAL:
        others = [column.name for column in columns if column.use == use and column.name != name]
        # Columns that are ignored for another reason need not be listed.
        others = changed.get(use, []) if use == "ignore" else others
        return changed | {use: [*others, name]}
    return changed | {use: name}


def with_options(columns: Sequence[ColumnUse], options: Mapping[str, Any]) -> list[ColumnUse]:
    """Roles of the columns under the options, as far as they are known before the files are read again."""
    use_by_name: dict[str, Use] = {}
    for use in get_args(Use):
        value = options.get(use) or ()
        for name in (value,) if isinstance(value, str) else value:
            use_by_name.setdefault(name, use)
    # Other decision columns are still checked, and columns ignored for a reason stay ignored.
    used_roles = {use for use in use_by_name.values() if use not in ("decision", "ignore")}
    return [
        ColumnUse(c.name, use_by_name[c.name], c.why if c.use == use_by_name[c.name] else None)
        if c.name in use_by_name
        else replace(c, use=None)
        if c.use in used_roles
        else c
        for c in columns
    ]
