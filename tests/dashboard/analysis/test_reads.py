"""Tests that parts of an analysis are equal with a warm and with an empty cache.

A part that leaves out of ``reads`` what its value depends on returns the value of another scenario.
"""

from __future__ import annotations

import gc
import importlib
import math
import pkgutil
import weakref
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard import analysis as package
from dashboard import page_view
from dashboard.analysis import cache, resampled_figures
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Part
from dashboard.analysis.counts import dataset_counts
from dashboard.analysis.decide.cards import card_basis, stakeholder_card
from dashboard.analysis.decide.decision import figures_of_point
from dashboard.analysis.decide.figures_in_file import figure_in_file
from dashboard.analysis.decide.other_miss_costs import other_miss_costs
from dashboard.analysis.decide.tradeoff import tradeoff_with_selected
from dashboard.analysis.evidence.transfer import transfer_selected
from dashboard.analysis.selection import Selection
from dashboard.data.dataset import Dataset
from dashboard.session.choices import Choices, Point
from metrics import Payoff, Scenario, Today, open_scores
from metrics.scenario.inspection import Inspection
from tests.dashboard.tables import NASTY, made

TABLE = made(rows=120)
PLAIN = Scenario(payoff=Payoff(4.0, -1.5, -20.0, -2.5), today=Today(NASTY[1], 0.3))
PEOPLE = replace(PLAIN, inspection=Inspection(false_alarms=0.3, catches=0.9, rejects=0.05))
CHOICES = Choices(limits=(("recall", 0.6),))
VARIANTS = {
    "plain": (PLAIN, CHOICES),
    "another price": (replace(PLAIN, miss_cost=25.0), CHOICES),
    "another rate": (replace(PLAIN, defect_rate=0.02), CHOICES),
    "other units": (replace(PLAIN, payoff=Payoff(9.0, -1.0, -90.0, -2.5)), CHOICES),
    "no current system": (replace(PLAIN, today=None), CHOICES),
    "another limit": (PLAIN, replace(CHOICES, limits=(("recall", 0.9),))),
    "another condition": (PLAIN, replace(CHOICES, bounds=(None, ("recall", 0.9), None))),
    "a hidden model": (PLAIN, replace(CHOICES, hidden=(NASTY[0],))),
    "another seed": (PLAIN, replace(CHOICES, seed=5)),
    "trained on": (PLAIN, replace(CHOICES, rows="training")),
    "other weights": (PLAIN, replace(CHOICES, weights=(9.0, 1.0, 0.0))),
    "inspectors": (PEOPLE, CHOICES),
    "inspectors at another price": (replace(PEOPLE, miss_cost=25.0), CHOICES),
    "inspectors at another rate": (replace(PEOPLE, defect_rate=0.02), CHOICES),
}


DAILY = ("plain", "another price", "another rate", "another limit", "a hidden model", "inspectors")
"""Variants that are compared in every run."""


def parts_of(first: type) -> dict[str, Part[Any, Any, Any]]:
    """Parts whose only argument has a given type."""
    found = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Part):
                kinds = {k: kind for k, kind in value.__annotations__.items() if k != "return"}
                if list(kinds.values()) == [first.__name__]:
                    found[name] = value
    return found


