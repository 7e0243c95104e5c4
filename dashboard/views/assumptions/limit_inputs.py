"""Inputs of the limits that every choice must meet, and of the limits of single stakeholders."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.views.assumptions.number_field import is_many, number_field
from dashboard.views.html_elements import note, stacked, strong, write
from dashboard.views.menus import named_options
from dashboard.views.page_recipe import recipe_of
from dashboard.words.assumptions import HELP, limit_help, moved_by_limits_words
from dashboard.words.limits.limit_names import bound_clause
from dashboard.words.limits.limits_status import (
    ABSOLUTE_TARGET,
    no_percent_target_words,
    target_id,
)
from dashboard.words.names import STAKEHOLDER_TITLES
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.objective_units import is_money, short_unit
from dashboard.words.phrases import capital
from metrics import Bound, Direction, Objective, Unit

USUAL = ("missed_defects", "recall")
"""Limits whose fields are always shown, because most meetings set them first.

The fields of the target and of the data scientist's objective are always shown too.
"""
FIRST = ("flagged_per_day", "share_flagged")
"""Other limits that are offered first."""
ADD = "Add a limit on …"
_ADDED = "limits with a field"
"""Session key: names of the objectives that the reader added as limits."""


def draw(page: PageView) -> None:
    """Draw the limits in force with a box to add one, and the limit of each stakeholder."""
    before = page.choices.limits_in(page.analysis.dataset.scenario)
    agreed = {bound.objective: bound.value for bound in page.analysis.limits}
    if why := no_percent_target_words(page.analysis):
        write(note(why))
    fields = dict.fromkeys(_with_field(page.analysis)) | agreed
    for objective, value in fields.items():
        _draw_limit_field(page.analysis, objective, value, before)
    write(note(moved_by_limits_words(page.analysis, page.names)))
    offered = {name: o.label for name, o in _offered(page.analysis).items()}

    def add(choices: Choices, value: str | None) -> Choices:
        if value is not None:
            session.storage(_ADDED)[value] = True
        return choices

    st.selectbox(
        "Add a limit",
        **named_options(offered),
        index=None,
        placeholder=ADD,
        label_visibility="collapsed",
        help=HELP["limit_add"],
        **session.widget("limit_add", None, add),
    )
    for stakeholder in page.analysis.stakeholders:
        if stakeholder.bound is not None:  # It does not bind the other stakeholders.
            _draw_condition(page, stakeholder.name, stakeholder.bound)


def _draw_condition(page: PageView, name: str, bound: Bound) -> None:
    """Draw the objective and the value of a stakeholder's limit, and a button that resets it."""
    recipe, title = recipe_of(page), STAKEHOLDER_TITLES[name]
    offered = {name: o.label for name, o in page.analysis.objectives.items()}
    scale = _typed_scale(bound.objective)

    def change_objective(choices: Choices, value: str) -> Choices:
        if value not in offered:  # The scenario has since made the objective undefined.
            return choices
        now = recipe.at(choices).page().selection.point.figures[value]
        return choices.with_bound(name, (value, now if math.isfinite(now) else 0.0))

    def change_value(choices: Choices, value: float) -> Choices:
        return choices.with_bound(name, (bound.objective.id, value))

    heading = strong(f"{title}’s own condition")
    write(note(stacked(heading, bound_clause(bound, page.analysis.scenario)), css="cg-condition"))
    st.selectbox(
        f"{title}: condition on",
        **named_options(offered),
        **session.widget(f"bound_on_{name}", bound.objective.id, change_objective),
    )
    least = "least" if bound.objective.direction is Direction.MAXIMISE else "most"
    number_field(
        f"{title}: at {least}" + (", %" if scale > 1 else ""),
        f"bound_value_{name}",
        bound.value,
        change_value,
        scale=scale,
        least=None,
    )
    default = session.choosing(bounds=page.choices.with_bound(name, None).bounds)
    st.button("Back to the default", key=f"bound_reset_{name}", **default)


def _draw_limit_field(
    analysis: Analysis, o: Objective, value: float | None, before: tuple[tuple[str, float], ...]
) -> None:
    at_least_or_most = "at least" if o.direction is Direction.MAXIMISE else "at most"
    unit = "%" if o.unit in (Unit.SHARE, Unit.PERCENT) else short_unit(o, analysis.scenario)
    if value is not None and is_many(value):
        at_least_or_most += f" {figure(o, value, analysis.scenario)} {unit}".rstrip()
        unit = ""
    elif is_money(o.unit, analysis.scenario):
        unit = f"{analysis.scenario.currency} {unit}"
    number_field(
        plain(", ".join(filter(None, [capital(o.subject), at_least_or_most, unit]))),
        f"limit_{o.id}",
        value,
        lambda choices, typed: choices.with_limit(o.id, typed, before),
        scale=_typed_scale(o),
        empty="none yet",
        least=None,
        help=limit_help(analysis, o, value),
    )


def _typed_scale(o: Objective) -> int:
    """Factor of a typed limit. Shares are typed as percentages, because they are shown so everywhere."""
    return 100 if o.unit is Unit.SHARE else 1


def _with_field(analysis: Analysis) -> list[Objective]:
    """Objectives that have a field even without a limit: the first ones, and those that were added."""
    target = target_id(analysis.scenario)
    names = (
        target if target in analysis.objectives else ABSOLUTE_TARGET,
        *USUAL,
        analysis.stakeholder("data").objective.id,
        *session.storage(_ADDED),
    )
    return [analysis.objectives[name] for name in names if name in analysis.objectives]


def _offered(analysis: Analysis) -> dict[str, Objective]:
    """Objectives without a field."""
    objectives = analysis.objectives
    limited = {o.id for o in [*_with_field(analysis), *(b.objective for b in analysis.limits)]}
    names = dict.fromkeys(
        [*FIRST, *(stakeholder.objective.id for stakeholder in analysis.stakeholders), *objectives]
    )
    return {name: objectives[name] for name in names if name in objectives and name not in limited}
