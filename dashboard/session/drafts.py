"""Unfinished work of a session: an upload, a decision, decisions to compare, and tasks for the next run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from markupsafe import Markup

from dashboard.decisions.entry import Recorded
from dashboard.session import session

_DRAFT, _DECIDING, _COMPARED = "unfinished upload", "unfinished decision", "compared decisions"
_SIGNING, _NEXT = "unfinished signatures", "for the next run"


def announce(message: str) -> None:
    """Show a message in the next run."""
    session.storage(_NEXT)["message"] = message


def announcement() -> str | None:
    """Message for this run; `None` from the second call on."""
    message: str | None = session.storage(_NEXT).pop("message", None)
    return message


def switch_page(title: str) -> None:
    """Turn to another page in the next run."""
    session.storage(_NEXT)["page"] = title


def page_to_show() -> str | None:
    """Title of the page to turn to in this run; `None` from the second call on."""
    title: str | None = session.storage(_NEXT).pop("page", None)
    return title


def upload_draft() -> dict[str, Any]:
    """Unfinished upload: its files, its process and its problems."""
    return session.storage(_DRAFT)


@dataclass
class DecisionDraft:
    """Unfinished decision, and the dialog that records it.

    Attributes
    ----------
    is_open : bool
        Whether the dialog is open.
    key : str
        Key of the decision, so that pressing the button twice records it once.
    typed : dict of str to Any
        Values of the fields by name.
    is_tried : bool
        Whether the button was pressed since the dialog was opened.
    problem : Markup
        Reason why the last attempt recorded nothing; empty if it asked for missing fields only.
    recorded : Recorded or None
        The decision once it is recorded. The next dialog then begins a new draft.
    """

    is_open: bool = False
    key: str = field(default_factory=partial(secrets.token_hex, 16))
    typed: dict[str, Any] = field(default_factory=dict)
    is_tried: bool = False
    problem: Markup = field(default_factory=Markup)
    recorded: Recorded | None = None


def decision_draft() -> DecisionDraft:
    """Unfinished decision."""
    draft: DecisionDraft = session.storage(_DECIDING).setdefault("draft", DecisionDraft())
    return draft


def begin_decision_draft() -> DecisionDraft:
    """Replace the unfinished decision by an empty one."""
    session.storage(_DECIDING).clear()
    return decision_draft()


def decision_field(name: str, otherwise: Any = None) -> dict[str, Any]:
    """Arguments of a widget whose value stays with the unfinished decision while the dialog is closed.

    Parameters
    ----------
    name : str
        Name of the value, and key of the widget.
    otherwise
        Initial value of the widget.
    """
    session.set_widget(name, decision_draft().typed.get(name, otherwise))
    return {"key": name, "on_change": _store_typed, "args": (name,)}


def _store_typed(name: str) -> None:
    decision_draft().typed[name] = session.widget_value(name)


def signing_problems() -> dict[str, Any]:
    """Reason why the last attempt to sign failed, by hash of the decision; empty if it succeeded."""
    return session.storage(_SIGNING)


def compared_numbers() -> tuple[int, ...]:
    """Numbers of the decisions to compare, at most two."""
    numbers: tuple[int, ...] = session.storage(_COMPARED).get("numbers", ())
    return numbers


def compare_checkbox(number: int) -> dict[str, Any]:
    """Arguments of the checkbox that compares a decision; a third one replaces the first."""
    key = f"beside_{number}"
    session.set_widget(key, number in compared_numbers())
    return {"key": key, "on_change": _store_ticked, "args": (key, number)}


def _store_ticked(key: str, number: int) -> None:
    others = tuple(other for other in compared_numbers() if other != number)
    session.storage(_COMPARED)["numbers"] = (
        (*others[-1:], number) if session.widget_value(key) else others
    )
