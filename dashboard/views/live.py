"""The table page's facts for the live component: what it needs to say every point as the server does."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from dashboard import cache, session
from dashboard.figures.look import DARK, LIGHT, SHAPES, mixed, pale
from dashboard.table import mount
from dashboard.table.pack import Pack, envelope, pack, ranges
from dashboard.views import limits, said
from dashboard.views.file_figures import column, with_file_figures
from dashboard.views.state import Seat, Table
from dashboard.views.sure import limit_ranges, shown_ranges, unsettled
from metrics import OBJECTIVES, Bound, Direction, Objective
from metrics.wording import unit_words

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
"""Objectives that the sentence, the cards and the cost bar need whatever the seats want."""


def draw(table: Table) -> Pack:
    """Put the curves and the facts on the page, where the other elements find them."""
    limited = [bound.objective.id for bound in table.limits]
    packed: Pack = cache.drawn("pack", repr((table.key, limited)), lambda: _pack(table))
    mount("pack", packed.message)
    key = repr((table.sure, packed.digest))
    mount("ranges", cache.drawn("ranges", key, lambda: _ranges(table, packed)))
    mount(
        "page",
        envelope("page", facts(table, packed)),
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
    """One element that follows the point: "sentence", or "seat" with its name."""
    mount("_".join([kind, *map(str, head.values())]), envelope(kind, head))


def columns(table: Table) -> list[Objective]:
    """Objectives whose figures go to the browser."""
    wanted = [seat.objective for seat in table.seats]
    wanted += [seat.bound.objective for seat in table.seats if seat.bound is not None]
    wanted += [bound.objective for bound in table.limits]
    wanted += [OBJECTIVES[name] for name in ALWAYS]
    return list({o.id: o for o in wanted}.values())


def _pack(table: Table) -> Pack:
    below = [
        table.below(str(model), own["threshold"].to_numpy(np.float64))
        for model, own in table.points.groupby("model", sort=False)
    ]
    points, objectives = with_file_figures(table, columns(table))
    return pack(points, below, objectives)


def _ranges(table: Table, packed: Pack) -> bytes:
    found = shown_ranges(table)
    return ranges(
        packed,
        [ends.low for ends in found.values()],
        [ends.high for ends in found.values()],
        list(found),
    )


def facts(table: Table, packed: Pack) -> dict[str, Any]:
    """All that the browser needs besides the curves."""
    scenario, look = table.scenario, table.look
    own = table.own
    at = int(np.searchsorted(own["threshold"], float(table.chosen["threshold"]), side="left"))
    model = packed.models.index(str(table.chosen["model"]))
    known = unsettled(table)
    cards = [said.card(table, seat, table.chosen, known) for seat in table.seats]
    return {
        "pack": packed.digest,
        "session": session.nonce(),
        "turn": session.turn(),
        "chosen": [model, at],
        "said": {
            "sentence": asdict(said.sentence(table, table.chosen, known, limit_ranges(table))),
            "cards": [asdict(card) for card in cards],
        },
        "scenario": {
            "currency": scenario.currency,
            "priced": scenario.payoff is not None,
            "yearly": scenario.units_per_year is not None,
            "missCost": scenario.miss_cost,
        },
        "objectives": {o.id: _objective(table, o) for o in columns(table)},
        "models": [
            {
                "name": name,
                "label": table.label(name),
                "color": table.styles[name].color(look),
                "ink": table.styles[name].light,
                "shape": SHAPES[table.styles[name].symbol],
                "infinite": said.infinite(table, name),
            }
            for name in packed.models
        ],
        "today": _today(table, packed),
        "seats": [_seat(table, seat) for seat in table.seats],
        "limits": [
            {**_bound(bound), "words": limits.limit_words(table, bound)} for bound in table.limits
        ],
        "paper": _for_paper(table),
    }


def _for_paper(table: Table) -> list[tuple[str, str]]:
    """Colours of a dark page and those that stand for them on paper."""
    if not table.look.dark:
        return []
    looks = zip(asdict(DARK).values(), asdict(LIGHT).values(), strict=True)
    pairs = [(dark, light) for dark, light in looks if isinstance(dark, str)]
    pairs += [(style.dark, style.light) for style in table.styles.values()]
    # What was made of them: the bands, and the shade of what keeps every limit.
    pairs += [(pale(dark), pale(light)) for dark, light in pairs if dark.startswith("#")]
    pairs.append((mixed(DARK.accent, DARK.paper), mixed(LIGHT.accent, LIGHT.paper)))
    return list(dict.fromkeys(pairs))


def _objective(table: Table, o: Objective) -> dict[str, Any]:
    return {
        "id": o.id,
        "label": o.label,
        "unit": o.unit.name,
        "direction": o.direction.value,
        "signed": o.signed,
        "words": unit_words(o, table.scenario),
    }


def _today(table: Table, packed: Pack) -> dict[str, Any]:
    today = table.today
    model = today["model"]
    return {
        "words": said.today_words(table),
        "model": packed.models.index(model) if model in packed.models else None,
        "fn": float(today["fn"]),
        "fp": float(today["fp"]),
        # Without those that are undefined at every point of this data.
        "figures": {o.id: _plain(today.get(o.id, math.nan)) for o in columns(table)},
    }


def _seat(table: Table, seat: Seat) -> dict[str, Any]:
    bound = seat.bound
    return {
        "name": seat.name,
        "wish": f"{seat.objective.superlative} {seat.objective.label}",
        "objective": seat.objective.id,
        "inFile": column(table, seat.objective),
        "aside": said.aside(table, seat.objective),
        "valued": said.valued(table.scenario),
        "bound": bound and _bound(bound),
        "fixed": [asdict(line) for line in said.fixed(table, seat)],
        "own": None if seat.pick is None else _plain(seat.pick.value),
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
