"""Tests that names which look alike have the same skeleton, and that no two models get such names."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.data import confusable_names
from dashboard.data.confusable_names import exact, skeleton, unique_names
from dashboard.session.choices import Choices


@pytest.mark.parametrize(
    "alike",
    [
        "hist_gbdt", "Hist_GBDT", " hist  gbdt ", "hist-gbdt", "hist\u00a0gbdt", "hist\u2010gbdt",
        "h\u0456st_gbdt", "hist_gb\u0501t", "\u04bbist_gbdt", "hist_\u0261bdt", "h1st_gbdt", "hlst_gbdt",
        "hist_gbdt\u200b", "\u202ehist_gbdt", "hi\u00adst_gbdt", "\uff48ist_gbdt", "hist_gbd\U0001d42d",
        "\u041dist_gbdt", "\u0397ist_gbdt", "hist_gbdt\u3164", "h\u2170st_gbdt", "H|ST GBDT",
        # Variation selectors, a control character, a joiner and an accent.
        "hist_gbdt\ufe0f", "hist_gb\U000e0101dt", "h\u180bist_gbdt", "hist\0_gbdt", "hi\u034fst_gbdt",
        "hist_gb\u0323dt", "hist_gbd\u0338t", "hist_gbdt\u20d2",
        # Armenian, Cherokee, Coptic and Greek letters, and small capitals.
        "\u0570ist_gbdt", "hist_\u0581bdt", "\u13c2ist_gbdt", "hist_gb\u13e7t", "\u2c8fi\u0455t_gbdt",
        "h\u2c93st_gbdt", "hist_gbd\u03c4", "\u029c\u026a\ua731\u1d1b_\u0262\u0299\u1d05\u1d1b",
        # Two letters that look like one.
        "hist_gbclt", "hist_gbcIt",
        *("rnodel", "\u1d0dodel", "mode1", "rnocleI", "\u2c99\u2c9fd\u2c89l", "\u043codel", "MODE\u2160"),
        # A raised letter and a wide hyphen.
        "hi\u02e2t_gbdt", "hist\uff0dgbdt",
    ],
)  # fmt: skip
def test_a_lookalike_character_has_the_skeleton_of_its_letter(alike):
    assert skeleton(alike) in (skeleton("hist_gbdt"), skeleton("model"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("modele", "model"),
        ("gbdt_5", "gbdt_s"),
        ("\u30e2\u30c7\u30eb", "\u30c8\u30fc\u30ea"),
        ("\u03b4", "d"),
        *(("hist_gbdt", name) for name in ("hist_gbdt2", "gbdt_hist", "hist gbm", "camera", "")),
    ],
)
def test_names_that_look_different_have_different_skeletons(one, other):
    assert skeleton(one) != skeleton(other)


def test_an_exact_name_escapes_all_but_plain_characters():
    assert exact("h\u0456st\u202e\0 v1.2") == r"h\u0456st\u202e\x00 v1.2"


@pytest.mark.parametrize(
    "unseen", ["", " ", "\u200b", "\u2800", "\u3164\ufeff", "\t\n", "\ufe0f\0", "\u0301"]
)
def test_invisible_characters_are_ignored(unseen):
    assert skeleton(unseen) == ""


def test_every_character_of_unicodes_table_has_its_skeleton():
    apart = [
        character
        for character, read in confusable_names._table().items()
        if skeleton(f"a{chr(character)}b") != skeleton(f"a{read}b")
    ]
    # Some of these are single marks, of which only one of the pair is removed.
    assert {unicodedata.category(chr(character)) for character in apart} == {"Mn"}
    assert len(confusable_names._table()) > 5_000


def rename(
    names: tuple[tuple[str, str], ...], model: str, name: str
) -> tuple[tuple[str, str], ...]:
    """Names after another name was typed on the Data page."""
    return unique_names(("a", "b", "c"), Choices(names=names).with_name(model, name).names)


def test_no_two_candidates_have_one_name():
    names = rename((), "a", "camera")
    names = rename(names, "b", "camera")
    names = rename(names, "c", "Camera")
    assert names == (("a", "camera"), ("b", "camera (2)"), ("c", "Camera (3)"))
    # A name that was given up is available.
    assert dict(rename(rename(names, "a", ""), "c", "camera"))["c"] == "camera"


@pytest.mark.parametrize(
    "name", ["b", " B ", "\u200bb", "\u0412", "own name b", "x (own name b)", "\u2800"]
)
def test_no_model_gets_the_own_name_of_another(name):
    assert rename((), "a", name) == ()
    assert rename((("b", "X"),), "a", name) == (("b", "X"),)  # given up or not
    assert unique_names(("a", "b"), (("a", "b"), ("b", "a"))) == ()


TEXT = st.text("ab (2)\t", max_size=6)


@given(
    st.lists(TEXT.filter(skeleton), min_size=1, max_size=5, unique_by=skeleton),
    st.lists(st.tuples(TEXT, TEXT.filter(bool)), max_size=6),
)
@example(["a", "b"], [("a", "b")])
def test_no_link_gives_two_models_the_same_name(models, pairs):
    names = unique_names(models, tuple(pairs))
    read = [skeleton(dict(names).get(model, model)) for model in models]
    assert len(set(read)) == len(models)
    assert all(
        skeleton(n) not in {skeleton(o) for o in models if o != m} for m, n in names if m in models
    )
    assert unique_names(models, names) == names
    # All other values are unchanged.
    assert {m: n for m, n in names if m not in models} == {
        m: n for m, n in pairs if m not in models
    }
    changed = [m for m, n in names if dict(pairs)[m] != n]
    assert all(dict(names)[m].startswith(f"{dict(pairs)[m]} (") for m in changed)
