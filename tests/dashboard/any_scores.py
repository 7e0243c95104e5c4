"""Any few rows of scores, and the distributions of their scores."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from dashboard.analysis.models.score_distributions import BINS, score_distribution
from metrics import open_scores, tally_scores
from tests.dashboard.tables import NASTY, Rows


@st.composite
def any_rows(draw):
    """Few rows of one or two models; scores are probabilities and edges of bins, or any ranks."""
    scale = draw(st.sampled_from(["probability", "rank"]))
    values = (
        st.sampled_from([0.0, 1 / BINS, 0.25, 0.5, 1.0]) | st.floats(0, 1)
        if scale == "probability"
        else st.sampled_from([-3.0, 0.0, 2.0, 21.0]) | st.floats(-1e6, 1e6)
    )
    count = draw(st.integers(2, 30))
    labels = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
    labels[:2] = 0, 1
    scores = {
        model: np.array(draw(st.lists(values, min_size=count, max_size=count)))
        for model in NASTY[: draw(st.integers(1, 2))]
    }
    return Rows(np.array(labels), scores, scale=scale)


def distributions_of(folder, rows, **limit):
    """Distribution of the scores of each model, counted from a file of the rows."""
    path = rows.write(folder / "scores.csv")
    # Models are named explicitly, because two columns may add up to 1 by chance, like two classes.
    scores = open_scores(path, scale=rows.scale, models=list(rows.models))
    tally = tally_scores(scores, **limit)
    return [score_distribution(tally, m) for m in range(len(tally.models))]
