"""What scikit-learn and house rules ask of every public estimator."""

import importlib
import inspect
import pickle
import pkgutil
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

import kullback
from kullback.binning import InformationSelector, OptimalBinner, TwoWayBinner
from kullback.bounds import CausalBounds
from kullback.datasets import make_credit
from kullback.exceptions import KullbackWarning
from kullback.scorecard import Scorecard


class TreatedByTurns(CausalBounds):
    """Bounds with a treatment that the rows give, every second one, for checks that know of none."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X, y, treatment=np.arange(np.size(np.asarray(y))) % 2, sample_weight=sample_weight)


ESTIMATORS = [
    OptimalBinner(),
    InformationSelector(max_pvalue=None, max_correlation=0.9),
    TwoWayBinner(features=(0, 1)),
    Scorecard(),
]
BOUNDS = TreatedByTurns(odds_ratio_bound=2.0, outcome_estimator=ExtraTreesRegressor(5), cv=2)

EXPECTED_FAILURES: dict[str, dict[str, str]] = {
    "TreatedByTurns": {
        "check_sample_weight_equivalence_on_dense_data": "Folds and leaves are made of rows: a row twice is two rows.",
    }
}
"""Checks of scikit-learn that an estimator fails, by class and check, each with the reason."""


def ids(estimator):
    return type(estimator).__name__


each_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=ids)
each_constructor = pytest.mark.parametrize("estimator", [*ESTIMATORS, BOUNDS], ids=ids)


def public_estimators():
    for room in pkgutil.iter_modules(kullback.__path__):
        if room.ispkg and not room.name.startswith("_"):
            module = importlib.import_module(f"kullback.{room.name}")
            for name in module.__all__:
                found = getattr(module, name)
                if inspect.isclass(found) and issubclass(found, BaseEstimator):
                    yield found


def test_every_public_estimator_is_under_contract():
    assert set(public_estimators()) == {*(type(estimator) for estimator in ESTIMATORS), CausalBounds}


# Constant columns and tables too small for two bins are told by warnings, and the suite is full of them.
@pytest.mark.filterwarnings("ignore::kullback.exceptions.KullbackWarning")
@parametrize_with_checks(
    [*ESTIMATORS, BOUNDS], expected_failed_checks=lambda e: EXPECTED_FAILURES.get(type(e).__name__, {})
)
def test_it_passes_the_suite_of_scikit_learn(estimator, check):
    check(estimator)


# the constructor


@each_constructor
def test_parameters_are_keywords_only_and_named_one_by_one(estimator):
    parameters = inspect.signature(type(estimator)).parameters.values()
    assert {p.kind for p in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    assert all(p.default is not inspect.Parameter.empty for p in parameters)


@each_constructor
def test_the_constructor_stores_what_it_is_given_and_nothing_else(estimator):
    given = {name: object() for name in estimator.get_params(deep=False)}
    made = type(estimator)(**given)
    assert vars(made) == given


@each_constructor
def test_every_parameter_is_validated(estimator):
    assert set(estimator._parameter_constraints) == set(estimator.get_params(deep=False))


@each_constructor
def test_a_parameter_of_a_wrong_type_is_told_by_name_at_fit(estimator, rows):
    for name, constraint in estimator._parameter_constraints.items():
        if constraint != "no_validation":
            wrong = clone(estimator).set_params(**{name: object()})
            with pytest.raises(ValueError, match=f"The '{name}' parameter of {type(estimator).__name__} must be"):
                wrong.fit(*rows)


# fit


@pytest.fixture(scope="module")
def credit():
    return make_credit(600, event_rate=0.3, n_noise=0, random_state=0)


@pytest.fixture(scope="module")
def rows(credit):
    names = ["income", "utilization", "purpose", "owner"]
    return credit.data[names], credit.target


SETTINGS = {
    "OptimalBinner": {"monotonic": {"income": "descending"}, "special_values": {"income": [-1.0]}, "random_state": 3},
    "InformationSelector": {"binner": OptimalBinner(max_bins=4), "max_features": 2},
    "TwoWayBinner": {"features": ["income", "purpose"], "special_values": {"income": [-1.0]}, "random_state": 3},
    "Scorecard": {"binner": OptimalBinner(max_bins=4, special_values={"income": [-1.0]}), "pdo": np.float64(40)},
}


def outputs(fitted, X):
    return fitted.transform(X) if hasattr(fitted, "transform") else fitted.predict_proba(X)


@each_estimator
def test_fit_never_writes_a_parameter(estimator, rows):
    given = clone(estimator).set_params(**SETTINGS[type(estimator).__name__])
    before = given.get_params()
    bytes_before = pickle.dumps(before)
    given.fit(*rows)
    after = given.get_params()
    assert {name: id(value) for name, value in after.items()} == {name: id(value) for name, value in before.items()}
    assert pickle.dumps(after) == bytes_before


@each_estimator
def test_fit_returns_itself_and_marks_what_it_learns(estimator, rows):
    fitted = clone(estimator)
    assert fitted.fit(*rows) is fitted
    learnt = set(vars(fitted)) - set(fitted.get_params(deep=False))
    assert all(name.endswith("_") or name.startswith("_") for name in learnt)


@each_estimator
def test_documented_attributes_are_there_after_fit(estimator, rows):
    section = inspect.getdoc(type(estimator)).split("Attributes\n----------\n")[1].split("\n\n")[0]
    names = {name for line in re.findall(r"^\w[\w, ]*", section, re.M) for name in line.split(", ")}
    fitted = clone(estimator).fit(*rows)
    assert len(names) >= 4
    assert {name.strip() for name in names if not hasattr(fitted, name.strip())} == set()


@each_estimator
def test_fit_changes_neither_rows_nor_weights(estimator, rows):
    X, y = rows[0].copy(deep=True), rows[1].copy()
    weights = np.linspace(0.5, 2, y.size)
    kept = weights.copy()
    fitted = clone(estimator).fit(X, y, sample_weight=weights)
    outputs(fitted, X)
    pd.testing.assert_frame_equal(X, rows[0])
    np.testing.assert_array_equal(y, rows[1])
    np.testing.assert_array_equal(weights, kept)


@each_estimator
def test_a_second_fit_forgets_the_first(estimator, rows, credit):
    X, y = rows
    again = clone(estimator).fit(credit.data[["months_on_book", "owner"]], 1 - y).fit(X, y)
    np.testing.assert_array_equal(outputs(again, X), outputs(clone(estimator).fit(X, y), X))
    assert again.feature_names_in_.tolist() == list(X)


@each_estimator
def test_a_clone_has_the_parameters_and_nothing_learnt(estimator, rows):
    given = clone(estimator).set_params(**SETTINGS[type(estimator).__name__]).fit(*rows)
    copy = clone(given)
    assert set(vars(copy)) == set(copy.get_params(deep=False))
    assert repr(copy) == repr(given)
    np.testing.assert_array_equal(outputs(copy.fit(*rows), rows[0]), outputs(given, rows[0]))


NEEDS_FIT = {
    OptimalBinner: "transform bin_codes inverse_transform permutation_test summary get_feature_names_out",
    InformationSelector: "transform get_support get_feature_names_out summary",
    TwoWayBinner: "transform bin_codes permutation_test summary get_feature_names_out",
    Scorecard: "predict predict_proba decision_function event_probability points conf_int summary",
}


@pytest.mark.parametrize(("kind", "method"), [(k, m) for k, methods in NEEDS_FIT.items() for m in methods.split()])
def test_what_needs_a_fit_says_so(kind, method, rows):
    unfitted = kind()
    takes_rows = "X" in inspect.signature(getattr(unfitted, method)).parameters
    with pytest.raises(NotFittedError):
        getattr(unfitted, method)(*([rows[0]] if takes_rows else []))


# frames


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize(
    ("encode", "cv"),
    [("woe", None), ("event_rate", None), ("ordinal", None), ("onehot", None), ("woe", 3), ("event_rate", 3)],
)
def test_set_output_gives_named_frames_of_the_same_numbers(rows, library, encode, cv):
    X, y = rows
    plain = OptimalBinner(encode=encode, cv=cv)
    framed = clone(plain).set_output(transform=library)
    kind = pd.DataFrame if library == "pandas" else pl.DataFrame
    for expected, frame in (
        (plain.fit_transform(X, y), framed.fit_transform(X, y)),
        (plain.transform(X), framed.transform(X)),
    ):
        assert isinstance(expected, np.ndarray)
        assert isinstance(frame, kind)
        np.testing.assert_array_equal(frame.to_numpy(), expected)
        assert list(frame.columns) == plain.get_feature_names_out().tolist()
    if library == "pandas":
        shuffled = X.sample(frac=1, random_state=0)
        assert framed.transform(shuffled).index.equals(shuffled.index)


# weights find their way


def weights_of(y):
    return np.where(np.arange(y.size) % 3, 1.0, 4.0) + y


def figures(fitted, X):
    """What weights must change: the outputs, or what decides which columns are put out."""
    return fitted.selection_["iv"] if hasattr(fitted, "selection_") else outputs(fitted, X)


@each_estimator
@pytest.mark.parametrize("routing", [True, False])
def test_weights_pass_through_a_pipeline(estimator, rows, routing):
    X, y = rows
    weights = weights_of(y)
    with config_context(enable_metadata_routing=routing):
        step = clone(estimator).set_fit_request(sample_weight=True) if routing else clone(estimator)
        pipeline = Pipeline([("same", FunctionTransformer()), ("step", step)])
        pipeline.fit(X, y, **({"sample_weight": weights} if routing else {"step__sample_weight": weights}))
        direct = clone(estimator).fit(X, y, sample_weight=weights)
        np.testing.assert_array_equal(outputs(pipeline, X), outputs(direct, X))
    assert not np.array_equal(figures(direct, X), figures(clone(estimator).fit(X, y), X))


def test_weights_reach_a_binner_before_a_classifier(rows):
    X, y = rows
    weights = weights_of(y)
    with config_context(enable_metadata_routing=True):
        binner = OptimalBinner().set_fit_request(sample_weight=True)
        card = Scorecard().set_fit_request(sample_weight=False)
        pipeline = Pipeline([("binner", binner), ("card", card)]).fit(X, y, sample_weight=weights)
        direct = OptimalBinner().fit(X, y, sample_weight=weights)
        np.testing.assert_array_equal(pipeline[:1].transform(X), direct.transform(X))


def test_weights_reach_every_fold(rows):
    X, y = rows
    weights = weights_of(y)
    folds = [(np.arange(0, 400), np.arange(400, 600)), (np.arange(200, 600), np.arange(0, 200))]
    with config_context(enable_metadata_routing=True):
        card = Scorecard().set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        found = cross_validate(
            card, X, y, cv=folds, params={"sample_weight": weights}, return_estimator=True, error_score="raise"
        )
        for fitted, (train, test) in zip(found["estimator"], folds, strict=True):
            direct = Scorecard().fit(X.iloc[train], y[train], sample_weight=weights[train])
            np.testing.assert_array_equal(fitted.predict_proba(X.iloc[test]), direct.predict_proba(X.iloc[test]))


def test_weights_reach_a_search_over_the_binner(rows):
    X, y = rows
    weights = weights_of(y)
    with config_context(enable_metadata_routing=True):
        card = (
            Scorecard(binner=OptimalBinner()).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        )
        search = GridSearchCV(card, {"binner__max_bins": [3]}, cv=2, error_score="raise").fit(
            X, y, sample_weight=weights
        )
        direct = Scorecard(binner=OptimalBinner(max_bins=3)).fit(X, y, sample_weight=weights)
        np.testing.assert_array_equal(search.predict_proba(X), direct.predict_proba(X))


@each_estimator
def test_weights_that_nobody_asked_for_are_an_error(estimator, rows):
    X, y = rows
    scoring = None if hasattr(estimator, "predict") else lambda fitted, X, y: 0.0
    with config_context(enable_metadata_routing=True), pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        cross_validate(clone(estimator), X, y, params={"sample_weight": weights_of(y)}, cv=2, scoring=scoring)


# warnings


def test_every_warning_of_the_package_is_one_that_a_user_can_filter_by_one_name():
    from kullback import exceptions

    kinds = [getattr(exceptions, name) for name in exceptions.__all__ if name.endswith("Warning")]
    assert all(issubclass(kind, KullbackWarning) for kind in kinds)
    assert issubclass(KullbackWarning, UserWarning)
