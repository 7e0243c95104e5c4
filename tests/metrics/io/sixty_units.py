"""Columns of sixty units, of which every third is defective: scores, a feature, decisions and ids."""

from __future__ import annotations

from typing import Any

import numpy as np

from metrics import Scores, open_scores
from tests.metrics.opening import error_of

ROWS = 60
LABEL = (np.arange(ROWS) % 3 == 0).astype(int)
_FIRST, _SECOND, _THIRD = np.random.default_rng(5).random((3, ROWS))
SCORE = np.round(0.5 * _FIRST + 0.4 * LABEL, 4)
OTHER = np.round(0.6 * _SECOND + 0.3 * LABEL, 4)
FEATURE = np.round(_THIRD, 4)
HARD = (OTHER > 0.35).astype(int)
IDS = [f"u{k:03d}" for k in range(ROWS)]


def open_columns(columns: dict[str, Any], **options: Any) -> Scores:
    """Open and check the sixty units with these columns."""
    return open_scores({"id": IDS, **columns}, **options).check()


def code_of_refusal(columns: dict[str, Any], **options: Any) -> str:
    """Code of the error that `open_columns` raises."""
    error = error_of(open_columns, columns, **options)
    return error.code
