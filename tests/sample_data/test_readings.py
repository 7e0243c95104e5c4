"""Tests of features read from a picture: the smooth background is removed, faults stay."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from sample_data.features import FAMILIES, read_contrast, read_features, read_residuals
from sample_data.filters import COLUMNS, read_filters
from sample_data.marks import SIZE, X, Y
from sample_data.pictures import Pictures
from sample_data.render import render
from sample_data.units import CRACK, PIT, SCRATCH, STAIN, draw_units

Images = npt.NDArray[np.uint8]
FAMILY_NAMES = tuple(FAMILIES)
SEED = np.random.SeedSequence(3)
PLAN = draw_units(np.random.SeedSequence(2), units=120, defect_rate=1e-9).assign(
    dust=0.0, glare=0.0, tilt=0.0
)


@pytest.fixture(scope="module")
def images() -> Images:
    return render(PLAN, SEED)


def with_defect(kind: int, severity: float) -> Images:
    plan = PLAN.assign(kind=np.int8(kind), label=np.int8(1), severity=severity)
    return render(plan, SEED)


def test_a_reading_does_not_depend_on_other_units(images: Images) -> None:
    order = np.random.default_rng(0).permutation(len(images))[:50]
    for read in (
        lambda part: read_features(part, *FAMILY_NAMES),
        read_filters,
        read_residuals,
        read_contrast,
    ):
        # Summing in larger batches may change the last bit, and so a rounded value.
        np.testing.assert_allclose(read(images)[order], read(images[order]), atol=1.01e-3)


def test_every_name_has_a_column(images: Images) -> None:
    width = sum(len(names) for names in FAMILIES.values())
    assert read_features(images, *FAMILY_NAMES).shape == (len(images), width)
    assert read_filters(images).shape == (len(images), COLUMNS)
    flat = np.concatenate([list(names) for names in FAMILIES.values()])
    assert len(set(flat)) == width


def test_a_gradient_of_light_leaves_no_residual(images: Images) -> None:
    """Light that decreases across the part is smooth, so the residual must not change."""
    lit = np.clip(images * 1.0 + np.rint(0.5 * X - 0.25 * Y), 0, 255).astype(np.uint8)
    before, after = read_residuals(images), read_residuals(lit)
    assert np.abs(lit.astype(int) - images).max() >= 10
    # The added light is rounded to whole grey levels, which may change both picture and residual.
    assert np.abs(after - before).max() < 2
    assert np.abs(before).mean() < 5


@pytest.mark.parametrize(
    ("kind", "family", "name"),
    [
        (SCRATCH, "fine", "line_dark"),
        (CRACK, "fine", "line_one_way"),
        (PIT, "fine", "spot_lit_rim"),
        (STAIN, "broad", "patch_dark"),
    ],
)
def test_a_severe_defect_changes_its_feature(
    images: Images, kind: int, family: str, name: str
) -> None:
    column = list(FAMILIES[family]).index(name)
    clean = read_features(images, family)[:, column]
    marked = read_features(with_defect(kind, 0.9), family)[:, column]
    assert np.median(marked) > np.quantile(clean, 0.99)


def test_the_rule_detects_a_pit_and_no_gradient(images: Images) -> None:
    usual = read_contrast(images)
    lit = np.clip(images * 1.0 + np.rint(0.5 * X), 0, 255).astype(np.uint8)
    assert np.median(read_contrast(with_defect(PIT, 0.9)) - usual) > 5
    assert np.abs(read_contrast(lit) - usual).max() < 2


def test_pictures_are_read_once_for_all_features(
    images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, ...]] = []

    def counted(part: Images, *families: str) -> npt.NDArray[np.float64]:
        calls.append(families)
        return read_features(part, *families)

    monkeypatch.setattr("sample_data.pictures.read_features", counted)
    pictures = Pictures(images)
    both = pictures.table("fine", "plain")
    np.testing.assert_array_equal(
        pictures.table("plain", "fine"), np.roll(both, len(FAMILIES["plain"]), axis=1)
    )
    pictures.table("fine", "broad")
    assert calls == [("fine", "plain"), ("broad",)]


def test_pooled_residuals_are_means_of_four_pixels(images: Images) -> None:
    pictures, residuals = Pictures(images), read_residuals(images)
    np.testing.assert_allclose(pictures.pooled.sum(), residuals.sum() / 4, atol=1e-6)
    assert pictures.pooled.shape == (len(images), SIZE // 2, SIZE // 2)
