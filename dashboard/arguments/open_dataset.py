"""Data set of a command line: its scores, scenario, models file and pictures.

The functions raise a `ScoreError` if a file is missing or invalid.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from dashboard.arguments.input_options import open_input_or_tally
from dashboard.arguments.parser import UsageError
from metrics.errors import ScoreError

if TYPE_CHECKING:
    from dashboard.data.dataset import Dataset
    from dashboard.data.pictures import Pictures
    from metrics import Scenario, Scores, TallyFile
    from metrics.scenario.models_csv import OtherColumns


def open_dataset(options: argparse.Namespace) -> Dataset:
    """Open the files of a command line, or the sample if it names no file."""
    from dashboard.data.dataset import Dataset
    from dashboard.data.library import fingerprint_of
    from dashboard.data.uploads.file_names import title_of
    from metrics import Scenario, open_scores, read_scenario

    scores: Scores | TallyFile
    if options.files:
        scores = open_input_or_tally(options)
        scenario = Scenario()
    else:
        from sample_data import KIND, SCENARIO, SCORES

        scores = open_scores(str(SCORES), defect_type=KIND, rows="held-out")
        scenario = read_scenario(SCENARIO)
    if options.scenario:
        scenario = read_scenario(options.scenario)
    files = tuple(options.files) or scores.files
    return Dataset(
        fingerprint=fingerprint_of(scores.fingerprint, scores.held_out),
        title=title_of(scores.files),
        files=scores.files,
        scores=scores,
        scenario=with_workers(scenario, scores.models, named=options.serving, files=files),
        max_thresholds=options.max_thresholds,
        origin="command line" if options.files else "sample",
        of_models=_of_models(options.serving, files),
        pictures=_pictures(options),
        picture_column=_picture_column(options, scores),
    )


def open_also(options: argparse.Namespace, file: str) -> Dataset:
    """Open the other data of a command line, with the same options except ``--rows``."""
    own = {
        "files": [file],
        "scenario": None,
        "serving": None,
        "rows": options.also_rows,
        "images_column": None,  # nothing shows its units
    }
    alone = argparse.Namespace(**{**vars(options), **own})
    return open_dataset(alone)


def with_workers(
    scenario: Scenario, models: tuple[str, ...], *, named: str | None, files: tuple[str, ...]
) -> Scenario:
    """Scenario with the serving times and prices of the models.

    Parameters
    ----------
    scenario : Scenario
        Scenario; its own times and prices of a model override the file.
    models : tuple of str
        Models of the scores. The file may contain other models too.
    named : str or None
        Models file; `None` for a file of the default name next to the scores.
    files : tuple of str
        Score files as they were named.
    """
    from metrics.scenario.models_csv import find_models_csv, read_workers
    from metrics.scenario.serving import Serving

    path = find_models_csv(files) if named is None else named
    workers_by_model = {} if path is None else read_workers(path)
    workers = {model: worker for model, worker in workers_by_model.items() if model in models}
    if named is not None and not workers:
        raise ScoreError(
            "E_SERVING",
            f"the models file must name a model of the scores, got {', '.join(workers_by_model) or 'none'}",
            file=named,
            column="model",
            hint=f"The scores have: {', '.join(models[:12])}.",
        )
    if not workers:
        return scenario
    serving = scenario.serving or Serving()
    return replace(scenario, serving=replace(serving, models={**workers, **serving.models}))


def _of_models(named: str | None, files: tuple[str, ...]) -> OtherColumns:
    """Columns of the models file other than serving times and prices."""
    from metrics.scenario.models_csv import find_models_csv, other_columns

    path = named or find_models_csv(files)
    return () if path is None else other_columns(path)


def _pictures(options: argparse.Namespace) -> Pictures | None:
    """Pictures of the units; `None` if no folder is named for the files."""
    from dashboard.data.picture_npz import PictureNpz
    from dashboard.data.pictures import open_pictures

    if options.images is not None:
        return open_pictures(options.images)
    if options.files:
        return None
    from sample_data import IMAGES

    return PictureNpz.of(IMAGES)


def _picture_column(options: argparse.Namespace, scores: Scores | TallyFile) -> str | None:
    """Column that names the picture of each unit; `None` if the id names it."""
    from metrics import TallyFile
    from metrics.errors import shown

    named: str | None = options.images_column
    if named is None:
        return None
    if options.images is None:
        raise UsageError(
            "--images-column says where in the folder of --images a picture is: name both"
        )
    text_columns: tuple[str, ...] = ()
    if not isinstance(scores, TallyFile):
        columns = scores.columns
        numbers = {columns.label, columns.weight, columns.value, *columns.models}
        text_columns = tuple(name for name in scores.named_columns if name not in numbers)
    if named.strip() in text_columns:
        return named.strip()
    first_columns = ", ".join(shown(name) for name in text_columns[:12])
    raise ScoreError(
        "E_COLUMN",
        f"--images-column must name a column of the one score file, got {shown(named)!r}",
        file=scores.files[0],
        hint=f"It has: {first_columns}{', …' if len(text_columns) > 12 else ''}."
        if text_columns
        else "A tally has no rows.",
    )
