"""What a callback keeps of a page: the ids and numbers from which it is built again.

Streamlit keeps callbacks, fragments and downloads for as long as a session may come back. A page's figures
are some megabytes, so none of these may hold one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from dashboard import page_view
from dashboard.analysis import cache, counts
from dashboard.data.library import Dataset
from dashboard.page_view import PageView
from dashboard.session import server_resources, session
from dashboard.session.choices import Choices
from metrics import ScoreError


@dataclass(frozen=True)
class Recipe:
    """A page as ids and numbers.

    Attributes
    ----------
    choices : Choices
    fingerprint : str
        Of the data.
    owner : str
        What only the session that drew the page knows.
    appearance : str
        "light" or "dark".
    """

    choices: Choices
    fingerprint: str
    owner: str
    appearance: str

    def dataset(self, fingerprint: str) -> Dataset | None:
        """Data that the session of the page may see; None where it is gone."""
        return server_resources.library(tuple(sys.argv[1:]), cache.forget).find(
            fingerprint, self.owner
        )

    def page(self) -> PageView:
        """The page, which is built again where the run that drew it is over; from any thread.

        Raises
        ------
        ScoreError
            E_FILE where its data is gone, or what the scenario is refused for.
        """
        built = _DRAWN.get(self)
        if built is None:
            dataset = self.dataset(self.fingerprint)
            if dataset is None:
                raise ScoreError(
                    "E_FILE",
                    "the data must still be on this server, got data that was deleted",
                    hint="Open it again on the Data page.",
                )
            counts.tally(dataset)
            built = page_view.build(self.choices, dataset, self.appearance)
            _DRAWN[self] = built
        return built

    def at(self, choices: Choices) -> Recipe:
        """The same page at the point of other choices: a release draws no other part anew."""
        return replace(self, choices=replace(self.choices, point=choices.point))

    def page_of_fragment(self) -> PageView:
        """The page, for a fragment that runs by itself; where its data is gone the whole page says so."""
        try:
            return self.page()
        except ScoreError:
            session.rerun()
            raise


_DRAWN: WeakValueDictionary[Recipe, PageView] = WeakValueDictionary()
"""Pages of runs that are not over yet."""


def recipe_of(page: PageView) -> Recipe:
    """What a callback of a page may keep."""
    recipe = Recipe(page.choices, page.dataset.fingerprint, session.owner(), session.appearance())
    _DRAWN[recipe] = page
    return recipe
