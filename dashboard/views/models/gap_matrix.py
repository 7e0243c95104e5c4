"""Every two models on a stakeholder's objective, and whether their gap is clear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.alternatives import cheapest_model
from dashboard.analysis.models.gaps import Gaps, best_chosen_again, gaps_of, judged_by
from dashboard.figures.model_styles import styles_of_discussed
from dashboard.markup import escaped, plain, small, swatch
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import JUDGED
from dashboard.views.models.chosen_against_others import other_models_table
from dashboard.views.snippets import write
from dashboard.words.decide.alternatives import cheapest_model_words
from dashboard.words.limit_names import aside_words
from dashboard.words.models.gaps import (
    best_figure_words,
    chosen_again_sentence,
    condition_sentences,
    gaps_note,
    single_model_sentence,
)
from dashboard.words.numbers import (
    OF_100,
    TIE,
    chance_words,
    figure,
    gap_ends,
    gap_size,
    span,
    tied,
)
from dashboard.words.phrases import capital, joined
from metrics import Pick
from metrics.inference.comparison import Chance


def finding(page: PageView, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """Who is best, and which models could be as good."""
    at_once = "All models judged at once" if len(gaps.picks) > 2 else "The gap"
    return (
        f'<p class="cg-eyebrow">{at_once}</p>'
        f'<h3 class="cg-finding">{_headline(page, stakeholder, gaps)}</h3>'
        f'<p class="cg-lines">{escaped(capital(best_figure_words(page.scenario, stakeholder, gaps)))}. '
        f"{escaped(condition_sentences(page.analysis, page.names, stakeholder, gaps))}</p>"
    )


def _headline(page: PageView, stakeholder: Stakeholder, gaps: Gaps) -> str:
    o, best = stakeholder.objective, gaps.picks[0]
    rest = list(zip(gaps.picks[1:], gaps.together[1:], strict=True))
    level = [p for p, _ in rest if tied(p.value, best.value)]
    others = [p for p, same in rest if same and p not in level]
    names = f"<b>{_listed(page, [best, *level])}</b>"
    if not rest:
        return f"{names} is the only model"
    if page.limits:
        names = f"{capital(aside_words(page.analysis))}, {names}"
    if level:
        text = f"{names} tie on {escaped(o.label)}"
    else:
        text = f"{names} has the {o.superlative} {escaped(o.label)}"
    if others:
        joint = ", and" if level else ", but that could be chance:"
        return f"{text}{joint} {_listed(page, others)} could be 1st, too"
    return text if len(level) == len(rest) else f"{text}, and that is clear"


def _listed(page: PageView, picks: Sequence[Pick]) -> str:
    return joined([escaped(page.label(p.model)) for p in picks])


def _named(page: PageView, p: Pick, *, breaks: bool = False) -> str:
    """A model with its mark; a long name may go on after an underscore."""
    name = escaped(page.label(p.model))
    if breaks:
        name = name.replace("_", "_<wbr>")
    return f"{swatch(styles_of_discussed(page.selection, page.choices.axes)[p.model], page.palette)}{name}"


def _figure(analysis: Analysis, stakeholder: Stakeholder, gaps: Gaps, i: int) -> str:
    """The figure of a pick, its interval below it, and whether another's is the same."""
    o, value = stakeholder.objective, gaps.picks[i].value
    others = gaps.picks[:i] + gaps.picks[i + 1 :]
    tie = f" ({TIE})" if any(tied(p.value, value) for p in others) else ""
    text = figure(o, value, analysis.scenario)
    return escaped(text + tie) + small(span(o, value, *gaps.ranges[i], analysis.scenario))


