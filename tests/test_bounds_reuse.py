"""What follows from one fit is what a fit of its own gives."""

import pickle

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from bounds_cases import fitted, sample
from kullback.bounds import CausalBounds, under_assumptions, with_laws_kept
from kullback.bounds._folds import CrossFitted, KeptLaws
from kullback.exceptions import InputError, KullbackWarning


@pytest.fixture(scope="module")
def base():
    return fitted(assumptions=("mtr",), odds_ratio_bound=1.0)


@pytest.mark.parametrize(
    "parameters",
    [
        {"odds_ratio_bound": None, "assumptions": ()},
        {"odds_ratio_bound": None, "assumptions": ("mts",), "divergence": "chi2"},
        {"odds_ratio_bound": 2.0, "assumptions": ("mtr", "mts")},
        {"odds_ratio_bound": 1.5, "assumptions": (), "estimand": "att"},
        {"odds_ratio_bound": None, "assumptions": (), "estimand": "mean", "arm": 0},
        {"odds_ratio_bound": None, "assumptions": (), "estimand": "cdf", "at": [0.3, 0.6]},
    ],
)
def test_other_assumptions_give_what_a_fit_under_them_gives(base, parameters):
    expected = fitted(**parameters).average_bounds()
    for start in (base, with_laws_kept(base)):
        said = under_assumptions(start, **parameters).average_bounds()
        np.testing.assert_array_equal(said.lower.value, expected.lower.value)
        np.testing.assert_array_equal(said.upper.influence, expected.upper.influence)


def test_the_first_estimator_stays_as_it_is(base):
    before = base.average_bounds().upper.value
    other = under_assumptions(base, odds_ratio_bound=3.0)
    assert base.odds_ratio_bound == 1.0
    assert other.odds_ratio_bound == 3.0
    np.testing.assert_array_equal(base.average_bounds().upper.value, before)


def test_what_was_not_learned_is_refused(base):
    for parameters in ({"cv": 3}, {"random_state": 1}, {"propensity_estimator": None}, {"nonsense": 1}):
        with pytest.raises(InputError, match="without fitting again"):
            under_assumptions(base, **parameters)
    with pytest.raises(InputError, match='"mtr" needs laws that were not learned'):
        under_assumptions(fitted(), assumptions=("mtr",))
    with pytest.raises(InputError, match="Without an assumption the data do not bound"):
        under_assumptions(base, odds_ratio_bound=None, assumptions=(), outcome_bounds=None)
    with pytest.raises(InputError, match="must lie in their support"):
        under_assumptions(base, outcome_bounds=(0.4, 0.6))
    with pytest.raises(ValueError, match="estimand"):
        under_assumptions(base, estimand="median")
    for function in (under_assumptions, with_laws_kept):
        with pytest.raises(NotFittedError):
            function(CausalBounds())


def test_laws_are_made_once_where_they_are_kept(base, monkeypatch):
    made = []
    blocks = CrossFitted.blocks
    monkeypatch.setattr(CrossFitted, "blocks", lambda self, fold: made.append(fold) or blocks(self, fold))
    kept = with_laws_kept(base)
    with pytest.warns(KullbackWarning, match="estimated ends cross"):  # an effect below zero, assumed not to be
        frontiers = [estimator.sensitivity_frontier([1, 2]) for estimator in (kept, kept, base)]
    assert made == [0, 1, 0, 1]
    np.testing.assert_array_equal(frontiers[1], frontiers[2])


def test_the_laws_of_the_last_new_rows_are_kept(base, monkeypatch):
    made = []
    blocks = CrossFitted.blocks_at
    monkeypatch.setattr(CrossFitted, "blocks_at", lambda self, *at: made.append(1) or blocks(self, *at))
    kept = with_laws_kept(under_assumptions(base, odds_ratio_bound=3.0, assumptions=()))
    other = under_assumptions(kept, odds_ratio_bound=2.0)
    X = sample(50, seed=2)[0]
    alone = under_assumptions(base, odds_ratio_bound=2.0, assumptions=())
    expected = [alone.predict_bounds(at) for at in (X, X + 0.1, X[:20])]
    made.clear()
    kept.predict_bounds(X)
    np.testing.assert_array_equal(other.predict_bounds(X), expected[0])
    assert len(made) == 1
    np.testing.assert_array_equal(other.predict_bounds(X[:20]), expected[2])
    other.predict_bounds(X)
    X += 0.1  # in place
    np.testing.assert_array_equal(other.predict_bounds(X), expected[1])
    assert len(made) == 4


def test_too_many_laws_are_not_kept(base, monkeypatch):
    base = under_assumptions(base, odds_ratio_bound=2.0, assumptions=())
    kept = with_laws_kept(base)
    monkeypatch.setattr("kullback.bounds._folds.MOST_POINTS", 100)
    assert with_laws_kept(base) is base
    X = sample(50, seed=2)[0]
    np.testing.assert_array_equal(kept.predict_bounds(X), base.predict_bounds(X))
    assert not kept._sample.last


def test_an_estimator_with_laws_kept_can_be_stored(base):
    kept = with_laws_kept(base)
    kept.sensitivity_frontier([2])
    again = pickle.loads(pickle.dumps(kept))
    assert isinstance(again._sample, KeptLaws)
    assert again.breakdown_value() == base.breakdown_value()


def test_columns_that_are_left_out_together_are_those_of_one_label():
    bounds = fitted()
    X, _, _ = sample()
    both = bounds.benchmark({"first two": ["x0", "x1"], "x2": ["x2"]})
    assert both.index.tolist() == ["first two", "x2"]
    np.testing.assert_array_equal(both.loc["x2"], bounds.benchmark(["x2"]).loc["x2"])
    assert both.loc["first two", "90%"] > bounds.benchmark(["x1"]).loc["x1", "90%"]
    assert len(bounds.benchmark({"all": list(X.columns)})) == 1
    with pytest.raises(InputError, match="'x9' is not"):
        bounds.benchmark({"some": ["x0", "x9"]})


def test_the_sample_is_not_scored_where_only_new_rows_are_asked_for(base, monkeypatch):
    scored = []
    bounds = CrossFitted.bounds
    monkeypatch.setattr(CrossFitted, "bounds", lambda self, jobs: scored.append(1) or bounds(self, jobs))
    other = under_assumptions(base, odds_ratio_bound=2.0, assumptions=())
    other.predict_bounds(sample(20, seed=2)[0])
    assert not scored
    other.average_bounds()
    other.average_bounds()
    assert len(scored) == 1


def test_what_was_set_after_fit_is_no_part_of_what_was_fitted():
    first = fitted(odds_ratio_bound=1.0)
    expected = under_assumptions(first, odds_ratio_bound=1.5).average_bounds().upper.value
    first.set_params(divergence="kl", method="dual", outcome_function=np.sqrt)
    other = under_assumptions(first, odds_ratio_bound=1.5)
    np.testing.assert_array_equal(other.average_bounds().upper.value, expected)
    assert (other.method, other.divergence) == ("forest", "worst_case")
    assert under_assumptions(under_assumptions(first, estimand="cdf", at=0.5), at=[0.1, 0.2]).conf_int().shape == (2, 2)
