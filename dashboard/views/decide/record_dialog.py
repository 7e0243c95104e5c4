"""Dialog that records a decision: what each stakeholder says about the selected point, and a summary."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from dashboard.analysis import resampled_figures
from dashboard.data.confusable_names import skeleton
from dashboard.data.installation_keys import kept_seal_key
from dashboard.decisions.decision import VERDICTS, Recorded, Statement
from dashboard.decisions.facts import DecisionFacts, facts_of
from dashboard.decisions.register import Register
from dashboard.export.decision_to_record import decision_of
from dashboard.export.recompute import keep_tally
from dashboard.page_view import PageView
from dashboard.server.audit import Act
from dashboard.session import drafts, person, session
from dashboard.session.choices import STAKEHOLDERS
from dashboard.session.recorded_decisions import facts_by_number
from dashboard.views import tally_progress
from dashboard.views.callback_page import Recipe, recipe_of
from dashboard.views.decisions import downloads, signing
from dashboard.views.decisions.decision_tables import figures
from dashboard.views.elements import (
    bullets,
    facts,
    inline,
    lines,
    note,
    notice,
    paragraph,
    render,
    strong,
    write,
)
from dashboard.views.elements import details as folded
from dashboard.views.problem_markup import error_markup
from dashboard.views.snippets import spot_markup
from dashboard.words.decision import (
    assumption_rows,
    data_line,
    provenance_rows,
    summary,
)
from dashboard.words.decisions.register import (
    NO_PEOPLE,
    NO_ROLE,
    NO_TALLY,
    NOTHING_LOST,
    PRIVATE,
    PROOF,
    PROPOSED,
    READ,
    VERDICT_BUTTONS,
    earlier_words,
    missing_fields,
    wants_and_gets_words,
)
from dashboard.words.safe_text import one_line
from metrics import ScoreError

LONGEST_WHO = 80
"""Most characters of a person's name."""
TWO_LINES = 70
"""Height of a text box of two lines, in pixels."""
DECISION, TAKE = "The decision", "Report of this view"
"""Titles of the dialog with and without a register."""


def draw_summary(f: DecisionFacts, besides: str) -> None:
    """Draw the summary of a decision, without what its stakeholders say.

    Parameters
    ----------
    besides : str
        Title of the part that is folded away.
    """
    d = f.decision
    rows = (
        ("Data", f"{d.data.title}, {data_line(d)}"),
        ("Figures", d.basis),
        *assumption_rows(f),
        *provenance_rows(f),
    )
    selected = strong(spot_markup(d.chosen))
    write(
        lines(selected, f". {summary(f)}"),
        folded(
            bullets(d.verdict, css="cg-said"), facts(rows), figures({"Chosen": d}), summary=besides
        ),
    )


def button(register: Register | None) -> None:
    """Draw the button that opens the dialog. Without a register it is called "Report"."""
    st.button(
        "Report" if register is None else verb(),
        key="record_open",
        on_click=_open,
    )


def verb() -> str:
    """Label of the button that records. If people sign in, a recorded decision waits for signatures."""
    return "Propose" if person.signs_in() else "Record"


def _no_role() -> str:
    return NO_ROLE if person.has_roles() else NO_PEOPLE


def _open() -> None:
    draft = drafts.decision()
    if "recorded" in draft:  # the last decision is recorded, so a new draft begins
        draft.clear()
    draft.setdefault("key", secrets.token_hex(16))
    draft["open"] = True


def draw(page: PageView, register: Register | None) -> None:
    """Draw the dialog if it is open. What was typed is stored when the dialog is closed."""
    draft = drafts.decision()
    if draft.get("open"):
        title = TAKE if register is None else DECISION
        dialog = st.dialog(title, width="large", on_dismiss=_close)(_dialog)
        dialog(recipe_of(page), register)


def put_away() -> None:
    """Close the dialog if another page is opened, so that it is closed when the reader returns."""
    if drafts.decision().get("open"):
        _close()


