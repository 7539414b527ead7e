"""A scorecard is its bins, the regression on them and points that add up."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from kullback.binning import OptimalBinner
from kullback.datasets import load_loanapp, make_credit
from kullback.exceptions import BinningWarning, InputError, KullbackWarning, UnknownValueWarning
from kullback.scorecard import PointScale, Scorecard

SOLVER = 1e-6
"""Both sides stop at a relative change of the likelihood of about 1e-8, so coefficients agree to its root or better."""

BAD_SCORES = {"bureau_score": [-1.0]}


@pytest.fixture(scope="module")
def credit():
    return make_credit(2000, event_rate=0.25, n_noise=0, random_state=0)


def scorecard(**parameters):
    return Scorecard(binner=OptimalBinner(special_values=BAD_SCORES, max_prebins=20), **parameters)


@pytest.fixture(scope="module")
def card(credit):
    return scorecard().fit(credit.data, credit.target)


def table_points(card, X, column="points"):
    """The sum of the table's points over the features, row by row, in the order of the table."""
    tables = {f: part.set_index("bin")[column] for f, part in card.table_.groupby("feature", sort=False)}
    total = 0.0
    for feature, points in tables.items():
        bins = card.binner_.tables_[feature].lookup(X[feature])
        total = total + points.loc[bins].to_numpy()
    return total


# the regression


def woe_design(card, X):
    return sm.add_constant(card.binner_.transform(X)[:, [list(X).index(f) for f in card.features_]])


def test_coefficients_are_those_of_statsmodels_on_the_weights_of_evidence(card, credit):
    reference = sm.Logit(credit.target, woe_design(card, credit.data)).fit(disp=0)
    np.testing.assert_allclose(card.coefficients_.value, reference.params, rtol=SOLVER)
    assert card.log_likelihood_ == pytest.approx(reference.llf)
    assert card.null_log_likelihood_ == pytest.approx(reference.llnull)
    np.testing.assert_allclose(card.predict_proba(credit.data)[:, 1], reference.predict(), rtol=SOLVER)


