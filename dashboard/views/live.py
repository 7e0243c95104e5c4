"""The table page's facts for the live component: what it needs to say every point as the server does."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from dashboard.figures.look import DARK, LIGHT, SHAPES, mixed, pale
from dashboard.live import mount
from dashboard.live.pack import Pack, envelope, pack, ranges
from dashboard.page import cache, card_text, summary
from dashboard.page.card_text import column, with_file_figures
from dashboard.page.state import PageState, Stakeholder
from dashboard.page.uncertainty import limit_ranges, shown_ranges, unsettled
from dashboard.session import session
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


def draw(page: PageState) -> Pack:
    """Put the curves and the facts on the page, where the other elements find them."""
    limited = tuple(bound.objective.id for bound in page.limits)
    packed = cache.part(page.keyed("pack", page.picks_key, limited), lambda: _pack(page))
    mount("pack", packed.message)
    key = page.keyed("ranges", page.intervals_key, packed.digest)
    mount("ranges", cache.part(key, lambda: _ranges(page, packed)))
    mount(
        "page",
        envelope("page", facts(page, packed)),
        chosen=session.on_point(
            "page", "chosen", lambda choices, point: replace(choices, point=point)
        ),
        pinned=session.on_point(
            "page",
            "pinned",
            lambda choices, point: replace(choices, point=point, pin=point, compare="pin"),
        ),
    )
    return packed


def element(kind: str, **head: Any) -> None:
    """One element that follows the point: "sentence", or "stakeholder" with its name."""
    mount("_".join([kind, *map(str, head.values())]), envelope(kind, head))


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


def _pack(page: PageState) -> Pack:
    below = [
        page.figures.below(str(model), own["threshold"].to_numpy(np.float64))
        for model, own in page.points.groupby("model", sort=False)
    ]
    points, objectives = with_file_figures(page, columns(page))
    return pack(points, below, objectives)


def _ranges(page: PageState, packed: Pack) -> bytes:
    found = shown_ranges(page)
    return ranges(
        packed,
        [ends.low for ends in found.values()],
        [ends.high for ends in found.values()],
        list(found),
    )


def facts(page: PageState, packed: Pack) -> dict[str, Any]:
    """All that the browser needs besides the curves."""
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
        "session": session.nonce(),
        "turn": session.turn(),
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
