"""Tests of the status of a limit at each operating point: certified, met in the file, or not met."""

from __future__ import annotations

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.inference.certificates.certification import Standing, certification
from metrics.inference.certificates.guarantee import is_guaranteed
from metrics.selection.limits import parse_limit
from tests.metrics.samples import units
from tests.metrics.tallied import evaluation_of


def test_a_limit_is_certified_or_met_here_or_not_met() -> None:
    evaluation = evaluation_of(units(600, 0.2, seed=4, models=3))
    points = operating_points(evaluation, [OBJECTIVES["recall"], OBJECTIVES["share_flagged"]])
    limits = [parse_limit("recall >= 0.7"), parse_limit("share_flagged <= 0.4")]
    found = certification(evaluation, limits)
    of_each = [is_guaranteed(evaluation, [limit]).tolist() for limit in limits]
    together = is_guaranteed(evaluation, limits).tolist()
    seen = set()
    for k, point in enumerate(points.to_dict("records")):
        met = [limit.holds(point[limit.objective.id]) for limit in limits]
        for j in (0, 1):
            wanted = Standing.CERTIFIED if of_each[j][k] else Standing.MET
            standing = found.standing(j, k, is_met=met[j])
            assert standing is (wanted if met[j] else Standing.NOT_MET)
            seen.add(standing)
        of_both = found.standing_of_all(k, are_met=all(met))
        wanted = Standing.CERTIFIED if together[k] else Standing.MET
        assert of_both is (wanted if all(met) else Standing.NOT_MET)
    assert seen == set(Standing)
    # A limit without a test is never certified, nor is a combination with it.
    mixed = certification(evaluation, [limits[0], parse_limit("log_loss <= 5")])
    assert mixed.each[1] is None
    assert mixed.together is mixed.each[0] is not None
    first = of_each[0].index(True)
    assert mixed.standing(0, first, is_met=True) is Standing.CERTIFIED
    assert mixed.standing_of_all(first, are_met=True) is Standing.MET
    assert certification(evaluation, [parse_limit("log_loss <= 5")]).together is None
