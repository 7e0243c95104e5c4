"""Each other model in place of the chosen point, as a table: what it would bring each stakeholder."""

from __future__ import annotations

from dashboard.markup import escaped, small, swatch
from dashboard.page.card_text import limit_noun
from dashboard.page.front_and_tradeoff_inputs import model_styles_of, styles_with_today
from dashboard.page.other_models import OtherModel, other_models, standing_words
from dashboard.page.state import PageState
from dashboard.views.snippets import point_markup
from metrics import OperatingPoint
from metrics.inference.comparison import Chance
from metrics.narrative.number_formatting import UNDEFINED, figure, tied, unit_words, written_gap

TITLE = "If another model were chosen"
OPEN = "Shaded: could be chance."
"""What the colour of a cell says."""


def other_models_table(page: PageState) -> str:
    """The chosen point first, then each other model with what would change; nothing beside one model."""
    others = other_models(page)
    if not others:
        return ""
    heads = "".join(
        f'<th scope="col">{escaped(s.objective.label)}'
        f"{small(' '.join(filter(None, (s.title, unit_words(s.objective, page.scenario)))))}</th>"
        for s in page.stakeholders
    )
    figures = (
        figure(s.objective, page.chosen.figures[s.objective.id], page.scenario)
        for s in page.stakeholders
    )
    chosen = "".join(f"<td>{escaped(text)}</td>" for text in figures)
    rows = "".join(_row(page, one) for one in others)
    read = f"{standing_words(page, others)} {OPEN}"
    return (
        f'<h3 class="cg-finding">{TITLE}</h3><p class="cg-lines">{escaped(read)}</p>'
        f'<table class="cg-compare cg-others"><thead><tr><th scope="col">Model</th>{heads}</tr></thead>'
        f'<tbody><tr class="cg-better"><th scope="row">◉ {_point(page, page.chosen)}</th>{chosen}</tr>'
        f"{rows}</tbody></table>"
    )


def _point(page: PageState, point: OperatingPoint) -> str:
    mark = swatch(styles_with_today(page, model_styles_of(page))[str(point.model)], page.palette)
    alone = page.is_alone(point)
    return mark + point_markup(page, point.model, point.threshold, alone=alone, lower=point.lower)


def _row(page: PageState, other: OtherModel) -> str:
    off = "" if other.keeps_limits else small(f"misses the {limit_noun(page)}")
    cells = []
    for stakeholder, gap in zip(page.stakeholders, other.gaps, strict=True):
        o = stakeholder.objective
        value, chosen = other.point.figures[o.id], page.chosen.figures[o.id]
        change = written_gap(o, value, chosen, page.scenario)
        is_open = gap is not None and gap.chance is Chance.POSSIBLE and not tied(value, chosen)
        shade = ' class="cg-open"' if is_open else ""
        words = small(change.words(noun=False)) if change.is_defined else UNDEFINED
        cells.append(f"<td{shade}>{escaped(figure(o, value, page.scenario))}{words}</td>")
    return f'<tr><th scope="row">{_point(page, other.point)}{off}</th>{"".join(cells)}</tr>'
