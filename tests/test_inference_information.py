"""The estimate of a divergence: its interval and tests between zero and far away."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import naive
from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference import Estimate, InformationEstimate
from kullback.metrics import information_value, population_stability_index


def estimate(value=0.2, error=0.05, df=4, **options):
    options = {"null_scale": 0.004, "bias": 0.016, "names": ["iv"], "sample_id": "rows"} | options
    return InformationEstimate([value], [[error]], df=df, **options)


def test_definition_of_the_interval():
    """c = SE^2 / (4 IV), T = IV / c, limits c times the non-centralities (specification 2.5)."""
    iv = estimate()
    c = 0.05**2 / (4 * 0.2)
    assert iv.scale == pytest.approx(c)
    assert iv.statistic == pytest.approx((2 * 0.2 / 0.05) ** 2)
    expected = [c * naive.noncentrality(0.2 / c, 4, p) for p in (0.975, 0.025)]
    np.testing.assert_allclose(iv.conf_int()[0], expected, rtol=1e-6)  # as tight as scipy inverts its law


def test_far_from_zero_it_is_walds():
    """With SE small against the value both are normal; they differ by df and 1 over the statistic."""
    far, wald = estimate(1.0, 0.002, 9), estimate(1.0, 0.002, 9, method="wald")
    np.testing.assert_allclose(far.conf_int(), wald.conf_int(), atol=0.02 * 0.002)


def test_at_zero_it_is_the_limit_law():
    """n_eff IV is chi-square: the upper limit at IV = 0 is that of the median of its law."""
    zero = estimate(0.0, 0.0)
    assert zero.scale == 0.004
    assert zero.statistic == 0
    upper = 0.004 * naive.noncentrality(stats.chi2.median(4), 4, 0.025)
    np.testing.assert_allclose(zero.conf_int(), [[0.0, upper]], rtol=1e-6)
    assert zero.pvalue == 1.0


@given(st.floats(1e-6, 2), st.floats(1e-4, 1), st.integers(1, 20), st.floats(0.5, 0.99))
def test_limits_are_never_negative_and_in_order(value, error, df, level):
    for method in ("noncentral", "wald"):
        (lower, upper) = estimate(value, error, df, method=method).conf_int(level)[0]
        assert 0 <= lower <= upper


@pytest.mark.parametrize("value", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("df", [1, 4, 19])
def test_limits_and_tests_agree(value, df):
    """A limit is the null at which a one-sided test has half of 1 - level."""
    iv = estimate(value, 0.05, df)
    lower, upper = iv.conf_int(0.9)[0]
    if lower > 0:
        assert iv.test(lower).pvalue == pytest.approx(0.05, rel=1e-5)
    below, both = (iv.test(upper, alternative).pvalue for alternative in ("less", "two-sided"))
    if iv.statistic[0] >= stats.chi2.median(df):
        assert below == pytest.approx(0.05, rel=1e-5)
        assert both == pytest.approx(0.1, rel=1e-5)
    else:  # the limit is that of the median, and higher; the test keeps its power
        assert below < 0.05
        assert both < 0.1


def test_minimum_effect_and_equivalence_are_the_two_tails():
    iv = estimate()
    greater, less = iv.test(0.15).pvalue, iv.test(0.15, "less").pvalue
    assert greater + less == pytest.approx(1.0)
    c = iv.scale
    assert less == pytest.approx(stats.ncx2.cdf(0.2 / c, 4, 0.15 / c), rel=1e-7)


def test_a_null_of_zero_is_one_test():
    iv = estimate()
    assert iv.test().pvalue == iv.pvalue == iv.test(0, "two-sided").pvalue
    assert iv.pvalue == pytest.approx(stats.chi2.sf((2 * 0.2 / 0.05) ** 2, 4))
    assert iv.test(0, "less").pvalue == 1.0
    assert iv.test().method == "chi-square"
    assert iv.test(0.1).method == "non-central chi-square"


def test_a_null_a_value():
    pair = InformationEstimate(
        [0.2, 0.01], np.diag([0.05, 0.01]), df=[4, 2], null_scale=0.004, bias=0, null_pvalue=[0.001, 0.5]
    )
    test = pair.test([0.1, 0.0])
    assert test.pvalue[0] == pair[0].test(0.1).pvalue[0]
    assert test.pvalue[1] == 0.5


def test_a_single_bin_says_nothing():
    iv = estimate(0.0, 0.0, 0)
    assert iv.conf_int().tolist() == [[0, 0]]
    assert iv.pvalue == 1
    assert iv.test(0.1).pvalue == 1
    assert iv.test(0.1, "less").pvalue == 0


def test_bias_is_taken_off_but_not_below_zero():
    assert estimate().bias_corrected == pytest.approx(0.184)
    assert estimate(0.01).bias_corrected == 0.0


def test_the_papers_method_is_eq_19_to_22():
    iv = estimate(method="paper")
    np.testing.assert_allclose(iv.conf_int(), [[0.2 - 1.959964 * 0.05, 0.2 + 1.959964 * 0.05]], rtol=1e-6)
    assert iv.pvalue == pytest.approx(stats.norm.sf(4.0))
    assert estimate(0.01, method="paper").conf_int()[0, 0] < 0  # as printed


def test_walds_method_is_cut_at_zero():
    assert estimate(0.01, method="wald").conf_int()[0, 0] == 0
    assert estimate(method="wald").test(0.1).statistic == pytest.approx(2.0)


def test_entries_keep_their_kind_and_law():
    codes, y = [[0, 1], [0, 0], [1, 1], [1, 0], [1, 1], [0, 0]] * 10, [0, 0, 1, 1, 0, 1] * 10
    both = information_value(codes, y, names=["a", "b"])
    one = both["b"]
    assert isinstance(one, InformationEstimate)
    assert one.names == ("b",)
    np.testing.assert_allclose(one.conf_int(), both.conf_int()[1:], rtol=1e-12)  # sums over rows in another order
    np.testing.assert_array_equal(one.pvalue, both.pvalue[1:])
    np.testing.assert_allclose(both[::-1].standard_error, both.standard_error[::-1], rtol=1e-12)


def test_condensing_keeps_the_law():
    iv = information_value([10, 20, 70], [300, 300, 300])
    short = iv.condense()
    assert isinstance(short, InformationEstimate)
    assert short.influence.shape == (1, 1)
    np.testing.assert_allclose(short.conf_int(), iv.conf_int(), rtol=1e-9)
    np.testing.assert_allclose(short.pvalue, iv.pvalue)


def test_clustering_leaves_pearsons_test():
    """Pearson's law is for independent rows; dependent ones need the estimate's own standard error."""
    rng = np.random.default_rng(0)
    codes, y = rng.integers(0, 3, 80), rng.integers(0, 2, 80)
    iv = information_value(codes, y)
    clustered = iv.cluster(np.arange(80) // 2)
    statistic = (2 * iv.value / clustered.standard_error) ** 2
    np.testing.assert_allclose(clustered.pvalue, stats.chi2.sf(statistic, 2), rtol=1e-9)
    assert clustered.pvalue != iv.pvalue
    direct = information_value(codes=codes, y=y, clusters=np.arange(80) // 2)
    np.testing.assert_allclose(clustered.pvalue, direct.pvalue)
    np.testing.assert_allclose(clustered.conf_int(), direct.conf_int())


def test_tables_name_their_figures():
    frame = estimate().to_frame()
    expected = ["estimate", "bias_corrected", "standard_error", "lower", "upper", "pvalue", "df"]
    assert list(frame.columns) == expected
    assert "smoothed" in estimate(smoothed=True).to_frame()
    assert "InformationEstimate" in repr(estimate())


def test_pickling_keeps_the_law():
    iv = information_value([10, 20, 70], [300, 300, 300], sample_id="rows")
    again = pickle.loads(pickle.dumps(iv))
    np.testing.assert_array_equal(again.conf_int(), iv.conf_int())
    np.testing.assert_array_equal(again.pvalue, iv.pvalue)
    assert (again - iv).standard_error == 0


def cross_fitted(value, df=8.0, scale=0.01):
    given = {"df": df, "null_scale": scale, "bias": 0.0, "method": "crossfit"}
    return InformationEstimate([value], np.array([[0.1]]), **given)


def test_a_cross_fitted_value_enters_the_law_with_its_noise():
    lower, upper = cross_fitted(0.2).conf_int()[0]
    naive_lower, naive_upper = (
        0.01 * naive.noncentrality(28.0, 8.0, probability)
        for probability in (0.975, 0.025)  # 0.2 / 0.01 + 8
    )
    assert lower == pytest.approx(naive_lower, rel=1e-6)  # scipy inverts the law to a relative 1e-8
    assert upper == pytest.approx(naive_upper, rel=1e-6)


def test_no_estimate_lies_far_above_its_upper_limit():
    """A statistic below 8.3, the median at zero with 9 degrees of freedom, has that one's upper limit, and not 0."""
    low = information_value([1000] * 10, [1000 + d for d in (0, 5, -5, 3, -3, 8, -8, 1, -1, 0)])
    lower, upper = low.conf_int()[0]
    assert lower == 0
    assert upper == pytest.approx(low.scale[0] * naive.noncentrality(stats.chi2.median(9), 9, 0.025), rel=1e-6)
    assert upper > low.value[0]


