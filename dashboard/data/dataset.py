"""Data that is open: score files, or a tally of some."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.data.pictures import Pictures
from dashboard.data.tally_cache import TallyCache
from dashboard.data.uploads.metadata import Entry, with_own_names
from metrics import Problem, Scenario, Scores, TallyFile
from metrics.io.column_uses import ColumnUse
from metrics.scenario.models_csv import OtherColumns


@dataclass(frozen=True)
class Dataset:
    """Opened score files, or a tally of some, and the scenario they came with.

    Attributes
    ----------
    fingerprint : str
    title : str
        What the page calls the data.
    files : tuple of str
        Names of the files as they were given.
    scores : Scores or TallyFile
    scenario : Scenario
        Where nothing else was chosen.
    max_thresholds : int
    origin : {"sample", "command line", "upload"}
    entry : Entry or None
        What is kept of an upload besides its rows.
    kept : TallyCache or None
        Where its tally is kept for the next start; an upload's goes with the upload.
    of_models : OtherColumns
        What a models file says of the models besides what their workers take and cost.
    pictures : Pictures or None
        Of the units, by their ids.
    picture_column : str or None
        Whose texts name the pictures instead of the ids.
    """

    fingerprint: str
    title: str
    files: tuple[str, ...]
    scores: Scores | TallyFile
    scenario: Scenario
    max_thresholds: int
    origin: str
    entry: Entry | None = None
    kept: TallyCache | None = None
    of_models: OtherColumns = ()
    pictures: Pictures | None = None
    picture_column: str | None = None

    @property
    def is_tally(self) -> bool:
        """Whether its rows are not here, only their counts."""
        return isinstance(self.scores, TallyFile)

    @property
    def names_kinds(self) -> bool:
        """Whether its rows say of which kind a defect is."""
        return (
            not isinstance(self.scores, TallyFile) and self.scores.columns.defect_type is not None
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings of the gate, with files by their names alone; complete once it has been tallied."""
        if self.entry is not None:
            return self.entry.named.problems
        return tuple(dict.fromkeys(with_own_names(self.scores.problems, self.files)))

    @property
    def column_uses(self) -> tuple[ColumnUse, ...]:
        """What each column was taken for, by its name in the files that were opened."""
        # The kept file has canonical names; what matters is what they were in the upload.
        return self.scores.uses if self.entry is None else self.entry.uses

    def countable(self, scenario: Scenario) -> tuple[Scenario, int]:
        """The scenario with today's system at a threshold that can be counted here.

        Returns
        -------
        scenario : Scenario
            The same wherever there are rows to be counted; without prices by kind where they name none.
        units : int
            How many units may fall otherwise than at the threshold that was asked for.
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
        """Whether a model is there and can be counted exactly at a threshold."""
        if model not in self.scores.models:
            return False
        scores = self.scores
        return not isinstance(scores, TallyFile) or scores.tally.is_exact(
            scores.tally.index(model), threshold
        )
