"""Charts of evidence: ROC, precision-recall, reliability and decision curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dashboard.analysis.evidence.model_evidence import Line, ModelEvidence
from dashboard.figures.front_figure import MARKS
from dashboard.figures.layout import house_layout
from dashboard.figures.palette import POINT_MARKS, ModelStyle, Palette, pale
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.threshold_lines import NamedThreshold, draw_thresholds
from dashboard.words.numbers import number
from dashboard.words.phrases import capital, per_100
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class Named:
    """How a point is marked and called here and on the front.

    Attributes
    ----------
    kind : str
        Of mark.
    words : str
        Where there is room for it.
    short : str
        Where there is little, as at its threshold: at most as long as a stakeholder's title.
    """

    kind: str
    words: str
    short: str

    @property
    def marked(self) -> str:
        """The short name behind its mark."""
        return f"{POINT_MARKS[self.kind]} {self.short}"


Tip = list[str]
"""What is said of a place under the pointer: a line each, the first as a title."""


@dataclass(frozen=True)
class OperatingTips:
    """What is said of one model where a curve shows its thresholds, be it ROC or precision-recall.

    Attributes
    ----------
    along : list of list of str
        Of each of its thresholds.
    point : list of str
        Of the operating point; empty where there is none.
    """

    along: list[Tip]
    point: Tip


HEIGHT = 300
Styles = Mapping[str, ModelStyle]
Label = Callable[[str], str]
"""A model's name as the page writes it."""
Words = Callable[[str, float | None], str]
"""A model at a threshold, if it has one, as the page writes it."""
DASHES = ("solid", "dash")
"""Of the chosen model's line, and of the one beside it."""


def operating_tips(
    shown: Sequence[ModelEvidence], named: Sequence[Named], words: Words
) -> list[OperatingTips]:
    """What both curves along the thresholds say under the pointer, of each model that is shown."""
    return [_tips_of(one, name, words) for one, name in zip(shown, named, strict=False)]


def roc_figure(
    shown: Sequence[ModelEvidence],
    named: Sequence[Named],
    palette: Palette,
    styles: Styles,
    tips: Sequence[OperatingTips],
) -> Drawing:
    """Recall along the share of good units that is flagged; a guess lies on the diagonal."""
    lines, titles = [one.roc for one in shown], ("Good units flagged", "Defects caught")
    return _operating_figure(lines, SHARES, titles, shown, named, palette, styles, tips)


def precision_recall_figure(
    shown: Sequence[ModelEvidence],
    named: Sequence[Named],
    rate: float,
    palette: Palette,
    styles: Styles,
    tips: Sequence[OperatingTips],
) -> Drawing:
    """Precision along the recall; a guess has the defect rate everywhere."""
    lines = [one.precision_recall for one in shown]
    titles, level = ("Defects caught", "Defects among the flagged"), np.full(SHARES.size, rate)
    return _operating_figure(lines, level, titles, shown, named, palette, styles, tips)


SHARES = np.linspace(0, 1, 101)
"""Along an axis of shares, where a line of reference is drawn and named."""


def _operating_figure(
    lines: Sequence[Line],
    guess: Floats,
    titles: tuple[str, str],
    shown: Sequence[ModelEvidence],
    named: Sequence[Named],
    palette: Palette,
    styles: Styles,
    tips: Sequence[OperatingTips],
) -> Drawing:
    """Curves along the thresholds, with the operating points on them and what a guess would give."""
    fig = _begun(palette, *titles)
    _named_reference(fig, palette, guess, lines, "a guess", taken=_marks(lines))
    for k, one in _from_the_back(shown):
        color = _color(one, styles, palette)
        _line(fig, lines[k], k, palette, color, tips[k].along)
        _mark(fig, lines[k].point, named[k], palette, color, tips[k].point)
    return _shares(fig)


