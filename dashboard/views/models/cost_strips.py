"""When another model would win, along the cost of a miss and along the defect rate."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dashboard.analysis.analysis import defect_rate_of
from dashboard.analysis.cache import part
from dashboard.analysis.decide.alternatives import cheapest_model
from dashboard.analysis.models.cost_curves import cost_curves_of, tied_with_cheapest
from dashboard.figures.cost_strip_figure import HEIGHT, strip_figure
from dashboard.figures.model_styles import styles_of_discussed
from dashboard.figures.palette import ModelStyle
from dashboard.live.component import mount
from dashboard.live.packed_curves import envelope as packed
from dashboard.markup import escaped, swatch
from dashboard.page_view import PageView
from dashboard.views.snippets import keep_room, write
from dashboard.words.models.cost_curves import (
    cheapest_name,
    cheapest_sentence,
    cost_value,
    interval_ends,
    rate_value,
)
from dashboard.words.numbers import entered, rate_words
from metrics.inference.comparison import Chance
from metrics.inference.cost_curve_stability import CostCurveStability
from metrics.selection.cost_curve import CostCurve, intervals_by_model


def draw(page: PageView) -> None:
    """The two strips, each under what it tells."""
    alone = "" if page.scenario.inspection is None else ", without inspectors"
    write(f'<p class="cg-eyebrow" id="who-is-cheapest">When would another model win{alone}?</p>')
    curves, rate = cost_curves_of(page.analysis), defect_rate_of(page.analysis)
    miss = page.evaluation.miss_cost
    average = " on average" if page.scenario.miss_cost_by_type else ""
    cheapest = cheapest_model(page.analysis)
    finding = cheapest_sentence(
        curves.by_cost,
        miss,
        page.names,
        is_average=bool(average),
        tied=tied_with_cheapest(page.analysis, curves.by_cost),
        is_significant=cheapest is None or cheapest.chance is Chance.CLEAR,
    )
    write(f'<h2 class="cg-finding">{escaped(finding)}</h2>')
    parts: list[tuple[str, CostCurve, float, str, Callable[[float], str]]] = [
        ("cost", curves.by_cost, miss, f"false alarms that a miss costs{average}", cost_value),
        ("rate", curves.by_rate, rate, "defects in production", rate_value),
    ]
    following = [
        pair for _, cost_curve, *_ in parts for pair in pairwise(intervals_by_model(cost_curve))
    ]
    model_styles = styles_of_discussed(
        page.selection,
        page.choices.axes,
        [
            (one.models[-1], other.models[0])
            for one, other in following
            if one.extreme is None is other.extreme
        ],
    )
    for name, cost_curve, now, title, value in parts:
        strip = _Strip(
            name,
            cost_curve,
            now,
            title,
            value,
            rate_words(now) if name == "rate" else entered(now),
            curves.stability.get(name),
            model_styles,
        )
        fig = _strip(page, strip)
        bands = _bands(page, cost_curve, model_styles, share=name == "rate")
        alt = f"The cheapest model by {title}: " + "; ".join(
            f"{named} from {ends}" for _, named, ends in bands
        )
        keep_room(f"strip_{name}", HEIGHT)
        mount(f"strip_{name}", packed("strip", {"alt": alt}, fig))
        items = "".join(
            f"<li>{mark}{escaped(named)} <b>{escaped(where)}</b></li>"
            for mark, named, where in named_once(bands)
        )
        write(f'<ul class="cg-bands" aria-label="{escaped(title)}">{items}</ul>')
    line = (
        "The line: in how many of 100 resamples of these units the cheapest stays the cheapest. "
        if curves.stability
        else ""
    )
    write(
        f'<p class="cg-note">{line}Each model at its own best threshold, which changes at the stripes; '
        "hover for it.</p>"
    )


@dataclass(frozen=True)
class _Strip:
    """A cost curve to draw, with its title and the words of its values."""

    name: str
    cost_curve: CostCurve
    now: float
    title: str
    value: Callable[[float], str]
    now_words: str
    often: CostCurveStability | None
    model_styles: Mapping[str, ModelStyle]


def _strip_reads(page: PageView, strip: _Strip) -> Hashable:
    greys = tuple(strip.model_styles[model].light for model in page.styles)
    return page.intervals_key, page.palette, page.names, strip.name, strip.now, greys


@part(reads=_strip_reads)
def _strip(page: PageView, strip: _Strip) -> bytes:
    figure = strip_figure(
        strip.cost_curve,
        strip.now,
        page.palette,
        strip.model_styles,
        page.exact_words,
        page.label,
        title=strip.title,
        value=strip.value,
        now_words=strip.now_words,
        often=strip.often,
    )
    return str(figure.to_json()).encode()


def _bands(
    page: PageView, cost_curve: CostCurve, model_styles: Mapping[str, ModelStyle], *, share: bool
) -> list[tuple[str, str, str]]:
    """Mark, name and ends of each interval."""
    found = []
    for stretch in intervals_by_model(cost_curve):
        marks = (
            ""
            if stretch.extreme is not None
            else "".join(swatch(model_styles[model], page.palette) for model in stretch.models)
        )
        found.append(
            (
                marks,
                cheapest_name(stretch, page.names),
                " to ".join(interval_ends(stretch, share=share)),
            )
        )
    return found


def named_once(bands: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Each model once, with all the stretches along which it is cheapest."""
    stretches: dict[tuple[str, str], list[str]] = {}
    for mark, named, ends in bands:
        stretches.setdefault((mark, named), []).append(ends)
    return [(mark, named, ", ".join(where)) for (mark, named), where in stretches.items()]
