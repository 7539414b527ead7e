"""Information value, stability index, weight of evidence: rows or counts, weights, clusters."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.api import GLM, families

import naive
from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference import Estimate
from kullback.information import divergence
from kullback.metrics import information_value, population_stability_index, weight_of_evidence
from strategies import coded_rows, contingency_tables, whole_weights

pytestmark = pytest.mark.filterwarnings("ignore:Some .* effective rows")  # small tables suffice for an identity

FIGURES = (
    "value",
    "standard_error",
    "bias",
    "bias_corrected",
    "df",
    "pvalue",
    "scale",
    "statistic",
    "smoothed",
)


def same(one, other, figures=FIGURES):
    for figure in figures:
        # Sums of one term a row against one a cell.
        np.testing.assert_allclose(getattr(one, figure), getattr(other, figure), rtol=1e-9, atol=1e-14, err_msg=figure)


def table(codes, y, weights=None):
    counts = naive.counts(codes, y, np.ones(len(y)) if weights is None else weights, 5)
    return {"non_events": counts[:, 0], "events": counts[:, 1]}


@given(coded_rows())
def test_rows_and_counts_give_one_estimate(rows):
    """Also where a cell is empty and a half is added to each of the table's cells."""
    codes, y = rows[0][:, 0], rows[1]
    for method in ("noncentral", "wald", "paper"):
        from_rows = information_value(codes=codes, y=y, method=method)
        from_counts = information_value(**table(codes, y), method=method)
        same(from_rows, from_counts)
        if from_rows.value > 1e-9:  # else a scale of rounding over rounding
            np.testing.assert_allclose(from_rows.conf_int(), from_counts.conf_int(), rtol=1e-6, atol=1e-9)


@given(contingency_tables())
def test_figures_are_the_specifications(counts):
    g, b = counts.T
    iv = information_value(events=b, non_events=g)
    # Values near zero are differences of nearly equal shares: rounding is absolute there.
    assert iv.value[0] == pytest.approx(naive.information_value(g, b), rel=1e-9, abs=1e-15)
    assert iv.standard_error[0] ** 2 == pytest.approx(naive.information_variance(g, b), rel=1e-9, abs=1e-15)
    assert iv.bias[0] == pytest.approx(naive.information_bias(g, b))
    assert iv.df[0] == len(counts) - 1
    paper = information_value(events=b, non_events=g, method="paper")
    assert paper.standard_error[0] ** 2 == pytest.approx(naive.paper_variance(g, b), rel=1e-9)


def test_the_papers_standard_error_is_half_near_zero():
    """Near zero the full gradient is twice the paper's (specification 1.4, 3)."""
    g, b = np.array([3000.0, 3000, 3000]), np.array([980.0, 1000, 1020])
    full, paper = (information_value(b, g, method=m).standard_error[0] for m in ("noncentral", "paper"))
    assert full / paper == pytest.approx(2.0, rel=0.01)  # first order in the shares' difference of 2%


@given(contingency_tables())
def test_pvalue_of_a_table_is_pearsons(counts):
    expected = stats.chi2_contingency(counts, correction=False).pvalue
    assert information_value(counts[:, 1], counts[:, 0]).pvalue[0] == pytest.approx(expected, rel=1e-9)


@given(contingency_tables(min_bins=3), st.data())
def test_merging_bins_never_gains(counts, data):
    groups = data.draw(st.lists(st.integers(0, 2), min_size=len(counts), max_size=len(counts)))
    merged = np.zeros((3, 2))
    np.add.at(merged, groups, counts)
    merged = merged[merged.sum(axis=1) > 0]
    before, after = (information_value(c[:, 1], c[:, 0]).value[0] for c in (counts, merged))
    assert after <= before + 1e-12  # rounding of at most 16 logarithms


