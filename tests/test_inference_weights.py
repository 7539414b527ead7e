"""The joint test of weights of evidence: J - 1 degrees of freedom where all are zero."""

import numpy as np
import pytest
from scipy import stats

from kullback.inference import Estimate, TwoSamples, WeightEstimate
from kullback.information import ContingencyTable


def weights(counts, kind=WeightEstimate):
    counts = np.asarray(counts, dtype=float)
    samples = TwoSamples.from_table(ContingencyTable(counts, counts))
    p, q = samples.shares
    return kind(np.log(p / q), samples.log_ratio_influence(centred=True), multiplicity=samples.multiplicity)


@pytest.mark.parametrize("shares", [[0.2] * 5, [0.4, 0.3, 0.2, 0.07, 0.03]])
@pytest.mark.parametrize("rows", [(4000, 1000), (20_000, 20_000)])
def test_the_size_at_the_null_is_the_level(shares, rows):
    """With J degrees of freedom and the least direction .02 to .14 of these are rejected at 5%."""
    rng = np.random.default_rng(2)  # of 4000 draws .05 as well; Pearson's test has the same luck in each
    tables = [np.column_stack([rng.multinomial(n, shares) for n in rows]) for _ in range(1000)]
    tests = [weights(table).wald_test() for table in tables]
    assert {float(test.df) for test in tests} == {4.0}
    size = np.mean([test.pvalue < 0.05 for test in tests])
    assert stats.binom.ppf(0.0005, 1000, 0.05) / 1000 <= size <= stats.binom.ppf(0.9995, 1000, 0.05) / 1000


def test_the_joint_test_is_near_pearsons_at_the_null():
    table = np.random.default_rng(1).multinomial(20_000, [0.1] * 10, 2).T
    test = weights(table).wald_test()
    pearson = stats.chi2_contingency(table, correction=False)
    assert test.statistic == pytest.approx(pearson.statistic, rel=0.02)  # of order root of 1 / 2000, a cell's rows
    assert test.df == pearson.dof


def test_other_nulls_and_some_of_the_weights_have_their_rank():
    table = [[100, 300], [200, 300], [700, 300]]
    all_of_them, plain = weights(table), weights(table, Estimate)
    null = np.array([-1.0, 0.1, 0.5])
    assert all_of_them.wald_test(null).df == 3
    assert all_of_them.wald_test(null).statistic == plain.wald_test(null).statistic
    assert type(all_of_them[[0, 1]]) is Estimate
    assert all_of_them[[0, 1]].wald_test().df == 2


def test_a_single_bin_has_no_weight():
    with pytest.raises(ValueError, match="standard error above zero"):
        weights([[10, 20]]).wald_test()