@pytest.mark.parametrize("weighted", [False, True])
def test_with_folds_the_covariance_is_that_of_statsmodels(credit, weighted):
    """The inverse information, or with weights the sandwich, of the regression on cross-fitted weights of evidence."""
    weights = np.random.default_rng(0).choice([0.2, 1.0, 5.0], credit.target.size) if weighted else None
    X = credit.data[["income", "utilization"]]
    binner = OptimalBinner(max_prebins=20, cv=5, random_state=0)
    card = Scorecard(binner=binner).fit(X, credit.target, sample_weight=weights)
    design = sm.add_constant(clone(binner).fit_transform(X, credit.target, sample_weight=weights))
    model = sm.GLM(credit.target, design, family=sm.families.Binomial(), var_weights=weights)
    reference = model.fit(cov_type="HC0" if weighted else "nonrobust")
    np.testing.assert_allclose(card.coefficients_.value, reference.params, rtol=SOLVER)
    np.testing.assert_allclose(card.coefficients_.covariance, reference.cov_params(), rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(card.conf_int(0.9), reference.conf_int(0.1), rtol=1e-5)
    assert "take the cross-fitted weights of evidence as given and are too wide" in str(card.summary())


def test_a_whole_weight_is_a_repetition_for_points_but_not_for_errors(credit):
    weights = np.random.default_rng(0).integers(0, 4, credit.target.size)
    repeated_rows = np.repeat(np.arange(weights.size), weights)
    weighted = scorecard().fit(credit.data, credit.target, sample_weight=weights)
    repeated = scorecard().fit(credit.data.iloc[repeated_rows], credit.target[repeated_rows])
    np.testing.assert_allclose(weighted.coefficients_.value, repeated.coefficients_.value, rtol=SOLVER)
    same = ["feature", "bin", "count", "event_rate", "woe"]
    pd.testing.assert_frame_equal(weighted.table_[same], repeated.table_[same])
    np.testing.assert_allclose(weighted.table_["points"], repeated.table_["points"], rtol=SOLVER)
    # mean weight 1.5, mean square 3.5: variances are 3.5 / 1.5 times those of as many independent rows
    ratio = weighted.coefficients_.standard_error / repeated.coefficients_.standard_error
    np.testing.assert_allclose(ratio, np.sqrt(3.5 / 1.5), rtol=0.2)
    assert (weighted.table_["points_se"] > 1.2 * repeated.table_["points_se"]).all()


def test_a_penalty_shrinks_and_says_so(credit, card):
    shrunk = scorecard(penalty=50.0).fit(credit.data, credit.target)
    assert np.abs(shrunk.coefficients_.value[1:]).sum() < np.abs(card.coefficients_.value[1:]).sum()
    assert (shrunk.penalty_, card.penalty_) == (50.0, None)
    of = "log-odds coefficients of the population's weights of evidence in these bins"
    assert (shrunk.coefficients_.target, card.coefficients_.target) == (f"shrunk {of}", of)
    assert "Ridge penalty 50: limits are for the shrunk coefficients." in str(shrunk.summary())


def separated():
    X = np.column_stack([np.repeat([0.0, 1.0], 100), np.tile([0.0, 1.0], 100)])
    return X, np.repeat([0, 1], 100)


def test_a_feature_that_separates_is_told_and_kept_finite():
    X, y = separated()
    with pytest.warns(KullbackWarning) as caught:
        card = Scorecard().fit(X, y)
    assert any("penalty=1 is used" in str(w.message) for w in caught)
    assert card.penalty_ == 1.0
    assert np.isfinite(card.table_.select_dtypes("number")).all(axis=None)
    assert (card.predict(X) == y).all()
    assert "Ridge penalty 1" in str(card.summary())


def test_a_column_given_twice_is_told_and_shares_its_points(credit):
    X = credit.data[["income"]].assign(again=credit.data["income"])
    with pytest.warns(KullbackWarning, match="linearly dependent after binning"):
        double = scorecard().set_params(binner__special_values=None).fit(X, credit.target)
    single = Scorecard(binner=OptimalBinner(max_prebins=20)).fit(X[["income"]], credit.target)
    np.testing.assert_allclose(double.points(X), single.points(X[["income"]]), atol=1e-3)
    np.testing.assert_allclose(double.coefficients_.value[1:], single.coefficients_.value[1] / 2, rtol=1e-5)


def test_a_card_without_a_feature_scores_every_row_alike():
    rng = np.random.default_rng(0)
    X, y = np.zeros((200, 2)), (rng.random(200) < 0.3).astype(int)
    with pytest.warns(KullbackWarning) as caught:
        card = Scorecard().fit(X, y)
    assert str(caught[-1].message) == "No feature has two bins: every row has the same score."
    rate = y.mean()
    np.testing.assert_allclose(card.predict_proba(X)[:, 1], rate)
    np.testing.assert_allclose(card.points(X), card.scale_.of_log_odds(np.log(rate / (1 - rate))))
    np.testing.assert_array_equal(card.points(X), card.table_["points"].sum())
    assert (card.features_, list(card.coefficients_.names)) == ([], ["intercept"])
    assert (card.table_["coefficient"] == 0).all()
    assert (card.table_["points_se"] > 0).all()
    assert "No feature has two bins: the intercept is the log-odds of all rows." in str(card.summary())


def test_a_feature_with_one_bin_is_left_out(credit):
    X = credit.data[["income", "utilization"]].assign(constant=1.0)[["constant", "income", "utilization"]]
    with pytest.warns(BinningWarning, match="'constant' is constant"):
        card = Scorecard().fit(X, credit.target)
    assert card.features_ == ["income", "utilization"]
    assert set(card.table_["feature"]) == {"income", "utilization"}
    assert (card.points(X) == table_points(card, X)).all()


# points


@pytest.mark.parametrize("rounded", [False, True])
def test_points_are_exactly_the_sum_of_the_points_in_the_table(credit, rounded):
    card = scorecard(round_points=rounded).fit(credit.data, credit.target)
    points = card.points(credit.data)
    assert (points == table_points(card, credit.data)).all()
    assert (np.rint(points) == points).all() == rounded


def test_rounding_moves_no_bin_by_more_than_half_a_point_and_no_probability(credit, card):
    rounded = scorecard(round_points=True).fit(credit.data, credit.target)
    assert np.abs(rounded.table_["points"] - card.table_["points"]).max() <= 0.5
    np.testing.assert_array_equal(rounded.predict_proba(credit.data), card.predict_proba(credit.data))


def test_points_are_the_scale_of_the_log_odds(card, credit):
    probability = card.event_probability(credit.data)
    log_odds = np.log(probability / (1 - probability))
    np.testing.assert_allclose(card.points(credit.data), card.scale_.of_log_odds(log_odds), atol=1e-8)


@pytest.mark.parametrize("pdo", [20, 50])
def test_pdo_points_more_are_twice_the_odds(credit, pdo):
    card = scorecard(pdo=pdo, base_points=500, base_odds=19).fit(credit.data, credit.target)
    points, probability = card.points(credit.data), card.event_probability(credit.data)
    odds = (1 - probability) / probability
    np.testing.assert_allclose(odds, 19 * 2 ** ((points - 500) / pdo), rtol=1e-9)


def test_points_rise_with_the_weight_of_evidence_where_the_coefficient_is_negative(card):
    assert (card.table_["coefficient"] < 0).all()
    for _, part in card.table_.groupby("feature"):
        ordered = part.sort_values("woe")["points"].to_numpy()
        assert (np.diff(ordered) >= 0).all()
        assert ordered[-1] > ordered[0]


def test_parameters_set_after_fit_change_nothing_before_the_next_fit(credit, card):
    changed = pickle.loads(pickle.dumps(card)).set_params(pdo=99, base_points=0, base_odds=1, round_points=True)
    np.testing.assert_array_equal(changed.points(credit.data), card.points(credit.data))
    assert changed.scale_ == PointScale(20.0, 600.0, 50.0)
    assert str(changed.summary()) == str(card.summary())


def test_the_table_has_a_row_a_bin_and_the_columns_asked_for(card):
    assert list(card.table_) == ["feature", "bin", "count", "event_rate", "woe", "coefficient", "points", "points_se"]
    for feature in card.features_:
        part, table = card.table_[card.table_["feature"] == feature], card.binner_.tables_[feature]
        assert part["bin"].tolist() == list(table.labels)
        np.testing.assert_array_equal(part["count"], table.count)
        np.testing.assert_array_equal(part["event_rate"], table.event_rate)
        np.testing.assert_array_equal(part["woe"], table.woe)
        name = card.coefficients_.names.index(feature)
        assert (part["coefficient"] == card.coefficients_.value[name]).all()
    special = card.table_.query("feature == 'bureau_score'")["bin"].tolist()
    assert special[-2:] == ["special -1", "missing"]


# labels


LABELS = {"0/1": (0, 1), "bool": (False, True), "text": ("bad", "good"), "float": (1.0, 2.0)}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("event", [0, 1])
def test_probabilities_follow_classes_whichever_label_is_the_event(credit, card, labels, event):
    """The same rows are bad each time; only their name changes."""
    names = np.array(labels)
    y = names[credit.target if event else 1 - credit.target]
    X = credit.data
    other = scorecard(pos_label=labels[event]).fit(X, y)
    assert other.classes_.tolist() == sorted(labels)
    assert other.event_label_ == labels[event]
    bad = card.event_probability(X)
    np.testing.assert_allclose(other.event_probability(X), bad, rtol=1e-12)
    np.testing.assert_allclose(other.predict_proba(X)[:, event], bad, rtol=1e-12)
    np.testing.assert_allclose(other.predict_proba(X).sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(other.points(X), card.points(X))
    np.testing.assert_array_equal(other.predict(X), names[(other.predict_proba(X)[:, 1] > 0.5).astype(int)])
    np.testing.assert_array_equal(other.predict(X) == labels[event], bad > 0.5)
    np.testing.assert_array_equal(other.decision_function(X) > 0, other.predict_proba(X)[:, 1] > 0.5)


def test_the_event_of_the_binner_is_that_of_the_card(credit):
    y = 1 - credit.target
    of_binner = Scorecard(binner=OptimalBinner(pos_label=0, max_prebins=20)).fit(credit.data, y)
    of_card = Scorecard(binner=OptimalBinner(pos_label=1, max_prebins=20), pos_label=0).fit(credit.data, y)
    assert of_binner.event_label_ == of_card.event_label_ == 0
    np.testing.assert_array_equal(of_binner.points(credit.data), of_card.points(credit.data))


def test_probabilities_keep_their_digits_at_both_ends():
    X, y = separated()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KullbackWarning)
        card = Scorecard(penalty=1e-12).fit(X[:, :1], y)
        flipped = Scorecard(penalty=1e-12, pos_label=0).fit(X[:, :1], y)
    for fitted in (card, flipped):
        probabilities = fitted.predict_proba(X[:, :1])
        assert 0 < probabilities.min() < 1e-4
        np.testing.assert_array_equal(probabilities[:, int(fitted.event_label_)], fitted.event_probability(X[:, :1]))


# new rows


def test_missing_and_unknown_values_have_their_place(card, credit):
    X = credit.data.head(6).copy()
    X.loc[0, "bureau_score"] = np.nan
    X.loc[1, "bureau_score"] = -1
    assert (card.points(X) == table_points(card, X)).all()
    X.loc[2, "purpose"] = "yacht"
    X.loc[3, "income"] = np.nan
    with pytest.warns(UnknownValueWarning, match="1 in 'income', 1 in 'purpose'"):
        points = card.points(X)
    neutral = card.scale_.of_bin(np.zeros(1), 0.0, card.coefficients_.value[0], len(card.features_))[0]
    known = X.drop(columns=["purpose", "income"])
    rest = sum(
        card.table_[card.table_["feature"] == f].set_index("bin")["points"][card.binner_.tables_[f].lookup(v)[0]]
        for f, v in known.loc[[2]].items()
    )
    income = card.table_.query("feature == 'income'").set_index("bin")["points"]
    bin_of_income = card.binner_.tables_["income"].lookup(X.loc[[2], "income"])[0]
    assert points[2] == pytest.approx(rest + neutral + income[bin_of_income])
    with pytest.warns(UnknownValueWarning):
        probability = card.event_probability(X)
    np.testing.assert_allclose(points, card.scale_.of_log_odds(np.log(probability / (1 - probability))), atol=1e-8)


def test_unknown_values_can_be_refused(credit):
    card = Scorecard(binner=OptimalBinner(handle_unknown="error", max_prebins=20)).fit(
        credit.data[["purpose"]], credit.target
    )
    with pytest.raises(InputError, match="'yacht' in row 0"):
        card.points(pd.DataFrame({"purpose": ["yacht"]}))


def test_a_pickled_card_predicts_the_same(card, credit):
    other = pickle.loads(pickle.dumps(card))
    np.testing.assert_array_equal(other.points(credit.data), card.points(credit.data))
    np.testing.assert_array_equal(other.predict_proba(credit.data), card.predict_proba(credit.data))
    pd.testing.assert_frame_equal(other.table_, card.table_)
    assert str(other.summary()) == str(card.summary())


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_frames_of_every_library_give_the_same_card_from_end_to_end(credit, card, library):
    read = pl.from_pandas if library == "polars" else pa.Table.from_pandas
    X = read(credit.data)
    y = pl.Series(credit.target) if library == "polars" else pa.array(credit.target)
    other = scorecard().fit(X, y)
    np.testing.assert_array_equal(other.points(X), card.points(credit.data))
    np.testing.assert_array_equal(other.predict_proba(X), card.predict_proba(credit.data))
    assert other.feature_names_in_.tolist() == card.feature_names_in_.tolist()
    pd.testing.assert_frame_equal(other.table_, card.table_)


def test_an_array_gives_the_same_points_as_a_frame(credit):
    names = ["income", "utilization", "months_on_book"]
    frame = credit.data[names]
    binner = OptimalBinner(max_prebins=20)
    of_frame = Scorecard(binner=binner).fit(frame, credit.target)
    of_array = Scorecard(binner=binner).fit(frame.to_numpy(), credit.target)
    np.testing.assert_array_equal(of_frame.points(frame), of_array.points(frame.to_numpy()))
    assert of_array.features_ == ["x0", "x1", "x2"]
    assert not hasattr(of_array, "feature_names_in_")


def test_fit_changes_neither_the_data_nor_a_parameter(credit):
    X, y = credit.data.copy(deep=True), credit.target.copy()
    weights = np.ones(y.size)
    binner = OptimalBinner(max_prebins=20)
    card = Scorecard(binner=binner, pos_label=1).fit(X, y, sample_weight=weights)
    pd.testing.assert_frame_equal(X, credit.data)
    np.testing.assert_array_equal(y, credit.target)
    assert card.binner is binner
    assert not hasattr(binner, "tables_")
    assert binner.pos_label is None


# scikit-learn


def test_it_works_in_a_pipeline_and_a_search_over_the_binner(credit):
    X, y = credit.data, credit.target
    pipeline = make_pipeline(FunctionTransformer(), scorecard())
    search = GridSearchCV(
        pipeline, {"scorecard__binner__max_bins": [2, 5]}, scoring="roc_auc", cv=3, error_score="raise"
    )
    search.fit(X, y)
    best = search.best_params_["scorecard__binner__max_bins"]
    assert search.best_estimator_[-1].binner_.max_bins == best
    assert search.best_score_ > 0.75
    assert search.cv_results_["mean_test_score"].std() > 0


def test_it_is_scored_by_cross_validation_on_every_frame(credit):
    scores = cross_val_score(scorecard(), credit.data, credit.target, cv=3, scoring="neg_log_loss", error_score="raise")
    on_polars = cross_val_score(
        scorecard(), pl.from_pandas(credit.data), credit.target, cv=3, scoring="neg_log_loss", error_score="raise"
    )
    np.testing.assert_array_equal(scores, on_polars)
    # the truth's own log loss is a bound that only chance can beat
    truth = credit.target * np.log(credit.probability) + (1 - credit.target) * np.log(1 - credit.probability)
    assert truth.mean() - 0.05 < scores.mean() < truth.mean() + 0.02


def test_it_can_be_calibrated(credit):
    model = CalibratedClassifierCV(scorecard(), cv=3).fit(credit.data, credit.target)
    assert np.corrcoef(model.predict_proba(credit.data)[:, 1], credit.probability)[0, 1] > 0.85


def test_a_binner_with_folds_feeds_the_regression_cross_fitted_weights(credit):
    """So that a feature without information gets a smaller part than its own bins would claim."""
    rng = np.random.default_rng(0)
    X = credit.data[["income"]].assign(noise=rng.integers(0, 40, credit.target.size).astype(str))
    binner = OptimalBinner(max_prebins=20)
    plain = Scorecard(binner=binner).fit(X, credit.target)
    honest = Scorecard(binner=clone(binner).set_params(cv=5)).fit(X, credit.target)
    assert honest.binner_.tables_["noise"].labels == plain.binner_.tables_["noise"].labels
    encoded = clone(binner).set_params(cv=5).fit_transform(X, credit.target)
    reference = sm.Logit(credit.target, sm.add_constant(encoded)).fit(disp=0)
    np.testing.assert_allclose(honest.coefficients_.value, reference.params, rtol=SOLVER)
    noise = plain.coefficients_.names.index("noise")
    assert plain.coefficients_.value[noise] < -0.8
    assert honest.coefficients_.value[noise] > -0.5
    assert honest.coefficients_.value[1] < -0.8
    assert (honest.points(X) == table_points(honest, X)).all()


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_a_global_choice_of_frames_does_not_reach_the_regression(credit, card, output):
    with config_context(transform_output=output):
        other = scorecard().fit(credit.data, credit.target)
        np.testing.assert_array_equal(other.points(credit.data), card.points(credit.data))
        np.testing.assert_array_equal(other.predict_proba(credit.data), card.predict_proba(credit.data))
    folded = Scorecard(binner=OptimalBinner(cv=3, max_prebins=20).set_output(transform=output))
    assert folded.fit(credit.data[["income"]], credit.target).predict(credit.data[["income"]]).size == 2000


def test_out_of_fold_probabilities_are_probabilities_of_the_classes(credit):
    """scikit-learn hands encoded labels, 0 and 1, to `fit` here, so that only these can name the event."""
    p = cross_val_predict(scorecard(pos_label=0), credit.data, 1 - credit.target, cv=3, method="predict_proba")
    assert p[credit.target == 1, 0].mean() > p[credit.target == 0, 0].mean() + 0.1


# bad input


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"pdo": 0}, "'pdo' parameter"),
        ({"pdo": np.inf}, "'pdo' parameter"),
        ({"base_points": np.nan}, "'base_points' parameter"),
        ({"base_points": np.inf}, "'base_points' parameter"),
        ({"base_odds": -1}, "'base_odds' parameter"),
        ({"penalty": 0}, "'penalty' parameter"),
        ({"round_points": "yes"}, "'round_points' parameter"),
        ({"binner": "optimal"}, "'binner' parameter"),
        ({"binner": OptimalBinner(encode="onehot")}, "must have encode=\"woe\"; it has 'onehot'"),
        ({"binner": OptimalBinner(target_type="count")}, "is for a target of two classes"),
        ({"pos_label": "x"}, "pos_label='x' is not a label of y"),
    ],
)
def test_wrong_parameters_are_told_at_fit(parameters, message):
    X, y = np.arange(100.0)[:, None], np.arange(100) % 2
    with pytest.raises(ValueError, match=message):
        Scorecard(**parameters).fit(X, y)


