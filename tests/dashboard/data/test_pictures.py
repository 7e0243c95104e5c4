"""Tests of pictures of units: they are shown as thumbnails, and a hostile folder has no effect."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from dashboard.data import picture_decoder, picture_npz, pictures
from dashboard.data.file_access import file_content
from dashboard.data.picture_decoder import MOST_BYTES, NO_PICTURE, UNREADABLE, Picture
from dashboard.data.picture_npz import PictureNpz
from dashboard.data.pictures import PictureFolder, open_pictures
from metrics import ScoreError
from sample_data import IMAGES


def chunk(kind: bytes, data: bytes) -> bytes:
    whole = kind + data
    return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))


def png_that_claims(side: int) -> bytes:
    """PNG whose header claims a large square, but which holds only a few pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(100_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")


def image_of(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.jpeg), formats=["JPEG"])


@pytest.fixture
def folder(tmp_path):
    """Folder with usual and malformed pictures, next to a file that must not be read."""
    root = tmp_path / "pictures"
    (root / "line 1").mkdir(parents=True)
    grey = Image.new("L", (200, 100), 90)
    grey.save(tmp_path / "outside.png")
    grey.save(root / "<script>alert(1)<.png")
    Image.new("RGB", (30, 60), (200, 10, 10)).save(root / "line 1" / "u7.JPG", "JPEG")
    Image.fromarray(np.linspace(100, 3000, 64).reshape(8, 8).astype(np.uint16)).save(
        root / "deep.png"
    )
    (root / "claims.png").write_bytes(png_that_claims(50_000))
    (root / "cut.png").write_bytes(png_that_claims(2_000))
    (root / "svg.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
    (root / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    with open(root / "zeros.png", "wb") as file:
        file.truncate(1 << 30)
    (root / "link.png").symlink_to(tmp_path / "outside.png")
    (root / "up").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.png")
    return root


def test_only_pictures_in_the_folder_are_shown(folder):
    shown = {
        "<script>alert(1)<": (96, 48),
        "line 1/u7": (30, 60),
        "deep": (8, 8),
        "deep.png": (8, 8),
    }
    none = [
        "nobody", "link", "pipe", "zeros", "drawing", "drawing.svg", "up/outside", "../outside", "a\0b",
        "x" * 5000, "", ".", "..", str(folder.parent / "outside"), "http://example.com/u7", "line 1",
    ]  # fmt: skip
    refused = ["claims", "cut", "svg"]
    units = [*shown, *none, *refused]
    found = dict(zip(units, PictureFolder.of(folder).pictures(units, 96), strict=True))
    assert {unit: image_of(found[unit]).size for unit in shown} == shown
    assert {unit: found[unit] for unit in none} == dict.fromkeys(none, NO_PICTURE)
    assert "at most 40,000,000 pixels" in found["claims"].refused
    assert all("whole JPEG, PNG" in found[unit].refused for unit in ("cut", "svg"))
    grey = np.asarray(image_of(found["deep"]))
    assert (grey.min() < 10, grey.max() > 245) == (True, True)
    assert found["line 1/u7"].address.startswith("data:image/jpeg;base64,/9j/")


def test_a_picture_that_crashes_its_process_affects_no_other(folder, monkeypatch):
    decode = picture_decoder._Child.decode

    def ends(child, data, side):
        if data.startswith(b"<svg"):
            child._process.kill()
        return decode(child, data, side)

    monkeypatch.setattr(picture_decoder._Child, "decode", ends)
    found = PictureFolder.of(folder).pictures(["deep", "svg", "line 1/u7"], 96)
    assert [one.refused for one in found] == ["", UNREADABLE, ""]
    assert all(found[k].jpeg for k in (0, 2))


def test_a_file_that_is_too_large_is_not_read(folder):
    path = folder / "deep.png"
    whole = PictureFolder.of(folder)
    assert whole.read("deep") == path.read_bytes()
    os.truncate(path, MOST_BYTES + 1)
    assert whole.read("deep") is None


def test_a_zip_archive_is_searched_by_ids_within_limits(folder, tmp_path):
    path = tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "line 1" / "u7.JPG", "deep/er/u7.JPG")
        archive.write(folder / "deep.png", "../deep.png")
        archive.writestr("bomb.png", bytes(MOST_BYTES + 1))
        archive.writestr("words.txt", "words")
    units = ["u7", "deep/er/u7", "deep", "bomb", "words", "nobody"]
    found = open_pictures(path).pictures(units, 96)
    assert [bool(one.jpeg) for one in found] == [True, True, True, False, False, False]
    assert image_of(found[0]).size == (30, 60)
    with pytest.raises(ScoreError, match="no zip archive"):
        open_pictures(folder / "deep.png")


def test_an_archive_is_read_once_until_it_is_replaced(folder, tmp_path):
    path, other = tmp_path / "pictures.zip", tmp_path / "other.zip"
    for place, name in ((path, "first.png"), (other, "second.png")):
        with zipfile.ZipFile(place, "w") as archive:
            archive.write(folder / "deep.png", name)
    found = open_pictures(path)
    whole = file_content(path, pictures._directory)
    assert [bool(one.jpeg) for one in found.pictures(["first", "second"], 96)] == [True, False]
    assert file_content(path, pictures._directory) is whole
    other.replace(path)
    assert [bool(one.jpeg) for one in found.pictures(["first", "second"], 96)] == [False, True]
    path.unlink()
    with pytest.raises(FileNotFoundError):
        found.pictures(["first"], 96)


def npz(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("dtype", "colours"), [("u1", ()), ("u2", ()), ("f4", ()), ("u1", (3,)), ("u1", (1,))]
)
def test_pictures_of_an_npz_are_found_by_id(tmp_path, dtype, colours):
    shade = np.linspace(0, 1, 6 * 8).reshape(6, 8, *(1 for _ in colours)) * np.ones(colours)
    images = np.stack([shade, 0 * shade, 1 - shade])
    images = images if dtype == "f4" else (np.iinfo(dtype).max * images).astype(dtype)
    path = npz(tmp_path / "pictures.npz", id=np.array(["u1", "u2", "u3"]), image=images)
    found = open_pictures(path).pictures(["u3", "nobody", "u1", "u3"], 96)
    assert [bool(one.jpeg) for one in found] == [True, False, True, True]
    assert found[0] == found[3]
    first, third = (np.asarray(image_of(found[k]).convert("L"), int) for k in (2, 0))
    assert first.shape == (6, 8)
    assert np.abs(first - 255 * np.linspace(0, 1, 48).reshape(6, 8)).max() < 12
    assert np.abs(first + third - 255).max() < 12


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"id": np.array(["u1"])}, "without an array image"),
        ({"image": np.zeros((1, 2, 2), "u1")}, "without an array id"),
        ({"id": np.array(["u1"], object), "image": np.zeros((1, 2, 2), "u1")}, "array id is not"),
        ({"id": np.array(["u1"]), "image": np.zeros((2, 2, 2), "u1")}, "1 ids of 2 pictures"),
        ({"id": np.array(["u1"]), "image": np.zeros((1, 4), "u1")}, r"the shape \(1, 4\)"),
        ({"id": np.array(["u1"]), "image": np.zeros((1, 2, 2), "c8")}, "plain numbers"),
        ({"id": np.array(["u1"]), "image": np.zeros((1, 6000, 6000), "u1")}, "25,165,824 bytes"),
    ],
)
def test_an_npz_without_pictures_is_refused(tmp_path, arrays, why):
    with pytest.raises(ScoreError, match=why):
        open_pictures(npz(tmp_path / "pictures.npz", **arrays))


