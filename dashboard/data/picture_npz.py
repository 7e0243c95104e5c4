"""Pictures of units in an NPZ: arrays of numbers, which need no separate process to decode."""

from __future__ import annotations

import contextlib
import errno
import io
import math
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.data.file_access import file_content
from dashboard.data.picture_decoder import AT_ONCE, MOST_BYTES, NO_PICTURE, Picture
from dashboard.data.uploads.child_process import MEBI
from metrics.io.formats.compression import ZIP_DAMAGE
from metrics.io.formats.npz import read_header

MOST_BYTES_OF_IDS = 256 * MEBI
"""Maximum size of the ids in an NPZ with pictures."""
MOST_BYTES_UNPACKED = 256 * MEBI
"""Maximum size of the pictures in a compressed NPZ.

Each request unpacks such a file up to the last requested picture.
"""


@dataclass(frozen=True)
class PictureNpz:
    """Pictures in an NPZ by the units' ids.

    Attributes
    ----------
    path : path
        NPZ with arrays ``id`` and ``image`` of shape (units, height, width), or with 3 or 4 colours last.
    """

    path: Path

    @classmethod
    def of(cls, path: Path) -> PictureNpz:
        """NPZ with pictures, named on the command line.

        Raises
        ------
        OSError
            If the file lacks these arrays.
        """
        pictures = cls(path.resolve(strict=True))
        file_content(pictures.path, _arrays)
        return pictures

    def pictures(self, units: Sequence[str], side: int) -> list[Picture]:
        """Pictures of some units in their order, read in one pass with one picture in memory at a time."""
        arrays = file_content(self.path, _arrays)
        rows = [arrays.rows.get(unit) for unit in units]
        by_row: dict[int, Picture] = {}
        with AT_ONCE, contextlib.suppress(OSError, *ZIP_DAMAGE):
            for row, pixels in arrays.read(
                self.path, sorted({row for row in rows if row is not None})
            ):
                by_row[row] = _shrunk_jpeg(pixels, side)
        return [NO_PICTURE if row is None else by_row.get(row, NO_PICTURE) for row in rows]


def _arrays(path: Path) -> _Arrays:
    """Position of the pictures in an NPZ.

    Raises
    ------
    OSError
        If the NPZ has no pictures.
    """
    try:
        return _Arrays.of(path)
    except ZIP_DAMAGE as error:
        raise OSError(errno.EINVAL, f"an NPZ, {str(error)[:200]}") from error


def _shrunk_jpeg(pixels: NDArray[Any], side: int) -> Picture:
    """Picture as JPEG. Values that do not have 8 bits are stretched to the full range."""
    from PIL import Image

    if pixels.dtype != np.uint8:
        finite_pixels = np.nan_to_num(pixels.astype(np.float64), posinf=0.0, neginf=0.0)
        finite_pixels -= finite_pixels.min()
        pixels = (255 * finite_pixels / (finite_pixels.max() or 1.0)).round().astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)
    if picture.mode == "RGBA":
        picture = picture.convert("RGB")
    picture.thumbnail((side, side))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return Picture(jpeg=buffer.getvalue())


@dataclass(frozen=True)
class _Arrays:
    """Position of the pictures in an NPZ.

    Attributes
    ----------
    rows : dict of str to int
        Index of each unit's picture.
    shape : tuple of int
        Shape of one picture.
    """

    rows: dict[str, int]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, path: Path) -> _Arrays:
        """Read the ids, and the shape and type that the file claims for its pictures.

        Raises
        ------
        ValueError
            If the arrays are missing, too large, or of an unsupported shape or type.
        """
        with zipfile.ZipFile(path) as archive:
            if missing := {"id.npy", "image.npy"} - set(archive.namelist()):
                raise ValueError(f"without an array {sorted(missing)[0].removesuffix('.npy')}")
            with archive.open("id.npy") as file:
                shape, _, dtype = read_header(file)
                if len(shape) != 1 or dtype.kind not in "USiu":
                    raise ValueError("whose array id is not a row of texts or whole numbers")
                if shape[0] * dtype.itemsize > MOST_BYTES_OF_IDS:
                    raise ValueError(f"whose array id has more than {MOST_BYTES_OF_IDS:,} bytes")
                ids = np.frombuffer(file.read(shape[0] * dtype.itemsize), dtype)
            packed = archive.getinfo("image.npy")
            is_stored = packed.compress_type == zipfile.ZIP_STORED
            if not is_stored and packed.file_size > MOST_BYTES_UNPACKED:
                raise ValueError(
                    f"whose array image is compressed and has {packed.file_size:,} bytes, "
                    f"more than {MOST_BYTES_UNPACKED:,}: write it by numpy.savez, not savez_compressed"
                )
            with archive.open("image.npy") as file:
                shape, is_fortran, dtype = read_header(file)
        if is_fortran or dtype.kind not in "buif" or dtype.itemsize > 8:
            raise ValueError("whose array image is not of plain numbers, picture after picture")
        if len(shape) not in (3, 4) or not all(shape) or shape[3:] not in ((), (1,), (3,), (4,)):
            raise ValueError(f"whose array image has the shape {shape}, not (units, height, width)")
        if len(ids) != shape[0]:
            raise ValueError(f"with {len(ids):,} ids of {shape[0]:,} pictures")
        if math.prod(shape[1:]) * dtype.itemsize > MOST_BYTES:
            raise ValueError(f"whose pictures have more than {MOST_BYTES:,} bytes each")
        unit_ids = np.char.decode(ids, "utf-8") if ids.dtype.kind == "S" else ids.astype(str)
        return cls({name: k for k, name in enumerate(unit_ids.tolist())}, shape[1:], dtype)

    def read(self, path: Path, rows: Sequence[int]) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield the pictures at ascending positions, each with its position."""
        size, at = math.prod(self.shape) * self.dtype.itemsize, 0
        with zipfile.ZipFile(path) as archive, archive.open("image.npy") as file:
            read_header(file)
            for row in rows:
                file.seek((row - at) * size, io.SEEK_CUR)
                yield row, np.frombuffer(file.read(size), self.dtype).reshape(self.shape)
                at = row + 1
