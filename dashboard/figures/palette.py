"""Colours of all figures in light and dark, mixtures and contrast of colours, and marks of named points."""

from __future__ import annotations

from dataclasses import dataclass

FONT = '"Source Sans", "Source Sans 3", sans-serif'


@dataclass(frozen=True)
class Palette:
    """Colours of the light or the dark theme."""

    dark: bool
    paper: str
    ink: str
    muted: str
    faint: str
    beaten: str
    grid: str
    accent: str
    on_accent: str
    good: str
    bad: str
    veil: str


LIGHT = Palette(
    dark=False,
    paper="#FBFAF7",
    ink="#1C2126",
    muted="#5B636B",
    faint="#B9B5AB",
    beaten="#918E84",
    grid="#E7E3DA",
    accent="#1F5A7A",
    on_accent="#FFFFFF",
    good="#1E7A4C",
    bad="#B3261E",
    veil="rgba(251,250,247,0.72)",
)
DARK = Palette(
    dark=True,
    paper="#14181D",
    ink="#E9E6DF",
    muted="#A3ABB3",
    faint="#59626B",
    beaten="#68717A",
    grid="#2A3139",
    accent="#7DB4D6",
    on_accent="#14181D",
    good="#5CC58F",
    bad="#F28B7D",
    veil="rgba(20,24,29,0.72)",
)


def palette_of(appearance: str) -> Palette:
    """Palette of a theme, "light" or "dark"."""
    return DARK if appearance == "dark" else LIGHT


def pale(color: str, alpha: float = 0.18) -> str:
    """Transparent form of a colour ``#rrggbb``, for the band around a line."""
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def mixed(color: str, paper: str, share: float = 0.22) -> str:
    """Opaque mixture of a colour ``#rrggbb`` with paper, so that overlapping shades do not add up."""
    channel_pairs = [(int(color[k : k + 2], 16), int(paper[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in channel_pairs)


POINT_MARKS = {"chosen": "◉", "today": "◇", "pick": "○", "beside": "□"}
"""Character for the mark of a named point on the front, by its kind."""


def on_color(color: str) -> str:
    """Colour of text on a colour ``#rrggbb``: white or ink, by the higher contrast."""
    return max(("#FFFFFF", LIGHT.ink), key=lambda letters: _contrast(letters, color))


def _contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours ``#rrggbb`` by WCAG, 1 to 21."""
    low, high = sorted(map(_luminance, (first, second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
