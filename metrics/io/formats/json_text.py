"""Text of a JSON file: its rows, from one object on each line or from a single JSON value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jiter

from metrics.errors import ScoreError
from metrics.io.formats.encoding import UTF8_MARK, TextFile
from metrics.io.formats.json_values import (
    Row,
    excerpt,
    is_table,
    not_json_error,
    parse,
    rows_of_document,
)

MAX_LINE, MAX_DOCUMENT = 8 << 20, 256 << 20
"""Largest number of bytes of a line, and of a file that is a single JSON value."""
_BLOCK = 1 << 20
"""Number of bytes read at a time."""


class JsonText(TextFile):
    """The text of a JSON file.

    Attributes
    ----------
    is_document : bool
        Whether the file is a single JSON value instead of one object on each line.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self.is_document = self._detect_document()

    def _detect_document(self) -> bool:
        """Whether the file is a single JSON value instead of one object on each line."""
        head = self.start(_BLOCK).lstrip(b"\xef\xbb\xbf \t\r\n")
        if not head:
            raise ScoreError("E_EMPTY", "the file must hold rows, got nothing", file=self._name)
        if head.startswith(b"["):
            return True
        line, _, rest = head.partition(b"\n")
        first = _parse_object(line)
        if first is not None:
            return not rest.strip() and is_table(first)
        # An object that continues on the next line is not a row. One that continues in the next block may be.
        begun = _parse_object(head, partial=True)
        return begun is not None and (bool(rest) or is_table(begun))

    def rows(self) -> Iterator[Row]:
        """Yield all rows."""
        if self.is_document:
            yield from self._document_rows()
            return
        row = line = 0
        for block in self.blocks_of_lines():
            for value in self.rows_of(block, row, line):
                row += 1
                yield value
            line += block.count(b"\n")

    def blocks_of_lines(self) -> Iterator[bytes]:
        """Yield the text in blocks that each end with a complete line."""
        carry, mark = b"", UTF8_MARK
        for block in self.blocks(_BLOCK):
            data = carry + block
            end = data.rfind(b"\n") + 1
            carry = data[end:]
            if end:
                yield data[:end].removeprefix(mark)
                mark = b""
            if len(carry) > MAX_LINE:
                text = f"a line must have at most {MAX_LINE:,} bytes"
                hint = "Write one object per line."
                raise ScoreError("E_SIZE", text, file=self._name, hint=hint)
        if carry := carry.removeprefix(mark):
            yield carry + b"\n"

    def rows_of(self, block: bytes, row: int, line: int) -> Iterator[Row]:
        """Yield the rows of a block of lines, given the number of rows and lines before it."""
        for number, content in enumerate(block.split(b"\n")[:-1], line + 1):
            if not content.strip():
                continue
            row += 1
            where = f"line {number}"
            value = parse(content, self._name, row, where)
            if not isinstance(value, dict):
                text = f"{where} must be an object, got {excerpt(value)}"
                raise not_json_error(self._name, text, row)
            yield value

    def _document_rows(self) -> Iterator[Row]:
        data = bytearray()
        for block in self.blocks(_BLOCK):
            data += block
            if len(data) > MAX_DOCUMENT:
                text = f"a JSON document must have at most {MAX_DOCUMENT:,} bytes"
                hint = "Write JSON lines, CSV or Parquet."
                raise ScoreError("E_SIZE", text, file=self._name, hint=hint)
        value = parse(bytes(data).removeprefix(UTF8_MARK), self._name, None, "the document")
        yield from rows_of_document(value, self._name)


def _parse_object(text: bytes, *, partial: bool = False) -> Row | None:
    """Return the object in a text, also an incomplete one if ``partial``; `None` if there is none."""
    if partial:
        # The last character may be split as well.
        text = text.decode(errors="ignore").encode()
    try:
        value = jiter.from_json(text, partial_mode=partial)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
