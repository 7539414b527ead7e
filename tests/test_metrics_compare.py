"""Differences, ratios and sums of information values."""

import pickle

import numpy as np
import pytest
from scipy import optimize

from kullback.exceptions import InputError
from kullback.metrics import compare_information, information_value, total_information


def sample(rows=2000, seed=0):
    """Class and three features, which go along with each other; the first two tell of the class."""
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < 0.25).astype(np.int64)
    one = np.minimum(rng.integers(0, 5, rows) + (y & (rng.random(rows) < 0.6)), 4)
    two = np.where(rng.random(rows) < 0.6, one, rng.integers(0, 5, rows))
    return y, one, two, rng.integers(0, 3, rows)


def test_the_covariance_is_that_of_paired_rows():
    y, one, two, _ = sample()
    compared = compare_information(one, y, two)
    paired = information_value(np.column_stack([one, two]), y)
    np.testing.assert_allclose(compared.covariance, paired.covariance, rtol=1e-9)
    assert compared.difference == pytest.approx(np.subtract(*(paired.value - paired.bias)))


def test_other_samples_have_no_covariance():
    y, one, _, _ = sample()
    later_y, later, _, _ = sample(1500, 1)
    compared = compare_information(one, y, later, later_y, paired=False)
    assert compared.covariance[0, 1] == pytest.approx(0.0, abs=1e-15)
    assert compared.gaps.between()[0, 1] == 0
    np.testing.assert_allclose(compared.second.value, information_value(later, later_y).value)


def test_limits_of_the_ratio_are_where_limits_of_a_difference_reach_zero():
    y, one, two, _ = sample()
    compared = compare_information(one, y, two)
    (a, a_low, a_high), (b, b_low, b_high) = (
        (float((v.value - v.bias)[0]), *v.conf_int()[0]) for v in (compared.first, compared.second)
    )
    rho = compared.covariance[0, 1] / np.sqrt(compared.covariance[0, 0] * compared.covariance[1, 1])

    def reach(r, x, y):
        return a - r * b, np.sqrt(x**2 + (r * y) ** 2 - 2 * rho * x * r * y)

    def lower(r):
        gap, half = reach(r, a - a_low, b_high - b)
        return gap - half

    def upper(r):
        gap, half = reach(r, a_high - a, b - b_low)
        return gap + half

    expected = [optimize.brentq(lower, 0, a / b), optimize.brentq(upper, a / b, 1e3)]
    np.testing.assert_allclose(compared.ratio_conf_int(), expected, rtol=1e-9)
    np.testing.assert_allclose(compared.conf_int(), [lower(1.0), upper(1.0)], rtol=1e-9)


def test_the_ratio_has_no_upper_limit_where_the_second_value_may_be_zero():
    y, one, _, noise = sample()
    compared = compare_information(one, y, noise)
    assert compared.second.conf_int()[0, 0] == 0
    assert compared.ratio_conf_int()[1] == np.inf
    assert compared.ratio_conf_int()[0] > 1
    assert compare_information(noise, y, one).ratio_conf_int()[0] == 0


def test_exchange_turns_the_comparison_round():
    y, one, two, _ = sample()
    forth, back = compare_information(one, y, two), compare_information(two, y, one)
    np.testing.assert_allclose(forth.conf_int(), -back.conf_int()[::-1])
    np.testing.assert_allclose(forth.ratio_conf_int(), 1 / back.ratio_conf_int()[::-1])
    assert forth.pvalue == pytest.approx(back.pvalue)
    assert forth.test(alternative="less").pvalue == pytest.approx(back.test(alternative="greater").pvalue)


def test_a_feature_does_not_differ_from_itself():
    y, one, _, _ = sample()
    same = compare_information(one, y, one)
    assert same.pvalue == 1.0
    assert same.conf_int()[0] <= 0 <= same.conf_int()[1]


def test_a_single_bin_is_compared_too():
    y, one, _, _ = sample()
    alone = compare_information(one, y, np.zeros_like(one))
    assert alone.ratio == np.inf
    np.testing.assert_allclose(alone.conf_int(), alone.first.conf_int()[0])
    assert compare_information(one * 0, y, one * 0).pvalue == 1.0


