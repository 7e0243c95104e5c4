"""Tests of the advice on a point: each rule with numbers that differ in one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard.analysis.decide.advice import Advice, Objection, PointNumbers, Risk
from metrics.inference.optimism import LimitsMissed

GOOD = PointNumbers(
    is_current=False,
    flagged=50,
    shipped=950,
    defects=400,
    limits=2,
    missed=LimitsMissed(0.01),
    gain=3.0,
    best_gain=5.0,
)
CURRENT = replace(GOOD, is_current=True, gain=0.0)


def test_a_point_that_nothing_speaks_against_is_shipped_and_the_current_system_kept() -> None:
    assert (GOOD.objection, GOOD.risks, GOOD.advice) == (None, (), Advice.SHIP)
    assert (CURRENT.objection, CURRENT.advice) == (None, Advice.KEEP_CURRENT)


@pytest.mark.parametrize(
    ("changes", "objection"),
    [
        ({"is_training": True, "flagged": 0}, Objection.TRAINED_ON),
        ({"flagged": 0}, Objection.FLAGS_NOTHING),
        ({"shipped": 0}, Objection.FLAGS_EVERYTHING),
        ({"are_reachable": False, "broken": 2}, Objection.NONE_MEETS_LIMITS),
        ({"broken": 1, "missed": LimitsMissed(0.9)}, Objection.BREAKS_LIMITS),
        ({"missed": LimitsMissed(0.51)}, Objection.OFTEN_BREAKS_LIMITS),
    ],
)
def test_what_speaks_against_a_point_speaks_against_the_current_system_too(
    changes: dict[str, Any], objection: Objection
) -> None:
    for point, advice in ((GOOD, Advice.DO_NOT_SHIP), (CURRENT, Advice.REPLACE_CURRENT)):
        changed = replace(point, **changes)
        assert (changed.objection, changed.advice) == (objection, advice)
    assert replace(GOOD, **changes, is_certified=True).objection == (
        None if objection is Objection.OFTEN_BREAKS_LIMITS else objection
    )


def test_limits_are_not_asked_where_there_are_none() -> None:
    assert replace(GOOD, limits=0, broken=1, are_reachable=False).advice is Advice.SHIP


@pytest.mark.parametrize(("best", "objection"), [
    (1.0, Objection.EARNS_NO_MORE), (-1.0, Objection.NONE_EARNS_MORE),
])  # fmt: skip
@pytest.mark.parametrize("gain", [-2.0, 0.0])
def test_a_point_has_to_earn_more_than_the_current_system(
    best: float, objection: Objection, gain: float
) -> None:
    assert replace(GOOD, gain=gain, best_gain=best).objection is objection
    assert replace(GOOD, gain=float("nan")).objection is None


def test_the_current_system_is_kept_unless_another_point_is_clearly_better() -> None:
    """That one is better in the file is not enough, and not asked of other points."""
    assert replace(CURRENT, is_beaten_here=True, best_gain=9.0).advice is Advice.KEEP_CURRENT
    beaten = replace(CURRENT, is_clearly_beaten=True)
    assert (beaten.objection, beaten.advice) == (
        Objection.CLEARLY_BEATEN,
        Advice.REPLACE_CURRENT,
    )


def test_each_risk_has_to_be_accepted() -> None:
    one: dict[Risk, dict[str, Any]] = {
        Risk.MAY_BREAK_LIMITS: {"missed": LimitsMissed(0.06)},
        Risk.GAIN_MAY_BE_CHANCE: {"gain_may_be_chance": True},
        Risk.BEATEN_HERE: {"is_beaten_here": True},
        Risk.FEW_DEFECTS: {"defects": 99},
    }
    for risk, changes in one.items():
        risky = replace(GOOD, **changes)
        assert (risky.risks, risky.advice) == ((risk,), Advice.SHIP_IF_ACCEPTED)
    every = replace(
        GOOD, missed=LimitsMissed(0.06), gain_may_be_chance=True, is_beaten_here=True, defects=9
    )
    assert every.risks == tuple(one)
    assert replace(every, is_certified=True).risks == tuple(one)[1:]
