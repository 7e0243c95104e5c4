"""Tally of a Spark data frame: input checks and counting inside ``mapInArrow``.

This requires PySpark 4 (``pip install "pyspark>=4"``), Java 17 or newer, and this package on the executors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from metrics.errors import Keyword, Option, ScoreError
from metrics.io.checked_columns import Columns
from metrics.io.column_roles import require
from metrics.io.formats.cells import Location
from metrics.io.hash_buckets import BUCKETS
from metrics.io.max_thresholds import MAX_THRESHOLDS
from metrics.io.read_options import ReadOptions, Scale
from metrics.io.schema.label_map import LabelMap
from metrics.scenario.scenario import check_current_system
from metrics.spark.executor_tasks import SCHEMA, Count, Sketch, Total, add_up
from metrics.spark.partition_sketches import PartitionCategories
from metrics.spark.partition_source import FRAME, FrameReading, Partition
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.choose_thresholds import thresholds_of
from metrics.tally.tally import Tally

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ROLES: tuple[Keyword, ...] = (
    "label", "id", "models", "weight", "value", "group", "defect_type", "segments",
)  # fmt: skip
AT_DRIVER, ADDERS = 8, 256
"""At most 8 partial tallies reach the driver. At most 256 tasks add up tallies before that."""


def tally_dataframe(
    df: DataFrame,
    *,
    label: str,
    id: str | Sequence[str],
    models: Sequence[str],
    weight: str | None = None,
    value: str | None = None,
    group: str | None = None,
    segments: Sequence[str] = (),
    defect_type: str | None = None,
    today: tuple[str, float] | None = None,
    positive: str | float | bool | None = None,
    scale: Scale = "probability",
    like: Tally | None = None,
    max_thresholds: int = MAX_THRESHOLDS,
    also: Sequence[float] = (),
    unique_ids: bool = True,
    adders: int | None = None,
    buckets: int = BUCKETS,
) -> Tally:
    """Tally every row of a Spark data frame.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Data frame with one row per unit. It is read once for the thresholds and categories that ``like``
        does not give, once for the repeated ids, and once for the counts.
    label : str
        Column with the true class.
    id : str or sequence of str
        Columns that identify a unit together.
    models : sequence of str
        One score column per model.
    weight, value, group : str, optional
        Columns with the weight of a row, the value of a unit, and the group of a unit.
    segments : sequence of str
        Columns whose categories are counted separately.
    defect_type : str, optional
        Column with the kind of defect of a defective unit; kinds are counted separately.
    today : (str, float), optional
        Model and threshold of the current system, with which every model is compared.
    positive : str, number or bool, optional
        The label value that means defect; required if its spelling is unknown.
    scale : {"probability", "percent", "logit", "rank"}
    like : Tally, optional
        Use the thresholds and categories of this tally, so that both can be added.
    max_thresholds : int
        Largest number of distinct scores that become thresholds of a model; only without ``like``.
    also : sequence of float
        Additional thresholds for every model; only without ``like``.
    unique_ids : bool
        Whether to reject ids that occur twice, which shuffles the ids once.
    adders : int, optional
        Number of tasks that add the partitions' tallies. By default the square root of the number of
        partitions, at most 256; with ``like``, 8.
    buckets : int
        Number of buckets; only without ``like``.

    Returns
    -------
    Tally
        Counts and thresholds are those of `metrics.tally_scores` on the same rows; sums of floats agree to
        1e-12.

    Raises
    ------
    ScoreError
        If a column is missing, if a label, score, weight or id is invalid, if a class is missing, or if ids
        occur twice, as for a file. The error of one partition is raised. It names the unit's id instead of a
        row, because a data frame has no order. ``E_TODAY`` if the current system's model is not among the
        models.

    Notes
    -----
    Checks that only give warnings for a file are skipped: ids that differ only in spaces or Unicode form,
    models that cannot rank, numbers too small for a float64.

    A partition's result is the output of its task. Spark discards the counts of a failed task. If an executor
    is lost, its partitions are counted again and are included once. Partial tallies are added by ``adders``
    tasks, so that at most 8 reach the driver, which unpacks two at a time. A task needs memory for one tally
    and one batch: ``buckets * models * thresholds * 8`` bytes.

    With more than 32 categories in a column, the first 32 in text order are counted separately, because a
    data frame has no order. The others are counted in "other".

    Without ``like``, thresholds come from a sample of each model's distinct scores, or from all scores if
    they fit into the limit. The sample does not depend on the partitions.

    References
    ----------
    Beyer et al.: On synopses for distinct-value estimation under multiset operations. SIGMOD 2007.
    """
    columns = Columns(
        id=(id,) if isinstance(id, str) else tuple(id),
        label=label,
        positive="",  # not used: `FrameReading.positive` may be unknown
        models=(models,) if isinstance(models, str) else tuple(models),
        weight=weight,
        value=value,
        group=group,
        segments=tuple(segments),
        defect_type=defect_type,
    )
    _require_columns(df, columns)
    reading = _reading_of(columns, positive, scale)
    given_thresholds = (
        None if like is None else tuple(_thresholds_like(like, columns.models, scale))
    )
    if today is not None:
        check_current_system(today[0], columns.models, FRAME)
    by = BreakdownColumns.of(columns, today).with_categories_of(
        None if like is None else like.breakdowns
    )
    from pyspark.sql import functions as f

    # Columns are selected by position, because Spark would read dots and backticks in a name as a path.
    frame = df.select(
        *(f.col(_quoted(name)).alias(f"c{k}") for k, name in enumerate(reading.names))
    )
    if like is None or given_thresholds is None:
        most = min(max(2, max_thresholds), columns.most_thresholds)
        first = _outcome(frame, Sketch(reading, most), AT_DRIVER)
        _refuse_labels(first, reading)
        assert first.sketches is not None
        thresholds = tuple(thresholds_of(first.sketches.models, first.sketches.totals, also))
        by = first.sketches.categories.fixed(by)
        adders = adders or min(ADDERS, math.isqrt(first.sketches.parts - 1) + 1)
    else:
        thresholds = given_thresholds
        buckets = like.counts.shape[0]
        if {*by.segments} - {*by.segment_categories} or (
            by.defect_type and by.kind_categories is None
        ):
            by = _categories_of(frame, reading).fixed(by)
    if unique_ids:
        _refuse_repeated_ids(frame, reading)
    total = _outcome(frame, Count(reading, thresholds, buckets, by), adders or AT_DRIVER)
    _refuse_labels(total, reading)
    assert total.tally is not None
    return replace(total.tally, grouped=group is not None)


def _categories_of(frame: DataFrame, reading: FrameReading) -> PartitionCategories:
    """Categories that no other tally fixes, found in one more pass."""
    sketches = _outcome(frame, Sketch(reading, 2), AT_DRIVER).sketches
    return PartitionCategories.of(reading.columns) if sketches is None else sketches.categories


def _reading_of(
    columns: Columns, positive: str | float | bool | None, scale: Scale
) -> FrameReading:
    """Reading of a frame, in which every column occurs once."""
    text_columns = [
        name for name in (columns.weight, columns.value, columns.group) if name is not None
    ]
    selected_columns = dict.fromkeys(
        [*columns.id, columns.label, *text_columns, *columns.parts, *columns.models]
    )
    return FrameReading(
        columns, ReadOptions.of(positive=positive).positive, scale, tuple(selected_columns)
    )


def _require_columns(df: DataFrame, columns: Columns) -> None:
    """Raise unless ids and models are named, and the frame has each named column once."""
    for keyword in _ROLES:
        names = getattr(columns, keyword)
        for name in (names,) if isinstance(names, str) else names or ():
            require(df.columns, name, Option(keyword), FRAME)
            if df.columns.count(name) > 1:
                raise ScoreError(
                    "E_DUPCOL",
                    f"columns must differ, got {name!r} twice",
                    file=FRAME,
                    column=name,
                    hint="Rename one of them.",
                )
    for keyword, code, given in (
        ("id", "E_NOID", columns.id),
        ("models", "E_NOMODEL", columns.models),
    ):
        if not given:
            raise ScoreError(
                code,
                f"a data frame must be read with {keyword} named, got none",
                file=FRAME,
                hint=f"Name the columns in {keyword}.",
            )


def _quoted(name: str) -> str:
    """A column name, quoted so that Spark does not read dots and brackets as a path."""
    return "`" + name.replace("`", "``") + "`"


def _thresholds_like(like: Tally, models: Sequence[str], scale: Scale) -> Iterator[Any]:
    if set(models) != set(like.models) or scale != like.scale:
        raise ScoreError(
            "E_ADD",
            "rows to be counted like a tally must have its models and its scale, got "
            f"{', '.join(models[:6])} on the {scale} scale",
            file=FRAME,
            hint=f"The tally has {', '.join(like.models[:6])} on the {like.scale} scale.",
        )
    return (like.finite_thresholds(like.index(model)) for model in models)


def _outcome(
    frame: DataFrame,
    work: Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]],
    adders: int,
) -> Total:
    """Combined result of all partitions, added by ``adders`` tasks and then by a few."""
    from pyspark.sql import functions as f

    partial_tallies = frame.mapInArrow(work, SCHEMA)
    for tasks in dict.fromkeys([adders, min(adders, AT_DRIVER)]):
        partial_tallies = partial_tallies.repartition(tasks, f.col("part") % tasks).mapInArrow(
            add_up, SCHEMA
        )
    total = Total()
    for row in partial_tallies.collect():
        total.take(row["kind"], bytes(row["data"]))
    if total.refused:
        raise ScoreError.of(sorted(total.refused, key=str)[:1])
    return total


def _refuse_labels(total: Total, reading: FrameReading) -> None:
    """Raise unless the label values of all partitions together are two classes."""
    if not total.levels:
        raise ScoreError("E_NOROWS", f"{FRAME} must hold rows, got 0", file=FRAME)
    labels = LabelMap(Location(Partition((), reading), reading.columns.label), reading.positive)
    labels.take(total.levels)
    labels.refuse_unknown(complete=True)


def _refuse_repeated_ids(frame: DataFrame, reading: FrameReading) -> None:
    """Raise for ids that occur twice, in any partitions."""
    from pyspark.sql import functions as f

    keys = [f"c{reading.names.index(name)}" for name in reading.columns.id]
    repeated = frame.groupBy(*keys).agg(f.count(f.lit(1)).alias("rows")).where("rows > 1").limit(1)
    for row in repeated.collect():
        *parts, times = row
        text = "|".join(str(part) for part in parts)
        raise ScoreError(
            "E_DUPID",
            f"ids must differ, got {text!r} in {times:,} rows",
            file=FRAME,
            column=reading.columns.id[0],
            value=text,
            hint="Keep one row per unit, or name all columns that together are the id.",
        )
