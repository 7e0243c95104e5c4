"""Tests of each row of the verdict's tables, and of its sentences with any facts."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.analysis.decide.verdict import Objection, Risk, StakeholderFacts, VerdictFacts
from dashboard.words.decide.verdict import OBJECTIONS, RISKS, verdict_of
from dashboard.words.names import Names
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import OperatingPoint
from metrics.inference.certainty import LimitsMissed
from metrics.inference.comparison.paired_difference import Chance
from metrics.inference.scarcity import Scarce, Scarcity
from metrics.scenario.scenario import Scenario
from metrics.selection.limits import Bound


def point(model: str, threshold: float, fn: int, fp: int) -> OperatingPoint:
    """Point in a file of 40 defects and 360 good units; a miss costs 5 false alarms."""
    figures = {
        "log_loss": {"a": 0.2, "b": 0.3}.get(model, 0.3),
        "recall": 1 - fn / 40,
        "missed_defects": float(fn),
        "false_alarms": float(fp),
        "revenue_impact": float(200 - 5 * fn - fp),
        "cost_of_errors": float(5 * fn + fp),
    }
    return OperatingPoint(model, threshold, 40 - fn, fp, fn, 360 - fp, figures)


B, A, LOW = point("b", 0.5, 8, 40), point("a", 0.3, 4, 80), point("b", 0.1, 0, 360)
RECALL = Bound(OBJECTIVES["recall"], 0.8)
ALARMS, MISSES = Bound(OBJECTIVES["false_alarms"], 30.0), Bound(OBJECTIVES["missed_defects"], 7.0)
TARGET = Bound(OBJECTIVES["revenue_impact"], 110.0)
EARNS_LESS, EARNS_NOTHING, EARNS_UNKNOWN = (
    replace(B, figures={**B.figures, "revenue_impact": gain}) for gain in (-1.0, 0.0, math.nan)
)


def who(objective: str, name: str, pick: OperatingPoint | None, **known: Any) -> StakeholderFacts:
    return replace(StakeholderFacts(name, OBJECTIVES[objective], None, pick, Chance.CLEAR), **known)


DATA, EXECUTIVE = who("log_loss", "data", A), who("revenue_impact", "executive", B)
PRODUCT = who("missed_defects", "product", A)
FACTS = VerdictFacts(
    selected=B,
    limits=(),
    better=None,
    ties=(),
    stakeholders=(EXECUTIVE,),
    fair=None,
    cheapest=None,
    gain=OBJECTIVES["revenue_impact"],
    best_gain=120,
    gain_may_be_chance=False,
    are_reachable=True,
    missed=LimitsMissed(0.01),
    is_certified=False,
    scarce=(),
    is_current=False,
    has_current=True,
    has_intervals=True,
    held_out="held-out",
)


FEW = (Scarcity(Scarce.DEFECTS, 40), Scarcity(Scarce.GROUPS, 15.2))


def words(at: OperatingPoint) -> str:
    return f"{at.model} at {at.threshold}"


def sentences_of(facts: VerdictFacts) -> tuple[str, ...]:
    sentences = verdict_of(facts, Scenario(), Names(), words)
    return tuple(" ".join(sentence.split()) for sentence in sentences)


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({}, "Ship b at 0.5."),
        ({"has_intervals": False}, "Ship b at 0.5, judging by this file alone."),
        ({"ties": (A,)}, "Ship b at 0.5 or a at 0.3 (equally good in this file)."),
        ({"held_out": "unknown"},
         "Ship b at 0.5 only if no model was trained on these units."),
        ({"limits": (RECALL,), "is_certified": True},
         "Ship b at 0.5: it is certified to meet the limit (recall at least 80.0%)."),
        ({"limits": (RECALL,), "missed": LimitsMissed(0.61), "is_certified": True},
         "Ship b at 0.5: it is certified to meet the limit (recall at least 80.0%)."),
        # Without limits no limit must be met, and an undefined gain is no objection.
        ({"are_reachable": False, "selected": EARNS_UNKNOWN}, "Ship b at 0.5."),
        ({"limits": (RECALL,), "missed": LimitsMissed(0.06)},
         "Ship b at 0.5 only if you accept that the limit (recall at least 80.0%) is only likely "
         "(met in 94% of simulations)."),
        ({"limits": (RECALL, TARGET), "held_out": "unknown", "missed": LimitsMissed(0.5),
          "gain_may_be_chance": True},
         "Ship b at 0.5 only if no model was trained on these units and you accept that both limits are "
         "uncertain (met in 50% of simulations) and that its gain in revenue over today may be chance."),
        ({"better": A, "has_current": False, "scarce": FEW},
         "Ship b at 0.5 only if you accept that a at 0.3 has fewer missed defects and fewer false alarms and "
         "that all of this rests on only 40 defects and about 15 groups of units."),
        ({"held_out": "training"},
         "Do not ship yet: the models were trained on these units, so every figure here flatters them."),
        ({"selected": replace(B, tp=0, fp=0)}, "Do not ship yet: b at 0.5 flags nothing."),
        ({"selected": replace(B, fn=0, tn=0)}, "Do not ship yet: b at 0.5 flags everything."),
        ({"limits": (RECALL, ALARMS), "are_reachable": False},
         "Do not ship yet: no threshold of any model meets both limits."),
        ({"limits": (RECALL, ALARMS)},
         "Do not ship yet: b at 0.5 misses the limit (false alarms at most 30)."),
        ({"limits": (MISSES, ALARMS)},
         "Do not ship yet: b at 0.5 misses both limits."),
        ({"limits": (RECALL, MISSES, ALARMS)},
         "Do not ship yet: b at 0.5 misses two of the three limits."),
        ({"limits": (TARGET,), "missed": LimitsMissed(0.61)},
         "Do not ship yet: b at 0.5 meets the target (revenue against today at least +110 false alarms’ "
         "worth) in this file, but on new data that is uncertain (met in 39% of simulations)."),
        ({"limits": (RECALL,), "missed": LimitsMissed(0.41)},
         "Ship b at 0.5 only if you accept that the limit (recall at least 80.0%) is uncertain "
         "(met in 59% of simulations)."),
        ({"limits": (RECALL, TARGET), "missed": LimitsMissed(0.61)},
         "Do not ship yet: b at 0.5 meets both limits in this file, but on new data that is uncertain "
         "(met in 39% of simulations)."),
        ({"has_current": False, "selected": EARNS_LESS},
         "Do not ship yet: b at 0.5 brings no more revenue than no checks."),
        ({"selected": EARNS_NOTHING, "best_gain": 0},
         "Do not ship yet: no threshold of any model brings more revenue than today."),
        ({"limits": (RECALL,), "selected": EARNS_NOTHING, "best_gain": 0},
         "Do not ship yet: no threshold of any model brings more revenue than today and meets the limit "
         "(recall at least 80.0%)."),
        ({"is_current": True},
         "Keep today’s system, b at 0.5: no other point is clearly better."),
        ({"has_intervals": False, "is_current": True},
         "Keep today’s system, b at 0.5, judging by this file alone."),
        ({"better": A, "is_current": True},
         "Do not stop at today’s system: a at 0.3 is clearly better."),
        ({"is_current": True, "held_out": "training", "selected": replace(B, tp=0, fp=0)},
         "Do not stop at today’s system: the models were trained on these units, so every figure here "
         "flatters them."),
        ({"is_current": True, "limits": (RECALL, ALARMS), "missed": LimitsMissed(0.9)},
         "Do not stop at today’s system: b at 0.5 misses the limit (false alarms at most 30)."),
        ({"better": LOW, "is_current": True},
         "Do not stop at today’s system: flagging everything is clearly better."),
    ],
)  # fmt: skip
def test_advice_by_facts(known: dict[str, Any], sentence: str) -> None:
    assert sentences_of(replace(FACTS, **known))[0] == sentence


def test_every_objection_and_risk_has_words() -> None:
    assert set(OBJECTIONS) == set(Objection)
    assert set(RISKS) == set(Risk)


CONDITION = Bound(OBJECTIVES["false_alarms"], 30.0)


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({}, "No stakeholder would do better with another point in this file."),
        ({"stakeholders": (DATA, PRODUCT, EXECUTIVE)},
         "The data scientist would do better with a and the product manager with a at 0.3."),
        ({"stakeholders": (replace(DATA, is_broken=True, chance=Chance.UNKNOWN),), "limits": (TARGET,)},
         "The data scientist would do better with a (misses the target in this file)."),
        ({"stakeholders": (DATA, replace(PRODUCT, chance=Chance.POSSIBLE)), "fair": A},
         "The data scientist would do better with a and the product manager with a at 0.3 (may be chance); "
         "the fair option is a at 0.3."),
        # Without intervals, or on rows from training, there is no statement about new data.
        ({"stakeholders": (replace(PRODUCT, chance=Chance.UNKNOWN),)},
         "The product manager would do better with a at 0.3 (in this file)."),
        ({"stakeholders": (replace(PRODUCT, missed=LimitsMissed(0.41)),), "limits": (TARGET,)},
         "The product manager would do better with a at 0.3 (target uncertain, met in 59%)."),
        ({"stakeholders": (
            replace(PRODUCT, chance=Chance.POSSIBLE, missed=LimitsMissed(0.06)),
            replace(DATA, missed=LimitsMissed(0.05)),
         ), "limits": (TARGET, RECALL)},
         "The product manager would do better with a at 0.3 (may be chance and limits likely, met in "
         "94%) and the data scientist with a."),
        ({"stakeholders": (PRODUCT, EXECUTIVE), "fair": B},
         "The product manager would do better with a at 0.3; this choice is the fair option."),
        ({"stakeholders": (PRODUCT, replace(EXECUTIVE, condition=CONDITION)), "fair": A},
         "The product manager would do better with a at 0.3; this choice breaks the executive’s condition on "
         "false alarms."),
        ({"stakeholders": (who("recall", "executive", None, condition=CONDITION),)},
         "This choice breaks the executive’s condition on false alarms."),
        # Without a pick no better point is known, and a point with equal texts is not better.
        ({"stakeholders": (who("recall", "executive", None),)}, None),
        ({"stakeholders": (who("log_loss", "data", replace(
            A, figures={**A.figures, "log_loss": 0.299999}
        )),)}, "No stakeholder would do better with another point in this file."),
    ],
)  # fmt: skip
def test_stakeholders_who_would_prefer_another_point_are_named(
    known: dict[str, Any], sentence: str | None
) -> None:
    assert sentences_of(replace(FACTS, **known))[1:] == (() if sentence is None else (sentence,))


POINTS = st.sampled_from((A, B, LOW, point("a", 0.6, 16, 20)))
CHANCES = st.sampled_from(list(Chance))
MISSED = st.builds(LimitsMissed, st.sampled_from((float("nan"), 0.0, 0.004, 0.3, 0.996, 1.0)))


@st.composite
def any_facts(draw: st.DrawFn) -> VerdictFacts:
    limits = tuple(draw(st.lists(st.sampled_from((RECALL, TARGET, ALARMS, MISSES)), unique=True)))
    stakeholders = tuple(
        who(objective, name, draw(st.none() | POINTS), condition=draw(st.none() | st.just(CONDITION)),
            chance=draw(CHANCES), missed=draw(MISSED))
        for objective, name in (
            ("log_loss", "data"), ("missed_defects", "product"), ("revenue_impact", "executive")
        )
    )  # fmt: skip
    return VerdictFacts(
        selected=draw(POINTS),
        limits=limits,
        better=draw(st.none() | POINTS),
        ties=draw(st.sampled_from(((), (A,), (A, LOW)))),
        stakeholders=stakeholders,
        fair=draw(st.none() | POINTS),
        cheapest=None,
        gain=OBJECTIVES["revenue_impact"],
        best_gain=draw(st.sampled_from((float("-inf"), 0.0, 120.0))),
        gain_may_be_chance=draw(st.booleans()),
        are_reachable=draw(st.booleans()),
        missed=draw(MISSED),
        is_certified=draw(st.booleans()) and bool(limits),
        scarce=draw(st.sampled_from(((), FEW[:1], FEW))),
        is_current=draw(st.booleans()),
        has_current=draw(st.booleans()),
        has_intervals=draw(st.booleans()),
        held_out=draw(st.sampled_from(("held-out", "training", "unknown"))),
    )


@given(any_facts())
def test_a_verdict_is_one_or_two_sentences_of_plain_text(facts: VerdictFacts) -> None:
    sentences = sentences_of(facts)
    assert 1 <= len(sentences) <= 2
    for text in sentences:
        assert text[0].isupper(), text
        assert re.search(r"[^.]\.$", text), text
        assert not re.search(r"\b(nan|inf|None)\b", text, re.IGNORECASE), text
        assert not re.search(r"  | [,.;:)]|\( |,,|;;|['\"<>&*_`\\{}]", text), text
        assert text.count("(") == text.count(")"), text
        assert not re.search(r"(?<![\d.,])1 (defects|limits)\b", text), text
