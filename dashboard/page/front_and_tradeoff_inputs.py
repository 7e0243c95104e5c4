"""The front and the trade-off as the page shows them: as values, and in a sentence each."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.certified import certified_points
from dashboard.analysis.compromises import compromise_of
from dashboard.analysis.optimism import on_new_data
from dashboard.analysis.resampled_figures import of_models, own_ranges
from dashboard.analysis.scenario_figures import visible
from dashboard.analysis.selection import Selection
from dashboard.figures.front_figure import (
    Acceptable,
    FrontView,
    LimitLine,
    Mark,
    discussed,
    front_view,
    line_of,
    marked,
    on_front,
)
from dashboard.figures.palette import DARK, LIGHT, ModelStyle, in_grey
from dashboard.figures.ranking_figure import RankingView
from dashboard.figures.tradeoff_figure import (
    Reach,
    Scales,
    StakeholderCurve,
    TradeoffView,
    along,
    is_logarithmic,
    reach,
    scales,
    stretches,
)
from dashboard.page.state import PageState
from dashboard.session.choices import STAKEHOLDERS
from dashboard.words.alternatives import FAIR
from dashboard.words.limit_names import TARGET, limit_noun
from dashboard.words.limits import limit_name
from dashboard.words.names import current_title, threshold_of
from dashboard.words.numbers import ends, figure, unit_period
from dashboard.words.phrases import bound_words, joined, some, wanted
from metrics import OBJECTIVES, Bound, Direction, Objective, Pick, pick
from metrics.errors import counted
from metrics.evaluation.operating_points import COUNTS, is_ordinary
from metrics.inference.front_stability import attainment_band
from metrics.inference.optimism import AtChoice, interval_at_choice
from metrics.inference.replicate_choices import Choice
from metrics.selection.limits import keeps_all
from metrics.selection.picks import implied_threshold, is_equal

LIMIT = "limit"
"""What a limit is called that is no `TARGET`."""

Axes = tuple[str, str]
"""Two stakeholders, by name."""
PAIRS: tuple[Axes, ...] = (
    (STAKEHOLDERS[1], STAKEHOLDERS[2]),
    (STAKEHOLDERS[0], STAKEHOLDERS[1]),
    (STAKEHOLDERS[0], STAKEHOLDERS[2]),
)


def ranked(analysis: Analysis, axes: Axes) -> Stakeholder | None:
    """Of two stakeholders the first whose wish chooses a model and no threshold: it is a ranking."""
    both = (analysis.stakeholder(name) for name in STAKEHOLDERS if name in axes)
    return next((stakeholder for stakeholder in both if stakeholder.objective.of_model), None)


def axes_to_choose(analysis: Analysis) -> dict[Axes, Stakeholder | None]:
    """What the front can show: two stakeholders against each other, or a ranking by one, each once."""
    out: dict[Axes, Stakeholder | None] = {}
    for axes in PAIRS:
        by = ranked(analysis, axes)
        if by is None or by not in out.values():
            out[axes] = by
    return out


def axes_shown(page: PageState) -> Axes:
    """Which of `axes_to_choose` is shown."""
    asked, able = page.choices.axes, axes_to_choose(page.analysis)
    if asked not in able and asked[::-1] in able:
        asked = asked[::-1]
    if asked in able:
        return asked
    by = ranked(page.analysis, asked)
    return next(axes for axes, one in able.items() if one == by)


def front_of(page: PageState, *, chosen: bool = False) -> FrontView:
    """The front; with the points under discussion where they are not drawn live."""
    across, up = (page.stakeholder(name).objective for name in page.choices.axes)
    objectives = [stakeholder.objective for stakeholder in page.stakeholders]
    named = [
        *_named_points(page.selection, across, up),
        *_compromise_marks(page.analysis, across, up),
    ]
    if chosen:
        point = page.chosen
        model, at = str(point.model), point.threshold
        place = point.figures[across.id], point.figures[up.id]
        named.append(Mark("chosen", model, at, *place, "chosen", point.lower))
    else:
        named = [mark for mark in named if mark.kind != "beside"]
    axes = page.choices.axes
    key = page.keyed("front without marks", page.unpriced_key, axes)
    bare = cache.STORE.get(key, lambda: front_view(page.points, objectives, across, up, ()))
    acceptable = _acceptable(page.analysis, across, up)
    worth = _worth_discussing(page.analysis, bare)
    [only] = worth if len(worth) == 1 else [""]
    view = replace(
        bare,
        worth=worth,
        marks=marked(named),
        wished=frozenset(
            s.pick.model for s in page.stakeholders if s.objective.of_model and s.pick is not None
        ),
        acceptable=acceptable,
        alone=_alone(page, across, up),
        level=frozenset(ties_with(page.analysis, only)[0]) if only else frozenset(),
    )
    known = page.uncertainty
    # Around a point or two the band would be a slab over the whole chart.
    if known is None or len(line_of(view)) < LINE:
        return view
    required = tuple(own.tobytes() for own in known.required)
    key = page.keyed("band", page.unpriced_key, axes, page.analysis.seed, required)
    band = cache.STORE.get(
        key, lambda: attainment_band(known.bootstrap, across, up, known.positions)
    )
    return replace(view, band=band)


def _worth_discussing(analysis: Analysis, view: FrontView) -> frozenset[str]:
    """Models with a point on the front that keeps the stakeholders' own conditions; with any, if none does.

    What is best only where nobody would go is not worth discussing. Limits of the meeting are left aside:
    they are part of what is discussed.
    """
    conditions = [s.bound for s in analysis.stakeholders if s.bound is not None]
    within = keeps_all(analysis.points, conditions)[view.points["row"].to_numpy(np.intp)]
    return on_front(view.points[within]) or on_front(view.points)


def worth_words(analysis: Analysis, view: FrontView) -> str:
    """Which models are worth discussing, in a sentence; nothing where all on the front are."""
    if view.worth == on_front(view.points):
        return ""
    conditions = [s.bound for s in analysis.stakeholders if s.bound is not None]
    while_kept = joined(
        [bound_words(bound, analysis.scenario) for bound in dict.fromkeys(conditions)]
    )
    return f"Worth discussing, in colour: models with such a mark {while_kept}."


def _alone(page: PageState, across: Objective, up: Objective) -> pd.DataFrame | None:
    """The line of the models without inspectors; None where nobody inspects."""
    if page.scenario.inspection is None:
        return None

    def found() -> pd.DataFrame:
        points = visible(page.alone.points, page.picks_key.hidden)
        view = front_view(points, [across, up], across, up, ())
        return line_of(view)[["x", "y"]]

    return cache.STORE.get(
        page.keyed("front without inspection", page.picks_key, page.choices.axes), found
    )


def _named_points(selection: Selection, across: Objective, up: Objective) -> list[Mark]:
    """Points with a name, where they lie on two objectives; equal picks share one label.

    Whose objective ranks models has none: every threshold of the best model is as good. The point under
    discussion is not among them: it moves, and the page draws it over the figure.
    """
    analysis = selection.analysis
    picks = [(s.pick, s.title) for s in analysis.choosing if s.pick is not None]
    marks = []
    for row, best in {best.row: best for best, _ in picks}.items():
        titles = ", ".join(title for pick, title in picks if pick.row == row)
        x, y = (float(analysis.points[o.id].array[row]) for o in (across, up))
        marks.append(Mark(titles, best.model, best.threshold, x, y, "pick"))
    named_points = [(current_title(analysis), analysis.current, "today")]
    if selection.compare == "pin":
        named_points.append(("pinned", selection.compared, "beside"))
    for name, other_point, kind in named_points:
        x, y = other_point.figures[across.id], other_point.figures[up.id]
        marks.append(
            Mark(name, other_point.model, other_point.threshold, x, y, kind, other_point.lower)
        )
    return marks


def _compromise_marks(analysis: Analysis, across: Objective, up: Objective) -> list[Mark]:
    """The compromise as a point with a name on the front."""
    point = compromise_of(analysis).point
    if point is None:
        return []
    x, y = point.figures[across.id], point.figures[up.id]
    return [Mark(FAIR.lower(), point.model, point.threshold, x, y, "compromise")]


def _acceptable(analysis: Analysis, across: Objective, up: Objective) -> Acceptable | None:
    """What the limits leave, as the front shows it; None without limits."""
    if not analysis.limits:
        return None
    found = [
        [
            line
            for axis, o in (("x", across), ("y", up))
            if (line := limit_line(analysis, bound, axis, o)) is not None
        ]
        for bound in analysis.limits
    ]
    return Acceptable(
        keeps_all(analysis.points, analysis.limits),
        [line for lines in found for line in lines],
        certified=certified_points(analysis),
        is_all=all(found),
    )


def limit_line(analysis: Analysis, bound: Bound, axis: str, o: Objective) -> LimitLine | None:
    """A limit as a line across an axis; None where its own figure does not follow the axis' in a line."""
    limited = analysis.points[bound.objective.id].to_numpy(np.float64)
    step = limit_line_through(limited, analysis.points[o.id].to_numpy(np.float64))
    if bound.objective.id == o.id:
        step = 0.0, 1.0
    if step is None:
        return None
    start, slope = step
    at = start + slope * float(bound.value)
    if not math.isfinite(at):  # beyond all figures
        return None
    if bound.objective.is_against_today:
        name = limit_name(bound, analysis.scenario)
        words = name[:1].lower() + name[1:]
    else:
        words = f"{bound.objective.label} {wanted(bound, analysis.scenario)}"
    above = (bound.objective.direction is Direction.MAXIMISE) == (slope > 0)
    return LimitLine(axis, at, words, above)


