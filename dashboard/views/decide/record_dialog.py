"""Dialog that records a decision: what each stakeholder says about the selected point, and a summary."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import streamlit as st
from markupsafe import Markup

from dashboard.data.confusable_names import skeleton
from dashboard.data.installation_keys import read_or_create_seal_key
from dashboard.decisions.decision import StakeholderRecord, Statement, missing_fields
from dashboard.decisions.decision_facts import DecisionFacts, facts_of
from dashboard.decisions.entry import Recorded
from dashboard.decisions.register import Register
from dashboard.export.decision_to_record import decision_of
from dashboard.export.store_tally import store_tally
from dashboard.page_view import PageView
from dashboard.safe_text import one_line
from dashboard.server.audit import Act
from dashboard.session import drafts, person, session
from dashboard.session.choices import STAKEHOLDERS
from dashboard.session.drafts import DecisionDraft
from dashboard.session.recorded_decisions import facts_by_number
from dashboard.views.build_page import build_page
from dashboard.views.decisions import downloads, signing
from dashboard.views.decisions.decision_tables import figures_table
from dashboard.views.html_elements import (
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
from dashboard.views.html_elements import details as folded
from dashboard.views.menus import named_options
from dashboard.views.page_recipe import Recipe, recipe_of
from dashboard.views.point_markup import spot_markup
from dashboard.views.problem_markup import error_markup
from dashboard.words.decide import record_dialog as words
from dashboard.words.decision import (
    assumption_rows,
    data_line,
    provenance_rows,
)
from dashboard.words.decisions.decision_summary import decision_summary
from dashboard.words.decisions.register import VERDICT_BUTTONS
from metrics import ScoreError

LONGEST_WHO = 80
"""Most characters of a person's name."""
TWO_LINES = 70
"""Height of a text box of two lines, in pixels."""


def draw_open_button(register: Register | None) -> None:
    """Draw the button that opens the dialog. Without a register it is called "Report"."""
    label = words.REPORT if register is None else words.VERB[person.signs_in()]
    st.button(label, key="record_open", on_click=_open)


def _open() -> None:
    draft = drafts.decision_draft()
    if draft.recorded is not None:
        draft = drafts.begin_decision_draft()
    draft.is_open = True


def draw(page: PageView, register: Register | None) -> None:
    """Draw the dialog if it is open. What was typed is stored when the dialog is closed."""
    if drafts.decision_draft().is_open:
        title = words.TITLE_PRIVATE if register is None else words.TITLE
        dialog = st.dialog(title, width="large", on_dismiss=_close)(_draw_dialog)
        dialog(recipe_of(page), register)


def close_if_open() -> None:
    """Close the dialog if another page is opened, so that it is closed when the reader returns."""
    if drafts.decision_draft().is_open:
        _close()


def _close() -> None:
    draft = drafts.decision_draft()
    # The dialog opens next time without the errors of this attempt.
    draft.is_open, draft.is_tried, draft.problem = False, False, Markup()


def _draw_dialog(recipe: Recipe, register: Register | None) -> None:
    draft = drafts.decision_draft()
    if not draft.is_open:
        session.rerun()  # draw the page without the dialog
    with st.container(key="recording", gap="xsmall"):
        if draft.recorded is not None:
            _draw_result(draft.recorded, recipe, register)
        elif register is None:
            _draw_private(recipe)
        else:
            _draw_form(recipe, register)


def _draw_private(recipe: Recipe) -> None:
    write(notice(words.PRIVATE if person.may_record() else _no_role()))
    view = DecisionFacts(decision_of(recipe.page_of_fragment(), {}))
    _draw_summary(view, words.IN_REPORT)
    with st.container(horizontal=True):
        _draw_close_button(words.CLOSE)
        downloads.draw_unrecorded(recipe, view, "recording_view")


def _no_role() -> str:
    return words.NO_ROLE if person.has_roles() else words.NO_PEOPLE


