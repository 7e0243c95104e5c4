"""The top of a page on data: what the data is, and what the gate noted of it."""

from __future__ import annotations

from dashboard.data.library import Dataset
from dashboard.markup import escaped
from dashboard.page.state import PageState
from dashboard.views.parts import write
from dashboard.views.problems import in_form_words, notes_markup

WHEREVER = frozenset({"W_COMMONIDS", "W_ROWORDER"})
"""What of the data every page with figures says: that not all units are in them, or how they were matched."""


def draw_title(page: PageState) -> None:
    """Write the data's title, in the bar that stays."""
    title = escaped(page.dataset.title)
    write(f'<div class="cg-head"><h1 title="{title}">{title}</h1></div>')


def wherever(dataset: Dataset) -> list[str]:
    """What every page with figures says of the data, a sentence each."""
    said = []
    for problem in dataset.problems:
        if problem.code in WHEREVER:
            where = f" ({problem.file})" if problem.file else ""
            said.append(f"{problem.message[:1].upper()}{problem.message[1:]}{where}.")
    return said


def notes(dataset: Dataset) -> list[str]:
    """What the gate noted of the data, a line of markup each; the same wherever it is counted or shown."""
    # The command line's own files are read anew by its own options.
    asked = in_form_words if dataset.origin == "upload" else lambda problem: problem
    return notes_markup(map(asked, dataset.problems), one_file=len(dataset.files) == 1)