@given(contingency_tables(), st.permutations(range(8)))
def test_the_order_of_bins_does_not_matter(counts, order):
    shuffled = counts[[i for i in order if i < len(counts)]]
    one, other = (
        information_value(counts[:, 1], counts[:, 0]),
        information_value(shuffled[:, 1], shuffled[:, 0]),
    )
    np.testing.assert_allclose(one.value, other.value, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(one.standard_error, other.standard_error, rtol=1e-9, atol=1e-9)


@given(contingency_tables())
def test_exchanging_the_classes_changes_nothing(counts):
    one, other = information_value(counts[:, 1], counts[:, 0]), information_value(counts[:, 0], counts[:, 1])
    np.testing.assert_allclose(one.value, other.value, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(one.standard_error, other.standard_error, rtol=1e-9, atol=1e-9)


@given(coded_rows(), st.data())
def test_a_weight_is_repetition_for_the_value(rows, data):
    codes, y = rows[0][:, 0], rows[1]
    weights = data.draw(whole_weights(len(y)))
    weighted = information_value(codes=codes, y=y, sample_weight=weights)
    repeat = weights.astype(int)
    repeated = information_value(codes=np.repeat(codes, repeat), y=np.repeat(y, repeat))
    same(weighted, repeated, ("value", "df", "smoothed"))


@given(coded_rows(), st.floats(0.1, 10))
def test_a_common_weight_changes_no_standard_error(rows, weight):
    """Weights are sampling weights there: their unit is nobody's."""
    codes, y = rows[0][:, 0], rows[1]
    plain = information_value(codes=codes, y=y)
    if plain.smoothed[0]:  # a half is another share of the rows then
        return
    weighted = information_value(codes=codes, y=y, sample_weight=np.full(len(y), weight))
    same(weighted, plain, ("value", "standard_error", "bias"))


def test_weighted_standard_error_is_the_influence_times_the_weight():
    rng = np.random.default_rng(3)
    codes, y, w = rng.integers(0, 4, 500), rng.integers(0, 2, 500), rng.choice([0.2, 1, 5], 500)
    iv = information_value(codes=codes, y=y, sample_weight=w)
    counts = naive.counts(codes, y, w, 4)
    p, q = (counts / counts.sum(axis=0)).T
    a, c = np.log(p / q) + 1 - q / p, -np.log(p / q) + 1 - p / q
    psi = np.where(y == 0, (a - p @ a)[codes] / counts[:, 0].sum(), (c - q @ c)[codes] / counts[:, 1].sum()) * w
    assert iv.standard_error[0] == pytest.approx(np.sqrt((psi**2).sum()), rel=1e-9)


@given(coded_rows(), st.data())
def test_rows_of_weight_zero_are_not_there(rows, data):
    codes, y = rows[0][:, 0], rows[1]
    weights = data.draw(whole_weights(len(y), least=0))
    weights[:2] = 1.0
    keep = weights > 0
    whole = information_value(codes=codes, y=y, sample_weight=weights)
    kept = information_value(codes=codes[keep], y=y[keep], sample_weight=weights[keep])
    same(whole, kept)


def test_a_class_without_weight_is_an_error():
    with pytest.raises(InputError, match="positive weight"):
        information_value(codes=[0, 1, 0, 1], y=[0, 1, 0, 1], sample_weight=[1, 0, 1, 0])


def test_clusters_are_rows_summed():
    rng = np.random.default_rng(4)
    codes, y, clusters = rng.integers(0, 3, 300), rng.integers(0, 2, 300), rng.integers(0, 60, 300)
    iv = information_value(codes=codes, y=y, clusters=clusters)
    psi = information_value(codes=codes, y=y).influence[:, 0]
    sums = np.bincount(clusters, weights=psi)
    assert iv.standard_error[0] == pytest.approx(np.sqrt((sums**2).sum()))


def test_repeating_each_row_four_times_in_its_cluster_adds_no_information():
    rng = np.random.default_rng(5)
    codes, y = rng.integers(0, 3, 200), rng.integers(0, 2, 200)
    once = information_value(codes=codes, y=y)
    again = information_value(codes=np.repeat(codes, 4), y=np.repeat(y, 4), clusters=np.repeat(np.arange(200), 4))
    same(again, once, ("value", "standard_error"))


def test_features_given_together_are_paired():
    """Difference of two IVs on the same rows: the influence subtracted by hand (specification 2.2)."""
    rng = np.random.default_rng(6)
    y = rng.integers(0, 2, 2000)
    first = (rng.normal(size=2000) + y > 0.5).astype(int) + (rng.normal(size=2000) > 1)
    second = np.where(rng.uniform(size=2000) < 0.8, first, rng.integers(0, 3, 2000))
    both = information_value(np.column_stack([first, second]), y, names=["first", "second"])
    difference = both["first"] - both["second"]
    one, other = information_value(first, y, sample_id="rows"), information_value(second, y, sample_id="rows")
    by_hand = np.sqrt(((one.influence - other.influence) ** 2).sum())
    assert difference.standard_error[0] == pytest.approx(by_hand, rel=1e-12)
    assert (one - other).standard_error[0] == pytest.approx(by_hand, rel=1e-12)
    assert by_hand < 0.8 * np.hypot(one.standard_error, other.standard_error)[0]  # they are alike: pairing tells


def test_a_smoothed_feature_still_pairs_with_another():
    y = np.array([0, 0, 0, 1, 1, 1, 0, 1])
    codes = np.column_stack([[0, 0, 1, 1, 2, 2, 1, 2], [0, 1, 0, 1, 0, 1, 1, 1]])
    both = information_value(codes, y)
    assert both.smoothed.tolist() == [True, False]
    for column, iv in zip(codes.T, both.standard_error, strict=True):
        assert iv == pytest.approx(information_value(column, y).standard_error[0])
    assert isinstance(both[0] - both[1], Estimate)


@pytest.mark.filterwarnings("ignore:.* clusters. below:kullback.exceptions.SmallCountWarning")
def test_a_smoothed_feature_is_the_same_when_it_is_clustered_first_or_afterwards():
    y, codes, clusters = np.array([0, 0, 0, 1, 1, 1, 0, 1]), [0, 0, 1, 1, 2, 2, 1, 2], np.arange(8) // 2
    iv = information_value(codes, y, sample_id="rows")
    assert iv.smoothed.all()
    first = information_value(codes, y, sample_id="rows", clusters=clusters)
    assert ((iv.cluster(clusters) - first).standard_error == 0).all()
    one, other = (pickle.loads(pickle.dumps(iv)) for _ in range(2))
    assert ((one - other).standard_error == 0).all()


def test_all_weights_together_have_a_degree_of_freedom_less_than_bins():
    assert weight_of_evidence([100, 200, 700], [300, 300, 300]).wald_test().df == 2
    assert weight_of_evidence([100, 200, 700], [300, 300, 300], kind="log_odds").wald_test().df == 3


def test_two_tables_of_one_sample_do_not_pair_cell_by_cell():
    one = information_value([10, 20], [30, 40], sample_id="rows")
    other = information_value([12, 18], [35, 35], sample_id="rows")
    with pytest.raises(InputError, match="cells of two tables do not pair"):
        one - other


def test_positional_vectors_are_counts_or_rows():
    counts = information_value([10, 20, 70], [300, 300, 300])
    named = information_value(events=[10, 20, 70], non_events=[300, 300, 300])
    same(counts, named)
    codes = ["a", "b", "a", "b", "b", "a", "a"]
    for labels in (
        [0, 0, 1, 1, 0, 1, 0],
        [False, False, True, True, False, True, False],
        list("ggbbgbg")[:7],
    ):
        if isinstance(labels[0], str):
            positional = information_value(codes, labels, pos_label="b")
        else:
            positional = information_value(codes, labels)
        same(positional, information_value(codes=codes, y=[0, 0, 1, 1, 0, 1, 0]))


@pytest.mark.parametrize(
    ("y", "pos_label"),
    [
        ([0, 1, 1, 0, 1], None),
        ([False, True, True, False, True], None),
        (["bad", "good", "good", "bad", "good"], None),
        ([1, 0, 0, 1, 0], 0),
        (["good", "bad", "bad", "good", "bad"], "bad"),
        (pd.Series([2.0, 7.0, 7.0, 2.0, 7.0]), None),
    ],
)
def test_the_event_is_the_greater_label_or_the_one_named(y, pos_label):
    iv = information_value(codes=[0, 0, 1, 1, 1], y=y, pos_label=pos_label)
    same(iv, information_value(events=[1, 2], non_events=[1, 1]))


@pytest.mark.parametrize(
    "codes",
    [["x", "x", "y", "y", "y"], [7, 7, -2, -2, -2], [0.5, 0.5, 1.5, 1.5, 1.5], pd.Categorical(list("xxyyy"))],
)
def test_bins_may_have_any_label(codes):
    same(information_value(codes=codes, y=[0, 1, 1, 0, 1]), information_value([1, 2], [1, 1]))


def test_named_counts_are_counts_even_if_they_are_0_and_1():
    same(
        information_value(events=[2, 1], non_events=[0, 1]),
        information_value([4, 2], [0, 2]),
        ("df", "smoothed"),
    )
    assert information_value(events=[2, 1], non_events=[0, 1]).value != information_value([2, 1], [0, 1]).value


@pytest.mark.parametrize("options", [{}, {"non_events": [1, 2]}, {"y": [0, 1]}])
def test_names_for_some_vectors_only_are_refused(options):
    with pytest.raises(InputError, match="name every one"):
        information_value([1, 2], **options)


def test_perfect_separation_is_finite_and_flagged():
    """Peers give 0, NaN or 19 here (specification, section 5)."""
    iv = information_value(events=[0, 50], non_events=[50, 0])
    assert iv.smoothed.all()
    assert iv.value[0] == pytest.approx(naive.information_value(np.array([50.5, 0.5]), np.array([0.5, 50.5])))
    assert iv.pvalue[0] < 1e-20
    assert iv.conf_int()[0, 0] > 1


def test_empty_bins_are_dropped_before_anything_is_added():
    same(information_value([5, 0, 9], [7, 0, 3]), information_value([5, 9], [7, 3]))


def test_a_single_bin_has_no_information():
    iv = information_value([5], [9])
    assert (iv.value[0], iv.df[0], iv.pvalue[0]) == (0, 0, 1)
    assert iv.conf_int().tolist() == [[0, 0]]


def test_equal_shares_have_none_either():
    iv = information_value([10, 20, 30], [100, 200, 300])
    assert iv.value[0] == pytest.approx(0, abs=1e-15)
    assert iv.pvalue[0] == pytest.approx(1.0)
    assert iv.conf_int()[0, 0] == 0
    assert iv.standard_error[0] == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"events": [1, 2]}, "either events and non_events"),
        ({"events": [1, 2], "non_events": [1, 2], "y": [0, 1]}, "either events and non_events"),
        ({"codes": [1, 2]}, "either events and non_events"),
        ({}, "either events and non_events"),
        ({"events": [1, 2], "non_events": [1, 2, 3]}, "events has 2, non_events has 3"),
        ({"events": [1, -2], "non_events": [1, 2]}, "events must be finite and not negative; check bins 1"),
        ({"events": [1, np.nan], "non_events": [1, 2]}, "check bins 1"),
        ({"events": [1, np.inf], "non_events": [1, 2]}, "check bins 1"),
        ({"events": [0, 0], "non_events": [1, 2]}, "events must not all be zero"),
        ({"events": [], "non_events": []}, "one count a bin"),
        ({"events": [[1, 2]], "non_events": [[1, 2]]}, "one count a bin"),
        ({"events": ["a", "b"], "non_events": [1, 2]}, "must be numbers"),
        ({"events": [1, 2], "non_events": [1, 3], "sample_weight": [1, 2]}, "go with rows"),
        ({"events": [1, 2], "non_events": [1, 3], "clusters": [1, 2]}, "go with rows"),
        ({"events": [1, 2], "non_events": [1, 3], "method": "exact"}, "method must be"),
        ({"events": [1, 2], "non_events": [1, 3], "names": ["a", "b"]}, "one entry a value"),
        ({"codes": [0, 1, 0], "y": [0, 1]}, "codes has 3, y has 2"),
        ({"codes": [0, 1, 0], "y": [0, 0, 0]}, "one class only"),
        ({"codes": [0, 1, 0], "y": [0, 1, 2]}, "two labels"),
        ({"codes": [0, 1, 0], "y": [0, 1, np.nan]}, "missing labels"),
        ({"codes": [0, 1, 0], "y": np.array(["a", 1, 1], dtype=object)}, "mixes labels"),
        ({"codes": [0, 1, 0], "y": [0, 1, 1], "pos_label": 3}, "not a label"),
        ({"codes": [0, np.nan, 0], "y": [0, 1, 1]}, "bin of their own"),
        ({"codes": ["a", None, "a"], "y": [0, 1, 1]}, "bin of their own"),
        ({"codes": np.zeros((2, 2, 2)), "y": [0, 1]}, "codes must have shape"),
        ({"codes": [], "y": []}, "no label"),
        ({"codes": [0, 1, 0], "y": [0, 1, 1], "sample_weight": [1, 1]}, r"shape \(3,\)"),
        ({"codes": [0, 1, 0], "y": [0, 1, 1], "sample_weight": [1, -1, 1]}, "check rows 1"),
        ({"codes": [0, 1, 0], "y": [0, 1, 1], "sample_weight": [0, 0, 0]}, "zero everywhere"),
        ({"codes": [0, 1, 0], "y": [0, 1, 1], "sample_weight": ["a", "b", "c"]}, "must be numbers"),
        ({"codes": [0, 1, 0], "y": [0, 1, 1], "clusters": [1, 2]}, "clusters has 2"),
        ({"codes": [0, 1, 0], "y": [0, 1, 1], "names": ["a", "b"]}, "names has 2"),
    ],
)
def test_bad_input_to_information_value_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        information_value(**arguments)


