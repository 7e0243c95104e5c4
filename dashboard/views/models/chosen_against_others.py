"""Each other model in place of the chosen point, as a table: what it would bring each stakeholder."""

from __future__ import annotations

from dashboard.markup import escaped, small, swatch
from dashboard.page.card_text import misses_words
from dashboard.page.chosen_against_others import OtherModel, other_models, standing_words
from dashboard.page.front_and_tradeoff_inputs import model_styles_of, styles_with_today
from dashboard.page.state import PageState
from dashboard.views.snippets import point_markup
from metrics import OperatingPoint
from metrics.inference.comparison import Chance
from metrics.narrative.number_formatting import figure, unit_words, written_gap

TITLE = "If another model were chosen"


def other_models_table(page: PageState) -> str:
    """The chosen point first, then each other model with what would change; nothing beside one model."""
    others = other_models(page)
    if not others:
        return ""
    scenario = page.scenario
    heads = "".join(
        f'<th scope="col">{escaped(f"{s.objective.label} {unit_words(s.objective, scenario)}".rstrip())}'
        f"{small(s.title)}</th>"
        for s in page.stakeholders
    )
    figures = (
        figure(s.objective, page.chosen.figures[s.objective.id], page.scenario)
        for s in page.stakeholders
    )
    chosen = "".join(f"<td>{escaped(text)}</td>" for text in figures)
    is_mixed = len({one.keeps_limits for one in others}) > 1
    rows = "".join(_row(page, one, says_limits=is_mixed) for one in others)
    return (
        f'<h3 class="cg-finding">{TITLE}</h3><p class="cg-lines">{escaped(standing_words(page, others))}</p>'
        f'<table class="cg-compare cg-others"><thead><tr><th scope="col">Model</th>{heads}</tr></thead>'
        f'<tbody><tr class="cg-better"><th scope="row">◉ {_point(page, page.chosen)}</th>{chosen}</tr>'
        f"{rows}</tbody></table>"
    )


def _point(page: PageState, point: OperatingPoint) -> str:
    mark = swatch(styles_with_today(page, model_styles_of(page))[str(point.model)], page.palette)
    alone = page.is_alone(point)
    return mark + point_markup(page, point.model, point.threshold, alone=alone, lower=point.lower)


def _row(page: PageState, other: OtherModel, *, says_limits: bool) -> str:
    missed = says_limits and not other.keeps_limits
    cells = []
    for stakeholder, gap in zip(page.stakeholders, other.gaps, strict=True):
        o = stakeholder.objective
        value, chosen = other.point.figures[o.id], page.chosen.figures[o.id]
        change = written_gap(o, value, chosen, page.scenario)
        words = change.words(noun=False)
        is_open = gap is not None and gap.chance is Chance.POSSIBLE and not change.is_same
        shade = ' class="cg-open"' if is_open else ""
        words += f", {Chance.POSSIBLE.value}" if is_open else ""
        below = small(words) if change.is_defined else ""
        cells.append(f"<td{shade}>{escaped(figure(o, value, page.scenario))}{below}</td>")
    off = small(misses_words(page)) if missed else ""
    return f'<tr><th scope="row">{_point(page, other.point)}{off}</th>{"".join(cells)}</tr>'
