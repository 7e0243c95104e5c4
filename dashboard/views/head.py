"""The top of the page: what the data is, and what the figures rest on."""

from __future__ import annotations

from dashboard.data.library import Dataset
from dashboard.markup import escaped
from dashboard.page.state import PageState
from dashboard.page.summary import HELD_OUT, basis, in_per_cent
from dashboard.views.parts import write
from dashboard.views.problems import in_form_words, notes_markup
from metrics.errors import counted
from metrics.narrative.formatting import number

WHEREVER = frozenset({"W_COMMONIDS", "W_ROWORDER"})
"""What of the data every page with figures says: that not all units are in them, or how they were matched."""


def draw_title(page: PageState) -> None:
    """Write title, facts and what the figures are of."""
    rows = page.evaluation.tally.rows
    goods, defects = (int(n) for n in rows)
    facts = " · ".join(
        [
            f"{number(goods + defects)} units",
            HELD_OUT[page.dataset.scores.held_out],
            f"{in_per_cent(defects / (goods + defects))} defective ({number(defects)})",
            _models(page),
        ]
    )
    write(
        f'<div class="cg-head"><h1>{escaped(page.dataset.title)}</h1>'
        f'<span class="cg-facts">{escaped(facts)}</span>'
        f'<span class="cg-basis">{escaped(basis(page))}</span></div>'
    )
    for problem in page.dataset.problems:
        if problem.code in WHEREVER:
            where = f" ({problem.file})" if problem.file else ""
            said = f"{problem.message[:1].upper()}{problem.message[1:]}{where}."
            write(f'<p class="cg-notice">{escaped(said)}</p>')


def notes(dataset: Dataset) -> list[str]:
    """What the gate noted of the data, a line of markup each; the same wherever it is counted or shown."""
    # The command line's own files are read anew by its own options.
    asked = in_form_words if dataset.origin == "upload" else lambda problem: problem
    return notes_markup(map(asked, dataset.problems), one_file=len(dataset.files) == 1)


def _models(page: PageState) -> str:
    """How many models there are, and how many of them are shown."""
    shown, all_of_them = page.points["model"].nunique(), len(page.dataset.scores.models)
    if shown == all_of_them:
        return counted(shown, "model")
    return f"{shown} of {counted(all_of_them, 'model')} shown"