def limit_line_through(
    known: NDArray[np.float64], other: NDArray[np.float64]
) -> tuple[float, float] | None:
    """Start and slope of the straight line on which one figure follows another; None where there is none."""
    is_finite = np.isfinite(known) & np.isfinite(other)
    known, other = known[is_finite], other[is_finite]
    if known.size < 3:  # through two points there is always one
        return None
    low, high = known.argmin(), known.argmax()
    if known[low] == known[high] or other[low] == other[high]:
        return None
    slope = (other[high] - other[low]) / (known[high] - known[low])
    start = other[low] - slope * known[low]
    is_straight = np.abs(start + slope * known - other).max() <= 1e-9 * abs(
        other[high] - other[low]
    )
    return (float(start), float(slope)) if is_straight else None


LINE = 3
"""Points of a front from which on it is a line that a band can go along."""


def ranking_of(analysis: Analysis, view: FrontView, by: Stakeholder) -> RankingView:
    """The models by a stakeholder's figure, those that have one."""
    o = by.objective
    firsts = analysis.points.drop_duplicates("model")
    loss = o.direction.loss(firsts[o.id].to_numpy(np.float64))
    order = np.argsort(loss, kind="stable")  # undefined ones last
    order = order[: int(np.isfinite(loss).sum())]
    kept = firsts.iloc[order]
    positions = np.flatnonzero(~analysis.points["model"].duplicated().to_numpy())[order]
    models = tuple(map(str, kept["model"]))
    return RankingView(
        objective=o,
        models=models,
        rows=positions.astype(np.int32),
        values=kept[o.id].to_numpy(np.float64),
        coloured=discussed(view),
        today=analysis.current.figures.get(o.id, np.nan),
        undefined=len(firsts) - len(kept),
        ends=of_models(analysis, o, models),
    )


