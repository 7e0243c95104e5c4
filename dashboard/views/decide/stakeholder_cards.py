"""The three stakeholders' cards: the objective, its figure as the live component has it, and one action."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dashboard.markup import escaped, small
from dashboard.page import card_actions, card_text
from dashboard.page.card_actions import CALIBRATION, HALVE, action_of
from dashboard.page.evidence import (
    calibration_advice,
    calibration_words,
    evidence_of,
    recalibrated_words,
)
from dashboard.page.models import better_threshold_words
from dashboard.page.objectives_of_role import of_role
from dashboard.page.optimism import choice_of_chosen, is_today_cheapest
from dashboard.page.state import PageState, Stakeholder
from dashboard.session import session
from dashboard.session.choices import Point
from dashboard.session.url import to_query
from dashboard.views import live_elements
from dashboard.views.callback_page import Recipe, recipe_of
from dashboard.views.lazy_popover import lazy_popover
from dashboard.views.snippets import write
from metrics import Objective
from metrics.inference.comparison import Chance
from metrics.narrative.phrases import of_100


def draw(page: PageState) -> None:
    """Three cards side by side."""
    with st.container(key="cards"):
        columns = st.columns(3, gap="small", wrap=False)
    for column, stakeholder in zip(columns, page.stakeholders, strict=True):
        with (
            column,
            st.container(
                border=True, height="stretch", gap=None, key=f"part_stakeholder-{stakeholder.name}"
            ),
        ):
            _card(page, stakeholder)


def _card(page: PageState, stakeholder: Stakeholder) -> None:
    offered = of_role(page.objectives, stakeholder.name)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        write(f'<h3 class="cg-eyebrow">{escaped(stakeholder.title)}</h3>')
        st.selectbox(
            f"{stakeholder.title} wants",
            list(offered),
            format_func=lambda name: offered[name].label,
            label_visibility="collapsed",
            filter_mode=None,  # nothing else can be typed
            **session.widget(
                f"objective_{stakeholder.name}",
                stakeholder.objective.id,
                lambda choices, value: choices.with_stakeholder(stakeholder.name, value),
            ),
        )
    live_elements.element("stakeholder", stakeholder=stakeholder.name)
    if card_text.needs_prices(stakeholder.objective, page.scenario):
        return
    with st.container(key=f"foot_{stakeholder.name}"):
        _action(recipe_of(page), stakeholder.name, stakeholder.objective)


@st.fragment
def _action(recipe: Recipe, name: str, objective: Objective) -> None:
    """The action: nothing of its answer is reckoned until somebody asks."""
    if session.is_changed():
        session.rerun()
    action = action_of(objective)
    with lazy_popover(action.label, f"ask_{name}", type="tertiary", help=action.help) as popover:
        if not popover.open:
            return
        page = recipe.at(session.current()).page_of_fragment()
        stakeholder = page.stakeholder(name)
        if action is HALVE:
            _halving(page, stakeholder)
        elif action is CALIBRATION:
            _calibration(page)
        else:
            _risk(page, stakeholder)
        more = " ".join(map(escaped, card_text.details(page, stakeholder, page.chosen)))
        write(f'<p class="cg-note cg-more">{more}</p>')


def _halving(page: PageState, stakeholder: Stakeholder) -> None:
    found = card_actions.halving(page, stakeholder)
    o = stakeholder.objective
    if found.none:
        write(f"<p>Nothing to halve: {escaped(found.none)} in this file.</p>")
        return
    already = f"<b>{escaped(found.already)}.</b> " if found.already else ""
    if found.point is None:
        what = f"No threshold of any model halves {escaped(found.of)} {escaped(o.label)}"
        write(f"<p>{already}{what}.</p>")
        return
    rows = "".join(
        f'<tr><th scope="row">{_whose(change)}</th>'
        f"<td>{escaped(change.here)} → <b>{escaped(change.there)}</b>"
        f"{_size(change)}</td><td>{small(change.today)}</td></tr>"
        for change in found.changes
    )
    of, limits = escaped(found.of), escaped(" ".join([*found.breaks, *found.keeps]))
    write(
        f"<p>{already}The cheapest way to halve {of} in this file: "
        f"<b>{escaped(found.words)}</b>. {limits}</p>"
        f'<table class="cg-compare cg-halving"><tbody>{rows}</tbody></table>'
    )
    point = Point(str(found.point.model), found.point.threshold)
    st.button(
        "Try it",
        key=f"halve_{stakeholder.name}",
        on_click=_try,
        args=(f"ask_{stakeholder.name}", point),
    )
    if found.of_today:
        write(f"<p>{escaped(found.of_today)}.</p>")


def _try(popover: str, point: Point) -> None:
    """Choose a point and close the popover, which would ask for the next halving."""
    session.choose(point=point)
    session.set_widget(popover, False)


def _whose(change: card_actions.Change) -> str:
    small = f'<br><span class="cg-small">{escaped(change.label)}</span>' if change.label else ""
    return f"{escaped(change.title)}{small}"


def _size(change: card_actions.Change) -> str:
    chance = "" if change.chance is Chance.UNKNOWN else f", {change.chance.value}"
    ends = f": {change.ends}" if change.ends else ""
    return f'<br><span class="cg-small">{escaped(f"{change.size}{chance}{ends}")}</span>'


def _risk(page: PageState, stakeholder: Stakeholder) -> None:
    found = card_actions.risk(page, stakeholder)
    if found is None:
        write("<p>Not known without intervals.</p>")
        return
    write(_risk_table(page, stakeholder, found))
    if page.held_out == "training":
        write("<p><b>The models were trained on these units</b>: all this flatters them.</p>")
    if page.held_out == "unknown":
        write("<p><b>Only if no model was trained on these units</b>: nobody has said so.</p>")
    if stakeholder.objective.is_against_today and is_today_cheapest(page):
        write(
            "<p>Today’s threshold is its cheapest in this file. If it was found here, today looks better "
            "than it is, and the gain smaller.</p>"
        )
    if not found.is_wanted and stakeholder.objective.is_against_today:
        write("<p>No target is set: set one where the limits stand, above the cards.</p>")
    more = [found.why]
    if choice_of_chosen(page) is not None:
        more.insert(0, "All this allows for the choice having been made on the same units.")
    if behind := "".join(f"<p>{escaped(words)}</p>" for words in more if words):
        write(f'<details class="cg-note"><summary>Details</summary>{behind}</details>')


def _risk_table(page: PageState, stakeholder: Stakeholder, found: card_actions.Risk) -> str:
    """How often the target is met, by how much it is missed, what to expect, and what else would do."""
    again = "these units drawn again"
    if page.evaluation.tally.grouped:
        again += ", whole batches at a time"
    verb, often = ("Meets", 1 - found.share) if found.is_kept else ("Misses", found.share)
    rows = [(f"{verb} {found.target}", again, of_100(often), "")]
    if found.share and found.short:
        rows.append(("Where it is missed, short by", "on average", found.short, ""))
    if found.range:
        expected = f"about {found.expected}" if found.expected else found.range
        sure = f"{found.range}, 95 % sure" if found.expected else "95 % sure"
        rows.append(("On new data", found.of, expected, sure))
    if found.missed_at is not None:
        now = f"in this file; now {found.missed_at.now}"
        rows.append(("Misses the target", now, found.missed_at.rates, ""))
    better = better_threshold_words(page) if stakeholder.objective.is_against_today else None
    if better is not None:
        beside = ", ".join(filter(None, (better.share, better.missed)))
        rows.append((f"Today’s {better.place}", better.now, better.gain, beside))
    cells = "".join(
        f'<tr><th scope="row">{escaped(name)}{small(about)}</th>'
        f"<td><b>{escaped(value)}</b>{small(note)}</td></tr>"
        for name, about, value, note in rows
    )
    return f'<table class="cg-compare cg-halving cg-risk"><tbody>{cells}</tbody></table>'


def _calibration(page: PageState) -> None:
    evidence = evidence_of(page)
    advice = calibration_advice(evidence)
    mended = recalibrated_words(page) if advice else ""
    said = filter(None, [calibration_words(evidence), advice, mended])
    link = f'<a class="cg-see" href="evidence?{escaped(urlencode(to_query(page.choices)))}" target="_self">'
    text = ". ".join(said)
    write(f"<p>{escaped(text)}. {link}See its calibration</a></p>")
