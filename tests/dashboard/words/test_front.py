"""Tests of sentences about the front."""

from __future__ import annotations

from dataclasses import replace

from dashboard.analysis.decide.front import Mark, discussed, front_of
from dashboard.session.choices import Choices
from dashboard.words.decide.front import front_sentence, names_of_marks, shortlist_note
from dashboard.words.names import STAKEHOLDER_TITLES
from metrics import Scenario
from metrics.evaluation.objective import NO_CHECKS
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR


def _front(page):
    return front_of(page.analysis, page.choices.axes)


def test_a_model_that_is_best_only_outside_a_condition_is_not_shortlisted(build_four):
    found = {}
    for most in (1.0, 0.11, 0.0):
        page = build_four(
            objectives=("log_loss", "missed_defects", "false_alarms"),
            bounds=(None, None, ("share_flagged", most)),
        )
        view = _front(page)
        marked = view.points[view.points["front"]]
        everywhere = set(marked["model"])
        kept = set(
            marked["model"][page.analysis.points["share_flagged"].array[marked.index] <= most]
        )
        found[most] = (len(view.worth), len(everywhere))
        assert view.worth == (kept or everywhere)
        assert view.worth <= discussed(view)
        assert bool(shortlist_note(page.analysis, view)) == (view.worth < everywhere)
        if len(view.worth) > 1:
            said = f"{len(view.worth)} of {len(FOUR.models)} models worth discussing"
            assert front_sentence(page.analysis, page.names, view) == said
    # If no point meets it: all models that are best at some point.
    assert found == {1.0: (2, 2), 0.11: (1, 2), 0.0: (2, 2)}


def test_marks_at_one_position_share_a_name(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices(objectives=("recall",) * 3))
    best = page.analysis.stakeholders[0].pick
    assert best is not None
    stakeholders = tuple(s.name for s in page.analysis.stakeholders)
    titles = ", ".join(STAKEHOLDER_TITLES.values()).removesuffix(", Everyone")
    pick = Mark("pick", best.model, best.threshold, 1.0, 2.0, stakeholders=stakeholders)
    fair = Mark("compromise", best.model, best.threshold, 1.0, 2.0)
    today = Mark("today", None, 0.5, 1.0, 2.0)
    apart = Mark("today", None, 0.5, 3.0, 2.0)
    assert names_of_marks(page.analysis, [pick, apart, fair]) == ["everyone’s best", NO_CHECKS, ""]
    assert names_of_marks(page.analysis, [pick, fair, today])[0] == f"everyone’s best, {NO_CHECKS}"
    other = replace(pick, threshold=best.threshold / 2)
    assert names_of_marks(page.analysis, [other, fair])[0] == f"{titles}, fair option"
