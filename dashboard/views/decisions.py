"""The Decisions page: what this server's register holds, found again, held side by side, and reopened."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from dashboard import drafts, session
from dashboard.decision import VERDICTS, Recorded
from dashboard.library import Library
from dashboard.link import from_query, to_query
from dashboard.register import Register
from dashboard.report import moment
from dashboard.views import downloads, pairs, state
from dashboard.views.head import HELD_OUT
from dashboard.views.parts import error_markup, escaped, plain, plural, write
from dashboard.views.record import version
from dashboard.views.state import Table
from metrics import ScoreError

PAGE = 10
"""Decisions on a page of the list."""


def draw(register: Register | None, library: Library) -> None:
    """Draw the page."""
    with st.container(key="decisions_page", gap="small"):
        if register is None:
            _nothing(
                "This server keeps no decisions",
                "It was started with --private. Started without, what is recorded on the table page is "
                "listed here, and stays.",
            )
            return
        try:
            every = register.all()
        except ScoreError as error:
            write('<div class="cg-head"><h1>Decisions</h1></div>')
            write("".join(map(error_markup, error.problems)))
            return
        if not every:
            _nothing(
                "No decision yet",
                "Settle on a point on the table page and press Record the decision there. It is kept with "
                "who agreed, who objected and why, every figure at that moment, and the link that reopens "
                "the exact view.",
            )
            return
        _list(every, library)


def _nothing(title: str, text: str) -> None:
    table = f"./?{urlencode(to_query(session.current()))}"
    write(
        f'<div class="cg-empty"><h1>{escaped(title)}</h1><p>{escaped(text)}</p>'
        f'<p><a href="{escaped(table)}" target="_self">To the table</a></p></div>'
    )


def _list(every: Sequence[Recorded], library: Library) -> None:
    write(
        f'<div class="cg-head"><h1>Decisions</h1><span class="cg-facts">{plural(len(every), "decision")}, '
        "none of which can be changed; everybody who can open this server sees them</span></div>"
    )
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
            format_func=plain,
        )  # fmt: skip
        data = st.selectbox(
            "Data", list(titles), index=None, key="decisions_data", placeholder="any", width=320,
            format_func=lambda one: plain(f"{titles[one]} ({one[7:15]})"),
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
    said = [
        part for seat in d.seats for part in (seat.name, seat.words, VERDICTS.get(seat.verdict, ""))
    ]
    parts = [
        f"no. {r.number}",
        r.hash,
        d.at,
        d.data.title,
        d.chosen.words,
        d.why,
        d.objections,
        *said,
    ]
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
    return recorded.number in drafts.beside()


def _one(recorded: Recorded, replaced: int | None, library: Library) -> None:
    d = recorded.decision
    marks = [f"in place of No. {d.supersedes}"] if d.supersedes else []
    marks += [f"superseded by No. {replaced}"] if replaced else []
    note = f' <span class="cg-superseded">{escaped(", ".join(marks))}</span>' if marks else ""
    said = "".join(
        f'<li class="cg-says-{escaped(seat.verdict)}"><b>{escaped(seat.title)}</b> '
        f"{escaped(seat.name)} {escaped(VERDICTS.get(seat.verdict, ''))}"
        f"{': ' + escaped(seat.words) if seat.words else ''}</li>"
        for seat in d.seats
    )
    there, words = _data_words(recorded, library)
    link = library.links.shortened(dict(parse_qsl(d.query, keep_blank_values=True)))
    others = f"<li><b>Others</b> {escaped(d.objections)}</li>" if d.objections else ""
    write(
        f'<div class="cg-decision"><p class="cg-eyebrow">No. {recorded.number} · {escaped(moment(d.at))}'
        f'{note}</p><h2 class="cg-finding">{escaped(d.chosen.words)}</h2>'
        f'<p class="cg-lines">{escaped(d.why)}</p><ul class="cg-said">{said}{others}</ul>'
        f'<p class="cg-note">{escaped(d.data.title)}, {escaped(HELD_OUT.get(d.data.held_out, ""))}. '
        f"{escaped(d.basis)} {escaped(words if there else '')}</p></div>"
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
        st.checkbox(f"Compare No. {recorded.number}", **drafts.ticked(recorded.number))
    with st.expander(
        "Figures and downloads", key=f"decision_box_{recorded.number}", on_change="rerun"
    ) as box:
        if box.open:
            write(f'<p class="cg-hash">{escaped(recorded.hash)}</p>')
            table = _table(recorded, library) if there else None
            downloads.draw(recorded, table, f"decision_{recorded.number}")
            write(pairs.figures([recorded]))


def _data_words(recorded: Recorded, library: Library) -> tuple[bool, str]:
    """Whether the data of a decision is here, and what to know about reopening it."""
    d = recorded.decision
    if library.find(d.data.fingerprint, session.owner()) is not None:
        own = version()
        same = (
            "" if d.version == own else f" It was recorded by version {d.version}; this is {own}."
        )
        return True, f"Its data is here, unchanged.{same}"
    if d.data.title in _titles(library):
        return False, (
            f"Its data has changed: {d.data.title} is here with another fingerprint. The link says so; the "
            "figures recorded then stand below."
        )
    return False, (
        f"Its data is not here: {', '.join(d.data.files)}. Open these files again, read as they were, and "
        "the link works; the figures recorded then stand below."
    )


def _titles(library: Library) -> set[str]:
    """Titles of the data that this reader may turn to."""
    mine = [library.find(one, session.owner()) for one in session.opened()]
    return {one.title for one in [*library.own, *mine] if one is not None}


def _table(recorded: Recorded, library: Library) -> Table | None:
    """The view that was decided on, with its data; None where it cannot be had any more."""
    d = recorded.decision
    dataset = library.find(d.data.fingerprint, session.owner())
    if dataset is None:
        return None
    choices, _ = from_query(dict(parse_qsl(d.query, keep_blank_values=True)))
    try:
        return state.build(choices, dataset, session.appearance())
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
    write(pairs.differences(ticked[0], ticked[1]))
    write('<details class="cg-note"><summary>Every figure of both</summary>'
          f"{pairs.figures(ticked[:2])}</details>")  # fmt: skip