def reliability_figure(
    shown: Sequence[ModelEvidence],
    named: Sequence[Named],
    palette: Palette,
    styles: Styles,
    label: Label = str,
) -> Drawing:
    """Share of defects along the predicted probability, with intervals; what comes true is the diagonal."""
    fig = _begun(palette, "Predicted probability", "Share that was defective")
    known = [k for k, one in enumerate(shown) if np.isfinite(one.probability)]
    lines, uprights = (
        [_reliability_line(one) for one in shown],
        [shown[k].probability for k in known],
    )
    _named_reference(fig, palette, SHARES, lines, "comes true", uprights=uprights)
    for k, one in _from_the_back(shown):
        reliability_bins, ends = one.reliability, one.reliability_ends
        has_units = reliability_bins.units > 0
        color = _color(one, styles, palette)
        predicted = reliability_bins.predicted[has_units]
        if ends is not None and k == 0:
            _band(fig, predicted, ends.low[has_units], ends.high[has_units], color)
        observed = reliability_bins.observed[has_units]
        shares_of_units = reliability_bins.units[has_units] / reliability_bins.units.sum()
        fig.add_scatter(
            x=predicted,
            y=observed,
            customdata=[
                _tip(
                    label(one.model),
                    f"it says {per_100(said)} of 100 are defects",
                    f"{per_100(came)} of 100 are",
                    f"{per_100(part)} of 100 units score so",
                )
                for said, came, part in zip(predicted, observed, shares_of_units, strict=True)
            ],
            mode="lines+markers",
            line={"color": color, "width": 2 if k == 0 else 1.2, "dash": DASHES[k]},
            marker={"color": color, "size": 5},
            opacity=1.0 if k == 0 else 0.75,
            hoverinfo="none",
            name=_place(k),
        )
    thresholds = [
        NamedThreshold(one.probability, named[k].marked, _color(one, styles, palette))
        for k, one in enumerate(shown)
        if k in known
    ]
    above = draw_thresholds(fig, thresholds, height=HIGH)
    fig.update_layout(height=HEIGHT + above, margin={"t": TOP + above})
    return _shares(fig)


def _reliability_line(one: ModelEvidence) -> Line:
    """A model's curve of reliability, and its band."""
    bins = one.reliability
    return Line(
        bins.predicted, bins.observed, bins.predicted, one.reliability_ends, (np.nan, np.nan)
    )


def decision_figure(
    shown: Sequence[ModelEvidence],
    named: Sequence[Named],
    everything: Floats,
    price: Callable[[float], str],
    palette: Palette,
    styles: Styles,
    words: Words,
) -> Drawing:
    """Net benefit of 1,000 units along what a miss may cost; above both references acting pays.

    Parameters
    ----------
    everything : ndarray
        Net benefit of holding back every unit, where the models' is known.
    price : callable
        A threshold probability as what a miss costs.

    Notes
    -----
    A point lies on the line of its own threshold, which is kept at every price. The decision curve proper,
    whose threshold follows the price, is a thin line of the chosen model alone.
    """
    fig = _begun(palette, "False alarms that a miss costs", "Good done, in defects per 1,000 units")
    chosen = shown[0]
    along = chosen.decision.along
    prices, ends = _prices(along), _benefits_in_sight(shown)
    lines = [1000 * one.decision.y for one in shown]
    band = chosen.decision.band
    sides = [] if band is None else [1000 * band.low, 1000 * band.high]
    follows = 1000 * chosen.decision_curve
    color = _color(chosen, styles, palette)
    every = {"hold back all": 1000 * everything, "ship all": np.zeros(along.size), FOLLOWS: follows}
    fig.add_scatter(
        x=prices,
        y=follows,
        mode="lines",
        line={"color": color, "width": 1},
        customdata=[
            _tip(f"Threshold {FOLLOWS}", *_good_done(p, y, price))
            for p, y in zip(along, follows, strict=True)
        ],
        hoverinfo="none",
        name="decision curve",
    )
    taken = [
        _Taken(float(np.log10(_prices(one.decision.point[0]))), 1000 * one.decision.point[1])
        for one in shown
        if np.isfinite(one.decision.point).all()
    ]
    for name, y in every.items():
        if name != FOLLOWS:
            _reference(fig, palette, prices, y, name)
        others = lines + [other for known, other in every.items() if known != name]
        # What is thin the note below the chart says as well; references have no other name.
        own: dict[str, Any] = {"color": color, "least": CLEAR} if name == FOLLOWS else {}
        along_prices = np.log10(prices), y, others, sides, ends
        taken += _name_line(fig, palette, *along_prices, name, taken=taken, **own)
    for k, one in _from_the_back(shown):
        line, title = one.decision, words(one.model, one.threshold)
        title += f", threshold {FOLLOWS}" if one.threshold is None else ""
        at, done = line.point[0], 1000 * line.point[1]
        priced = replace(line, x=_prices(line.x), along=prices)
        tips = [
            _tip(title, *_good_done(p, 1000 * good, price))
            for p, good in zip(line.x, line.y, strict=True)
        ]
        color = _color(one, styles, palette)
        _line(fig, priced, k, palette, color, tips, scale=1000.0)
        tip = _tip(f"{capital(named[k].words)}: {title}", *_good_done(at, done, price))
        _mark(fig, (float(_prices(at)), done), named[k], palette, color, tip)
    least, most = float(prices[-1]), float(prices[0])
    ticks = [miss for miss in PRICES if least * 0.999 <= miss <= most * 1.001]
    fig.update_xaxes(
        type="log",
        range=[np.log10(least), np.log10(most)],
        tickvals=ticks,
        ticktext=[f"{miss:,g}" for miss in ticks],
    )
    fig.update_yaxes(range=ends, nticks=6)
    return fig