def _draw_close_button(label: str) -> None:
    """Draw a button that closes the dialog. What was typed is stored in the reader's session."""
    st.button(label, key="record_close", on_click=_close)


def _draw_summary(f: DecisionFacts, besides: str) -> None:
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
        lines(selected, f". {decision_summary(f)}"),
        folded(
            bullets(d.verdict, css="cg-said"),
            facts(rows),
            figures_table({"Chosen": d}),
            summary=besides,
        ),
    )


def _draw_form(recipe: Recipe, register: Register) -> None:
    view = DecisionFacts(decision_of(recipe.page_of_fragment(), {}))
    _draw_summary(view, words.IN_RECORD)
    for stakeholder in view.decision.stakeholders:
        with st.container(border=True, gap="xxsmall", key=f"say_{stakeholder.stakeholder}"):
            write(note(strong(stakeholder.title), words.wants_and_gets_words(stakeholder)))
            if not person.signs_in():  # else each stakeholder signs on the Decisions page
                _draw_statement_fields(stakeholder)
    try:
        earlier, refusal = _earlier(view.decision.data.fingerprint, register), Markup()
    except ScoreError as error:  # the foot of the dialog shows this refusal
        earlier, refusal = {}, inline(*map(error_markup, error.problems))
    _draw_decision_fields(earlier)
    with st.container(key="record_foot", gap="xsmall"):  # always visible, even below a long form
        # All messages share one place, so that the button does not move under the mouse.
        foot = (
            _objection(drafts.decision_draft())
            or refusal
            or note(words.BEFORE[person.signs_in()], words.KEPT)
        )
        write(render("decide/record_foot.html", foot=foot))
        with st.container(horizontal=True, vertical_alignment="center"):
            # A callback records exactly once, even if the page is drawn again for another reason.
            st.button(
                words.VERB[person.signs_in()],
                key="record_now",
                type="primary",
                on_click=_record,
                args=(recipe, register),
            )
            _draw_close_button(words.CLOSE_AND_KEEP)
            with st.popover(words.TAKE_ALONG, type="tertiary", key="record_unrecorded"):
                downloads.draw_unrecorded(recipe, view, "recording_view")


def _draw_statement_fields(stakeholder: StakeholderRecord) -> None:
    """Draw the fields for what a stakeholder says."""
    name = stakeholder.stakeholder
    who, says, in_words = words.statement_labels(stakeholder.title)
    left, middle, right = st.columns([4, 7, 6], vertical_alignment="top")
    with left:
        st.text_input(
            who,
            max_chars=LONGEST_WHO,
            placeholder=words.WHO,
            label_visibility="collapsed",
            **drafts.decision_field(f"who_{name}", ""),
        )
    with middle:
        st.segmented_control(
            says,
            **named_options(VERDICT_BUTTONS),
            label_visibility="collapsed",
            **drafts.decision_field(f"says_{name}"),
        )
    with right:
        st.text_area(
            in_words,
            max_chars=signing.LONG,
            height="content",
            placeholder=words.OBJECTION,
            label_visibility="collapsed",
            **drafts.decision_field(f"words_{name}", ""),
        )


def _draw_decision_fields(earlier: Mapping[int, str]) -> None:
    """Draw the fields for the decision as a whole.

    Parameters
    ----------
    earlier : mapping of int to str
        Names of earlier decisions by number, which this decision can replace.
    """
    left, right, *rest = st.columns([5, 5, 4] if earlier else 2)
    for column, label, name in ((left, words.WHY, "why"), (right, words.OTHERS, "others")):
        with column:
            st.text_area(
                label,
                max_chars=signing.LONG,
                height=TWO_LINES,
                **drafts.decision_field(name, ""),
            )
    if earlier:
        with rest[0]:
            st.selectbox(
                words.SUPERSEDES,
                **named_options(earlier),
                index=None,
                placeholder=words.NO_EARLIER,
                **drafts.decision_field("supersedes"),
            )


