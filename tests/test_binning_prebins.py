"""Pre-bins against slow versions, and what users may give by hand."""

import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import naive
from kullback.binning._prebins import (
    merge_levels,
    quantile_cuts,
    stump_groups,
    supervised_coarsening,
    uniform_cuts,
    user_cuts,
    user_groups,
)
from kullback.exceptions import InputError, MissingDependencyError
from strategies import whole_weights

few_values = st.integers(-3, 3).map(float) | st.sampled_from([-np.inf, np.inf])
many_values = st.integers(-40, 40).map(lambda v: v / 4)


@st.composite
def weighted_samples(draw):
    n = draw(st.integers(1, 60))
    values = draw(hnp.arrays(np.float64, n, elements=draw(st.sampled_from([few_values, many_values]))))
    spike = draw(st.integers(0, n))
    values[n - spike // 2 :] = values[0]
    return values, draw(whole_weights(n))


@given(weighted_samples(), st.integers(2, 12), st.sampled_from([0, 5, 10, 25]))
def test_quantile_cuts_are_those_of_the_definition(sample, max_bins, percent):
    values, weights = sample
    cuts = quantile_cuts(values, weights, max_bins, percent / 100)
    assert cuts.tolist() == naive.quantile_cuts(values, weights, max_bins, Fraction(percent, 100))


@given(weighted_samples(), st.integers(2, 12))
def test_a_whole_weight_is_repetition_for_the_cuts(sample, max_bins):
    values, weights = sample
    repeated = np.repeat(values, weights.astype(int))
    np.testing.assert_array_equal(
        quantile_cuts(values, weights, max_bins, 0.05), quantile_cuts(repeated, None, max_bins, 0.05)
    )


@given(weighted_samples(), st.integers(2, 12))
def test_cuts_are_few_ascending_and_leave_no_pre_bin_empty(sample, max_bins):
    values, weights = sample
    for cuts in (quantile_cuts(values, weights, max_bins, 0.05), uniform_cuts(values, max_bins)):
        assert cuts.size < max_bins
        assert (np.diff(cuts) > 0).all()
        place = np.searchsorted(cuts, values, side="right")
        assert {0, cuts.size} <= set(place.tolist())
    place = np.searchsorted(quantile_cuts(values, weights, max_bins, 0.05), values, side="right")
    assert set(place.tolist()) == set(range(int(place.max()) + 1))


@given(weighted_samples(), st.integers(2, 12))
def test_values_that_differ_are_cut_somewhere(sample, max_bins):
    values, weights = sample
    several = np.unique(values).size > 1
    assert (quantile_cuts(values, weights, max_bins, 0.05).size > 0) is several
    assert (uniform_cuts(values, max_bins).size > 0) is several


@pytest.mark.parametrize("place", [0.0, 0.3137, 2.0], ids=["first", "inside", "last"])
def test_a_spike_is_a_pre_bin_of_its_own(place):
    values = np.r_[np.random.default_rng(0).uniform(0.01, 1, 970), np.full(30, place)]
    item = np.searchsorted(quantile_cuts(values, None, 50, 0.05), values, side="right")
    assert (values[item == item[-1]] == place).all()


def test_the_least_weight_of_a_bin_is_cut_off_at_both_ends():
    values = np.arange(1000.0)
    cuts = quantile_cuts(values, None, 20, 0.033)
    assert {33.0, 967.0} <= set(cuts)


@pytest.mark.parametrize(("max_bins", "expected"), [(2, [500]), (3, [334, 667]), (4, [50, 500, 950])])
def test_where_there_is_little_room_cuts_inside_come_first(max_bins, expected):
    assert quantile_cuts(np.arange(1000.0), None, max_bins, 0.05).tolist() == expected


def test_many_heavy_values_with_rare_ones_between_stay_apart():
    values = np.r_[np.repeat(np.arange(45.0), 220), np.arange(44) + 0.5]
    cuts = quantile_cuts(values, None, 50, 0.05)
    assert cuts.tolist() == np.arange(1, 45.0).tolist()


def test_uniform_cuts_are_at_equal_distances_over_the_finite_range():
    values = np.array([-np.inf, 0.0, 1.0, 10.0, np.inf])
    np.testing.assert_allclose(uniform_cuts(values, 5), [2, 4, 6, 8])


def test_a_range_beyond_the_largest_float_has_uniform_cuts():
    np.testing.assert_allclose(uniform_cuts(np.array([-1.7e308, 1.7e308]), 4), [-0.85e308, 0, 0.85e308], atol=1e292)


@pytest.mark.parametrize("values", [[1.0, 1.0], [np.inf], []])
def test_one_value_has_no_cut(values):
    assert uniform_cuts(np.array(values), 10).size == 0
    assert quantile_cuts(np.array(values), None, 10).size == 0


@st.composite
def level_counts(draw, max_levels=12):
    n_levels = draw(st.integers(1, max_levels))
    counts = draw(hnp.arrays(np.int64, (n_levels, 2), elements=st.integers(0, 30))).astype(float)
    counts[0] += 1
    return counts


@given(level_counts())
def test_levels_stand_in_the_order_of_their_event_rates(counts):
    position = merge_levels(counts, max_items=12)
    overall = counts[:, 1].sum() / counts.sum()
    rate = [b / (g + b) if g + b else overall for g, b in counts]
    assert sorted(position.tolist()) == list(range(len(counts)))
    assert np.argsort(position).tolist() == sorted(range(len(counts)), key=lambda level: (rate[level], level))


@given(level_counts(max_levels=30), st.integers(2, 6))
def test_levels_merged_first_are_neighbours_of_the_order(counts, max_items):
    order = np.argsort(merge_levels(counts, max_items=30))
    merged = merge_levels(counts, max_items=max_items)
    assert set(merged.tolist()) == set(range(merged.max() + 1))
    assert merged.max() < max_items or len(counts) <= max_items
    assert (np.diff(merged[order]) >= 0).all()


def test_merged_levels_are_of_like_weight():
    counts = np.column_stack([np.full(100, 50.0), np.arange(100.0)])
    weight = np.bincount(merge_levels(counts, max_items=10), counts.sum(axis=1))
    assert weight.size == 10
    assert np.ptp(weight) <= 2 * counts.sum(axis=1).max()  # at most a level more or less at either end


def test_a_level_goes_where_the_middle_of_its_weight_lies():
    counts = np.array([[36.0, 0.0], [0.0, 20.0], [12.0, 12.0], [15.0, 5.0]])  # of 100, in the order 0, 3, 2, 1
    assert merge_levels(counts, max_items=2).tolist() == [0, 1, 1, 0]
    assert merge_levels(counts, max_items=3).tolist() == [0, 2, 2, 1]
    assert merge_levels(np.zeros((4, 2)), max_items=2).tolist() == [0, 0, 0, 0]


def test_only_levels_and_stumps_depend_on_the_target():
    assert supervised_coarsening("numeric", "quantile", 50) is None
    assert supervised_coarsening("numeric", "uniform", 50) is None
    counts = np.array([[5.0, 1.0], [1.0, 5.0], [4.0, 2.0]])
    assert supervised_coarsening("categorical", "stumps", 50)(counts).tolist() == [0, 2, 1]
    assert supervised_coarsening("numeric", "stumps", 50)(counts).tolist() == [0, 1, 2]


def test_stumps_on_counts_are_those_of_a_model_fitted_on_rows():
    xgboost = pytest.importorskip("xgboost")
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 40, 3000)
    y = rng.random(3000) < 1 / (1 + np.exp(2 - np.abs(codes - 15) / 8))
    counts = np.column_stack([np.bincount(codes[~y], minlength=40), np.bincount(codes[y], minlength=40)]).astype(float)
    model = xgboost.XGBClassifier(
        n_estimators=11, max_depth=1, tree_method="exact", min_child_weight=0, n_jobs=1, base_score=None
    ).fit(codes[:, None], y)
    splits = model.get_booster().trees_to_dataframe().query("Feature != 'Leaf'")["Split"]
    expected = np.searchsorted(np.unique(np.ceil(splits)), np.arange(40), side="right")
    assert 2 < expected.max() < 12
    np.testing.assert_array_equal(stump_groups(counts, max_items=12), expected)


