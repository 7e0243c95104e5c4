"""What a session holds of things on their way: an upload, a decision, what the next run is to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from dashboard.session import session

_DRAFT, _DECIDING, _BESIDE = "upload on its way", "decision on its way", "decisions side by side"
_NEXT = "for the next run"


def tell(what: str) -> None:
    """Have something told to the reader in the next run."""
    session.held(_NEXT)["told"] = what


def told() -> str | None:
    """What is to be told in this run, once."""
    what: str | None = session.held(_NEXT).pop("told", None)
    return what


def turn_to(title: str) -> None:
    """Have the next run turn to another page."""
    session.held(_NEXT)["page"] = title


def turned_to() -> str | None:
    """Title of the page that this run turns to, once."""
    title: str | None = session.held(_NEXT).pop("page", None)
    return title


def draft() -> dict[str, Any]:
    """What belongs to an upload on its way: the process, its files, its problems."""
    return session.held(_DRAFT)


def decision() -> dict[str, Any]:
    """What belongs to a decision on its way: what was typed, the key of the attempt, what came of it."""
    return session.held(_DECIDING)


def typed(field: str, otherwise: Any = None) -> dict[str, Any]:
    """Arguments that keep what is typed into a widget with the decision on its way, closed or not.

    Parameters
    ----------
    field : str
        Under which it is kept; the widget's key as well.
    otherwise
        What the widget is to show at first.
    """
    session.fill(field, decision().get(field, otherwise))
    return {"key": field, "on_change": _typed, "args": (field,)}


def taken_back(key: str, fields: Mapping[str, Callable[[Any], bool]]) -> Callable[[], None]:
    """Callback of what a browser has kept of a decision on its way, after the server was started anew.

    Parameters
    ----------
    key : str
        Of the live component that says it.
    fields : mapping of str to callable
        Whether a value can have been typed there; what cannot is left out.
    """

    def heard() -> None:
        said, draft = session.said(key, "kept"), decision()
        if draft or not isinstance(said, dict) or not isinstance(said.get("fields"), dict):
            return
        attempt = said.get("key")
        if not isinstance(attempt, str) or re.fullmatch("[0-9a-f]{32}", attempt) is None:
            return
        draft.update({n: v for n, v in said["fields"].items() if n in fields and fields[n](v)})
        draft.update(key=attempt, open=said.get("is_open") is True)

    return heard


def _typed(field: str) -> None:
    decision()[field] = session.filled(field)


def beside() -> tuple[int, ...]:
    """Numbers of the decisions that are held side by side, two at most."""
    numbers: tuple[int, ...] = session.held(_BESIDE).get("numbers", ())
    return numbers


def ticked(number: int) -> dict[str, Any]:
    """Arguments of the box that holds a decision beside another; a third takes the place of the first."""
    key = f"beside_{number}"
    session.fill(key, number in beside())
    return {"key": key, "on_change": _tick, "args": (key, number)}


def _tick(key: str, number: int) -> None:
    others = tuple(one for one in beside() if one != number)
    session.held(_BESIDE)["numbers"] = (*others[-1:], number) if session.filled(key) else others
