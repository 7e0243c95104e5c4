"""Process that decodes untrusted pictures; it reads no file and has no network.

The first line of standard input is JSON with the limits. For each picture, a JSON line with its length and
longest side follows, and then its bytes. Standard output has a JSON line for each picture, in order. The line
holds the picture as JPEG, or the reason why it was refused. `dashboard.data.picture_decoder` starts this
process; the app never imports it.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import warnings
from typing import Any

# Importing looks up the plugins now, because the confined process may not read every folder.
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
"""Formats that are decoded. SVG is excluded because it can hold programs and addresses."""
MOST_PIXELS = 40_000_000
"""Maximum pixels of one picture. A picture that claims more is not decoded."""


def shrunk(data: bytes, side: int) -> bytes:
    """Picture as JPEG with no side longer than ``side``; it is never enlarged.

    Raises
    ------
    ValueError
        If the picture has too many pixels.
    OSError
        If the data is no picture, or is damaged.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as read:
        width, height = read.size
        if width * height > MOST_PIXELS:
            raise ValueError(f"a picture must have at most {MOST_PIXELS:,} pixels")
        read.draft("RGB", (side, side))
        picture: Image.Image = read
        if picture.mode.startswith(("I", "F")):
            # Values with more than 8 bits a pixel are stretched to the full range.
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
    """Decoded picture, or the reason why it was refused."""
    try:
        return {"jpeg": base64.b64encode(shrunk(data, side)).decode()}
    except MemoryError:
        return {"refused": "a picture must fit in memory"}
    except ValueError as error:
        return {"refused": str(error)}
    except (OSError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError):
        return {"refused": "a picture must be a whole JPEG, PNG, WebP or BMP file"}
    except Image.DecompressionBombError:
        return {"refused": f"a picture must have at most {MOST_PIXELS:,} pixels"}


def main() -> None:
    """Decode pictures until standard input ends."""
    stdin = sys.stdin.buffer
    start = json.loads(stdin.readline())
    limit_self(start["limits"])
    warnings.simplefilter("ignore")
    confine(read=[], write=None, parent=start["parent"])
    while line := stdin.readline():
        request = json.loads(line)
        picture = answer(stdin.read(request["length"]), request["side"])
        sys.stdout.write(json.dumps(picture) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
