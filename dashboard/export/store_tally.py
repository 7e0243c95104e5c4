"""Storage of the tally of a decision, from which its figures can be computed again."""

from __future__ import annotations

import io
import platform
from importlib import metadata

from dashboard.analysis import counts
from dashboard.data.dataset import Dataset
from dashboard.decisions.decision import TallyRecord
from dashboard.decisions.stored_tallies import StoredTallies
from metrics import ScoreError, save_tally

_LIBRARIES = ("numpy", "pandas", "scipy", "pyarrow", "numba")


def store_tally(dataset: Dataset, tallies: StoredTallies) -> TallyRecord | None:
    """Store the tally of a data set for a decision; `None` if it is too large for a tally file.

    Raises
    ------
    ScoreError
        If the tally cannot be stored.
    """
    content = io.BytesIO()
    try:
        save_tally(counts.whole_tally(dataset), content)
    except ScoreError as error:
        if error.code != "E_SIZE":
            raise
        return None
    libraries = {"python": platform.python_version()}
    libraries |= {name: metadata.version(name) for name in _LIBRARIES}
    return TallyRecord(tallies.put(content.getvalue()), libraries)