@given(contingency_tables())
def test_stability_is_the_information_value_of_two_samples(counts):
    psi = population_stability_index(counts[:, 0], counts[:, 1])
    same(psi, information_value(events=counts[:, 1], non_events=counts[:, 0]))
    assert psi.value[0] == pytest.approx(float(divergence(counts[:, 0], counts[:, 1], "jeffreys")), rel=1e-12)


@given(contingency_tables())
def test_a_fixed_reference_has_no_error_of_its_own(counts):
    """Drop the 1/G part of the variance (specification 2.6): the limit of a reference much larger."""
    p, q = counts.T
    fixed = population_stability_index(p, q, reference="fixed")
    huge = population_stability_index(1e9 * p, q)
    np.testing.assert_allclose(fixed.value, huge.value, rtol=1e-9, atol=1e-15)
    # The reference's part of the variance is 1e-9 of the other's size.
    np.testing.assert_allclose(fixed.standard_error, huge.standard_error, rtol=1e-4, atol=1e-12)
    assert fixed.scale[0] <= population_stability_index(p, q).scale[0] * (1 + 1e-6) or fixed.value[0] < 1e-9


def test_size_of_the_fixed_references_test_near_zero():
    """Its statistic is near Pearson's goodness of fit, whose law it shares."""
    p, q = np.array([5000.0, 3000, 2000]), np.array([510.0, 290, 200])
    fixed = population_stability_index(p, q, reference="fixed")
    fit = stats.chisquare(q, p / p.sum() * q.sum())
    assert fixed.statistic[0] == pytest.approx(fit.statistic, rel=0.02)  # third order in shares that differ by 2%
    assert fixed.pvalue[0] == pytest.approx(fit.pvalue, rel=0.02)


