"""Options for reading scores: column roles, scale of the scores, held-out rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from metrics.errors import (
    SEVERAL,
    SINGLE,
    Got,
    Keyword,
    Option,
    ScoreError,
    Wording,
    shown,
    with_option,
)

Scale = Literal["probability", "percent", "logit", "rank"]


RowsHeldOut = Literal["held-out", "out-of-fold", "training", "unknown"]


LabelsFrom = Literal["all", "flagged", "audit"]
"""Units whose label was checked: all, those that the current system flags, or these and a random sample of
the others."""


def can_certify(rows: RowsHeldOut, labels: LabelsFrom = "all") -> bool:
    """Whether rows can certify a limit: training rows cannot, nor can an audit sample."""
    return rows != "training" and labels == "all"


def held_out_of_all(answers: Iterable[RowsHeldOut]) -> RowsHeldOut:
    """Return the combined value for rows of several sources: "training" if any source has training rows."""
    found = set(answers)
    if "training" in found:
        return "training"
    return found.pop() if len(found) == 1 else "unknown"


ScoresOf = Literal["defect", "good", "predicted"]
"""Class that a higher score supports: the defect, the good class, or the class that the model predicted."""


@dataclass(frozen=True)
class ReadOptions:
    """Explicit options of the caller; `None` for values to be detected."""

    id: tuple[str, ...] | None = None
    label: str | None = None
    positive: str | None = None
    models: tuple[str, ...] | None = None
    weight: str | None = None
    value: str | None = None
    group: str | None = None
    segments: tuple[str, ...] | None = None
    defect_type: str | None = None
    scale: Scale | None = None
    decimal: str | None = None
    model_key: tuple[str, ...] | None = None
    score: str | None = None
    common_ids: bool = False
    negative: str | None = None
    scores_of: tuple[str, ...] | None = None
    decision: str | None = None
    ignore: tuple[str, ...] | None = None

    @property
    def sign(self) -> str:
        """Decimal sign of text formats."""
        return self.decimal or "."

    @property
    def assumed_scale(self) -> Scale:
        """Scale of the scores; probabilities by default."""
        return self.scale or "probability"

    @classmethod
    def of(cls, **options: Any) -> ReadOptions:
        """Create options from keywords: one name or several, values as text or in their own type.

        Surrounding spaces of column names are removed, as files are read.
        """
        if isinstance(options.get("scores_of"), Mapping):
            options["scores_of"] = [f"{name}={of}" for name, of in options["scores_of"].items()]
        for name in (*SEVERAL, "scores_of"):
            given = options.get(name)
            if given is not None:
                several = (given,) if isinstance(given, str) else given
                options[name] = (
                    names_of(several) if name != "scores_of" else tuple(map(str, several))
                )
        for name in SINGLE:
            if options.get(name) is not None:
                options[name] = str(options[name]).strip()
        for name in ("positive", "negative"):
            if options.get(name) is not None:
                options[name] = _label_text(options[name])
        choices = cls(**options)
        choices.refuse_contradictions()
        return choices

    def refuse_contradictions(self) -> None:
        """Raise ``E_OPTION`` if options contradict each other."""
        leave_out = "Leave one of them out."
        if self.positive is not None and self.negative is not None:
            both = (Option("positive"), " and ", Option("negative"))
            got = Got(f"{shown(self.positive)!r} and {shown(self.negative)!r}")
            text = Wording(*both, " must not be named together", got)
            raise ScoreError("E_OPTION", text, hint=leave_out)
        option = Option("scores_of")
        by_model: dict[str, list[str]] = {}
        for given in self.scores_of or ():
            by_model.setdefault(given.rpartition("=")[0].strip(), []).append(given)
        for model, several in by_model.items():
            if len(several) > 1:
                text = Wording(option, " must say one thing of a model", Got(" and ".join(several)))
                raise ScoreError("E_OPTION", text, value=model or None, hint=leave_out)
        for given in self.scores_of or ():
            if given.rpartition("=")[2] not in get_args(ScoresOf):
                rule = " must be defect, good or predicted, or one of these for a model"
                raise ScoreError(
                    "E_OPTION",
                    Wording(option, rule, Got(repr(shown(given)))),
                    value=given,
                    hint=Wording("Say it ", with_option("scores_of", "good", "model_a=good"), "."),
                )

    def named(self, keyword: Keyword) -> tuple[str, ...]:
        """Return the columns that an option names."""
        given = getattr(self, keyword)
        return (given,) if isinstance(given, str) else given or ()

    def scores_of_model(self, model: str) -> ScoresOf | None:
        """Return the option for the scores of a model; `None` if there is none."""
        default = None
        for option in self.scores_of or ():
            name, _, of = option.rpartition("=")
            if name.strip() == model:
                return cast(ScoresOf, of)
            if not name:
                default = cast(ScoresOf, of)
        return default


def _label_text(value: Any) -> str:
    """Return a label value as the readers write it: booleans as words, whole numbers in full."""
    text = str(value)
    if text in {"True", "False"} and not isinstance(value, str):
        return text.lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else text


def names_of(written: Iterable[object]) -> tuple[str, ...]:
    """Column names without surrounding spaces, as files are read."""
    return tuple(str(name).strip() for name in written)


def refuse_reading_options(options: Mapping[str, object], file: str) -> None:
    """Raise ``E_TALLY`` for options about reading columns, which a tally cannot use.

    Parameters
    ----------
    options : mapping
        Keywords of `metrics.open_scores` that were given, and other options.
    file : str
    """
    for keyword in get_args(Keyword):
        if options.get(keyword):
            raise ScoreError(
                "E_TALLY",
                f"how columns are read must be said when a tally is made, got {Option(keyword).flag}",
                file=file,
                hint="Leave it out, or give the score files.",
            )
