"""A decision as a value: what was chosen, by whom, on which data, and every figure at that moment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dashboard.decisions.canonical_json import json_ready
from metrics.errors import ScoreError, shown

FORMS = (1, 2)
"""Versions of the form in which decisions are written; the second has `Decision.unsettled`."""
VERDICTS = {
    "agrees": "agrees",
    "accepts": "accepts with an objection",
    "objects": "objects",
}
"""What a stakeholder can say of the chosen point, and how it reads."""
ORIGIN = "0" * 64
"""What stands for the hash before the first decision's."""


@dataclass(frozen=True)
class Figure:
    """One figure of an operating point.

    Attributes
    ----------
    id, label, unit : str
        Of its objective; the unit in words.
    value, low, high : float
        The figure and its 95 % interval; NaN where undefined or not known.
    text, range : str
        As the page wrote them.
    """

    id: str
    label: str
    unit: str
    value: float
    low: float
    high: float
    text: str
    range: str


@dataclass(frozen=True)
class Spot:
    """An operating point in words and numbers; `model` None where every unit is shipped."""

    model: str | None
    threshold: float
    words: str


@dataclass(frozen=True)
class Stakeholder:
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
    verdict : {"agrees", "accepts", "objects"}
    words : str
        Its objection.
    """

    stakeholder: str
    title: str
    wish: str
    objective: str
    pick: Spot | None
    own: Figure
    chosen: Figure
    cost: str
    name: str
    verdict: str
    words: str


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

    name: str
    words: str
    figures: tuple[str, ...]
    costs: tuple[str, ...]


@dataclass(frozen=True)
class Data:
    """The data that was decided on."""

    fingerprint: str
    title: str
    files: tuple[str, ...]
    held_out: str
    rows: int
    defects: int
    models: tuple[str, ...]
    scale: str


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
    stakeholders : tuple of Stakeholder
    chosen, today : Spot
    figures, figures_today : tuple of Figure
        Every figure of the two.
    choices : tuple of Choice
        The chosen point, each stakeholder's pick, the compromises, today.
    counts : dict of str to int or float
        The chosen point's, as observed.
    verdict : tuple of str
        The page's sentences.
    objections : str
        What others objected.
    why : str
    query : str
        Query string that reopens the exact view.
    supersedes : int or None
        Number of the earlier decision in whose place this one stands.
    unsettled : tuple of objective ids
        By which the chosen point stands apart from today, but not beyond chance; none where nobody asked.
    """

    at: str
    data: Data
    version: str
    seed: int
    scenario: dict[str, Any]
    basis: str
    stakeholders: tuple[Stakeholder, ...]
    chosen: Spot
    today: Spot
    figures: tuple[Figure, ...]
    figures_today: tuple[Figure, ...]
    choices: tuple[Choice, ...]
    counts: dict[str, float]
    verdict: tuple[str, ...]
    objections: str
    why: str
    query: str
    supersedes: int | None = None
    unsettled: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """What is written of it: undefined is null, infinite the text "inf"."""
        written = asdict(self)
        written["stakeholders"] = [_in_form(one) for one in written["stakeholders"]]
        # Without any, in the first form: what was recorded in it must keep its hash.
        form = FORMS[1] if self.unsettled else FORMS[0]
        if form == FORMS[0]:
            del written["unsettled"]
        named = {"seats" if name == "stakeholders" else name: v for name, v in written.items()}
        return {"form": form, **json_ready(named)}

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Decision:
        """Read what `as_dict` wrote.

        Raises
        ------
        ScoreError
            Where it was written in a form that this version does not know, or is no decision.
        """
        given = dict(written)
        form = given.pop("form", None)
        if form not in FORMS:
            raise ScoreError(
                "E_DECISION",
                f"a decision must be written in form {FORMS[0]} or {FORMS[1]}, got {shown(form)}",
                hint="Read it with the version of the app that wrote it.",
            )
        try:
            return cls(
                **given
                | {
                    "data": Data(
                        **given["data"]
                        | {name: tuple(given["data"][name]) for name in ("files", "models")}
                    ),
                    "stakeholders": tuple(map(_stakeholder, given.pop("seats"))),
                    "chosen": _spot(given["chosen"]),
                    "today": _spot(given["today"]),
                    "figures": tuple(map(_figure, given["figures"])),
                    "figures_today": tuple(map(_figure, given["figures_today"])),
                    "choices": tuple(map(_choice, given["choices"])),
                    "verdict": tuple(given["verdict"]),
                    "unsettled": _unsettled(given, form),
                }
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ScoreError(
                "E_DECISION",
                f"a decision must have the parts of its form, got {type(error).__name__}: {error}",
                hint="Read it with the version of the app that wrote it.",
            ) from error


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


def entry_of(number: int, key: str, previous: str, decision: Mapping[str, Any]) -> dict[str, Any]:
    """What a hash is over."""
    return {"number": number, "key": key, "previous": previous, "decision": dict(decision)}


def _unsettled(given: Mapping[str, Any], form: int) -> tuple[str, ...]:
    names = given["unsettled"] if form == FORMS[1] else []
    told = "unsettled" in given
    if told != bool(names) or not (
        isinstance(names, list) and all(isinstance(x, str) for x in names)
    ):
        raise ValueError(f"unsettled is {shown(names)}")
    return tuple(names)


def _float(value: Any) -> float:
    return math.nan if value is None else float(value)


def _spot(given: Mapping[str, Any]) -> Spot:
    return Spot(given["model"], _float(given["threshold"]), given["words"])


def _figure(given: Mapping[str, Any]) -> Figure:
    return Figure(**{**given, **{name: _float(given[name]) for name in ("value", "low", "high")}})


def _choice(given: Mapping[str, Any]) -> Choice:
    both = {name: tuple(given[name]) for name in ("figures", "costs")}
    return Choice(**{**given, **both})


def _in_form(stakeholder: dict[str, Any]) -> dict[str, Any]:
    """A stakeholder under the names that the form has had from the start."""
    return {"seat" if name == "stakeholder" else name: v for name, v in stakeholder.items()}


def _stakeholder(given: Mapping[str, Any]) -> Stakeholder:
    pick = None if given["pick"] is None else _spot(given["pick"])
    own, chosen = _figure(given["own"]), _figure(given["chosen"])
    named = {"stakeholder" if name == "seat" else name: v for name, v in given.items()}
    return Stakeholder(**{**named, "pick": pick, "own": own, "chosen": chosen})
