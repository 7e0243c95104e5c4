"""What the server remembers between runs; the only file with streamlit's caches.

Keys are digests, numbers and short texts, never frames or arrays: Streamlit hashes only a sample of a
large frame.

Under which keys cached functions remember something of data, so that all of it can be dropped alone.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from dashboard.data.library import Dataset
from dashboard.data.tally_job import TURNS, Counting
from dashboard.page.evaluated import Evaluated as Evaluated
from dashboard.page.evaluated import as_text, evaluated_under
from metrics import Scenario, Tally, TallyFile, scenario_from, tally_scores
from metrics.evaluation.confusion import Curve, curve
from metrics.inference.summary import Uncertainty

T = TypeVar("T")


_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")


class Remembered:
    """The keys that each cached function was asked for last.

    Parameters
    ----------
    most : int
        Keys of one function that are known; at least as many as its cache has entries.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: dict[Callable[..., Any], OrderedDict[tuple[str, ...], None]] = {}
        self._lock = threading.Lock()

    def ask(self, cached: Callable[..., T], key: tuple[str, ...], *rest: Any) -> T:
        """Call a cached function, and note under which key it remembers its answer.

        Parameters
        ----------
        cached : callable
            Has a method ``clear`` that takes a key.
        key : tuple of str
            Its first arguments, and all that it is remembered by; data is named by its fingerprint.
        *rest
            Its other arguments.
        """
        with self._lock:
            known = self._keys.setdefault(cached, OrderedDict())
            known[key] = None
            known.move_to_end(key)
            while len(known) > self._most:
                known.popitem(last=False)
        return cached(*key, *rest)

    def forget(self, fingerprint: str) -> None:
        """Drop every entry whose key names the data."""
        with self._lock:
            found = [
                (cached, key)
                for cached, known in self._keys.items()
                for key in known
                if names(fingerprint, *key)
            ]
            for cached, key in found:
                del self._keys[cached][key]
        for cached, key in found:
            cached.clear(*key)  # type: ignore[attr-defined]


def names(fingerprint: str, *key: str) -> bool:
    """Whether a key names the data."""
    return any(fingerprint in _FINGERPRINT.findall(part) for part in key)


MOST = 64


"""Entries that any of the caches of one data set's figures may have."""


_REMEMBERED = Remembered(MOST)


@st.cache_resource(show_spinner=False, max_entries=4)
def _counted(fingerprint: str, _dataset: Dataset) -> Counting:
    return Counting(_dataset)


def _counting(dataset: Dataset) -> Counting:
    return _REMEMBERED.ask(_counted, (dataset.fingerprint,), dataset)


def is_counted(dataset: Dataset) -> bool:
    """Wait until a data set is counted; False where it cannot be, which is left for a reader to be told."""
    counting = _counting(dataset)
    counting.wait(None)
    return counting.succeeded


def tally(fingerprint: str, dataset: Dataset) -> Tally:
    """Tally of a data set; the threshold of the scenario that it came with is among its thresholds.

    Raises
    ------
    ScoreError
        Where the gate refuses the rows.
    """
    counting = _counting(dataset)
    counting.wait(None)
    return _result(counting, fingerprint)


def _result(counting: Counting, fingerprint: str) -> Tally:
    """What came of it; where nothing did, whoever asks next has it counted anew."""
    try:
        return counting.result
    except Exception:
        _counted.clear(fingerprint)
        raise


@st.cache_resource(show_spinner=False, max_entries=4)
def _curves(fingerprint: str, _counted: Tally) -> tuple[Curve, ...]:
    return tuple(curve(_counted, m) for m in range(len(_counted.models)))


@st.cache_resource(show_spinner="Counting at these thresholds …", max_entries=MOST)
def _apart(fingerprint: str, thresholds: str, _dataset: Dataset) -> Tally:
    """Tally at thresholds (JSON) that are none of the tally's: one more pass over the rows."""
    assert not isinstance(_dataset.scores, TallyFile)
    alone = [np.array(json.loads(thresholds), np.float64)] * len(_dataset.scores.models)
    with TURNS:
        return tally_scores(_dataset.scores, thresholds=alone)


