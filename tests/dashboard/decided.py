"""Decisions to record: one with all fields, and arbitrary ones."""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from dashboard.decisions.canonical_json import canonical, hash_of
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.decision import (
    VERDICTS,
    Certificate,
    Choice,
    Data,
    Decision,
    Figure,
    LimitRecord,
    Spot,
    StakeholderRecord,
    UnitNote,
    Verdict,
)
from dashboard.decisions.entry import hashed_content
from dashboard.decisions.register import Register
from dashboard.decisions.register_file import SCHEMA

ANY_TEXT = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from("\0\n\t\r\"\\<>&'\u202e\u2028=+-@é😀"),
    max_size=30,
)
NUMBERS = st.floats(allow_nan=False) | st.integers(-(2**53) + 1, 2**53 - 1).map(float)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
FIGURES = st.builds(
    Figure,
    id=ANY_TEXT,
    label=ANY_TEXT,
    unit=ANY_TEXT,
    value=NUMBERS,
    low=NUMBERS,
    high=NUMBERS,
    text=ANY_TEXT,
    range=ANY_TEXT,
    expected=st.none() | FINITE,
)
STANDINGS = st.sampled_from(["certified", "met here", "not met"])
SPOTS = st.builds(Spot, model=st.none() | ANY_TEXT, threshold=NUMBERS, words=ANY_TEXT)
STAKEHOLDERS = st.builds(
    StakeholderRecord,
    stakeholder=st.sampled_from(["data", "product", "executive"]),
    title=ANY_TEXT,
    wish=ANY_TEXT,
    objective=ANY_TEXT,
    pick=st.none() | SPOTS,
    own=FIGURES,
    chosen=FIGURES,
    cost=ANY_TEXT,
    name=ANY_TEXT,
    verdict=st.sampled_from(list(VERDICTS)),
    words=ANY_TEXT,
)
DECISIONS = st.builds(
    Decision,
    at=ANY_TEXT,
    data=st.builds(
        Data,
        fingerprint=ANY_TEXT,
        title=ANY_TEXT,
        files=st.lists(ANY_TEXT, max_size=2).map(tuple),
        held_out=ANY_TEXT,
        rows=st.integers(0, 10**12),
        defects=st.integers(0, 10**12),
        models=st.lists(ANY_TEXT, max_size=3).map(tuple),
        scale=ANY_TEXT,
    ),
    version=ANY_TEXT,
    seed=st.integers(0, 2**32 - 1),
    scenario=st.dictionaries(ANY_TEXT, FINITE | ANY_TEXT, max_size=3),
    basis=ANY_TEXT,
    stakeholders=st.lists(STAKEHOLDERS, max_size=3).map(tuple),
    chosen=SPOTS,
    today=SPOTS,
    figures=st.lists(FIGURES, max_size=2).map(tuple),
    figures_today=st.lists(FIGURES, max_size=2).map(tuple),
    choices=st.lists(
        st.builds(
            Choice,
            name=ANY_TEXT,
            words=ANY_TEXT,
            figures=st.lists(ANY_TEXT, max_size=3).map(tuple),
            costs=st.lists(ANY_TEXT, max_size=3).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    counts=st.dictionaries(ANY_TEXT, FINITE, max_size=2),
    verdict=st.lists(ANY_TEXT, max_size=2).map(tuple),
    objections=ANY_TEXT,
    why=ANY_TEXT,
    query=ANY_TEXT,
    supersedes=st.none(),
    unsettled=st.lists(ANY_TEXT, max_size=2).map(tuple),
    unit_notes=st.lists(st.builds(UnitNote, ANY_TEXT, ANY_TEXT), max_size=2).map(tuple),
    certificate=st.none()
    | st.builds(
        Certificate,
        confidence=st.floats(0.01, 0.99),
        models=st.integers(1, 300),
        limits=st.lists(
            st.builds(LimitRecord, objective=ANY_TEXT, words=ANY_TEXT, standing=STANDINGS),
            max_size=2,
        ).map(tuple),
        together=STANDINGS,
    ),
    missed=st.none() | st.floats(0, 1),
    missed_uncounted=st.booleans(),
    details=st.lists(ANY_TEXT, max_size=2).map(tuple),
)
"""Any decision that can be written. Undefined figures are in `DECISION`, because NaN equals nothing."""


def figure(name: str = "missed_defects", value: float = 84.0, text: str = "84") -> Figure:
    return Figure(name, "missed defects", "a year", value, value - 9, value + 11, text, "75 to 95")


def stakeholder(
    name: str, title: str, who: str, verdict: Verdict = "agrees", words: str = ""
) -> StakeholderRecord:
    pick = Spot("boosting", 0.31, "boosting at 0.31")
    wish = "fewest missed defects"
    return StakeholderRecord(
        name,
        title,
        wish,
        "missed_defects",
        pick,
        figure(value=72.0, text="72"),
        figure(),
        "12 more than its own pick",
        who,
        verdict,
        words,
    )


DECISION = Decision(
    at="2026-05-04T09:30:00.000000Z",
    data=Data(
        "sha256:" + "ab" * 32, "trial", ("trial.csv",), "held-out", 400, 40, ("boosting", "rule"),
        "probability",
    ),
    version="0.1.0",
    seed=0,
    scenario={
        "miss_cost": 5.0,
        "today": {"model": "rule", "threshold": 0.4},
        "limits": {"recall": 0.9},
    },
    basis="Figures are this file’s own. A miss costs 5 false alarms.",
    stakeholders=(
        stakeholder("data", "Data scientist", "Ada"),
        stakeholder("product", "Product manager", "Ben", "accepts", "Night shift is not in the data."),
        stakeholder("executive", "Executive", "Cy", "objects", "Too few alarms are worth it."),
    ),
    chosen=Spot("boosting", 0.31, "boosting at 0.31"),
    today=Spot("rule", 0.4, "rule at 0.4"),
    figures=(figure(), Figure("precision", "precision", "%", math.nan, math.nan, math.nan, "–", "")),
    figures_today=(figure(value=120.0, text="120"),),
    choices=(
        Choice("Chosen", "boosting at 0.31", ("84", "84", "84"), ("12 more than its own pick",) * 3),
        Choice("Today", "rule at 0.4", ("120", "120", "120"), ("48 more than its own pick",) * 3),
    ),
    counts={"tp": 31, "fp": 12, "fn": 9, "tn": 348},
    verdict=("All three pick boosting.", "The gap is real."),
    objections="",
    why="It is cheapest at every price that was named.",
    query="data=sha256%3Aabab&point=0.31%40boosting",
    supersedes=None,
    unsettled=(),
    unit_notes=(),
    certificate=None,
    missed=None,
    details=(),
)  # fmt: skip


def record_decisions(path: Path, count: int, kept: ChainHeadFile | None = None) -> Register:
    """Register with some decisions."""
    register = Register(path, kept)
    for k in range(count):
        register.append(replace(DECISION, why=f"reason {k}"), f"key {k}")
    return register


def change_without_triggers(path: Path, *statements: str) -> None:
    """Change a register without its triggers, as the owner of the file can."""
    triggers = {name: sql for name, sql in SCHEMA.items() if name != "decisions"}
    drops = (f"DROP TRIGGER {name}" for name in triggers)
    with closing(sqlite3.connect(path)) as connection:
        for statement in (*drops, *statements, *triggers.values()):
            connection.execute(statement)
        connection.commit()


def forge(path: Path, number: int, previous: str | None = None, **changes: Any) -> str:
    """Change parts of a recorded decision, and give its row the right hash; return the hash."""
    query = "SELECT key, previous, entry FROM decisions WHERE number = ?"
    with closing(sqlite3.connect(path)) as connection:
        key, before, entry = connection.execute(query, (number,)).fetchone()
    previous = previous or before
    text = canonical(hashed_content(number, key, previous, json.loads(entry)["decision"] | changes))
    quoted, digest = text.replace("'", "''"), hash_of(text)
    changed = f"entry = '{quoted}', hash = '{digest}', previous = '{previous}'"
    change_without_triggers(path, f"UPDATE decisions SET {changed} WHERE number = {number}")
    return digest


def decision_with_texts(name: str) -> Decision:
    data = replace(DECISION.data, title=name, files=(name,), models=(name,), fingerprint=name)
    return replace(
        DECISION, data=data, why=name, objections=name, basis=name, verdict=(name,), query=name,
        chosen=Spot(name, 0.3, name), today=Spot(name, 0.4, name), at=name, version=name,
        stakeholders=tuple(
            replace(s, name=name, words=name, wish=name, cost=name) for s in DECISION.stakeholders
        ),
        figures=tuple(replace(f, label=name, unit=name, text=name, range=name) for f in DECISION.figures),
        choices=tuple(replace(c, name=name, words=name, figures=(name,) * 3) for c in DECISION.choices),
        scenario={"limits": {name: 1.0}, "payoff": {name: 1.0}, "currency": name},
    )  # fmt: skip
