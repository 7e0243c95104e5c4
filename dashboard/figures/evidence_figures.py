"""The charts of evidence: ROC, precision-recall, reliability, decision curve; as values, and drawn."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dashboard.figures.layout import house_layout
from dashboard.figures.palette import ModelStyle, Palette, pale
from dashboard.figures.plotly_json import Drawing
from metrics.evaluation.calibration import Reliability
from metrics.inference.interval_formulas import Interval
from metrics.narrative.formatting import in_per_cent, number
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class Line:
    """A curve, its 95 % band, and the operating point that it is shown for.

    Attributes
    ----------
    x, y : ndarray of float64, shape (K,)
    along : ndarray of float64, shape (G,)
        Where the band is known.
    band : Interval or None
        Of shape (G,); None where it is not known.
    point : (float, float)
        NaN where there is none.
    """

    x: Floats
    y: Floats
    along: Floats
    band: Interval | None
    point: tuple[float, float]


@dataclass(frozen=True)
class ModelEvidence:
    """One model at one threshold, on every chart of evidence.

    Attributes
    ----------
    model : str
    threshold : float
    roc : Line
        Recall along the false alarm rate.
    precision_recall : Line
        Precision along the recall.
    reliability : Reliability
    reliability_ends : Interval or None
    probability : float
        That the threshold stands for; NaN for a ranking.
    decision : Line
        Net benefit of the threshold along the threshold probability; the point at what a miss costs.
    decision_curve : ndarray of float64
        The same where the threshold follows the probability; NaN for a ranking.
    """

    model: str
    threshold: float
    roc: Line
    precision_recall: Line
    reliability: Reliability
    reliability_ends: Interval | None
    probability: float
    decision: Line
    decision_curve: Floats


HEIGHT = 300
Styles = Mapping[str, ModelStyle]
Label = Callable[[str], str]
"""A model's name as the page writes it."""
Told = Callable[[float, float], str]
"""What is told of a place on a curve, besides whose it is."""
DASHES = ("solid", "dash")
"""Of the chosen model's line, and of the one beside it."""


def roc_figure(
    shown: Sequence[ModelEvidence], palette: Palette, styles: Styles, label: Label = str
) -> Drawing:
    """Recall along the share of good units that is flagged; a guess lies on the diagonal."""
    fig = _begun(palette, "Good units flagged", "Defects caught")
    _reference(fig, palette, np.array([0.0, 1.0]), np.array([0.0, 1.0]), "a guess")
    _name(fig, palette, 0.62, 0.6, "a guess")

    def told(x: float, y: float) -> str:
        return (
            f"{in_per_cent(y)} of the defects caught<br>{in_per_cent(x)} of the good units flagged"
        )

    for k, model_evidence in _from_the_back(shown):
        _line(fig, model_evidence.roc, model_evidence.model, k, palette, styles, label, told)
    return _shares(fig)


def precision_recall_figure(
    shown: Sequence[ModelEvidence],
    rate: float,
    palette: Palette,
    styles: Styles,
    label: Label = str,
) -> Drawing:
    """Precision along the recall; a guess has the defect rate everywhere."""
    fig = _begun(palette, "Defects caught", "Defects among the flagged")
    _reference(fig, palette, np.array([0.0, 1.0]), np.array([rate, rate]), "a guess")
    _name(fig, palette, 0.02, rate, "a guess", xanchor="left", yanchor="bottom", xshift=0)

    def told(x: float, y: float) -> str:
        return (
            f"{in_per_cent(y)} of the flagged are defects<br>{in_per_cent(x)} of the defects caught"
        )

    for k, model_evidence in _from_the_back(shown):
        line = model_evidence.precision_recall
        _line(fig, line, model_evidence.model, k, palette, styles, label, told)
    return _shares(fig)


