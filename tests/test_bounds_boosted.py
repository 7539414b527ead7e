"""Laws that were boosted: they are laws, of the training outcomes, near those that made the data."""

import builtins
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.ensemble import ExtraTreesRegressor

from kullback.bounds import CausalBounds
from kullback.bounds._boosted import CELLS, MOST_BINS, BoostedLaws, Trend, _cells
from kullback.bounds._laws import LocalForest
from kullback.datasets import make_confounded
from kullback.exceptions import InputError, MissingDependencyError

pytest.importorskip("xgboost")

OUTCOMES = arrays(np.float64, st.integers(1, 80), elements=st.integers(-40, 40).map(lambda k: k / 7))


@pytest.fixture(scope="module")
def arm():
    data = make_confounded(2000, random_state=0)
    X = data.X.to_numpy()
    treated = data.treatment == 1
    return X[treated], data.outcome[treated], make_confounded(300, random_state=1).X.to_numpy(), data.law


def laws_of(found):
    return [(found.values[a:b], found.weights[a:b]) for a, b in zip(found.starts[:-1], found.starts[1:], strict=True)]


@given(OUTCOMES, st.data())
def test_cells_part_the_outcomes_in_their_order_and_keep_their_sum(y, data):
    weights = data.draw(arrays(np.float64, y.size, elements=st.floats(0.1, 10)))
    bin_of_row, bins, values, within = _cells(y, weights)
    assert bins[0] == 0
    assert set(np.diff(bins)) <= {0, 1}
    assert (np.diff(values) > 0).all()
    assert y.min() <= values[0]
    assert values[-1] <= y.max()
    assert (np.diff(bin_of_row[np.argsort(y, kind="stable")]) >= 0).all()
    in_bin = np.bincount(bin_of_row, weights)
    np.testing.assert_allclose(np.bincount(bins, within), 1.0)
    np.testing.assert_allclose(  # each bin has the sum of its rows' outcomes; rounding of 80 numbers below 6
        np.bincount(bins, within * values) * in_bin, np.bincount(bin_of_row, weights * y), atol=1e-10
    )


def test_an_outcome_that_many_rows_share_is_a_bin_of_its_own_wherever_it_lies():
    rest = np.linspace(0.1, 0.9, 400)
    for heavy in (0.0, 0.55, 1.0):
        y = np.concatenate([np.full(3000, heavy), rest])
        bin_of_row, bins, values, _ = _cells(y, np.ones(y.size))
        own = bin_of_row[0]
        assert (bin_of_row == own).sum() == 3000
        assert values[bins == own].tolist() == [heavy]


def test_bins_grow_with_the_cube_root_of_the_rows_up_to_a_limit():
    counts = [_cells(np.linspace(0, 1, n), np.ones(n))[1] for n in (1000, 8000, 200_000)]
    assert [bins[-1] + 1 for bins in counts] == [15, 30, MOST_BINS]
    assert [bins.size for bins in counts] == [15 * CELLS, 30 * CELLS, MOST_BINS * CELLS]


def test_each_row_has_a_law_on_the_outcomes(arm):
    X, y, new, _ = arm
    found = laws_of(BoostedLaws.fit(X, y, random_state=0).laws(new))
    assert len(found) == len(new)
    for values, weights in found:
        assert (np.diff(values) > 0).all()
        assert (weights > 0).all()
        assert abs(weights.sum() - 1) < 1e-12
        assert y.min() <= values[0]
        assert values[-1] <= y.max()


def test_laws_are_as_near_the_truth_as_those_of_a_forest(arm):
    X, y, new, law = arm
    known = law.observed_mean(new, 1)

    def distance(learned):
        laws = learned.laws(new)
        return np.sqrt(np.mean((laws.mean(laws.values) - known) ** 2))

    nothing = np.sqrt(np.mean((y.mean() - known) ** 2))
    assert distance(BoostedLaws.fit(X, y, random_state=0)) < 0.4 * nothing
    assert distance(BoostedLaws.fit(X, y, random_state=0)) < 1.3 * distance(LocalForest.fit(X, y, random_state=0))


def test_laws_come_nearer_as_rows_are_added():
    new = make_confounded(300, random_state=1)
    known = new.law.observed_mean(new.X, 1)
    distances = []
    for n in (300, 1500, 7500):
        data = make_confounded(n, random_state=2)
        treated = data.treatment == 1
        laws = BoostedLaws.fit(data.X.to_numpy()[treated], data.outcome[treated], random_state=0).laws(new.X.to_numpy())
        distances.append(np.sqrt(np.mean((laws.mean(laws.values) - known) ** 2)))
    assert distances[2] < 0.8 * distances[1] < 0.8**2 * distances[0]


def test_the_spread_follows_the_covariates():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (3000, 2))
    y = np.where(X[:, 0] > 0, 3.0, 1.0) * rng.standard_normal(3000)
    laws = BoostedLaws.fit(X, y, random_state=0).laws(np.array([[-0.5, 0.0], [0.5, 0.0]]))
    spread = np.sqrt(laws.mean(laws.values**2) - laws.mean(laws.values) ** 2)
    np.testing.assert_allclose(spread, [1.0, 3.0], rtol=0.15)


