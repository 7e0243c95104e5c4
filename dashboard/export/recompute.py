"""Figures of recorded decisions computed again from their tallies, and compared with the recorded ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from dashboard import page_view
from dashboard.data.dataset import Dataset
from dashboard.decisions.decision import Decision
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.register import Register
from dashboard.export.decision_to_record import decision_of
from dashboard.session.url import from_query
from metrics import ScoreError, load_tally
from metrics.errors import Problem

_NUMBERS = (
    "chosen", "today", "figures", "figures_today", "counts", "certificate", "missed", "missed_uncounted",
    "unsettled", "seats",
)  # fmt: skip
"""Parts of a decision that contain numbers."""
_WORDS = {"label", "unit", "text", "range", "words", "title", "wish", "cost", "name", "verdict"}
"""Keys of texts, which another version of the app may word differently."""


@dataclass
class Recomputation:
    """Decisions whose figures were computed again.

    Attributes
    ----------
    same : list of int
        Numbers of the decisions with the same figures.
    needs_rows : dict of int to str
        Reasons by number why the counts do not give the figures.
    """

    same: list[int] = field(default_factory=list)
    without_tally: list[int] = field(default_factory=list)
    needs_rows: dict[int, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def recompute(path: Path) -> Recomputation:
    """Compute the figures of all decisions of a register again from their tallies."""
    recomputation, register = Recomputation(), Register(path)
    for recorded in register.all():
        number, decision = recorded.number, recorded.decision
        if decision.tally is None:
            recomputation.without_tally.append(number)
            continue
        try:
            again = _recomputed(decision, register.tallies.read(decision.tally.sha256))
        except NeedsRowsError as error:
            recomputation.needs_rows[number] = str(error)
            continue
        except ScoreError as error:
            recomputation.problems += [replace(problem, row=number) for problem in error.problems]
            continue
        wrong_figures = [
            Problem(
                "E_FIGURE",
                "error",
                f"{place} must be {first}, as recorded, got {second}",
                path.name,
                number,
            )
            for place, first, second in _differing_numbers(decision, again)
        ]
        recomputation.problems += wrong_figures
        recomputation.same += [] if wrong_figures else [number]
    return recomputation


class NeedsRowsError(Exception):
    """Raised if the counts of a decision do not determine its figures; the message is the reason."""


def _recomputed(decision: Decision, content: bytes) -> Decision:
    """Decision with its figures computed again from its tally, without statements of people.

    Parameters
    ----------
    content : bytes
        Content of the tally's file.

    Raises
    ------
    ScoreError
        If the tally or the scenario cannot be read.
    NeedsRowsError
        If a figure can only be computed from the rows.
    """
    tally = load_tally(content)
    scenario = DecisionFacts(decision).scenario
    if scenario is None:
        raise ScoreError("E_SCENARIO", "the scenario must be one that this version can read")
    dataset = Dataset(
        fingerprint=tally.fingerprint,
        title=decision.data.title,
        files=decision.data.files,
        scores=tally,
        scenario=scenario,
        max_thresholds=tally.header.max_thresholds,
        origin="command line",
    )
    if scenario.miss_cost_by_type:
        raise NeedsRowsError("kinds of defect have their own prices")
    if dataset.countable(scenario)[0] != scenario:
        raise NeedsRowsError("the current system is at a threshold between those of the tally")
    choices, _ = from_query(dict(parse_qsl(decision.query, keep_blank_values=True)))
    choices = replace(choices, data=None, intervals=True)
    page = page_view.build_with_intervals(choices, dataset, "light")
    return decision_of(page, {})


def _differing_numbers(recorded: Decision, again: Decision) -> Iterator[tuple[str, Any, Any]]:
    """Numbers that differ between two decisions, as (place, recorded number, other number)."""
    first, second = recorded.as_dict(), again.as_dict()
    for part in _NUMBERS:
        yield from _differences(part, first.get(part), second.get(part))


def _differences(place: str, first: Any, second: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for key in sorted({*first, *second} - _WORDS):
            yield from _differences(f"{place}.{key}", first.get(key), second.get(key))
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for item, other in zip(first, second, strict=True):
            key = item.get("id", item.get("seat", "")) if isinstance(item, Mapping) else ""
            yield from _differences(f"{place}.{key}" if key else place, item, other)
    elif first != second:
        yield place, first, second
