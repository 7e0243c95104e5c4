"""The front and the trade-off as the page shows them: as values, and in a sentence each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.figures.front_view import FrontView, Mark, front_view
from dashboard.figures.tradeoff_view import StakeholderCurve, TradeoffView, along
from dashboard.page import decision_support
from dashboard.page.card_text import on_other_rows
from dashboard.page.state import PageState, point_of
from dashboard.page.uncertainty import interval, shown_ranges
from dashboard.session.choices import STAKEHOLDER_TITLES, STAKEHOLDERS
from metrics import OBJECTIVES, pick
from metrics.errors import counted
from metrics.inference.attainment import attainment_band
from metrics.inference.statistics import Interval
from metrics.narrative.formatting import figure, span, unit_words
from metrics.selection.picks import implied_threshold


def front_of(page: PageState, *, chosen: bool = False) -> FrontView:
    """The front; with the point under discussion where it is not drawn live."""
    across, up = (page.stakeholder(name).objective for name in page.choices.axes)
    objectives = [stakeholder.objective for stakeholder in page.stakeholders]
    stands = band = None
    known = page.uncertainty
    if known is not None:
        stands = known.front_probability[page.visible_rows]
        band = attainment_band(known.bootstrap, across, up, known.positions)
    support = decision_support.support_of(page)
    named = [*page.marks(across, up), *decision_support.marks(support, page, across, up)]
    if chosen:
        point = page.chosen
        model, at = str(point.model), point.threshold
        place = point.figures[across.id], point.figures[up.id]
        named.append(Mark("chosen", model, at, *place, "chosen"))
    view = front_view(page.points, objectives, across, up, named, stands)
    acceptable = decision_support.acceptable(support, page, across, up)
    return replace(view, band=band, ranges=shown_ranges(page), acceptable=acceptable)


def finding_of(page: PageState, view: FrontView) -> str:
    """The front in one sentence."""
    front = view.points[view.points["front"]]
    models = list(dict.fromkeys(front["model"]))
    everyone = page.points["model"].nunique()
    if len(models) == 1:
        text = f"{page.label(models[0])} alone is on the front of all three stakeholders"
    elif len(models) == everyone:
        text = f"Each of the {everyone} models is on the front of all three stakeholders somewhere"
    else:
        text = f"{len(models)} of {everyone} models are on the front of all three stakeholders"
    if view.undefined:
        text += f"; {counted(view.undefined, 'point')} left out where an objective is undefined"
    if not any(mark.kind == "today" for mark in view.marks):
        text += f"; today has no {_missing(page, view)} to be drawn at"
    return text


def _missing(page: PageState, view: FrontView) -> str:
    return next(o.label for o in (view.across, view.up) if np.isnan(page.today.figures[o.id]))


def tradeoff_of(page: PageState, *, chosen: bool = False) -> TradeoffView:
    """The trade-off; with the threshold under discussion where it is not drawn live."""
    own, model = page.model_points, str(page.chosen.model)
    at = page.chosen.threshold
    return TradeoffView(
        model=model,
        thresholds=own["threshold"].to_numpy(),
        x=along(own, page.choices.x),
        axis=page.choices.x,
        flagged=own["share_flagged"].to_numpy(np.float64),
        curves=[_stakeholder_curve(page, name) for name in STAKEHOLDERS],
        chosen=page.evaluation.curve_of(model).row(at) if chosen else None,
        implied=implied_threshold(page.evaluation),
    )


def _stakeholder_curve(page: PageState, name: str) -> StakeholderCurve:
    stakeholder, own = page.stakeholder(name), page.model_points
    best = pick(own, stakeholder.objective, page.evaluation, bound=stakeholder.bound)
    ends = shown_ranges(page).get(stakeholder.objective.id)
    mine = (page.points["model"] == page.chosen.model).to_numpy()
    return StakeholderCurve(
        stakeholder=STAKEHOLDER_TITLES[name],
        objective=stakeholder.objective,
        values=own[stakeholder.objective.id].to_numpy(np.float64),
        best=None if best is None else best.row,
        today=page.today.figures[stakeholder.objective.id],
        ends=None if ends is None else Interval(ends.low[mine], ends.high[mine]),
    )


def cheapest(page: PageState, model: str) -> tuple[str, str, str]:
    """Where the model's errors cost least; how much; and whether its probabilities say so."""
    o, evaluation = OBJECTIVES["cost_of_errors"], page.evaluation
    best = pick(page.model_points, o, evaluation)
    if best is None:
        return f"No threshold of {page.label(model)} flags some units and not all", "", ""
    finding = f"Errors cost least at {page.figures.threshold_words(model, best.threshold)}"
    cost = f"Least cost: {figure(o, best.value, page.scenario)} {unit_words(o, page.scenario)}".rstrip()
    if page.uncertainty is not None:
        point = point_of(page.model_points, best.row)
        known = span(o, best.value, *interval(page, page.uncertainty, o, point), page.scenario)
        elsewhere = on_other_rows(page, o, best)
        cost += (f" ({known})" if known else "") + (f"; {elsewhere}" if elsewhere else "")
    cost += "."
    mark = implied_threshold(evaluation)
    if np.isnan(mark):
        return finding, cost, ""
    off = ": look at its calibration" if _off(mark, best.threshold) else ""
    return finding, cost, f"Short upright dash: its probabilities alone would say {mark:.3g}{off}."


def _off(implied: float, best: float) -> bool:
    """Whether the implied threshold is far from the cheapest: by more than a factor of two."""
    return not (0.5 <= (best / implied if implied else np.inf) <= 2)