def test_few_rows_show_no_stability():
    with pytest.warns(SmallCountWarning, match="Some 5 effective rows"):
        psi = population_stability_index([600, 300, 100], [3, 1, 1])
    with pytest.warns(SmallCountWarning, match="some 5 rows"):
        psi.test(0.5, "less")
    assert psi.rows[0] == pytest.approx(1000 * 5 / 1005)


@pytest.mark.parametrize("value", [-0.5, -0.08, -0.01])
def test_a_lucky_draw_does_not_make_the_upper_limit_sharp(value):
    lower, upper = cross_fitted(value).conf_int()[0]
    assert lower == 0
    assert upper == pytest.approx(0.01 * naive.noncentrality(stats.chi2.median(8.0), 8.0, 0.025), rel=1e-6)
    assert cross_fitted(value).pvalue[0] > 0.5


def test_nothing_can_be_changed():
    iv = estimate()
    for array in (iv.df, iv.bias, iv.value, iv.smoothed):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_differences_are_plain_estimates_with_walds_limits():
    iv = estimate()
    assert type(iv - 0.1) is Estimate
    np.testing.assert_allclose((iv + 0).conf_int(), estimate(method="wald").conf_int())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: estimate(method="bootstrap"), "method must be"),
        (lambda: estimate().test(-0.1), "not be negative"),
        (lambda: estimate().test(0.1, "up"), "alternative must be"),
        (lambda: estimate().conf_int(95), "between 0 and 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_null_that_is_no_number_is_refused():
    with pytest.raises(InputError, match="number"):
        estimate(0.1, 0.05, 3).test(np.nan)