def test_values_are_counted_between_quantiles_of_the_reference():
    rng = np.random.default_rng(8)
    reference, current = rng.normal(size=1000), rng.normal(0.3, size=400)
    by_values = population_stability_index(reference, current, bins=10)
    quantiles = [naive.quantile_by_repetition(reference, np.ones(1000, int), k / 10) for k in range(1, 10)]
    cuts = [min(v for v in reference if v > quantile) for quantile in quantiles]
    expected = [np.bincount([naive.cut_code(v, cuts, 10) for v in x], minlength=10) for x in (reference, current)]
    assert expected[0].tolist() == [100] * 10
    same(by_values, population_stability_index(*expected))
    same(population_stability_index(reference, current, bins=cuts), by_values)


def test_missing_values_are_a_bin():
    reference, current = [1.0, 1, 2, 2, np.nan, np.nan], [1.0, 2, 2, 2, np.nan]
    psi = population_stability_index(reference, current, bins=[1.5])
    same(psi, population_stability_index([2, 2, 2], [1, 3, 1]))


@pytest.mark.parametrize("zeros", [5, 50, 90, 95])
def test_ties_make_fewer_bins_but_never_hide_a_shift(zeros):
    reference = np.repeat([0.0, 1.0], [zeros, 100 - zeros])
    psi = population_stability_index(reference, np.repeat([0.0, 1.0], [40, 10]), bins=10)
    if 10 <= zeros <= 90:
        same(psi, population_stability_index([zeros, 100 - zeros], [40, 10]))
    else:
        assert psi.df[0] <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [1, 2, 3]), "expected has 2, actual has 3"),
        (([1, 2], [0, 0]), "actual must not all be zero"),
        (([1, -2], [1, 2]), "expected must be finite"),
        (([1, 2], [1, 2], {"reference": "known"}), "reference must be"),
        (([1, 2], [1, 2], {"method": "exact"}), "method must be"),
        (([1, 2], [1, 2], {"bins": 1}), "at least 2"),
        (([1, 2], [1, 2], {"bins": 2.5}), "whole number"),
        (([np.nan], [1, 2], {"bins": 2}), "that varies; it holds 0"),
        (([3, 3, 3], [1, 2], {"bins": 2}), "that varies; it holds 1"),
        (([1, 2], [1, 2], {"bins": [2, 1]}), "ascending"),
        (([1, 2], [1, 2], {"bins": [1, np.nan]}), "without NaN"),
        (([1, 2], [], {"bins": 2}), "actual must not all be zero"),
        (([1, 2], ["a", "b"], {"bins": 2}), "must be numbers"),
    ],
)
def test_bad_input_to_stability_is_named(arguments, message):
    *vectors, options = arguments if isinstance(arguments[-1], dict) else (*arguments, {})
    with pytest.raises(InputError, match=message):
        population_stability_index(*vectors, **options)


