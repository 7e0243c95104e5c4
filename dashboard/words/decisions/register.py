"""Words for recording a decision and for the register: missing fields, integrity, missing data."""

from __future__ import annotations

from dashboard.decisions.decision import VERDICTS, Decision, Verdict
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.register import RegisterReading
from dashboard.words.names import ROLES
from metrics.errors import counted

SHORT, LONG = 300, 10_000
"""Most characters of a text that are shown at once, and behind Details. An export has all characters."""
NO_REGISTER = (
    "This server keeps no decisions",
    "It was started with --private. Started without, what is recorded on the Decide page is listed here, and "
    "stays.",
)
NO_DECISION = (
    "No decision yet",
    "Settle on a point on the Decide page and press {} there. It is kept with who agreed, who objected "
    "and why, every figure at that moment, and the link that reopens the exact view.",
)
"""Title of the page without decisions, and its text with a place for the label of the button."""
CHANGED = "This is not all as it was recorded."
AFTER_CHANGE = (
    "Below stands only what still is. Rely on an export that was taken before, and tell the operator "
    "of this server."
)
"""Lead and text of the warning that the register was changed."""
ASK_AGAIN = "I have read this, and sign the figures as they were proposed."
"""Label of the box that asks again if something changed since the proposal."""
CHANGED_MEANWHILE = "Something changed since this page was drawn. Read it again, then sign."
"""Refusal of a signature on a page that is out of date."""
WITHDRAWAL = "Nobody can sign it then. It stays in the list."
"""Note on a withdrawal."""
NOT_YOURS = "You may no longer sign for this stakeholder."
"""Refusal of a signature by a person who lost the role."""
NONE_FOUND = "No decision is about all of that."
"""Result of a search that no decision matches."""
VERDICT_BUTTONS = {
    "agrees": "Agrees",
    "accepts": "Accepts, with an objection",
    "objects": "Objects",
}
"""Labels of the buttons for a stakeholder's verdict."""


def clipped(text: str, most: int = SHORT) -> str:
    """Beginning of a text that is too long to be shown at once. It ends after a whole word if possible."""
    if len(text) <= most:
        return text
    beginning, *end = text[: most + 1].rsplit(maxsplit=1)
    return f"{beginning if end else text[:most]} …"


def checked(reading: RegisterReading) -> str:
    """Sentences about an intact register, and about whether a removed end would be noticed."""
    end = (
        "The number and the hash of the last are kept in a second place and agree, so none is missing."
        if reading.has_stored_head
        else "The number of the last could not be kept in a second place: that decisions are missing at the "
        "end would not be noticed here."
    )
    return f"Checked just now: every decision is as it was recorded. {end}"


def searched_text(f: DecisionFacts) -> str:
    """All text of a decision that a reader may search for."""
    d, recorded = f.decision, f.recorded
    place = [] if recorded is None else [f"no. {recorded.number}", recorded.hash]
    parts = [*place, d.at, d.data.title, d.chosen.words]
    parts += [d.why, d.objections]
    for s in d.stakeholders:
        parts += [s.name, s.words, VERDICTS.get(s.verdict, "")]
    return " ".join(parts).casefold()


def data_here(d: Decision, version: str) -> str:
    """Sentences about reopening a decision whose data is on this server."""
    other = (
        ""
        if d.version == version
        else f" It was recorded by version {d.version}; this is {version}."
    )
    return f"Its data is here, unchanged.{other}"


def data_missing(d: Decision, *, is_altered: bool, is_other: bool) -> str:
    """Sentences about a decision whose data is not on this server.

    Parameters
    ----------
    is_other : bool
        Whether other data on this server has the same title.
    """
    if is_altered:
        return (
            f"Its data was changed on the server: what is kept of {d.data.title} is no longer what was "
            "uploaded, so nothing of it is shown. The figures recorded then stand below."
        )
    if is_other:
        return (
            f"Its data has changed: {clipped(d.data.title)} is here with another fingerprint. The "
            "link says so; the figures recorded then stand below."
        )
    return (
        f"Its data is not here: {clipped(', '.join(d.data.files))}. Open these files again, read as "
        "they were, and the link works; the figures recorded then stand below."
    )


def missing_statement(verdict: Verdict | None, words: str, *, is_read: bool) -> str:
    """Sentence about missing parts of a signature; empty if nothing is missing.

    Parameters
    ----------
    is_read : bool
        False if something changed since the proposal, and the person has not ticked `ASK_AGAIN`.
    """
    if not verdict:
        return "Still missing: whether you agree, accept with an objection, or object."
    if verdict in ("accepts", "objects") and not words:
        return "Still missing: the reason of the objection."
    return "" if is_read else f"Still missing: “{ASK_AGAIN}”"


def signing_labels(stakeholder: str) -> tuple[str, str]:
    """Labels of a stakeholder's verdicts, and of the button that signs."""
    role = ROLES[stakeholder]
    return f"You sign as the {role}", f"Sign as the {role}"


def size_words(decisions: int) -> str:
    """Number of decisions, and who can see and change them."""
    access = "none of which can be changed; everybody who can open this server sees them"
    return f"{counted(decisions, 'decision')}, {access}"


def more_problems_words(count: int) -> str:
    """Number of problems that are not listed; empty if all are."""
    return f"And {counted(count, 'problem')} more." if count > 0 else ""


def place_in_chain_words(earlier: int | None, later: int | None) -> list[str]:
    """Numbers of the decision that a decision replaced, and of the one that replaced it."""
    words = [f"in place of No. {earlier}"] if earlier else []
    return words + ([f"superseded by No. {later}"] if later else [])


def unsealed_words(count: int, is_sealed: bool) -> str:
    """Warning about a decision, or about the number of signatures on it, that this server did not make."""
    if not is_sealed:
        return "This decision does not count: this server did not record it."
    entries = f"{counted(count, 'signature')} {'is' if count == 1 else 'are'}"
    return f"{entries} not counted: this server did not make {'it' if count == 1 else 'them'}."


def changes_since_proposal(d: Decision, version: str, missing: str) -> tuple[str, ...]:
    """Sentences about what changed since a decision was proposed.

    Parameters
    ----------
    missing : str
        Sentence about data that is not as it was; empty if it is.
    """
    other = f"It was proposed by version {d.version}; this is {version}."
    return tuple(filter(None, (missing, other if d.version != version else "")))


def marked_words(name: str) -> str:
    """Hint to mark a second decision for a comparison."""
    return f"{name} is marked: mark another to see what differs."
