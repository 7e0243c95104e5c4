"""Guess the column roles of a file that was rejected, so that its preview can suggest them."""

from __future__ import annotations

from dataclasses import replace

from metrics.errors import Option, Problem, ScoreError
from metrics.io.column_roles import Roles, ignore_columns
from metrics.io.joins.joined_files import options_of_file
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_problems import label_candidates
from metrics.io.schema.first_rows import FirstRows
from metrics.io.schema.model_columns import find_models
from metrics.io.schema.roles import FEWEST_SERIALS, find_roles


def guess_roles(first: FirstRows) -> tuple[Roles, tuple[Problem, ...]]:
    """Return the probable roles of a rejected file, and the open question which columns are scores.

    The roles come from the options if these can be followed, otherwise from the names of the columns. The
    second value is empty if that question is not open.
    """
    source = first.source
    file_options = options_of_file(first.choices, source)
    plain = tuple(f for f in first.facts if f.kind not in {"nested", "decimal-comma"})
    for wanted in (file_options, ReadOptions(decimal=first.choices.decimal)):
        try:
            roles, labels = _roles_of_first_label(replace(first, choices=wanted))
            ignore_columns(roles, wanted, source)
        except ScoreError:
            continue
        open_question: tuple[Problem, ...] = ()
        if wanted.models:
            roles.models = wanted.models
        else:
            # The choice of models may itself be the open question. The scale "rank" accepts any scores.
            rank = ReadOptions(scale="rank", decimal=first.choices.decimal)
            rows = FirstRows(source, rank, plain)
            candidates = label_candidates(first.facts)
            likely_label = next(iter(candidates), None)
            try:
                find_models(rows, roles, first.column(roles.label) or likely_label)
            except ScoreError as error:
                # A column that may be the label is no doubtful score.
                labels_to_be = {f.name for f in candidates}
                open_question = tuple(
                    p
                    for p in error.problems
                    if p.code == "E_WHICHMODELS" and p.column not in labels_to_be
                )
            # If the scores cannot be read yet, a serial number may be the only number, and is no model.
            serial = {f.name for f in plain if f.whole and f.distinct == f.rows >= FEWEST_SERIALS}
            roles.models = tuple(name for name in roles.models if name not in serial)
        roles.label = None if labels else roles.label
        roles.unused = {name: why for name, why in roles.unused.items() if name not in labels}
        roles.decisions = tuple(name for name in roles.decisions if name not in labels)
        return roles, open_question
    return Roles(), ()


def _roles_of_first_label(first: FirstRows) -> tuple[Roles, tuple[str, ...]]:
    """Return the roles as if the first of several labels were the label, and all these labels."""
    try:
        return find_roles(first), ()
    except ScoreError as error:
        if error.code != "E_TWOLABELS":
            raise
        labels = next(o.values for o in error.problems[0].parts if isinstance(o, Option))
        chosen = replace(first.choices, label=labels[0])
        return find_roles(replace(first, choices=chosen)), labels
