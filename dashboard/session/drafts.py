"""Unfinished work of a session: an upload, a decision, decisions to compare, and tasks for the next run."""

from __future__ import annotations

from typing import Any

from dashboard.session import session

_DRAFT, _DECIDING, _COMPARED = "unfinished upload", "unfinished decision", "compared decisions"
_SIGNING, _NEXT = "unfinished signatures", "for the next run"


def announce(message: str) -> None:
    """Show a message in the next run."""
    session.stored(_NEXT)["message"] = message


def announcement() -> str | None:
    """Message for this run; `None` from the second call on."""
    message: str | None = session.stored(_NEXT).pop("message", None)
    return message


def switch_page(title: str) -> None:
    """Turn to another page in the next run."""
    session.stored(_NEXT)["page"] = title


def page_to_show() -> str | None:
    """Title of the page to turn to in this run; `None` from the second call on."""
    title: str | None = session.stored(_NEXT).pop("page", None)
    return title


def draft() -> dict[str, Any]:
    """Unfinished upload: its files, its process and its problems."""
    return session.stored(_DRAFT)


def decision() -> dict[str, Any]:
    """Unfinished decision: the texts of the dialog, the key of the attempt and its outcome."""
    return session.stored(_DECIDING)


def field_of_decision(field: str, otherwise: Any = None) -> dict[str, Any]:
    """Arguments of a widget whose value stays with the unfinished decision while the dialog is closed.

    Parameters
    ----------
    field : str
        Name of the value, and key of the widget.
    otherwise
        Initial value of the widget.
    """
    session.set_widget(field, decision().get(field, otherwise))
    return {"key": field, "on_change": _typed, "args": (field,)}


def _typed(field: str) -> None:
    decision()[field] = session.widget_value(field)


def signing() -> dict[str, Any]:
    """Reason why the last attempt to sign failed, by hash of the decision; empty if it succeeded."""
    return session.stored(_SIGNING)


def compared() -> tuple[int, ...]:
    """Numbers of the decisions to compare, at most two."""
    numbers: tuple[int, ...] = session.stored(_COMPARED).get("numbers", ())
    return numbers


def compare_checkbox(number: int) -> dict[str, Any]:
    """Arguments of the checkbox that compares a decision; a third one replaces the first."""
    key = f"beside_{number}"
    session.set_widget(key, number in compared())
    return {"key": key, "on_change": _tick, "args": (key, number)}


def _tick(key: str, number: int) -> None:
    others = tuple(other for other in compared() if other != number)
    session.stored(_COMPARED)["numbers"] = (
        (*others[-1:], number) if session.widget_value(key) else others
    )
