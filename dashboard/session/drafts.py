"""What a session holds of things on their way: an upload, a decision, what the next run is to do."""

from __future__ import annotations

from typing import Any

from dashboard.session import session

_DRAFT, _DECIDING, _BESIDE = "upload on its way", "decision on its way", "decisions side by side"
_NEXT = "for the next run"


def announce(what: str) -> None:
    """Have something told to the reader in the next run."""
    session.kept(_NEXT)["told"] = what


def announcement() -> str | None:
    """What is to be told in this run, once."""
    what: str | None = session.kept(_NEXT).pop("told", None)
    return what


def switch_page(title: str) -> None:
    """Have the next run turn to another page."""
    session.kept(_NEXT)["page"] = title


def page_to_show() -> str | None:
    """Title of the page that this run turns to, once."""
    title: str | None = session.kept(_NEXT).pop("page", None)
    return title


def draft() -> dict[str, Any]:
    """What belongs to an upload on its way: the process, its files, its problems."""
    return session.kept(_DRAFT)


def decision() -> dict[str, Any]:
    """What belongs to a decision on its way: what was typed, the key of the attempt, what came of it."""
    return session.kept(_DECIDING)


def kept_as(field: str, otherwise: Any = None) -> dict[str, Any]:
    """Arguments that keep what is typed into a widget with the decision on its way, closed or not.

    Parameters
    ----------
    field : str
        Under which it is kept; the widget's key as well.
    otherwise
        What the widget is to show at first.
    """
    session.set_widget(field, decision().get(field, otherwise))
    return {"key": field, "on_change": _typed, "args": (field,)}


def _typed(field: str) -> None:
    decision()[field] = session.widget_value(field)


def compared() -> tuple[int, ...]:
    """Numbers of the decisions that are held side by side, two at most."""
    numbers: tuple[int, ...] = session.kept(_BESIDE).get("numbers", ())
    return numbers


def compare_checkbox(number: int) -> dict[str, Any]:
    """Arguments of the box that holds a decision beside another; a third takes the place of the first."""
    key = f"beside_{number}"
    session.set_widget(key, number in compared())
    return {"key": key, "on_change": _tick, "args": (key, number)}


def _tick(key: str, number: int) -> None:
    others = tuple(one for one in compared() if one != number)
    session.kept(_BESIDE)["numbers"] = (
        (*others[-1:], number) if session.widget_value(key) else others
    )
