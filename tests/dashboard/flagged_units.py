"""Units in parts, and which of them a point and the current system flag."""

from __future__ import annotations

from metrics import Today
from tests.metrics.frame_with_parts import frame_with_parts

AT, TODAY = 0.4, Today("b", 0.75)
ROWS = frame_with_parts(900)
ROWS.loc[(ROWS["site"] == "north") & (ROWS["label"] == 1) & (ROWS.index % 5 != 0), "a"] = 0.01
FLAGGED, TODAYS = ROWS["a"] >= AT, ROWS["b"] >= 0.75
