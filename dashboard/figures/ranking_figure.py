"""Chart of the models by a figure, with intervals."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from dashboard.analysis.decide.front import RankingView
from dashboard.figures.chart_text import bold, hover_lines
from dashboard.figures.front_figure import HEIGHT, limit_look
from dashboard.figures.layout import drawn, house_layout
from dashboard.figures.palette import POINT_MARKS, ModelStyle, Palette, shortened
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.threshold_lines import LINE, NamedThreshold, draw_thresholds
from dashboard.figures.ticks import set_axis
from dashboard.words.axes import axis_title
from dashboard.words.limits import limit_line_words
from dashboard.words.numbers import figure
from metrics import Scenario

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
    marked: Mapping[str, str] = MappingProxyType({}),
) -> Drawing:
    """Draw the dots one below the other, the best on top.

    Parameters
    ----------
    words : sequence of sequences of str, optional
        Lines on each model under the pointer, the first its name; without, the browser asks the page.
    today : str
        What today's system is called.
    marked : mapping of str to str, optional
        Kind of the named point that is of a model, as of `POINT_MARKS`: its name bears that mark.
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
    lines = _limits(fig, view, palette, scenario, (least, most))
    lines += _current(view, palette, scenario, today, (least, most))
    above = draw_thresholds(fig, lines, height=height - AROUND, axis=(least, most))
    for k, _ in enumerate(view.without, start=len(view.models)):
        fig.add_annotation(
            x=0.02, y=k, xref="paper", xanchor="left", text=NONE_QUALIFIES, showarrow=False,
            font={"size": 12, "color": palette.muted},
        )  # fmt: skip
    # Room for what the browser lays over it, and for names one above the other.
    above = (26 if words is None else ABOVE) + max(0, above - LINE)
    margin = {"l": 46, "r": 12, "t": above, "b": 42}
    house_layout(fig, palette, height=height, automargin=words is not None, margin=margin)
    fig.update_xaxes(title={"text": html.escape(axis_title(view.objective, scenario))})
    set_axis(fig, "xaxis", view.objective, scenario, [least, most], 6)
    names = [
        _marked(textwrap.shorten(label(model), 200), marked.get(model))
        for model in (*view.models, *view.without)
    ]
    fig.update_yaxes(
        range=[len(names) - 0.4, -0.6],
        tickvals=np.arange(len(names), dtype=np.float32),
        ticktext=names,
        showgrid=False,
    )
    return fig


def _marked(name: str, kind: str | None) -> str:
    """A model's name at the axis, with the mark of the point that is of it; the chosen one's in bold."""
    text = shortened(name) if kind is None else f"{POINT_MARKS[kind]} {shortened(name)}"
    return bold(text) if kind == "chosen" else html.escape(text)


ABOVE = 20
"""Pixels above the picture for what is written at upright lines."""


def _tip(name: str, *lines: str) -> str:
    return f"{hover_lines(name, *lines)}<extra></extra>"


def _with_room(view: RankingView) -> tuple[float, float]:
    """Ends of the axis: a mark at what is the least of all lies whole between the axis and the names."""
    least, most = view.visible_range
    nearest = min(view.values[view.values >= least], default=least)
    return min(least, float(nearest) - ROOM * (most - least)), most


ROOM = 0.035
"""Of a mark at the edge, as a share of the axis."""
NONE_QUALIFIES = "no threshold qualifies"


def _limits(
    fig: Drawing,
    view: RankingView,
    palette: Palette,
    scenario: Scenario,
    ends: tuple[float, float],
) -> list[NamedThreshold]:
    """Draw the limits in sight; return the first of them, which has a name."""
    seen = [line for line in view.limits if ends[0] <= line.value <= ends[1]]
    look = limit_look(palette)
    for line in seen[1:]:
        fig.add_vline(x=line.value, line=look)
    return [
        NamedThreshold(line.value, limit_line_words(line.bound, scenario), palette.accent, look)
        for line in seen[:1]
    ]


def _current(
    view: RankingView, palette: Palette, scenario: Scenario, called: str, ends: tuple[float, float]
) -> list[NamedThreshold]:
    """Figure of the current system; at the end of the axis if it is out of sight, with an arrow."""
    if not np.isfinite(view.today):
        return []
    at = min(max(view.today, ends[0]), ends[1])
    words = called
    if at != view.today:
        words = f"{called}, at {figure(view.objective, view.today, scenario)}"
        words = f"← {words}" if view.today < at else f"{words} →"
    look = {"color": palette.muted, "width": 1, "dash": "dot"}
    return [NamedThreshold(at, words, palette.muted, look, is_in_sight=at == view.today)]


AROUND = 66
"""Pixels above and below the picture."""
