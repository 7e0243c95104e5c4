"""Reports of the live component in the browser: a chosen operating point, a pressed cell, requested words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboard.session import session
from dashboard.session.choices import Point

_RELEASE = "last release heard"


def on_point(
    key: str, event: str, changes: Callable[[Point], dict[str, Any]]
) -> Callable[[], None]:
    """Return a callback that changes the choices when the live component reports an operating point.

    Parameters
    ----------
    key, event : str
        Key of the component's element, and name of the event.
    changes : callable
        Takes the point, and returns the choices that it sets.
    """

    def on_event() -> None:
        report = component_value(key, event)
        if not isinstance(report, dict) or not isinstance(report.get("turn"), int):
            return  # only a forged report has this form
        try:
            below = f"{report['below']}.." if report.get("below") is not None else ""
            point = Point.of(f"{below}{report.get('threshold')}@{report.get('model')}")
        except ValueError:
            return  # only a forged report has this form
        session.storage(_RELEASE)["turn"] = report["turn"]
        session.choose(**changes(point))

    return on_event


def component_value(key: str, event: str) -> Any:
    """Value that the live component reports in this run; `None` if it reports none."""
    return getattr(session.widget_value(key), event, None) if session.has_widget(key) else None


def last_release() -> int:
    """Number of the last drag that ended, as the live component reported it."""
    number: int = session.storage(_RELEASE).get("turn", 0)
    return number
