"""p-values adjusted for their number, against statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from kullback.exceptions import InputError
from kullback.inference import TestResult, adjust_pvalues

METHODS = ["holm", "fdr_bh", "fdr_by"]


@pytest.mark.parametrize("method", METHODS)
@given(pvalues=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_pvalues_are_those_of_statsmodels(method, pvalues):
    expected = multipletests(pvalues, method=method)[1]
    np.testing.assert_allclose(adjust_pvalues(pvalues, method), expected, rtol=1e-12, atol=1e-300)


def test_a_result_adjusts_its_own():
    zero = np.zeros(2)
    result = TestResult(zero, np.array([0.03, 0.04]), None, zero, "greater", "chi-square")
    assert result.adjusted().tolist() == [0.06, 0.06]
    assert result.adjusted("fdr_bh").tolist() == [0.04, 0.04]


@pytest.mark.parametrize("method", METHODS)
def test_no_pvalue_and_a_single_one_stay(method):
    assert adjust_pvalues([], method).size == 0
    assert adjust_pvalues(np.array(0.2), method) == 0.2


def test_what_is_no_pvalue_or_method_is_told():
    with pytest.raises(InputError, match=r"\[0, 1\]"):
        adjust_pvalues([0.2, np.nan])
    with pytest.raises(InputError, match='"holm"'):
        adjust_pvalues([0.2], "bonferroni")
