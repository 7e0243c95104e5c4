"""Rollouts on the Decisions page: all that is live, and forms for going live and for rolling back."""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

from dashboard.data.confusable_names import skeleton
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.proposal import Proposal
from dashboard.decisions.register import Register
from dashboard.decisions.rollouts import Rollouts, Step
from dashboard.decisions.signature import Rollout
from dashboard.markup import plain
from dashboard.session import drafts, person, session
from dashboard.views.decisions import signing
from dashboard.views.html_elements import note, notice, table, title, write
from dashboard.words.decisions import rollouts as words
from dashboard.words.numbers.amounts import MINUS

LONGEST = 80
"""Most characters of a place or a version."""


def draw_live(rollouts: Rollouts, facts: Mapping[int, DecisionFacts]) -> None:
    """Draw the table of all that is live."""
    if rollouts.live:
        write(
            title(words.LIVE),
            table(
                words.LIVE_HEADS,
                words.live_rows(rollouts, facts),
                css="cg-recorded cg-parts cg-stacked",
            ),
        )


def draw(proposal: Proposal, rollouts: Rollouts, register: Register, *, is_latest: bool) -> None:
    """Draw what happened to a decision, and forms to record a rollout or a roll-back.

    Parameters
    ----------
    is_latest : bool
        False if a later decision replaced this one, so that it cannot go live any more.
    """
    number, chosen = proposal.recorded.number, proposal.recorded.decision.chosen
    if steps := rollouts.steps.get(number):
        write(
            table(
                words.STEP_HEADS,
                words.step_rows(steps, chosen),
                css="cg-recorded cg-parts cg-stacked",
            )
        )
    if not (proposal.is_signed and person.may_record()):
        return
    live = [(place, step) for place, (n, step) in rollouts.live.items() if n == number]
    with st.container(horizontal=True, gap="small"):
        if is_latest:
            _draw_live_form(proposal, rollouts, register)
        for k, (place, step) in enumerate(live):
            key = f"back_{number}_{k}"
            with st.popover(plain(f"Rolled back: {place}"), type="tertiary"):
                write(note(words.ROLLED_BACK))
                st.text_area("Why", max_chars=signing.LONG, height="content", key=f"{key}_words")
                arguments = (proposal, register, step, dict(rollouts.counts), key)
                st.button(
                    "Sign the roll-back",
                    key=f"{key}_now",
                    on_click=_record_roll_back,
                    args=arguments,
                )


def _draw_live_form(proposal: Proposal, rollouts: Rollouts, register: Register) -> None:
    recorded = proposal.recorded
    chosen = recorded.decision.chosen
    # The key changes with every recorded entry, so that the form is closed and empty afterwards.
    key = f"live_{recorded.number}_{len(rollouts.steps.get(recorded.number, ()))}"
    with st.popover("Went live", type="tertiary", key=key, on_change="rerun"):
        places = sorted(rollouts.counts)
        place = places[0] if len(places) == 1 else ""
        st.text_input("Where", place, max_chars=LONGEST, key=f"{key}_place")
        st.text_input("Version of the model", max_chars=LONGEST, key=f"{key}_version")
        threshold = words.signed_threshold(chosen) if math.isfinite(chosen.threshold) else ""
        st.text_input("Threshold", threshold, max_chars=LONGEST, key=f"{key}_threshold")
        arguments = (proposal, register, dict(rollouts.counts), key)
        st.button("Sign that it went live", key=f"{key}_now", on_click=_record_live, args=arguments)


def _typed(key: str) -> str:
    """Text of a field on one line; empty if it has no visible character."""
    text = " ".join(session.widget_value(key).split())
    return text if skeleton(text) else ""


def _record_live(
    proposal: Proposal, register: Register, earlier: Mapping[str, int], key: str
) -> None:
    place, version = _typed(f"{key}_place"), _typed(f"{key}_version")
    try:
        threshold = float(_typed(f"{key}_threshold").replace(MINUS, "-"))
    except ValueError:
        threshold = math.nan
    if _is_refused(proposal, words.missing_place(place, version, threshold)):
        return
    rollout = Rollout(place, version, threshold, earlier.get(place, 0))
    signing.sign(register, proposal.recorded, "goes live", rollout=rollout)


def _is_refused(proposal: Proposal, missing: str | None) -> bool:
    """Whether something is missing, or the reader may no longer record. The page then says so."""
    refusal = missing if person.may_record() else words.NO_LONGER
    if refusal:
        drafts.signing_problems()[proposal.recorded.hash] = notice(refusal, role="alert")
    return bool(refusal)


def _record_roll_back(
    proposal: Proposal, register: Register, step: Step, earlier: Mapping[str, int], key: str
) -> None:
    reason = _typed(f"{key}_words")
    if _is_refused(proposal, words.missing_reason(reason)):
        return
    live = step.rollout
    rollout = Rollout(live.place, live.model_version, live.threshold, earlier[live.place])
    signing.sign(register, proposal.recorded, "rolls back", words=reason, rollout=rollout)