FOLLOWS = "follows the price"
"""What the thin line of net benefit is called: its threshold does."""


def _good_done(probability: float, good: float, price: Callable[[float], str]) -> tuple[str, str]:
    """Lines of a tip on net benefit."""
    costs = price(probability)
    alarms = "false alarm" if costs == "1" else "false alarms"
    return f"a miss at {costs} {alarms}", f"worth {number(good, 1)} caught defects per 1,000 units"


def _prices(probabilities: Floats | float) -> Floats:
    """What a miss costs where units of these probabilities are just worth holding back."""
    p = np.asarray(probabilities, np.float64)
    return (1 - p) / p


def _benefits_in_sight(shown: Sequence[ModelEvidence]) -> list[float]:
    """Ends of the upright axis: the chosen line with its band, all points, and no harm without end."""
    chosen = shown[0].decision
    points = [1000 * model_evidence.decision.point[1] for model_evidence in shown]
    bands = () if chosen.band is None else (chosen.band.low, chosen.band.high)
    values = [0.0, *points]
    for y in (chosen.y, shown[0].decision_curve, *bands):
        values += (1000 * y).tolist()
    known = [value for value in values if np.isfinite(value)]
    low, high = min(known), max(known)
    high = high if high > 0 else 1.0  # where nothing does good, as what flags no unit
    low = max(low, min([-HARM * high, *(value for value in points if np.isfinite(value))]))
    room = 0.07 * (high - low)
    return [low - room, high + room]


HARM = 0.75
"""So much of the most good is shown of what does harm."""


@dataclass(frozen=True)
class _Taken:
    """A place on the axes, and the pixels around it that a mark or a name takes."""

    x: float
    y: float
    left: float = 11.0
    right: float = 11.0
    below: float = 11.0
    above: float = 11.0


def _marks(lines: Sequence[Line]) -> list[_Taken]:
    """What the operating points of some curves take."""
    return [_Taken(*line.point) for line in lines if np.isfinite(line.point).all()]


def _at(places: Floats, lines: Sequence[Line]) -> tuple[list[Floats], list[Floats]]:
    """Some curves, and the sides of the first one's band, at some places along the axis."""

    def known(x: Floats, y: Floats) -> Floats:
        is_known = np.isfinite(x) & np.isfinite(y)
        if not is_known.any():
            return np.full(places.size, np.nan)
        order = np.lexsort((y[is_known], x[is_known]))
        own = x[is_known][order], y[is_known][order]
        return np.interp(places, *own, left=np.nan, right=np.nan)

    band = lines[0].band
    sides = [] if band is None else [band.low, band.high]
    return [known(line.x, line.y) for line in lines], [known(lines[0].along, y) for y in sides]


