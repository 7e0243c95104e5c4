"""A decision as a slide deck: four slides whose charts and tables can be edited, and what to say to each."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboard.decisions.decision import VERDICTS, Decision, Recorded, StakeholderRecord
from dashboard.export.html_report import UNRECORDED, facts, moment
from dashboard.export.pptx_chart import Chart, add_chart
from dashboard.export.pptx_page import (
    EDGE,
    FLOOR,
    INNER,
    TOP,
    WIDTH,
    Text,
    cut,
    fitting,
    new_deck,
    new_slide,
    note,
    table,
    takes,
    write,
)
from dashboard.export.svg_marks import harmless
from dashboard.figures.palette import LIGHT
from dashboard.page import summary
from dashboard.page.summary import inspection_in_force, limits_in_force, payoffs

GONE = "The charts are left out: the data of this decision is not on the server any more."
_WARNING = "#A33B1F"


@dataclass(frozen=True)
class Shown:
    """What a slide of charts shows.

    Attributes
    ----------
    title : str
    finding : str
        It in one sentence.
    below : tuple of str
        Lines below the charts: what they come to, and what is drawn how.
    charts : tuple of Chart
        Side by side.
    notes : tuple of str
        For the speaker.
    """

    title: str
    finding: str
    below: tuple[str, ...]
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
    # What the figures are of comes whole, however long the name of the data is.
    named = cut(d.data.title, max(20, 150 - len(d.basis)))
    size, [said] = fitting([f"{named} · {d.basis}"], 7.4, 0.42, (10, 9, 8))
    write(slide, (EDGE, FLOOR + 0.12, 7.4, 0.42), [Text(said, size, color=LIGHT.muted)])
    write(
        slide,
        (WIDTH - EDGE - 4.4, FLOOR + 0.12, 3.9, 0.25),
        [Text(cut(mark, 60), 10, recorded is None, color)],
    )
    write(
        slide, (WIDTH - EDGE - 0.45, FLOOR + 0.12, 0.5, 0.25), [Text(page, 10, color=LIGHT.muted)]
    )


def _verdict(deck: Any, d: Decision) -> None:
    """What the chosen point does, what each stakeholder gets, and the verdict as far as there is room."""
    slide = new_slide(deck, "Verdict", d.chosen.words)
    write(slide, (EDGE, TOP - 0.3, INNER, 0.25), [Text(cut(facts(d), 130), 12, color=LIGHT.muted)])
    below, does = TOP + 0.04, summary.of_decision(d)
    if does:
        size, said = fitting([does], INNER, 0.85, (16, 15, 14, 13, 12))
        high = takes(said, INNER, size)
        write(slide, (EDGE, below, INNER, high), [Text(said[0], size)])
        below += high + 0.1
    rows = [
        [
            stakeholder.title,
            stakeholder.wish,
            f"{stakeholder.chosen.text} {stakeholder.chosen.unit}".strip()
            + (f" ({stakeholder.chosen.range})" if stakeholder.chosen.range else ""),
            stakeholder.cost,
            "none"
            if stakeholder.pick is None
            else f"{stakeholder.own.text}, {stakeholder.pick.words}",
        ]
        for stakeholder in d.stakeholders
    ]
    heads = ["Stakeholder", "Wants", "Gets", "Against its own pick", "Own pick"]
    widths = [1.85, 2.6, 2.7, 2.3, 2.65]
    below = table(slide, (EDGE, below, INNER, 2.2), heads, rows, widths, largest=12) + 0.15
    texts = _last_that_fit(d.verdict, FLOOR - below)
    if texts:
        write(slide, (EDGE, below, INNER, FLOOR - below), texts)
    note(slide, [f"Chosen: {d.chosen.words}. Today: {d.today.words}.", does, *d.verdict, d.basis])


def _last_that_fit(said: Sequence[str], height: float) -> list[Text]:
    """The sentences of a verdict that have room: the first go first, for the table names the picks."""
    for first in range(len(said)):
        more = [f"{first} more in the notes."] if first else []
        size, kept = fitting([*said[first:], *more], INNER - 0.3, height, (15, 14, 13, 12))
        if kept[: len(said) - first] == list(said[first:]) or first == len(said) - 1:
            dots = [Text(text, size, bullet=True) for text in kept[: len(said) - first]]
            return [*dots, *(Text(text, size, color=LIGHT.muted) for text in more)]
    return []


def _charts(deck: Any, shown: Shown) -> None:
    slide = new_slide(deck, shown.title, shown.finding)
    wide = INNER / len(shown.charts)
    size, below = fitting(shown.below, INNER, 1.0, (12, 11, 10))
    floor = FLOOR - takes(below, INNER, size)
    for k, chart in enumerate(shown.charts):
        left, gap = EDGE + k * wide, 0.1 if len(shown.charts) > 1 else 0
        box = (left, TOP - 0.25, wide - gap, floor - TOP + 0.2)
        add_chart(slide, chart, box, f"{chart.title or shown.title}. {shown.finding}")
    if below:
        texts = [Text(text, size, color=LIGHT.muted) for text in below]
        write(slide, (EDGE, floor, INNER, FLOOR - floor), texts)
    note(slide, shown.notes)


def _decision(deck: Any, d: Decision, recorded: Recorded | None, *, drawn: bool) -> None:
    title = f"Decision {recorded.number}: {d.chosen.words}" if recorded else UNRECORDED
    slide = new_slide(deck, "Who decided, and why" if recorded else "The view", title)
    below, asked = (
        TOP - 0.2,
        any(
            stakeholder.name or stakeholder.verdict or stakeholder.words
            for stakeholder in d.stakeholders
        ),
    )
    if asked:
        stakeholders = [
            [
                stakeholder.title,
                stakeholder.name or "–",
                _says(stakeholder),
                stakeholder.words or "–",
            ]
            for stakeholder in d.stakeholders
        ]
        heads = ["Stakeholder", "Who (name as typed)", "Says", "In their words"]
        below = (
            table(slide, (EDGE, below, INNER, 2.0), heads, stakeholders, [1.8, 2.2, 2.3, 4.4])
            + 0.25
        )
    reasons = [["Why", d.why], ["Others object", d.objections]]
    given = [pair for pair in reasons if pair[1]]
    if given:
        below = table(slide, (EDGE, below, INNER, 1.1), [], given, [1.6, 9.1]) + 0.25
    inspected = inspection_in_force(d)
    rests = [
        ["Figures", d.basis],
        ["Payoffs", payoffs(d)],
        ["Limits", limits_in_force(d)],
        *([["Inspection", inspected]] if inspected else []),
        ["Today", d.today.words],
    ]
    rows = [["Data", d.data.fingerprint]]
    if recorded is not None:
        said = f"{moment(d.at)}, Common Ground {d.version}"
        replaced = [["Takes the place of", f"number {d.supersedes}"]] if d.supersedes else []
        rows = [["Recorded", said], *replaced, ["Hash", recorded.hash], *rows]
    if not asked:
        rows.append(["The stakeholders", "have not been asked"])
    if not drawn:
        rows.append(["Charts", GONE])
    half, room = INNER / 2 - 0.15, FLOOR - below
    for left, side in ((EDGE, rests), (WIDTH - EDGE - half, rows)):
        table(slide, (left, below, half, room), [], side, [1.1, 4.4])
    note(slide, _said_whole(d, recorded))


def _says(stakeholder: StakeholderRecord) -> str:
    return VERDICTS.get(stakeholder.verdict, "has not been asked")


def _said_whole(d: Decision, recorded: Recorded | None) -> Sequence[str]:
    """All that may have been cut on the slide."""
    inspected = inspection_in_force(d)
    said = [
        f"{stakeholder.title}, {stakeholder.name or 'no name'}: {_says(stakeholder)}. {stakeholder.words}"
        for stakeholder in d.stakeholders
    ]
    said += [
        f"{d.basis} Payoffs: {payoffs(d)}. Limits: {limits_in_force(d)}. Today: {d.today.words}.",
        f"Inspection: {inspected}." if inspected else "",
        f"Why: {d.why}" if d.why else "",
        f"Others object: {d.objections}" if d.objections else "",
    ]
    said += [f"Data: {', '.join(d.data.files)}, {d.data.fingerprint}", f"Link: ?{d.query}"]
    if recorded is not None:
        said.append(f"Hash: {recorded.hash}. Of the decision before: {recorded.previous}.")
    return [harmless(text) for text in said if text]
