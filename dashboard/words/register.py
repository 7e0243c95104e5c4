"""Words for the register of decisions: integrity, search text, and whether a decision's data is available."""

from __future__ import annotations

from dashboard.decisions.decision import VERDICTS, Decision, Recorded
from dashboard.decisions.register import RegisterReading

SHORT, LONG = 300, 10_000
"""Most characters of a text that are shown at once, and behind Details. An export has all characters."""
NO_REGISTER = (
    "This server keeps no decisions",
    "It was started with --private. Started without, what is recorded on the Decide page is listed here, and "
    "stays.",
)
NO_DECISION = (
    "No decision yet",
    "Settle on a point on the Decide page and press Record there. It is kept with who agreed, who objected "
    "and why, every figure at that moment, and the link that reopens the exact view.",
)
"""Title and text of the page without decisions."""
CHANGED = "This is not all as it was recorded."
AFTER_CHANGE = (
    "Below stands only what still is. Rely on an export that was taken before, and tell whoever runs this "
    "server."
)
"""Lead and text of the warning that the register was changed."""


def clipped(text: str, most: int = SHORT) -> str:
    """Beginning of a text that is too long to be shown at once."""
    return text if len(text) <= most else f"{text[:most].rstrip()} …"


def checked(reading: RegisterReading) -> str:
    """Sentences about an intact register, and about whether a removed end would be noticed."""
    end = (
        "The number and the hash of the last are kept in a second place and agree, so none is missing."
        if reading.is_kept
        else "The number of the last could not be kept in a second place: that decisions are missing at the "
        "end would not be noticed here."
    )
    return f"Checked just now: every decision is as it was recorded. {end}"


def searched_text(recorded: Recorded) -> str:
    """All text of a decision that a reader may search for."""
    d = recorded.decision
    parts = [f"no. {recorded.number}", recorded.hash, d.at, d.data.title, d.chosen.words]
    parts += [d.why, d.objections]
    for s in d.stakeholders:
        parts += [s.name, s.words, VERDICTS.get(s.verdict, "")]
    return " ".join(parts).casefold()


def data_here(d: Decision, version: str) -> str:
    """Sentences about reopening a decision whose data is on this server.

    Parameters
    ----------
    version : str
        Version of this app.
    """
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
    is_altered : bool
        Whether the copy on this server was changed.
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
