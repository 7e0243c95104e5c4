"""Chapters of the guide: Markdown files that the README links to as well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

INDEX = Path(__file__).resolve().parents[2] / "guide" / "index.md"
"""First page of the guide; its list names the chapters in order."""

_LISTED = re.compile(r"^- \[([^\]]+)\]\(([^)]+\.md)\): (.+(?:\n  .+)*)", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s:]+)\)")
_PICTURE = re.compile(r"^!\[([^\]]+)\]\(([^)\s]+)\)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Illustration:
    """A picture of a chapter, with its alternative text."""

    path: Path
    alt: str


@dataclass(frozen=True)
class Chapter:
    """File of the guide.

    Attributes
    ----------
    about : str
        Summary in the index; empty for the index.
    """

    path: Path
    title: str
    about: str

    @property
    def address(self) -> str:
        """Name of the chapter's page in the address bar."""
        if self.path == INDEX:
            return "guide"
        return f"guide-{self.path.parent.name if self.path.stem == 'README' else self.path.stem}"

    @property
    def text(self) -> str:
        """Markdown of the file."""
        return self.path.read_text(encoding="utf-8")

    @property
    def sections(self) -> list[str]:
        """Headings below the title."""
        return re.findall(r"^## (.+)$", _FENCED.sub("", self.text), re.MULTILINE)

    def parts(self, query: Mapping[str, str]) -> list[str | Illustration]:
        """Markdown and pictures in order; for the index, only what precedes its list.

        Parameters
        ----------
        query : mapping of str to str
            Query of the links to other chapters, so that the choices remain.
        """
        text = _LISTED.split(self.text, maxsplit=1)[0] if self.path == INDEX else self.text
        markdown, *rest = _PICTURE.split(text)
        parts: list[str | Illustration] = [self._linked(markdown, query)]
        for alt, file, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
            parts += [Illustration(self.path.parent / file, alt), self._linked(after, query)]
        return parts

    def _linked(self, text: str, query: Mapping[str, str]) -> str:
        """Markdown with links between pages in place of links between files."""
        addresses = {chapter.path: chapter.address for chapter in chapters()}

        def to_page(match: re.Match[str]) -> str:
            words, (file, _, section) = match[1], match[2].partition("#")
            if not file:
                return match[0]
            address = addresses[(self.path.parent / file).resolve()]
            return f"[{words}](./{address}?{urlencode(query)}{'#' if section else ''}{section})"

        return _LINK.sub(to_page, text)


@cache
def chapters() -> tuple[Chapter, ...]:
    """The index and every chapter that it lists."""
    listed = _LISTED.findall(INDEX.read_text(encoding="utf-8"))
    return (
        Chapter(INDEX, "Guide", ""),
        *(
            Chapter((INDEX.parent / file).resolve(), title, " ".join(about.split()))
            for title, file, about in listed
        ),
    )


def anchor(heading: str) -> str:
    """Anchor that Streamlit and repository browsers give a heading of plain words."""
    return "-".join(re.findall(r"\w+", heading.lower()))
