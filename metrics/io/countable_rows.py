"""Interface of rows that can be counted into a tally, as `metrics.Scores` provides it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from metrics.io.checked_columns import Columns
from metrics.io.read_options import Scale
from metrics.io.validation.read_batches import Batch


class CountableRows(Protocol):
    """Rows of labelled units; every method reads all of them again."""

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""

    @property
    def columns(self) -> Columns:
        """Column of each role."""

    @property
    def scale(self) -> Scale:
        """How to read a score."""

    @property
    def files(self) -> tuple[str, ...]:
        """Names for error messages."""

    def labelled_rows(self) -> Iterator[Batch]:
        """Rows with ids, segments and kinds of defect."""
