"""Tests of compressed files: several members, empty frames, damage, size limits, double compression."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import open_scores
from metrics.io.formats.compression import blocks, compression_of
from tests.metrics.opening import error_of

PACK = {
    ".gz": gzip.compress,
    ".zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}


def unpack(path: Path, size: int = 7) -> bytes:
    name = str(path)
    return b"".join(blocks(path, name, compression_of(path, name), size))


@pytest.mark.parametrize("suffix", PACK)
@given(parts=st.lists(st.binary(max_size=60), min_size=1, max_size=4), size=st.integers(1, 80))
def test_all_members_are_read_at_any_block_size(tmp_path_factory, suffix, parts, size):
    if any(part.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")) for part in parts):
        parts = [b"x" + part for part in parts]
    path = tmp_path_factory.mktemp("stream") / f"f{suffix}"
    path.write_bytes(b"".join(PACK[suffix](part) for part in parts))
    assert unpack(path, size) == b"".join(parts)


@pytest.mark.parametrize("suffix", PACK)
@given(data=st.binary(min_size=1, max_size=200), data_strategy=st.data())
def test_a_truncated_stream_is_refused(tmp_path_factory, suffix, data, data_strategy):
    packed = PACK[suffix](b"x" + data)
    keep = data_strategy.draw(st.integers(4, len(packed) - 1))
    path = tmp_path_factory.mktemp("stream") / f"f{suffix}"
    path.write_bytes(packed[:keep])
    assert error_of(unpack, path).code == "E_TRUNCATED"


@given(junk=st.binary(min_size=1, max_size=20).filter(lambda b: not b.startswith(b"\x1f\x8b")))
def test_bytes_after_a_gzip_stream_are_refused(tmp_path_factory, junk):
    path = tmp_path_factory.mktemp("stream") / "f.gz"
    path.write_bytes(gzip.compress(b"id,label\n") + junk)
    assert error_of(unpack, path).code == "E_TRUNCATED"


@pytest.mark.parametrize("suffix", PACK)
def test_content_that_grows_without_end_is_refused(tmp_path, suffix):
    path = tmp_path / f"f{suffix}"
    path.write_bytes(PACK[suffix](bytes(1 << 27)))
    assert error_of(unpack, path, 1 << 20).code == "E_SIZE"


@pytest.mark.parametrize("inner", PACK)
@pytest.mark.parametrize("outer", PACK)
def test_content_that_is_compressed_twice_is_refused(tmp_path, inner, outer):
    path = tmp_path / f"f{outer}"
    path.write_bytes(PACK[outer](PACK[inner](b"id,label\n")))
    assert error_of(unpack, path, 64).code == "E_MAGIC"


GOOD = "id,label,a\n1,0,0.1\n2,1,0.9\n"


def skippable(content: bytes) -> bytes:
    """Frame that decompressors skip."""
    return b"\x53\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content


@pytest.mark.parametrize("places", [(0,), (1,), (2,), (0, 0, 1)], ids=str)
def test_empty_zstandard_frames_change_nothing(tmp_path, places):
    half = len(GOOD) // 2
    frames = [
        pa.compress(part.encode(), "zstd", asbytes=True) for part in (GOOD[:half], GOOD[half:])
    ]
    for place in sorted(places, reverse=True):
        frames.insert(place, skippable(b"note"))
    path = tmp_path / "scores.csv.zst"
    path.write_bytes(b"".join(frames))
    (batch,) = open_scores(path).batches()
    assert batch.to_pydict() == {"id": ["1", "2"], "label": [0, 1], "a": [0.1, 0.9]}
    path.write_bytes(skippable(b"note"))
    assert error_of(open_scores, path).code == "E_EMPTY"
