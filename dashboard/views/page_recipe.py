"""Recipes of pages: small values from which a Streamlit callback or fragment builds its page again.

Streamlit stores callbacks, fragments and downloads until a session can no longer reconnect. The figures of a
page take some megabytes, so a callback stores the recipe instead of the page.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from dashboard import page_view
from dashboard.analysis import cache
from dashboard.analysis.counts import dataset_counts
from dashboard.data.dataset import Dataset
from dashboard.page_view import PageView
from dashboard.server import server_resources
from dashboard.session import session
from dashboard.session.choices import Choices
from metrics import ScoreError

_DRAWN: WeakValueDictionary[Recipe, PageView] = WeakValueDictionary()
"""Pages of the runs that have not ended, by recipe."""


@dataclass(frozen=True)
class Recipe:
    """Everything that is needed to build a page again.

    Attributes
    ----------
    owner : str
        Secret of the session that drew the page.
    appearance : str
        "light" or "dark".
    """

    choices: Choices
    fingerprint: str
    owner: str
    appearance: str

    def dataset(self, fingerprint: str) -> Dataset | None:
        """Data set that the session of the page may see; `None` if it was deleted."""
        return server_resources.library(tuple(sys.argv[1:]), cache.forget).find(
            fingerprint, self.owner
        )

    def page(self) -> PageView:
        """Page of the recipe, built again if the run that drew it has ended. The method is thread-safe.

        Raises
        ------
        ScoreError
            If the data was deleted (E_FILE), or if the scenario does not fit it.
        """
        page = _DRAWN.get(self)
        if page is None:
            dataset = self.dataset(self.fingerprint)
            if dataset is None:
                raise ScoreError(
                    "E_FILE",
                    "the data must still be on this server, got data that was deleted",
                    hint="Open it again on the Data page.",
                )
            dataset_counts.tally(dataset)
            page = page_view.build(self.choices, dataset, self.appearance)
            _DRAWN[self] = page
        return page

    def at(self, choices: Choices) -> Recipe:
        """Recipe of the same page at the selected point of other choices."""
        return replace(self, choices=replace(self.choices, point=choices.point))

    def page_of_fragment(self) -> PageView:
        """Page for a fragment that runs alone. If its data was deleted, the whole page is drawn again."""
        try:
            return self.page()
        except ScoreError:
            session.rerun()
            raise


def recipe_of(page: PageView) -> Recipe:
    """Recipe of a page, for a callback."""
    recipe = Recipe(page.choices, page.analysis.fingerprint, session.owner(), session.appearance())
    _DRAWN[recipe] = page
    return recipe
