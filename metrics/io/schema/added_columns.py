"""Roles of columns that were added to a converted file after it was written."""

from __future__ import annotations

from dataclasses import replace

from metrics.errors import Problem
from metrics.io.column_roles import Roles, StoredRoles
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_facts import facts_of
from metrics.io.schema.column_problems import need_numbers, note_precision
from metrics.io.schema.model_columns import find_models
from metrics.io.schema.roles import find_roles


def add_new_columns(
    roles: Roles, stored: StoredRoles, source: Source, choices: ReadOptions
) -> list[Problem]:
    """Assign a role to columns added to a converted file; return the related warnings.

    Raises
    ------
    ScoreError
        See `need_numbers` and `metrics.io.schema.model_columns.find_models`.
    """
    kept = stored.roles.used() | set(stored.roles.models)
    named = roles.used() | set(roles.models)
    facts = [f for f in facts_of(source, choices) if f.name not in kept | named]
    found = find_roles(facts, ReadOptions(), source, alone=False)
    for role in ("weight", "value", "group"):
        if getattr(roles, role) is None and getattr(choices, role) is None:
            setattr(roles, role, getattr(found, role))
    if choices.segments is None:
        roles.segments = (*roles.segments, *found.segments)
    need_numbers(facts, roles, source)
    if choices.models is not None:
        return []
    rest = [f for f in facts if f.name not in roles.used()]
    new = replace(roles, models=(), unused={}, problems=[])
    file_options = replace(
        ReadOptions(), scale=choices.scale or stored.scale, decimal=choices.decimal
    )
    find_models(rest, new, file_options, source)
    roles.models = (*roles.models, *new.models)
    roles.unused.update(new.unused)
    return note_precision(facts, new.models, source.name)
