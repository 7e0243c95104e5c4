"""The Models page: how the candidates compare."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.limits import feasibility_of
from dashboard.analysis.models.table import (
    ModelRow,
    better_threshold,
    chances_of_best,
    has_many_limit_lines,
    rows_of,
)
from dashboard.data.library import Dataset
from dashboard.live.component import mount
from dashboard.live.packed_curves import envelope as packed
from dashboard.markup import escaped
from dashboard.page_view import PageView
from dashboard.views import page_frame, points_side_by_side
from dashboard.views.callback_page import recipe_of
from dashboard.views.models import cost_strips, gap_matrix
from dashboard.views.models.models_table import AT_BEST, ROWS, table_of, values_of
from dashboard.views.models.ranking_charts import rankings_of
from dashboard.views.snippets import chosen_and_today, keep_room, pager, write
from dashboard.words.decide.cards import uninformed_words
from dashboard.words.limit_names import limit_noun, within_noun
from dashboard.words.limits import limits_finding
from dashboard.words.models.table import (
    best_models_sentence,
    better_threshold_words,
    infinite_loss_sentence,
)
from dashboard.words.numbers import (
    figure,
)
from dashboard.words.phrases import bound_words, capital, joined, some
from metrics import Scenario

HEAD, ROW = 46, 26.9
"""Height of the table's head, at the least, and of a row, in pixels."""
STILL = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


def draw(dataset: Dataset, *, pairs: bool = False) -> None:
    """Draw the page for what is chosen.

    Parameters
    ----------
    pairs : bool
        Whether every two models are compared at once and first, as where a link asks for that.
    """
    page = page_frame.begin(dataset)
    if page is None:
        return
    with st.container(key="models_page"):
        write(chosen_and_today(page))
        # Whoever comes for the gaps finds them first.
        finish = gap_matrix.draw(page, at_once=True) if pairs else None
        with st.container(border=True, gap="xsmall", key="part_models"):
            _candidates(page)
        with st.container(border=True, gap="xsmall", key="part_strips"):
            cost_strips.draw(page)
        finish = finish or gap_matrix.draw(page)
        with st.container(key="part_compare"):
            points_side_by_side.draw(page)
        _download(page)
        _behind(page.analysis)
        finish()
    page_frame.end(page.analysis)


def _candidates(page: PageView) -> None:
    """Every model's best for each stakeholder, as dots and as a table that can be sorted."""
    rows = rows_of(page.selection)
    finding, *more = findings(page, rows)
    lines = "".join(f"{escaped(words)}. " for words in more)
    write(
        '<p class="cg-eyebrow">What is the best that each model can do?</p>'
        f'<h2 class="cg-finding">{escaped(finding)}</h2><p class="cg-lines">{lines}</p>'
    )
    if page.analysis.is_pending:
        write('<p class="cg-note cg-checking">How sure the figures are: checking</p>')
    shown = frozenset(rows[k].model for k in pager("models", len(rows), ROWS))
    figures = rankings_of(page, rows, shown)
    has_condition = bool(page.limits) or any(s.bound is not None for s in page.stakeholders)
    for place, stakeholder, fig in zip(st.columns(3), page.stakeholders, figures, strict=True):
        with place:
            title = f"{stakeholder.title}: {stakeholder.objective.label}"
            within = (
                f'<p class="cg-note">{escaped(condition_words(stakeholder, page.scenario))}</p>'
            )
            write(f'<h3 class="cg-title">{escaped(title)}</h3>{within if has_condition else ""}')
            keep_room(key := f"chart_dots_{stakeholder.name}", int(fig.layout["height"]))
            st.plotly_chart(
                fig,
                theme=None,
                key=key,
                config=STILL,
                alt=f"{title}: the best figure of every model with its interval, the best model first. "
                "The same figures stand in the table below.",
            )
    more = [
        infinite_loss_sentence(page.analysis, page.names, rows),
        *_guesses(page.analysis),
        "A hollow triangle is further off.",
    ]
    if page.uncertainty is not None and not all(s.objective.of_model for s in page.stakeholders):
        more.append(OF_THRESHOLD)
    more.append(left_out_words(page, rows))
    better = better_threshold_words(page.analysis, page.names, better_threshold(page.selection))
    read = f"{AT_BEST} {READ}{limit_key(page.analysis)}"
    # Below the table, whose first rows are to be seen without scrolling.
    keep_room("models_table", round(HEAD + ROW * min(len(rows), ROWS)))
    mount("models_table", packed("table", table_of(page, rows)))
    write(
        f'<details class="cg-note"><summary>{escaped(read)}</summary>'
        f"{escaped(' '.join(filter(None, more)))}</details>"
        f'<p class="cg-lines">{escaped("" if better is None else better.sentence)}</p>'
    )