ONLY_WITH_INSPECTORS = ("gain_of", "_best_single")
NOT_COMPARED = ("_uncertainty",)
"""Parts that return functions."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    path = TABLE.write(tmp_path_factory.mktemp("reads") / "scores.csv")
    scores = open_scores(path)
    return Dataset(scores.fingerprint, "s", ("s.csv",), scores, PLAIN, 2000, "command line")


def built(dataset: Dataset, scenario: Scenario, choices: Choices) -> page_view.PageView:
    """Page with intervals."""
    # Its thresholds include the current threshold of its first scenario.
    dataset_counts.tally(dataset)
    there = replace(dataset, scenario=scenario)
    resampled_figures.resample(page_view.build(choices, there, "light").analysis)
    page = page_view.build(choices, there, "light")
    assert page.analysis.uncertainty is not None
    return page


def values(page: page_view.PageView) -> dict[str, Any]:
    """Values of all parts, and of functions that use parts with more arguments."""
    left_out: tuple[str, ...] = NOT_COMPARED
    if page.analysis.scenario.inspection is None:
        left_out += ONLY_WITH_INSPECTORS
    found: dict[str, Any] = {}
    for first, argument in ((Analysis, page.analysis), (Selection, page.selection)):
        found |= {n: part(argument) for n, part in parts_of(first).items() if n not in left_out}
    for s in page.analysis.stakeholders:
        basis = card_basis(page.analysis, s)
        card = stakeholder_card(page.selection, basis, page.selection.point, at_rest=True)
        in_file = figure_in_file(page.analysis, s.objective, page.selection.point)
        found[s.name] = card, in_file
    found["tradeoff"] = tradeoff_with_selected(page.selection, "threshold")
    found["prices"] = other_miss_costs(page.selection)
    found["record"] = (
        figures_of_point(page.analysis, page.analysis.current),
        figures_of_point(page.analysis, page.selection.point),
    )
    return found


def is_same(a: Any, b: Any) -> bool:
    """True if two values are equal, with NaN equal to NaN."""
    if isinstance(a, pd.DataFrame):
        return bool(a.equals(b))
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if is_dataclass(a) and not isinstance(a, type):
        return type(a) is type(b) and all(
            is_same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a) if f.compare
        )
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(is_same(a[k], b[k]) for k in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(is_same, a, b))
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9)
    return bool(a == b)


@pytest.mark.parametrize("names", [DAILY, pytest.param(tuple(VARIANTS), marks=pytest.mark.slow)])
def test_a_part_does_not_depend_on_the_parts_computed_before(dataset, names):
    variants = {name: VARIANTS[name] for name in names}
    alone = {}
    for name, variant in variants.items():
        cache.forget(dataset.fingerprint)
        alone[name] = values(built(dataset, *variant))
    cache.forget(dataset.fingerprint)
    differ = []
    for name, variant in variants.items():
        after_others = values(built(dataset, *variant))
        differ += [(name, k) for k, v in alone[name].items() if not is_same(v, after_others[k])]
    assert not differ


def test_no_cached_value_refers_to_an_analysis(dataset):
    """An analysis holds all figures of its scenario, and the size of a cached value does not count them."""
    cache.forget(dataset.fingerprint)
    for variant in (VARIANTS["plain"], next(v for v in VARIANTS.values() if v[0] is PEOPLE)):
        page = built(dataset, *variant)
        found, kept = values(page), weakref.ref(page.analysis)
        assert found
        del page, found
        gc.collect()
        assert kept() is None


def test_the_interval_of_a_pick_does_not_depend_on_the_selected_point(dataset):
    """The same holds for a pick that is the current system."""
    best = built(dataset, PLAIN, Choices()).selection.point
    current = replace(PLAIN, today=Today(str(best.model), best.threshold))
    choices = Choices(objectives=("missed_defects", "cost_of_errors", "cost_of_errors"))
    elsewhere = Point(NASTY[2], TABLE.thresholds(NASTY[2])[5])

    def recorded(point: Point) -> Any:
        page = built(dataset, current, replace(choices, point=point))
        return figures_of_point(page.analysis, page.analysis.current)

    cache.forget(dataset.fingerprint)
    wanted = recorded(elsewhere)
    cache.forget(dataset.fingerprint)
    assert is_same(recorded(Point.at(best, lower=False)), wanted)


def test_a_band_that_a_reader_set_is_not_transferred_as_a_pick(dataset):
    page = built(dataset, PEOPLE, Choices())
    model = str(page.selection.point.model)
    picked = transfer_selected(page.selection, dataset, PLAIN)
    assert picked[0].choice is not None
    low = TABLE.thresholds(model)[0]
    point = Point(model, page.selection.point.threshold, low)
    by_hand = built(dataset, PEOPLE, Choices(point=point))
    assert by_hand.selection.point.lower == low
    assert transfer_selected(by_hand.selection, dataset, PLAIN)[0].choice is None
