"""Messages to the live component: curves, their intervals, and the words and numbers of every point."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode

import numpy as np

from dashboard.analysis import inspection
from dashboard.analysis.analysis import Analysis, Stakeholder, openings, unpriced
from dashboard.analysis.decide.answer import answer_at, headline_objective, reasons
from dashboard.analysis.decide.cards import (
    best_on_card,
    needs_prices,
    scale_end,
    scale_start,
    stakeholder_card,
)
from dashboard.analysis.optimism import picked
from dashboard.analysis.resampled_figures import of_models, own_ranges, required_positions
from dashboard.analysis.selection import Selection
from dashboard.decisions.canonical_json import canonical, hash_of, json_ready
from dashboard.figures.front_figure import wash
from dashboard.figures.palette import DARK, LIGHT, SHAPES, mixed, pale
from dashboard.live.packed_curves import Pack, pack, ranges
from dashboard.page_view import PageView
from dashboard.session.choices import Point
from dashboard.session.url import to_query
from dashboard.words.decide.answer import answer_words, headline_words, reason_words
from dashboard.words.decide.cards import (
    best_figure_words,
    best_label,
    best_suffix,
    card_words,
    comparison_words,
    current_words,
    false_alarms_chance,
    infinite_words,
    no_percent_words,
    pick_words,
    rank_words,
)
from dashboard.words.limit_names import within_limits
from dashboard.words.limits import limit_name, longest_status, obstacle_words
from dashboard.words.names import current_title
from dashboard.words.numbers import unit_words
from metrics import OBJECTIVES, Bound, Direction, Objective, OperatingPoint
from metrics.evaluation.inspection_band_counts import inspected_between
from metrics.scenario.inspection import DAYS
from metrics.scenario.scenario import Scenario
from metrics.strict_mapping import written
from metrics.tally.kernel import Floats

ALWAYS = (
    "share_flagged",
    "recall",
    "missed_defects",
    "false_alarms",
    "cost_of_errors",
)
"""Objectives that the answer and the counts need besides those of the stakeholders."""


def columns(analysis: Analysis) -> list[Objective]:
    """Objectives whose figures go to the browser."""
    objectives = [stakeholder.objective for stakeholder in analysis.stakeholders]
    objectives += [bound.objective for bound in analysis.limits]
    objectives += [headline_objective(analysis)]
    objectives += [OBJECTIVES[name] for name in ALWAYS]
    return list({o.id: o for o in objectives}.values())


def cost_is_sent(analysis: Analysis) -> bool:
    """Whether the cost of errors is sent.

    Otherwise the browser computes the cost from misses, false alarms and the price of a miss, so that another
    price sends no curve again.
    """
    is_inspected = analysis.scenario.inspection is not None
    return is_inspected or analysis.evaluation.tally.miss_prices is not None


def sent_columns(analysis: Analysis) -> list[Objective]:
    """Objectives whose figures are sent."""
    return [o for o in columns(analysis) if o.id != "cost_of_errors" or cost_is_sent(analysis)]


def packed_points(analysis: Analysis) -> Pack:
    """Operating points of the visible models, packed for the browser."""
    below = [
        analysis.figures.below(str(model), model_points["threshold"].to_numpy(np.float64))
        for model, model_points in analysis.points.groupby("model", sort=False)
    ]
    bands: dict[str, list[Floats]] = {}
    for model in analysis.points["model"].unique():
        own = inspection.bands_of(analysis, str(model))
        for name, values in ({} if own is None else vars(own)).items():
            bands.setdefault(f"band {name}", []).append(values)
    more = {name: np.concatenate(values) for name, values in bands.items()}
    if more:
        more |= _parts_of_lower(analysis)
    return pack(analysis.points, below, sent_columns(analysis), more)


PREFIX = "part "
"""Prefix of the name of a figure: the part that a lower threshold decides."""
NO_SUMS = ("precision", "f1", "mcc", "shipped_defects_per_million")
"""Objectives that are not a sum over two thresholds. The browser computes them from the counts."""


def _parts_of_lower(analysis: Analysis) -> dict[str, Floats]:
    """Part of each figure that the lower of two thresholds decides.

    A figure that sums over units is the sum of a part of each threshold. The part of the lower threshold is
    the figure if the model rejects nothing. Another lower threshold than the sent one changes the figure by
    the difference of the two parts.
    """
    evaluation, hidden = analysis.evaluation, analysis.hidden
    shown = [model_curve for model_curve in evaluation.curves if model_curve.model not in hidden]
    objectives = [
        o
        for o in sent_columns(analysis)
        if o.is_standard and not o.of_model and o.id not in NO_SUMS
    ]
    inspection = analysis.scenario.inspection
    assert inspection is not None
    out: dict[str, list[Floats]] = {f"{PREFIX}{o.id}": [] for o in objectives}
    inspected: list[Floats] = []
    for model_curve in shown:
        alone = model_curve.alone.counts[model_curve.distinct]
        nothing = alone[np.full(alone.fn.size, alone.fn.size - 1)]
        counts = inspected_between(alone, nothing, inspection).scaled(*evaluation.factors)
        context = evaluation.context(evaluation.tally.index(model_curve.model))
        for o in objectives:
            out[f"{PREFIX}{o.id}"].append(o.values(counts, context))
        units = evaluation.scaled_units
        inspected.append(np.asarray(counts.inspected / units, np.float64))
    return {
        **{name: np.concatenate(values) for name, values in out.items()},
        f"{PREFIX}band inspected": np.concatenate(inspected),
    }


def figures_key(analysis: Analysis, packed: Pack) -> str:
    """Key by which the browser matches intervals with the figures that it has."""
    objectives = [stakeholder.objective for stakeholder in analysis.stakeholders]
    follows = {
        "pack": packed.digest,
        "scenario": written(unpriced(analysis.scenario, objectives)),
        "objectives": [o.id for o in objectives],
        "seed": analysis.seed,
        "exact": [hashlib.sha256(exact).hexdigest() for exact in required_positions(analysis)],
    }
    return hash_of(canonical(json_ready(follows)))[:32]


def packed_intervals(selection: Selection, packed: Pack) -> bytes:
    """Intervals of the stakeholders' figures along the selected model, and of objectives that rank models."""
    analysis = selection.analysis
    model = str(selection.point.model)
    known = analysis.uncertainty
    found = {
        o: of_models(analysis, o, packed.models) if o.of_model else own_ranges(selection, o)
        for o in (known.objectives if known is not None else ())
    }
    return ranges(
        packed,
        figures_key(analysis, packed),
        packed.models.index(model),
        {o: ends for o, ends in found.items() if ends is not None},
    )


