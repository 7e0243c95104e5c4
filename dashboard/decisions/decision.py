"""A decision as a value: what was chosen, by whom, on which data, and every figure at that moment.

The written form has its own names, which exports and the hashes of recorded decisions depend on: the aliases
below. Undefined figures are null, infinite ones the text "inf".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from dashboard.decisions.canonical_json import Hash, json_ready
from metrics import strict_mapping
from metrics.errors import Problem, ScoreError, shown
from metrics.strict_mapping import (
    STRICT,
    AsWritten,
    Fault,
    Number,
    StructureError,
    Text,
    Whole,
    not_below,
)

FORM = 8
"""Version of the form in which decisions are written."""
Verdict = Literal["agrees", "accepts", "objects", ""]
StandingWord = Literal["certified", "met here", "not met"]
VERDICTS: dict[Verdict, str] = {
    "agrees": "agrees",
    "accepts": "accepts with an objection",
    "objects": "objects",
}
"""What a stakeholder can say of the chosen point, and how it reads."""
ORIGIN = "0" * 64
"""What stands for the hash before the first decision's."""
_UNDEFINED: dict[Any, float] = {None: math.nan, "inf": math.inf, "-inf": -math.inf}


def _defined(written: Any) -> Any:
    """A figure as a number where it was written as none."""
    return _UNDEFINED.get(written, written) if isinstance(written, str | None) else written


_Defined = Annotated[float, strict_mapping.STRICT_NUMBER, BeforeValidator(_defined)]
"""A figure that may be undefined or infinite."""


@dataclass(frozen=True)
class Figure:
    """One figure of an operating point.

    Attributes
    ----------
    id, label, unit : str
        Of its objective; the unit in words.
    value, low, high : float
        The figure of the data and its 95 % interval; NaN where undefined or not known.
    text, range : str
        As the page wrote them.
    expected : float
        Of a point that was picked for being the best: what to expect on new data, which `text`, `low`, `high`
        and `range` are of.
    """

    __pydantic_config__ = STRICT

    id: Text
    label: Text
    unit: Text
    value: _Defined
    low: _Defined
    high: _Defined
    text: Text
    range: Text
    expected: Annotated[float, strict_mapping.STRICT_NUMBER] | None = None

    @property
    def shown(self) -> float:
        """What stands on the page."""
        return self.value if self.expected is None else self.expected


@dataclass(frozen=True)
class Spot:
    """An operating point in words and numbers; `model` None where every unit is shipped.

    Where people inspect, a unit is shipped below ``ship_below``, rejected from ``threshold`` on, and
    inspected between the two.
    """

    __pydantic_config__ = STRICT

    model: Text | None
    threshold: _Defined
    words: Text
    ship_below: _Defined | None = None


@dataclass(frozen=True)
class StakeholderRecord:
    """What one stakeholder wanted, what it got, and what it said.

    Attributes
    ----------
    stakeholder, title : str
    wish : str
        Its objective, and within what.
    objective : str
        Id.
    pick : Spot or None
        Its own; None where nothing keeps its bound.
    own, chosen : Figure
        Of its objective, at its own pick and at the chosen point.
    cost : str
        What the chosen point costs it against its own pick, in its unit.
    name : str
        As typed: nobody has verified it.
    verdict : {"agrees", "accepts", "objects", ""}
        Nothing where it has not been asked.
    words : str
        Its objection.
    """

    __pydantic_config__ = STRICT

    stakeholder: Annotated[Text, Field(alias="seat")]
    title: Text
    wish: Text
    objective: Text
    pick: Spot | None
    own: Figure
    chosen: Figure
    cost: Text
    name: Text
    verdict: Verdict
    words: Text


@dataclass(frozen=True)
class Choice:
    """What one choice gives every stakeholder, and what it costs each against its own pick.

    Attributes
    ----------
    name, words : str
        Whose choice it is, and the point.
    figures, costs : tuple of str
        One for each stakeholder, in its unit.
    """

    __pydantic_config__ = STRICT

    name: Text
    words: Text
    figures: tuple[Text, ...]
    costs: tuple[Text, ...]


@dataclass(frozen=True)
class LimitRecord:
    """How one limit stood at the chosen point.

    Attributes
    ----------
    objective : str
        Id.
    words : str
        The limit as the page wrote it.
    standing : {"certified", "met here", "not met"}
        By itself.
    """

    __pydantic_config__ = STRICT

    objective: Text
    words: Text
    standing: StandingWord


@dataclass(frozen=True)
class Certificate:
    """Whether the limits were certified at the chosen point, or only met in the file.

    Attributes
    ----------
    confidence : float
        With which, such as 0.95.
    models : int
        Among which the choice was.
    limits : tuple of LimitRecord
    together : {"certified", "met here", "not met"}
        All of them at once.
    """

    __pydantic_config__ = STRICT

    confidence: Number
    models: Whole
    limits: tuple[LimitRecord, ...]
    together: StandingWord


@dataclass(frozen=True)
class Data:
    """The data that was decided on."""

    __pydantic_config__ = STRICT

    fingerprint: Text
    title: Text
    files: tuple[Text, ...]
    held_out: Text
    rows: Whole
    defects: Whole
    models: tuple[Text, ...]
    scale: Text


@dataclass(frozen=True)
class UnitNote:
    """What somebody said of one unit, such as that it is mislabelled.

    Attributes
    ----------
    unit : str
        Its id.
    words : str
    """

    __pydantic_config__ = STRICT

    unit: Text
    words: Text


