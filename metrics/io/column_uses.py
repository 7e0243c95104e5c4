"""Use of each column of the input files, for display: one entry for each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from metrics.io.checked_columns import Columns
from metrics.io.column_roles import Roles
from metrics.io.read_options import ScoresOf
from metrics.strict_mapping import STRICT, Text

Use = Literal[
    "id", "label", "models", "weight", "value", "group", "segments", "defect_type",
    "model_key", "score", "decision", "ignore",
]  # fmt: skip
"""Possible uses of a column, named like the keywords of `metrics.open_scores`."""


@dataclass(frozen=True)
class ColumnUse:
    """Use of one column of a file.

    Attributes
    ----------
    use : str or None
        See `Use`; `None` if not known yet.
    why : str or None
        Reason why a column is not used.
    scores_of : {"defect", "good", "predicted"}
        Class that a higher score of a model supports.
    has_decisions : bool
        Whether the column holds decisions, by which scores are checked, or which are not used.
    """

    __pydantic_config__ = STRICT

    name: Text
    use: Use | None
    why: Text | None = None
    scores_of: ScoresOf = "defect"
    has_decisions: bool = False


def column_uses(
    names: Sequence[str],
    columns: Roles | Columns,
    *,
    scores_of: Mapping[str, ScoresOf] | None = None,
) -> tuple[ColumnUse, ...]:
    """Return the use of each column of a file, in its order; other columns with a role come last.

    A column with several roles is listed with the first of `Use`. The unused columns and the reasons
    are those of the roles. Models that are not in ``scores_of`` have scores of the defect.
    """
    reasons = columns.unused if isinstance(columns, Roles) else {}
    uses: dict[str, Use] = {}
    for use in get_args(Use):
        named: str | Sequence[str] | None = getattr(columns, use, None)
        for name in (named,) if isinstance(named, str) else named or ():
            uses.setdefault(name, use)
    for name in getattr(columns, "decisions", ()):
        uses.setdefault(name, "decision")
    for name in reasons:
        uses.setdefault(name, "ignore")
    of, text_decisions = scores_of or {}, getattr(columns, "text_decisions", ())
    return tuple(
        ColumnUse(
            name,
            use=uses.get(name),
            why=reasons.get(name) if uses.get(name) == "ignore" else None,
            scores_of=of.get(name, "defect"),
            has_decisions=uses.get(name) == "decision" or name in text_decisions,
        )
        for name in dict.fromkeys([*names, *uses])
    )