def coloured_models(page: PageState) -> frozenset[str]:
    """Models that have colour: those worth discussing, and the chosen one, as on the front."""
    key = page.keyed("worth discussing", page.picks_key, page.analysis.weights, page.choices.axes)
    return cache.STORE.get(key, lambda: discussed(front_of(page))) | {str(page.chosen.model)}


def model_styles_of(
    page: PageState, neighbours: Iterable[tuple[str, str]] = ()
) -> dict[str, ModelStyle]:
    """Colour and shape of each model; grey where it is not worth discussing, neighbours in two greys."""
    return in_grey(page.styles, coloured_models(page), neighbours)


def styles_with_today(
    selection: Selection, model_styles: Mapping[str, ModelStyle]
) -> dict[str, ModelStyle]:
    """The styles, today's model in the grey of today's line on Decide, unless it is the chosen one."""
    today, grey = selection.analysis.current.model, {"light": LIGHT.muted, "dark": DARK.muted}
    if today is None or today == selection.point.model:
        return dict(model_styles)
    return {**model_styles, today: replace(model_styles[today], **grey)}


def finding_of(page: PageState, view: FrontView) -> str:
    """The front in one short sentence."""
    models = sorted(view.worth)
    everyone = page.points["model"].nunique()
    if everyone == 1:
        return f"{page.label(str(page.points['model'].iloc[0]))} is the only model"
    if len(models) == 1:
        level, apart = ties_with(page.analysis, models[0])
        if level:
            names = some([page.label(m) for m in (models[0], *level)], "models")
            return f"{names} tie but for {joined([o.label for o in apart])}"
        return f"Only {page.label(models[0])} is worth discussing"
    return worth_discussing(page.analysis, view)