def _dialog(recipe: Recipe, register: Register | None) -> None:
    draft = drafts.decision()
    if not draft.get("open"):
        session.rerun()  # draw the page without the dialog
    recorded: Recorded | None = draft.get("recorded")
    with st.container(key="recording", gap="xsmall"):
        if recorded is not None:
            _done(recorded, recipe, register)
        elif register is None:
            _private(recipe)
        else:
            _form(recipe, register)


def _private(recipe: Recipe) -> None:
    write(notice(PRIVATE if person.may_record() else _no_role()))
    view = DecisionFacts(decision_of(recipe.page_of_fragment(), {}))
    draw_summary(view, "All that the report says besides")
    with st.container(horizontal=True):
        _closing("Close")
        downloads.unrecorded(recipe, view, "recording_view")


def _closing(label: str) -> None:
    """Draw a button that closes the dialog. What was typed is stored in the reader's session."""
    st.button(label, key="record_close", on_click=_close)


def _close() -> None:
    draft = drafts.decision()
    draft["open"] = False
    # The dialog opens next time without the errors of this attempt.
    draft.pop("tried", None)
    draft.pop("problem", None)


def _form(recipe: Recipe, register: Register) -> None:
    view = DecisionFacts(decision_of(recipe.page_of_fragment(), {}))
    draw_summary(view, "All that will be recorded besides")
    for stakeholder in view.decision.stakeholders:
        name, title = stakeholder.stakeholder, stakeholder.title
        with st.container(border=True, gap="xxsmall", key=f"say_{name}"):
            write(note(strong(title), wants_and_gets_words(stakeholder)))
            if person.signs_in():  # each stakeholder signs on the Decisions page
                continue
            left, middle, right = st.columns([4, 7, 6], vertical_alignment="top")
            with left:
                st.text_input(
                    f"{title}: who",
                    max_chars=LONGEST_WHO,
                    placeholder="who: name as typed",
                    label_visibility="collapsed",
                    **drafts.field_of_decision(f"who_{name}", ""),
                )
            with middle:
                st.segmented_control(
                    f"The {title.lower()}",
                    list(VERDICTS),
                    format_func=VERDICT_BUTTONS.__getitem__,
                    label_visibility="collapsed",
                    **drafts.field_of_decision(f"says_{name}"),
                )
            with right:
                st.text_area(
                    f"In the words of the {title.lower()}",
                    max_chars=signing.LONG,
                    height="content",
                    placeholder="objection, where there is one",
                    label_visibility="collapsed",
                    **drafts.field_of_decision(f"words_{name}", ""),
                )
    try:
        earlier, refusal = _earlier(view.decision.data.fingerprint, register), Markup()
    except ScoreError as error:  # the foot of the dialog shows this refusal
        earlier, refusal = {}, inline(*map(error_markup, error.problems))
    left, right, *rest = st.columns([5, 5, 4] if earlier else 2)
    with left:
        st.text_area(
            "Why this choice",
            max_chars=signing.LONG,
            height=TWO_LINES,
            **drafts.field_of_decision("why", ""),
        )
    with right:
        st.text_area(
            "Other objections (optional)",
            max_chars=signing.LONG,
            height=TWO_LINES,
            **drafts.field_of_decision("others", ""),
        )
    if earlier:
        with rest[0]:
            st.selectbox(
                "Takes the place of",
                list(earlier),
                index=None,
                placeholder="no earlier decision",
                format_func=lambda n: earlier[n],
                **drafts.field_of_decision("supersedes"),
            )
    with st.container(key="record_foot", gap="xsmall"):  # always visible, even below a long form
        # All messages share one place, so that the button does not move under the mouse.
        foot = (
            _objection(drafts.decision())
            or refusal
            or note(PROPOSED if person.signs_in() else READ)
        )
        write(render("decide/record_foot.html", foot=foot))
        with st.container(horizontal=True, vertical_alignment="center"):
            # A callback records exactly once, even if the page is drawn again for another reason.
            st.button(
                verb(),
                key="record_now",
                type="primary",
                on_click=_record,
                args=(recipe, register),
            )
            _closing("Close, and keep what was typed")
            with st.popover("Take along, unrecorded", type="tertiary", key="record_unrecorded"):
                downloads.unrecorded(recipe, view, "recording_view")