def _counted_apart(dataset: Dataset, thresholds: list[float]) -> Tally:
    return _REMEMBERED.ask(_apart, (dataset.fingerprint, json.dumps(thresholds)), dataset)


def _today(dataset: Dataset, scenario: Scenario, counted: Tally) -> Tally | None:
    """Tally of today's system where the tally cannot count it exactly; None where it can."""
    today = scenario.today
    if today is None or today.model not in counted.models:
        return None
    if counted.is_exact(counted.index(today.model), today.threshold):
        return None
    if isinstance(dataset.scores, TallyFile):
        return dataset.scores.at([(today.model, today.threshold)])  # which says that it cannot
    return _counted_apart(dataset, [today.threshold])


def counted_at(dataset: Dataset, points: Sequence[tuple[str, float]]) -> Tally | None:
    """Tally of a data set at operating points of other data; None where its own counts them exactly.

    Parameters
    ----------
    points : sequence of (model, threshold)
        Finite thresholds.

    Raises
    ------
    ScoreError
        Where there are no rows to count and the tally at hand is not exact there.
    """
    counted = tally(dataset.fingerprint, dataset)
    if all(counted.is_exact(counted.index(model), threshold) for model, threshold in points):
        return None
    if isinstance(dataset.scores, TallyFile):
        return dataset.scores.at(points)
    return _counted_apart(dataset, sorted({threshold for _, threshold in points}))


@st.cache_resource(show_spinner=False, max_entries=6)
def _evaluated(
    fingerprint: str,
    scenario: str,
    _counted: Tally,
    _shapes: tuple[Curve, ...],
    _now: Tally | None,
) -> Evaluated:
    return evaluated_under(_counted, scenario_from(json.loads(scenario)), _shapes, _now)


def evaluated(dataset: Dataset, scenario: Scenario) -> Evaluated:
    """Operating points of a data set under a scenario.

    Raises
    ------
    ScoreError
        Where the scenario does not fit the data.
    """
    counted = tally(dataset.fingerprint, dataset)
    return _REMEMBERED.ask(
        _evaluated,
        (dataset.fingerprint, as_text(scenario)),
        counted,
        _REMEMBERED.ask(_curves, (dataset.fingerprint,), counted),
        _today(dataset, scenario, counted),
    )


@st.cache_resource(show_spinner=False, max_entries=MOST)
def _drawn(what: str, key: str, _make: Callable[[], Any]) -> Any:
    return _make()


def drawn(what: str, key: str, make: Callable[[], Any]) -> Any:
    """What is drawn of a page, made once for everything that it follows from.

    Parameters
    ----------
    what : str
        Its name.
    key : str
        All that it follows from, as text; data by its fingerprint.
    make : callable
    """
    return _REMEMBERED.ask(_drawn, (what, key), make)


@st.cache_resource(show_spinner=False)
def _resampled() -> OrderedDict[str, Uncertainty]:
    """What was resampled last, by all that it follows from."""
    return OrderedDict()


KEPT_RESAMPLED = 6


def resampled(key: str) -> Uncertainty | None:
    """What resampling said, where it has been done; a page does not wait for it."""
    return _resampled().get(key)


def resample(key: str, make: Callable[[], Uncertainty]) -> None:
    """Resample, and keep the answer under the text of all that it follows from."""
    kept = _resampled()
    kept[key] = make()
    while len(kept) > KEPT_RESAMPLED:
        kept.popitem(last=False)


def forget(fingerprint: str) -> None:
    """Drop what is remembered of data that is gone, and nothing of other data."""
    _REMEMBERED.forget(fingerprint)
    kept = _resampled()
    for key in [key for key in kept if names(fingerprint, key)]:
        kept.pop(key, None)
