"""Decision as a value: the selected point, stakeholders, data, and all figures when it was recorded.

The written form has the names that are given as aliases below. Exports and the hashes of recorded decisions
depend on these names. Undefined figures are written as null, infinite figures as the text "inf".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
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
    Switch,
    Text,
    Whole,
)

FORM = 8
"""Version of the written form of decisions."""
Verdict = Literal["agrees", "accepts", "objects", ""]
StandingWord = Literal["certified", "met here", "not met"]
VERDICTS: dict[Verdict, str] = {
    "agrees": "agrees",
    "accepts": "accepts with an objection",
    "objects": "objects",
}
"""Statements that a stakeholder can make on the selected point, with their texts."""
_HINT = "Read it with the version of the app that wrote it."
_UNDEFINED: dict[Any, float] = {None: math.nan, "inf": math.inf, "-inf": -math.inf}


def _defined(written: Any) -> Any:
    """Figure as a number: null is read as NaN, "inf" as infinity."""
    return _UNDEFINED.get(written, written) if isinstance(written, str | None) else written


_Defined = Annotated[strict_mapping.AnyFloat, BeforeValidator(_defined)]
"""Figure that may be undefined or infinite."""
IF_GIVEN = Field(exclude_if=lambda value: value is None or value is False)
"""Annotates a part that is written only if it is neither `None` nor false."""


@dataclass(frozen=True)
class Figure:
    """Figure of an operating point.

    Attributes
    ----------
    id, label, unit : str
        Id and label of the objective; its unit in words.
    value, low, high : float
        Figure in the data and its 95% interval; NaN if undefined or unknown.
    text, range : str
        Figure and interval as the page wrote them.
    expected : float
        Figure to expect on new data, if the point was picked for being the best. `text`, `low`, `high` and
        `range` then refer to this figure. Only written if there is one.
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
    expected: Annotated[strict_mapping.AnyFloat | None, IF_GIVEN] = None

    @property
    def shown(self) -> float:
        """Figure that the page shows."""
        return self.value if self.expected is None else self.expected


@dataclass(frozen=True)
class Spot:
    """Operating point in words and numbers; `model` is `None` if every unit is shipped.

    With inspectors, a unit is shipped below ``ship_below``, inspected from there on, and rejected from
    ``threshold`` on. Without inspectors ``ship_below`` is not written.
    """

    __pydantic_config__ = STRICT

    model: Text | None
    threshold: _Defined
    words: Text
    ship_below: Annotated[_Defined | None, IF_GIVEN] = None


@dataclass(frozen=True)
class Statement:
    """Statement of a stakeholder on the selected point: name of the person, verdict and words."""

    name: str = ""
    verdict: Verdict = ""
    words: str = ""


class RequiredField(Enum):
    """Field of the dialog that records a decision; all but `WHY` exist for each stakeholder."""

    NAME = auto()
    VERDICT = auto()
    OBJECTION = auto()
    WHY = auto()


def missing_fields(
    statements: Mapping[str, Statement], why: str
) -> list[tuple[RequiredField, str]]:
    """Empty fields that a decision needs, each with its stakeholder (empty for `RequiredField.WHY`).

    A verdict that is not "agrees" needs an objection.
    """
    items = statements.items()
    missing = [(RequiredField.NAME, stakeholder) for stakeholder, s in items if not s.name]
    missing += [(RequiredField.VERDICT, stakeholder) for stakeholder, s in items if not s.verdict]
    missing += [
        (RequiredField.OBJECTION, stakeholder)
        for stakeholder, s in items
        if s.verdict in ("accepts", "objects") and not s.words
    ]
    return missing if why else [*missing, (RequiredField.WHY, "")]


