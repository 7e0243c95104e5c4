"""A decision as files to take away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import streamlit as st

from dashboard.decisions.facts import DecisionFacts
from dashboard.export import html_report
from dashboard.export.decision_files import (
    decision_json,
    decision_toml,
    points_csv,
    points_parquet,
    snippet,
)
from dashboard.export.html_report_charts import drawings, pictures
from dashboard.views.callback_page import Recipe
from dashboard.words.decision import mark
from dashboard.words.failures import worst_misses

SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def draw(facts: DecisionFacts, recipe: Recipe | None, key: str) -> None:
    """Buttons for a recorded decision; those that need its data only if that is here."""
    name, address = _name(facts), _address()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        misses = _with_misses(recipe, key)
        _button(
            "Report to print",
            partial(_report, recipe, facts, address, misses),
            f"{name}.html",
            "text/html",
            f"{key}_html",
            is_first=True,
        )
        _button(
            "Slides",
            partial(_slides, recipe, facts),
            f"{name}.pptx",
            SLIDES,
            f"{key}_pptx",
            is_first=True,
        )
        with st.popover("Other files", type="tertiary", key=f"{key}_more"):
            _button(
                "TOML for engineers",
                lambda: decision_toml(facts, address),
                f"{name}.toml",
                "application/toml",
                f"{key}_toml",
            )
            _button(
                "Python for scikit-learn",
                lambda: snippet(facts),
                f"{name}.py",
                "text/x-python",
                f"{key}_py",
            )
            _button(
                "The decision as JSON",
                lambda: decision_json(facts),
                f"{name}.json",
                "application/json",
                f"{key}_json",
            )
            if recipe is not None:
                drawn(recipe, facts, key)
                points(recipe, facts, key)


def _address() -> str:
    """Where the reader's browser has the app, with a slash at the end; empty where nobody knows."""
    own = urlsplit(st.context.url or "")
    below = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{own.scheme}://{own.netloc}/{below}{'/' if below else ''}" if own.netloc else ""


def _name(facts: DecisionFacts) -> str:
    """Name of a file without its ending."""
    return f"decision-{facts.recorded.number}" if facts.recorded else "view"


def drawn(recipe: Recipe, facts: DecisionFacts, key: str) -> None:
    """Buttons for the two charts as drawings, which stay sharp at any size."""
    name, d = _name(facts), facts.decision
    foot = f"{d.data.title} · {d.basis} · {mark(facts)}"
    for part in ("front", "trade-off"):
        _button(
            f"{part.capitalize()} as SVG",
            partial(_drawing, recipe, foot, part),
            f"{name}-{part}.svg",
            "image/svg+xml",
            f"{key}_svg_{part}",
        )


def _with_misses(recipe: Recipe | None, key: str) -> bool:
    """Whether the report is to show the worst misses; asked where there are rows."""
    dataset = None if recipe is None else recipe.dataset(recipe.fingerprint)
    if dataset is None or dataset.is_tally:
        return False
    return st.checkbox("with the worst misses", key=f"{key}_misses")


def _report(
    recipe: Recipe | None,
    facts: DecisionFacts,
    address: str,
    with_misses: bool,
) -> str:
    page = None if recipe is None else recipe.page()
    return html_report.render(
        facts,
        None if page is None else pictures(page),
        address=address,
        misses=worst_misses(page.selection) if page is not None and with_misses else None,
    )


def _slides(recipe: Recipe | None, facts: DecisionFacts) -> bytes:
    # Only whoever asks for slides waits until what writes them is loaded.
    from dashboard.export import pptx_deck
    from dashboard.export.pptx_charts import charts

    return pptx_deck.render(facts, None if recipe is None else charts(recipe.page()))


def _drawing(recipe: Recipe, foot: str, part: str) -> str:
    return drawings(recipe.page(), foot)[part]


def points(recipe: Recipe, facts: DecisionFacts, key: str) -> None:
    """Buttons for the operating points behind it."""
    name = _name(facts)
    _button(
        "Points as CSV",
        lambda: points_csv(recipe.page().points),
        f"{name}-points.csv",
        "text/csv",
        f"{key}_csv",
    )
    _button(
        "Points as Parquet",
        lambda: points_parquet(recipe.page().points, facts.decision),
        f"{name}-points.parquet",
        "application/vnd.apache.parquet",
        f"{key}_parquet",
    )


def unrecorded(recipe: Recipe, facts: DecisionFacts, key: str) -> None:
    """Buttons for report and slides of the present view, which say that it is not recorded."""
    misses = _with_misses(recipe, key)
    _button(
        "Report of this view, unrecorded",
        partial(_report, recipe, facts, _address(), misses),
        "view.html",
        "text/html",
        key,
    )
    _button(
        "Slides of this view, unrecorded",
        partial(_slides, recipe, facts),
        "view.pptx",
        SLIDES,
        f"{key}_pptx",
    )
    drawn(recipe, facts, key)


def _button(
    label: str,
    make: Callable[[], str | bytes],
    name: str,
    mime: str,
    key: str,
    *,
    is_first: bool = False,
) -> None:
    """A download that is made when it is asked for."""
    st.download_button(
        label,
        make,
        name,
        mime,
        key=key,
        on_click="ignore",
        type="secondary" if is_first else "tertiary",
        icon=":material/download:",
    )
