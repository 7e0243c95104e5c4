"""Tests of files in long format: recognition, gaps and repeats, memory."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import open_scores
from tests.metrics.opening import refusal


def long_rows(models: list[int], units: int = 20) -> list[tuple[str, int, int, float]]:
    return [(f"u{k}", k % 2, m, (k * 7 + m) % 20 / 20) for k in range(units) for m in models]


def test_numbers_are_names_of_models_if_units_repeat(tmp_path):
    rows = long_rows([0, 1, 7])
    path = tmp_path / "f.csv"
    path.write_text("id,label,model,score\n" + "".join(f"{u},{a},{m},{s}\n" for u, a, m, s in rows))
    scores = open_scores(path)
    assert scores.models == ("0", "1", "7")
    (batch,) = scores.batches()
    assert batch.column(3).to_pylist() == [s for _, _, m, s in rows if m == 1]


@pytest.mark.parametrize(("names", "found"), [("a,b", "2: a, b"), ("day,hour", "none")])
def test_a_long_file_has_one_score_column(tmp_path, names, found):
    (tmp_path / "f.csv").write_text(f"id,label,model,{names}\nu,1,x,0.5,0.9\nv,0,x,0.25,0.3\n")
    error = refusal(tmp_path / "f.csv", model_key="model")
    assert error.code == "E_NOMODEL"
    assert error.message == f"a long file must have one score column, got {found}"


def test_a_models_number_is_never_a_score(tmp_path):
    rows = long_rows([0, 1])
    path = tmp_path / "f.csv"
    path.write_text("label,model,score\n" + "".join(f"{a},{m},{s}\n" for _, a, m, s in rows))
    assert refusal(path).code == "E_NOID"
    by_model = sorted(long_rows([0, 1], 1200), key=lambda row: row[2])
    path.write_text(
        "id,label,model,score\n" + "".join(f"{u},{a},{m},{s}\n" for u, a, m, s in by_model)
    )
    error = refusal(path)
    assert error.code == "E_DUPID"
    assert "--model-key" in (error.hint or "")
    path.write_text("id,label,model,a\nu,0,0,0.25\nv,1,1,0.5\nw,0,0,0.75\n")
    scores = open_scores(path)
    assert scores.models == ("a",)
    assert [(p.code, p.column) for p in scores.problems] == [("W_UNUSED", "model")]
    path.write_text("id,label,model\nu,0,0\nv,1,1\nw,0,0\n")
    assert open_scores(path).models == ("model",)
    path.write_text("id,label,model,score\nu,0,0.5,0.25\nv,1,0.25,0.5\n")
    assert refusal(path).code == "E_WHICHMODELS"
    assert open_scores(path, models=["model", "score"]).models == ("model", "score")


def test_units_of_one_model_each_take_no_more_memory_than_the_file(tmp_path):
    path = tmp_path / "f.csv"
    count = 4000
    path.write_text(
        "id,label,model,score\n" + "".join(f"u{k},{k % 2},m{k},0.5\n" for k in range(count))
    )
    open_scores(path, models=["score"])  # do not count memory that is loaded once
    tracemalloc.start()
    error = refusal(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.code == "E_SCORE_NA"
    assert f"{count * count - count:,} of {count * count:,}" in error.message
    assert most < count * count


@given(st.data(), st.integers(1, 4), st.integers(2, 6))
def test_gaps_and_repeats_are_found_as_by_a_dict(tmp_path_factory, data, width, units):
    cells = [(u, m) for u in range(units) for m in range(width)]
    picked = data.draw(st.lists(st.sampled_from(cells), min_size=1, max_size=3 * len(cells)))
    if data.draw(st.booleans()):
        picked = data.draw(st.permutations(cells))
    path = tmp_path_factory.mktemp("long") / "f.csv"
    path.write_text(
        "id,model,score,label\n" + "".join(f"u{u},m{m},0.{u}{m},{u % 2}\n" for u, m in picked)
    )
    seen: dict[tuple[int, int], int] = {}
    again = None
    for row, cell in enumerate(picked, 1):
        if cell in seen:
            again = (seen[cell], row)
            break
        seen[cell] = row
    there, names = dict.fromkeys(u for u, _ in picked), dict.fromkeys(m for _, m in picked)
    gaps = [(u, m) for u in there for m in names if (u, m) not in seen]
    if again is not None:
        error = refusal(path)
        assert (error.code, error.row) == ("E_DUPID", again[1])
        assert f"rows {again[0]} and {again[1]}" in error.message
    elif gaps:
        error = refusal(path)
        assert error.code == "E_SCORE_NA"
        assert f"'m{gaps[0][1]}' has none for 'u{gaps[0][0]}'" in error.message
        assert f"({len(gaps)} of {len(there) * len(names)} are missing)" in error.message
    elif len({u % 2 for u in there}) == 2:
        (batch,) = open_scores(path).batches()
        assert batch.column(0).to_pylist() == [f"u{u}" for u in there]
        for k, m in enumerate(names):
            assert batch.column(2 + k).to_pylist() == [float(f"0.{u}{m}") for u in there]
