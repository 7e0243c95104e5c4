"""The Decisions page: search, compare and reopen the decisions in this server's register."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from markupsafe import Markup

from dashboard.data.library import Library
from dashboard.decisions.decision import VERDICTS
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.entry import Recorded
from dashboard.decisions.proposal import Proposal, successors
from dashboard.decisions.register import Register, RegisterReading
from dashboard.decisions.rollouts import Rollouts, rollouts_of
from dashboard.export.decision_to_record import version
from dashboard.page_view import PageView
from dashboard.safe_text import one_line
from dashboard.session import drafts, person, session
from dashboard.session.recorded_decisions import facts_by_number
from dashboard.session.url import address_of, from_query
from dashboard.views.build_page import build_page
from dashboard.views.decisions import downloads, rollout_forms, signing
from dashboard.views.decisions.decision_tables import differences_table, figures_table, folded
from dashboard.views.html_elements import (
    details,
    head,
    inline,
    note,
    notice,
    render,
    span,
    strong,
    title,
    write,
)
from dashboard.views.menus import pager
from dashboard.views.page_recipe import recipe_of
from dashboard.views.problem_markup import error_markup
from dashboard.views.signed_in_person import draw_person
from dashboard.words.data_size import HELD_OUT
from dashboard.words.decide.record_dialog import VERB
from dashboard.words.decision import moment_words, proposal_words, unit_notes
from dashboard.words.decisions import register as register_words
from dashboard.words.decisions.decision_summary import limits_sentence
from metrics import ScoreError

PAGE = 10
"""Number of decisions on a page of the list."""
MOST_PROBLEMS = 5
"""Number of problems of the register that are shown."""


def draw(register: Register | None, library: Library) -> None:
    """Draw the page."""
    with st.container(key="decisions_page", gap="small"):
        if register is None:
            _draw_empty(*register_words.NO_REGISTER)
            return
        try:
            reading = register.read()
        except ScoreError as error:
            write(head("Decisions"), *map(error_markup, error.problems))
            return
        if not reading.decisions and not reading.problems:
            heading, text = register_words.NO_DECISION
            _draw_empty(heading, text.format(VERB[person.signs_in()]))
            draw_person()
            return
        _draw_list(reading, register, library)


def _draw_empty(title: str, text: str) -> None:
    decide = address_of("./", session.current())
    write(head("Decisions"), render("decisions/empty.html", title=title, text=text, decide=decide))


def _as_recorded(reading: RegisterReading) -> Markup:
    """Message that all decisions are unchanged, or the damage to the register."""
    if not reading.problems:
        return note(register_words.checked(reading))
    shown = map(error_markup, reading.problems[:MOST_PROBLEMS])
    unlisted_problems = len(reading.problems) - MOST_PROBLEMS
    warning = notice(strong(register_words.CHANGED), " ", register_words.AFTER_CHANGE, role="alert")
    return inline(warning, *shown, note(register_words.more_problems_words(unlisted_problems)))


def _draw_list(reading: RegisterReading, register: Register, library: Library) -> None:
    try:
        facts = facts_by_number(reading)
    except ScoreError as error:
        write(head("Decisions"), *map(error_markup, error.problems))
        return
    write(
        head("Decisions"),
        note(register_words.size_words(len(facts)), css="cg-facts"),
        _as_recorded(reading),
    )
    draw_person()
    if not facts:
        return
    rollouts = rollouts_of(f.proposal for f in facts.values() if f.proposal is not None)
    rollout_forms.draw_live(rollouts, facts)
    numbers = _filtered(facts)
    ticked = {f"No. {n}": f for n, f in facts.items() if n in drafts.compared_numbers()}
    if ticked:
        with st.container(border=True, gap="small", key="decisions_beside"):
            _draw_comparison(ticked)
    if not numbers:
        write(note(register_words.NONE_FOUND, role="status"))
        return
    replaced = successors(
        f.proposal or Proposal(f.recorded, ()) for f in facts.values() if f.recorded is not None
    )
    for k in pager("decisions", "decisions", len(numbers), PAGE):
        number = numbers[k]
        with st.container(border=True, gap="xsmall", key=f"decision_{number}"):
            _draw_decision(facts[number], replaced.get(number), rollouts, register, library)


def _filtered(facts: Mapping[int, DecisionFacts]) -> list[int]:
    """Numbers of the decisions that match the search, latest first."""
    decisions = [f.decision for f in facts.values()]
    models = sorted({str(d.chosen.model) for d in decisions if d.chosen.model})
    titles = {d.data.fingerprint: d.data.title for d in decisions}
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        text = st.text_input(
            "Find", key="decisions_text", placeholder="name, reason, objection, number", width=360
        )
        model = st.selectbox(
            "Model", models, index=None, key="decisions_model", placeholder="any", width=260,
            format_func=lambda option: one_line(register_words.clipped(option, 80)),
        )  # fmt: skip
        data = st.selectbox(
            "Data", list(titles), index=None, key="decisions_data", placeholder="any", width=320,
            format_func=lambda option: one_line(
                f"{register_words.clipped(titles[option], 80)} ({option[7:15]})"
            ),
        )  # fmt: skip
    words = (text or "").casefold().split()
    return [
        number
        for number, f in reversed([*facts.items()])
        if (model is None or f.decision.chosen.model == model)
        and (data is None or f.decision.data.fingerprint == data)
        and all(word in register_words.searched_text(f) for word in words)
    ]


def _draw_decision(
    f: DecisionFacts,
    replaced: int | None,
    rollouts: Rollouts,
    register: Register,
    library: Library,
) -> None:
    d, recorded = f.decision, f.recorded
    assert recorded is not None
    is_available, words = _data_words(recorded, library)
    write(
        render(
            "decisions/decision.html",
            number=recorded.number,
            when=moment_words(d.at),
            marks=register_words.place_in_chain_words(d.supersedes, replaced)
            + proposal_words(f.proposal),
            d=d,
            limits=limits_sentence(f),
            others=[("Others", d.objections), ("Of units", unit_notes(d))],
            held_out=HELD_OUT.get(d.data.held_out, ""),
            data=words if is_available else "",
            clipped=register_words.clipped,
            folded=folded,
            verdicts=VERDICTS,
        )
    )
    if not is_available:
        write(notice(words))
    if f.proposal is not None:
        look = partial(_changes, recorded, library)
        signing.draw(f.proposal, register, look, is_latest=replaced is None)
        rollout_forms.draw(f.proposal, rollouts, register, is_latest=replaced is None)
    _draw_reopen_and_compare(recorded, library)
    with st.expander(
        "Figures and downloads", key=f"decision_box_{recorded.number}", on_change="rerun"
    ) as box:
        if box.open:
            page = _page(recorded, library) if is_available else None
            recipe = None if page is None else recipe_of(page)
            downloads.draw(f, recipe, f"decision_{recorded.number}")
            digest = span(recorded.hash, css="cg-hash")
            write(figures_table({f"No. {recorded.number}": d}), details(digest))


def _draw_reopen_and_compare(recorded: Recorded, library: Library) -> None:
    """Draw the link to the exact view of a decision, and the box that compares it."""
    query = dict(parse_qsl(recorded.decision.query, keep_blank_values=True))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.link_button(
            "Reopen the exact view",
            # The Decide page has the address of the app.
            f"./?{urlencode(library.links.shortened(query))}",
            key=f"reopen_{recorded.number}",
            type="tertiary",
            icon=":material/open_in_new:",
        )
        st.checkbox(f"Compare No. {recorded.number}", **drafts.compare_checkbox(recorded.number))


def _changes(recorded: Recorded, library: Library) -> tuple[str, ...]:
    """Sentences about what changed since a decision was proposed."""
    is_available, words = _data_words(recorded, library)
    return register_words.changes_since_proposal(
        recorded.decision, version(), "" if is_available else words
    )


def _data_words(recorded: Recorded, library: Library) -> tuple[bool, str]:
    """True if the data of a decision is available, and a remark on reopening the decision."""
    d = recorded.decision
    if library.find(d.data.fingerprint, session.owner()) is not None:
        return True, register_words.data_here(d, version())
    is_altered = library.is_altered(d.data.fingerprint)
    is_other = d.data.title in _titles(library)
    return False, register_words.data_missing(d, is_altered=is_altered, is_other=is_other)


def _titles(library: Library) -> set[str]:
    """Titles of the data that this reader can open."""
    opened = [library.find(name, session.owner()) for name in session.opened_data()]
    return {dataset.title for dataset in [*library.public_data, *opened] if dataset is not None}


def _page(recorded: Recorded, library: Library) -> PageView | None:
    """View of the decision with its data; `None` if it is no longer available."""
    d = recorded.decision
    dataset = library.find(d.data.fingerprint, session.owner())
    if dataset is None:
        return None
    choices, _ = from_query(dict(parse_qsl(d.query, keep_blank_values=True)))
    try:
        return build_page(choices, dataset)
    except ScoreError:
        return None


def _draw_comparison(ticked: Mapping[str, DecisionFacts]) -> None:
    """Show the differences between two decisions, by their names."""
    if len(ticked) == 1:
        write(note(register_words.marked_words(next(iter(ticked))), role="status"))
        return
    all_figures = figures_table({name: f.decision for name, f in ticked.items()})
    write(title("What differs"))
    write(differences_table(ticked))
    write(details(all_figures, summary="Every figure of both"))