def test_the_scale_of_weights_does_not_matter_and_rows_without_weight_take_no_part(arm):
    X, y, new, _ = arm
    weights = np.where(np.arange(y.size) % 3 == 0, 0.0, 1.0 + np.arange(y.size) % 2)
    kept = weights > 0
    some = BoostedLaws.fit(X, y, weights, random_state=0).laws(new)
    for same in (
        BoostedLaws.fit(X, y, 8 * weights, random_state=0).laws(new),
        BoostedLaws.fit(X[kept], y[kept], weights[kept], random_state=0).laws(new),
    ):
        np.testing.assert_array_equal(same.values, some.values)
        np.testing.assert_allclose(same.weights, some.weights, atol=1e-6)  # single precision of xgboost


def test_the_trend_is_that_of_ranks_and_flat_outside_the_training_rows():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.exponential(size=4000), np.full(4000, 3.0), rng.integers(0, 2, 4000)])
    u = -np.expm1(-X[:, 0])  # uniform: twice the rank is 2 u - 1
    target = np.column_stack([2 * u + X[:, 2], -u])
    weights = np.exp(rng.normal(size=4000))
    trend = Trend.fit(X, target - np.average(target, axis=0, weights=weights), weights)
    at = np.array([[np.log(2), 3.0, 0.0], [np.log(4), 3.0, 0.0], [np.log(2), 9.0, 1.0]])
    moves = trend.at(at)[1:] - trend.at(at)[0]
    np.testing.assert_allclose(moves, [[0.5, -0.25], [1.0, 0.0]], atol=0.05)  # the ridge, of 63 in 4,000 rows
    outside = trend.at(np.array([[1e9, 3.0, 7.0]]))
    np.testing.assert_array_equal(outside, trend.at(np.array([[X[:, 0].max(), 3.0, 1.0]])))


def test_the_order_of_a_covariate_is_all_that_counts(arm):
    X, y, _, _ = arm
    laws = BoostedLaws.fit(X, y, random_state=0).laws(X[:50])
    other = BoostedLaws.fit(np.exp(X), y, random_state=0).laws(np.exp(X[:50]))
    means = laws.mean(laws.values), other.mean(other.values)
    assert np.abs(means[0] - means[1]).max() < 0.02  # between knots ranks are interpolated on the covariate's scale


def test_weights_move_the_law_to_rows_that_have_more():
    X = np.zeros((400, 1))
    y = np.repeat([0.0, 1.0], 200)
    laws = BoostedLaws.fit(X, y, np.repeat([1.0, 3.0], 200), random_state=0).laws(X[:1])
    np.testing.assert_allclose(laws.weights, [0.25, 0.75], atol=0.02)  # half the rows are drawn for each tree


@pytest.mark.parametrize(
    ("y", "values"),
    [([0.7], [0.7]), ([0.1, 0.1, 0.1], [0.1]), ([0.0, 1.0, 1.0], [0.0, 1.0]), ([2.0, 2.0, 5.0, 7.0], [2.0, 5.0, 7.0])],
)
def test_few_rows_and_few_outcomes_have_laws_on_these(y, values):
    X = np.arange(len(y), dtype=float)[:, None]
    learned = BoostedLaws.fit(X, np.array(y), random_state=0)
    for law, weights in laws_of(learned.laws(np.array([[0.0], [9.0]]))):
        assert set(law) <= set(values)
        assert abs(weights.sum() - 1) < 1e-12
    assert (learned.booster is None) == (len(values) == 1)


def test_the_same_seed_gives_the_same_laws_also_after_a_pickle(arm):
    X, y, new, _ = arm
    learned = [BoostedLaws.fit(X, y, random_state=seed) for seed in (0, 0, 1, np.random.default_rng(0))]
    weights = [one.laws(new).weights for one in (*learned, pickle.loads(pickle.dumps(learned[0])))]
    np.testing.assert_array_equal(weights[0], weights[1])
    np.testing.assert_array_equal(weights[0], weights[4])
    assert not np.array_equal(weights[0], weights[2])
    assert weights[3].size > 0


def test_a_forest_is_refused_in_words():
    X, y, treatment = _sample()
    bounds = CausalBounds(outcome_bounds=(0, 1), method="boosting", outcome_estimator=ExtraTreesRegressor(5))
    with pytest.raises(InputError, match=r'is the forest of method="forest".*Leave outcome_estimator out'):
        bounds.fit(X, y, treatment=treatment)


def test_without_xgboost_both_extras_are_named(arm, monkeypatch):
    X, y, *_ = arm
    genuine = builtins.__import__

    def no_xgboost(name, *rest, **named):
        if name == "xgboost":
            raise ImportError(name)
        return genuine(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", no_xgboost)
    with pytest.raises(MissingDependencyError, match=r"kullback\[boost-cpu\].*kullback\[boost\]"):
        BoostedLaws.fit(X, y)


@pytest.mark.parametrize("divergence", ["worst_case", "chi2", "kl", "hellinger", "js", "tv"])
def test_the_estimator_bounds_by_boosted_laws(divergence):
    X, y, treatment = _sample()
    bounds = CausalBounds(outcome_bounds=(0, 1), divergence=divergence, method="boosting", cv=2, random_state=0)
    fitted = pickle.loads(pickle.dumps(bounds.fit(X, y, treatment=treatment)))
    at_rows, known = fitted.predict_bounds(X), make_confounded(1, random_state=0).law.effect_bounds(X, divergence)
    assert np.sqrt(np.mean((at_rows - known) ** 2)) < 0.06
    average = fitted.average_bounds()
    assert average.lower.value < 0.05 < average.upper.value
    assert repr(bounds).count("boosting") == 1


def _sample():
    data = make_confounded(600, random_state=3)
    return data.X, data.outcome, data.treatment