@given(contingency_tables())
def test_weight_of_evidence_is_a_log_ratio_of_shares(counts):
    g, b = counts.T
    woe, odds = weight_of_evidence(b, g), weight_of_evidence(b, g, kind="log_odds")
    np.testing.assert_allclose(woe.value, np.log((g / g.sum()) / (b / b.sum())), atol=1e-13)
    np.testing.assert_allclose(odds.value - woe.value, np.log(g.sum() / b.sum()), atol=1e-13)
    np.testing.assert_allclose(odds.standard_error**2, 1 / g + 1 / b)
    full = 1 / g + 1 / b - 1 / g.sum() - 1 / b.sum()
    np.testing.assert_allclose(woe.standard_error**2, full, rtol=1e-9, atol=1e-13)


def test_a_higher_weight_is_a_lower_risk():
    woe = weight_of_evidence(events=[1, 50], non_events=[50, 50]).value
    assert woe[0] > 0 > woe[1]


def test_information_is_the_mean_weight_of_non_events_less_that_of_events():
    """IV = sum (P_g - P_b) WoE (Eq. 6)."""
    g, b = np.array([300.0, 200, 100]), np.array([20.0, 30, 40])
    woe = weight_of_evidence(b, g).value
    assert information_value(b, g).value[0] == pytest.approx((g / g.sum() - b / b.sum()) @ woe)


