"""A scikit-learn classifier with two thresholds: a person inspects the units between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted


class ReviewBandClassifier(MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]
    """Ship, inspect or reject a unit by the score of a classifier.

    Parameters
    ----------
    estimator : classifier
        A classifier with ``predict_proba`` or ``decision_function``. Pass a fitted one as
        ``sklearn.frozen.FrozenEstimator(fitted)``.
    ship_below : float
        A unit is shipped if its score is below this threshold.
    reject_from : float
        A unit is rejected if its score is at or above this threshold; between both a person inspects it.
    pos_label : label, optional
        Label of a defect; by default the last of the classes.
    response_method : {"predict_proba", "decision_function"}
        Method that computes the score.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.
    classes_ : ndarray
        Its class labels.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    >>> band = ReviewBandClassifier(LogisticRegression(), ship_below=0.3, reject_from=0.7)
    >>> band.fit(X, y).predict([[0.0], [1.5], [3.0]]).tolist()
    [0, 1, 2]
    """

    SHIP, INSPECT, REJECT = 0, 1, 2

    def __init__(
        self,
        estimator: Any,
        *,
        ship_below: float = 0.25,
        reject_from: float = 0.75,
        pos_label: Any = None,
        response_method: str = "predict_proba",
    ) -> None:
        self.estimator = estimator
        self.ship_below = ship_below
        self.reject_from = reject_from
        self.pos_label = pos_label
        self.response_method = response_method

    def fit(self, X: Any, y: Any, **fit_params: Any) -> ReviewBandClassifier:
        """Fit the classifier; the thresholds are not changed.

        Parameters
        ----------
        X, y : array_like
        **fit_params
            Further arguments for the classifier's ``fit``.

        Raises
        ------
        ValueError
            If ``ship_below`` is above ``reject_from``, or if ``pos_label`` is not one of the labels.
        """
        if not self.ship_below <= self.reject_from:
            raise ValueError(
                f"ship_below must be at most reject_from, got {self.ship_below} and {self.reject_from}"
            )
        self.estimator_ = clone(self.estimator).fit(X, y, **fit_params)
        self.classes_ = self.estimator_.classes_
        if self.pos_label is not None and self.pos_label not in self.classes_.tolist():
            raise ValueError(f"pos_label must be one of the labels, got {self.pos_label!r}")
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        return self

    def score_samples(self, X: Any) -> Any:
        """Score of each unit, to which the thresholds apply, shape (n,)."""
        check_is_fitted(self)
        scores = np.asarray(getattr(self.estimator_, self.response_method)(X))
        labels = self.classes_.tolist()
        column = labels.index(self.pos_label) if self.pos_label is not None else len(labels) - 1
        if scores.ndim == 2:
            return scores[:, column]
        return scores if column else -scores  # a decision function scores the second class

    def predict(self, X: Any) -> Any:
        """Decision for each unit: `SHIP`, `INSPECT` or `REJECT`, which are 0, 1 and 2."""
        scores = self.score_samples(X)
        return np.where(
            scores >= self.reject_from,
            self.REJECT,
            np.where(scores < self.ship_below, self.SHIP, self.INSPECT),
        )

    def __sklearn_tags__(self) -> Any:
        """Tags for scikit-learn: the classifier's input tags, and class labels as output."""
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator).input_tags
        tags.input_tags.sparse, tags.input_tags.allow_nan = inner.sparse, inner.allow_nan
        tags.target_tags.required = True
        return tags
