"""A decision, and what it was chosen from, as files for those who go on with it."""

from __future__ import annotations

import inspect
import io
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w

from dashboard.decisions.decision import (
    VERDICTS,
    Certificate,
    Decision,
    Figure,
    Recorded,
    Spot,
    StakeholderRecord,
)
from dashboard.decisions.facts import DecisionFacts
from dashboard.words.decision import rule_of
from metrics import ReviewBandClassifier
from metrics.errors import DIRECTION_MARKS, LINE_ENDS, TURNS

FORMULA = re.compile(r"^[\s\"']*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""Text that a spreadsheet would reckon instead of show, full-width signs included."""
_TURNS = re.compile(f"[{DIRECTION_MARKS}{LINE_ENDS}{TURNS}\x7f-\x9f]")
"""What makes a text read otherwise than it is."""


def _recorded(f: DecisionFacts) -> Recorded:
    """Place in the register, which these files need."""
    assert f.recorded is not None
    return f.recorded


def decision_json(f: DecisionFacts) -> str:
    """All of a recorded decision, with which `common-ground verify --report` can find it again."""
    return json.dumps(_recorded(f).as_dict(), indent=2, ensure_ascii=True) + "\n"


def decision_toml(f: DecisionFacts, address: str = "") -> str:
    """A recorded decision for engineers: which model at which threshold, on which data, and what was said.

    Parameters
    ----------
    address : str
        Where the app is, for its link.
    """
    d, recorded = f.decision, _recorded(f)
    document = {
        "decision": {
            "number": recorded.number,
            "hash": recorded.hash,
            "recorded": d.at,
            "supersedes": d.supersedes,
            "why": d.why,
            "objections": d.objections or None,
            "link": f"{address}?{d.query}",
        },
        "ship": {
            **_spot(d.chosen),
            "rule": rule_of(d.chosen),
            "scores": d.data.scale,
        },
        "figures": _figures(d.figures),
        "counts": d.counts,
        "limits": _limits(d.certificate),
        "today": _spot(d.today),
        "unit": [{"id": note.unit, "note": note.words} for note in d.unit_notes] or None,
        "seat": [_stakeholder(stakeholder) for stakeholder in d.stakeholders],
        "verdict": {"sentences": list(d.verdict), "details": list(d.details) or None},
        "data": {
            "fingerprint": d.data.fingerprint,
            "title": d.data.title,
            "files": list(d.data.files),
            "rows": d.data.rows,
            "defects": d.data.defects,
            "held_out": d.data.held_out,
            "models": list(d.data.models),
        },
        "scenario": d.scenario,
        "app": {"version": d.version, "seed": d.seed},
    }
    text = tomli_w.dumps(_without_none(document))
    # Every string is on one line in quotes, where such an escape is the sign itself.
    return _TURNS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _limits(certificate: Certificate | None) -> dict[str, Any] | None:
    """How the limits stood: each by itself, and all together."""
    if certificate is None:
        return None
    return {
        "confidence": certificate.confidence,
        "models": certificate.models,
        "together": certificate.together,
        "limit": [
            {"objective": limit.objective, "asks": limit.words, "standing": limit.standing}
            for limit in certificate.limits
        ],
    }


def _spot(spot: Spot) -> dict[str, Any]:
    return {"model": spot.model, "ship_below": spot.ship_below, "threshold": spot.threshold}


def _figures(figures: tuple[Figure, ...]) -> dict[str, Any]:
    """Figures with their intervals; what is undefined is left out."""
    return {
        f.id: {
            "value": f.value,
            "expected": f.expected,
            "low": _known(f.low),
            "high": _known(f.high),
            "unit": f.unit,
        }
        for f in figures
        if not np.isnan(f.value)
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _stakeholder(stakeholder: StakeholderRecord) -> dict[str, Any]:
    return {
        "seat": stakeholder.title,
        "name": stakeholder.name,
        "name_verified": False,
        "wish": stakeholder.wish,
        "verdict": VERDICTS.get(stakeholder.verdict),
        "words": stakeholder.words or None,
        "cost": stakeholder.cost or None,
        "pick": None if stakeholder.pick is None else _spot(stakeholder.pick),
    }


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(v) for key, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_none(v) for v in value if v is not None]
    return value


_RESPONSE = {
    "probability": "predict_proba",
    "percent": "predict_proba",
    "logit": "decision_function",
    "rank": "decision_function",
}


def snippet(f: DecisionFacts) -> str:
    """Python that ships the chosen model at the chosen threshold with scikit-learn."""
    d, recorded = f.decision, _recorded(f)
    if d.chosen.model is None:
        return "# Decided: ship every unit. There is no model to set a threshold on.\n"
    scale, threshold = d.data.scale, _python(d.chosen.threshold)
    note = ""
    if scale == "percent":
        threshold = f"{threshold} / 100"
        note = "# Scores were per cent; scikit-learn's are 0 to 1: check units that lie at the threshold.\n"
    elif scale == "rank":
        note = "# Scores were a ranking: the estimator must give the same scores, not only the same order.\n"
    if d.chosen.ship_below is not None:
        return _band_snippet(recorded, note, threshold, per_cent=scale == "percent")
    return f'''"""Decision {recorded.number} of {ascii_of(d.at)}, {recorded.hash}."""

from sklearn.model_selection import FixedThresholdClassifier

MODEL = {d.chosen.model!a}
# A unit is flagged where its score is at or above the threshold, as scikit-learn does.
{note}THRESHOLD = {threshold}


def shipped(fitted, defective=1):
    """The fitted estimator behind MODEL, deciding at the threshold that was agreed on."""
    return FixedThresholdClassifier(
        fitted,
        threshold=THRESHOLD,
        pos_label=defective,
        response_method="{_RESPONSE[scale]}",
    )


# from sklearn.frozen import FrozenEstimator
# shipped(FrozenEstimator(fitted)).fit(X, y).predict(X_new)
'''


def _band_snippet(recorded: Recorded, note: str, threshold: str, *, per_cent: bool) -> str:
    """Python that ships, inspects or rejects with scikit-learn alone: the class goes along."""
    d = recorded.decision
    assert d.chosen.ship_below is not None
    below = _python(d.chosen.ship_below) + (" / 100" if per_cent else "")
    source = inspect.getsource(ReviewBandClassifier)
    return f'''"""Decision {recorded.number} of {ascii_of(d.at)}, {recorded.hash}."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

MODEL = {d.chosen.model!a}
# A unit is shipped below the first, rejected at or above the second, else inspected.
{note}SHIP_BELOW = {below}
REJECT_FROM = {threshold}


{source}

def shipped(fitted, defective=1):
    """The fitted estimator behind MODEL, deciding at the two thresholds that were agreed on."""
    return ReviewBandClassifier(
        fitted,
        ship_below=SHIP_BELOW,
        reject_from=REJECT_FROM,
        pos_label=defective,
        response_method="{_RESPONSE[d.data.scale]}",
    )


# from sklearn.frozen import FrozenEstimator
# shipped(FrozenEstimator(fitted)).fit(X, y).predict(X_new)  # 0 ships, 1 is for an inspector, 2 is rejected
'''


def _python(value: float) -> str:
    return repr(value) if np.isfinite(value) else f'float("{value}")'


def ascii_of(text: str) -> str:
    """A text inside a program's own text: nothing in it ends that."""
    return re.sub(r"[^0-9A-Za-z:.\-]", "", text)


def points_csv(points: pd.DataFrame) -> bytes:
    """Operating points as CSV; no cell and no heading is a formula to a spreadsheet.

    Notes
    -----
    A text that would be one gets an apostrophe before it; numbers stay numbers.
    """
    out = points.copy()
    for name in out.columns:
        if not pd.api.types.is_numeric_dtype(out[name]):
            out[name] = [harmless(value) for value in out[name]]
    out.columns = pd.Index([harmless(name) for name in out.columns])
    return out.to_csv(index=False, lineterminator="\r\n").encode()


def harmless(value: object) -> str:
    """A text that a spreadsheet shows as it is."""
    text = str(value)
    return f"'{text}" if FORMULA.match(text) else text


def points_parquet(points: pd.DataFrame, decision: Decision | None = None) -> bytes:
    """Operating points as Parquet, names and figures as they are.

    Parameters
    ----------
    decision : Decision, optional
        Whose data and scenario go into the file's description.
    """
    table = pa.Table.from_pandas(points, preserve_index=False)
    if decision is not None:
        about = {"fingerprint": decision.data.fingerprint, "basis": decision.basis}
        own = {key.encode(): value.encode() for key, value in about.items()}
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), **own})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()
