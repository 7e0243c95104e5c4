"""The rules of a scenario's values, and the error that names a broken one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metrics.errors import ScoreError


@dataclass(frozen=True)
class Check:
    """Rules that hand a value on or raise.

    Attributes
    ----------
    file : str or None
        Named in errors.
    """

    file: str | None

    def error(self, key: str, rule: str, value: object) -> ScoreError:
        """The error of a key whose value breaks a rule."""
        shown = "nothing" if value is None else repr(value)
        return ScoreError(
            "E_SCENARIO",
            f"scenario key {key} must {rule}, got {shown}",
            file=self.file,
            column=key,
            value=None if value is None else str(value),
            hint="Correct the key in the scenario; the guide's chapter on the scenario lists every key.",
        )

    def known(self, data: Mapping[str, Any], names: set[str], prefix: str) -> None:
        """Refuse keys that have no meaning."""
        for key in data:
            if key not in names:
                raise self.error(prefix + key, "be one of " + ", ".join(sorted(names)), data[key])

    def table(self, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """The table under a key."""
        value = data[key]
        if not isinstance(value, Mapping):
            raise self.error(key, "be a table", value)
        return value

    def currency(self, value: object) -> str:
        """A currency: a short text."""
        if not isinstance(value, str) or not value.strip() or len(value) > 12:
            raise self.error("currency", "be a text of 1 to 12 characters", value)
        return value.strip()

    def number(
        self,
        data: Mapping[str, Any],
        key: str,
        default: float,
        *,
        prefix: str = "",
        above: float | None = None,
        below: float | None = None,
    ) -> float:
        """A finite number between bounds that it must not reach."""
        value = data.get(key, default)
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not math.isfinite(value):
            raise self.error(prefix + key, "be a finite number", value)
        if above is not None and value <= above:
            raise self.error(prefix + key, f"be above {above:g}", value)
        if below is not None and value >= below:
            raise self.error(prefix + key, f"be below {below:g}", value)
        return float(value)
