"""Tables of information values under each kind of inference."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from kullback.binning import OptimalBinner
from kullback.datasets import make_credit
from kullback.exceptions import InputError
from kullback.metrics import null_eigenvalues


@pytest.fixture(scope="module")
def binner():
    credit = make_credit(2000, random_state=0)
    return OptimalBinner(special_values={"bureau_score": [-1]}).fit(credit.data, credit.target)


def test_cross_fitted_values_have_their_own_limits(binner):
    frame = binner.information_table(confidence_level=0.9).to_frame()
    iv = binner.information_value_
    for position, name in enumerate(iv.names):
        row = frame.loc[name]
        assert row["iv"] == iv.value[position]
        np.testing.assert_array_equal(row[["iv_lower", "iv_upper"]].astype(float), iv.conf_int(0.9)[position])
    assert frame["iv"].is_monotonic_decreasing


def test_values_of_tables_take_the_bins_as_given(binner):
    frame = binner.information_table("table").to_frame()
    for name, table in binner.tables_.items():
        iv = table.information_value()
        assert frame.loc[name, "iv"] == iv.value[0]
        assert frame.loc[name, "pvalue"] == iv.pvalue[0]


def test_permutation_gives_pvalues_and_no_limits(binner):
    table = binner.information_table("permutation", n_permutations=19, adjustment="fdr_bh")
    frame = table.to_frame()
    test = binner.permutation_test(19)
    assert frame.loc[list(binner.tables_), "pvalue"].tolist() == test.pvalue.tolist()
    assert list(frame) == ["iv", "pvalue", "pvalue_fdr_bh"]
    np.testing.assert_allclose(frame["pvalue_fdr_bh"], multipletests(frame["pvalue"], method="fdr_bh")[1])
    assert "labels permuted" in str(table)


def test_the_summary_adjusts_its_pvalues(binner):
    frame = binner.summary(19).to_frame()
    np.testing.assert_allclose(frame["pvalue_holm"], multipletests(frame["pvalue"], method="holm")[1])


def test_another_kind_of_inference_is_told(binner):
    with pytest.raises(InputError, match='"crossfit", "permutation" or "table"'):
        binner.information_table("bootstrap")


def test_weights_that_spread_differently_by_bin_change_the_variance_at_zero(binner):
    credit = make_credit(2000, random_state=0)
    income = credit.data[["income"]]
    heavy = income["income"].to_numpy() > income["income"].quantile(0.8)
    weights = np.where(heavy, np.random.default_rng(0).choice([0.1, 10.0], 2000), 1.0)
    weighted = OptimalBinner(special_values={}).fit(income, credit.target, sample_weight=weights)
    eigenvalues = null_eigenvalues(weighted.tables_["income"].contingency)
    factor = np.square(eigenvalues).sum() / (eigenvalues.size - 1)
    assert abs(factor - 1) > 0.01
    chosen = weighted._fits["income"].cross_fitted
    assert weighted.information_value_.df[0] == pytest.approx(chosen.df * factor)
    assert binner.information_value_["income"].df[0] == pytest.approx(binner._fits["income"].cross_fitted.df)
