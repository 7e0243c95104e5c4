"""Signing of a proposal on the Decisions page: a form for each stakeholder whom the reader may sign for."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from markupsafe import Markup

from dashboard.data.confusable_names import skeleton
from dashboard.data.installation_keys import read_or_create_seal_key
from dashboard.decisions.entry import Recorded
from dashboard.decisions.proposal import Proposal
from dashboard.decisions.register import Register
from dashboard.decisions.signature import Act, Rollout
from dashboard.session import drafts, person, session
from dashboard.views.html_elements import inline, note, notice, write
from dashboard.views.menus import named_options
from dashboard.views.problem_markup import error_markup
from dashboard.words.decisions import register as register_words
from metrics import ScoreError

Look = Callable[[], tuple[str, ...]]
LONG = 2_000
"""Most characters of a reason or an objection."""


def draw(proposal: Proposal, register: Register, look: Look, *, is_latest: bool) -> None:
    """Draw what the reader may do about a proposal: sign for stakeholders, or withdraw it.

    Parameters
    ----------
    look : callable
        Returns sentences about what changed since the proposal. If there are any, the reader must confirm.
    is_latest : bool
        False if a later decision replaced the proposal, so that nobody can sign it any more.
    """
    if proposal.unsealed or not proposal.is_sealed:
        write(
            notice(
                register_words.unsealed_words(proposal.unsealed, proposal.is_sealed), role="alert"
            )
        )
    # The problem is shown even if the form is gone because another decision came first.
    write(drafts.signing_problems().get(proposal.recorded.hash, Markup()))
    if not is_latest:
        return
    for stakeholder in person.stakeholders():
        if stakeholder in proposal.waits_for:
            _draw_form(proposal.recorded, register, stakeholder, look)
    proposed, number = proposal.proposed, proposal.recorded.number
    if proposed is not None and proposal.waits_for and person.has_signed(proposed):
        with st.popover("Withdraw", type="tertiary"):
            write(note(register_words.WITHDRAWAL))
            arguments = (register, proposal.recorded, "withdraws")
            st.button("Withdraw it", key=f"withdraw_{number}", on_click=sign, args=arguments)


def _draw_form(recorded: Recorded, register: Register, stakeholder: str, look: Look) -> None:
    changes = look()
    key = f"sign_{recorded.number}_{stakeholder}"
    question, sign = register_words.signing_labels(stakeholder)
    with st.container(gap="xxsmall", key=key):
        if changes:
            write(notice(" ".join(changes)))
            st.checkbox(register_words.ASK_AGAIN, key=f"{key}_again")
        left, right = st.columns(2)
        with left:
            verdicts = named_options(register_words.VERDICT_BUTTONS)
            st.segmented_control(question, **verdicts, key=f"{key}_says")
            st.button(
                sign,
                key=f"{key}_now",
                on_click=_sign,
                args=(register, recorded, stakeholder, key, changes, look),
            )
        with right:
            st.text_area("Reason", max_chars=LONG, height="content", key=f"{key}_words")


def _sign(
    register: Register,
    recorded: Recorded,
    stakeholder: str,
    key: str,
    seen: tuple[str, ...],
    look: Look,
) -> None:
    said, words = session.widget_value(f"{key}_says"), session.widget_value(f"{key}_words").strip()
    words = words if skeleton(words) else ""
    is_read = not seen or session.widget_value(f"{key}_again")
    missing = register_words.missing_statement(said, words, is_read=is_read)
    if stakeholder not in person.stakeholders():  # The reader lost the role in the meantime.
        missing = register_words.NOT_YOURS
    elif look() != seen:
        missing = register_words.CHANGED_MEANWHILE
    if missing:
        drafts.signing_problems()[recorded.hash] = notice(missing, role="alert")
        return
    sign(register, recorded, said, stakeholder=stakeholder, words=words)


def sign(
    register: Register,
    recorded: Recorded,
    act: Act,
    *,
    stakeholder: str = "",
    words: str = "",
    rollout: Rollout | None = None,
) -> None:
    """Sign the decision that the page showed, which the hash identifies."""
    problem = Markup()
    try:
        signature = person.signature(
            recorded.hash, act, stakeholder=stakeholder, words=words, rollout=rollout
        )
        signed = register.sign(signature, read_or_create_seal_key(), session.owner())
        session.actor().log(
            "signed", says=act, stakeholder=stakeholder, number=signed.number, hash=signed.hash
        )
    except ScoreError as error:
        problem = inline(*map(error_markup, error.problems))
    drafts.signing_problems()[recorded.hash] = problem
