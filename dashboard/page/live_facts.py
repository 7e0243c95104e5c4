"""What the live component is sent: the curves, their intervals, and the facts to word every point with."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from dashboard.figures.look import DARK, LIGHT, SHAPES, mixed, pale
from dashboard.live.pack import Pack, pack, ranges
from dashboard.page import card_text, summary
from dashboard.page.card_text import column, with_file_figures
from dashboard.page.state import PageState, Stakeholder
from dashboard.page.uncertainty import limit_ranges, shown_ranges, unsettled
from metrics import OBJECTIVES, Bound, Direction, Objective
from metrics.narrative.formatting import unit_words

ALWAYS = (
    "share_flagged",
    "recall",
    "missed_defects",
    "missed_defects_per_1000_defects",
    "false_alarms",
    "revenue_impact",
    "revenue_impact_percent",
    "cost_of_errors",
)
"""Objectives that the sentence, the cards and the cost bar need whatever the stakeholders want."""


def columns(page: PageState) -> list[Objective]:
    """Objectives whose figures go to the browser."""
    wanted = [stakeholder.objective for stakeholder in page.stakeholders]
    wanted += [
        stakeholder.bound.objective
        for stakeholder in page.stakeholders
        if stakeholder.bound is not None
    ]
    wanted += [bound.objective for bound in page.limits]
    wanted += [OBJECTIVES[o.in_proportion] for o in wanted if o.in_proportion]
    wanted += [OBJECTIVES[name] for name in ALWAYS]
    return list({o.id: o for o in wanted}.values())


def packed_points(page: PageState) -> Pack:
    below = [
        page.figures.below(str(model), own["threshold"].to_numpy(np.float64))
        for model, own in page.points.groupby("model", sort=False)
    ]
    points, objectives = with_file_figures(page, columns(page))
    return pack(points, below, objectives)


def packed_intervals(page: PageState, packed: Pack) -> bytes:
    found = shown_ranges(page)
    return ranges(
        packed,
        [ends.low for ends in found.values()],
        [ends.high for ends in found.values()],
        list(found),
    )


def facts(page: PageState, packed: Pack, *, session: str, turn: int) -> dict[str, Any]:
    """All that the browser needs besides the curves.

    Parameters
    ----------
    page : PageState
    packed : Pack
        The curves that it belongs to.
    session : str
        What tells this session from another that the same page had before.
    turn : int
        Which release of the component was heard last.
    """
    scenario, look = page.scenario, page.look
    name = str(page.chosen.model)
    model = packed.models.index(name)
    at = page.evaluation.curve_of(name).row(page.chosen.threshold)
    known = unsettled(page)
    cards = [
        card_text.card(page, stakeholder, page.chosen, known) for stakeholder in page.stakeholders
    ]
    return {
        "pack": packed.digest,
        "session": session,
        "turn": turn,
        "chosen": [model, at],
        "said": {
            "sentence": asdict(card_text.sentence(page, page.chosen, known, limit_ranges(page))),
            "cards": [asdict(card) for card in cards],
        },
        "scenario": {
            "currency": scenario.currency,
            "priced": scenario.payoff is not None,
            "yearly": scenario.units_per_year is not None,
            "missCost": scenario.miss_cost,
        },
        "objectives": {o.id: _objective(page, o) for o in columns(page)},
        "models": [
            {
                "name": name,
                "label": page.label(name),
                "color": page.styles[name].color(look),
                "ink": page.styles[name].light,
                "shape": SHAPES[page.styles[name].symbol],
                "infinite": card_text.infinite(page, name),
            }
            for name in packed.models
        ],
        "today": _today(page, packed),
        "stakeholders": [_stakeholder(page, stakeholder) for stakeholder in page.stakeholders],
        "limits": [
            {**_bound(bound), "words": summary.limit_words(page, bound)} for bound in page.limits
        ],
        "paper": _for_paper(page),
    }


def _for_paper(page: PageState) -> list[tuple[str, str]]:
    """Colours of a dark page and those that stand for them on paper."""
    if not page.look.dark:
        return []
    looks = zip(asdict(DARK).values(), asdict(LIGHT).values(), strict=True)
    pairs = [(dark, light) for dark, light in looks if isinstance(dark, str)]
    pairs += [(style.dark, style.light) for style in page.styles.values()]
    # What was made of them: the bands, and the shade of what keeps every limit.
    pairs += [(pale(dark), pale(light)) for dark, light in pairs if dark.startswith("#")]
    pairs.append((mixed(DARK.accent, DARK.paper), mixed(LIGHT.accent, LIGHT.paper)))
    return list(dict.fromkeys(pairs))


def _objective(page: PageState, o: Objective) -> dict[str, Any]:
    return {
        "id": o.id,
        "label": o.label,
        "unit": o.unit.name,
        "direction": o.direction.value,
        "signed": o.signed,
        "changeOf": o.change_of,
        "inProportion": o.in_proportion,
        "words": unit_words(o, page.scenario),
    }


def _today(page: PageState, packed: Pack) -> dict[str, Any]:
    today = page.today
    model = today.model
    return {
        "words": card_text.today_words(page),
        "model": packed.models.index(model) if model in packed.models else None,
        "fn": float(today.fn),
        "fp": float(today.fp),
        # Without those that are undefined at every point of this data.
        "figures": {o.id: _plain(today.figures.get(o.id, math.nan)) for o in columns(page)},
    }


def _stakeholder(page: PageState, stakeholder: Stakeholder) -> dict[str, Any]:
    bound = stakeholder.bound
    return {
        "name": stakeholder.name,
        "wish": f"{stakeholder.objective.superlative} {stakeholder.objective.label}",
        "objective": stakeholder.objective.id,
        "inFile": column(page, stakeholder.objective),
        "aside": card_text.aside(page, stakeholder.objective),
        "valued": card_text.valued(page.scenario),
        "bound": bound and _bound(bound),
        "fixed": [asdict(line) for line in card_text.fixed(page, stakeholder)],
        "own": None if stakeholder.pick is None else _plain(stakeholder.pick.value),
    }


def _bound(bound: Bound) -> dict[str, Any]:
    return {
        "objective": bound.objective.id,
        "value": _plain(bound.value),
        "least": bound.objective.direction is Direction.MAXIMISE,
    }


def _plain(value: float) -> float | str | None:
    """A figure as JSON has it: undefined is null, infinite the text "inf"."""
    value = float(value)
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")
