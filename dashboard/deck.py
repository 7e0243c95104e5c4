"""A decision as a slide deck: four slides whose charts and tables can be edited, and what to say to each."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboard.decision import VERDICTS, Decision, Recorded, Seat
from dashboard.deck_chart import add_chart
from dashboard.deck_page import (
    EDGE,
    HEIGHT,
    WIDTH,
    Text,
    cut,
    fitting,
    new_deck,
    new_slide,
    note,
    table,
    write,
)
from dashboard.deck_values import Chart
from dashboard.figures.look import LIGHT
from dashboard.figures.svg_marks import harmless
from dashboard.report import UNRECORDED, facts, moment

GONE = "The charts are left out: the data of this decision is not on the server any more."
TOP, INNER = 1.72, WIDTH - 2 * EDGE
"""Where a slide's own part begins, and how wide it is, in inches."""
_WARNING = "#A33B1F"


@dataclass(frozen=True)
class Shown:
    """What a slide of charts shows.

    Attributes
    ----------
    title : str
    finding : str
        It in one sentence.
    below : str
        A line below the charts.
    charts : tuple of Chart
        Side by side.
    notes : tuple of str
        For the speaker.
    """

    title: str
    finding: str
    below: str
    charts: tuple[Chart, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Charts:
    """The two slides of charts."""

    front: Shown
    tradeoff: Shown


def render(decision: Decision, recorded: Recorded | None, charts: Charts | None = None) -> bytes:
    """Write the deck.

    Parameters
    ----------
    decision : Decision
    recorded : Recorded or None
        Its place in the register; None marks every slide as a view that nobody recorded.
    charts : Charts or None
        None where the data is not at hand any more; the deck says so.

    Returns
    -------
    bytes
        Of a .pptx file.
    """
    deck = new_deck()
    _about(deck, decision)
    _verdict(deck, decision)
    for shown in (charts.front, charts.tradeoff) if charts is not None else ():
        _charts(deck, shown)
    _decision(deck, decision, recorded, drawn=charts is not None)
    for k, slide in enumerate(deck.slides, start=1):
        _foot(slide, decision, recorded, f"{k} / {len(deck.slides)}")
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _about(deck: Any, d: Decision) -> None:
    own = deck.core_properties
    own.title = cut(d.data.title, 200)
    own.author = own.last_modified_by = "Common Ground"
    own.created = own.modified = datetime.now(UTC)
    with contextlib.suppress(ValueError):
        own.created = datetime.fromisoformat(d.at)


def _foot(slide: Any, d: Decision, recorded: Recorded | None, page: str) -> None:
    """Which data, and whether anybody has decided."""
    if recorded is None:
        mark, color = UNRECORDED, _WARNING
    else:
        mark, color = f"Decision {recorded.number}, recorded {moment(d.at)}", LIGHT.muted
    top = HEIGHT - 0.45
    write(
        slide,
        (EDGE, top, 7.4, 0.25),
        [Text(cut(f"{d.data.title} · {d.basis}", 100), 10, color=LIGHT.muted)],
    )
    write(
        slide,
        (WIDTH - EDGE - 4.4, top, 3.9, 0.25),
        [Text(cut(mark, 60), 10, recorded is None, color)],
    )
    write(slide, (WIDTH - EDGE - 0.45, top, 0.5, 0.25), [Text(page, 10, color=LIGHT.muted)])


def _verdict(deck: Any, d: Decision) -> None:
    slide = new_slide(deck, "Verdict", d.chosen.words)
    write(slide, (EDGE, TOP - 0.35, INNER, 0.3), [Text(cut(facts(d), 150), 13, color=LIGHT.muted)])
    size, said = fitting(d.verdict, INNER - 0.3, 2.75, (18, 16, 15, 14, 13, 12, 11))
    write(slide, (EDGE, TOP + 0.1, INNER, 2.75), [Text(text, size, bullet=True) for text in said])
    rows = [
        [
            seat.title,
            seat.wish,
            f"{seat.chosen.text} {seat.chosen.unit}".strip()
            + (f" ({seat.chosen.range})" if seat.chosen.range else ""),
            seat.cost,
            "none" if seat.pick is None else f"{seat.own.text}, {seat.pick.words}",
        ]
        for seat in d.seats
    ]
    heads = ["Seat", "Wants", "Gets", "Against its own pick", "Own pick"]
    table(slide, (EDGE, 4.75, INNER, 2.2), heads, rows, [1.4, 2.4, 2.4, 2.2, 2.2])
    note(slide, [f"Chosen: {d.chosen.words}. Today: {d.today.words}.", *d.verdict, d.basis])


def _charts(deck: Any, shown: Shown) -> None:
    slide = new_slide(deck, shown.title, shown.finding)
    wide = INNER / len(shown.charts)
    high = HEIGHT - TOP - (1.05 if shown.below else 0.6) + 0.25
    for k, chart in enumerate(shown.charts):
        box = (EDGE + k * wide, TOP - 0.25, wide - (0.1 if len(shown.charts) > 1 else 0), high)
        add_chart(slide, chart, box, f"{chart.title or shown.title}. {shown.finding}")
    if shown.below:
        below = cut(shown.below, 260)
        write(slide, (EDGE, HEIGHT - 1.0, INNER, 0.45), [Text(below, 12, color=LIGHT.muted)])
    note(slide, shown.notes)


def _decision(deck: Any, d: Decision, recorded: Recorded | None, *, drawn: bool) -> None:
    title = f"Decision {recorded.number}: {d.chosen.words}" if recorded else UNRECORDED
    slide = new_slide(deck, "Who decided, and why" if recorded else "The view", title)
    seats = [[seat.title, seat.name or "–", _says(seat), seat.words or "–"] for seat in d.seats]
    heads = ["Seat", "Who (name as typed)", "Says", "In their words"]
    below = table(slide, (EDGE, TOP - 0.2, INNER, 2.2), heads, seats, [1.6, 1.8, 1.8, 5.5])
    reasons = [["Why", d.why], ["Others object", d.objections]]
    given = [pair for pair in reasons if pair[1]]
    if given:
        below = table(slide, (EDGE, below + 0.3, INNER, 1.3), [], given, [1.6, 9.1])
    rows = [["Data", d.data.fingerprint], ["Figures", d.basis], ["Today", d.today.words]]
    if recorded is not None:
        said = f"{moment(d.at)}, Common Ground {d.version}"
        replaced = [["Takes the place of", f"number {d.supersedes}"]] if d.supersedes else []
        rows = [["Recorded", said], *replaced, ["Hash", recorded.hash], *rows]
    if not drawn:
        rows.append(["Charts", GONE])
    table(slide, (EDGE, below + 0.3, INNER, HEIGHT - 0.85 - below), [], rows, [1.6, 9.1])
    note(slide, _said_whole(d, recorded))


def _says(seat: Seat) -> str:
    return VERDICTS.get(seat.verdict, "has not been asked")


def _said_whole(d: Decision, recorded: Recorded | None) -> Sequence[str]:
    """All that may have been cut on the slide."""
    said = [
        f"{seat.title}, {seat.name or 'no name'}: {_says(seat)}. {seat.words}" for seat in d.seats
    ]
    said += [
        f"Why: {d.why}" if d.why else "",
        f"Others object: {d.objections}" if d.objections else "",
    ]
    said += [f"Data: {', '.join(d.data.files)}, {d.data.fingerprint}", f"Link: ?{d.query}"]
    if recorded is not None:
        said.append(f"Hash: {recorded.hash}. Of the decision before: {recorded.previous}.")
    return [harmless(text) for text in said if text]
