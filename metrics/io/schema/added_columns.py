"""Columns that were added to a converted file after it was written: their roles."""

from __future__ import annotations

from dataclasses import replace

from metrics.errors import Problem
from metrics.io.column_roles import Roles
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_problems import precision_warnings, require_numbers
from metrics.io.schema.first_rows import FirstRows
from metrics.io.schema.model_columns import find_models
from metrics.io.schema.roles import find_roles
from metrics.io.stored_roles import StoredRoles


def add_new_columns(
    roles: Roles, stored: StoredRoles, source: Source, choices: ReadOptions
) -> list[Problem]:
    """Assign a role to each added column; return the warnings."""
    used = stored.roles.used() | roles.used() | {*stored.roles.models, *roles.models}
    scale = choices.scale or stored.scale
    options = ReadOptions(scale=scale, decimal=choices.decimal, ignore=choices.ignore)
    first = FirstRows.of(source, options).without(used)
    found = find_roles(first, alone=False)
    for role in ("weight", "value", "group"):
        if getattr(roles, role) is None and getattr(choices, role) is None:
            setattr(roles, role, getattr(found, role))
    if choices.segments is None:
        roles.segments = (*roles.segments, *found.segments)
    require_numbers(first, roles)
    if choices.models is not None:
        return []
    new = replace(roles, models=(), unused={})
    find_models(first.without(roles.used()), new)
    roles.models = (*roles.models, *new.models)
    roles.unused.update(new.unused)
    return precision_warnings(first, new.models)
