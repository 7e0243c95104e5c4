"""Chart of the models by a figure, with intervals."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from dashboard.analysis.decide.front import RankingView
from dashboard.figures.front_figure import HEIGHT, limit_look
from dashboard.figures.layout import drawn, house_layout
from dashboard.figures.palette import POINT_MARKS, ModelStyle, Palette, shortened
from dashboard.figures.plotly_json import Drawing
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
    _add_today_to_ranking(fig, view, palette, scenario, today)
    raised = _raised(view, scenario, today)
    _add_limits_to_ranking(fig, view, palette, scenario, raised)
    for k, _ in enumerate(view.without, start=len(view.models)):
        fig.add_annotation(
            x=0.02, y=k, xref="paper", xanchor="left", text=NONE_QUALIFIES, showarrow=False,
            font={"size": 12, "color": palette.muted},
        )  # fmt: skip
    # Room for what the browser lays over it, for today, and for a limit.
    above = (26 if words is None else ABOVE) + raised
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
    text = html.escape(shortened(name))
    if kind is None:
        return text
    text = f"{POINT_MARKS[kind]} {text}"
    return f"<b>{text}</b>" if kind == "chosen" else text


ABOVE = 20
"""Pixels above the picture for what is written at upright lines."""


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


@dataclass(frozen=True)
class _Name:
    """What is written above the picture at an upright line, or at the edge beyond which that is."""

    text: str
    share: float
    """Of the axis, from its left end to the words' anchor."""
    anchor: str
    """As of Plotly: the side of the words that is there."""

    @property
    def ends(self) -> tuple[float, float]:
        """Left and right end of the words, as shares of a narrow axis."""
        long = _long(self.text)
        low = self.share - {"left": 0.0, "center": long / 2, "right": long}[self.anchor]
        return low, low + long

    def meets(self, other: _Name) -> bool:
        """Whether the two would be written over each other."""
        (low, high), (begin, end) = self.ends, other.ends
        return low < end + APART and begin < high + APART


def _long(words: str) -> float:
    return LETTER * len(words) / NARROW


LETTER, NARROW, APART, LEFT_OF_AXIS = 6.2, 230, 0.03, 0.4
"""Pixels of a letter and of a narrow axis; as shares of that, what is free between two names, and how far
one may reach out over the models' names."""
RAISED = 15
"""Pixels by which the words of a limit stand above those of today, where both have no room side by side."""


def _name_of_limit(view: RankingView, scenario: Scenario) -> _Name | None:
    """What is written at the first limit that is in sight."""
    least, most = _with_room(view)
    for line in view.limits:
        words = limit_line_words(line.bound, scenario)
        share, long = (line.value - least) / (most - least), _long(words)
        if not 0 <= share <= 1:
            continue
        if share + long <= 1:
            return _Name(words, share, "left")
        if share - long >= -LEFT_OF_AXIS:
            return _Name(words, share, "right")
        return _Name(words, 1.0, "right")
    return None


def _name_of_today(view: RankingView, scenario: Scenario, called: str) -> _Name | None:
    """What is written at today's line; of one out of sight where it is."""
    if not np.isfinite(view.today):
        return None
    least, most = _with_room(view)
    words = f"{called}, at {figure(view.objective, view.today, scenario)}"
    share = (view.today - least) / (most - least)
    text = called if 0 <= share <= 1 else f"{words} →" if share > 1 else f"← {words}"
    # Beside its line where there is room for it, which near an edge is on one side alone.
    anchor = "left" if share < 0.15 else "right" if share > 0.85 else "center"
    return _Name(text, min(max(share, 0.0), 1.0), anchor)


def _raised(view: RankingView, scenario: Scenario, called: str) -> int:
    """Pixels by which the words of a limit stand above those of today."""
    limit, today = _name_of_limit(view, scenario), _name_of_today(view, scenario, called)
    return RAISED if limit is not None and today is not None and limit.meets(today) else 0


def _add_limits_to_ranking(
    fig: Drawing, view: RankingView, palette: Palette, scenario: Scenario, raised: int
) -> None:
    """Limits as lines; the first has its words above."""
    least, most = _with_room(view)
    for line in view.limits:
        if least <= line.value <= most:
            fig.add_vline(x=line.value, line=limit_look(palette))
    name = _name_of_limit(view, scenario)
    if name is not None:
        _write(fig, view, name, palette.accent, raised)


def _add_today_to_ranking(
    fig: Drawing, view: RankingView, palette: Palette, scenario: Scenario, called: str
) -> None:
    """Today's figure as a line with its name; one out of sight is pointed at."""
    name = _name_of_today(view, scenario, called)
    if name is None:
        return
    least, most = _with_room(view)
    if least <= view.today <= most:
        fig.add_vline(x=view.today, line={"color": palette.muted, "width": 1, "dash": "dot"})
    _write(fig, view, name, palette.muted)


def _write(fig: Drawing, view: RankingView, name: _Name, color: str, raised: int = 0) -> None:
    least, most = _with_room(view)
    fig.add_annotation(
        x=least + name.share * (most - least),
        y=1,
        yref="paper",
        xanchor=name.anchor,
        yanchor="bottom",
        yshift=raised,
        text=html.escape(name.text),
        showarrow=False,
        font={"size": 12, "color": color},
    )
