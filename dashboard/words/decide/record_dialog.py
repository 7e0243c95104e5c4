"""Words of the dialog that records or proposes a decision."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.decisions.decision import RequiredField, StakeholderRecord
from dashboard.decisions.entry import Recorded
from dashboard.words.decision import figure_words
from dashboard.words.names import ROLES

TITLE, TITLE_PRIVATE = "The decision", "Report of this view"
"""Titles of the dialog with and without a register."""
REPORT = "Report"
"""Label of the button that opens the dialog without a register."""
CLOSE, CLOSE_AND_KEEP = "Close", "Close, and keep what was typed"
TAKE_ALONG = "Take along, unrecorded"
"""Labels of the buttons that leave the dialog, and of the popover with downloads."""
IN_REPORT, IN_RECORD = "All that the report says besides", "All that will be recorded besides"
HOW_TO_PROVE = "How to prove later that it was not changed"
"""Titles of the folded parts."""
WHO, OBJECTION = "who: name as typed", "objection, where there is one"
NO_EARLIER = "no earlier decision"
"""Text in an empty field."""
WHY, OTHERS, SUPERSEDES = "Why this choice", "Other objections (optional)", "Takes the place of"
"""Labels of the fields for the decision as a whole."""
PROOF = (
    "Keep the report: common-ground verify --report finds out from it whether anything was changed or cut "
    "off the register since."
)
PRIVATE = (
    "This server was started with --private and records no decision. The report says what the page shows "
    "now; it is marked as not recorded."
)
NO_ROLE = (
    "You can read everything here, but not propose a decision, because you sign for no stakeholder. The "
    "report says what the page shows now; it is marked as not recorded."
)
NO_PEOPLE = (
    "You can read everything here, but nobody can propose a decision, because this server cannot read its "
    "people file. Tell its operator. The report says what the page shows now; it is marked as not "
    "recorded."
)
NO_TALLY = (
    "The counts behind its figures are too large to be kept with it. Without the data nobody can compute the "
    "figures again."
)
NOTHING_LOST = "Nothing that was typed is lost."
"""Notices: on a recorded decision, on a private server, without a role, without a people file, on a decision
without a tally, and after an error.
"""


VERB = {False: "Record", True: "Propose"}
DONE = {False: "Recorded", True: "Proposed"}
SEE = {False: "See all decisions", True: "See and sign it"}
BEFORE = {
    False: "Everybody who can open this server will read it on the Decisions page, with the link to this "
    "view and its data. Nothing that is recorded can be changed; a later decision can take its place. ",
    True: "Each stakeholder reads it on the Decisions page, with the link to this view and its data, and "
    "signs there. It cannot be changed; you can withdraw it until all have signed. ",
}
"""Words by whether each stakeholder signs the decision afterwards: button, result, next button, notice."""
KEPT = (
    "The counts behind its figures, without the rows, are kept with it even if the data is deleted."
)
"""End of the notice."""
FIELD_NAMES = {
    RequiredField.NAME: "who the {} is",
    RequiredField.VERDICT: "what the {} says",
    RequiredField.OBJECTION: "the objection of the {}",
    RequiredField.WHY: "why",
}
"""Names of required fields, with a gap for the stakeholder's role."""


def statement_labels(title: str) -> tuple[str, str, str]:
    """Labels of the fields for a stakeholder's name, verdict and words."""
    return f"{title}: who", f"The {title.lower()}", f"In the words of the {title.lower()}"


def earlier_words(recorded: Recorded) -> str:
    """Name of an earlier decision that a decision can replace."""
    d = recorded.decision
    return f"No. {recorded.number}, {d.at[:10]}: {d.chosen.words[:80]}"


def wants_and_gets_words(stakeholder: StakeholderRecord) -> str:
    """Objective and figure of a stakeholder, after the title: `` wants missed defects; gets 20``."""
    got = "; ".join(filter(None, (figure_words(stakeholder), stakeholder.cost)))
    return f" wants {stakeholder.wish}; gets {got}"


def missing_sentence(missing: Iterable[tuple[RequiredField, str]]) -> str:
    """Sentence about the fields that a decision needs and that are still empty; empty if none is."""
    names = ", ".join(FIELD_NAMES[field].format(ROLES.get(name, "")) for field, name in missing)
    return f"Still missing: {names}." if names else ""
