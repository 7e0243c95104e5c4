"""Tests of the public names of the library, and of what an import loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

import metrics


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", metrics.__all__)
def test_every_public_name_can_be_imported(name):
    assert getattr(metrics, name) is not None
    assert name in dir(metrics)


def test_every_public_name_has_a_home():
    assert set(metrics._HOME) == set(metrics.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        metrics.nothing  # noqa: B018


@pytest.mark.parametrize("first", ["metrics", "metrics.evaluation.objective"])
def test_the_standard_objectives_are_registered_after_any_first_import(first):
    said = run(
        f"import {first}; from metrics import objective, OBJECTIVES;"
        "print(callable(objective), len(OBJECTIVES))"
    )
    assert said == f"True {len(metrics.OBJECTIVES)}"


def test_reading_scores_loads_no_slow_package():
    said = run(
        "import sys; from dashboard.data.uploads.parser_child import WithoutPandas;"
        "sys.meta_path.insert(0, WithoutPandas()); import metrics.io.convert;"
        "from metrics import open_scores;"
        "open_scores({'id': ['u', 'v'], 'label': [0, 1], 'm': [0.5, 0.25]}).check();"
        "print([m for m in ('pandas', 'numba', 'sklearn', 'scipy', 'pydantic') if m in sys.modules])"
    )
    assert said == "[]"
