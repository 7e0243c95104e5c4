"""The gaps page: every two models on a stakeholder's objective, and whether their gap is real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard.markup import escaped, small, swatch
from dashboard.page import cache, notices
from dashboard.page.gaps import Gaps, between
from dashboard.page.state import PageState, Stakeholder
from dashboard.page.summary import TIE, gap_size, settled, than_here, tied
from dashboard.page.uncertainty import resampled_words
from dashboard.session import session
from dashboard.session.choices import STAKEHOLDERS
from dashboard.views.parts import write
from metrics import Pick
from metrics.inference.comparison import Chance
from metrics.narrative.formatting import figure, gap_ends, span, unit_words
from metrics.narrative.phrases import joined


def finding(page: PageState, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """Who is best, who cannot be told from it, and what being chosen flatters."""
    return (
        '<p class="cg-eyebrow">Is the gap real?</p>'
        f'<h2 class="cg-finding">{_headline(page, stakeholder, gaps)}</h2>'
        f'<p class="cg-lines">{escaped(_best(page, stakeholder, gaps))}.</p>'
    )


def _headline(page: PageState, stakeholder: Stakeholder, gaps: Gaps) -> str:
    o, best = stakeholder.objective, gaps.picks[0]
    rest = list(zip(gaps.picks[1:], gaps.together[1:], strict=True))
    level = [p for p, _ in rest if tied(p.value, best.value)]
    others = [p for p, same in rest if same and p not in level]
    names = f"<b>{_listed(page, [best, *level])}</b>"
    at_once = ", all models judged at once" if len(rest) > 1 else ""
    if not rest:
        return f"{names} is the only model"
    if level:
        text = f"{names} tie on {escaped(o.label)}"
        if others:
            return f"{text}, and cannot be told from {_listed(page, others)}{at_once}"
        return text if len(level) == len(rest) else f"{text}, and every gap to them is real"
    if others:
        listed = _listed(page, others)
        return f"{names} cannot be told from {listed} on {escaped(o.label)}{at_once}"
    return f"{names} has the {o.superlative} {escaped(o.label)}, and every gap to it is real"


def _listed(page: PageState, picks: Sequence[Pick]) -> str:
    return joined([escaped(page.label(p.model)) for p in picks])


def _best(page: PageState, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """The best figure, with its interval and with what it is worth where it was not chosen."""
    o, best, scenario = stakeholder.objective, gaps.picks[0], page.scenario
    line = f"{o.label} {figure(o, best.value, scenario)} {unit_words(o, scenario)}".rstrip()
    known = span(o, best.value, *gaps.ranges[0], scenario)
    line += f" ({known})" if known else ""
    if gaps.elsewhere is None:
        return line
    value = gaps.elsewhere.value
    line += f"; model and threshold chosen on other rows: {figure(o, value, scenario)}"
    flattered = "what is chosen as the best flatters itself"
    gap = than_here(o, value, best.value, scenario, flattered=flattered)
    return f"{line} ({gap})"


def _named(page: PageState, p: Pick, *, breaks: bool = False) -> str:
    """A model with its mark; a long name may go on after an underscore."""
    name = escaped(page.label(p.model))
    if breaks:
        name = name.replace("_", "_<wbr>")
    return f"{swatch(page.styles[p.model], page.look)}{name}"


def _figure(page: PageState, stakeholder: Stakeholder, gaps: Gaps, i: int) -> str:
    """The figure of a pick, its interval below it, and whether another's is the same."""
    o, value = stakeholder.objective, gaps.picks[i].value
    others = gaps.picks[:i] + gaps.picks[i + 1 :]
    tie = f" ({TIE})" if any(tied(p.value, value) for p in others) else ""
    text = figure(o, value, page.scenario)
    return escaped(text + tie) + small(span(o, value, *gaps.ranges[i], page.scenario))


