"""The Decisions page: what this server's register holds, found again, compared, and reopened."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from dashboard.data.library import Library
from dashboard.decisions.decision import VERDICTS, Recorded, StakeholderRecord
from dashboard.decisions.facts import facts_of
from dashboard.decisions.register import Register, RegisterReading
from dashboard.export.decision_to_record import version
from dashboard.markup import escaped
from dashboard.page_view import PageView
from dashboard.session import drafts, session
from dashboard.session.url import from_query, to_query
from dashboard.views import tally_progress
from dashboard.views.callback_page import recipe_of
from dashboard.views.decisions import downloads
from dashboard.views.decisions.decision_tables import clipped, decision_differences, figures, folded
from dashboard.views.problem_markup import error_markup
from dashboard.views.snippets import write
from dashboard.words.data_size import HELD_OUT
from dashboard.words.decision import moment_words, unit_notes
from dashboard.words.safe_text import one_line
from metrics import ScoreError
from metrics.errors import counted

PAGE = 10
"""Decisions on a page of the list."""


def draw(register: Register | None, library: Library) -> None:
    """Draw the page."""
    with st.container(key="decisions_page", gap="small"):
        if register is None:
            _nothing(
                "This server keeps no decisions",
                "It was started with --private. Started without, what is recorded on the Decide page is "
                "listed here, and stays.",
            )
            return
        try:
            reading = register.read()
        except ScoreError as error:
            write('<div class="cg-head"><h1>Decisions</h1></div>')
            write("".join(map(error_markup, error.problems)))
            return
        if not reading.decisions and not reading.problems:
            _nothing(
                "No decision yet",
                "Settle on a point on the Decide page and press Record there. It is kept with "
                "who agreed, who objected and why, every figure at that moment, and the link that reopens "
                "the exact view.",
            )
            return
        _list(reading, library)


def _nothing(title: str, text: str) -> None:
    table = f"./?{urlencode(to_query(session.current()))}"
    write(
        '<div class="cg-head"><h1>Decisions</h1></div>'
        f'<div class="cg-empty"><h2>{escaped(title)}</h2><p>{escaped(text)}</p>'
        f'<p><a href="{escaped(table)}" target="_self">To the Decide page</a></p></div>'
    )


def _as_recorded(reading: RegisterReading) -> str:
    """Whether what stands here is what was recorded, and whether its end could go unnoticed."""
    if reading.problems:
        markup = "".join(map(error_markup, reading.problems[:MOST_PROBLEMS]))
        rest = len(reading.problems) - MOST_PROBLEMS
        more = f'<p class="cg-note">And {counted(rest, "problem")} more.</p>' if rest > 0 else ""
        return (
            '<p class="cg-notice" role="alert"><b>This is not all as it was recorded.</b> Below stands only '
            "what still is. Rely on an export that was taken before, and tell whoever runs this server.</p>"
            f"{markup}{more}"
        )
    kept = (
        "The number and the hash of the last are kept in a second place and agree, so none is missing."
        if reading.is_kept
        else "The number of the last could not be kept in a second place: that decisions are missing at the "
        "end would not be noticed here."
    )
    return f'<p class="cg-note">Checked just now: every decision is as it was recorded. {kept}</p>'


MOST_PROBLEMS = 5


def _list(reading: RegisterReading, library: Library) -> None:
    every = reading.decisions
    write(
        '<div class="cg-head"><h1>Decisions</h1></div>'
        f'<p class="cg-note cg-facts">{counted(len(every), "decision")}, '
        "none of which can be changed; everybody who can open this server sees them</p>"
        f"{_as_recorded(reading)}"
    )
    if not every:
        return
    found = _filtered(every)
    ticked = [r for r in every if _is_ticked(r)]
    if ticked:
        with st.container(border=True, gap="small", key="decisions_beside"):
            _beside(ticked)
    if not found:
        write('<p class="cg-note" role="status">No decision is about all of that.</p>')
        return
    replaced = {r.decision.supersedes: r.number for r in every if r.decision.supersedes}
    for recorded in _on_page(found):
        with st.container(border=True, gap="xsmall", key=f"decision_{recorded.number}"):
            _one(recorded, replaced.get(recorded.number), library)


def _filtered(every: Sequence[Recorded]) -> list[Recorded]:
    """Those that are asked for, the latest first."""
    models = sorted({str(r.decision.chosen.model) for r in every if r.decision.chosen.model})
    titles = {r.decision.data.fingerprint: r.decision.data.title for r in every}
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        text = st.text_input(
            "Find", key="decisions_text", placeholder="name, reason, objection, number", width=360
        )
        model = st.selectbox(
            "Model", models, index=None, key="decisions_model", placeholder="any", width=260,
            format_func=lambda one: one_line(clipped(one, 80)),
        )  # fmt: skip
        data = st.selectbox(
            "Data", list(titles), index=None, key="decisions_data", placeholder="any", width=320,
            format_func=lambda one: one_line(f"{clipped(titles[one], 80)} ({one[7:15]})"),
        )  # fmt: skip
    words = (text or "").casefold().split()
    return [
        r
        for r in reversed(every)
        if (model is None or r.decision.chosen.model == model)
        and (data is None or r.decision.data.fingerprint == data)
        and all(word in _searched(r) for word in words)
    ]


def _searched(r: Recorded) -> str:
    """All the text of a decision that somebody may remember."""
    d = r.decision
    parts = [f"no. {r.number}", r.hash, d.at, d.data.title, d.chosen.words, d.why, d.objections]
    for s in d.stakeholders:
        parts += [s.name, s.words, VERDICTS.get(s.verdict, "")]
    return " ".join(parts).casefold()


def _on_page(found: Sequence[Recorded]) -> Sequence[Recorded]:
    if len(found) <= PAGE:
        return found
    first = st.selectbox(
        "Decisions shown",
        range(0, len(found), PAGE),
        format_func=lambda k: f"{k + 1} to {min(k + PAGE, len(found))} of {len(found)}",
        label_visibility="collapsed",
        width=260,
        key="decisions_shown",
    )
    return found[first : first + PAGE]


def _is_ticked(recorded: Recorded) -> bool:
    return recorded.number in drafts.compared()


def _one(recorded: Recorded, replaced: int | None, library: Library) -> None:
    d = recorded.decision
    marks = [f"in place of No. {d.supersedes}"] if d.supersedes else []
    marks += [f"superseded by No. {replaced}"] if replaced else []
    note = f' <span class="cg-superseded">{escaped(", ".join(marks))}</span>' if marks else ""
    outcomes = "".join(map(_outcome, d.stakeholders))
    there, words = _data_words(recorded, library)
    link = library.links.shortened(dict(parse_qsl(d.query, keep_blank_values=True)))
    others = f"<p><b>Others</b> {folded(d.objections)}</p>" if d.objections else ""
    others += f"<p><b>Of units</b> {folded(unit_notes(d))}</p>" if d.unit_notes else ""
    write(
        f'<div class="cg-decision"><p class="cg-eyebrow">No. {recorded.number} · '
        f"{escaped(moment_words(d.at))}"
        f'{note}</p><h2 class="cg-finding">{escaped(clipped(d.chosen.words))}</h2>'
        f'<div class="cg-lines">{folded(d.why)}</div><ul class="cg-outcomes">{outcomes}</ul>{others}'
        f'<p class="cg-note">{escaped(clipped(d.data.title))}, {escaped(HELD_OUT.get(d.data.held_out, ""))}. '
        f"{escaped(clipped(d.basis))} {escaped(words if there else '')}</p></div>"
    )
    if not there:
        write(f'<p class="cg-notice">{escaped(words)}</p>')
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.link_button(
            "Reopen the exact view",
            # The table is the page at the app's own address.
            f"./?{urlencode(link)}",
            key=f"reopen_{recorded.number}",
            type="tertiary",
            icon=":material/open_in_new:",
        )
        st.checkbox(f"Compare No. {recorded.number}", **drafts.compare_checkbox(recorded.number))
    with st.expander(
        "Figures and downloads", key=f"decision_box_{recorded.number}", on_change="rerun"
    ) as box:
        if box.open:
            page = _page(recorded, library) if there else None
            recipe = None if page is None else recipe_of(page)
            downloads.draw(facts_of(recorded), recipe, f"decision_{recorded.number}")
            write(
                f'{figures({f"No. {recorded.number}": d})}<details class="cg-note"><summary>Details</summary>'
                f'<p class="cg-hash">{escaped(recorded.hash)}</p></details>'
            )


def _outcome(stakeholder: StakeholderRecord) -> str:
    """What a stakeholder got, and what it said of that."""
    got = stakeholder.chosen
    what = " ".join(filter(None, (got.label, got.unit)))
    ends = f" ({got.range})" if got.range else ""
    words = f": {folded(stakeholder.words)}" if stakeholder.words else ""
    return (
        f'<li class="cg-says-{escaped(stakeholder.verdict)}">'
        f'<p class="cg-eyebrow">{escaped(clipped(stakeholder.title))}</p>'
        f'<p class="cg-figure">{escaped(clipped(got.text))}</p>'
        f'<p class="cg-note">{escaped(clipped(what))}{escaped(clipped(ends))}</p>'
        f"<div><b>{escaped(clipped(stakeholder.name))}</b> "
        f"{escaped(VERDICTS.get(stakeholder.verdict, ''))}{words}</div></li>"
    )


def _data_words(recorded: Recorded, library: Library) -> tuple[bool, str]:
    """Whether the data of a decision is here, and what to know about reopening it."""
    d = recorded.decision
    dataset = library.find(d.data.fingerprint, session.owner())
    if dataset is not None:
        own = version()
        same = (
            "" if d.version == own else f" It was recorded by version {d.version}; this is {own}."
        )
        since = dataset.entry is not None and dataset.entry.content_known != "upload"
        unchanged = (
            ", unchanged"
            if not since
            else (
                ". It was kept by an earlier version: whether it changed before it was first opened by this "
                "one is not known"
            )
        )
        return True, f"Its data is here{unchanged}.{same}"
    if library.is_altered(d.data.fingerprint):
        return False, (
            f"Its data was changed on the server: what is kept of {d.data.title} is no longer what was "
            "uploaded, so nothing of it is shown. The figures recorded then stand below."
        )
    if d.data.title in _titles(library):
        return False, (
            f"Its data has changed: {clipped(d.data.title)} is here with another fingerprint. The link says "
            "so; the figures recorded then stand below."
        )
    return False, (
        f"Its data is not here: {clipped(', '.join(d.data.files))}. Open these files again, read as they "
        "were, and the link works; the figures recorded then stand below."
    )


def _titles(library: Library) -> set[str]:
    """Titles of the data that this reader may turn to."""
    mine = [library.find(one, session.owner()) for one in session.opened()]
    return {one.title for one in [*library.own, *mine] if one is not None}


def _page(recorded: Recorded, library: Library) -> PageView | None:
    """The view that was decided on, with its data; None where it cannot be had any more."""
    d = recorded.decision
    dataset = library.find(d.data.fingerprint, session.owner())
    if dataset is None:
        return None
    choices, _ = from_query(dict(parse_qsl(d.query, keep_blank_values=True)))
    try:
        return tally_progress.page_state(choices, dataset)
    except ScoreError:
        return None


def _beside(ticked: Sequence[Recorded]) -> None:
    """Two decisions, and what differs."""
    if len(ticked) == 1:
        write(
            f'<p class="cg-note" role="status">No. {ticked[0].number} is marked: mark another to see what '
            "differs.</p>"
        )
        return
    write('<h2 class="cg-title">What differs</h2>')
    write(decision_differences(ticked[0], ticked[1]))
    write('<details class="cg-note"><summary>Every figure of both</summary>'
          f"{figures({f'No. {r.number}': r.decision for r in ticked[:2]})}</details>")  # fmt: skip