@pytest.mark.parametrize("y", [np.zeros(50), np.arange(50), None, np.repeat([0, 1, np.nan], [25, 24, 1])])
def test_a_target_that_is_not_two_classes_is_told(y):
    with pytest.raises(InputError, match=r"one class only|Only binary|the target y is None|missing labels"):
        Scorecard().fit(np.arange(50.0)[:, None], y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: pl.from_pandas(X).lazy(), r"collect it first: X\.collect\(\)"),
        (lambda X: np.ma.masked_less(X[["income"]].to_numpy(), 1e4), r"X\.filled\(np\.nan\)"),
        (lambda X: X.set_axis([*X.columns[:-1], "income"], axis=1), "come twice or more: income"),
        (lambda X: X.assign(day=pd.Timestamp("2026-01-01")), "'day' holds dates or durations"),
        (lambda X: X.assign(note=[{"a": 1}] * len(X)), "Each value of 'note' given as an argument must be a string"),
        (lambda X: X.head(10), "All must have one entry a row: X has 10, y has 2000"),
        (lambda X: X["income"], "Expected a 2-dimensional container"),
    ],
    ids=["lazy", "masked", "twice", "dates", "dicts", "short", "vector"],
)
def test_rows_that_cannot_be_read_are_told(credit, change, message):
    with pytest.raises(ValueError, match=message):
        Scorecard().fit(change(credit.data), credit.target)


