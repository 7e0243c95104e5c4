"""Roles of the columns of one table, and checks that named columns exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from metrics.errors import SEVERAL, SINGLE, Got, Option, ScoreError, Wording, shown
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions


@dataclass
class Roles:
    """Column roles found so far in one table.

    In a long file, ``model_key`` and ``score`` are the columns with the model and its score.

    Attributes
    ----------
    decisions : tuple of str
        Columns of decisions. They are not models, but scores are checked against them.
    decision_of : dict of str to str
        Column of decisions by model, if the model's scores are the confidence in these decisions.
    of_defect_class : tuple of str
        Models with a column for each class; only the defect's column is read.
    text_decisions : tuple of str
        Unused columns of two words such as ``ship`` and ``reject``. They may be those of the system in use.
    split : str or None
        Column that marks rows as training or test set.
    unused : dict of str to str
        Columns that are not read, and the reason.
    """

    id: tuple[str, ...] = ()
    label: str | None = None
    models: tuple[str, ...] = ()
    weight: str | None = None
    value: str | None = None
    group: str | None = None
    segments: tuple[str, ...] = ()
    defect_type: str | None = None
    model_key: tuple[str, ...] = ()
    score: str | None = None
    decisions: tuple[str, ...] = ()
    decision_of: dict[str, str] = field(default_factory=dict)
    text_decisions: tuple[str, ...] = ()
    split: str | None = None
    of_defect_class: tuple[str, ...] = ()
    unused: dict[str, str] = field(default_factory=dict)

    def named(self) -> tuple[str, ...]:
        """Names of columns that have a role other than model; the kind of defect may be a segment too."""
        kind = None if self.defect_type in self.segments else self.defect_type
        single = (self.label, self.weight, self.value, self.group, kind)
        return (*self.id, *(name for name in single if name is not None), *self.segments)

    def used(self) -> set[str]:
        """The result of `named` as a set, for membership tests."""
        return set(self.named())


IS_TEXT = "it is text"
"""Reason why a column of words is not read as scores. The column may have another role."""


def require(names: Sequence[str], column: str, option: Option, file: str) -> str:
    """Return the name if a column has it; otherwise raise ``E_COLUMN``."""
    if column not in names:
        available = ", ".join(shown(name) for name in names[:12])
        raise ScoreError(
            "E_COLUMN",
            Wording(option, " must name a column of the file", Got(repr(shown(column)))),
            file=file,
            column=column,
            hint=f"The file has: {available}{', …' if len(names) > 12 else ''}.",
        )
    return column


def columns_of_options(choices: ReadOptions) -> Iterator[tuple[Option, str]]:
    """Yield the columns that the caller names, each with its option."""
    for keyword in (*SINGLE, *SEVERAL):
        for name in choices.named(keyword):
            yield Option(keyword), name


def ignore_columns(roles: Roles, choices: ReadOptions, source: Source) -> None:
    """Record the columns that the caller wants to ignore; raise ``E_COLUMN`` for any other name."""
    for name in choices.named("ignore"):
        require(source.names, name, Option("ignore"), source.name)
        roles.unused[name] = "it is named as not used"