def _earlier(fingerprint: str, register: Register) -> dict[int, str]:
    """Names of earlier decisions by number.

    Decisions on this data are first, each group with the latest first.
    """
    earlier = register.all()[::-1]
    same = [r for r in earlier if r.decision.data.fingerprint == fingerprint]
    return {r.number: one_line(words.earlier_words(r)) for r in [*same, *earlier]}


def _statements(draft: DecisionDraft) -> dict[str, Statement]:
    """Statements as typed; empty if people sign in, because each signs for one stakeholder."""
    if person.signs_in():
        return {}
    return {
        stakeholder: Statement(
            _typed(draft, f"who_{stakeholder}"),
            draft.typed.get(f"says_{stakeholder}") or "",
            _typed(draft, f"words_{stakeholder}"),
        )
        for stakeholder in STAKEHOLDERS
    }


def _objection(draft: DecisionDraft) -> Markup:
    """Notice why the last attempt recorded nothing; empty before an attempt.

    A missing field is named until it is filled.
    """
    missing = missing_fields(_statements(draft), _typed(draft, "why")) if draft.is_tried else []
    return notice(words.missing_sentence(missing), role="alert") if missing else draft.problem


def _typed(draft: DecisionDraft, name: str) -> str:
    """Return what was typed into a field; empty if it has no visible character."""
    text = (draft.typed.get(name) or "").strip()
    return text if skeleton(text) else ""


def _record(recipe: Recipe, register: Register) -> None:
    draft = drafts.decision_draft()
    draft.problem = Markup()
    if not draft.is_open or draft.recorded is not None:  # The app's own page never sends this.
        return
    if not person.may_record():  # The reader lost the role after the dialog was drawn.
        draft.problem = notice(_no_role(), role="alert")
        return
    draft.is_tried = True
    statements, why = _statements(draft), _typed(draft, "why")
    if missing_fields(statements, why):
        return
    try:
        page = recipe.page()
        decision = decision_of(
            _with_intervals(page),
            statements,
            why=why,
            objections=_typed(draft, "others"),
            supersedes=draft.typed.get("supersedes"),
        )
        recorded = register.append(
            replace(
                decision,
                query=page.query,
                tally=store_tally(page.analysis.dataset, register.tallies),
            ),
            draft.key,
            session.owner(),
            person.proposer(s.stakeholder for s in decision.stakeholders),
            read_or_create_seal_key(),
        )
    except ScoreError as error:
        draft.problem = inline(*map(error_markup, error.problems), lines(words.NOTHING_LOST))
        return
    act: Act = "proposed" if person.signs_in() else "recorded"
    session.actor().log(act, number=recorded.number, hash=recorded.hash)
    draft = drafts.begin_decision_draft()
    draft.is_open, draft.recorded = True, recorded


def _with_intervals(page: PageView) -> PageView:
    """The same view with intervals. A record has intervals even if the page does not show them."""
    choices = replace(page.choices, intervals=True)
    return build_page(choices, page.analysis.dataset, waits_for_intervals=True)


def _draw_result(recorded: Recorded, recipe: Recipe, register: Register | None) -> None:
    decision = facts_of(recorded)
    if register is not None and person.signs_in():
        with suppress(ScoreError, KeyError):  # A damaged register shows no proposal.
            decision = facts_by_number(register.read())[recorded.number]
    done = words.DONE[person.signs_in()]
    write(
        render(
            "decide/recorded.html", done=done, recorded=recorded, summary=decision_summary(decision)
        )
    )
    if recorded.decision.tally is None:
        write(note(words.NO_TALLY))
    downloads.draw(decision, recipe, "recorded")
    proof = inline(paragraph(words.PROOF), paragraph(recorded.hash, css="cg-hash"))
    write(folded(proof, summary=words.HOW_TO_PROVE))
    with st.container(horizontal=True):
        _draw_close_button(words.CLOSE)
        st.button(
            words.SEE[person.signs_in()],
            key="record_see",
            type="tertiary",
            on_click=_close_and_switch,
        )


def _close_and_switch() -> None:
    _close()
    drafts.switch_page("Decisions")
