"""The candidate models of the sample: the input and the training of each.

All models have the same random state, so they differ only by design. `sample_data/README.md` describes the
effects of each design.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sample_data.features import BROAD
from sample_data.marks import Floats
from sample_data.pictures import Pictures

Labels = npt.NDArray[np.int8]

STATE = 0
"""Random state of all models."""

TODAY = "contrast_rule"
RULE_LIMIT = 6.7
"""Contrast from which the current rule flags a unit, in grey levels. It was chosen cautiously."""

RULE_SOFTNESS = 1.5
"""Increase of the contrast, in grey levels, that raises the rule's score from 0.5 to 0.73."""


class Part(NamedTuple):
    """Units with known labels."""

    pictures: Pictures
    labels: Labels


class Model(Protocol):
    """A model that is trained on one part, calibrated on another, and then scores images."""

    def fit(self, training: Part, everyday: Part) -> None:
        """Train on `training`, which has many defects; `everyday` has the usual defect rate."""

    def score(self, pictures: Pictures) -> Floats:
        """Return one score in [0, 1] per unit; more means more likely a defect."""


class ContrastRule:
    """The current system: compares the contrast of a unit with a fixed limit, without training."""

    def fit(self, training: Part, everyday: Part) -> None:
        """Do nothing, because the rule is fixed."""

    def score(self, pictures: Pictures) -> Floats:
        """Convert the contrast to a score, which is 0.5 at the rule's limit."""
        return 1 / (1 + np.exp(-(pictures.contrast - RULE_LIMIT) / RULE_SOFTNESS))


class Learner:
    """A scikit-learn classifier on one kind of features of the images.

    Parameters
    ----------
    classifier : estimator
        With ``fit`` and ``predict_proba``. With calibration, ``decision_function`` is sufficient.
    read : callable
        From `Pictures` to an array of shape (units, columns).
    calibrate : str, optional
        ``"sigmoid"`` or ``"isotonic"``: turn the scores into probabilities on everyday units.
    """

    def __init__(
        self, classifier: Any, read: Callable[[Pictures], Floats], *, calibrate: str | None = None
    ) -> None:
        self._classifier = classifier
        self._read = read
        self._calibrate = calibrate

    def fit(self, training: Part, everyday: Part) -> None:
        """Fit the classifier, and then its calibration if requested."""
        self._classifier.fit(self._read(training.pictures), training.labels)
        if self._calibrate is not None:
            fixed = FrozenEstimator(self._classifier)
            self._classifier = CalibratedClassifierCV(fixed, method=self._calibrate)
            self._classifier.fit(self._read(everyday.pictures), everyday.labels)

    def score(self, pictures: Pictures) -> Floats:
        """Return the classifier's probability of a defect."""
        return np.asarray(self._classifier.predict_proba(self._read(pictures))[:, 1])


class TurnedPixels(Learner):
    """A learner on pixels that is trained on all eight rotations and reflections of every image."""

    def fit(self, training: Part, everyday: Part) -> None:
        """Fit on eight versions of every training image, because a fault may be anywhere around the bore."""
        del everyday
        pixels = training.pictures.pooled
        turns = [np.rot90(pixels, k, axes=(1, 2)) for k in range(4)]
        views = np.concatenate([*turns, *(turn[:, :, ::-1] for turn in turns)])
        with warnings.catch_warnings():
            # Ten passes are intended, but scikit-learn warns that the fit has not converged.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._classifier.fit(views.reshape(len(views), -1), np.tile(training.labels, 8))


