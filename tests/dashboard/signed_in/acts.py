"""People of a server with sign-in, and what they do on its pages: propose, sign, and read the signatures."""

from __future__ import annotations

import pytest

from dashboard.decisions.identity import Person
from dashboard.decisions.register import Register
from dashboard.session import session
from tests.dashboard.pages import Page

ANA, BEN, CLEO, EVE, OPS = (f"{name}@example.com" for name in ("ana", "ben", "cleo", "eve", "ops"))
PEOPLE = """
data_scientist = ["ana@example.com"]
product_manager = ["ben@example.com"]
executive = ["Cleo@Example.com"]
administrators = ["ops@example.com"]
"""


def sign_in(monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """Let the app see another signed-in person; an empty text signs out."""
    monkeypatch.setattr(session, "visitor", lambda: Person(who))


def propose(page: Page, why: str = "cheapest") -> Page:
    """Record a proposal in the dialog of Decide."""
    return page.press("record_open").set("text_area", "why", why).press("record_now")


def sign_keys(page: Page) -> list[str]:
    """Keys of the buttons that sign or withdraw."""
    keys = [button.key or "" for button in page.app.button]
    return [key for key in keys if key.startswith(("sign_", "withdraw_"))]


def sign(page: Page, stakeholder: str, verdict: str = "agrees", words: str = "") -> Page:
    """Sign proposal 1 on the Decisions page."""
    key = f"sign_1_{stakeholder}"
    page.app.button_group(key=f"{key}_says").set_value(verdict)
    page.app.text_area(key=f"{key}_words").set_value(words)
    return page.press(f"{key}_now")


def signature_entries(register: Register) -> list[tuple[str, str, str, str]]:
    """Act, stakeholder, person and words of each recorded signature."""
    return [
        (one.signature.act, one.signature.stakeholder, one.signature.subject, one.signature.words)
        for one in register.read().signatures
    ]


def rollout_keys(page: Page) -> list[str]:
    """Keys of the buttons that record a rollout or a roll-back."""
    keys = [button.key or "" for button in page.app.button]
    return [key for key in keys if key.startswith(("live_", "back_"))]