def test_other_columns_than_in_fit_are_told(card, credit):
    for X in (credit.data.drop(columns="income"), credit.data[credit.data.columns[::-1]], credit.data.assign(more=1)):
        with pytest.raises(ValueError, match="feature names should match those that were passed during fit"):
            card.points(X)
    with pytest.raises(InputError, match="'income' was numeric when the bins were made and is categorical now"):
        card.points(credit.data.assign(income="high"))


def test_no_rows_have_no_points(card, credit):
    none = credit.data.head(0)
    assert (card.points(none).shape, card.predict(none).shape, card.predict_proba(none).shape) == ((0,), (0,), (0, 2))


def test_a_column_of_labels_is_told_once(credit):
    with pytest.warns(DataConversionWarning, match="column-vector y") as caught:
        Scorecard().fit(credit.data[["income"]], credit.target[:, None])
    assert len(caught) == 1


# words


def test_the_summary_names_the_event_the_scale_and_the_likelihood(card):
    text = str(card.summary(0.9))
    assert "Log-odds of the event 1; limits at 90%." in text
    assert f"Log-likelihood {card.log_likelihood_:.2f}, without features {card.null_log_likelihood_:.2f}." in text
    assert "Points = 487.12 - 28.85 log-odds: 600 points at odds of 50 good to bad, 20 to double them." in text
    assert "Points rise with the WoE." in text
    assert "Sign conflict" not in text
    assert "They hold the errors of the weights of evidence too, and take the bins as given." in text
    assert "No p-values: the bins know the target. permutation_test() of binner_ tests each feature." in text
    frame = card.summary(0.9).to_frame()
    assert frame.index.tolist() == ["intercept", *card.features_]
    assert frame.columns.tolist() == ["estimate", "standard_error", "lower", "upper"]
    np.testing.assert_array_equal(frame[["lower", "upper"]], card.conf_int(0.9))