def reliability_figure(
    shown: Sequence[ModelEvidence],
    palette: Palette,
    styles: Styles,
    thresholds_named: Sequence[str],
    label: Label = str,
) -> Drawing:
    """Share of defects along the predicted probability, with intervals; what comes true is the diagonal."""
    fig = _begun(palette, "Predicted probability", "Share that was defective")
    _reference(fig, palette, np.array([0.0, 1.0]), np.array([0.0, 1.0]), "comes true")
    shares = np.linspace(0, 1, 101)
    lines = [
        line for model_evidence in shown for line in _reliability_lines(model_evidence, shares)
    ]
    thresholds = [
        model_evidence.probability
        for model_evidence in shown
        if np.isfinite(model_evidence.probability)
    ]
    named = _threshold_names(shown, thresholds_named)
    _name_line(
        fig,
        palette,
        shares,
        shares,
        lines,
        (0.0, 1.0),
        "comes true",
        thresholds,
        [one.box for one in named.values()],
    )
    for k, model_evidence in _from_the_back(shown):
        reliability_bins, ends = model_evidence.reliability, model_evidence.reliability_ends
        has_units = reliability_bins.units > 0
        color = styles[model_evidence.model].color(palette)
        if ends is not None and k == 0:
            _band(
                fig,
                reliability_bins.predicted[has_units],
                ends.low[has_units],
                ends.high[has_units],
                color,
            )
        fig.add_scatter(
            x=reliability_bins.predicted[has_units],
            y=reliability_bins.observed[has_units],
            text=[
                f"{_named(label(model_evidence.model))}{in_per_cent(came)} of {number(units)} units defective"
                f"<br>{in_per_cent(said)} predicted"
                for said, came, units in zip(
                    reliability_bins.predicted[has_units],
                    reliability_bins.observed[has_units],
                    reliability_bins.units[has_units],
                    strict=True,
                )
            ],
            mode="lines+markers",
            line={"color": color, "width": 2 if k == 0 else 1.2, "dash": DASHES[k]},
            marker={"color": color, "size": 7, "symbol": styles[model_evidence.model].symbol},
            opacity=1.0 if k == 0 else 0.75,
            hovertemplate=TOLD,
            name=_place(k),
        )
        if np.isfinite(model_evidence.probability):
            fig.add_vline(
                x=model_evidence.probability, line={"color": color, "width": 1, "dash": "dot"}
            )
            own = named[k]
            shift = ASIDE_UPRIGHT if own.side == "left" else -ASIDE_UPRIGHT
            _name(fig, palette, own.x, own.y, own.words, color, xanchor=own.side, xshift=shift)
    return _shares(fig)


@dataclass(frozen=True)
class _ThresholdName:
    """The name of an upright line of reliability: its words, and where and on which side of it they stand."""

    words: str
    x: float
    y: float
    side: str

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of the words, in pixels from where both axes are 0."""
        at = WIDE * self.x
        long = ASIDE_UPRIGHT + LETTER * len(self.words) / NARROWEST
        left, right = (at, at + long) if self.side == "left" else (at - long, at)
        return left, right, HIGH * self.y - LINE, HIGH * self.y


def _threshold_names(
    shown: Sequence[ModelEvidence], thresholds_named: Sequence[str]
) -> dict[int, _ThresholdName]:
    """Where the thresholds' names stand, by whose they are."""
    known = {k: one.probability for k, one in enumerate(shown) if np.isfinite(one.probability)}
    out = {}
    for k, at in known.items():
        others = [other for of, other in known.items() if of != k]
        # Away from the other's line; near an edge, where there is room.
        turn = 0.5 if not others else 0.2 if at < max(others) else 0.75
        # One below the other: two thresholds may be near each other.
        side = "left" if at < turn else "right"
        out[k] = _ThresholdName(thresholds_named[k], at, 1.02 - 0.08 * k, side)
    return out


def _reliability_lines(model_evidence: ModelEvidence, shares: Floats) -> list[Floats]:
    """A model's curve of reliability, and its band, at some probabilities."""
    reliability_bins, ends = model_evidence.reliability, model_evidence.reliability_ends
    has_units = reliability_bins.units > 0
    if not has_units.any():
        return []
    sides = (
        [reliability_bins.observed]
        if ends is None
        else [reliability_bins.observed, ends.low, ends.high]
    )
    return [
        np.interp(
            shares,
            reliability_bins.predicted[has_units],
            side[has_units],
            left=np.nan,
            right=np.nan,
        )
        for side in sides
    ]


