"""The regression against statsmodels and against a slow one, and what it does where there is no maximum."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special, stats

import naive
from kullback.exceptions import KullbackWarning
from kullback.scorecard._logistic import SEPARATION_PENALTY, fit_logistic

SOLVER = 1e-6
"""Both sides stop at a relative change of the likelihood of about 1e-8, so coefficients agree to its root or better."""


def sample(seed=0, n=300, k=2):
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(n, k))
    events = (rng.random(n) < special.expit(design.sum(axis=1) / 2 - 1)).astype(np.int64)
    return design, events, rng.choice([0.2, 1.0, 5.0], n)


def test_without_weights_it_is_statsmodels_logit():
    design, events, _ = sample()
    fitted = fit_logistic(design, events, None, None)
    reference = sm.Logit(events, sm.add_constant(design)).fit(disp=0)
    np.testing.assert_allclose(fitted.coefficients, reference.params, rtol=SOLVER)
    np.testing.assert_allclose(fitted.covariance, reference.cov_params(), rtol=SOLVER)
    assert fitted.log_likelihood == pytest.approx(reference.llf, rel=1e-9)
    assert fitted.null_log_likelihood == pytest.approx(reference.llnull, rel=1e-9)
    assert fitted.penalty is None


def test_with_weights_the_covariance_is_the_sandwich_of_statsmodels():
    """Sampling weights are `var_weights` there: with `freq_weights` its HC0 takes a weight for so many rows."""
    design, events, weights = sample()
    fitted = fit_logistic(design, events, weights, None)
    model = sm.GLM(events, sm.add_constant(design), family=sm.families.Binomial(), var_weights=weights)
    reference = model.fit(cov_type="HC0")
    np.testing.assert_allclose(fitted.coefficients, reference.params, rtol=SOLVER)
    np.testing.assert_allclose(fitted.covariance, reference.cov_params(), rtol=SOLVER)


def test_weights_of_one_give_the_robust_covariance_of_logit():
    design, events, _ = sample()
    fitted = fit_logistic(design, events, np.ones(events.size), None)
    reference = sm.Logit(events, sm.add_constant(design)).fit(disp=0, cov_type="HC0")
    np.testing.assert_allclose(fitted.covariance, reference.cov_params(), rtol=SOLVER)


@given(
    design=hnp.arrays(np.int64, (14, 2), elements=st.integers(-2, 2)),
    events=hnp.arrays(np.int64, 14, elements=st.integers(0, 1)).filter(lambda y: 0 < y.sum() < 14),
    weights=st.none() | hnp.arrays(np.int64, 14, elements=st.integers(1, 4)),
    penalty=st.sampled_from([0.5, 3.0]),
)
def test_with_a_penalty_it_is_the_slow_one(design, events, weights, penalty):
    """A penalty makes the maximum unique whatever the design, so that any may be drawn."""
    design = design.astype(float)
    used = None if weights is None else weights.astype(float)
    fitted = fit_logistic(design, events, used, penalty)
    filled = np.ones(14) if used is None else used
    slow = naive.logistic(design, events, filled, penalty)
    np.testing.assert_allclose(fitted.coefficients, slow, atol=1e-4)  # the slow one differentiates numerically
    covariance = naive.logistic_covariance(
        design, events, filled, penalty, fitted.coefficients, robust=used is not None
    )
    np.testing.assert_allclose(fitted.covariance, covariance, rtol=1e-7, atol=1e-12)
    assert fitted.penalty == penalty


@given(seed=st.integers(0, 1000), weights=hnp.arrays(np.int64, 60, elements=st.integers(0, 3)))
def test_a_whole_weight_is_a_repetition_for_the_coefficients_and_not_for_their_errors(seed, weights):
    design, events, _ = sample(seed, 60, 1)
    events[:4], design[:4, 0], weights[:4] = [0, 1, 0, 1], [-1, -1, 1, 1], 1  # neither separated nor one class
    weighted = fit_logistic(design, events, weights.astype(float), None)
    repeated = fit_logistic(np.repeat(design, weights, axis=0), np.repeat(events, weights), None, None)
    np.testing.assert_allclose(weighted.coefficients, repeated.coefficients, rtol=SOLVER, atol=SOLVER)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood)
    assert weighted.null_log_likelihood == pytest.approx(repeated.null_log_likelihood)
    slow = naive.logistic_covariance(design, events, weights, 0.0, weighted.coefficients, robust=True)
    np.testing.assert_allclose(weighted.covariance, slow, rtol=1e-6)


def test_a_row_without_weight_is_not_there():
    design, events, weights = sample()
    weights[::3] = 0
    used = weights > 0
    # such a row may lie anywhere, even where the probability would be 1 up to rounding
    design[0] = 1e4
    left, right = (
        fit_logistic(design, events, weights, None),
        fit_logistic(design[used], events[used], weights[used], None),
    )
    np.testing.assert_array_equal(left.coefficients, right.coefficients)
    np.testing.assert_array_equal(left.covariance, right.covariance)


@given(scale=st.floats(0.01, 100))
def test_the_scale_of_weights_does_not_matter(scale):
    design, events, weights = sample()
    one, other = fit_logistic(design, events, weights, None), fit_logistic(design, events, scale * weights, None)
    np.testing.assert_allclose(one.coefficients, other.coefficients, rtol=SOLVER)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-5)


def test_without_features_it_is_the_share_of_events():
    events = np.array([0, 0, 0, 1])
    for penalty in (None, 2.0):
        fitted = fit_logistic(np.empty((4, 0)), events, None, penalty)
        np.testing.assert_allclose(fitted.coefficients, [np.log(1 / 3)], rtol=1e-9)
        np.testing.assert_allclose(fitted.covariance, [[1 / (4 * 0.25 * 0.75)]], rtol=1e-9)
        assert fitted.log_likelihood == pytest.approx(fitted.null_log_likelihood)


def test_a_large_penalty_shrinks_all_but_the_intercept():
    design, events, _ = sample()
    small, large = fit_logistic(design, events, None, 1.0), fit_logistic(design, events, None, 1e6)
    assert np.abs(large.coefficients[1:]).max() < 1e-3
    assert np.abs(large.coefficients[1:]).max() < np.abs(small.coefficients[1:]).min()
    assert large.coefficients[0] == pytest.approx(special.logit(events.mean()), abs=1e-3)


def test_a_penalty_close_to_none_gives_the_maximum_of_the_likelihood():
    design, events, _ = sample()
    np.testing.assert_allclose(
        fit_logistic(design, events, None, 1e-9).coefficients,
        fit_logistic(design, events, None, None).coefficients,
        rtol=1e-5,
    )


SEPARATED = {
    "complete": ([-2.0, -1, 1, 2], [0, 0, 1, 1]),
    "quasi": ([-1.0, -1, 0, 0, 0, 1, 1], [0, 0, 0, 1, 0, 1, 1]),
    "one pure bin": ([-1.0, -1, -1, 1, 1, 1], [0, 0, 0, 0, 1, 1]),
}


@pytest.mark.parametrize("case", SEPARATED)
@pytest.mark.parametrize("weighted", [False, True])
def test_separated_classes_are_told_and_penalised(case, weighted):
    values, events = (np.array(v) for v in SEPARATED[case])
    weights = np.linspace(0.5, 2, events.size) if weighted else None
    with pytest.warns(KullbackWarning, match="have no finite estimate: penalty=1 is used"):
        fitted = fit_logistic(values[:, None], events, weights, None)
    asked = fit_logistic(values[:, None], events, weights, SEPARATION_PENALTY)  # no warning where it was asked for
    np.testing.assert_array_equal(fitted.coefficients, asked.coefficients)
    assert fitted.penalty == SEPARATION_PENALTY
    assert 0 < fitted.coefficients[1] < 10
    assert np.isfinite(fitted.covariance).all()


def test_strong_features_that_do_not_separate_are_not_taken_for_separating():
    rng = np.random.default_rng(0)
    values = np.repeat([-6.0, 6.0], 4000)
    events = (values > 0).astype(np.int64)
    flipped = rng.choice(8000, 20, replace=False)
    events[flipped] = 1 - events[flipped]
    fitted = fit_logistic(values[:, None], events, None, None)
    assert fitted.penalty is None


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("decimals", [0, 8])
def test_dependent_columns_are_told_and_share_their_coefficient(order, decimals):
    design, events, _ = sample(k=1)
    design = design.round(decimals)
    with pytest.warns(KullbackWarning, match="linearly dependent after binning"):
        double = fit_logistic(np.asarray(np.hstack([design, design]), order=order), events, None, None)
    single = fit_logistic(design, events, None, None)
    np.testing.assert_allclose(double.coefficients[1:], single.coefficients[1] / 2, rtol=SOLVER)
    assert double.log_likelihood == pytest.approx(single.log_likelihood)
    # of the sum of both, which is what the data know, the error is that of the single one
    total = np.array([0.0, 1.0, 1.0])
    assert total @ double.covariance @ total == pytest.approx(single.covariance[1, 1], rel=1e-6)
    fit_logistic(np.hstack([design, design]), events, None, 0.1)  # a penalty settles it: no warning


@given(seed=st.integers(0, 1000))
def test_any_dependent_columns_give_the_fit_of_the_independent_ones(seed):
    """Columns of few values, as weights of evidence are, on which iteration with a pseudo-inverse may not settle."""
    rng = np.random.default_rng(seed)
    design = rng.normal(size=5)[rng.integers(0, 5, (400, 2))]
    events = (rng.random(400) < special.expit(design[:, 0] / 3)).astype(np.int64)
    mixed = np.asfortranarray(np.column_stack([design, design @ [0.3, -1.7], np.ones(400)]))
    with pytest.warns(KullbackWarning, match="linearly dependent after binning"):
        dependent = fit_logistic(mixed, events, None, None)
    independent = fit_logistic(design, events, None, None)
    assert dependent.penalty is None
    assert dependent.log_likelihood == pytest.approx(independent.log_likelihood, rel=1e-9)
    full, part = np.column_stack([np.ones(400), mixed]), np.column_stack([np.ones(400), design])
    np.testing.assert_allclose(full @ dependent.coefficients, part @ independent.coefficients, atol=1e-6)
    # errors of the fitted log-odds do not depend on how they are written
    errors = [((x @ f.covariance) * x).sum(axis=1) for x, f in ((full, dependent), (part, independent))]
    np.testing.assert_allclose(*errors, rtol=1e-6)


def test_limits_cover_the_true_coefficients():
    """400 samples of 400 rows: coverage between the limits of the binomial law at .0005 and .9995."""
    truth = np.array([-0.5, 0.8])
    rng = np.random.default_rng(5)
    hits = np.zeros(2)
    for _ in range(400):
        design = rng.normal(size=(400, 1))
        events = (rng.random(400) < special.expit(truth[0] + truth[1] * design[:, 0])).astype(np.int64)
        fitted = fit_logistic(design, events, None, None)
        hits += np.abs(fitted.coefficients - truth) < 1.96 * np.sqrt(np.diag(fitted.covariance))
    low, high = stats.binom.ppf([0.0005, 0.9995], 400, 0.95)
    assert ((hits >= low) & (hits <= high)).all()