def _name_line(
    fig: Drawing,
    palette: Palette,
    x: Floats,
    y: Floats,
    others: Sequence[Floats],
    sides: Sequence[Floats],
    ends: Sequence[float],
    words: str,
    *,
    uprights: Sequence[float] = (),
    taken: Sequence[_Taken] = (),
    color: str | None = None,
    least: float = -math.inf,
) -> list[_Taken]:
    """Write a line's name beside it, there where all else is farthest from the whole name.

    Parameters
    ----------
    others : sequence of ndarray
        Other lines at the same places.
    sides : sequence of ndarray
        Sides of a band there: rather on them than close to a line.
    uprights : sequence of float
        Places of upright lines.
    taken : sequence of _Taken
        Marks and other names.
    least : float
        Pixels that have to be free around the name.

    Returns
    -------
    list of _Taken
        The name's own place; nothing where there is none in sight.
    """
    order = np.argsort(x)
    x, y, others = x[order], y[order], [other[order] for other in (*others, *sides)]
    is_side = np.arange(len(others)) >= len(others) - len(sides)
    across, tall = WIDE / (x[-1] - x[0]), HIGH / (ends[1] - ends[0])  # pixels of a unit
    level = y[0] == y[-1]  # off a line that rises, and not upon its next stretch
    name, off = LETTER * len(words), 0 if level else ASIDE
    # In the usual picture and in a narrow one.
    pictures = [(wide, wide * across * (x - x[0])) for wide in (1, NARROWEST)]
    apart = [float(np.diff(pixels).max()) for _, pixels in pictures]
    best: dict[bool, list[tuple[float, int]]] = {}
    for up in (False, True):
        begin = -name / 2 if level else -name - off if up else off
        for k in np.flatnonzero((y > ends[0]) & (y < ends[1]))[::EVERY]:
            low, high = tall * (y[k] - ends[0]) + np.array([0, LINE] if up else [-LINE, 0])
            lefts = [float(pixels[k]) + begin for _, pixels in pictures]
            if low < 0 or high > HIGH:
                continue
            if any(
                left < 0 or left + name > wide * WIDE
                for left, (wide, _) in zip(lefts, pictures, strict=True)
            ):
                continue
            rooms, on_sides = [float(HIGH)], [float(HIGH)]
            for left, (wide, pixels), step in zip(lefts, pictures, apart, strict=True):
                # With the next places to either side, from which the lines come in.
                under = np.abs(pixels - left - name / 2) <= name / 2 + step
                for other, of_band in zip(others, is_side, strict=True):
                    heights = tall * (other[under] - ends[0])
                    heights = heights[np.isfinite(heights)]
                    if heights.size:  # wholly below the name, or above
                        away = max(low - heights.max(), heights.min() - high)
                        (on_sides if of_band else rooms).append(float(away))
                rooms += [
                    abs(wide * across * (at - x[0]) - left - name / 2) - name / 2 for at in uprights
                ]
                for one in taken:
                    middle, level_at = wide * across * (one.x - x[0]), tall * (one.y - ends[0])
                    rooms.append(
                        max(
                            middle - one.left - left - name,
                            left - middle - one.right,
                            level_at - one.below - high,
                            low - level_at - one.above,
                        )
                    )
            room = min(*rooms, min(on_sides) + RATHER)
            if room >= least:
                best.setdefault(up, []).append((round(float(room), 1), int(k)))
    if not best:
        return []
    # Of two sides that are as far, where there is more of it; in the midst of that.
    farthest = {side: max(found)[0] for side, found in best.items()}
    as_far = {s: [k for room, k in best[s] if room >= farthest[s] - NEARLY] for s in best}
    up = max(best, key=lambda side: (farthest[side], len(as_far[side])))
    middle = as_far[up][len(as_far[up]) // 2]
    at = float(x[middle]), float(y[middle])
    fig.add_annotation(
        x=at[0],
        y=at[1],
        text=words,
        showarrow=False,
        xanchor="center" if level else "right" if up else "left",
        xshift=0 if level else -off if up else off,
        yanchor="bottom" if up else "top",
        font={"size": 12, "color": color or palette.muted},
    )
    before, behind = (name / 2, name / 2) if level else (name + off, 0) if up else (0, name + off)
    below, above = (0, LINE) if up else (LINE, 0)
    return [_Taken(*at, before, behind, below, above)]


WIDE, HIGH = 400, 245
"""Size of what is drawn on, in pixels, near enough."""
NARROWEST = 0.65
"""So much of that width a telephone has."""
TOP = 8
"""Pixels above a picture."""
LETTER, LINE, ASIDE, NEARLY, RATHER, CLEAR, EVERY = 6.0, 16, 6, 2, 30, 3, 4
"""Of a name: width of a letter, height, how far it stands off its line; what is as good as as far; how much
nearer to a line it would have to be before it stands on a side of a band; what is clear of a line; of so many
places along its line one is tried."""
PRICES = tuple(digit * 10.0**power for power in range(-4, 7) for digit in (1, 2, 5))
"""What a miss may cost, in false alarms, where the axis of net benefit names it."""


def _begun(palette: Palette, across: str, up: str) -> Drawing:
    fig = Drawing()
    house_layout(
        fig, palette, height=HEIGHT, margin={"l": 56, "r": 14, "t": TOP, "b": 44}, dragmode=False
    )
    fig.update_xaxes(title={"text": across}, fixedrange=True, zeroline=False)
    fig.update_yaxes(title={"text": up}, fixedrange=True, zeroline=False)
    return fig


def _shares(fig: Drawing) -> Drawing:
    ticks = [0, 0.25, 0.5, 0.75, 1]
    texts = [f"{100 * tick:g}\N{NO-BREAK SPACE}%" if tick else "0" for tick in ticks]
    # A mark at 0, where most models' false alarms are, does not lie on the labels.
    fig.update_xaxes(range=[-0.03, 1.01], tickvals=ticks, ticktext=texts)
    fig.update_yaxes(range=[-0.02, 1.03], tickvals=ticks, ticktext=texts)
    return fig


def _from_the_back(shown: Sequence[ModelEvidence]) -> list[tuple[int, ModelEvidence]]:
    """The chosen model last, so that it lies above the one beside it."""
    return list(enumerate(shown))[::-1]


def _place(k: int) -> str:
    return "beside" if k else "chosen"


def _color(one: ModelEvidence, styles: Styles, palette: Palette) -> str:
    return styles[one.model].color(palette)


def _tip(title: str, *lines: str) -> Tip:
    return [" ".join(title.split()), *lines]


def _tips_of(one: ModelEvidence, named: Named, words: Words) -> OperatingTips:
    figures = zip(one.thresholds, one.roc.y, one.roc.x, one.precision_recall.y, strict=True)
    along = [_operating_tip(words(one.model, float(at)), *counts) for at, *counts in figures]
    if one.threshold is None:
        return OperatingTips(along, [])
    alarms, caught = one.roc.point
    title = f"{capital(named.words)}: {words(one.model, one.threshold)}"
    tip = _operating_tip(title, caught, alarms, one.precision_recall.point[1])
    return OperatingTips(along, tip)


def _operating_tip(title: str, caught: float, alarms: float, right: float) -> Tip:
    shares = {"defects caught": caught, "flagged are defects": right, "good units flagged": alarms}
    told = [f"{per_100(v)} of 100 {what}" for what, v in shares.items() if np.isfinite(v)]
    return _tip(title, *told)


def _named_reference(
    fig: Drawing,
    palette: Palette,
    y: Floats,
    lines: Sequence[Line],
    words: str,
    *,
    uprights: Sequence[float] = (),
    taken: Sequence[_Taken] = (),
) -> None:
    """A reference along shares, with its name where that lies clear of other lines."""
    _reference(fig, palette, SHARES, y, words)
    others = _at(SHARES, lines)
    _name_line(fig, palette, SHARES, y, *others, (0.0, 1.0), words, uprights=uprights, taken=taken)


def _reference(fig: Drawing, palette: Palette, x: Floats, y: Floats, name: str) -> None:
    """A thin grey line of what one would have without the model."""
    fig.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": palette.beaten, "width": 1.2},
        hoverinfo="skip",
        name=name,
    )


