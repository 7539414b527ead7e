"""The test of one law for both columns: Pearson's where weights are equal, and its size where they are not."""

import numpy as np
import pytest
from scipy import stats

from kullback.inference import JointGaps, TableRows
from kullback.information import ContingencyTable
from kullback.metrics import information_value, null_eigenvalues, population_stability_index


def test_equal_weights_leave_pearsons_test():
    rng = np.random.default_rng(23)
    codes, y = rng.integers(0, 5, 300), rng.random(300) < 0.3
    plain = information_value(codes=codes, y=y).pvalue
    weighted = information_value(codes=codes, y=y, sample_weight=np.full(300, 7.0)).pvalue
    assert weighted == pytest.approx(plain, rel=1e-9)
    by_class = information_value(codes=codes, y=y, sample_weight=np.where(y, 1.0, 6.0)).pvalue
    assert by_class == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize("case", ["few in a class", "heavy rows in one bin"])
def test_the_test_of_no_divergence_holds_its_size_with_weights(case):
    """The squared value over its error rejects .38 of the first (60 of 6000 rows, ten bins)."""
    rng = np.random.default_rng(24)
    rejected = 0
    for _ in range(400):
        codes = rng.integers(0, 10, 3000)
        if case == "few in a class":
            y, weights = np.arange(3000) < 60, rng.choice([0.5, 1.0, 4.0], 3000, p=[0.3, 0.5, 0.2])
        else:
            y = rng.random(3000) < 0.2
            weights = np.where((codes == 0) & (rng.random(3000) < 0.2), 15.0, 1.0)
        rejected += information_value(codes=codes, y=y, sample_weight=weights).pvalue[0] <= 0.05
    assert stats.binom.ppf(1e-4, 400, 0.04) <= rejected <= stats.binom.ppf(1 - 1e-4, 400, 0.065)


def test_a_fixed_reference_has_the_test_of_fit():
    shares = np.array([0.5, 0.3, 0.2])
    expected = stats.chisquare([40, 40, 20], 100 * shares).pvalue
    psi = population_stability_index(shares, [40, 40, 20], reference="fixed")
    assert psi.pvalue == pytest.approx(expected, rel=1e-9)


def test_eigenvalues_are_ones_where_weights_do_not_vary_in_a_class():
    rng = np.random.default_rng(25)
    codes, y = rng.integers(0, 4, 300), rng.integers(0, 2, 300)
    for weights in (None, np.full(300, 3.0), np.where(y == 1, 1.0, 7.0)):
        table = ContingencyTable.from_codes(codes, y, weights, n_bins=6)  # two bins without a row
        np.testing.assert_allclose(np.sort(null_eigenvalues(table)), [0, 1, 1, 1], atol=1e-12)


def test_eigenvalues_are_those_of_the_shares_covariance():
    """Where both classes have the same rows, so that there is nothing to pool."""
    rng = np.random.default_rng(26)
    codes, weights = (np.tile(x, 2) for x in (rng.integers(0, 4, 200), rng.gamma(1.0, size=200)))
    weights *= np.where(codes == 2, rng.choice([0.1, 8.0], 200)[np.arange(400) % 200], 1.0)
    y = np.repeat([0, 1], 200)
    table = ContingencyTable.from_codes(codes, y, weights, n_bins=4)
    expected = JointGaps.from_rows([TableRows.of(codes, y, weights)]).eigenvalues(np.ones(1)) * table.rows
    np.testing.assert_allclose(np.sort(null_eigenvalues(table))[1:], np.sort(expected), rtol=1e-9)
    assert expected.max() > 2 * expected.min()
