"""What the pages call models: names that somebody gave them, no two alike."""

from __future__ import annotations

from collections.abc import Sequence


def told_apart(
    models: Sequence[str], names: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Number what would be read as the name of another model.

    A model without a given name keeps the one of its file; of several given ones the first.

    Parameters
    ----------
    models : sequence of str
        All models of the data, by their own names.
    names : tuple of (model, name)
        Given names; those of models that are not among ``models`` stay as they are.

    Returns
    -------
    tuple of (model, name)

    Examples
    --------
    >>> told_apart(["A", "B", "C"], (("B", "A"), ("C", "B")))
    (('B', 'A (2)'), ('C', 'B'))
    """
    given, known = dict(names), set(models)
    taken = {_read(model) for model in models if model not in given}
    for model, wanted in given.items():
        if model not in known:
            continue
        count, name = 1, wanted
        while _read(name) in taken:
            count += 1
            name = f"{wanted} ({count})"
        taken.add(_read(name))
        given[model] = name
    return tuple(given.items())


def _read(name: str) -> str:
    """A name as it is read: how much space is in it, nobody sees."""
    return " ".join(name.split())
