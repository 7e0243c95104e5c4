"""Chart that ranks the models by one objective, with intervals."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.decide.model_ranking import RankingView
from dashboard.figures.front_figure import HEIGHT
from dashboard.figures.layout import house_layout
from dashboard.figures.limit_shades import limit_look
from dashboard.figures.model_styles import ModelStyle
from dashboard.figures.palette import POINT_MARKS, Palette
from dashboard.figures.plotly_json import Drawing, as_float32
from dashboard.figures.texts import LINE, bold, hover_lines, shortened
from dashboard.figures.threshold_lines import NamedThreshold, draw_thresholds
from dashboard.figures.ticks import set_axis
from dashboard.words.axes import axis_title
from dashboard.words.limits.limits_status import limit_line_words
from dashboard.words.numbers.figures import figure
from metrics import Scenario

NONE_QUALIFIES = "no threshold qualifies"
TOP_MARGIN = 20
"""Pixels above the plot area for one line of names."""
MARGINS = 66
"""Pixels above and below the plot area together."""
EDGE = 0.012
"""Distance of an arrow from the end of the axis, as a share of the axis."""
MARK_ROOM = 0.035
"""Room for half a mark at the low end of the axis, as a share of the axis."""


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
    """Draw a row for each model, the best on top: a mark at its figure, and a line for its interval.

    Parameters
    ----------
    view : RankingView
    palette : Palette
    model_styles : mapping of str to ModelStyle
    scenario : Scenario
    label : callable
        Name of a model for the axis.
    height : int
        Height of the figure in pixels.
    words : sequence of sequences of str, optional
        Lines of the hover text of each model, the model's name first. By default the browser requests them.
    today : str
        Name of the current system.
    marked : mapping of str to str, optional
        Kind of the named point of a model, from `POINT_MARKS`. Its mark precedes the model's name.
    """
    fig = Drawing(palette)
    places = np.arange(len(view.models), dtype=np.float32)
    _add_intervals(fig, view, places)
    ends = _axis_ends(view)
    for k in range(len(view.models)):
        _add_model(fig, view, model_styles, k, ends, None if words is None else words[k])
    lines = _add_limits(fig, view, scenario, ends)
    lines += _current_system(view, palette, scenario, today, ends)
    names_height = draw_thresholds(fig, lines, height=height - MARGINS, axis=ends)
    for k, _ in enumerate(view.without, start=len(view.models)):
        fig.add_text(NONE_QUALIFIES, palette.muted, x=0.02, y=k, xref="paper", xanchor="left")
    # Without hover texts the browser draws over the chart, which needs a higher margin.
    top = (26 if words is None else TOP_MARGIN) + max(0, names_height - LINE)
    margin = {"l": 46, "r": 12, "t": top, "b": 42}
    house_layout(fig, palette, height=height, automargin=words is not None, margin=margin)
    fig.update_xaxes(title={"text": html.escape(axis_title(view.objective, scenario))})
    set_axis(fig, "xaxis", view.objective, scenario, [*ends], ticks_on_paper=6)
    names = [
        _name_with_mark(textwrap.shorten(label(model), 200), marked.get(model))
        for model in (*view.models, *view.without)
    ]
    fig.update_yaxes(
        range=[len(names) - 0.4, -0.6],
        tickvals=np.arange(len(names), dtype=np.float32),
        ticktext=names,
        showgrid=False,
    )
    return fig


def _axis_ends(view: RankingView) -> tuple[float, float]:
    """Ends of the axis. The lowest visible mark has room, so that it does not cover the names."""
    low, high = view.visible_range
    lowest = min(view.values[view.values >= low], default=low)
    return min(low, float(lowest) - MARK_ROOM * (high - low)), high


def _add_intervals(fig: Drawing, view: RankingView, places: NDArray[np.float32]) -> None:
    """Draw the intervals, those of uncoloured models first."""
    if view.ends is None:
        return
    low, high = as_float32(view.ends.low), as_float32(view.ends.high)
    breaks = np.full_like(low, np.nan)  # NaN separates the lines of a trace.
    for is_coloured, color in ((False, fig.palette.beaten), (True, fig.palette.muted)):
        rows = np.array([(model in view.coloured) == is_coloured for model in view.models], bool)
        fig.add_line(
            np.column_stack([low, high, breaks])[rows].ravel(),
            np.repeat(places[rows], 3),
            {"width": 2, "color": color},
            name="95%",
        )


def _add_model(
    fig: Drawing,
    view: RankingView,
    model_styles: Mapping[str, ModelStyle],
    k: int,
    ends: tuple[float, float],
    words: Sequence[str] | None,
) -> None:
    """Draw the mark of the k-th model; an arrow at the end of the axis if its figure is out of sight."""
    model, value, (low, high) = view.models[k], view.values[k], ends
    style, is_coloured = model_styles[model], model in view.coloured
    x, symbol = view.values[[k]], style.symbol
    if not low <= value <= high:
        edge = EDGE * (high - low)
        x = np.clip(x, low + edge, high - edge)
        symbol = f"triangle-{'left' if value < low else 'right'}-open"
    fig.add_scatter(
        x=x,
        y=np.array([k], np.float32),
        mode="markers",
        name=model,
        marker={
            "color": style.color(fig.palette) if is_coloured else fig.palette.beaten,
            "symbol": symbol,
            "size": 10 if is_coloured else 8,
        },
        customdata=view.rows[[k]],
        hoverinfo="none" if words is None else None,
        # A chart with hover texts cannot be zoomed, so a mark may reach beyond the plot area.
        cliponaxis=words is None,
        hovertemplate=None if words is None else f"{hover_lines(*words)}<extra></extra>",
    )


def _name_with_mark(name: str, kind: str | None) -> str:
    """Name of a model with the mark of its named point, in bold for the selected point."""
    text = shortened(name) if kind is None else f"{POINT_MARKS[kind]} {shortened(name)}"
    return bold(text) if kind == "chosen" else html.escape(text)


def _add_limits(
    fig: Drawing, view: RankingView, scenario: Scenario, ends: tuple[float, float]
) -> list[NamedThreshold]:
    """Draw the visible limits but the first, and return the first, which is drawn with its name."""
    visible = [line for line in view.limits if ends[0] <= line.value <= ends[1]]
    look = limit_look(fig.palette)
    for line in visible[1:]:
        fig.add_vline(x=line.value, line=look)
    return [
        NamedThreshold(line.value, limit_line_words(line.bound, scenario), fig.palette.accent, look)
        for line in visible[:1]
    ]


def _current_system(
    view: RankingView, palette: Palette, scenario: Scenario, name: str, ends: tuple[float, float]
) -> list[NamedThreshold]:
    """Figure of the current system, at the end of the axis if it is out of sight; empty if undefined."""
    if not np.isfinite(view.today):
        return []
    at = min(max(view.today, ends[0]), ends[1])
    is_in_sight = at == view.today
    words = name
    if not is_in_sight:
        words = f"{name}, at {figure(view.objective, view.today, scenario)}"
        words = f"← {words}" if view.today < at else f"{words} →"
    look = {"color": palette.muted, "width": 1, "dash": "dot"}
    return [NamedThreshold(at, words, palette.muted, look, is_in_sight=is_in_sight)]