def test_the_summary_of_one_feature_says_that_its_coefficient_is_no_finding(credit):
    card = Scorecard(binner=OptimalBinner(max_prebins=20)).fit(credit.data[["income"]], credit.target)
    assert "With one feature its coefficient is -1 whatever the rows are" in str(card.summary())
    np.testing.assert_allclose(card.conf_int()[1], -1, atol=SOLVER)


def test_the_event_of_a_text_label_reads_as_it_was_given(credit):
    y = np.where(credit.target == 1, "bad", "good")
    text = str(scorecard(pos_label="bad").fit(credit.data, y).summary())
    assert "Log-odds of the event 'bad';" in text


def test_a_coefficient_of_the_wrong_sign_is_named():
    """A suppressor: given `total`, of which it is a part, `part` works the other way than alone."""
    rng = np.random.default_rng(0)
    part = rng.normal(size=6000)
    total = 2 * part + rng.normal(size=6000)
    y = rng.random(6000) < 1 / (1 + np.exp(1 - 1.5 * total + 2 * part))
    X = pd.DataFrame({"total": total, "part": part})
    card = Scorecard().fit(X, y)
    assert card.coefficients_.value[2] > 0
    assert "Sign conflict (more risk with a higher WoE, given the others): part." in str(card.summary())


# real data