def decision_figure(
    shown: Sequence[ModelEvidence],
    everything: Floats,
    price: Callable[[float], str],
    palette: Palette,
    styles: Styles,
    label: Label = str,
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
    ends = _benefits_in_sight(shown)
    lines = [1000 * model_evidence.decision.y for model_evidence in shown] + [
        1000 * chosen.decision_curve
    ]
    references = {"hold back all": 1000 * everything, "ship all": np.zeros(along.size)}
    for name, y in references.items():
        _reference(fig, palette, _prices(along), y, name)
        others = lines + [other for known, other in references.items() if known != name]
        _name_line(fig, palette, np.log10(_prices(along)), y, others, ends, name)
    fig.add_scatter(
        x=_prices(along),
        y=1000 * chosen.decision_curve,
        mode="lines",
        line={"color": styles[chosen.model].color(palette), "width": 1},
        text=[
            f"{_named(label(chosen.model))}{number(y, 1)} per 1,000 units<br>the threshold follows the price"
            for y in 1000 * chosen.decision_curve
        ],
        hovertemplate=TOLD,
        name="decision curve",
    )

    def told(x: float, y: float) -> str:
        return f"{number(y, 1)} per 1,000 units<br>a miss costs {price(1 / (1 + x))}"

    for k, model_evidence in _from_the_back(shown):
        at = float(_prices(model_evidence.decision.point[0]))
        priced = replace(
            model_evidence.decision,
            x=_prices(model_evidence.decision.x),
            along=_prices(along),
            point=(at, model_evidence.decision.point[1]),
        )
        _line(fig, priced, model_evidence.model, k, palette, styles, label, told, scale=1000.0)
    least, most = float(_prices(along[-1])), float(_prices(along[0]))
    ticks = [miss for miss in PRICES if least * 0.999 <= miss <= most * 1.001]
    fig.update_xaxes(
        type="log",
        range=[np.log10(least), np.log10(most)],
        tickvals=ticks,
        ticktext=[f"{miss:,g}" for miss in ticks],
    )
    fig.update_yaxes(range=ends, nticks=6)
    return fig


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
    low, high = min(known), max(*known, 1e-6)
    low = max(low, min([-HARM * high, *(value for value in points if np.isfinite(value))]))
    room = 0.07 * (high - low)
    return [low - room, high + room]


HARM = 0.75
"""So much of the most good is shown of what does harm."""


def _name_line(
    fig: Drawing,
    palette: Palette,
    x: Floats,
    y: Floats,
    others: Sequence[Floats],
    ends: Sequence[float],
    words: str,
    uprights: Sequence[float] = (),
    names: Sequence[tuple[float, float, float, float]] = (),
) -> None:
    """Write a line's name beside it, there where the others are farthest from the whole name.

    Parameters
    ----------
    others : sequence of ndarray
        Other lines at the same places.
    uprights : sequence of float
        Places of upright lines.
    names : sequence of (float, float, float, float)
        Left, right, bottom and top of other names, in pixels.
    """
    order = np.argsort(x)
    x, y, others = x[order], y[order], [other[order] for other in others]
    across, tall = WIDE / (x[-1] - x[0]), HIGH / (ends[1] - ends[0])  # pixels of a unit
    level = y[0] == y[-1]  # off a line that rises, and not upon its next stretch
    name, off = LETTER * len(words), 0 if level else ASIDE
    best: dict[bool, list[tuple[float, int]]] = {}
    for up in (False, True):
        begin = -name / 2 if level else -name - off if up else off
        for k in np.flatnonzero((y > ends[0]) & (y < ends[1])):
            left = across * (x[k] - x[0]) + begin
            low, high = tall * (y[k] - ends[0]) + np.array([0, LINE] if up else [-LINE, 0])
            least = NARROWEST * across * (x[k] - x[0]) + begin  # on a narrow screen
            if min(left, least, low) < 0 or left + name > WIDE or high > HIGH:
                continue
            if least + name > NARROWEST * WIDE:
                continue
            under = np.abs(across * (x - x[0]) - left - name / 2) <= name / 2
            heights = tall * (np.array([other[under] for other in others]) - ends[0])
            away = np.maximum(low - heights, heights - high).ravel()
            beside = [
                abs(wide * across * (at - x[0]) - begun - name / 2) - name / 2
                for at in uprights
                for wide, begun in ((1, left), (NARROWEST, least))
            ]
            longer = name * (1 / NARROWEST - 1)  # on a narrow screen, to either side
            off_names = [
                max(begun - left - name - longer, left - longer - end, bottom - high, low - top)
                for begun, end, bottom, top in names
            ]
            room = np.min([*away[np.isfinite(away)], *beside, *off_names, HIGH])
            best.setdefault(up, []).append((round(max(float(room), 0.0), 1), int(k)))
    if not best:
        return
    # Of two sides that are as far, where there is more of it; in the midst of that.
    farthest = {side: max(found)[0] for side, found in best.items()}
    as_far = {s: [k for room, k in best[s] if room >= farthest[s] - NEARLY] for s in best}
    up = max(best, key=lambda side: (farthest[side], len(as_far[side])))
    middle = as_far[up][len(as_far[up]) // 2]
    _name(
        fig,
        palette,
        float(x[middle]),
        float(y[middle]),
        words,
        xanchor="center" if level else "right" if up else "left",
        xshift=0 if level else -off if up else off,
        yanchor="bottom" if up else "top",
    )


WIDE, HIGH = 400, 245
"""Size of what is drawn on, in pixels, near enough."""
NARROWEST, ASIDE_UPRIGHT = 0.65, 4
"""So much of that width a telephone has; how far an upright line's name stands off it, in pixels."""
LETTER, LINE, ASIDE, NEARLY = 6.2, 16, 6, 2
"""Of a name: width of a letter, height, how far it stands off its line; what is as good as as far."""
PRICES = tuple(digit * 10.0**power for power in range(-4, 7) for digit in (1, 2, 5))
"""What a miss may cost, in false alarms, where the axis of net benefit names it."""


def _begun(palette: Palette, across: str, up: str) -> Drawing:
    fig = Drawing()
    house_layout(
        fig, palette, height=HEIGHT, margin={"l": 56, "r": 14, "t": 8, "b": 44}, dragmode=False
    )
    fig.update_xaxes(title={"text": across}, fixedrange=True, zeroline=False)
    fig.update_yaxes(title={"text": up}, fixedrange=True, zeroline=False)
    return fig


def _shares(fig: Drawing) -> Drawing:
    ticks = [0, 0.25, 0.5, 0.75, 1]
    texts = [f"{100 * tick:g}\N{NO-BREAK SPACE}%" if tick else "0" for tick in ticks]
    fig.update_xaxes(range=[-0.01, 1.01], tickvals=ticks, ticktext=texts)
    fig.update_yaxes(range=[-0.02, 1.03], tickvals=ticks, ticktext=texts)
    return fig


def _name(
    fig: Drawing,
    palette: Palette,
    x: float,
    y: float,
    words: str,
    color: str | None = None,
    **place: Any,
) -> None:
    """Write what a line is beside it, below it and to its right unless said."""
    fig.add_annotation(
        **{"xanchor": "left", "yanchor": "top", "xshift": 6} | place,
        x=x,
        y=y,
        text=words,
        showarrow=False,
        font={"size": 12, "color": color or palette.muted},
    )


def _from_the_back(shown: Sequence[ModelEvidence]) -> list[tuple[int, ModelEvidence]]:
    """The chosen model last, so that it lies above the one beside it."""
    return list(enumerate(shown))[::-1]


def _place(k: int) -> str:
    return "beside" if k else "chosen"


TOLD = "%{text}<extra></extra>"


def _named(name: str) -> str:
    """The first line of a tip."""
    return f"<b>{html.escape(name)}</b><br>"


def _reference(fig: Drawing, palette: Palette, x: Floats, y: Floats, words: str) -> None:
    """A thin grey line of what one would have without the model."""
    fig.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": palette.beaten, "width": 1.2},
        hovertemplate=f"{words}<extra></extra>",
        name=words,
    )


def _line(
    fig: Drawing,
    line: Line,
    model: str,
    k: int,
    palette: Palette,
    styles: Styles,
    label: Label,
    told: Told,
    *,
    scale: float = 1.0,
) -> None:
    """A model's curve, its band, and a ring where its operating point lies."""
    color = styles[model].color(palette)
    if line.band is not None and k == 0:
        defined = np.isfinite(line.band.low)
        low, high = scale * line.band.low[defined], scale * line.band.high[defined]
        _band(fig, line.along[defined], low, high, color)
    fig.add_scatter(
        x=line.x,
        y=scale * line.y,
        text=[
            _named(label(model)) + told(x, y) for x, y in zip(line.x, scale * line.y, strict=True)
        ],
        mode="lines",
        line={"color": color, "width": 2.2 if k == 0 else 1.6, "dash": DASHES[k]},
        hovertemplate=TOLD,
        name=_place(k),
    )
    x, y = line.point
    if np.isfinite(x) and np.isfinite(y):
        fig.add_scatter(
            x=[x],
            y=[scale * y],
            mode="markers",
            marker={
                "size": 13,
                "symbol": styles[model].symbol,
                "color": color if k == 0 else palette.paper,
                "line": {"color": palette.ink if k == 0 else color, "width": 2},
            },
            cliponaxis=False,  # whole at the edge, too
            text=[_named(f"{label(model)}, {_place(k)}") + told(x, scale * y)],
            hovertemplate=TOLD,
            name=f"point {_place(k)}",
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
