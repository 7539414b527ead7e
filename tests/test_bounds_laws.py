"""Local laws add up, and the forest's are those of its leaves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

import naive
from kullback.bounds._laws import LocalForest, LocalLaws, Units, weight_name
from kullback.exceptions import InputError


@st.composite
def local_laws(draw):
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=5))
    values = [np.sort(np.array(draw(st.lists(st.integers(-9, 9), min_size=n, max_size=n)), float)) for n in sizes]
    weights = [np.array(draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)), float) for n in sizes]
    weights = [w / w.sum() for w in weights]
    return LocalLaws(np.concatenate(values), np.concatenate(weights), np.append(0, np.cumsum(sizes)))


def each(laws):
    return [(laws.values[a:b], laws.weights[a:b]) for a, b in zip(laws.starts[:-1], laws.starts[1:], strict=True)]


@given(local_laws())
def test_means_and_ends_are_those_of_each_law(laws):
    assert len(laws) == len(each(laws))
    assert laws.mean(laws.values**2) == pytest.approx([w @ v**2 for v, w in each(laws)])
    assert laws.least.tolist() == [v.min() for v, _ in each(laws)]
    assert laws.greatest.tolist() == [v.max() for v, _ in each(laws)]
    assert laws.mean(laws.spread(np.arange(len(laws)) * 1.0)) == pytest.approx(np.arange(len(laws)))


@given(local_laws())
def test_the_mirror_of_a_mirror_is_the_law(laws):
    mirrored = laws.mirrored()
    for (v, w), (mv, mw) in zip(each(laws), each(mirrored), strict=True):
        assert mv.tolist() == (-v[::-1]).tolist()
        assert mw.tolist() == w[::-1].tolist()
    np.testing.assert_array_equal(mirrored.mirrored().values, laws.values)


@given(local_laws())
def test_a_function_of_the_outcome_keeps_means_and_order(laws):
    squared = laws.mapped(np.square)
    assert squared.mean(squared.values) == pytest.approx(laws.mean(laws.values**2))
    assert all((np.diff(v) >= 0).all() for v, _ in each(squared))


@given(local_laws(), st.data())
def test_selected_laws_are_those_of_the_rows(laws, data):
    rows = np.array(data.draw(st.lists(st.integers(0, len(laws) - 1), max_size=6)), dtype=np.int64)
    for (v, w), row in zip(each(laws.selected(rows)), rows, strict=True):
        assert (v.tolist(), w.tolist()) == tuple(x.tolist() for x in each(laws)[row])
    mask = np.arange(len(laws)) % 2 == 0
    assert len(laws.selected(mask)) == mask.sum()


def test_the_law_of_a_sample_gathers_equal_values_and_drops_those_without_weight():
    laws = LocalLaws.of_sample([2.0, 1.0, 2.0, 5.0], np.array([1.0, 1.0, 2.0, 0.0]))
    assert laws.values.tolist() == [1.0, 2.0]
    assert laws.weights.tolist() == [0.25, 0.75]
    assert LocalLaws.of_sample([3.0, 4.0]).weights.tolist() == [0.5, 0.5]


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (150, 3))
    return X, np.round(X[:, 0] + rng.normal(size=150), 1), rng.choice([0.0, 1.0, 2.5], 150)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_laws_of_a_forest_are_those_of_its_leaves(sample, weighted):
    X, y, weights = sample
    kept = weights > 0 if weighted else np.ones(150, dtype=bool)
    fitted = LocalForest.fit(X, y, weights if weighted else None, n_trees=7, random_state=0)
    laws = fitted.laws(X[:20])
    Z = (X - np.median(X[kept], axis=0)) / np.subtract(*np.quantile(X[kept], [0.75, 0.25], axis=0))
    training = fitted.forest.apply(Z[kept]).T
    distinct, codes = np.unique(y[kept], return_inverse=True)
    for row, (values, probabilities) in enumerate(each(laws)):
        leaves = fitted.forest.apply(Z[row : row + 1])[0]
        law = naive.leaf_law(leaves, training, codes, weights[kept] if weighted else np.ones(150))
        assert values.tolist() == distinct[sorted(law)].tolist()
        assert probabilities == pytest.approx([law[code] for code in sorted(law)], abs=1e-14)


def test_leaves_grow_with_the_square_root_of_the_rows(sample):
    X, y, _ = sample
    fitted = LocalForest.fit(X, y, random_state=0)
    assert len(fitted.forest.estimators_) == 100
    sizes = [np.unique(tree, return_counts=True)[1].min() for tree in fitted.leaves]
    assert min(sizes) == 13  # the square root of 150 is 12.2


def test_the_mean_of_a_law_is_the_prediction_of_the_forest(sample):
    X, y, weights = sample
    fitted = LocalForest.fit(X, y, weights, random_state=0)
    laws = fitted.laws(X)
    assert laws.mean(laws.values) == pytest.approx(
        y[weights > 0].std() * fitted.forest.predict(fitted.units.of_rows(X)), abs=1e-12
    )


def test_the_same_seed_gives_the_same_laws_and_a_generator_is_drawn_from(sample):
    X, y, _ = sample
    first, again = (LocalForest.fit(X, y, n_trees=3, random_state=1).laws(X[:9]) for _ in range(2))
    np.testing.assert_array_equal(first.weights, again.weights)
    one, other = (LocalForest.fit(X, y, n_trees=3, random_state=np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(one.leaves, other.leaves)


def test_a_binary_outcome_has_laws_of_two_points(sample):
    X, y, _ = sample
    laws = LocalForest.fit(X, (y > 0).astype(float), random_state=0).laws(X)
    assert set(laws.values.tolist()) == {0.0, 1.0}
    assert laws.values.size <= 2 * len(laws)


def test_an_arm_without_weight_is_refused(sample):
    X, y, _ = sample
    with pytest.raises(InputError, match="rows with positive weight"):
        LocalForest.fit(X, y, np.zeros(150))


@given(
    laws=st.lists(
        st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), st.floats(0.01, 1)), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    ),
    thresholds=st.lists(st.sampled_from([-np.inf, -1.0, -0.2, 0.0, 0.5, 1.0, 2.0, np.inf]), min_size=1, max_size=4),
)
def test_laws_of_being_at_most_a_threshold_are_those_of_the_indicator(laws, thresholds):
    parts = [LocalLaws.of_sample(*map(np.array, zip(*law, strict=True))) for law in laws]
    starts = np.append(0, np.cumsum([part.values.size for part in parts]))
    whole = LocalLaws(*(np.concatenate([getattr(p, a) for p in parts]) for a in ("values", "weights")), starts)
    found = whole.at_most(np.array(thresholds))
    assert len(found) == len(laws) * len(thresholds)
    assert (found.weights > 0).all()  # a law has the points that it has
    for position, (t, law) in enumerate((t, law) for t in thresholds for law in laws):
        own, indicator = found.selected([position]), [y <= t for y, _ in law]
        total = sum(w for _, w in law)
        assert own.values.tolist() == sorted({float(i) for i in indicator})
        assert own.mean(own.values)[0] == pytest.approx(sum(w for y, w in law if y <= t) / total, abs=1e-12)


@pytest.mark.parametrize(("shift", "scale"), [(2.0**30, 1.0), (0.0, 2.0**-400), (-(2.0**30), 2.0**10)])
def test_laws_know_no_units_of_covariates(sample, shift, scale):
    X, y, _ = sample
    X = np.round(X * 2**20) / 2**20  # so that 64 bits hold the shifted covariates exactly
    expected = LocalForest.fit(X, y, random_state=0).laws(X[:20])
    found = LocalForest.fit(scale * (X + shift), y, random_state=0).laws(scale * (X[:20] + shift))
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_allclose(found.weights, expected.weights)


def test_one_far_row_takes_no_digits_from_the_others():
    X = np.append(np.random.default_rng(0).normal(size=99), 1e12)[:, None]
    assert np.unique(Units.of(X).of_rows(X).astype(np.float32)).size == 100
    np.testing.assert_array_equal(Units.of(np.ones((3, 1))).of_rows(np.ones((3, 1))), 0.0)


@pytest.mark.parametrize(
    "estimator", [GradientBoostingRegressor(n_estimators=2), DecisionTreeRegressor()], ids=lambda e: type(e).__name__
)
def test_an_estimator_that_is_no_forest_is_told(sample, estimator):
    X, y, _ = sample
    with pytest.raises(InputError, match=rf"outcome_estimator must be a forest.* {type(estimator).__name__} has none"):
        LocalForest.fit(X, y, estimator=estimator)


class Unweighted(ExtraTreesRegressor):
    """A forest that takes no weights."""

    def fit(self, X, y):
        return super().fit(X, y)


def test_a_forest_that_takes_no_weights_serves_where_none_are_given(sample):
    X, y, weights = sample
    assert len(LocalForest.fit(X, y, estimator=Unweighted(3)).laws(X)) == len(X)
    with pytest.raises(InputError, match=r"outcome_estimator must take sample_weight in fit.*Unweighted does not"):
        LocalForest.fit(X, y, weights, estimator=Unweighted(3))


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (LogisticRegression(), "sample_weight"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "logisticregression__sample_weight"),
        (make_pipeline(make_pipeline(LogisticRegression())), "pipeline__logisticregression__sample_weight"),
        (GridSearchCV(make_pipeline(LogisticRegression()), {}), "logisticregression__sample_weight"),
        (make_pipeline(GridSearchCV(LogisticRegression(), {})), "gridsearchcv__sample_weight"),
    ],
)
def test_weights_reach_the_last_step(model, name):
    X, y = np.arange(12.0)[:, None], np.tile([0, 1], 6)
    assert weight_name(model, "propensity_estimator") == name
    light, heavy = (model.fit(X, y, **{name: np.where(y, w, 1.0)}).predict_proba(X)[:, 1].mean() for w in (1, 9))
    assert heavy > light + 0.2


def test_a_last_step_that_takes_no_weights_is_named():
    for model in (KNeighborsClassifier(), GridSearchCV(make_pipeline(KNeighborsClassifier()), {})):
        with pytest.raises(InputError, match=r"sample_weight in fit.*KNeighborsClassifier does not"):
            weight_name(model, "propensity_estimator")