def test_differences_of_weights_are_the_coefficients_of_a_logistic_regression():
    """With a dummy a bin the model is saturated: value and standard error are those of the difference."""
    g, b = np.array([300.0, 200, 100]), np.array([20.0, 30, 40])
    design = np.tile(np.column_stack([np.ones(3), [0, 1, 0], [0, 0, 1]]), (2, 1))
    good, rows = np.repeat([1.0, 0.0], 3), np.concatenate([g, b])
    model = GLM(good, design, family=families.Binomial(), freq_weights=rows).fit(tol=1e-14)
    for kind in ("woe", "log_odds"):
        woe = weight_of_evidence(b, g, kind=kind)
        difference = woe[[1, 2]] - woe[[0, 0]]
        np.testing.assert_allclose(difference.value, model.params[1:], rtol=1e-8)
        np.testing.assert_allclose(difference.covariance, model.cov_params()[1:, 1:], rtol=1e-7)


def test_a_pure_bin_has_a_finite_weight():
    """A half in each cell: not the 18 to 20 that 1e-5 gives (specification 2.1)."""
    woe = weight_of_evidence(events=[0, 20], non_events=[50, 50])
    expected = np.log(np.array([50.5, 50.5]) / 101 / (np.array([0.5, 20.5]) / 21))
    np.testing.assert_allclose(woe.value, expected)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 0], [1, 0]), {}, "leave out the empty ones"),
        (([1, 2], [1]), {}, "events has 2, non_events has 1"),
        (([1, 2], [1, 2]), {"kind": "evidence"}, "kind must be"),
        (([1, -1], [1, 2]), {}, "not negative"),
    ],
)
def test_bad_input_to_weight_of_evidence_is_named(arguments, options, message):
    with pytest.raises(InputError, match=message):
        weight_of_evidence(*arguments, **options)


