"""First rows of files to open, and the AUC of their scores for each meaning the scores may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.views.html_elements import note, write
from metrics.io.column_uses import ColumnUse, Use
from metrics.io.score_aucs import ScoreAuc, find_auc

SEEN_ROWS, SEEN_COLUMNS, SEEN_AUCS = 5, 8, 3
"""Largest number of rows, columns and AUCs that are shown."""


@dataclass(frozen=True)
class FirstRows:
    """First rows of the files, as reported by the process that reads them.

    Attributes
    ----------
    files : sequence of mapping
        Fields of `metrics.io.preview.FilePreview`.
    asks_positive : bool
        True if the reader is asked which label value means defect.
    doubts_scores : bool
        True if the reader is asked what the scores predict. Their AUC then says nothing about the label yet.
    """

    files: Sequence[Mapping[str, Any]]
    asks_positive: bool = False
    doubts_scores: bool = False

    @property
    def columns(self) -> dict[str, Mapping[str, Any]]:
        """Columns of all files by name."""
        return {column["name"]: column for file in self.files for column in file["columns"]}

    @property
    def uses(self) -> list[ColumnUse]:
        """Role of each column; equal columns of several files are listed once."""
        return list(
            dict.fromkeys(ColumnUse(**c["taken"]) for f in self.files for c in f["columns"])
        )

    def of_use(self, *uses: Use) -> list[str]:
        """Names of the columns that have one of the roles."""
        return [column.name for column in self.uses if column.use in uses]

    def first_values(self, name: str) -> str:
        """First values of a column in one line."""
        for file in self.files:
            column_names = [column["name"] for column in file["columns"]]
            if name in column_names:
                return ", ".join(row[column_names.index(name)] for row in file["rows"][:3])
        return ""

    def predicted_class_columns(self, name: str) -> list[str]:
        """Columns that may hold the predicted class of a column of confidences."""
        class_columns = [auc.predicted_class_column for auc in self._aucs_of(name)]
        return [column for column in class_columns if column is not None]

    def label(self, options: Mapping[str, Any]) -> str | None:
        """Label column, as named in the options or as recognised."""
        named: str | None = options.get("label")
        return named or next(iter(self.of_use("label")), None)

    def aucs(
        self,
        names: Sequence[str],
        options: Mapping[str, Any],
        of: str = "defect",
        predicted_class_column: str | None = None,
    ) -> dict[str, float]:
        """AUC of columns in the first rows for one meaning of the scores, without the unknown ones."""
        positive = options.get("positive")
        if not positive and self.asks_positive:
            return {}
        label = self.label(options)
        aucs = {
            name: find_auc(self._aucs_of(name), label, of, predicted_class_column, positive)
            for name in names[:SEEN_AUCS]
        }
        return {name: auc for name, auc in aucs.items() if auc is not None}

    def _aucs_of(self, name: str) -> list[ScoreAuc]:
        """AUC of a column for each meaning of its scores; empty if it cannot be a score."""
        return [ScoreAuc(**fields) for fields in self.columns.get(name, {}).get("aucs", ())]


def draw(first: FirstRows, columns: Sequence[str | None]) -> None:
    """Show the first rows of some columns for each file."""
    distinct_columns = dict.fromkeys(columns)
    for file in first.files:
        column_names = [column["name"] for column in file["columns"]]
        shown = [name for name in distinct_columns if name in column_names][:SEEN_COLUMNS]
        if not shown:
            continue
        rows = [
            [row[column_names.index(name)] for name in shown] for row in file["rows"][:SEEN_ROWS]
        ]
        write(note("First rows"))
        st.dataframe(
            pd.DataFrame(rows, columns=shown),
            hide_index=True,
            key=f"first_rows_{file['name']}",
            alt="First rows of the columns that are asked about",
        )
