"""Charts of evidence: ROC, precision-recall, reliability and decision curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dashboard.analysis.evidence.model_evidence import Evidence, Line, ModelEvidence
from dashboard.figures.front_figure import MARKS
from dashboard.figures.layout import house_layout
from dashboard.figures.model_styles import ModelStyle
from dashboard.figures.palette import POINT_MARKS, Palette, pale
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.threshold_lines import NamedThreshold, draw_thresholds
from dashboard.figures.ticks import ROUND_DIGITS
from dashboard.words.axes import share_tick, tick
from dashboard.words.evidence.model_evidence import Tip, benefit_tip, operating_tip, reliability_tip
from dashboard.words.phrases import capital
from metrics.tally.kernel import Floats

HEIGHT = 300
Words = Callable[[str, float | None], str]
"""Returns the name of a model at a threshold, or of the model alone."""
PLACES, DASHES = ("chosen", "beside"), ("solid", "dash")
"""Names and line styles of the lines of the selected model and of the compared model."""
PLOT_HEIGHT = 245
"""Approximate height of the plot area in pixels."""
BELOW_RISING, ABOVE_RISING = ("left", "top"), ("right", "bottom")
"""Anchors of a name beside a rising line, in Plotly's terms."""
FOLLOWS = "follows the price"
"""Words for the thin line, whose threshold follows the price."""
HARM = 0.75
"""Largest visible harm, as a share of the largest net benefit."""
TOP = 8
"""Pixels above the plot area."""
PRICES = tuple(digit * 10.0**power for power in range(-4, 7) for digit in ROUND_DIGITS)
"""Prices of a miss in false alarms that have ticks on the axis of the net benefit."""
NAME_ON_CHANCE_LEVEL, NAME_ON_IDEAL = 0.55, 0.48
"""Positions of the names of the two diagonals, on both axes."""
BENEFIT_ROOM = 0.07
"""Room beyond the visible net benefits, as a share of the axis."""


@dataclass(frozen=True)
class Named:
    """Mark and name of a point, as on the front.

    Attributes
    ----------
    kind : str
        Kind of the mark.
    words : str
        Name, for places with enough room.
    short : str
        Short name, at most as long as a stakeholder's title.
    """

    kind: str
    words: str
    short: str

    @property
    def marked(self) -> str:
        """Short name after the mark."""
        return f"{POINT_MARKS[self.kind]} {self.short}"