def test_rows_that_could_be_counts_must_be_named():
    rng = np.random.default_rng(0)
    codes, y = rng.integers(1, 4, 60), rng.integers(1, 3, 60)
    for pair in ((codes, y), (y, codes), (codes.tolist(), y.astype(float))):
        with pytest.raises(InputError, match=r"Name them: codes= and y= \(a row each\), or events= and non_events="):
            information_value(*pair)
    expected = information_value(codes=codes, y=y)
    same(information_value(codes, y - 1), expected)
    same(information_value(codes[:, None], y), expected)  # a column a feature: no counts
    same(information_value(events=codes, non_events=y), information_value(events=codes[::-1], non_events=y[::-1]))
    same(information_value([30, 40], [10, 20]), information_value(events=[30, 40], non_events=[10, 20]))


MASKED = np.ma.array([10.0, 20.0, 30.0], mask=[0, 1, 0])


@pytest.mark.parametrize(
    "call",
    [
        lambda: information_value(events=MASKED, non_events=[1, 2, 3]),
        lambda: information_value(codes=MASKED, y=[0, 1, 1]),
        lambda: information_value(codes=[0, 1, 1], y=MASKED),
        lambda: population_stability_index(MASKED, [1, 2, 3]),
        lambda: weight_of_evidence(events=[1, 2, 3], non_events=MASKED),
    ],
)
def test_what_is_masked_is_never_counted(call):
    with pytest.raises(InputError, match="is a masked array; leave its masked entries out"):
        call()


def test_a_masked_value_is_missing_where_missing_is_a_bin():
    rng = np.random.default_rng(1)
    values, hidden = rng.normal(size=(2, 500)), rng.random((2, 500)) < 0.1
    masked = population_stability_index(*(np.ma.array(v, mask=h) for v, h in zip(values, hidden, strict=True)), bins=5)
    same(masked, population_stability_index(*np.where(hidden, np.nan, values), bins=5))


@pytest.mark.parametrize(("weight", "beyond"), [(1e-99, 1e-300), (1e99, 1e300)])
def test_extreme_equal_weights_are_those_of_one(weight, beyond):
    rng = np.random.default_rng(2)
    codes, y = rng.integers(0, 3, 300), rng.integers(0, 2, 300)
    weighted = information_value(codes=codes, y=y, sample_weight=np.full(300, weight))
    same(weighted, information_value(codes=codes, y=y, sample_weight=np.ones(300)), ("value", "standard_error", "bias"))
    with pytest.raises(InputError, match="must lie between 1e-100 and 1e100"):
        information_value(codes=codes, y=y, sample_weight=np.full(300, beyond))


@pytest.mark.filterwarnings("default")
def test_few_rows_are_told_where_the_call_stands():
    few, enough = [5, 6, 3], [6, 6, 3]
    many = [10**6] * 3
    y, codes = np.repeat([0, 1], [3000, 14]), np.arange(3014) % 3
    for call in (
        lambda b: information_value(b, many),
        lambda b: population_stability_index(many, b),
        lambda b: population_stability_index(many, b, reference="fixed"),
        lambda b: information_value(codes=codes, y=y, sample_weight=np.where(y == 1, 1.0, 99.0 + sum(b))),
    ):
        with pytest.warns(SmallCountWarning, match="Some 14 effective rows: below 15") as caught:
            call(few)
        assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        population_stability_index(many, enough, reference="fixed")
        information_value([6, 7, 3], many)