class TwoStage:
    """A quick classifier for every unit, and a slow classifier for the doubtful units only.

    All units that pass the quick classifier have the same low score. Faults that are too faint for the quick
    classifier are therefore missed at any useful threshold.

    Parameters
    ----------
    quick, slow : estimator
        The two classifiers.
    keep : float
        Share of the training part's defects that the quick classifier must call doubtful.
    """

    def __init__(self, quick: Any, slow: Any, *, keep: float) -> None:
        self._quick, self._slow, self._keep = quick, slow, keep
        self._limit = self._passed = np.nan

    def fit(self, training: Part, everyday: Part) -> None:
        """Fit the quick classifier on all units, and the slow classifier on the doubtful units."""
        del everyday
        pictures, labels = training
        self._quick.fit(_fine_broad(pictures), labels)
        first = self._quick.predict_proba(_fine_broad(pictures))[:, 1]
        self._limit = float(np.quantile(first[labels == 1], 1 - self._keep))
        doubtful = np.flatnonzero(first >= self._limit)
        self._slow.fit(self._second_look(pictures, doubtful), labels[doubtful])
        self._passed = float(labels[first < self._limit].mean())

    def score(self, pictures: Pictures) -> Floats:
        """Return the slow classifier's probability, or the common low score of the units that passed."""
        first = self._quick.predict_proba(_fine_broad(pictures))[:, 1]
        doubtful = np.flatnonzero(first >= self._limit)
        scores = np.full(len(pictures), self._passed)
        if len(doubtful):
            second = self._slow.predict_proba(self._second_look(pictures, doubtful))[:, 1]
            scores[doubtful] = second
        return scores

    @staticmethod
    def _second_look(pictures: Pictures, rows: npt.NDArray[np.intp]) -> Floats:
        return np.hstack([_everything(pictures)[rows], pictures.filters(rows)])


def _everything(pictures: Pictures) -> Floats:
    return pictures.table("fine", "broad", "plain")


def _fine_broad(pictures: Pictures) -> Floats:
    return pictures.table("fine", "broad")


def _fine_plain(pictures: Pictures) -> Floats:
    return pictures.table("fine", "plain")


def _broad_measures(pictures: Pictures) -> Floats:
    # An area in pixels is 0 for most units, so bins cannot hold equal shares of the units.
    return np.delete(pictures.table("broad"), BROAD.index("patch_dark_area"), axis=1)


def _pixels(pictures: Pictures) -> Floats:
    return pictures.pooled.reshape(len(pictures), -1)


def designs() -> dict[str, Model]:
    """Return the untrained models by name, the current system first."""
    return {
        TODAY: ContrastRule(),
        "small_tree": Learner(
            DecisionTreeClassifier(max_depth=4, min_samples_leaf=25, random_state=STATE),
            _fine_broad,
        ),
        "naive_bayes": Learner(
            make_pipeline(
                KBinsDiscretizer(
                    20,
                    encode="onehot-dense",
                    strategy="quantile",
                    quantile_method="averaged_inverted_cdf",
                ),
                BernoulliNB(),
            ),
            _broad_measures,
        ),
        "logistic_regression": Learner(
            make_pipeline(
                StandardScaler(), LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-8)
            ),
            _everything,
        ),
        "nearest_neighbours": Learner(
            make_pipeline(
                StandardScaler(),
                PCA(12, svd_solver="full"),
                KNeighborsClassifier(25, algorithm="brute"),
            ),
            _fine_broad,
        ),
        "mlp_pixels": TurnedPixels(
            make_pipeline(
                StandardScaler(),
                MLPClassifier((48,), alpha=1.0, batch_size=256, max_iter=10, random_state=STATE),
            ),
            _pixels,
        ),
        "calibrated_svm": Learner(
            make_pipeline(StandardScaler(), SVC(C=1.0, gamma="scale", tol=1e-5)),
            _fine_broad,
            calibrate="sigmoid",
        ),
        "random_forest": Learner(
            RandomForestClassifier(200, max_features="sqrt", random_state=STATE), _fine_plain
        ),
        "class_weighted_trees": Learner(
            ExtraTreesClassifier(
                300,
                max_features=0.5,
                min_samples_leaf=3,
                class_weight={0: 1, 1: 20},
                random_state=STATE,
            ),
            _everything,
        ),
        "gradient_boosting": Learner(
            HistGradientBoostingClassifier(
                max_iter=100, learning_rate=0.1, early_stopping=False, random_state=STATE
            ),
            _everything,
        ),
        "two_stage_boosting": TwoStage(
            HistGradientBoostingClassifier(
                max_iter=60, max_depth=3, early_stopping=False, random_state=STATE
            ),
            HistGradientBoostingClassifier(
                max_iter=200, learning_rate=0.06, early_stopping=False, random_state=STATE
            ),
            keep=0.9,
        ),
    }