def matrix(page: PageState, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """The pairs as a table: the model of the row against that of the column."""
    head = "".join(f'<th scope="col">{_named(page, p, breaks=True)}</th>' for p in gaps.picks)
    rows = []
    for i, p in enumerate(gaps.picks):
        cells = []
        for j, q in enumerate(gaps.picks):
            if i == j:
                cells.append('<td class="cg-self">·</td>')
                continue
            found = gaps.pairs[i, j]
            real = "" if found.chance is Chance.CLEAR else ' class="cg-open"'
            tie = small(TIE) if tied(p.value, q.value) else ""
            cells.append(f"<td{real}>{100 * found.better:.0f}{tie}</td>")
        rows.append(
            f'<tr><th scope="row">{_named(page, p)}</th>'
            f'<td class="cg-value">{_figure(page, stakeholder, gaps, i)}</td>{"".join(cells)}</tr>'
        )
    return (
        '<div class="cg-wide" role="region" tabindex="0" aria-label="Every two models">'
        '<table class="cg-compare cg-gaps"><thead><tr><th scope="col">Model</th>'
        f'<th scope="col">{escaped(stakeholder.objective.label)}</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def alone(page: PageState) -> str:
    """Why there is nothing to judge beside one model, and what to do about it."""
    if len(page.dataset.scores.models) == 1:
        why, act = "model is open", " Add another on the Data page."
    elif page.points["model"].nunique() == 1:
        why, act = "model is shown", " Show another on the Data page."
    else:
        why, act = "model has a threshold that this stakeholder would pick", ""
    return f"Only one {why}, so there is no gap to judge.{act}"


def note(page: PageState) -> str:
    """How the matrix is to be read, and what was resampled."""
    return (
        "Each model at the threshold that this stakeholder would choose of it, which is held, on the same "
        f"resamples of the units: {resampled_words(page.scenario)}. Of 100 resamples, in how many the "
        "model of the row is better than the model of the column, equal ones counted half; tinted where "
        "that pair’s 95 % interval holds 0. The headline judges all models at once and so asks for more "
        "than any one pair does: it can leave open what a pair alone would settle."
    )


def against_each(page: PageState, stakeholder: Stakeholder, gaps: Gaps) -> str:
    """Every gap with its interval: of the best in sight, of each other to those below it folded away."""
    if len(gaps.picks) < 2:
        return ""
    out = [
        f'<h3 class="cg-title">{_named(page, gaps.picks[0])} against each other model</h3>',
        _against(page, stakeholder, gaps, 0),
    ]
    for i in range(1, len(gaps.picks) - 1):
        name = _named(page, gaps.picks[i])
        out.append(
            f"<details><summary>{name} against each model below it</summary>"
            f"{_against(page, stakeholder, gaps, i)}</details>"
        )
    return "".join(out)


def _against(page: PageState, stakeholder: Stakeholder, gaps: Gaps, i: int) -> str:
    """One model against all that are ranked below it."""
    o, first = stakeholder.objective, gaps.picks[i]
    rows = []
    for j in range(i + 1, len(gaps.picks)):
        found, q = gaps.pairs[i, j], gaps.picks[j]
        gap = gap_size(o, first.value, q.value, page.scenario)
        ends = gap_ends(found, page.scenario)
        sure = settled(found) if ends else ""
        real = "" if found.chance is Chance.CLEAR else ' class="cg-open"'
        rows.append(
            f'<tr><th scope="row">{_named(page, q)}</th><td>{escaped(gap)}</td>'
            f"<td>{escaped(ends)}</td><td{real}>{escaped(sure)}</td></tr>"
        )
    heads = ("Against", "Gap", "95 % of the gap", "How sure")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        '<table class="cg-compare cg-pairs">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def draw(page: PageState, *, at_once: bool = False) -> None:
    """Every two models on one stakeholder's objective, where they are asked for."""
    with st.expander(
        "Is the gap between two models clear?", expanded=at_once, on_change="rerun", key="gaps_box"
    ) as box:
        if box.open:
            _pairs(page)


def _pairs(page: PageState) -> None:
    for caution in notices.few(page.choices, page.dataset, page.figures):
        write(f'<p class="cg-notice">{escaped(caution)}</p>')
    names = dict(
        zip(
            STAKEHOLDERS,
            (f"{s.title}: {s.objective.label}" for s in page.stakeholders),
            strict=True,
        )
    )
    st.segmented_control(
        "Objective of",
        list(STAKEHOLDERS),
        required=True,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        **session.widget("gaps_of", page.choices.gaps, lambda c, v: replace(c, gaps=v)),
    )
    stakeholder = page.stakeholder(page.choices.gaps)
    if page.uncertainty is None:
        write('<p class="cg-lines cg-checking">checking</p>')
        return
    key = page.keyed("gaps", page.intervals_key, stakeholder.name)
    gaps = cache.part(key, lambda: between(page, stakeholder))
    if not gaps.picks:
        write('<p class="cg-notice">No model has a threshold that this stakeholder would pick.</p>')
        return
    with st.container(gap="small", key="part_gaps"):
        write(finding(page, stakeholder, gaps))
        if len(gaps.picks) < 2:
            write(f'<p class="cg-lines">{alone(page)}</p>')
            return
        write(matrix(page, stakeholder, gaps))
        write(f'<p class="cg-note">{escaped(note(page))}</p>')
        write(against_each(page, stakeholder, gaps))
