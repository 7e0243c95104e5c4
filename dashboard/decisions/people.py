"""Roles of signed-in people: who may sign for which stakeholder, and who may administer."""

from __future__ import annotations

import logging
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from dashboard.decisions.identity import Person, canonical_identity
from metrics import strict_mapping
from metrics.errors import ScoreError, shown
from metrics.strict_mapping import STRICT, Must, StructureError, Text

LOG = logging.getLogger(__name__)
GROUP = "group:"
"""Beginning of an entry that names all people of a group."""


def _is_entry(text: str) -> bool:
    """Whether a text is an identity, or names a group without surrounding spaces."""
    if not text.startswith(GROUP):
        return canonical_identity(text) is not None
    group = text.removeprefix(GROUP)
    return group.strip() == group != ""


_Entry = Annotated[
    Text, Must("be one e-mail address or user name, or group: and a name", _is_entry)
]
ROLE_NAMES = {"data": "data_scientist", "product": "product_manager", "executive": "executive"}
"""Name of each stakeholder's list in the people file."""


@dataclass(frozen=True)
class People:
    """Content of a people file: identities and groups by role."""

    __pydantic_config__ = STRICT

    data_scientist: tuple[_Entry, ...] = ()
    product_manager: tuple[_Entry, ...] = ()
    executive: tuple[_Entry, ...] = ()
    administrators: tuple[_Entry, ...] = ()

    def has(self, role: str, person: Person) -> bool:
        """True if a person has a role."""
        entries = getattr(self, role)
        names = {canonical_identity(entry) for entry in entries if not entry.startswith(GROUP)}
        return person.identity in names or any(
            f"{GROUP}{group}" in entries for group in person.groups
        )


def read_people(path: Path) -> People:
    """Read a people file.

    Raises
    ------
    ScoreError
        ``E_PEOPLE`` if the file cannot be read, or has other keys or values. ``value`` of its problem is the
        wrong key; `None` if the whole file is unreadable.
    """
    key = None
    try:
        return strict_mapping.read(People, tomllib.loads(path.read_text(encoding="utf-8")))
    except StructureError as error:
        fault = error.faults[0]
        key = fault.key
        got = f"{key} must {fault.rule}, got {shown(fault.got)}"
    except (OSError, ValueError) as error:
        got = f"got: {getattr(error, 'strerror', None) or error}"
    raise ScoreError(
        "E_PEOPLE",
        f"the people file must list identities by role; {got}",
        file=path.name,
        value=key,
        hint=f"Its keys are {', '.join(ROLE_NAMES.values())} and administrators.",
    )


@dataclass(frozen=True)
class Roles:
    """Permissions of people on a server with sign-in.

    The file is read for each check, so that a removed role has no effect any more. Each check raises a
    `ScoreError` ``E_PEOPLE`` if the file cannot be read.

    Attributes
    ----------
    file : Path or None
        People file. `None` if everyone may sign for each stakeholder, and nobody may administer.
    issuer : str
        Source of the identities, for signatures.
    """

    file: Path | None
    issuer: str = ""

    def _people(self, file: Path) -> People:
        try:
            return read_people(file)
        except ScoreError as error:
            LOG.error("%s", error)
            raise

    def stakeholders_of(self, person: Person) -> tuple[str, ...]:
        """Stakeholders that a person may sign for; none for a person without an identity."""
        if not person.identity:
            return ()
        if self.file is None:
            return tuple(ROLE_NAMES)
        people = self._people(self.file)
        return tuple(name for name, role in ROLE_NAMES.items() if people.has(role, person))

    def signable_stakeholders(self) -> tuple[str, ...]:
        """Stakeholders for whom somebody may sign."""
        if self.file is None:
            return tuple(ROLE_NAMES)
        people = self._people(self.file)
        return tuple(name for name, role in ROLE_NAMES.items() if getattr(people, role))

    def may_administer(self, person: Person) -> bool:
        """True if a person may delete the uploads of others."""
        return self.file is not None and self._people(self.file).has("administrators", person)