@pytest.mark.parametrize("counts", [np.empty((0, 2)), np.array([[3.0, 4.0]])])
def test_nothing_to_split_needs_no_model(counts):
    assert stump_groups(counts, max_items=5).tolist() == [0] * len(counts)


def test_items_without_rows_are_stump_groups_too():
    counts = np.array([[50.0, 0.0], [0.0, 0.0], [0.0, 50.0]])
    groups = stump_groups(counts, max_items=5)
    assert groups[0] != groups[2]
    assert (np.diff(groups) >= 0).all()


def test_the_message_names_the_extra_that_brings_stumps(monkeypatch):
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(MissingDependencyError, match=r"kullback\[boost-cpu\]"):
        stump_groups(np.ones((3, 2)), max_items=5)


def test_cuts_of_the_user_become_numbers():
    assert user_cuts((1, 2.5, 7), "x").tolist() == [1.0, 2.5, 7.0]
    assert user_cuts([], "x").size == 0


@pytest.mark.parametrize(
    ("cuts", "told"),
    [
        ([2, 1], "finite and ascending"),
        ([1, 1], "finite and ascending"),
        ([0, np.nan], "finite and ascending"),
        ([0, np.inf], "finite and ascending"),
        (0.5, "a list of numbers"),
        ("quantile", "a list of numbers"),
        ([["a"], ["b", "c"]], "a list of numbers"),
        ([[1, 2]], "a list of numbers"),
    ],
)
def test_a_message_says_what_is_wrong_with_cuts(cuts, told):
    with pytest.raises(InputError, match=f"cuts given for 'income' must be {told}"):
        user_cuts(cuts, "income")


def test_groups_of_the_user_may_be_lists_tuples_sets_or_levels():
    levels = ["a", "b", "c", "d", "e"]
    groups = user_groups([["b", "a"], ("c",), {"e", "d"}, "z"], levels, "grade")
    assert groups == (("b", "a"), ("c",), ("d", "e"), ("z",))
    assert user_groups(np.array(["a", "b"]), ["a", "b"], "grade") == (("a",), ("b",))


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ([["a"], ["b"]], "must hold every level; 'c' is in none"),
        ([["a"]], "must hold every level; 'b', 'c' are in none"),
        ([["a", "b"], ["c", "a"]], "must hold each level once; 'a' comes twice"),
        ([["a", "b", "c"], [None]], "must be of levels; one holds a missing value"),
        ([["a", "b", "c", np.nan]], "must be of levels; one holds a missing value"),
        (5, r"must be a list of lists of levels, such as .* 5 came"),
        ("abc", "must be a list of lists of levels"),
        ([["a", ["b"]], "c"], "must be a list of lists of levels"),
        ([], "must hold every level"),
    ],
)
def test_a_message_says_what_is_wrong_with_groups(groups, told):
    with pytest.raises(InputError, match=f"groups given for 'grade' {told}"):
        user_groups(groups, ["a", "b", "c"], "grade")