@dataclass(frozen=True)
class EvidenceFigures:
    """Charts of the selected model and of the compared one.

    Attributes
    ----------
    evidence : Evidence
    named : (Named, Named)
        Marks and names of the two points.
    palette : Palette
    styles : mapping of str to ModelStyle
    words : callable
        As in `Words`.
    """

    evidence: Evidence
    named: tuple[Named, Named]
    palette: Palette
    styles: Mapping[str, ModelStyle]
    words: Words

    def roc(self) -> Drawing:
        """ROC chart: recall by the flagged share of good units; random guesses are on the diagonal."""
        fig = _new_figure(self.palette, "Good units flagged", "Defects caught")
        _draw_diagonal(fig, "chance level", NAME_ON_CHANCE_LEVEL, BELOW_RISING)
        return self._with_operating_curves(fig, lambda evidence: evidence.roc)

    def precision_recall(self) -> Drawing:
        """Precision-recall chart; the precision of random guesses is the defect rate."""
        fig = _new_figure(self.palette, "Defects caught", "Defects among the flagged")
        rate = self.evidence.rate
        _draw_reference(fig, [0, 1], [rate, rate], "chance level")
        _write_name(fig, 0, rate, "chance level", ("left", "bottom"))
        return self._with_operating_curves(fig, lambda evidence: evidence.precision_recall)

    def _with_operating_curves(
        self, fig: Drawing, line_of: Callable[[ModelEvidence], Line]
    ) -> Drawing:
        """Draw the curves along the thresholds, with the operating points, and scale the axes."""
        for k, evidence, color in self._from_the_back():
            line, (along, at_point) = line_of(evidence), self._operating_tips[k]
            _line(fig, line, k, color, along)
            _mark(fig, line.point, self.named[k], color, at_point)
        return _with_share_axes(fig)

    @cached_property
    def _operating_tips(self) -> list[tuple[list[Tip], Tip]]:
        """Hover texts of each model's thresholds, and of its operating point (empty if it has none)."""
        tips = []
        for evidence, named in zip(self.evidence.shown, self.named, strict=False):
            roc, precision, model = evidence.roc, evidence.precision_recall, evidence.model
            shares = zip(evidence.thresholds, roc.y, roc.x, precision.y, strict=True)
            along = [operating_tip(self.words(model, float(at)), *of_at) for at, *of_at in shares]
            at_point: Tip = []
            if evidence.threshold is not None:
                title = f"{capital(named.words)}: {self.words(model, evidence.threshold)}"
                at_point = operating_tip(title, *roc.point[::-1], precision.point[1])
            tips.append((along, at_point))
        return tips

    def _from_the_back(self) -> list[tuple[int, ModelEvidence, str]]:
        """Models with their positions and colours; the selected model is last, so that it is on top."""
        shown = enumerate(self.evidence.shown)
        return [(k, one, self.styles[one.model].color(self.palette)) for k, one in shown][::-1]

    def reliability(self) -> Drawing:
        """Reliability chart: share of defects by probability, with intervals and the ideal diagonal."""
        fig = _new_figure(self.palette, "Predicted probability", "Share that was defective")
        _draw_diagonal(fig, "perfectly calibrated", NAME_ON_IDEAL, ABOVE_RISING)
        thresholds: list[NamedThreshold] = []
        for k, evidence, color in self._from_the_back():
            reliability_bins, ends = evidence.reliability, evidence.reliability_ends
            has_units = reliability_bins.units > 0
            predicted = reliability_bins.predicted[has_units]
            if ends is not None and k == 0:
                _band(fig, predicted, ends.low[has_units], ends.high[has_units], color)
            observed = reliability_bins.observed[has_units]
            shares_of_units = reliability_bins.units[has_units] / reliability_bins.units.sum()
            fig.add_scatter(
                x=predicted,
                y=observed,
                customdata=[
                    reliability_tip(self.words(evidence.model, None), *shares)
                    for shares in zip(predicted, observed, shares_of_units, strict=True)
                ],
                mode="lines+markers",
                line={"color": color, "width": 2 if k == 0 else 1.2, "dash": DASHES[k]},
                marker={"color": color, "size": 5},
                opacity=1.0 if k == 0 else 0.75,
                hoverinfo="none",
                name=PLACES[k],
            )
            if np.isfinite(evidence.probability):
                name = self.named[k].marked
                thresholds.insert(0, NamedThreshold(evidence.probability, name, color))
        above = draw_thresholds(fig, thresholds, height=PLOT_HEIGHT)
        fig.update_layout(height=HEIGHT + above, margin={"t": TOP + above})
        return _with_share_axes(fig)

    def decision(self) -> Drawing:
        """Decision curve chart: net benefit of 1,000 units by the price of a miss, with two references.

        Notes
        -----
        A point is on the line of its own threshold, which is the same at every price. The usual decision
        curve, whose threshold follows the price, is a thin line for the selected model only.
        """
        titles = ("False alarms that a miss costs", "Good done, in defects per 1,000 units")
        fig, chosen = _new_figure(self.palette, *titles), self.evidence.shown[0]
        along, follows = chosen.decision.along, chosen.decision_curve
        prices, ends = _prices(along), _benefits_in_sight(self.evidence.shown)
        fig.add_line(
            prices,
            1000 * follows,
            {"color": self.styles[chosen.model].color(self.palette), "width": 1},
            customdata=_benefit_tips(f"Threshold {FOLLOWS}", along, follows),
            hoverinfo="none",
            name="decision curve",
        )
        _draw_reference(fig, prices, np.zeros(along.size), "ship all")
        _write_name(fig, float(np.log10(prices[-1])), 0, "ship all", BELOW_RISING)
        reject = 1000 * self.evidence.everything
        _draw_reference(fig, prices, reject, "reject all")
        visible = np.flatnonzero((reject > ends[0]) & (reject < ends[1]))
        if visible.size:
            at = visible[visible.size // 2]
            price_at, benefit = float(np.log10(prices[at])), float(reject[at])
            _write_name(fig, price_at, benefit, "reject all", ABOVE_RISING)
        for k, evidence, color in self._from_the_back():
            line, title = evidence.decision, self.words(evidence.model, evidence.threshold)
            title += f", threshold {FOLLOWS}" if evidence.threshold is None else ""
            priced, tips = replace(line, x=_prices(line.x), along=prices), (title, line.x, line.y)
            _line(fig, priced, k, color, _benefit_tips(*tips), scale=1000.0)
            at, done = line.point[0], 1000 * line.point[1]
            tip = benefit_tip(f"{capital(self.named[k].words)}: {title}", at, done)
            _mark(fig, (float(_prices(at)), done), self.named[k], color, tip)
        least, most = float(prices[-1]), float(prices[0])
        ticks = [miss for miss in PRICES if least * 0.999 <= miss <= most * 1.001]
        fig.update_xaxes(
            type="log",
            range=[np.log10(least), np.log10(most)],
            tickvals=ticks,
            ticktext=[tick(miss) for miss in ticks],
        )
        fig.update_yaxes(range=ends, nticks=6)
        return fig


def _benefit_tips(title: str, probabilities: Floats, benefits: Floats) -> list[Tip]:
    """Hover texts along a line of net benefits."""
    along = zip(probabilities, benefits, strict=True)
    return [benefit_tip(title, probability, 1000 * y) for probability, y in along]


def _prices(probabilities: Floats | float) -> Floats:
    """Prices of a miss at which units with these probabilities are just worth rejecting."""
    p = np.asarray(probabilities, np.float64)
    return (1 - p) / p


def _benefits_in_sight(shown: Sequence[ModelEvidence]) -> list[float]:
    """Ends of the vertical axis: the selected line with its band, all points, and limited harm."""
    chosen = shown[0].decision
    points = [1000 * model_evidence.decision.point[1] for model_evidence in shown]
    bands = () if chosen.band is None else (chosen.band.low, chosen.band.high)
    values = [0.0, *points]
    for y in (chosen.y, shown[0].decision_curve, *bands):
        values += (1000 * y).tolist()
    finite = [value for value in values if np.isfinite(value)]
    low, high = min(finite), max(finite)
    high = high if high > 0 else 1.0  # no point does good if none flags a unit
    low = max(low, min([-HARM * high, *(value for value in points if np.isfinite(value))]))
    room = BENEFIT_ROOM * (high - low)
    return [low - room, high + room]


def _new_figure(palette: Palette, across: str, up: str) -> Drawing:
    fig = Drawing(palette)
    house_layout(
        fig, palette, height=HEIGHT, margin={"l": 56, "r": 14, "t": TOP, "b": 44}, dragmode=False
    )
    fig.update_xaxes(title={"text": across}, fixedrange=True, zeroline=False)
    fig.update_yaxes(title={"text": up}, fixedrange=True, zeroline=False)
    return fig


def _with_share_axes(fig: Drawing) -> Drawing:
    ticks = [0, 0.25, 0.5, 0.75, 1]
    texts = [share_tick(share) for share in ticks]
    # A mark at 0, where most models' false alarms are, does not cover the labels.
    fig.update_xaxes(range=[-0.03, 1.01], tickvals=ticks, ticktext=texts)
    fig.update_yaxes(range=[-0.02, 1.03], tickvals=ticks, ticktext=texts)
    return fig


def _draw_diagonal(fig: Drawing, name: str, at: float, anchors: tuple[str, str]) -> None:
    """Draw the diagonal as a reference line, with its name beside the point ``at`` on both axes."""
    _draw_reference(fig, [0, 1], [0, 1], name)
    _write_name(fig, at, at, name, anchors)


def _write_name(fig: Drawing, x: float, y: float, name: str, anchors: tuple[str, str]) -> None:
    """Write the name of a reference line beside it."""
    xanchor, yanchor = anchors
    fig.add_text(
        name,
        fig.palette.muted,
        x=x,
        y=y,
        xanchor=xanchor,
        yanchor=yanchor,
        xshift=-6 if xanchor == "right" else 6,
        bgcolor=fig.palette.veil,
    )


def _draw_reference(
    fig: Drawing, x: Sequence[float] | Floats, y: Sequence[float] | Floats, name: str
) -> None:
    """Draw a thin grey line with the result without a model."""
    fig.add_line(x, y, {"color": fig.palette.beaten, "width": 1.2}, name=name)


def _line(
    fig: Drawing,
    line: Line,
    k: int,
    color: str,
    tips: Sequence[Tip],
    *,
    scale: float = 1.0,
) -> None:
    """Draw the curve of a model and its band."""
    if line.band is not None and k == 0:
        defined = np.isfinite(line.band.low)
        low, high = scale * line.band.low[defined], scale * line.band.high[defined]
        _band(fig, line.along[defined], low, high, color)
    fig.add_line(
        line.x,
        scale * line.y,
        {"color": color, "width": 2.2 if k == 0 else 1.6, "dash": DASHES[k]},
        customdata=list(tips),
        hoverinfo="none",
        name=PLACES[k],
    )


def _mark(fig: Drawing, at: tuple[float, float], named: Named, color: str, tip: Tip) -> None:
    """Draw the mark of an operating point as on the front; nothing if it is undefined."""
    if not np.isfinite(at).all():
        return
    is_chosen = named.kind == "chosen"
    ink = color if named.kind == "pick" else fig.palette.ink
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
            "opacity": 1,  # marks of several sizes need less
            "color": ink if is_chosen or hollow else fig.palette.paper,
            "line": {"width": width, "color": [ink, fig.palette.paper] if is_chosen else ink},
        },
        cliponaxis=False,  # a mark at the edge is not cut off
        customdata=[tip] * (2 if is_chosen else 1),
        hoverinfo="none",
        name=f"point {named.words}",
    )


def _band(fig: Drawing, x: Floats, low: Floats, high: Floats, color: str) -> None:
    """Shade the band that contains a curve in 95 of 100 resamples."""
    fig.add_line(
        np.concatenate([x, x[::-1]]),
        np.concatenate([low, high[::-1]]),
        {"width": 0},
        fill="toself",
        fillcolor=pale(color),
        name="band",
    )
