"""Mutating fuzzer for machines without atheris."""

from __future__ import annotations

import random
from collections.abc import Iterator

TOKENS = [
    b"", b",", b";", b"\t", b'"', b'""', b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"\xed\xa0\x80", b"1e999", b"-0", b"NaN", b"inf", b"0x1p-1", b"NA", b"true", b"yes", b"-1", b"2", b"{",
    b"}", b"[", b"]", b":", b'{"a":', b"null", b"\\ud800", b"\\u0000", b"9" * 400, b"label", b"id", b"a",
    b"weight",
    b"group", b"score", b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY\x01\x00", b"'|O8'", b"(3, 1)", b"(-1,)",
    b"True", b"<f2", b">i8", b"<U0",
]  # fmt: skip


def mutations(seeds: list[bytes], rng: random.Random) -> Iterator[bytes]:
    """Yield the seeds, then without end mutations of the seeds and of earlier mutations."""
    yield from seeds
    pool = list(seeds)
    while True:
        data = bytearray(rng.choice(pool))
        for _ in range(rng.choice([1, 1, 2, 3, 8])):
            at = rng.randrange(len(data) + 1)
            end = min(len(data), at + rng.choice([0, 1, 1, 2, 8, 64]))
            kind = rng.randrange(5)
            if kind == 0 and at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            elif kind == 1:
                data[at:end] = rng.choice(TOKENS)
            elif kind == 2:
                del data[at:end]
            elif kind == 3:
                data[at:at] = data[at:end] * rng.choice([1, 2, 50])
            else:
                other = rng.choice(pool)
                start = rng.randrange(len(other) + 1)
                data[at:end] = other[start : start + rng.choice([1, 8, 64, len(other)])]
        found = bytes(data[:8192])
        yield found
        if rng.random() < 0.05:
            pool = [*pool[-500:], found]
