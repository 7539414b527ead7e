"""Criteria: names, pickles, and what they share."""

import pickle

import numpy as np
import pytest
from hypothesis import given

from kullback.binning._criterion import CRITERIA, SUMS, get_criterion
from strategies import contingency_tables


@pytest.mark.parametrize(("sums", "name"), [(sums, name) for sums, group in CRITERIA.items() for name in group])
def test_a_criterion_is_itself_after_a_pickle(sums, name):
    criterion = get_criterion(name, sums)
    assert pickle.loads(pickle.dumps(criterion)) is criterion
    assert criterion.sums is SUMS[sums]


@given(contingency_tables(min_bins=2, max_bins=5))
def test_criteria_that_differ_by_a_factor_do(counts):
    """Of two classes chi2 and gini, and of any the two of the likelihood."""
    cells, totals = counts.T, counts.sum(axis=0)[:, None]
    n, (good, bad) = counts.sum(), totals[:, 0]
    chi2, gini, likelihood, mutual = (
        CRITERIA["binary"][name].gain(cells, totals)
        for name in ("chi2", "gini", "log_likelihood", "mutual_information")
    )
    np.testing.assert_allclose(gini, chi2 * 2 * good * bad / n**3, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(likelihood, n * mutual, rtol=1e-9, atol=1e-9)


@given(contingency_tables(min_bins=2, max_bins=2, min_count=1))
def test_merging_bins_never_gains(counts):
    """Data processing: whatever the target, two bins say at least what their union does."""
    totals = counts.sum(axis=0) + 1.0
    numbers = np.column_stack([counts.sum(axis=1), counts[:, 0] - counts[:, 1], counts.sum(axis=1)])
    exposed = np.column_stack([counts, counts[:, 1]])
    for sums, cells in (
        ("binary", counts),
        ("multiclass", np.column_stack([counts, counts[::-1, 0]])),
        ("continuous", numbers),
        ("count", exposed),
    ):
        whole = cells.sum(axis=0) + (totals.sum() if sums != "continuous" else np.array([9.0, 2.0, 9.0]))
        for criterion in CRITERIA[sums].values():
            apart = criterion.gain(cells.T, whole[:, None]).sum()
            together = criterion.gain(cells.sum(axis=0)[:, None], whole[:, None]).sum()
            assert apart >= together - 1e-9


def test_several_classes_are_in_order_by_what_tells_them_apart_most():
    cells = np.array([[80.0, 10, 10], [10.0, 80, 10], [45.0, 45, 10], [0.0, 0, 0]]).T
    order = SUMS["multiclass"].order(cells)
    assert order[2] == pytest.approx((order[0] + order[1]) / 2, abs=1e-9)
    assert abs(order[0] - order[1]) > 0.5
    assert order[3] == 0.0  # without rows: at the mean
    doubled = SUMS["multiclass"].order(2 * cells)
    np.testing.assert_allclose(doubled, order, atol=1e-12)
