"""Ticks of an axis at several levels of detail, and rounded ends of an axis on a slide.

The browser shows the finest level that it has room for (`MOST_TICKS` in ``live/chart.js``). The number of
ticks that a caller gives is that of a chart on paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from dashboard.figures.plotly_json import Drawing
from dashboard.words.axes import tick_words
from metrics import Objective, Scenario

BEYOND, ZOOM = 3, 50
"""Widths by which coarse levels exceed the range on either side; ticks of the finest level in the range."""
ROUND_DIGITS = (1, 2, 5)
"""First digits of round values."""
MOST_DECADES = 6
"""Most powers of ten whose tenths have ticks."""


def set_axis(
    fig: Drawing,
    axis: str,
    o: Objective,
    scenario: Scenario,
    ends: Sequence[float],
    *,
    ticks_on_paper: int,
) -> None:
    """Give an axis of an objective its range and its ticks."""
    words = tick_words(o, scenario, max(map(abs, ends)))
    set_ticks(fig, axis, ends, words, ticks_on_paper=ticks_on_paper)


def set_ticks(
    fig: Drawing,
    axis: str,
    ends: Sequence[float],
    words: Callable[[float], str],
    *,
    ticks_on_paper: int,
    log: bool = False,
) -> None:
    """Give an axis its range and its ticks.

    Parameters
    ----------
    axis : str
        Name in the layout, such as ``yaxis2``.
    ends : (low, high)
        Visible range, in figures also of a logarithmic axis.
    words : callable
        Text of a tick.
    ticks_on_paper : int
        Largest number of ticks on paper.
    """
    values = log_levels(*ends) if log else levels(*sorted(ends))
    texts = {value: words(value) for level in values for value in level}
    for_zoom = [{"values": level, "texts": [texts[v] for v in level]} for level in values]
    seen = [[v for v in level if ends[0] <= v <= ends[1]] for level in values]
    shown: list[float] = max(
        (level for level in seen if len(level) <= ticks_on_paper), key=len, default=[]
    )
    look: dict[str, Any] = {
        "tickvals": shown,
        "ticktext": [texts[v] for v in shown],
        "tickangle": 0,
    }
    look["range"] = [math.log10(end) for end in ends] if log else list(ends)
    fig.update_layout(meta={"ticks": {axis: for_zoom}}, **{axis: look})


def levels(low: float, high: float) -> list[list[float]]:
    """Multiples of 1, 2 or 5 times a power of ten, from far apart to close."""
    span = high - low
    first = math.floor(math.log10(span / ZOOM))
    out = []
    for power in range(first + 3, first - 1, -1):
        for digit in reversed(ROUND_DIGITS):
            step = digit * 10.0**power
            if not span / ZOOM <= step <= 2 * span:
                continue
            reach = BEYOND * span if step >= span / 5 else span / 4
            from_, to = math.ceil((low - reach) / step), math.floor((high + reach) / step)
            out.append([round(k * step, -power) for k in range(from_, to + 1)])
    return out


def log_levels(low: float, high: float) -> list[list[float]]:
    """Powers of ten, then 1, 2 and 5 times a power of ten, then all digits, halves and tenths of them."""
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    digits: list[list[float]] = [
        [1],
        [*ROUND_DIGITS],
        list(range(1, 10)),
        [k / 2 for k in range(2, 20)],
    ]
    if len(decades) <= MOST_DECADES:
        digits.append([k / 10 for k in range(10, 100)])
    sparse = [[10.0**power for power in decades if power % apart == 0] for apart in (4, 2)]
    return sparse + [
        [float(f"{digit * 10.0**power:.12g}") for power in decades for digit in level]
        for level in digits
    ]


def round_ends(low: float, high: float, *, is_log: bool = False) -> tuple[float, float, float]:
    """Rounded ends of an axis and the step between ticks, because slides count ticks from the lower end.

    The step of a logarithmic axis is its lower end.
    """
    if is_log:
        low = _round_number(low, down=True)
        return low, _round_number(high, down=False), low
    step = _round_number((high - low) / 6, down=False)
    digits = max(0, 1 - math.floor(math.log10(step)))
    low = round(math.floor(low / step + 1e-9) * step, digits)
    return low, round(math.ceil(high / step - 1e-9) * step, digits), step


def _round_number(value: float, *, down: bool) -> float:
    """Next 1, 2 or 5 times a power of ten, downwards or upwards."""
    steps = [float(f"{k}e{math.floor(math.log10(value))}") for k in (*ROUND_DIGITS, 10)]
    if down:
        return max(step for step in steps if step <= value * (1 + 1e-9))
    return min(step for step in steps if step >= value * (1 - 1e-9))
