"""Cost strips: bars that show the cheapest model along the cost of a miss and along the defect rate."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from itertools import pairwise

from markupsafe import Markup

from dashboard.analysis.analysis import defect_rate_of
from dashboard.analysis.cache import part
from dashboard.analysis.decide.cheapest_model import is_cheapest_clear
from dashboard.analysis.models.cost_curves import cost_curves_of, tied_with_cheapest
from dashboard.figures.cost_strip_figure import Strip, strip_figure
from dashboard.figures.model_styles import ModelStyle, styles_of_discussed
from dashboard.figures.plotly_json import Drawn
from dashboard.page_view import PageView
from dashboard.views.html_elements import (
    bullets,
    eyebrow,
    finding,
    inline,
    note,
    strong,
    swatch,
    write,
)
from dashboard.views.live_elements import draw_chart
from dashboard.words.models.cost_curves import (
    ALONG_COST,
    ALONG_RATE,
    COST_CURVES_NOTE,
    cheapest_name,
    cheapest_sentence,
    cost_curves_question,
    cost_value,
    ranges_words,
    rate_value,
    strip_alt,
)
from dashboard.words.numbers.amounts import entered, rate_words
from metrics.selection.cost_curve import CostCurveInterval, intervals_by_model

Band = tuple[Markup, str, CostCurveInterval]
"""Mark and name of a model, and an interval along which it is the cheapest."""


def draw(page: PageView) -> None:
    """Draw the two strips below the finding."""
    analysis = page.analysis
    curves, rate = cost_curves_of(analysis), defect_rate_of(analysis)
    miss, is_average = analysis.evaluation.miss_cost, bool(analysis.scenario.miss_cost_by_type)
    write(eyebrow(cost_curves_question(analysis), id="who-is-cheapest"))
    sentence = cheapest_sentence(
        curves.by_cost,
        miss,
        page.names,
        is_average=is_average,
        tied=tied_with_cheapest(analysis, curves.by_cost),
        is_significant=is_cheapest_clear(analysis),
    )
    write(finding(sentence))
    costs = curves.by_cost, miss, ALONG_COST[is_average], cost_value, entered(miss)
    rates = curves.by_rate, rate, ALONG_RATE, rate_value, rate_words(rate)
    strips = [
        Strip(name, *curve, curves.stability.get(name))
        for name, curve in (("cost", costs), ("rate", rates))
    ]
    model_styles = styles_of_discussed(page.selection, page.choices.axes, _neighbours(strips))
    for strip in strips:
        bands = _bands(page, strip, model_styles)
        write_ranges = partial(ranges_words, share=strip.name == "rate")
        alt = strip_alt(
            strip.title, [(name, write_ranges([interval])) for _, name, interval in bands]
        )
        draw_chart(f"strip_{strip.name}", _figure(page, strip, model_styles), alt)
        items = [
            inline(mark, name, " ", strong(write_ranges(intervals)))
            for mark, name, intervals in intervals_of_models(bands)
        ]
        write(bullets(items, css="cg-bands", label=strip.title))
    write(note(COST_CURVES_NOTE))


def _neighbours(strips: Sequence[Strip]) -> list[tuple[str, str]]:
    """Pairs of models that are next to each other on a strip."""
    return [
        (left.models[-1], right.models[0])
        for strip in strips
        for left, right in pairwise(intervals_by_model(strip.cost_curve))
        if left.extreme is None is right.extreme
    ]


def _figure_reads(page: PageView, strip: Strip, model_styles: Mapping[str, ModelStyle]) -> Hashable:
    greys = tuple(model_styles[model].light for model in page.styles)
    return page.analysis.intervals_key, page.palette, page.names, strip.name, strip.now, greys


@part(reads=_figure_reads)
def _figure(page: PageView, strip: Strip, model_styles: Mapping[str, ModelStyle]) -> Drawn:
    words = partial(page.names.at, page.analysis.evaluation, exact=True)
    return strip_figure(strip, page.palette, model_styles, words, page.label).drawn()


def _bands(page: PageView, strip: Strip, model_styles: Mapping[str, ModelStyle]) -> list[Band]:
    bands = []
    for interval in intervals_by_model(strip.cost_curve):
        models = () if interval.extreme is not None else interval.models
        marks = inline(*(swatch(model_styles[model], page.palette) for model in models))
        bands.append((marks, cheapest_name(interval, page.names), interval))
    return bands


def intervals_of_models(bands: Sequence[Band]) -> list[tuple[Markup, str, list[CostCurveInterval]]]:
    """Mark and name of each model once, with all intervals along which it is the cheapest."""
    intervals_of_model: dict[tuple[Markup, str], list[CostCurveInterval]] = {}
    for mark, name, interval in bands:
        intervals_of_model.setdefault((mark, name), []).append(interval)
    return [(*model, intervals) for model, intervals in intervals_of_model.items()]
