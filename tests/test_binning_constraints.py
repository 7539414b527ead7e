"""Constraints as users state them, through the binner."""

import itertools
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kullback.binning import BinConstraints, OptimalBinner
from kullback.exceptions import BinningWarning, InputError


def hump(n=4000, seed=0):
    """A feature whose events are most frequent in the middle, and the events."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    return x, (rng.random(n) < 0.05 + 0.4 * (1 - x**2)).astype(int)


def fit(x, y, **parameters):
    return OptimalBinner(**parameters).fit(pd.DataFrame({"x": x}), y).tables_["x"]


def test_a_fixed_cut_is_a_cut_and_a_forbidden_one_is_none():
    x, y = hump()
    free = fit(x, y, monotonic="none")
    assert ((free.cuts > 0.5) & (free.cuts <= 0.9)).any()
    rules = BinConstraints(fixed_cuts=[0.123, -0.4], forbidden_cuts=[(0.5, 0.9), free.cuts[0]])
    table = fit(x, y, monotonic="none", constraints=rules)
    assert {0.123, -0.4} <= set(table.cuts)
    assert not ((table.cuts > 0.5) & (table.cuts <= 0.9)).any()
    assert free.cuts[0] not in table.cuts
    assert table.violations == ()


def test_fixed_cuts_that_break_a_constraint_stay_and_are_told():
    x, y = hump()
    rules = BinConstraints(fixed_cuts=[-0.99], max_pvalue=0.01)
    with pytest.warns(BinningWarning) as caught:
        table = fit(x, y, constraints=rules)
    assert table.cuts.tolist() == [-0.99]
    few, alike = table.violations
    assert few.startswith("The fixed cuts for 'x' leave 0.525% of the rows in [-inf, -0.99); min_bin_fraction=0.05")
    assert "max_pvalue" in alike
    assert [str(warning.message) for warning in caught] == [few, alike]


def test_stumps_keep_fixed_cuts_too():
    pytest.importorskip("xgboost")
    x, y = hump()
    table = fit(x, y, monotonic="none", prebinning="stumps", constraints=BinConstraints(fixed_cuts=[0.3333]))
    assert 0.3333 in table.cuts
    assert table.rule.n_bins > 2


@pytest.mark.parametrize("shape", ["concave", "convex"])
def test_event_rates_bend_as_asked(shape):
    x, y = hump()
    rates = fit(x, y, monotonic=shape, min_bin_fraction=0.02).event_rate
    sign = -1 if shape == "concave" else 1
    assert (sign * np.diff(rates, 2) >= -1e-12).all()
    assert rates.size > 2 or shape == "convex"


def test_the_best_shape_is_found_and_the_simplest_of_equals():
    x, y = hump()
    assert fit(x, y, monotonic="best").trend in ("peak", "concave")
    rng = np.random.default_rng(1)
    events = (rng.random(x.size) < 0.2 + 0.1 * x).astype(int)
    assert fit(x, events, monotonic="best").trend == "ascending"


def test_neighbours_are_told_apart_by_their_test_and_their_gap():
    x, y = hump()
    rates = fit(x, y, monotonic="none", constraints=BinConstraints(min_gap=0.07)).event_rate
    assert (np.abs(np.diff(rates)) >= 0.07).all()
    table = fit(x, y, monotonic="none", constraints=BinConstraints(max_pvalue=0.001))
    counts = table.contingency.counts
    for pair in itertools.pairwise(counts):
        assert stats.chi2_contingency(np.array(pair), correction=False).pvalue <= 0.001
    assert table.rule.n_bins < fit(x, y, monotonic="none").rule.n_bins


def test_weights_count_as_their_rows_in_the_test_of_neighbours():
    x, y = hump(1500)
    frame, rules = pd.DataFrame({"x": x}), BinConstraints(max_pvalue=0.01)
    binner = OptimalBinner(monotonic="none", constraints=rules)
    heavy = binner.fit(frame, y, sample_weight=np.full(y.size, 100.0)).tables_["x"].cuts
    np.testing.assert_array_equal(heavy, binner.fit(frame, y).tables_["x"].cuts)


def test_a_rule_of_the_users_own_holds():
    x, y = hump()

    def alternating(left, right):
        return np.abs(left.sum(axis=0) - right.sum(axis=0)) < 300  # bins of like size

    table = fit(x, y, monotonic="none", constraints=BinConstraints(neighbour_rule=alternating))
    assert (np.abs(np.diff(table.count)) < 300).all()
    assert table.rule.n_bins > 1


def test_bins_are_as_many_as_asked_for_and_a_penalty_makes_them_few():
    x, y = hump()
    noise = np.random.default_rng(3).integers(0, 2, x.size)
    assert fit(x, noise, monotonic="none", constraints=BinConstraints(min_bins=5)).rule.n_bins >= 5

    def number(penalty):
        rules = BinConstraints(penalty=penalty)
        return fit(x, y, monotonic="none", criterion="log_likelihood", constraints=rules).rule.n_bins

    assert number(0.0) > number(3.0) > 1
    with pytest.warns(BinningWarning, match="no two bins satisfy .* and constraints"):
        assert number(1e4) == 1


def test_every_constraint_may_be_of_one_feature():
    x, y = hump()
    frame = pd.DataFrame({"a": x, "b": -x})
    binner = OptimalBinner(
        monotonic={"a": "none", "b": "none"}, max_bins={"a": 2}, min_bin_fraction={"a": 0.3}, min_bin_events={"a": 50},
        constraints={"a": BinConstraints(fixed_cuts=[0.25])},
    ).fit(frame, y)  # fmt: skip
    assert binner.tables_["a"].cuts.tolist() == [0.25]
    assert binner.tables_["b"].rule.n_bins > 2


@pytest.mark.parametrize("criterion", ["chi2", "gini", "log_likelihood", "mutual_information"])
def test_a_binner_with_any_criterion_and_constraints_survives_a_pickle(criterion):
    x, y = hump(800)
    frame = pd.DataFrame({"x": x})
    binner = OptimalBinner(criterion=criterion, constraints=BinConstraints(max_pvalue=0.05)).fit(frame, y)
    again = pickle.loads(pickle.dumps(binner))
    np.testing.assert_array_equal(again.transform(frame), binner.transform(frame))
    assert again.permutation_test(19, random_state=0).pvalue == binner.permutation_test(19, random_state=0).pvalue


def test_noise_keeps_its_size_under_every_constraint_and_shape():
    """The permutation test repeats the choice, with all that constrains it."""
    rng = np.random.default_rng(0)
    rules = BinConstraints(max_pvalue=0.2, min_gap=0.01)
    frame = pd.DataFrame(rng.normal(size=(400, 40)))
    frame.columns = [f"x{j}" for j in range(40)]
    y = rng.integers(0, 2, 400)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BinningWarning)
        binner = OptimalBinner(monotonic="best", max_prebins=12, constraints=rules).fit(frame, y)
    rejected = int((binner.permutation_test(99, random_state=1).pvalue <= 0.05).sum())
    assert rejected <= stats.binom.ppf(0.9995, 40, 0.05)


def levels(n=3000, seed=4):
    """A categorical of five frequent levels and forty rare ones, and events that only the frequent tell of."""
    rng = np.random.default_rng(seed)
    grade = np.where(rng.random(n) < 0.9, rng.choice(list("abcde"), n), rng.integers(0, 40, n).astype(str))
    risk = np.select([grade == level for level in "abcde"], [0.05, 0.1, 0.2, 0.3, 0.4], 0.2)
    return grade.astype(object), (rng.random(n) < risk).astype(int)


def test_rare_levels_are_joined_before_the_order_and_told():
    grade, y = levels()
    table = fit(grade, y, constraints=BinConstraints(min_level_rows=30))
    rare = {str(j) for j in range(40)} & set(grade)
    assert set(table.rare_levels) == rare
    assert sum(rare <= set(group) for group in table.groups) == 1  # all in one bin
    assert "Joined for their few rows before the bins were chosen: 0, 1, 10" in repr(table)
    assert "and 20 more" in repr(table)
    free = fit(grade, y)
    assert free.rare_levels == ()
    assert sum(bool(rare & set(group)) for group in free.groups) > 1


def test_joined_levels_are_one_level_of_their_name():
    grade, y = levels()
    rare = np.isin(grade, [str(j) for j in range(40)])
    renamed = np.where(rare, "~", grade).astype(object)
    joined, other = fit(grade, y, constraints=BinConstraints(min_level_rows=30)), fit(renamed, y)
    np.testing.assert_array_equal(joined.contingency.counts, other.contingency.counts)
    assert [sorted(set(group) & set("abcde")) for group in joined.groups] == [
        sorted(set(group) & set("abcde")) for group in other.groups
    ]


def test_rows_of_a_level_count_by_weight_and_a_single_rare_level_stays():
    grade, y = levels()
    weights = np.where(np.isin(grade, ["0", "1"]), 100.0, 1.0)
    frame = pd.DataFrame({"x": grade})
    rules = BinConstraints(min_level_rows=30)
    table = OptimalBinner(constraints=rules).fit(frame, y, sample_weight=weights).tables_["x"]
    assert not {"0", "1"} & set(table.rare_levels)
    few = np.where(np.isin(grade, list("0abcde")), grade, "a").astype(object)
    assert fit(few, y, constraints=rules).rare_levels == ()


@pytest.mark.parametrize("kind", ["multiclass", "continuous", "count"])
def test_rare_levels_are_joined_for_every_target(kind):
    grade, y = levels()
    rng = np.random.default_rng(0)
    values = {"multiclass": np.array(["u", "v", "w"])[y + rng.integers(0, 2, y.size)], "count": y * 2}
    target = values.get(kind, y + rng.normal(size=y.size))
    table = fit(grade, target, target_type=kind, constraints=BinConstraints(min_level_rows=30))
    assert len(table.rare_levels) == 40
    assert "Joined for their few rows" in repr(table)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"min_bins": 0}, "min_bins must be a whole number"),
        ({"min_gap": -0.1}, "min_gap must be a finite number"),
        ({"penalty": np.inf}, "penalty must be a finite number"),
        ({"min_level_rows": -1}, "min_level_rows must be a finite number"),
        ({"max_pvalue": 0.0}, "max_pvalue must lie in"),
        ({"neighbour_rule": 3}, "neighbour_rule must be callable"),
        ({"fixed_cuts": [np.nan]}, "fixed_cuts must be finite"),
        ({"fixed_cuts": ["a"]}, "fixed_cuts must be finite"),
        ({"forbidden_cuts": [(3, 1)]}, "low <= high"),
        ({"forbidden_cuts": ["b"]}, "forbidden_cuts must hold numbers"),
        ({"fixed_cuts": [2], "forbidden_cuts": [(1, 3)]}, "contradict each other at 2"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(entry, told):
    with pytest.raises(InputError, match=told):
        BinConstraints(**entry)


def test_constraints_that_cannot_hold_together_are_refused():
    x, y = hump(200)
    with pytest.raises(InputError, match=r"max_bins=2 for 'x' must allow the 4 bins"):
        fit(x, y, max_bins=2, constraints=BinConstraints(fixed_cuts=[-0.5, 0, 0.5]))
    with pytest.raises(InputError, match="gives all cuts of 'x'"):
        fit(x, y, prebinning={"x": [0.0]}, constraints=BinConstraints(fixed_cuts=[0.5]))
    with pytest.raises(InputError, match="are for numbers"):
        fit(np.where(x > 0, "a", "b"), y, constraints=BinConstraints(fixed_cuts=[0.5]))
    with pytest.raises(InputError, match="constraints must be BinConstraints"):
        fit(x, y, constraints={"x": {"min_bins": 3}})
    with pytest.raises(InputError, match="max_bins must be a number from 1"):
        fit(x, y, max_bins={"x": 0})
