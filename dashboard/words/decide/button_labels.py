"""Words of the buttons and questions on Decide: share, present, change the point, next steps."""

from __future__ import annotations

ACTIONS = {
    "share": "Share",
    "share_help": "Copy the address of this page: everybody who opens it sees what you see",
    "copied": "Copied",
    "copied_said": "The link is copied.",
    "by_hand": "Copy it from the address bar",
    "by_hand_said": "Copy the link from the address bar.",
    "present": "Present",
    "present_help": "Hide every control and step through the page with the arrow keys",
    "turn": "{at} of {all} · ← → to turn · Esc to leave",
    "place": "{at} of {all}",
    "earlier": "Back",
    "later": "Next",
    "leave": "Leave",
}
"""Texts by part of a button. The browser fills in the number of the step that is presented."""
MODEL_HELP = "At its cheapest threshold that meets the limits, or at its cheapest if none does."
"""Help of the menu that changes the model of the selected point."""
CURRENT_SYSTEM = "Today’s system"
"""Name of the current system among the points that can be selected."""
CHEAPEST_HELP = (
    "each model at its cheapest threshold, with allowance for the choice among all models"
)
"""Tooltip of the cheapest model: what its word on chance judges."""
OTHER_DATA = "Other data"
"""Title of the step about other data."""
UNREADABLE = "cannot be read"
"""Finding about other data that cannot be read."""
INSPECTION_HELP = (
    "Against the best single threshold of the models shown, after paying for it, ignoring limits"
)
"""Tooltip of the gain of inspection: what the gain is compared with."""
TRAINED_ON_QUESTION = "Were models trained on these rows?"
TRAINED_ON_HELP = "If they were, every figure here flatters them"
TRAINED_ON_ANSWERS = (
    ("no", "held-out", "No model was trained on these rows"),
    ("yes", "training", "The models were trained on these rows"),
    ("out of fold", "out-of-fold", "Each row was scored by a model that was trained without it"),
)
"""Question whether the rows were held out: its answers, and the help of each."""
COMPARE = "compare"
"""Button of the comparison of another point with the chosen one."""
NO_FAIR_OPTION, WHICH_LIMIT = "No fair option", "see which limit gives way"
"""Words if no point is fair, and the link to the limits."""
IS_FAIR_OPTION = "This is the fair option"
"""Words if the selected point is the fair option."""
FAIR_HEADING = "The fair option (smallest worst-case loss) instead of the chosen point: "
FAIR_HELP = "The compromise with the smallest worst-case loss among the three stakeholders"
"""Heading of the comparison with the fair option, and what "fair" means."""
