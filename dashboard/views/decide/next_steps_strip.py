"""The strip of next steps below the charts: the fair option, the gap between models, other data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from dashboard.analysis import counts
from dashboard.analysis.analysis import point_of
from dashboard.analysis.decide.alternatives import cheapest_model, fair_exchange, fair_option
from dashboard.analysis.evidence import transfer
from dashboard.analysis.limits import meets_limits
from dashboard.analysis.selection import Selection
from dashboard.data.library import Dataset
from dashboard.figures.palette import shortened
from dashboard.markup import escaped
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.url import to_query
from dashboard.views.decide import exchange_table
from dashboard.views.lazy_popover import lazy_popover
from dashboard.views.snippets import write
from dashboard.words.decide.alternatives import (
    cheapest_elsewhere_words,
    cheapest_model_words,
    cheapest_words,
    fair_option_words,
)
from dashboard.words.evidence.transfer import failed_figures, verdict_words
from dashboard.words.inspection import gain_words
from dashboard.words.limit_names import aside_words
from dashboard.words.phrases import joined
from metrics import ScoreError

AT_ONCE = (
    "each at its cheapest threshold for what a miss counts, all models judged at once, of which one may lead "
    "by chance"
)
"""What the word on chance in the strip judges."""


def draw(page: PageView, others: Sequence[Dataset]) -> None:
    """What to try next, and what is and is not known."""
    analysis, query = page.analysis, escaped(urlencode(to_query(page.choices)))
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="part_next"):
        _fair(page, query if page.limits else "")
        cheapest = None if analysis.is_pending else cheapest_model(analysis)
        # The answer says how sure it is that the selected point is the cheapest.
        if cheapest is not None and not cheapest.is_at(page.chosen):
            # Limits that the cheapest point meets change nothing about it.
            point = point_of(page.points, cheapest.pick.row)
            aside = "" if meets_limits(analysis, point) else aside_words(analysis)
            heading = cheapest_words(page.points["model"].nunique())
            about, sure = cheapest_elsewhere_words(page.names, cheapest, heading, aside)
            link = escaped(urlencode(to_query(replace(page.choices, gaps="cost"))))
            whose = " ".join(cheapest_model_words(page.names, cheapest))
            write(
                f'<p class="cg-step" title="{escaped(whose)}: {AT_ONCE}">'
                f'<a class="cg-see" href="gaps?{link}" target="_self">{escaped(about)} <b>{sure}</b></a></p>'
            )
        if page.scenario.inspection is not None:
            whose, said = "Inspection", '<b class="cg-checking">checking</b>'
            if not analysis.is_pending:
                whose, words = map(escaped, gain_words(page.selection))
                link = f"limits?{query}#inspecting"
                said = f'<a class="cg-see" href="{link}" target="_self">{words}</a>'
            write(
                '<p class="cg-step" title="Against the best single threshold of the models '
                f'shown, after paying for it; limits aside">{whose} {said}</p>'
            )
        other = transfer.choose_dataset(page.choices.also, others)
        if other is not None:
            place = st.empty()
            if analysis.is_pending:
                with place:
                    write('<p class="cg-step">Other data: <b class="cg-checking">checking</b></p>')
            else:
                _elsewhere(page.selection, other, place, query)
        if page.held_out == "unknown":
            _ask("Were models trained on these rows?")


def _ask(question: str) -> None:
    """A question about the rows that is answered where it is read; the Data page knows a third answer."""
    with st.container(
        horizontal=True, gap="xxsmall", vertical_alignment="center", width="content", key="rows"
    ):
        why = "If they were, every figure here flatters them"
        write(f'<p class="cg-step" title="{why}">{escaped(question)}</p>')
        answers = (
            ("no", "held-out", "No model was trained on these rows"),
            ("yes", "training", "The models were trained on these rows"),
        )
        for answer, rows, words in answers:
            st.button(
                answer,
                key=f"rows_{answer}",
                type="tertiary",
                help=words,
                on_click=session.choose,
                kwargs={"rows": rows},
            )


def _fair(page: PageView, query: str) -> None:
    fair = fair_option(page.selection)
    if fair is None:
        way = (
            f': <a class="cg-see" href="limits?{query}" target="_self">see which limit gives way</a>'
            if query
            else ""
        )
        write(f'<p class="cg-step">No fair option{way}</p>')
        return
    words = fair_option_words(page.selection, page.names, fair)
    if fair.is_selected:
        but = f", though {escaped(joined(words.worse))}" if words.worse else ""
        write(f'<p class="cg-step"><b>This is the fair option</b>{but}</p>')
        return
    with st.container(
        horizontal=True, gap="xxsmall", vertical_alignment="center", width="content", key="fair"
    ):
        named = [shortened(words.model)] if words.model else []
        at = f" at {escaped(words.threshold)}" if words.threshold else ""
        if page.analysis.is_pending:
            changes = f'{escaped(", ".join(named))} <b class="cg-checking">checking</b>'
        else:
            alarms = [words.alarms] if words.alarms else []
            gained = ", ".join([*named, *words.gains])
            brief = _exchanged(gained, words.losses or alarms)
            full = _exchanged(gained, [*words.losses, *alarms])
            # There is no button on a wall, so all of it is shown.
            changes = (
                f'<span class="cg-off-wall">{escaped(brief)}</span>'
                f'<span class="cg-wall">{escaped(full)}</span>'
            )
        at = f'<span class="cg-wall">{at}</span>'
        write(f'<p class="cg-step"><b>Fair option{at}:</b> {changes}</p>')
        with lazy_popover("compare", FAIR, type="tertiary") as popover:
            if popover.open:
                place = escaped(page.names.point(page.analysis, fair.point))
                heading = f"The fair option instead of the chosen point: <b>{place}</b>."
                exchange = fair_exchange(page.selection, fair)
                exchange_table.draw(page.selection, exchange, heading, FAIR)
                write('<p class="cg-note cg-more">Fair: smallest worst-case loss.</p>')


def _exchanged(gained: str, losses: Sequence[str]) -> str:
    """What there is to gain, and what it costs."""
    return f"{gained} for {joined(losses)}" if losses else gained


FAIR = "ask_fair"
"""The popover of what the fair option costs."""


def _elsewhere(
    selection: Selection, other: Dataset, place: st.delta_generator.DeltaGenerator, query: str
) -> None:
    """Whether the chosen point holds on other data, and the figure that does not."""
    with place:
        write('<p class="cg-step">Other data: <b class="cg-checking">checking</b></p>')
    about, tone = other.title, ""
    try:
        counts.tally(other)
        found = transfer.selected_verdict(selection, other)
    except ScoreError:
        words, link = "cannot be read", "data"
    else:
        link = "evidence"
        words = "not comparable" if found is None else verdict_words(found)
        fails = () if found is None else failed_figures(selection.analysis, other, found)
        if fails:
            tone = " cg-fails"
            words += f": {fails[0]}{f', {len(fails) - 1} more' if len(fails) > 1 else ''}"
            about = "; ".join((other.title, *fails))
    with place:
        write(
            f'<p class="cg-step" title="{escaped(about)}">Other data: '
            f'<a class="cg-see{tone}" href="{link}?{query}" target="_self">{escaped(words)}</a></p>'
        )
