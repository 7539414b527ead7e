"""Covariance between the tables of one set of rows, where none of them diverges."""

import numpy as np
import pytest
from scipy import stats

import naive
from kullback.inference import JointGaps, TableRows
from kullback.metrics import information_value


def sample(rows=300, seed=0):
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < 0.3).astype(np.int64)
    one = rng.integers(0, 3, rows)
    two = np.where(rng.random(rows) < 0.5, one, rng.integers(0, 4, rows))
    return y, one, two, rng.choice([0.5, 1.0, 3.0], rows)


@pytest.mark.parametrize("clustered", [False, True])
def test_covariance_is_the_sum_over_units(clustered):
    y, one, two, weights = sample()
    clusters = np.arange(y.size) // 3 if clustered else None
    gaps = JointGaps.from_rows([TableRows.of(x, y, weights, clusters) for x in (one, two)])
    units = np.arange(y.size) if clusters is None else clusters
    expected = naive.gap_covariance([(one, y, weights), (two, y, weights)], units)
    np.testing.assert_allclose(gaps.covariance, expected, rtol=1e-9, atol=1e-15)
    assert gaps.table.tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_one_table_without_weights_has_pearsons_test():
    y, one, _, _ = sample()
    gaps = JointGaps.from_rows([TableRows.of(one, y)])
    n0 = 1 / y.sum() + 1 / (y.size - y.sum())
    np.testing.assert_allclose(gaps.eigenvalues(np.ones(1)), [n0, n0], rtol=1e-9)
    assert gaps.pvalue() == pytest.approx(stats.chi2_contingency(np.histogram2d(one, y, (3, 2))[0]).pvalue, rel=1e-9)
    np.testing.assert_allclose(gaps.between(), [[2 * 2 * n0**2]], rtol=1e-9)  # a chi-square of 2 degrees of freedom


def test_tables_of_other_units_are_independent():
    y, one, two, _ = sample()
    later = TableRows(two, y, np.arange(y.size) + y.size, np.ones(y.size))
    gaps = JointGaps.from_rows([TableRows.of(one, y), later])
    assert (gaps.covariance[:3, 3:] == 0).all()
    assert gaps.between()[0, 1] == 0


def test_the_same_table_twice_has_no_difference():
    y, one, _, _ = sample()
    gaps = JointGaps.from_rows([TableRows.of(one, y)] * 2)
    assert gaps.eigenvalues(np.array([1.0, -1.0])).size == 0
    np.testing.assert_allclose(gaps.between()[0, 1], gaps.between()[0, 0])


def test_a_bin_of_weight_zero_is_no_bin():
    y, one, _, weights = sample()
    weights[one == 1] = 0.0
    gaps = JointGaps.from_rows([TableRows.of(one, y, weights)])
    left = one != 1
    fewer = JointGaps.from_rows([TableRows.of(one[left] // 2, y[left], weights[left])])
    np.testing.assert_allclose(gaps.covariance, fewer.covariance)


def test_a_single_bin_shows_nothing():
    y = sample()[0]
    assert JointGaps.from_rows([TableRows.of(np.zeros_like(y), y)]).pvalue() == 1.0


def test_with_weights_the_test_is_close_to_rao_and_scotts():
    y, one, _, weights = sample(3000)
    gaps = JointGaps.from_rows([TableRows.of(one, y, weights)])
    ours = gaps.pvalue()
    # Theirs keeps two moments of the law and pools the squared weights.
    assert ours == pytest.approx(information_value(codes=one, y=y, sample_weight=weights).pvalue[0], abs=0.02)
