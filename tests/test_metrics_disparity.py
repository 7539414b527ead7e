"""Selection rates by group against proportions by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kullback.exceptions import InputError, SmallCountWarning
from kullback.metrics import adverse_impact_ratio, group_rates

ROUNDING = 1e-12


def applicants(seed=0, n=300):
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    selected = rng.random(n) < np.select([group == "a", group == "b"], [0.6, 0.45], 0.5)
    group[:6], selected[:6] = list("aabbcc"), [0, 1] * 3
    return selected.astype(int), group


def rate(selected, group, label):
    return selected[group == label].mean()


@given(seed=st.integers(0, 10_000))
def test_ratios_and_errors_are_those_of_independent_proportions(seed):
    selected, group = applicants(seed)
    result = adverse_impact_ratio(selected, group, reference="a")
    assert result.names == ("b", "c")
    base = rate(selected, group, "a")
    ratio = np.array([rate(selected, group, g) for g in "bc"]) / base
    np.testing.assert_allclose(result.value, ratio, atol=ROUNDING)
    spread = [(1 - p) / (p * (group == g).sum()) for g in "bc" for p in [rate(selected, group, g)]]
    own = (1 - base) / (base * (group == "a").sum())
    np.testing.assert_allclose(result.standard_error, ratio * np.sqrt(np.array(spread) + own), rtol=1e-9)
    # both share the reference's error
    np.testing.assert_allclose(result.covariance[0, 1], ratio.prod() * own, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:Groups whose rows:kullback.exceptions.SmallCountWarning")
@given(seed=st.integers(0, 10_000))
def test_a_weight_is_a_repetition_for_the_value(seed):
    selected, group = applicants(seed, 60)
    weight = np.random.default_rng(seed).integers(0, 4, 60)
    weight[:6] = 1
    weighted = adverse_impact_ratio(selected, group, reference="a", sample_weight=weight)
    repeated = adverse_impact_ratio(np.repeat(selected, weight), np.repeat(group, weight), reference="a")
    np.testing.assert_allclose(weighted.value, repeated.value, atol=ROUNDING)
    np.testing.assert_allclose(weighted.influence.sum(axis=0), 0, atol=ROUNDING)
    columns = ["n", "events", "rate"]
    np.testing.assert_allclose(
        group_rates(selected, group, sample_weight=weight)[columns],
        group_rates(np.repeat(selected, weight), np.repeat(group, weight))[columns],
        atol=ROUNDING,
    )


def test_the_reference_is_the_largest_group():
    selected, group = [1, 0, 1, 0, 1, 1, 0], list("bbaaabb")
    result = adverse_impact_ratio(selected, group)
    assert result.names == ("a",)
    assert "'b'" in result.target
    heavy = adverse_impact_ratio(selected, group, sample_weight=[1, 1, 9, 9, 9, 1, 1])
    assert heavy.names == ("b",)


def test_the_reversed_ratio_is_the_reciprocal():
    selected, group = applicants(1)
    two = group != "c"
    there = adverse_impact_ratio(selected[two], group[two], reference="a")
    back = adverse_impact_ratio(selected[two], group[two], reference="b")
    inverse = there.delta(lambda r: 1 / r)
    np.testing.assert_allclose(back.value, inverse.value, rtol=1e-9)
    np.testing.assert_allclose(back.standard_error, inverse.standard_error, rtol=1e-6)


def test_the_favourable_label_can_be_named():
    selected, group = applicants(2)
    words = np.where(selected == 1, "accept", "reject")
    result = adverse_impact_ratio(words, group, reference="a", pos_label="accept")
    np.testing.assert_allclose(result.value, adverse_impact_ratio(selected, group, reference="a").value, atol=ROUNDING)


def test_groups_without_weight_are_no_groups():
    selected, group = applicants(3)
    result = adverse_impact_ratio(selected, group, sample_weight=(group != "c").astype(float), reference="a")
    assert result.names == ("b",)


def test_rates_have_wilson_limits():
    selected, group = applicants(4)
    table = group_rates(selected, group, confidence_level=0.9)
    assert table.index.tolist() == ["a", "b", "c"]
    for label, row in table.iterrows():
        events, n = int(selected[group == label].sum()), int((group == label).sum())
        limits = stats.binomtest(events, n).proportion_ci(0.9, method="wilson")
        assert (row["n"], row["events"]) == (n, pytest.approx(events))
        assert (row["lower"], row["upper"]) == pytest.approx((limits.low, limits.high))


def test_one_group_has_a_rate():
    assert group_rates([0, 1], ["a", "a"])["rate"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("selected", "group", "more", "message"),
    [
        ([0, 1, 1], ["a", "b"], {}, "group has 2"),
        ([0, 1, 1], ["a", "a", "a"], {}, "two groups or more"),
        ([0, 1, 1], ["a", None, "b"], {}, "group must not have missing"),
        ([0, 1, 1], ["a", "b", "b"], {"reference": "z"}, "reference='z'"),
        ([0, 1, 1], ["a", 1.5, "b"], {}, "mixes labels"),
        ([0, 1, 1], np.array(["a", 1.5, "b"], dtype=object), {}, "different types"),
        ([1, 1, 1], ["a", "b", "b"], {}, "selected holds one class only"),
        ([0, 1, 1], ["a", "b", "b"], {"reference": "a"}, "no selected row"),
        ([0, 1, 1], ["a", "b", "b"], {"sample_weight": [1, -1, 1]}, "not negative"),
    ],
)
def test_bad_input_is_named(selected, group, more, message):
    with pytest.raises(InputError, match=message):
        adverse_impact_ratio(selected, group, **more)


def test_limits_and_tests_are_those_of_the_logarithm():
    """Katz and others: ln of a ratio of independent proportions has the error of 1/s - 1/n of each."""
    ratio = adverse_impact_ratio([1] * 40 + [0] * 60 + [1] * 6 + [0] * 14, ["a"] * 100 + ["b"] * 20)
    error = np.sqrt(1 / 40 - 1 / 100 + 1 / 6 - 1 / 20)
    assert ratio.null == 1
    np.testing.assert_allclose(ratio.conf_int(), [np.exp(np.log(0.75) + error * stats.norm.ppf([0.025, 0.975]))])
    pvalue = stats.norm.cdf((np.log(0.75) - np.log(0.8)) / error)
    assert ratio.test(0.8, "less").pvalue == pytest.approx(pvalue)


def nobody_selected(weight=None):
    with pytest.warns(SmallCountWarning, match="all or no rows selected: 'b'"):
        return adverse_impact_ratio([1] * 40 + [0] * 60 + [0] * 20, ["a"] * 100 + ["b"] * 20, sample_weight=weight)


def test_nobody_selected_has_the_binomial_limit_of_its_part_in_all_selected():
    ratio = nobody_selected()
    with pytest.warns(SmallCountWarning, match="'b' is 0"):
        low, high = ratio.conf_int(0.9)[0]
    # of 40 selected none is of "b", whose part would be r 20 / (100 + r 20)
    part = stats.binomtest(0, 40).proportion_ci(0.9, method="exact").high
    assert low == 0
    assert high * 20 / (100 + high * 20) == pytest.approx(part)
    with pytest.warns(SmallCountWarning):
        assert ratio.test(0.8, "less").pvalue == pytest.approx((100 / 116) ** 40)


def nobody_selected_limit(weight=None):
    with pytest.warns(SmallCountWarning):
        return nobody_selected(weight).conf_int()[0, 1]


def test_an_equal_weight_of_all_changes_no_limit():
    assert nobody_selected_limit([7.0] * 120) == pytest.approx(nobody_selected_limit())


def test_unequal_weights_count_as_fewer_people():
    effective = (17 + 27) ** 2 / (17 + 243)
    wider = nobody_selected_limit([1] * 117 + [9] * 3) / nobody_selected_limit()
    assert wider == pytest.approx(20 / effective)


def test_few_rows_of_unequal_weights_are_told():
    rng = np.random.default_rng(9)
    group = np.repeat(["a", "b"], [400, 40])
    selected, weights = rng.random(440) < 0.6, rng.choice([0.5, 1.0, 4.0], 440)
    with pytest.warns(SmallCountWarning, match="fewer than 30, .*: 'b'"):
        adverse_impact_ratio(selected, group, sample_weight=weights)
    adverse_impact_ratio(selected, group, sample_weight=np.full(440, 2.0))  # 40 rows are 40 rows
    adverse_impact_ratio(selected[:420], group[:420])  # few rows of one weight cover


@pytest.mark.parametrize("share", [0.03, 0.97])
def test_few_rows_of_one_outcome_with_unequal_weights_are_told(share):
    rng = np.random.default_rng(3)
    group = np.repeat(["a", "b"], [400, 200])
    selected = np.r_[np.arange(400) % 2 == 0, np.arange(200) < 200 * share]
    weights = rng.choice([0.5, 1.0, 4.0], 600)
    with pytest.warns(SmallCountWarning, match="fewer than 10 selected or not selected: 'b'"):
        adverse_impact_ratio(selected, group, sample_weight=weights)
    adverse_impact_ratio(selected, group, sample_weight=np.full(600, 2.0))  # equal weights cover
    adverse_impact_ratio(group == "a", np.tile(["x", "y"], 300), sample_weight=weights)
