"""The mounts of the live component that show nothing of their own, and those that follow the point."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.analysis.analysis import Analysis, unpriced
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.selection import Selection
from dashboard.live import payload
from dashboard.live.component import mount
from dashboard.live.packed_curves import Pack, envelope
from dashboard.page_view import PageView
from dashboard.session import session


def ahead() -> None:
    """Have the browser load what draws the elements while the server makes the page."""
    mount("ahead", envelope("ahead", {}))


def draw(analysis: Analysis) -> Pack:
    """Put the curves on the page, where the other elements find them."""
    packed = packed_of(analysis)
    mount("pack", packed.message)
    return packed


def _pack_reads(analysis: Analysis) -> Hashable:
    sent = payload.sent_columns(analysis)
    return unpriced(analysis.scenario, sent), analysis.hidden, tuple(sent)


@part(reads=_pack_reads, kind=Kind.PART)
def packed_of(analysis: Analysis) -> Pack:
    """Curves of an analysis, packed once for all who see them."""
    return payload.packed_points(analysis)


def point(page: PageView) -> None:
    """Put on the page what the other elements say of the point under discussion."""
    packed = packed_of(page.analysis)
    facts = payload.facts(page, packed, session=session.nonce(), turn=session.last_release())
    mount(
        "page",
        envelope("page", facts),
        chosen=session.on_point(
            "page", "chosen", lambda choices, point: replace(choices, point=point)
        ),
        pinned=session.on_point(
            "page",
            "pinned",
            lambda choices, point: replace(choices, point=point, pin=point, compare="pin"),
        ),
    )


def intervals(selection: Selection, packed: Pack) -> None:
    """Put the intervals on the page: last, since what is drawn first does not wait for them."""
    with st.container(key="live_intervals"):
        mount("ranges", _packed_intervals(selection, packed))


def _intervals_read(selection: Selection, packed: Pack) -> Hashable:
    # As the browser knows them: another price of a miss sends none again that it does not change.
    return payload.figures_key(selection.analysis, packed), selection.point.model


@part(reads=_intervals_read, kind=Kind.PART)
def _packed_intervals(selection: Selection, packed: Pack) -> bytes:
    return payload.packed_intervals(selection, packed)


def element(kind: str, **head: Any) -> None:
    """One element that follows the point: "answer", "headline", or "stakeholder" with its name."""
    mount("_".join([kind, *map(str, head.values())]), envelope(kind, head))
