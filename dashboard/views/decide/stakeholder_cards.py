"""Cards of the three stakeholders: menu of objectives, live figure, and a popover that answers a question."""

from __future__ import annotations

import streamlit as st

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.decide.better_threshold import better_threshold
from dashboard.analysis.decide.cards import (
    Question,
    best_on_card,
    offered_objectives,
    point_of_best,
    question_of,
)
from dashboard.analysis.decide.exchange import exchange_for
from dashboard.analysis.decide.halving import halving
from dashboard.analysis.decide.target_risk import target_risk
from dashboard.analysis.evidence.model_calibration import model_calibrations
from dashboard.analysis.evidence.model_evidence import evidence_of
from dashboard.analysis.undefined_objectives import needs_prices
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.url import address_of
from dashboard.views import live_elements
from dashboard.views.decide import exchange_table
from dashboard.views.html_elements import (
    Cell,
    eyebrow,
    inline,
    link,
    note,
    paragraph,
    strong,
    table,
    write,
)
from dashboard.views.html_elements import details as folded
from dashboard.views.menus import lazy_popover, named_options
from dashboard.views.page_recipe import Recipe, recipe_of
from dashboard.words.decide.best import best_heading
from dashboard.words.decide.button_labels import COMPARE
from dashboard.words.decide.cards import (
    CARD_HELP,
    QUESTIONS,
    all_models_words,
    details,
)
from dashboard.words.decide.exchange import half_of_current_words, halving_remark, halving_words
from dashboard.words.evidence.model_evidence import (
    calibration_advice,
    calibration_heads,
    calibration_sentence,
    calibration_texts,
)
from dashboard.words.names import STAKEHOLDER_TITLES
from dashboard.words.target_risk import (
    RISK_UNKNOWN,
    better_threshold_row,
    risk_notes,
    risk_rows,
    uncertified_words,
)
from metrics import Objective


def draw(page: PageView) -> None:
    """Draw three cards side by side."""
    with st.container(key="cards"):
        columns = st.columns(3, gap="small", wrap=False)
    for column, stakeholder in zip(columns, page.analysis.stakeholders, strict=True):
        with (
            column,
            st.container(
                border=True, height="stretch", gap=None, key=f"part_stakeholder-{stakeholder.name}"
            ),
        ):
            _draw_card(page, stakeholder)


def _draw_card(page: PageView, stakeholder: Stakeholder) -> None:
    offered = offered_objectives(page.analysis, stakeholder.name)
    labels = {name: o.label for name, o in offered.items()}
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        write(eyebrow(STAKEHOLDER_TITLES[stakeholder.name], level=3))
        st.selectbox(
            f"{STAKEHOLDER_TITLES[stakeholder.name]} wants",
            **named_options(labels),
            label_visibility="collapsed",
            filter_mode=None,  # only the listed objectives can be chosen
            **session.widget(
                f"objective_{stakeholder.name}",
                stakeholder.objective.id,
                lambda choices, value: choices.with_stakeholder(stakeholder.name, value),
            ),
        )
    live_elements.mount_element(
        "stakeholder", stakeholder.name, name=stakeholder.name, help=CARD_HELP
    )
    is_asked = not needs_prices(stakeholder.objective, page.analysis.scenario)
    _draw_popovers(recipe_of(page), stakeholder.name, stakeholder.objective if is_asked else None)


@st.fragment
def _draw_popovers(recipe: Recipe, name: str, asked: Objective | None) -> None:
    """Draw the popovers of a card; the question is about an objective, if it can be asked."""
    if session.is_changed():
        session.rerun()
    _draw_best(recipe, name)
    if asked is not None:
        with st.container(key=f"foot_{name}"):
            _draw_question(recipe, name, asked)


def _draw_best(recipe: Recipe, name: str) -> None:
    """Draw the popover that compares the best for a stakeholder. The words on the card open it."""
    with lazy_popover(COMPARE, f"best_{name}", type="tertiary") as popover:
        if not popover.open:
            return
        page = recipe.at(session.current()).page_of_fragment()
        stakeholder = page.analysis.stakeholder(name)
        best = best_on_card(page.analysis, stakeholder)
        if best is not None:
            point = point_of_best(page.analysis, stakeholder.objective, best.pick)
            words = best_heading(page.analysis, stakeholder, best)
            heading = inline(words, strong(page.point_words(point)), ".")
            every = link(
                all_models_words(stakeholder.objective),
                address_of("gaps", page.choices, gaps=name),
            )
            exchange = exchange_for(page.selection, point)
            exchange_table.draw(page, exchange, heading, f"best_{name}", every)


def _draw_question(recipe: Recipe, name: str, objective: Objective) -> None:
    """Draw the popover with the question of a card. The answer is computed when the popover is opened."""
    question = question_of(objective)
    label, about = QUESTIONS[question]
    with lazy_popover(label, f"ask_{name}", type="tertiary", help=about) as popover:
        if not popover.open:
            return
        page = recipe.at(session.current()).page_of_fragment()
        stakeholder = page.analysis.stakeholder(name)
        if question is Question.HALVING:
            _draw_halving(page, stakeholder)
        elif question is Question.CALIBRATION:
            _draw_calibration(page)
        else:
            _draw_risk(page, stakeholder)
        more = details(page.selection, page.names, stakeholder, page.selection.point)
        write(note(" ".join(more), css="cg-more"))


def _draw_halving(page: PageView, stakeholder: Stakeholder) -> None:
    analysis, result = page.analysis, halving(page.selection, stakeholder.objective)
    words = halving_words(analysis.scenario, result)
    if result.exchange is None:
        write(paragraph(words))
        return
    name = page.point_words(result.exchange.point)
    heading = inline(words, strong(name), halving_remark(analysis, result), ".")
    exchange_table.draw(page, result.exchange, heading, f"ask_{stakeholder.name}")
    if of_current := half_of_current_words(analysis, page.names, result):
        write(paragraph(f"{of_current}."))


def _draw_risk(page: PageView, stakeholder: Stakeholder) -> None:
    analysis, risk = page.analysis, target_risk(page.selection, stakeholder)
    if risk is None:
        write(paragraph(RISK_UNKNOWN))
        return
    rows = [*risk_rows(analysis, risk)]
    if stakeholder.objective.is_against_current:
        better = better_threshold(analysis)
        rows += [better_threshold_row(analysis, page.names, better)] if better else []
    cells = [[Cell(row.name, [row.about]), Cell(strong(row.value), [row.note])] for row in rows]
    write(table([], cells, css="cg-exchange"))
    for lead, rest in risk_notes(analysis, risk):
        write(paragraph(strong(lead), rest))
    if more := uncertified_words(risk):
        write(folded(paragraph(more)))


def _draw_calibration(page: PageView) -> None:
    calibration = evidence_of(page.selection).calibration[0]
    sentences = [calibration_sentence(calibration), calibration_advice(calibration)]
    see_more = link("See its calibration", address_of("evidence", page.choices))
    write(paragraph(". ".join(filter(None, sentences)), ". ", see_more))
    calibrations = model_calibrations(page.analysis)
    if calibrations:
        scenario, chosen = page.analysis.scenario, calibration.model
        rows = []
        for one in calibrations:
            label = page.label(one.model)
            name = strong(label) if one.model == chosen else label
            rows.append([name, *calibration_texts(one, scenario)])
        write(table(calibration_heads(calibration), rows, css="cg-exchange cg-stacked"))
