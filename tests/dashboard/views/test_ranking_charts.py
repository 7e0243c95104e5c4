"""Test of the dot plots of models: when they are drawn again."""

from __future__ import annotations

import pytest

from dashboard.analysis.models.table import rows_of
from dashboard.analysis.points_table import point_of
from dashboard.session.choices import Choices
from dashboard.views.models.ranking_charts import rankings_of
from metrics import Scenario
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR


@pytest.mark.parametrize("resampled", [False, True])
def test_dot_plots_are_cached_for_all_points_that_do_not_change_them(tmp_path, resampled):
    """Selecting a best point does not change them either, because its interval is the same."""
    wishes = Choices(objectives=("log_loss", "missed_defects", "cost_of_errors"))
    page = built_table(tmp_path, FOUR, Scenario(), wishes, resampled=resampled)
    shown = frozenset(FOUR.models)
    bests = {
        best.pick.threshold for row in rows_of(page.analysis) for best in row.best if best.pick
    }
    points = page.analysis.points.reset_index(drop=True)
    of_model = points[points["model"] == page.selection.point.model]
    others = of_model.index[~of_model["threshold"].isin(bests)][:3].to_list()
    assert len(others) == 3
    moved = [page.select(point_of(page.analysis.points, row)) for row in others]
    drawn = [rankings_of(one, rows_of(one.analysis), shown) for one in moved]
    assert drawn[0] is drawn[1] is drawn[2]
    assert rankings_of(page, rows_of(page.analysis), shown) is drawn[0]
