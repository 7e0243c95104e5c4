"""The process that decodes pictures that nobody vouches for: it reads no file, and has no network.

Standard input is a JSON line with the limits, then for each picture a JSON line with its length and the
longest side wanted, and its bytes. Standard output is a JSON line for each, in order: the picture as JPEG,
or why there is none. It is started by `dashboard.data.pictures`, never imported by the app.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import warnings
from typing import Any

# Where they lie is looked up before this process may no longer look into every folder.
from PIL import BmpImagePlugin, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from dashboard.data.uploads.confinement import confine, limit_self

FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        WebPImagePlugin.WebPImageFile,
        BmpImagePlugin.BmpImageFile,
    )
)
"""What is decoded: no SVG, nothing that holds a program or names an address."""
MOST_PIXELS = 40_000_000
"""Of one picture; what claims more is not decoded."""


def small(data: bytes, side: int) -> bytes:
    """A picture as JPEG, no side longer than ``side``; it is never made larger.

    Raises
    ------
    ValueError
        Where it has too many pixels.
    OSError
        Where it is none, or damaged.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as read:
        width, height = read.size
        if width * height > MOST_PIXELS:
            raise ValueError(f"a picture must have at most {MOST_PIXELS:,} pixels")
        read.draft("RGB", (side, side))
        picture: Image.Image = read
        if picture.mode.startswith(
            ("I", "F")
        ):  # more than 8 bits a pixel: from the least to the most
            picture = ImageOps.autocontrast(_eight_bits(picture))
        picture.thumbnail((side, side))
        buffer = io.BytesIO()
        ImageOps.exif_transpose(picture).convert("RGB").save(buffer, "JPEG", quality=88)
        return buffer.getvalue()


def _eight_bits(picture: Image.Image) -> Image.Image:
    low, high = picture.convert("F").getextrema()
    factor = 255 / (high - low) if high > low else 1.0  # type: ignore[operator]
    return picture.convert("F").point(lambda v: v * factor - low * factor).convert("L")  # type: ignore[operator]


def answer(data: bytes, side: int) -> dict[str, Any]:
    """One picture, or why there is none."""
    try:
        return {"jpeg": base64.b64encode(small(data, side)).decode()}
    except MemoryError:
        return {"refused": "a picture must fit in memory"}
    except ValueError as error:
        return {"refused": str(error)}
    except (OSError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError):
        return {"refused": "a picture must be a whole JPEG, PNG, WebP or BMP file"}
    except Image.DecompressionBombError:
        return {"refused": f"a picture must have at most {MOST_PIXELS:,} pixels"}


def main() -> None:
    """Decode what comes, until nothing does."""
    come = sys.stdin.buffer
    request = json.loads(come.readline())
    limit_self(request["limits"])
    warnings.simplefilter("ignore")
    confine(read=[], write=None, parent=request["parent"])
    while line := come.readline():
        asked = json.loads(line)
        sys.stdout.write(json.dumps(answer(come.read(asked["length"]), asked["side"])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
