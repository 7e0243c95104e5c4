"""Build what a page shows from a reader's choices, with a note while rows are read again."""

from __future__ import annotations

from dashboard import page_view
from dashboard.analysis import resampled_figures
from dashboard.analysis.analysis import scenario_of
from dashboard.analysis.cache import STORE
from dashboard.analysis.counts.counts_at_points import is_counted_for
from dashboard.data.dataset import Dataset
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.views.tally_progress import at_thresholds


def build_page(
    choices: Choices, dataset: Dataset, *, waits_for_intervals: bool = False
) -> PageView:
    """Build the view of a reader's choices.

    Parameters
    ----------
    waits_for_intervals : bool
        True to compute the intervals first. They are also computed first while other readers wait, so that
        the page is drawn once, and not without intervals before.

    Raises
    ------
    ScoreError
        If the scenario does not fit the data.
    """
    scenario = scenario_of(choices, dataset)
    with at_thresholds(counted=is_counted_for(dataset, scenario)):
        page = page_view.build(choices, dataset, session.appearance())
    waits = waits_for_intervals or STORE.turns.is_awaited
    if waits and resampled_figures.resample(page.analysis):
        page = page_view.build(choices, dataset, session.appearance())
    return page
