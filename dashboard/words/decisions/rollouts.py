"""Words about what happened to signed decisions: live, rolled back, superseded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from dashboard.decisions.decision import Spot
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.rollouts import Rollouts, Step
from dashboard.words.decision import moment_words
from dashboard.words.decisions.register import clipped
from dashboard.words.numbers.amounts import MINUS
from dashboard.words.numbers.thresholds import MOST_DIGITS, exact_threshold

LIVE = "Live now"
LIVE_HEADS = ("Where", "Decision", "Model", "Version", "Threshold", "Since", "Signed by")
STEP_HEADS = ("When", "What", "Where", "Version", "Threshold", "Signed by")
NO_LONGER = "You may no longer say what happened to a decision."
ROLLED_BACK = "If an earlier decision is live again, sign that on it, too."


def live_rows(rollouts: Rollouts, facts: Mapping[int, DecisionFacts]) -> list[list[str]]:
    """Rows of the table of all that is live, by place."""
    return [
        [
            clipped(place),
            f"No. {number}",
            clipped(facts[number].decision.chosen.model or "no model"),
            clipped(step.rollout.model_version),
            _threshold(step, facts[number].decision.chosen),
            moment_words(step.signature.at),
            step.signature.subject,
        ]
        for place, (number, step) in sorted(rollouts.live.items())
    ]


def step_rows(steps: Iterable[Step], chosen: Spot) -> list[list[str]]:
    """Rows of the table of what happened to a decision."""
    return [
        [
            moment_words(step.signature.at),
            _what(step),
            clipped(step.rollout.place),
            clipped(step.rollout.model_version),
            _threshold(step, chosen),
            step.signature.subject,
        ]
        for step in steps
    ]


def _threshold(step: Step, chosen: Spot) -> str:
    """Threshold of an entry, with the signed one if the entry is on the decision and differs."""
    at, signed = exact_threshold(step.rollout.threshold), signed_threshold(chosen)
    is_as_signed = at in (signed, exact_threshold(chosen.threshold))
    return at if is_as_signed or step.superseded_by else f"{at}, signed: {signed}"


def signed_threshold(chosen: Spot) -> str:
    """Threshold as the words of a recorded point write it; all digits if the words leave some out.

    Fewer than six digits flag the same units as the threshold itself (see `threshold`).
    """
    written = chosen.words.rsplit(" ", 1)[-1]
    digits = sum(map(str.isdigit, written.lstrip(f"{MINUS}0.")))
    is_short = math.isfinite(chosen.threshold) and digits < MOST_DIGITS
    return written if is_short else exact_threshold(chosen.threshold)


def _what(step: Step) -> str:
    if step.superseded_by is not None:
        return f"superseded by No. {step.superseded_by}"
    if step.signature.act == "goes live":
        return "went live"
    return f"rolled back: {clipped(step.signature.words)}"


def take_live_words(place: str, point: str) -> str:
    """Label of the button that enters the live model of a place as the current system."""
    return f"Live, {clipped(place)}: {point}"


def missing_place(place: str, version: str, threshold: float) -> str:
    """Sentence about missing facts in the form for going live; empty if nothing is missing."""
    missing = [] if place else ["where"]
    missing += [] if version else ["the version of the model"]
    missing += [] if math.isfinite(threshold) else ["the threshold, as a number"]
    return f"Still missing: {', '.join(missing)}." if missing else ""


def missing_reason(reason: str) -> str:
    """Sentence about missing facts in the form for rolling back; empty if nothing is missing."""
    return "" if reason else "Still missing: why it was rolled back."