def worth_discussing(analysis: Analysis, view: FrontView) -> str:
    """How many models are worth discussing: the head over the front, and its finding where it is no other.

    Where one alone is, how many are as good but for what chooses no threshold.
    """
    everyone = analysis.points["model"].nunique()
    if everyone == 1:
        return "The only model"
    count = len(view.worth) + len(view.level)
    among = f"{'All' if count == everyone else f'{count} of'} {everyone} models"
    return f"{among} tie" if view.level else f"{among} worth discussing"


def ties_with(analysis: Analysis, model: str) -> tuple[tuple[str, ...], tuple[Objective, ...]]:
    """Models whose best is as good as a model's wherever a threshold is chosen, and what tells them apart."""
    names = [str(m) for m in analysis.points["model"].unique()]
    level = set(names) - {model} if analysis.choosing else set()
    for s in analysis.choosing:
        bests = _values_by_model(analysis, s)
        if model not in bests:
            return (), ()
        level &= {m for m, value in bests.items() if is_equal(value, bests[model])}
    figures = analysis.points.drop_duplicates("model").set_index("model")
    apart = dict.fromkeys(
        s.objective
        for s in analysis.stakeholders
        if s.objective.of_model
        and not all(
            is_equal(figures[s.objective.id][m], figures[s.objective.id][model]) for m in level
        )
    )
    return tuple(m for m in names if m in level and apart), tuple(apart)


def _values_by_model(analysis: Analysis, stakeholder: Stakeholder) -> dict[str, float]:
    rows = _best_of_each_model(analysis, stakeholder.objective, stakeholder.bound)
    best = analysis.points.loc[rows, ["model", stakeholder.objective.id]]
    return {str(m): float(value) for m, value in best.itertuples(index=False)}


def shades(analysis: Analysis, view: FrontView) -> tuple[tuple[str, str], ...]:
    """What has a key on the front, a line or a shade, and what that is."""
    return tuple(
        (shade, words)
        for shade, words, there in (
            ("black", "best trade-offs", len(line_of(view)) > 1),
            ("grey", "likely range", view.band is not None),
            (
                "blue",
                f"{limit_noun(analysis)} met" if analysis.limits else "",
                bool(analysis.limits),
            ),
            ("dotted", "without inspectors", view.alone is not None),
        )
        if there
    )


def certified_words(view: FrontView) -> str:
    """How the front shows what is certified; nothing where nothing is, or it is not known."""
    known = None if view.acceptable is None else view.acceptable.certified
    return "" if known is None or not known.any() else "Thick: certified."


def left_out_of(analysis: Analysis, view: FrontView) -> tuple[str, ...]:
    """What the front does not show, in a sentence each."""
    out = []
    if view.undefined:
        points = counted(view.undefined, "point")
        out.append(f"{points} left out where an objective is undefined.")
    if not any(mark.kind == "today" for mark in view.marks):
        out.append(f"Today has no {_missing(analysis, view)} to be drawn at.")
    return tuple(out)


def _missing(analysis: Analysis, view: FrontView) -> str:
    return next(o.label for o in (view.across, view.up) if np.isnan(analysis.current.figures[o.id]))


def tradeoff_of(page: PageState, *, chosen: bool = False) -> TradeoffView:
    """The trade-off; with the threshold under discussion where it is not drawn live."""
    model_points, model = page.model_points, str(page.chosen.model)
    at = page.chosen.threshold
    flagged, missed = shares_of_file(model_points)
    curves = [_stakeholder_curve(page.selection, stakeholder) for stakeholder in page.choosing]
    apart = () if curves else [(one.title, one.objective) for one in page.stakeholders]
    curves = curves or [_errors_curve(page.selection)]
    if chosen and page.chosen.lower is not None:
        figures = page.chosen.figures
        curves = [replace(curve, chosen=figures[curve.objective.id]) for curve in curves]
    return TradeoffView(
        model=model,
        thresholds=model_points["threshold"].to_numpy(),
        x=along(model_points, page.choices.x),
        axis=page.choices.x,
        flagged=flagged,
        missed=missed,
        curves=curves,
        scales=scales_of(page.analysis),
        chosen=page.evaluation.curve_of(model).row(at) if chosen else None,
        apart=apart,
        least=least_shown(page.selection),
        # Beside the curves, which are of the cheapest bands, a band that was set keeps others.
        kept=kept_by_model(page) if chosen and page.chosen.lower is None else (),
    )


