"""Words of the buttons in the bar at the top: share the link, present the page."""

from __future__ import annotations

ACTIONS = {
    "share": "Share",
    "share_help": "Copy the address of this page: whoever opens it sees what you see",
    "copied": "Copied",
    "copied_said": "The link is copied.",
    "by_hand": "Copy it from the address bar",
    "by_hand_said": "Copy the link from the address bar.",
    "present": "Present",
    "present_help": "Hide every control and step through the page with the arrow keys",
    "turn": "{at} of {all} · ← → to turn · Esc to leave",
}
"""Texts by part of a button. The browser fills in the number of the step that is presented."""
