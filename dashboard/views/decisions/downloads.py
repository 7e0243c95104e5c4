"""Downloads of a decision: report, slides, TOML and JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.export import html_report
from dashboard.export.decision_files import decision_json, decision_toml
from dashboard.export.paper_charts import charts
from dashboard.export.worst_misses import worst_misses
from dashboard.session import session
from dashboard.views.page_recipe import Recipe

SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def draw(facts: DecisionFacts, recipe: Recipe | None, key: str) -> None:
    """Show the downloads of a recorded decision.

    Parameters
    ----------
    recipe : Recipe or None
        `None` if the data of the decision is not on this server; report and slides then have no charts.
    """
    assert facts.recorded is not None
    number = facts.recorded.number
    offer = partial(draw_button, number=number, hash=facts.recorded.hash)
    name = f"decision-{number}"
    toml, json = partial(decision_toml, facts, _address()), partial(decision_json, facts)
    titles = ("Report to print", "Slides")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _draw_report_and_slides(offer, facts, recipe, key, name, titles, "secondary")
        offer("TOML for engineers", toml, f"{name}.toml", "application/toml", f"{key}_toml")
        offer("JSON", json, f"{name}.json", "application/json", f"{key}_json")


def draw_unrecorded(recipe: Recipe, facts: DecisionFacts, key: str) -> None:
    """Show the downloads of the present view, which say that it is not recorded."""
    titles = ("Report of this view, unrecorded", "Slides of this view, unrecorded")
    offer = partial(draw_button, data=recipe.fingerprint)
    _draw_report_and_slides(offer, facts, recipe, key, "view", titles)


def _draw_report_and_slides(
    offer: Callable[..., None],
    facts: DecisionFacts,
    recipe: Recipe | None,
    key: str,
    name: str,
    titles: tuple[str, str],
    type: Literal["secondary", "tertiary"] = "tertiary",
) -> None:
    dataset = None if recipe is None else recipe.dataset(recipe.fingerprint)
    # A tally has no rows, and so no misses to show.
    misses = (
        dataset is not None
        and not dataset.is_tally
        and st.checkbox("with the worst misses", key=f"{key}_misses")
    )
    report = partial(_report, recipe, facts, _address(), misses)
    offer(titles[0], report, f"{name}.html", "text/html", f"{key}_html", type)
    slides = partial(_slides, recipe, facts)
    offer(titles[1], slides, f"{name}.pptx", SLIDES, f"{key}_pptx", type)


def _address() -> str:
    """Address of the app in the reader's browser, with a slash at the end; empty if it is unknown."""
    address = urlsplit(st.context.url or "")
    below = str(st.get_option("server.baseUrlPath") or "").strip("/")
    root = f"{address.scheme}://{address.netloc}/"
    return f"{root}{below}{'/' if below else ''}" if address.netloc else ""


def _report(recipe: Recipe | None, facts: DecisionFacts, address: str, with_misses: bool) -> str:
    page = None if recipe is None else recipe.page()
    return html_report.render(
        facts,
        None if page is None else charts(page),
        address=address,
        misses=worst_misses(page.selection) if page is not None and with_misses else None,
    )


def _slides(recipe: Recipe | None, facts: DecisionFacts) -> bytes:
    # Loading the modules that write slides takes time, so only a reader who wants slides waits for it.
    from dashboard.export import pptx_deck

    return pptx_deck.render(facts, None if recipe is None else charts(recipe.page()))


def draw_button(
    label: str,
    make: Callable[[], str | bytes],
    name: str,
    mime: str,
    key: str,
    type: Literal["secondary", "tertiary"] = "tertiary",
    **subject: str | int,
) -> None:
    """Show a download whose content is made when the reader asks for it.

    Parameters
    ----------
    **subject
        Subject of the file, for the audit log.
    """
    actor = session.actor()

    def made() -> str | bytes:
        actor.log("exported", file=name, **subject)
        return make()

    st.download_button(
        label, made, name, mime, key=key, on_click="ignore", type=type, icon=":material/download:"
    )
