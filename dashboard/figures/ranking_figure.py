"""The models by a figure that no threshold changes, with intervals; as a value, and drawn."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.front_figure import HEIGHT, LimitLine, axis_title
from dashboard.figures.layout import LARGE, drawn, house_layout, in_full, large_ticks
from dashboard.figures.palette import ModelStyle, Palette, shortened
from dashboard.figures.plotly_json import Drawing
from metrics import Objective, Scenario, Unit
from metrics.inference.interval_formulas import Interval
from metrics.narrative.formatting import figure

FAR = 2.0
"""So many times their range beyond those discussed a figure is out of sight."""


@dataclass(frozen=True)
class RankingView:
    """What the ranking shows, the best model first.

    Attributes
    ----------
    objective : Objective
    models : tuple of str
        Those whose figure is defined.
    rows : ndarray of int, shape (n,)
        An operating point of each among those of all models.
    values : ndarray, shape (n,)
    coloured : frozenset of str
        Models that are worth discussing.
    today : float
        Figure of today's system; NaN where undefined.
    undefined : int
        Models without a figure.
    ends : Interval or None
        95 % intervals, of shape (n,), where they are known.
    without : tuple of str
        Models that have a line of their own, and no figure.
    limits : tuple of LimitLine
        Limits that are a line across the figures.
    """

    objective: Objective
    models: tuple[str, ...]
    rows: NDArray[np.int32]
    values: NDArray[np.float64]
    coloured: frozenset[str]
    today: float
    undefined: int
    ends: Interval | None = None
    without: tuple[str, ...] = ()
    limits: tuple[LimitLine, ...] = ()

    @property
    def visible_range(self) -> list[float]:
        """Range of the axis: what is discussed, and what is not far from it."""
        ends_known = () if self.ends is None else (self.ends.low, self.ends.high)
        every = np.column_stack([self.values, *ends_known])
        shown = [model in self.coloured for model in self.models]
        discussed = every[shown] if any(shown) else every[:1]
        discussed = discussed[np.isfinite(discussed)]
        if not discussed.size:
            return [0.0, 1.0]
        low, high = float(discussed.min()), float(discussed.max())
        far = FAR * (high - low)
        others = np.append(every, self.today)
        near = others[(others >= low - far) & (others <= high + far)]
        low, high = min(low, *near), max(high, *near)
        room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
        return [max(low - room, 0.0) if low >= 0 else low - room, high + room]


EDGE = 0.012
"""How far from the edge what is out of sight is pointed at, as a share of the axis."""


def ranking_figure(
    view: RankingView,
    palette: Palette,
    model_styles: Mapping[str, ModelStyle],
    scenario: Scenario,
    label: Callable[[str], str],
    *,
    height: int = HEIGHT,
    words: Sequence[Sequence[str]] | None = None,
    today: str = "today",
) -> Drawing:
    """Draw the dots one below the other, the best on top.

    Parameters
    ----------
    words : sequence of sequences of str, optional
        Lines on each model under the pointer, the first its name; without, the browser asks the page.
    today : str
        What today's system is called.
    """
    fig = Drawing()
    places = np.arange(len(view.models), dtype=np.float32)
    if view.ends is not None:
        low, high = (drawn(end) for end in (view.ends.low, view.ends.high))
        gaps = np.full_like(low, np.nan)
        for coloured, color in ((False, palette.beaten), (True, palette.muted)):
            own = np.array([(model in view.coloured) == coloured for model in view.models], bool)
            fig.add_scatter(
                x=np.column_stack([low, high, gaps])[own].ravel(),
                y=np.repeat(places[own], 3),
                mode="lines",
                line={"width": 2, "color": color},
                hoverinfo="skip",
                name="95 %",
            )
    least, most = _with_room(view)
    edge = EDGE * (most - least)
    for k, model in enumerate(view.models):
        style, beaten = model_styles[model], model not in view.coloured
        inside = least <= view.values[k] <= most
        fig.add_scatter(
            # What is far off points there from the edge.
            x=np.clip(view.values[[k]], least + edge, most - edge)
            if not inside
            else view.values[[k]],
            y=places[[k]],
            mode="markers",
            name=model,
            marker={
                "color": palette.beaten if beaten else style.color(palette),
                "symbol": style.symbol
                if inside
                else f"triangle-{'left' if view.values[k] < least else 'right'}-open",
                "size": 8 if beaten else 10,
            },
            customdata=view.rows[[k]],
            hoverinfo="none" if words is None else None,
            cliponaxis=words
            is None,  # a dot at the edge of what can be is whole where nothing is zoomed
            hovertemplate=None if words is None else _tip(*words[k]),
        )
    _add_today_to_ranking(fig, view, palette, scenario, today)
    _add_limits_to_ranking(fig, view, palette)
    for k, _ in enumerate(view.without, start=len(view.models)):
        fig.add_annotation(
            x=0.02, y=k, xref="paper", xanchor="left", text=NONE_QUALIFIES, showarrow=False,
            font={"size": 12, "color": palette.muted},
        )  # fmt: skip
    above = 26 if words is None else 20  # room for what the browser lays over it, and for today
    house_layout(fig, palette, height=height, margin={"l": 46, "r": 12, "t": above, "b": 40})
    fig.update_xaxes(title={"text": axis_title(view.objective, scenario)}, range=[least, most])
    if view.objective.unit is Unit.SHARE:
        fig.update_xaxes(tickformat=".3~p")
    fig.update_xaxes(**in_full(view.objective, scenario, [least, most]))
    if (
        words is not None
        and view.objective.unit is not Unit.SHARE
        and max(map(abs, (least, most))) >= LARGE
    ):
        # Plotly writes a million as M, which nothing else on the page does; in the browser it is mended.
        values, texts = large_ticks(least, most)
        fig.update_xaxes(tickvals=values, ticktext=texts)
    names = [textwrap.shorten(label(model), 200) for model in (*view.models, *view.without)]
    fig.update_yaxes(
        range=[len(names) - 0.4, -0.6],
        tickvals=np.arange(len(names), dtype=np.float32),
        ticktext=[html.escape(shortened(name)) for name in names],
        showgrid=False,
    )
    return fig


def _tip(name: str, *lines: str) -> str:
    return (
        "<br>".join([f"<b>{html.escape(name)}</b>", *map(html.escape, lines)]) + "<extra></extra>"
    )


def _with_room(view: RankingView) -> tuple[float, float]:
    """Ends of the axis: a mark at what is the least of all lies whole between the axis and the names."""
    least, most = view.visible_range
    nearest = min(view.values[view.values >= least], default=least)
    return min(least, float(nearest) - ROOM * (most - least)), most


ROOM = 0.035
"""Of a mark at the edge, as a share of the axis."""
NONE_QUALIFIES = "no threshold qualifies"


def _add_limits_to_ranking(fig: Drawing, view: RankingView, palette: Palette) -> None:
    """Limits as lines; the first has its words above, where today's leave room for them."""
    least, most = _with_room(view)
    shares = [(line.value - least) / (most - least) for line in view.limits]
    today = (view.today - least) / (most - least)
    for k, (line, share) in enumerate(zip(view.limits, shares, strict=True)):
        if not 0 <= share <= 1:
            continue
        fig.add_vline(x=line.value, line={"color": palette.accent, "width": 1, "dash": "dash"})
        is_left = share < 1 - WORDS
        free = (today + HALF, 1.0) if share > today else (0.0, today - HALF)
        low, high = (share, share + WORDS) if is_left else (share - WORDS, share)
        is_free = 0 <= today <= 1 and free[0] <= low <= high <= free[1]
        if k == 0 and (is_free or math.isnan(today)):
            fig.add_annotation(
                x=line.value,
                y=1,
                yref="paper",
                xanchor="left" if is_left else "right",
                yanchor="bottom",
                text=html.escape(line.words),
                showarrow=False,
                font={"size": 12, "color": palette.accent},
            )


WORDS, HALF = 0.36, 0.17
"""Of the axis, what the words of a limit take, and those of today on either side of its line."""


def _add_today_to_ranking(
    fig: Drawing, view: RankingView, palette: Palette, scenario: Scenario, called: str
) -> None:
    """Today's figure as a line with its name; one out of sight is pointed at."""
    if not np.isfinite(view.today):
        return
    least, most = _with_room(view)
    inside = least <= view.today <= most
    if inside:
        fig.add_vline(x=view.today, line={"color": palette.muted, "width": 1, "dash": "dot"})
    right = view.today > most
    words = f"{called}, at {figure(view.objective, view.today, scenario)}"
    text = called if inside else f"{words} →" if right else f"← {words}"
    share = (view.today - least) / (most - least)
    # Beside its line where there is room for it, which near an edge is on one side alone.
    anchor = "left" if share < 0.15 else "right" if share > 0.85 else "center"
    fig.add_annotation(
        x=min(max(view.today, least), most),
        y=1,
        yref="paper",
        xanchor=anchor,
        yanchor="bottom",
        text=html.escape(text),
        showarrow=False,
        font={"size": 12, "color": palette.muted},
    )