def facts(page: PageView, packed: Pack, *, session: str, turn: int) -> dict[str, Any]:
    """Words and numbers that the browser needs besides the curves.

    Parameters
    ----------
    packed : Pack
        Curves that the browser has.
    session : str
        Identifier of this session. The same page may have had another session before.
    turn : int
        Number of the last release that the component reported.
    """
    scenario, palette = page.scenario, page.palette
    name = str(page.chosen.model)
    model = packed.models.index(name)
    model_curve = page.evaluation.curve_of(name)
    at, lower = model_curve.row(page.chosen.threshold), page.chosen.lower
    cards = [
        card_words(
            page.analysis,
            page.names,
            stakeholder_card(page.selection, stakeholder, page.chosen, at_rest=True),
        )
        for stakeholder in page.stakeholders
    ]
    headline = headline_objective(page.analysis)
    opening = openings(page.analysis)
    return {
        "pack": packed.digest,
        "figures": figures_key(page.analysis, packed),
        "session": session,
        "turn": turn,
        "chosen": [model, at],
        "below": None if lower is None else model_curve.row(lower),
        "said": {
            "answer": asdict(
                answer_words(
                    page.analysis, page.names, answer_at(page.selection, page.chosen, at_rest=True)
                )
            ),
            "cards": [asdict(card) for card in cards],
            "alarms": false_alarms_chance(page.selection),
        },
        "scenario": {
            "currency": scenario.currency,
            "priced": scenario.payoff is not None,
            "missCost": scenario.miss_cost,
            "costIsSent": cost_is_sent(page.analysis),
            "factors": list(page.evaluation.factors),
            "inspected": scenario.inspection is not None,
            "unitsADay": None
            if scenario.units_per_year is None
            else scenario.units_per_year / DAYS,
            "inspectors": _inspectors_of_all(scenario),
        },
        "objectives": {o.id: _objective(page.analysis, o) for o in columns(page.analysis)},
        "models": [
            {
                "name": name,
                "label": page.label(name),
                "color": page.styles[name].color(palette),
                "ink": page.styles[name].light,
                "shape": SHAPES[page.styles[name].symbol],
                "infinite": infinite_words(page.analysis, name),
                # Row at which the model is shown once it is chosen by its name.
                "opening": page.evaluation.curve_of(name).row(opening[name]),
            }
            for name in packed.models
        ],
        "today": _today(page.analysis),
        "pinned": _pinned(page.selection),
        "headline": {
            "objective": headline.id,
            "words": headline_words(page.analysis, headline),
        },
        "outright": obstacle_words(page.analysis),
        "judged": page.analysis.shows_intervals and page.held_out != "training",
        "everyTwo": f"gaps?{urlencode(to_query(replace(page.choices, gaps='cost')))}",
        "reasons": _reasons(page.analysis, packed),
        "picked": picked_places(page.analysis, packed),
        "stakeholders": [
            _stakeholder(page, stakeholder, packed) for stakeholder in page.stakeholders
        ],
        "limits": [{**_bound(bound), "name": limit_name(bound, scenario)} for bound in page.limits],
        "longestStanding": longest_status(),
        "paper": _for_paper(page),
    }