def _line(
    fig: Drawing,
    line: Line,
    k: int,
    palette: Palette,
    color: str,
    tips: Sequence[Tip],
    *,
    scale: float = 1.0,
) -> None:
    """A model's curve and its band."""
    if line.band is not None and k == 0:
        defined = np.isfinite(line.band.low)
        low, high = scale * line.band.low[defined], scale * line.band.high[defined]
        _band(fig, line.along[defined], low, high, color)
    fig.add_scatter(
        x=line.x,
        y=scale * line.y,
        customdata=list(tips),
        mode="lines",
        line={"color": color, "width": 2.2 if k == 0 else 1.6, "dash": DASHES[k]},
        hoverinfo="none",
        name=_place(k),
    )


def _mark(
    fig: Drawing,
    at: tuple[float, float],
    named: Named,
    palette: Palette,
    color: str,
    tip: Tip,
) -> None:
    """An operating point, marked as on the front; nothing where it is not defined."""
    if not np.isfinite(at).all():
        return
    is_chosen = named.kind == "chosen"
    own = color if named.kind == "pick" else palette.ink
    size, symbol, width = (
        ([19, 10], ["circle-open", "circle"], 2) if is_chosen else MARKS[named.kind]
    )
    hollow = named.kind == "beside"
    fig.add_scatter(
        x=[at[0]] * (2 if is_chosen else 1),
        y=[at[1]] * (2 if is_chosen else 1),
        mode="markers",
        marker={
            "size": size,
            "symbol": symbol,
            "opacity": 1,  # of marks of several sizes less
            "color": own if is_chosen or hollow else palette.paper,
            "line": {"width": width, "color": [own, palette.paper] if is_chosen else own},
        },
        cliponaxis=False,  # whole at the edge, too
        customdata=[tip] * (2 if is_chosen else 1),
        hoverinfo="none",
        name=f"point {named.words}",
    )


def _band(fig: Drawing, x: Floats, low: Floats, high: Floats, color: str) -> None:
    """Shade where a curve would lie in 95 of 100 resamples."""
    fig.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([low, high[::-1]]),
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=pale(color),
        hoverinfo="skip",
        name="band",
    )