def test_the_pvalue_is_the_greater_of_both_laws():
    y, _, two, noise = sample()
    near, far = (compare_information(noise, y, other) for other in (np.roll(noise, 7), two))
    for compared in (near, far):
        variance = np.array([1.0, -1.0]) @ (compared.covariance - compared.gaps.between()) @ [1.0, -1.0]
        floor = np.array([1.0, -1.0]) @ compared.gaps.between() @ [1.0, -1.0]
        z = compared.difference / np.sqrt(max(variance, floor))
        assert compared.test().statistic == pytest.approx(z)
    assert near.pvalue > 0.1
    assert far.pvalue < 1e-3


def test_two_targets_of_one_feature():
    y, one, two, _ = sample()
    group = two > 2
    compared = compare_information(one, y, other_y=group, names=["performance", "fairness"])
    np.testing.assert_allclose(compared.second.value, information_value(one, group).value)
    assert compared.covariance[0, 1] != 0
    assert compared.to_frame().index.tolist() == ["performance", "fairness", "difference", "ratio"]
    assert "without bias" in str(compared)
    assert compared.test(ratio=float(compared.ratio)).pvalue == pytest.approx(1.0)


def test_clusters_are_the_units():
    y, one, two, _ = sample(600)
    clusters = np.repeat(np.arange(600), 3)
    thrice = compare_information(np.repeat(one, 3), np.repeat(y, 3), np.repeat(two, 3), clusters=clusters)
    once = compare_information(one, y, two)
    np.testing.assert_allclose(thrice.covariance, once.covariance, rtol=1e-9)
    np.testing.assert_allclose(thrice.gaps.covariance, once.gaps.covariance, rtol=1e-6, atol=1e-12)
    assert thrice.pvalue == pytest.approx(once.pvalue, rel=1e-6)


def test_a_total_of_copies_is_a_multiple():
    y, one, _, _ = sample()
    once, thrice = (total_information(np.column_stack([one] * k), y) for k in (1, 3))
    np.testing.assert_allclose(thrice.conf_int(), 3 * once.conf_int(), rtol=1e-6)
    np.testing.assert_allclose(thrice.pvalue, once.pvalue, rtol=1e-6)
    np.testing.assert_allclose(once.pvalue, information_value(one, y).pvalue, rtol=1e-9)


def test_a_total_has_the_covariance_of_its_parts():
    y, one, two, noise = sample()
    codes = np.column_stack([one, two, noise])
    parts, total = information_value(codes, y, sample_id="rows"), total_information(codes, y, sample_id="rows")
    assert float(total) == pytest.approx(parts.value.sum())
    np.testing.assert_allclose(total.standard_error, np.sqrt(parts.covariance.sum()))
    np.testing.assert_allclose(total.bias, parts.bias.sum())
    np.testing.assert_allclose(total.df, total.bias / total.scale)
    assert total.df < parts.df.sum()


def test_a_comparison_survives_a_pickle():
    y, one, two, _ = sample(500)
    compared = compare_information(one, y, two)
    assert pickle.loads(pickle.dumps(compared)).pvalue == compared.pvalue


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Give other_codes"),
        ({"other_codes": [0, 1, 0, 1], "other_clusters": [0, 1, 2, 3]}, "paired=False"),
        ({"other_codes": [0, 1, 0, 1], "paired": False}, "give both"),
        ({"other_codes": [0, 1, 0]}, "one entry a row"),
        ({"other_codes": np.zeros((4, 1), dtype=int)}, "one feature"),
    ],
)
def test_what_cannot_be_compared_is_told(options, message):
    with pytest.raises(InputError, match=message):
        compare_information([0, 1, 1, 0], [0, 1, 0, 1], **options)


def test_a_ratio_must_be_positive():
    y, one, two, _ = sample(500)
    with pytest.raises(InputError, match="ratio must be positive"):
        compare_information(one, y, two).test(ratio=0.0)