def _inspectors_of_all(scenario: Scenario) -> float | None:
    """People who would inspect all units, before rounding up; `None` if unknown."""
    if scenario.inspectors(scenario.units_per_year or 0.0) is None:
        return None
    assert scenario.inspection is not None
    assert scenario.units_per_year is not None
    return scenario.inspection.people(scenario.units_per_year)


def _for_paper(page: PageView) -> list[tuple[str, str]]:
    """Pairs of a colour on a dark page and its replacement on paper."""
    if not page.palette.dark:
        return []
    looks = zip(asdict(DARK).values(), asdict(LIGHT).values(), strict=True)
    pairs = [(dark, light) for dark, light in looks if isinstance(dark, str)]
    pairs += [(style.dark, style.light) for style in page.styles.values()]
    # Mixed colours: bands, and the shade of points that meet every limit.
    pairs += [(pale(dark), pale(light)) for dark, light in pairs if dark.startswith("#")]
    pairs.append((mixed(DARK.accent, DARK.paper), mixed(LIGHT.accent, LIGHT.paper)))
    pairs.append((wash(DARK), wash(LIGHT)))
    return list(dict.fromkeys(pairs))


def _objective(analysis: Analysis, o: Objective) -> dict[str, Any]:
    return {
        "id": o.id,
        "label": o.label,
        "unit": o.unit.name,
        "direction": o.direction.value,
        "signed": o.signed,
        "changeOf": o.change_of,
        "ofModel": o.of_model,
        "clipped": o.is_clipped,
        "compared": comparison_words(o),
        "words": unit_words(o, analysis.scenario),
    }


def _today(analysis: Analysis) -> dict[str, Any]:
    today = analysis.current
    return {
        "title": current_title(analysis),
        "beside": {
            o.id: current_words(analysis, o)
            for o in columns(analysis)
            if not math.isnan(today.figures.get(o.id, math.nan))
        },
        "figures": _figures(analysis, today),
    }