@dataclass(frozen=True)
class Decision:
    """What was decided.

    Attributes
    ----------
    at : str
        When, in UTC: ``2026-11-25T14:03:11.120456Z``.
    data : Data
    version : str
        Of the app.
    seed : int
        Of the resampling.
    scenario : dict
        All of it, with the limits in force, as a scenario file has it.
    basis : str
        What the figures are of, in words.
    stakeholders : tuple of StakeholderRecord
    chosen, today : Spot
    figures, figures_today : tuple of Figure
        Every figure of the two.
    choices : tuple of Choice
        The chosen point, each stakeholder's pick, the compromises, today.
    counts : dict of str to int or float
        The chosen point's, as observed; where people inspect also the shares of the scenario's units that
        are inspected, and that the model rejects.
    verdict : tuple of str
        The page's sentences: whether to ship, first.
    objections : str
        What others objected.
    why : str
    query : str
        Query string that reopens the exact view.
    supersedes : int or None
        Number of the earlier decision in whose place this one stands.
    unsettled : tuple of objective ids
        By which the chosen point stands apart from today, but not beyond chance; none where nobody asked.
    unit_notes : tuple of UnitNote
        What was said of single units.
    certificate : Certificate or None
        Of the limits; None without any, where none can be certified, or where nobody asked.
    missed : float or None
        Share of the resamples in which limits that are all met in the data are not, or
        `metrics.inference.optimism.UNCERTAIN`; None without any, where one is broken, or where nobody asked.
    details : tuple of str
        Sentences behind the verdict.
    """

    __pydantic_config__ = STRICT

    at: Text
    data: Data
    version: Text
    seed: Whole
    scenario: dict[Text, Any]
    basis: Text
    stakeholders: Annotated[tuple[StakeholderRecord, ...], Field(alias="seats")]
    chosen: Spot
    today: Spot
    figures: tuple[Figure, ...]
    figures_today: tuple[Figure, ...]
    choices: tuple[Choice, ...]
    counts: dict[Text, AsWritten]
    verdict: tuple[Text, ...]
    objections: Text
    why: Text
    query: Text
    supersedes: Whole | None
    unsettled: tuple[Text, ...]
    unit_notes: tuple[UnitNote, ...]
    certificate: Certificate | None
    missed: Number | None
    details: tuple[Text, ...]

    def as_dict(self) -> dict[str, Any]:
        """What is written of it."""
        written = strict_mapping.written(self)
        for figure in _written_figures(written):
            if figure["expected"] is None:
                del figure["expected"]
        for spot in [written["chosen"], written["today"], *(s["pick"] for s in written["seats"])]:
            if spot is not None and spot["ship_below"] is None:
                del spot["ship_below"]
        return {"form": FORM, **json_ready(written)}

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Decision:
        """Read what `as_dict` wrote.

        Raises
        ------
        ScoreError
            E_DECISION if it was written in another form, or is no decision.
        """
        fields = dict(written) if isinstance(written, Mapping) else {}
        form = fields.pop("form", None)
        if type(form) is not int or form != FORM:
            raise ScoreError(
                "E_DECISION",
                f"a decision must be written in form {FORM}, got {shown(form)}",
                value=str(form),
                hint=_HINT,
            )
        try:
            return strict_mapping.read(cls, fields)
        except StructureError as error:
            raise ScoreError.of(map(_problem, error.faults)) from error


def _written_figures(written: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every figure of what is written of a decision."""
    of_stakeholders = [one[name] for one in written["seats"] for name in ("own", "chosen")]
    return [*written["figures"], *written["figures_today"], *of_stakeholders]


_HINT = "Read it with the version of the app that wrote it."


def _problem(fault: Fault) -> Problem:
    return Problem(
        "E_DECISION",
        "error",
        f"a decision must have the parts of its form: {fault.key} must {fault.rule}, "
        f"got {shown(fault.got)}",
        column=fault.key,
        value=None if fault.value is None else shown(fault.value),
        hint=_HINT,
    )


@dataclass(frozen=True)
class Recorded:
    """A decision with its place in the register.

    Attributes
    ----------
    number : int
        From 1.
    key : str
        What a repeated attempt to record the same has in common.
    previous, hash : str
        64 hexadecimal digits: of the decision before, and of all of this.
    decision : Decision
    """

    number: int
    key: str
    previous: str
    hash: str
    decision: Decision

    def as_dict(self) -> dict[str, Any]:
        """What an export holds: enough to reckon the hash anew."""
        entry = entry_of(self.number, self.key, self.previous, self.decision.as_dict())
        return {**entry, "hash": self.hash}


@dataclass(frozen=True)
class Export:
    """What `Recorded.as_dict` wrote, its decision not read yet."""

    __pydantic_config__ = STRICT

    number: Annotated[Whole, not_below(1)]
    key: Text
    previous: Hash
    decision: dict[Text, Any]
    hash: Hash

    def recorded(self) -> Recorded:
        """The same with its decision read; ScoreError where that is none."""
        decision = Decision.read(self.decision)
        return Recorded(self.number, self.key, self.previous, self.hash, decision)


def entry_of(number: int, key: str, previous: str, decision: Mapping[str, Any]) -> dict[str, Any]:
    """What a hash is over."""
    return {"number": number, "key": key, "previous": previous, "decision": dict(decision)}