READ = "Line: 95 % interval. In colour: worth discussing, or chosen."
"""How the charts are to be read."""


def limit_key(analysis: Analysis) -> str:
    """Name of the dashed lines; empty unless there are several. The name of one is at its line."""
    return f" Dashed: {limit_noun(analysis)}." if has_many_limit_lines(analysis) else ""


OF_THRESHOLD = (
    "An interval allows for the model’s threshold having been picked on these units. On Decide that of the "
    "chosen point allows for its model’s having been picked, too."
)
"""Why the interval of the chosen point is another on Decide."""


def condition_words(stakeholder: Stakeholder, scenario: Scenario) -> str:
    """Within which condition of a stakeholder's own a model's best is taken."""
    if stakeholder.bound is not None:
        return f"best {bound_words(stakeholder.bound, scenario)}"
    return f"{'the same' if stakeholder.objective.of_model else 'best'} at any threshold"


def findings(page: PageView, rows: Sequence[ModelRow]) -> list[str]:
    """Who could keep the limits, who is best for whom with these left aside, and what is best within them."""
    chances = chances_of_best(page.selection)
    best = best_models_sentence(page.analysis, page.names, rows, chances)
    if not page.limits:
        return [best]
    feasibility = feasibility_of(page.analysis)
    assert feasibility is not None
    said = [limits_finding(page.analysis, page.names, feasibility), best]
    worse = []
    for k, s in enumerate(page.stakeholders):
        values = [row.best[k].value for row in rows if row.best[k].rank == 1]
        if s.pick is not None and values and s.pick.value != values[0]:
            there = figure(s.objective, s.pick.value, page.scenario)
            worse.append((f"{s.objective.label} {there}", page.label(s.pick.model)))
    if not worse:
        return said
    models = {model for _, model in worse}
    one = f"{models.pop()} with " if len(models) == 1 else ""
    each = [words if one else f"{words} ({model})" for words, model in worse]
    return [*said, f"Best {within_noun(page.analysis)}, as on Decide: {one}{joined(each)}"]


def _guesses(analysis: Analysis) -> list[str]:
    """What knowing nothing but the defect rate would give of each objective that ranks models by it."""
    objectives = {s.objective.id: s.objective for s in analysis.stakeholders}
    said = [(o, uninformed_words(analysis, o)) for o in objectives.values()]
    return [f"{capital(o.label)}: {words[:1].lower()}{words[1:]}." for o, words in said if words]


def left_out_words(page: PageView, rows: Sequence[ModelRow]) -> str:
    """Which models are not in a chart, and why; mostly nothing."""
    sentences = []
    for k, stakeholder in enumerate(page.stakeholders):
        gone = [page.label(row.model) for row in rows if not math.isfinite(row.best[k].value)]
        if not gone:
            continue
        bound = stakeholder.bound
        within = "" if bound is None else f" {bound_words(bound, page.scenario)}"
        sentences.append(
            f"Not drawn for the {stakeholder.title.lower()}: {some(gone, 'models')}, of which no threshold "
            f"qualifies{within}."
        )
    return " ".join(sentences)


def _download(page: PageView) -> None:
    """The table of models as a file, made when somebody asks for it."""
    recipe = recipe_of(page)

    def made() -> bytes:
        again = recipe.page()
        return values_of(again, rows_of(again.selection)).to_csv(index=False).encode()

    st.download_button(
        "Download the table",
        made,
        "models.csv",
        "text/csv",
        key="download_models",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _behind(analysis: Analysis) -> None:
    """The numbers behind the charts, as a table."""
    with st.expander("The operating points behind the charts", on_change="rerun") as box:
        if not box.open:
            return
        shown = list(
            dict.fromkeys(stakeholder.objective.id for stakeholder in analysis.stakeholders)
        )
        columns = ["model", "threshold", *shown, "share_flagged", "recall", "tp", "fp", "fn", "tn"]
        st.dataframe(
            analysis.points[list(dict.fromkeys(columns))],
            hide_index=True,
            height=360,
            alt="Operating points of every model",
        )
        st.caption(f"{len(analysis.points):,} operating points")