def test_it_scores_the_mortgages_of_boston():
    loans = load_loanapp()
    X = loans.data[["obrat", "loanprc", "pubrec", "cons"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KullbackWarning)
        card = Scorecard(pos_label=loans.event).fit(X, loans.y)
    assert (card.coefficients_.value[1:] < 0).all()
    assert (card.points(X) == table_points(card, X)).all()
    refused, granted = (card.points(X)[loans.y == label].mean() for label in (0, 1))
    assert granted - refused > 20


# invariants


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), shift=st.floats(-5, 5))
def test_points_depend_on_order_and_not_on_units(seed, shift):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(400, 1)).round(2)
    y = (rng.random(400) < 1 / (1 + np.exp(-x[:, 0]))).astype(int)
    one, other = Scorecard().fit(x, y), Scorecard().fit(4 * x + shift, y)
    np.testing.assert_allclose(one.points(x), other.points(4 * x + shift), atol=1e-6)


@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter_to_the_points(seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 9, size=(300, 2)).astype(float)
    y = (rng.random(300) < 1 / (1 + np.exp(4 - x[:, 0]))).astype(int)
    order = rng.permutation(300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KullbackWarning)
        one, other = Scorecard().fit(x, y), Scorecard().fit(x[order], y[order])
    np.testing.assert_allclose(one.points(x), other.points(x), atol=1e-6)


def test_a_single_feature_card_gives_each_bin_its_own_log_odds(credit):
    """With one feature the regression on its weights is saturated: the coefficient is -1, the points F ln(g/b) + O."""
    card = Scorecard(binner=OptimalBinner(max_prebins=20)).fit(credit.data[["income"]], credit.target)
    assert card.coefficients_.value[1] == pytest.approx(-1, abs=1e-6)
    table = card.binner_.tables_["income"]
    own = card.scale_.of_log_odds(np.log(table.events / table.non_events))
    np.testing.assert_allclose(card.table_["points"], own, atol=1e-4)