def _reasons(analysis: Analysis, packed: Pack) -> list[dict[str, Any]]:
    """Points with a reason to choose them, and the reason."""
    found = reasons(analysis)
    return [
        {**place, "words": f"{reason_words(analysis, reason)}."}
        for place, reason in zip(_places(analysis, packed, found), found.values(), strict=True)
    ]


def picked_places(analysis: Analysis, packed: Pack) -> list[list[int]]:
    """Model and row of each point whose intervals allow for its choice once the point is selected."""
    return [[one["model"], one["at"]] for one in _places(analysis, packed, picked(analysis))]


def _places(analysis: Analysis, packed: Pack, points: Iterable[Point]) -> list[dict[str, int]]:
    """Model and row of points among the packed curves."""
    return [
        {
            "model": packed.models.index(point.model),
            "at": analysis.evaluation.curve_of(point.model).row(point.threshold),
        }
        for point in points
        if point.model is not None
    ]


def _pinned(selection: Selection) -> dict[str, Any] | None:
    """The pinned point; `None` if no point is pinned."""
    analysis = selection.analysis
    if not selection.is_pinned:
        return None
    pinned = selection.compared
    model_curve = None if pinned.model is None else analysis.evaluation.curve_of(pinned.model)
    return {
        "model": None if pinned.model is None else str(pinned.model),
        "threshold": _plain(pinned.threshold),
        # A lower threshold that the reader set is not on the curve of its model.
        "below": None
        if model_curve is None or pinned.lower is None
        else model_curve.row(pinned.lower),
        "figures": _figures(analysis, pinned),
    }


def _figures(analysis: Analysis, point: OperatingPoint) -> dict[str, float | str | None]:
    """Figures of a point, without those that are undefined at every point of this data."""
    return {o.id: _plain(point.figures.get(o.id, math.nan)) for o in columns(analysis)}


def _stakeholder(page: PageView, stakeholder: Stakeholder, packed: Pack) -> dict[str, Any]:
    o, shown = stakeholder.objective, best_on_card(page.selection, stakeholder)
    ranks = rank_words(page.analysis, o)
    best = None
    if shown is not None:
        best = {
            "value": _plain(shown.pick.value),
            "model": packed.models.index(shown.pick.model),
            "at": page.evaluation.curve_of(shown.pick.model).row(shown.pick.threshold),
            "words": pick_words(page.analysis, page.names, o, shown.pick),
            "label": best_label(page.analysis, stakeholder),
            "kept": best_suffix(page.analysis, shown),
            "within": ""
            if o.of_model or stakeholder.pick is None
            else within_limits(page.analysis),
        }
    return {
        "name": stakeholder.name,
        "label": o.label,
        "wish": f"{o.superlative} {o.label}",
        "objective": o.id,
        "asks": needs_prices(o, page.scenario),
        "note": no_percent_words(page.analysis, o),
        "noteOpens": "today" if page.is_today_unsaid else "limits",
        "ranks": [ranks.get(name, "") for name in packed.models],
        "ranking": f"gaps?{urlencode(to_query(replace(page.choices, gaps=stakeholder.name)))}",
        "best": best,
        "bestWords": best_figure_words(page.analysis, stakeholder),
        "worst": _plain(scale_start(page.analysis, stakeholder)),
        "end": _plain(scale_end(page.analysis, stakeholder)),
    }


def _bound(bound: Bound) -> dict[str, Any]:
    return {
        "objective": bound.objective.id,
        "value": _plain(bound.value),
        "least": bound.objective.direction is Direction.MAXIMISE,
    }


def _plain(value: float) -> float | str | None:
    """A figure for JSON: `None` if it is undefined, the text "inf" or "-inf" if it is infinite."""
    value = float(value)
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")
