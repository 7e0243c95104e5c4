"""The workers of a command line's models: from a file that it names, or that lies beside the scores."""

from __future__ import annotations

from dataclasses import replace

from metrics.errors import ScoreError
from metrics.scenario import Scenario
from metrics.workers_file import read_workers, workers_beside
from metrics.workload import Serving


def with_workers(
    scenario: Scenario, models: tuple[str, ...], *, named: str | None, files: tuple[str, ...]
) -> Scenario:
    """A scenario with what is known of the models' workers.

    Parameters
    ----------
    scenario : Scenario
        What it says of a model itself goes before the file.
    models : tuple of str
        Of the scores: the file may know others besides.
    named : str or None
        Of the file; None: the one that may lie beside the scores.
    files : tuple of str
        The scores, as they were named.

    Raises
    ------
    ScoreError
        E_SERVING where the file is refused, or names none of the models though it was asked for.
    """
    found = (workers_beside(files) if named is None else read_workers(named)) or {}
    workers = {model: worker for model, worker in found.items() if model in models}
    if named is not None and not workers:
        raise ScoreError(
            "E_SERVING",
            f"the models file must name a model of the scores, got {', '.join(found) or 'none'}",
            file=named,
            column="model",
            hint=f"The scores have: {', '.join(models[:12])}.",
        )
    if not workers:
        return scenario
    serving = scenario.serving or Serving()
    return replace(scenario, serving=replace(serving, models={**workers, **serving.models}))