def kept_by_model(page: PageState) -> tuple[tuple[float, float], ...]:
    """Stretches of the axis along which the chosen model keeps all limits in this file."""
    if not page.limits:
        return ()

    def found() -> tuple[tuple[float, float], ...]:
        own = page.model_points
        return stretches(along(own, page.choices.x), keeps_all(own, page.limits), page.choices.x)

    follows = page.picks_key, page.limits_in_force, page.chosen.model, page.choices.x
    return cache.STORE.get(page.keyed("kept by model", *follows), found)


def kept_words(page: PageState) -> str:
    """What the bar along the trade-off's axis is, or that there is none; nothing without limits.

    Nor with a band that a hand has set: the bar is then of such bands, which the browser alone knows.
    """
    if not page.limits or page.chosen.lower is not None:
        return ""
    return f"{limit_noun(page.analysis)} met{'' if kept_by_model(page) else ' nowhere'}"


def shares_of_file(points: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of the file's units flagged, and of its defects missed, whatever the defect rate is."""
    tp, fp, fn, tn = (points[name].to_numpy(np.float64) for name in COUNTS)
    with np.errstate(invalid="ignore"):
        return (tp + fp) / (tp + fp + fn + tn), np.nan_to_num(fn / (tp + fn))


def least_shown(selection: Selection) -> Reach:
    """How far the trade-off is drawn, so that the chosen point and today's are on it."""
    analysis = selection.analysis
    model_points = selection.model_points
    named = [selection.point.threshold]
    if analysis.current.model == selection.point.model:
        named.append(analysis.current.threshold)
    thresholds = model_points["threshold"].to_numpy(np.float64)
    rows = np.searchsorted(thresholds, [at for at in named if at < np.inf]).clip(
        max=len(model_points) - 1
    )
    flagged, missed = shares_of_file(model_points)
    return reach(flagged[rows].tolist(), missed[rows].tolist())


def _stakeholder_curve(selection: Selection, stakeholder: Stakeholder) -> StakeholderCurve:
    analysis = selection.analysis
    model_points = selection.model_points
    return StakeholderCurve(
        stakeholder=stakeholder.title,
        objective=stakeholder.objective,
        values=model_points[stakeholder.objective.id].to_numpy(np.float64),
        best=_best(analysis, stakeholder, model_points),
        today=analysis.current.figures[stakeholder.objective.id],
        ends=own_ranges(selection, stakeholder.objective),
        is_pick=stakeholder.pick is not None and stakeholder.pick.model == selection.point.model,
        limits=_limits_on(analysis, stakeholder.objective),
    )


def _limits_on(analysis: Analysis, o: Objective) -> tuple[LimitLine, ...]:
    """The meeting's limits as lines across a curve, each called by one word."""
    return tuple(
        replace(line, words=TARGET if bound.objective.is_against_today else LIMIT)
        for bound in analysis.limits
        if (line := limit_line(analysis, bound, "y", o)) is not None
    )


def _errors_curve(selection: Selection) -> StakeholderCurve:
    """What a threshold is chosen by where no stakeholder chooses one."""
    analysis = selection.analysis
    o, model_points = OBJECTIVES["cost_of_errors"], selection.model_points
    best = pick(model_points, o, analysis.evaluation)
    values = model_points[o.id].to_numpy(np.float64)
    row = None if best is None else best.row
    return StakeholderCurve(
        "Errors",
        o,
        values,
        row,
        analysis.current.figures[o.id],
        limits=_limits_on(analysis, o),
    )


def _best(analysis: Analysis, stakeholder: Stakeholder, model_points: pd.DataFrame) -> int | None:
    """The threshold of this model that the stakeholder would pick within the limits."""
    best = pick(
        model_points,
        stakeholder.objective,
        analysis.evaluation,
        bound=stakeholder.bound,
        limits=analysis.limits,
    )
    return None if best is None else best.row


def scales_follow(analysis: Analysis) -> tuple[Hashable, ...]:
    """What the trade-off's curves and their scales follow from besides the data and what is shown."""
    picked = tuple(None if s.pick is None else s.pick.row for s in analysis.choosing)
    return analysis.unpriced_key if analysis.choosing else analysis.picks_key, picked


def scales_of(analysis: Analysis) -> Scales:
    """Scales of the trade-off, the same for all models of a scenario."""
    return cache.STORE.get(
        analysis.keyed("scales", *scales_follow(analysis)), lambda: _scales(analysis)
    )


def _scales(analysis: Analysis) -> Scales:
    """From each model's best thresholds, and from today's system."""
    wanted = [(stakeholder.objective, stakeholder.bound) for stakeholder in analysis.choosing]
    picked = [
        stakeholder.pick.row for stakeholder in analysis.choosing if stakeholder.pick is not None
    ]
    best: dict[Objective, list[int]] = {}
    for o, bound in wanted or [(OBJECTIVES["cost_of_errors"], None)]:
        best.setdefault(o, []).extend(_best_of_each_model(analysis, o, bound))
    named = {
        o.id: [analysis.current.figures[o.id], *analysis.points[o.id].loc[picked].tolist()]
        for o in best
    }
    hidden = analysis.picks_key.hidden
    follows = hidden, analysis.scenario.inspection
    log = cache.STORE.get(
        analysis.keyed("scale of thresholds", follows), lambda: is_logarithmic(analysis.points)
    )
    return scales(analysis.points, best, named, log=log)


def _best_of_each_model(analysis: Analysis, o: Objective, bound: Bound | None) -> list[int]:
    """Row of the best figure that each model has within a condition."""
    points = analysis.points
    able = is_ordinary(points)
    if bound is not None:
        able &= bound.holds(points)
    loss = np.where(able, o.direction.loss(points[o.id].to_numpy(np.float64)), np.nan)
    firsts = np.flatnonzero(~points["model"].duplicated().to_numpy())
    pieces = zip(firsts, np.split(loss, firsts[1:]), strict=True)
    return [int(k + np.nanargmin(own)) for k, own in pieces if np.isfinite(own).any()]


def least_cost(page: PageState, model: str) -> str:
    """Where the model's errors cost least."""
    best = pick(page.model_points, OBJECTIVES["cost_of_errors"], page.evaluation)
    if best is None:
        return f"No threshold of {page.label(model)} flags some units and not all"
    return f"Errors cost least at {threshold_of(page.figures, model, best.threshold)}"


def cheapest(page: PageState, model: str) -> tuple[str, str, str]:
    """Where the model's errors cost least; how much; and whether its probabilities say so."""
    o, evaluation = OBJECTIVES["cost_of_errors"], page.evaluation
    best = pick(page.model_points, o, evaluation)
    finding = least_cost(page, model)
    if best is None:
        return finding, "", ""
    cost = f"Cost of errors there, in false alarms: {figure(o, best.value, page.scenario)}"
    period = unit_period(o, page.scenario)
    cost += f" {period}" if period else ""
    if page.uncertainty is not None:
        at_choice = _least_cost(page.selection, best)
        known = ends(o, best.value, at_choice.low, at_choice.high, page.scenario)
        cost += f" ({known} on new data)" if known else ""
    cost += "."
    mark = implied_threshold(evaluation)
    if np.isnan(mark):
        return finding, cost, ""
    off = ": look at its calibration" if _off(mark, best.threshold) else ""
    return finding, cost, f"Its probabilities alone would say {mark:.3g}{off}."


def _least_cost(selection: Selection, best: Pick) -> AtChoice:
    """A model's least cost, with an interval that knows that the threshold was chosen for it."""
    analysis = selection.analysis
    assert analysis.uncertainty is not None
    bootstrap, o = analysis.uncertainty.bootstrap, OBJECTIVES["cost_of_errors"]
    if selection.point.place == (best.model, best.threshold, None):  # one figure has one range
        at_choice = on_new_data(selection, o, selection.point)
        if at_choice is not None:
            return at_choice

    def made() -> AtChoice:
        choice = Choice(o, models=(best.model,))
        return interval_at_choice(bootstrap, choice, best.model, best.threshold, [o])[o.id]

    return cache.STORE.get(analysis.keyed("least cost", analysis.intervals_key, best.model), made)


def _off(implied: float, best: float) -> bool:
    """Whether the implied threshold is far from the cheapest: by more than a factor of two."""
    return not (0.5 <= (best / implied if implied else np.inf) <= 2)