@dataclass(frozen=True)
class StakeholderRecord:
    """Objective, result and statement of one stakeholder.

    Attributes
    ----------
    wish : str
        Objective and limit of the stakeholder, in words.
    objective : str
        Objective id.
    pick : Spot or None
        The stakeholder's own pick; `None` if no point meets its limit.
    own, chosen : Figure
        Figure of the objective at the stakeholder's own pick and at the selected point.
    cost : str
        Cost of the selected point compared with the own pick, in the stakeholder's unit.
    name : str
        Name of the person as typed; it was not verified.
    verdict : {"agrees", "accepts", "objects", ""}
        Statement; empty if the stakeholder was not asked.
    words : str
        Objection in the stakeholder's words.
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
    """Figures of one choice for every stakeholder, and its cost compared with their own picks.

    Attributes
    ----------
    name, words : str
        Name of the choice, and its point in words.
    figures, costs : tuple of str
        Figure and cost for each stakeholder, in the stakeholder's unit.
    """

    __pydantic_config__ = STRICT

    name: Text
    words: Text
    figures: tuple[Text, ...]
    costs: tuple[Text, ...]


@dataclass(frozen=True)
class LimitRecord:
    """Limit, and whether the selected point met the limit.

    Attributes
    ----------
    objective : str
        Objective id.
    words : str
        Limit as the page wrote it.
    standing : {"certified", "met here", "not met"}
        Standing of this limit alone.
    """

    __pydantic_config__ = STRICT

    objective: Text
    words: Text
    standing: StandingWord


@dataclass(frozen=True)
class Certificate:
    """Whether the limits were certified at the selected point, or only met in the file.

    Attributes
    ----------
    confidence : float
        Confidence of the certificate, such as 0.95.
    models : int
        Number of models among which the point was chosen.
    together : {"certified", "met here", "not met"}
        Standing of all limits together.
    """

    __pydantic_config__ = STRICT

    confidence: Number
    models: Whole
    limits: tuple[LimitRecord, ...]
    together: StandingWord


@dataclass(frozen=True)
class Data:
    """Data of a decision."""

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
    """Remark on one unit, such as that it is mislabelled.

    Attributes
    ----------
    unit : str
        Id of the unit.
    """

    __pydantic_config__ = STRICT

    unit: Text
    words: Text


@dataclass(frozen=True)
class TallyRecord:
    """Tally that is stored with a decision, from which its figures can be computed again.

    Attributes
    ----------
    sha256 : str
        Hash of the tally's file.
    libraries : dict of str to str
        Versions of Python and of the libraries that computed the figures, by name.
    """

    __pydantic_config__ = STRICT

    sha256: Hash
    libraries: dict[Text, Text]


@dataclass(frozen=True)
class Decision:
    """Decision with everything that the page showed.

    Attributes
    ----------
    at : str
        Time in UTC, such as ``2026-11-25T14:03:11.120456Z``.
    version : str
        Version of the app.
    seed : int
        Seed of the resampling.
    scenario : dict
        Full scenario with the limits in force, in the form of a scenario file.
    basis : str
        Basis of the figures, in words.
    figures, figures_today : tuple of Figure
        All figures of the selected point and of the current system.
    choices : tuple of Choice
        Selected point, pick of each stakeholder, compromises, and current system.
    counts : dict of str to int or float
        Counts of the selected point as observed. With inspectors, also the shares of the scenario's units
        that are inspected, and that the model rejects.
    verdict : tuple of str
        Sentences of the page, beginning with whether to ship.
    objections : str
        Objections of other people.
    query : str
        Query string that reopens this view.
    supersedes : int or None
        Number of the earlier decision that this decision replaces.
    unsettled : tuple of objective ids
        Objectives in which the selected point differs from the current system, but not significantly; empty
        if the intervals were not computed.
    unit_notes : tuple of UnitNote
        Remarks on single units.
    certificate : Certificate or None
        Certificate of the limits; `None` without limits, if none can be certified, or if nothing was
        computed.
    missed : float or None
        Share of the samples of new data that miss a limit, although all limits are met in the data. `None`
        without limits, if a limit is missed in the data, or if nothing was computed.
    details : tuple of str
        Sentences that support the verdict.
    missed_uncounted : bool
        True in older decisions if `missed` was not counted in resamples. Only written if true.
    tally : TallyRecord or None
        `None` if no tally was stored, as with older decisions. Only written if there is one.
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
    missed_uncounted: Annotated[Switch, IF_GIVEN] = False
    tally: Annotated[TallyRecord | None, IF_GIVEN] = None

    def as_dict(self) -> dict[str, Any]:
        """Written form of the decision."""
        return {"form": FORM, **json_ready(strict_mapping.dump(self))}

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Decision:
        """Read the result of `as_dict`.

        Raises
        ------
        ScoreError
            ``E_DECISION`` if the form differs, or if this is no decision.
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
