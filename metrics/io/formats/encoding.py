"""Text encoding of score files: decompressed, and decoded from UTF-8 or marked UTF-16."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from metrics.errors import Problem, ScoreError, warning
from metrics.io.formats.compression import blocks, compression_of

UTF8_MARK = codecs.BOM_UTF8
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_MARK = codecs.BOM_UTF32_LE  # starts like the mark of UTF-16
_SAVE_AS_UTF8 = 'Save it again as UTF-8 (in a spreadsheet: as "CSV UTF-8").'


class TextFile:
    """The text of one file, plain or compressed.

    Attributes
    ----------
    is_utf16 : bool
        Whether the file is UTF-16; the text is then converted to UTF-8 without the mark.
    notes : list of Problem
        Assumptions about the encoding.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name
        self._compression = compression_of(path, name)
        start = _beginning(self._unpacked(64), len(_UTF32_MARK))
        self.is_utf16 = start.startswith(_UTF16_MARKS) and not start.startswith(_UTF32_MARK)
        text = "read as UTF-16, which its byte-order mark says that it is"
        self.notes: list[Problem] = [warning("W_ENC", text, file=name)] if self.is_utf16 else []

    def start(self, size: int) -> bytes:
        """Return the beginning of the text: at least ``size`` bytes, or the whole text if it is shorter."""
        return _beginning(self.blocks(size), size)

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield the text in blocks of about ``size`` bytes.

        See `metrics.io.formats.compression.blocks`; ``E_ENCODING`` for invalid UTF-16 after a UTF-16 mark.
        """
        if not self.is_utf16:
            yield from self._unpacked(size)
            return
        decoder = codecs.getincrementaldecoder("utf-16")()
        try:
            for block in self._unpacked(size):
                if text := decoder.decode(block):
                    yield text.encode("utf-8")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise ScoreError(
                "E_ENCODING",
                f"the text must be UTF-16, as its byte-order mark says, got {error.reason}",
                file=self._name,
                hint=_SAVE_AS_UTF8,
            ) from error

    def _unpacked(self, size: int) -> Iterator[bytes]:
        return blocks(self._path, self._name, self._compression, size)


def _beginning(blocks: Iterable[bytes], size: int) -> bytes:
    start = b""
    for block in blocks:
        start += block
        if len(start) >= size:
            break
    return start


def decode(data: bytes, name: str, *, whole: bool) -> str:
    """Decode UTF-8.

    If the block is not the ``whole`` text, a character that its end cuts is left off. Raise ``E_ENCODING``
    with the offset of the first invalid byte.
    """
    # Half of the bytes of Western text in UTF-16 are 0; UTF-8 has none.
    start = data[:4096]
    if data.startswith(_UTF16_MARKS) or (len(data) > 3 and 4 * start.count(0) > len(start)):
        raise ScoreError(
            "E_ENCODING",
            "the text must be UTF-8, got what looks like UTF-16",
            file=name,
            hint=_SAVE_AS_UTF8,
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if not whole and error.end == len(data) and len(data) - error.start < 4:
            return data[: error.start].decode("utf-8")
        before = io.StringIO(data[: error.start].decode("utf-8") + "?", newline="")
        row = 0
        with contextlib.suppress(csv.Error):  # a field too long to count rows
            row = sum(1 for record in csv.reader(before) if record) - 1  # without the header
        raise not_utf8_error(data, error.start, offset=0, row=row, name=name) from error


def not_utf8_error(data: bytes, at: int, *, offset: int, row: int, name: str) -> ScoreError:
    """Return the error for a byte at ``at`` that is not UTF-8; row 0 means unknown."""
    return ScoreError(
        "E_ENCODING",
        f"the text must be UTF-8, got byte 0x{data[at]:02x} at offset {offset + at}",
        file=name,
        row=row or None,
        hint=_SAVE_AS_UTF8,
    )