def test_the_half_added_to_empty_cells_is_no_row():
    with pytest.warns(SmallCountWarning, match="Some 2 effective rows"):
        information_value(events=[2] + [0] * 39, non_events=[500] * 40)


@pytest.mark.parametrize("values", [([-1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), ([1.0, 2.0], [1.0, 2.0, 3.0]), (["a"], ["b"])])
def test_values_given_for_counts_are_told_of_bins(values):
    with pytest.raises(InputError, match="If these are values rather than counts, say how to bin them: bins=10"):
        population_stability_index(*values)


def test_clusters_of_one_row_leave_the_bias_and_copies_of_rows_multiply_it():
    rng = np.random.default_rng(21)
    codes, y = rng.integers(0, 4, 600), rng.random(600) < 0.3
    alone = information_value(codes=codes, y=y)
    own = information_value(codes=codes, y=y, clusters=np.arange(600))
    assert own.bias[0] == pytest.approx(alone.bias[0], rel=1e-9)
    copied = information_value(codes=np.tile(codes, 3), y=np.tile(y, 3), clusters=np.tile(np.arange(600), 3))
    assert copied.bias[0] == pytest.approx(alone.bias[0], rel=1e-9)
    split = information_value(codes=np.tile(codes, 3), y=np.tile(y, 3))
    assert split.bias[0] == pytest.approx(alone.bias[0] / 3, rel=1e-9)


def test_the_bias_of_clusters_is_that_of_repeated_samples():
    """Four rows a cluster share their bin and often their class."""
    rng = np.random.default_rng(22)
    values, biases = [], []
    for _ in range(400):
        codes = np.repeat(rng.integers(0, 4, 150), 4)
        y = np.where(rng.random(600) < 0.5, np.repeat(rng.random(150) < 0.4, 4), rng.random(600) < 0.4)
        iv = information_value(codes=codes, y=y, clusters=np.repeat(np.arange(150), 4))
        values.append(float(iv))
        biases.append(iv.bias[0])
    assert np.mean(biases) == pytest.approx(np.mean(values), abs=5 * np.std(values) / 20)


def test_a_fixed_reference_is_not_smoothed():
    psi = population_stability_index([0.5, 0.3, 0.2], [60, 40, 0], reference="fixed")
    p, q = np.array([0.5, 0.3, 0.2]), np.array([60.5, 40.5, 0.5]) / 101.5
    assert psi.smoothed[0]
    assert float(psi) == pytest.approx(((p - q) * np.log(p / q)).sum())
    in_counts = population_stability_index([500, 300, 200], [60, 40, 0], reference="fixed")
    assert float(in_counts) == pytest.approx(float(psi))
    assert in_counts.standard_error == pytest.approx(psi.standard_error)


def test_rows_outside_a_fixed_reference_are_refused():
    with pytest.raises(InputError, match=r"none in bins \[2\]"):
        population_stability_index([0.5, 0.5, 0.0], [60, 40, 10], reference="fixed")
    both = population_stability_index([0.5, 0.5, 0.0], [60, 40, 0], reference="fixed")
    assert both.df[0] == 1


def test_light_weights_are_told_where_a_half_is_added():
    codes, y = np.repeat([0, 1], 50), np.r_[np.zeros(50), np.arange(50) % 2]
    with pytest.warns(SmallCountWarning, match="mean of 1"):
        information_value(codes=codes, y=y, sample_weight=np.full(100, 1e-3))
    information_value(codes=codes, y=y, sample_weight=np.ones(100))


def test_the_bias_of_weighted_rows_is_that_of_rows_as_clusters():
    """A heavy bin: the effective sizes alone would say four times as much."""
    rng = np.random.default_rng(25)
    codes, y = rng.integers(0, 10, 3000), rng.random(3000) < 0.15
    weights = np.where(codes == 0, 10.0, 1.0)
    alone = information_value(codes=codes, y=y, sample_weight=weights).bias
    rows = information_value(codes=codes, y=y, sample_weight=weights, clusters=np.arange(3000)).bias
    assert alone == pytest.approx(rows, rel=1e-9)
