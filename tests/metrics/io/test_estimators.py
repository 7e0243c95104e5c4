"""Tests of fitted classifiers as a source of scores, against their own predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from metrics import ScoreError, open_scores, tally_scores
from tests.metrics.opening import error_of

X, Y = make_classification(300, 6, weights=[0.8], random_state=0)
TRAIN, TEST = slice(0, 200), slice(200, 300)


class Decides:
    """Estimator that only has decisions."""

    classes_ = np.array([0, 1])

    def predict(self, X):
        return (np.asarray(X)[:, 0] > 0).astype(int)


def fit(estimator, y=Y):
    return estimator.fit(X[TRAIN], y[TRAIN])


def opened(models, y=Y, **options):
    return open_scores(models, X=X[TEST], y=y[TEST], **options).check()


def columns(scores):
    (batch,) = scores.batches()
    models = batch.columns[-len(scores.models) :]
    return {name: own.to_numpy() for name, own in zip(scores.models, models, strict=True)}


def test_probabilities_are_those_of_the_positive_class():
    models = {
        "forest": fit(RandomForestClassifier(20, random_state=0)),
        "pipeline": fit(make_pipeline(StandardScaler(), LogisticRegression())),
        "calibrated": fit(CalibratedClassifierCV(LinearSVC(), cv=3)),
        "search": fit(GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]})),
    }
    scores = opened(models, rows="held-out")
    assert (scores.models, scores.scale, scores.held_out) == (
        tuple(models),
        "probability",
        "held-out",
    )
    for name, values in columns(scores).items():
        assert (values == models[name].predict_proba(X[TEST])[:, 1]).all()
    (batch,) = scores.batches()
    assert (batch.column(1).to_numpy() == Y[TEST]).all()
    assert (scores.rows, scores.columns.id) == (100, ())
    assert tally_scores(scores).models == tuple(models)


@pytest.mark.parametrize(
    ("names", "positive"),
    [
        (["bad", "good"], "bad"),
        (["good", "nok"], "nok"),
        ([True, False], None),
        ([2, 3], "2"),
        ([-1, 1], None),
    ],
)
def test_the_column_is_found_by_the_classes(names, positive):
    y = np.array(names)[Y]
    forest = fit(RandomForestClassifier(20, random_state=0), y)
    margin = fit(make_pipeline(StandardScaler(), LinearSVC()), y)
    wanted = (
        names.index(next(n for n in names if str(n) == positive)) if positive else names.index(1)
    )
    scores = opened({"forest": forest}, y, positive=positive)
    place = list(forest.classes_).index(names[wanted])
    assert (columns(scores)["forest"] == forest.predict_proba(X[TEST])[:, place]).all()
    (batch,) = scores.batches()
    assert (batch.column(1).to_numpy() == (Y[TEST] == wanted)).all()
    ranks = columns(opened({"svm": margin}, y, positive=positive, scale="rank"))["svm"]
    assert ((ranks > 0) == (margin.predict(X[TEST]) == names[wanted])).all()


def test_an_unknown_positive_class_raises_a_question():
    y = np.array(["good", "bad"])[Y]
    error = error_of(lambda: opened({"forest": fit(RandomForestClassifier(5), y)}, y))
    assert (error.code, error.column) == ("E_POSLABEL", "forest")


def test_one_class_of_three_is_the_defect():
    y = np.array(["ok", "scratch", "dent"])[np.arange(300) % 3]
    models = {"tree": fit(DecisionTreeClassifier(max_depth=3), y), "svm": fit(LinearSVC(), y)}
    scores = opened(models, y, positive="dent", scale="rank")
    assert scores.positives == (y[TEST] == "dent").sum()
    got = columns(scores)
    place = list(models["svm"].classes_).index("dent")
    assert (got["tree"] == models["tree"].predict_proba(X[TEST])[:, place]).all()
    assert (got["svm"] == models["svm"].decision_function(X[TEST])[:, place]).all()


def test_a_decision_function_needs_a_stated_scale():
    models = {
        "svm": fit(LinearSVC()),
        "ridge": fit(RidgeClassifier()),
        "log": fit(LogisticRegression()),
    }
    with pytest.raises(ScoreError, match="scale='rank'") as caught:
        opened(models)
    assert (caught.value.code, caught.value.column) == ("E_RANGE", "svm")
    ranks, odds = opened(models, scale="rank"), opened(models, scale="logit")
    for scores in (ranks, odds):
        for name in ("svm", "ridge"):
            assert (columns(scores)[name] == models[name].decision_function(X[TEST])).all()
    assert (columns(ranks)["log"] == models["log"].predict_proba(X[TEST])[:, 1]).all()
    np.testing.assert_allclose(
        columns(odds)["log"], models["log"].decision_function(X[TEST]), rtol=1e-9
    )


@pytest.mark.parametrize("scale", ["probability", "percent", "logit", "rank"])
def test_a_classifier_without_scores_has_one_operating_point(scale):
    scores = opened({"rule": Decides(), "log": fit(LogisticRegression())}, scale=scale)
    notes = [p.column for p in scores.problems if p.code == "W_HARD"]
    assert notes == ["rule"]
    values = columns(scores)["rule"]
    assert len(np.unique(values)) == 2
    assert ((values > values.mean()) == Decides().predict(X[TEST])).all()


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(5),
        make_pipeline(StandardScaler(), LogisticRegression()),
        fit(LinearRegression()),
        fit(IsolationForest()),
        "forest",
    ],
    ids=["forest", "pipeline", "regressor", "outliers", "text"],
)
def test_objects_that_are_not_fitted_classifiers_are_refused(model):
    error = error_of(opened, {"m": model})
    assert (error.code, error.column) == ("E_TYPE", "m")


def test_a_classifier_of_several_labels_is_refused():
    forest = RandomForestClassifier(5).fit(X, np.column_stack([Y, 1 - Y]))
    assert error_of(opened, {"m": forest}).code == "E_TYPE"


def test_features_and_labels_must_fit():
    model = fit(LogisticRegression())
    assert error_of(open_scores, {"m": model}, X=X, y=Y[:10]).code == "E_SHAPE"
    for given in ({"X": X}, {"y": Y}):
        with pytest.raises(TypeError, match="with X and y"):
            open_scores({"m": model}, **given)
    with pytest.raises(TypeError):
        open_scores(model, X=X, y=Y)
    assert error_of(open_scores, {}, X=X, y=Y).code == "E_NOMODEL"


def test_columns_of_a_frame_may_be_named():
    frame = pd.DataFrame(X, columns=list("abcdef"))
    frame["unit"] = [f"u{k}" for k in range(len(X))]
    frame["lot"] = [f"l{k % 7}" for k in range(len(X))]
    frame["lot2"] = frame["lot"]
    frame["w8"] = 1.0 + np.arange(len(X)) % 3
    model = LogisticRegression().fit(X, Y)

    class OnFeatures:
        classes_ = model.classes_

        def predict(self, X):
            return model.predict(X[list("abcdef")].to_numpy())

        def predict_proba(self, X):
            return model.predict_proba(X[list("abcdef")].to_numpy())

    options: dict[str, Any] = {"id": "unit", "group": "lot", "weight": "w8", "segments": ["lot2"]}
    scores = open_scores({"label": OnFeatures()}, X=frame, y=pd.Series(Y), **options).check()
    (batch,) = scores.batches()
    assert batch.column(0).to_pylist() == list(frame["unit"])
    assert batch.column("weight").to_pylist() == list(frame["w8"])
    assert batch.column("group").to_pylist() == list(frame["lot"])
    assert scores.models == ("label",)
    again = open_scores({"label": OnFeatures()}, X=frame, y=pd.Series(Y), **options)
    assert again.fingerprint == scores.fingerprint
    error = error_of(lambda: open_scores({"m": OnFeatures()}, X=frame, y=Y, id="serial"))
    assert error.code == "E_COLUMN"


def test_the_data_change_the_fingerprint():
    one, two = fit(LogisticRegression()), fit(LogisticRegression(C=0.1))
    assert opened({"m": one}).fingerprint != opened({"m": two}).fingerprint
    assert opened({"m": one}).fingerprint != opened({"n": one}).fingerprint