def _earlier(fingerprint: str, register: Register) -> dict[int, str]:
    """Names of earlier decisions by number, which this decision can replace.

    Decisions on this data are first, each group with the latest first.
    """
    earlier = register.all()[::-1]
    same = [r for r in earlier if r.decision.data.fingerprint == fingerprint]
    return {r.number: one_line(earlier_words(r)) for r in [*same, *earlier]}


def _statements() -> dict[str, Statement]:
    """Statements as typed; empty if people sign in, because each signs for one stakeholder."""
    draft = drafts.decision()
    if person.signs_in():
        return {}
    return {
        stakeholder: Statement(
            _typed(draft, f"who_{stakeholder}"),
            draft.get(f"says_{stakeholder}") or "",
            _typed(draft, f"words_{stakeholder}"),
        )
        for stakeholder in STAKEHOLDERS
    }


def _objection(draft: dict[str, Any]) -> Markup:
    """Notice why the last attempt recorded nothing; empty before an attempt.

    A missing field is named until it is filled.
    """
    if draft.get("tried"):
        missing = missing_fields(_statements(), _typed(draft, "why"))
        if missing:
            return notice(missing, role="alert")
    problem: Markup = draft.get("problem", Markup())
    return problem


def _typed(draft: dict[str, Any], field: str) -> str:
    """Return what was typed into a field; empty if it has no visible character."""
    text = (draft.get(field) or "").strip()
    return text if skeleton(text) else ""


def _record(recipe: Recipe, register: Register) -> None:
    draft = drafts.decision()
    draft.pop("problem", None)
    if not draft.get("open") or "key" not in draft:  # The app's own page never sends this.
        return
    if not person.may_record():  # The reader lost the role after the dialog was drawn.
        draft["problem"] = notice(_no_role(), role="alert")
        return
    draft["tried"] = True
    statements, why = _statements(), _typed(draft, "why")
    if missing_fields(statements, why):
        return
    others = _typed(draft, "others")
    try:
        page = recipe.page()
        decision = decision_of(
            _with_intervals(page),
            statements,
            why=why,
            objections=others,
            supersedes=draft.get("supersedes"),
        )
        recorded = register.append(
            replace(
                decision,
                query=page.query,
                tally=keep_tally(page.analysis.dataset, register.tallies),
            ),
            draft["key"],
            session.owner(),
            person.proposer(s.stakeholder for s in decision.stakeholders),
            kept_seal_key(),
        )
    except ScoreError as error:
        reassurance = lines(NOTHING_LOST)
        draft["problem"] = inline(*map(error_markup, error.problems), reassurance)
        return
    act: Act = "proposed" if person.signs_in() else "recorded"
    session.actor().log(act, number=recorded.number, hash=recorded.hash)
    draft.clear()
    draft.update(open=True, recorded=recorded)


def _with_intervals(page: PageView) -> PageView:
    """The same view with intervals. A record has intervals even if the page does not show them."""
    choices = replace(page.choices, intervals=True)
    full = tally_progress.page_state(choices, page.analysis.dataset)
    if resampled_figures.resample(full.analysis):
        full = tally_progress.page_state(choices, page.analysis.dataset)
    return full


def _done(recorded: Recorded, recipe: Recipe, register: Register | None) -> None:
    decision = facts_of(recorded)
    if register is not None and person.signs_in():
        with suppress(ScoreError, KeyError):  # A damaged register shows no proposal.
            decision = facts_by_number(register.read())[recorded.number]
    done = "Proposed" if person.signs_in() else "Recorded"
    write(render("decide/recorded.html", done=done, recorded=recorded, summary=summary(decision)))
    if recorded.decision.tally is None:
        write(note(NO_TALLY))
    downloads.draw(decision, recipe, "recorded")
    proof = inline(paragraph(PROOF), paragraph(recorded.hash, css="cg-hash"))
    write(folded(proof, summary="How to prove later that it was not changed"))
    with st.container(horizontal=True):
        _closing("Close")
        see = "See and sign it" if person.signs_in() else "See all decisions"
        st.button(see, key="record_see", type="tertiary", on_click=_see)


def _see() -> None:
    _close()
    drafts.switch_page("Decisions")
