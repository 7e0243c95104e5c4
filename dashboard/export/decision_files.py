"""Export of a recorded decision as JSON and as TOML."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict
from typing import Any

import tomli_w

from dashboard.decisions.decision import VERDICTS, Certificate, Figure, Spot, StakeholderRecord
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.entry import Recorded
from dashboard.safe_text import DIRECTION_MARKS, LINE_ENDS, TEXT_DIRECTION_SIGNS
from dashboard.words.decision import flagging_rule

_DIRECTION_SIGNS = re.compile(f"[{DIRECTION_MARKS}{LINE_ENDS}{TEXT_DIRECTION_SIGNS}\x7f-\x9f]")
"""Characters that make a text look different from its content."""


def _recorded(f: DecisionFacts) -> Recorded:
    """The recorded decision. Only recorded decisions are exported."""
    assert f.recorded is not None
    return f.recorded


def decision_json(f: DecisionFacts) -> str:
    """Full recorded decision, which `common-ground verify --report` can find in the register."""
    signatures = () if f.proposal is None else f.proposal.signatures
    signed = [signature.as_dict() for signature in signatures]
    export = _recorded(f).as_dict() | ({"signatures": signed} if signed else {})
    return json.dumps(export, indent=2, ensure_ascii=True) + "\n"


def decision_toml(f: DecisionFacts, address: str = "") -> str:
    """Recorded decision for engineers: model, threshold, data, and the statements of the stakeholders.

    Parameters
    ----------
    address : str
        Address of the app, for the link to the decision.
    """
    d, recorded = f.decision, _recorded(f)
    document = {
        "decision": {
            "number": recorded.number,
            "hash": recorded.hash,
            "recorded": d.at,
            "supersedes": d.supersedes,
            "why": d.why,
            "objections": d.objections or None,
            "link": f"{address}?{d.query}",
        },
        "ship": {
            **_spot(d.chosen),
            "rule": flagging_rule(d.chosen),
            "scores": d.data.scale,
        },
        "figures": _figures(d.figures),
        "counts": d.counts,
        "limits": _limits(d.certificate),
        "today": _spot(d.today),
        "unit": [{"id": note.unit, "note": note.words} for note in d.unit_notes] or None,
        "seat": [_stakeholder(s, f.is_signed(s.stakeholder)) for s in d.stakeholders],
        "verdict": {"sentences": d.verdict, "details": d.details or None},
        "data": {name: value for name, value in asdict(d.data).items() if name != "scale"},
        "scenario": d.scenario,
        "app": {"version": d.version, "seed": d.seed},
    }
    text = tomli_w.dumps(_without_none(document))
    # Every string is in double quotes on one line, where TOML allows a Unicode escape of a character.
    return _DIRECTION_SIGNS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _limits(certificate: Certificate | None) -> dict[str, Any] | None:
    """Standing of each limit, and of all limits together."""
    if certificate is None:
        return None
    limits = [
        {"objective": limit.objective, "asks": limit.words, "standing": limit.standing}
        for limit in certificate.limits
    ]
    together = {key: value for key, value in asdict(certificate).items() if key != "limits"}
    return together | {"limit": limits}


def _spot(spot: Spot) -> dict[str, Any]:
    return {"model": spot.model, "ship_below": spot.ship_below, "threshold": spot.threshold}


def _figures(figures: tuple[Figure, ...]) -> dict[str, Any]:
    """Figures with their intervals, without undefined figures."""
    fields = ("value", "expected", "low", "high", "unit")
    return {
        f.id: {name: getattr(f, name) for name in fields}
        for f in figures
        if not math.isnan(f.value)
    }


def _stakeholder(stakeholder: StakeholderRecord, is_signed: bool) -> dict[str, Any]:
    return {
        "seat": stakeholder.title,
        "name": stakeholder.name,
        "name_verified": is_signed,
        "wish": stakeholder.wish,
        "verdict": VERDICTS.get(stakeholder.verdict),
        "words": stakeholder.words or None,
        "cost": stakeholder.cost or None,
        "pick": None if stakeholder.pick is None else _spot(stakeholder.pick),
    }


def _without_none(value: Any) -> Any:
    """Value without parts that are `None` or undefined."""
    if isinstance(value, dict):
        return {key: _without_none(v) for key, v in value.items() if not _is_undefined(v)}
    if isinstance(value, list | tuple):
        return [_without_none(v) for v in value if not _is_undefined(v)]
    return value


def _is_undefined(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
