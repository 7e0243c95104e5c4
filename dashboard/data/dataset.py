"""Opened data sets: score files or a tally, with title, scenario and pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.data.pictures import Pictures
from dashboard.data.tally_cache import TallyCache
from dashboard.data.uploads.file_names import with_own_names
from dashboard.data.uploads.metadata import Entry
from metrics import Problem, Scenario, Scores, TallyFile
from metrics.io.audit_sample import WEIGHT
from metrics.io.column_uses import ColumnUse
from metrics.io.read_options import LabelsFrom
from metrics.scenario.models_csv import OtherColumns


@dataclass(frozen=True)
class Dataset:
    """Opened score files or a tally, and the scenario of their command line.

    Attributes
    ----------
    title : str
        Name of the data on the page.
    files : tuple of str
        Names of the files, as on the command line or in the upload.
    scenario : Scenario
        Scenario with which the page starts.
    origin : {"sample", "command line", "upload"}
    entry : Entry or None
        Description of an upload; `None` for data of the command line.
    tally_cache : TallyCache or None
        Cache of tallies for the next start; `None` for an upload, whose tally is deleted with it.
    of_models : OtherColumns
        Columns of a models file, except for those on capacity and cost of the workers.
    pictures : Pictures or None
        Pictures of the units by their ids.
    picture_column : str or None
        Column whose texts name the pictures; `None` if the ids name them.
    """

    fingerprint: str
    title: str
    files: tuple[str, ...]
    scores: Scores | TallyFile
    scenario: Scenario
    max_thresholds: int
    origin: str
    entry: Entry | None = None
    tally_cache: TallyCache | None = None
    of_models: OtherColumns = ()
    pictures: Pictures | None = None
    picture_column: str | None = None

    @property
    def is_tally(self) -> bool:
        """True if the data is a tally: counts without rows."""
        return isinstance(self.scores, TallyFile)

    @property
    def names_kinds(self) -> bool:
        """True if the rows name the type of each defect."""
        return (
            not isinstance(self.scores, TallyFile) and self.scores.columns.defect_type is not None
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings about the files, without their folders; complete once the data has been tallied."""
        if self.entry is not None:
            return self.entry.named.problems
        return tuple(dict.fromkeys(with_own_names(self.scores.problems, self.files)))

    @property
    def column_uses(self) -> tuple[ColumnUse, ...]:
        """Role of each column, by its name in the opened files."""
        # The stored file has canonical names. The reader knows the names in the upload.
        return self.scores.uses if self.entry is None else self.entry.uses

    @property
    def digest(self) -> str:
        """Digest of the files' bytes, independent of the reading options; empty for a tally."""
        if self.entry is not None:
            return self.entry.given
        return "" if isinstance(self.scores, TallyFile) else self.scores.digest

    @property
    def labels_from(self) -> LabelsFrom:
        """Units whose label was checked: "audit" if the data was opened as an audit sample."""
        columns, entry = self.scores.columns, self.entry
        weight = columns.weight if entry is None else entry.columns.get("weight")
        return "audit" if weight == WEIGHT else "all"

    def countable(self, scenario: Scenario) -> tuple[Scenario, int]:
        """Scenario with the current system at a threshold that this data can count.

        Returns
        -------
        scenario : Scenario
            Unchanged if the data has rows. Prices by defect type are left out if the rows name no types.
        units : int
            Number of units whose classification may differ from that at the requested threshold.
        """
        if scenario.miss_cost_by_type and not self.names_kinds:
            scenario = replace(scenario, miss_cost_by_type=None)
        today, scores = scenario.today, self.scores
        if today is None or not isinstance(scores, TallyFile) or today.model not in scores.models:
            return scenario, 0
        if self.counts_at(today.model, today.threshold):
            return scenario, 0
        threshold, units = scores.nearest(today.model, today.threshold)
        return replace(scenario, today=replace(today, threshold=threshold)), units

    def counts_at(self, model: str, threshold: float) -> bool:
        """True if the data has the model and can count it exactly at the threshold."""
        if model not in self.scores.models:
            return False
        scores = self.scores
        return not isinstance(scores, TallyFile) or scores.tally.is_exact(
            scores.tally.index(model), threshold
        )
