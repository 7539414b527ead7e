"""Correlation, variance inflation, adjusted p-values, and twins."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.outliers_influence import variance_inflation_factor

from kullback.binning._redundancy import adjusted_pvalues, correlation, variance_inflation, without_twins

PVALUES = hnp.arrays(np.float64, st.integers(1, 12), elements=st.sampled_from([0.001, 0.01, 0.02, 0.04, 0.2, 1.0]))


@given(PVALUES, st.sampled_from([("holm", "holm"), ("fdr_bh", "fdr_bh")]))
def test_adjusted_p_values_are_those_of_statsmodels(pvalues, names):
    ours, theirs = names
    np.testing.assert_allclose(adjusted_pvalues(pvalues, ours), multipletests(pvalues, method=theirs)[1], rtol=1e-12)
    np.testing.assert_array_equal(adjusted_pvalues(pvalues, None), pvalues)


@given(st.integers(0, 50), st.integers(2, 6))
def test_variance_inflation_is_that_of_statsmodels(seed, n_features):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(60, n_features)) @ rng.normal(size=(n_features, n_features)) + 3
    design = np.column_stack([np.ones(60), rows])
    expected = [variance_inflation_factor(design, j + 1) for j in range(n_features)]
    np.testing.assert_allclose(variance_inflation(correlation(rows)), expected, rtol=1e-5)


def test_variance_inflation_of_combinations_is_infinite_and_of_others_not():
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 100))
    factor = variance_inflation(correlation(np.column_stack([a, b, a - 2 * b, c])))
    assert np.isinf(factor[:3]).all()
    assert factor[3] < 1.2


@given(st.integers(0, 50))
def test_a_weight_counts_as_repetition(seed):
    rng = np.random.default_rng(seed)
    rows, weights = rng.integers(0, 4, size=(30, 3)).astype(float), rng.integers(1, 4, size=30)
    np.testing.assert_allclose(
        correlation(rows, weights.astype(float)), correlation(np.repeat(rows, weights, axis=0)), atol=1e-12
    )


def test_a_constant_column_correlates_with_nothing():
    rows = np.column_stack([np.full(10, 0.1), np.arange(10.0), np.zeros(10)])
    np.testing.assert_array_equal(correlation(rows), np.eye(3))
    np.testing.assert_array_equal(variance_inflation(correlation(rows)), 1.0)


@given(
    hnp.arrays(np.bool_, (6, 6)).map(lambda a: a | a.T | np.eye(6, dtype=bool)),
    st.permutations(range(6)),
    st.sets(st.integers(0, 5), max_size=2),
)
def test_those_that_stay_differ_and_those_left_out_have_a_better_twin(same, order, keep):
    left_out = without_twins(same, order, sorted(keep))
    stay = [i for i in order if i not in left_out]
    assert not any(same[i, j] for i, j in itertools.combinations(stay, 2) if not {i, j} & keep)
    assert keep <= set(stay)
    for position, twin in left_out.items():
        assert twin in stay
        assert same[position, twin]
        assert order.index(twin) < order.index(position)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_a_chain_is_not_one_group(order):
    same = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], dtype=bool)
    assert set(without_twins(same, order)) == {1}