def test_a_large_npz_must_not_be_compressed(tmp_path, monkeypatch):
    # The header alone causes the refusal; nothing is decompressed.
    monkeypatch.setattr(picture_npz, "MOST_BYTES_UNPACKED", 500)
    ids, images = np.array(["u1", "u2"]), np.zeros((2, 12, 16), "u1")  # 128 + 384 bytes
    why = (
        "compressed and has 512 bytes, more than 500: write it by numpy.savez, not savez_compressed"
    )
    with pytest.raises(ScoreError, match=why):
        open_pictures(npz(tmp_path / "compressed.npz", id=ids, image=images))
    np.savez(tmp_path / "plain.npz", id=ids, image=images)
    found = open_pictures(tmp_path / "plain.npz").pictures(["u1", "u2"], 96)
    assert [bool(one.jpeg) for one in found] == [True, True]
    monkeypatch.setattr(picture_npz, "MOST_BYTES_UNPACKED", 512)
    assert open_pictures(tmp_path / "compressed.npz").pictures(["u2"], 96)[0].jpeg


def test_a_truncated_npz_shows_its_complete_pictures(tmp_path):
    path, header = tmp_path / "pictures.npz", io.BytesIO()
    np.save(header, np.arange(3 * 4 * 4, dtype="u1").reshape(3, 4, 4))
    with zipfile.ZipFile(path, "w") as archive:
        ids = io.BytesIO()
        np.save(ids, np.array(["u1", "u2", "u3"]))
        archive.writestr("id.npy", ids.getvalue())
        archive.writestr("image.npy", header.getvalue()[:-20])
    found = open_pictures(path).pictures(["u1", "u2", "u3"], 96)
    assert [bool(one.jpeg) for one in found] == [True, False, False]


def test_pictures_of_the_sample_are_found_by_id():
    with np.load(IMAGES) as archive:
        unit, image = str(archive["id"][5]), archive["image"][5]
    first, other = PictureNpz(IMAGES).pictures([unit, "nobody"], 96)
    assert other == NO_PICTURE
    assert np.abs(np.asarray(image_of(first), int) - image).mean() < 3


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(ScoreError, match="No such file or directory"):
        open_pictures(tmp_path / "nowhere")
