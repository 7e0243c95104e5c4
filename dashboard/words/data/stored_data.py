"""Words for the data that a server stores: list of uploads, how long they stay, deletion, missing data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dashboard.data.uploads.metadata import Entry
from dashboard.data.uploads.store import UploadStore
from dashboard.words.decisions.register import clipped


def missing_data(files: Sequence[str], *, is_altered: bool) -> tuple[str, str]:
    """Title and text of a page whose link names data that this server cannot show.

    Parameters
    ----------
    files : sequence of str
        Names of the files; empty if this server does not know them.
    is_altered : bool
        True if the stored data was changed after it was uploaded.
    """
    title = "This link is about data that is not here"
    if not files:
        return title, (
            "It names data that this server has not seen, or no longer knows. Open its files, read as they "
            "were, and the link works."
        )
    named = f"It is about {', '.join(files)}"
    if is_altered:
        return "The data of this link was changed on the server", (
            f"{named}. What the server keeps of it is no longer what was uploaded, so nothing of it is "
            "shown. Open the file again, and the link works; and tell the operator of the server."
        )
    return title, (
        f"{named}, which was uploaded here and has been removed since. Open it again, and the link works."
    )


def stored_words(entry: Entry) -> str:
    """Name of an upload in the list of all uploads: ``night shift (night.csv), 2026-11-30``."""
    day = datetime.fromtimestamp(entry.opened, UTC).date()
    return f"{clipped(entry.named.title)} ({clipped(', '.join(entry.named.files))}), {day}"


def renew_label(days: float) -> str:
    """Label of the button that restarts the storage time of an upload."""
    return f"Keep for {days:g} days from now"


def renewed_words(title: str, days: float) -> str:
    """Message after the storage time of an upload was restarted."""
    return f"{title} is kept for {days:g} days from now."


def delete_question(title: str) -> str:
    """Question before data is deleted."""
    return (
        f"Delete {title}? Links to it will no longer work, for anybody, unless somebody else uploaded the "
        "same data. The counts behind a recorded decision stay."
    )


def deleted(title: str, *, is_gone: bool) -> str:
    """Outcome of deleting data. The data stays on the server if another reader uploaded it as well."""
    if is_gone:
        return f"Deleted from the server: {title}. Links to it no longer work."
    return (
        f"No longer yours: {title}. Somebody else uploaded the same data, which stays until they delete "
        "it."
    )


def retention(upload_store: UploadStore, person: str) -> str:
    """Time for which uploads are stored, and who can delete an upload.

    Parameters
    ----------
    person : str
        Identity of the reader; empty without sign-in.
    """
    duration = f"for {upload_store.keep_days:g} days, for everybody with the link"
    if upload_store.private:
        duration = "until the server stops"
    until = "" if person else ", until the page is closed"
    return f"Uploads are kept {duration}. The person who uploaded a file can delete it here{until}."


def signed_in_words(person: str) -> str:
    """Name under which the reader is signed in."""
    return f"You are signed in as {person}."