def matrix(page: PageView, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """The pairs as a table, each once: the model of the row against those ranked below it."""
    head = "".join(f'<th scope="col">{_named(page, p, breaks=True)}</th>' for p in gaps.picks[1:])
    rows = []
    for i, p in enumerate(gaps.picks[:-1]):  # below the last there is none
        cells = []
        for j, q in enumerate(gaps.picks[1:], start=1):
            if j <= i:
                cells.append("<td></td>")
                continue
            gap = gaps.pairs[i, j]
            shade = "cg-plain" if gap.chance is Chance.CLEAR else "cg-open"
            tie = small(TIE) if tied(p.value, q.value) else ""
            cells.append(f'<td class="{shade}">{100 * gap.better:.0f}{tie}</td>')
        rows.append(
            f'<tr><th scope="row">{_named(page, p)}</th>'
            f'<td class="cg-value">{_figure(page.analysis, stakeholder, gaps, i)}</td>{"".join(cells)}</tr>'
        )
    return (
        '<div class="cg-wide" role="region" tabindex="0" aria-label="Model against model">'
        '<table class="cg-compare cg-gaps"><thead><tr><th scope="col">Model</th>'
        f'<th scope="col">{escaped(stakeholder.objective.label)}</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


TITLE = "Each pair judged on its own"
READ = (
    "In how many of 100 resamples of these units the row’s model is better than the column’s. "
    "Shaded: could be chance."
)
"""How the matrix is to be read."""
ALONE = (
    "Shaded: the 95 % interval of the gap holds 0. Each pair is judged as if only these two had been tried. "
    "The headline judges all at once: one of many is easily ahead by luck, so it asks for more."
)
"""What the shade means beside the headline."""


def against_each(page: PageView, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """Every gap with its interval, folded away: a model against all that are ranked below it."""
    lines = []
    for i in range(len(gaps.picks) - 1):
        name, each = _named(page, gaps.picks[i]), "each model below it" if i else "each other model"
        lines.append(
            f"<details><summary>{name} against {each}</summary>"
            f"{_against(page, stakeholder, gaps, i)}</details>"
        )
    return "".join(lines)


def _against(page: PageView, stakeholder: Stakeholder, gaps: Gaps, i: int) -> str:
    """One model against all that are ranked below it."""
    o, first = stakeholder.objective, gaps.picks[i]
    rows = []
    for j in range(i + 1, len(gaps.picks)):
        found, q = gaps.pairs[i, j], gaps.picks[j]
        gap = gap_size(o, first.value, q.value, page.scenario)
        ends = gap_ends(found, page.scenario, first.value, q.value)
        sure = chance_words(found) if ends else ""
        rows.append(
            f'<tr><th scope="row">{_named(page, q)}</th><td>{escaped(gap)}</td>'
            f"<td>{escaped(ends)}</td><td>{escaped(sure)}</td></tr>"
        )
    heads = ("Against", "Gap", "95 % of the gap", f"{OF_100}, this pair alone")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        '<table class="cg-compare cg-pairs">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def draw(page: PageView, *, at_once: bool = False) -> Callable[[], None]:
    """Every two models on one stakeholder's objective, where they are asked for.

    Returns
    -------
    callable
        Draws what takes long, when all else of the page stands.
    """
    # Opened for another objective it says nothing of the cost.
    is_of_cost = not at_once or page.choices.gaps == "cost"
    title = _question(page) if is_of_cost else capital(PAIRS)
    with st.expander(title, expanded=at_once, on_change="rerun", key="gaps_box") as box:
        if box.open:
            return _pairs(page)
    return _nothing


def _question(page: PageView) -> str:
    """The answer in short where it is known, and what else is in the box."""
    found = cheapest_model(page.analysis)
    if found is None:
        return capital(PAIRS)
    about, sure = cheapest_model_words(page.names, found)
    return f"{plain(about)} **{plain(sure)}** · {PAIRS}"


PAIRS = "model against model"
"""What is in the box."""


def _nothing() -> None:
    """What is left to draw where all is drawn."""


def _pairs(page: PageView) -> Callable[[], None]:
    every = [judged_by(page.analysis, name) for name in JUDGED]
    names = {s.name: f"{s.title}: {s.objective.label}" for s in every}
    st.segmented_control(
        "Objective of",
        list(JUDGED),
        required=True,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        **session.widget("gaps_of", page.choices.gaps, lambda c, v: replace(c, gaps=v)),
    )
    write(other_models_table(page))
    stakeholder = judged_by(page.analysis, page.choices.gaps)
    if page.uncertainty is None:
        if page.analysis.shows_intervals:
            write('<p class="cg-lines cg-checking">checking</p>')
        else:
            write('<p class="cg-lines">How sure the figures are is not shown: see More above.</p>')
        return _nothing
    gaps = gaps_of(page.selection, stakeholder)
    if not gaps.picks:
        write('<p class="cg-notice">No model has a threshold that this stakeholder would pick.</p>')
        return _nothing
    with st.container(gap="xsmall", key="part_gaps"):
        write(finding(page, stakeholder, gaps))
        place = st.empty()
        with place:
            write('<p class="cg-lines cg-checking">On new data: checking</p>')
        if len(gaps.picks) < 2:
            write(f'<p class="cg-lines">{single_model_sentence(page.analysis)}</p>')
        else:
            write(
                f'<h3 class="cg-title">{TITLE}</h3><p class="cg-lines">{READ}</p>'
                f"{matrix(page, stakeholder, gaps)}"
            )
            write(against_each(page, stakeholder, gaps))
            behind = f"{ALONE} {escaped(gaps_note(page.scenario, stakeholder))}"
            write(f'<details class="cg-note"><summary>Details</summary>{behind}</details>')

    def finish() -> None:
        words = chosen_again_sentence(
            page.scenario, stakeholder, *best_chosen_again(page.analysis, stakeholder)
        )
        with place:
            st.html(f'<p class="cg-lines">{escaped(words)}</p>')

    return finish
