"""Every value has one bin, or is known to have none."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
from kullback._frames import Column, column_of
from kullback.binning._rule import SHOWN, BinRule, is_missing, value_text
from kullback.exceptions import InputError

numbers = st.integers(-6, 6).map(float) | st.sampled_from([np.nan, np.inf, -np.inf, 2.5, 99.0])


def numeric(cuts, **more):
    return BinRule("x", "numeric", np.array(cuts, dtype=float), **more)


def naive_code(value, rule):
    if value in rule.absent:
        return rule.n_bins
    if value in rule.specials:
        return rule.n_regular + rule.specials.index(value)
    missing = rule.n_bins - 1 if rule.missing else rule.n_bins
    return naive.cut_code(value, rule.cuts.tolist(), missing)


@given(
    st.lists(numbers, min_size=1, max_size=20),
    st.sets(st.integers(-5, 5), max_size=4),
    st.permutations([99.0, 3, np.inf]),
    st.integers(0, 3),
    st.booleans(),
)
def test_a_number_has_the_bin_of_its_cuts_unless_it_is_special(values, cuts, codes, n_special, missing):
    rule = numeric(sorted(cuts), specials=tuple(codes[:n_special]), absent=tuple(codes[n_special:]), missing=missing)
    expected = [naive_code(value, rule) for value in values]
    assert rule.codes(column_of(np.array(values), "x")).tolist() == expected
    assert max(expected) <= rule.n_bins == len(cuts) + 1 + n_special + missing == len(rule.labels)


levels = st.sampled_from(["a", "b", "c", "d", "e", "zz", None])


@given(st.lists(levels, min_size=1, max_size=20), st.booleans())
def test_a_level_has_the_bin_of_its_group(values, missing):
    rule = BinRule("grade", "categorical", np.empty(0), (("b", "a"), ("c",)), ("d",), missing)
    place = {"a": 0, "b": 0, "c": 1, "d": 2, None: 3, "e": rule.n_bins, "zz": rule.n_bins}
    column = column_of(pd.Series(values, dtype="str"), "grade")
    assert rule.codes(column).tolist() == [place[value] for value in values]


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6, unique=True), st.data())
def test_merging_the_rule_is_merging_the_codes(cuts, data):
    rule = numeric(sorted(cuts), specials=(99.0,), missing=True)
    steps = data.draw(st.lists(st.integers(0, 1), min_size=len(cuts), max_size=len(cuts)))
    bins = np.cumsum([0, *steps])
    merged = rule.merge(bins)
    column = column_of(np.array([-7.0, *cuts, 99.0, np.nan, 2.5]), "x")
    place = np.r_[bins, bins.max() + 1, bins.max() + 2]
    np.testing.assert_array_equal(merged.codes(column), place[rule.codes(column)])
    assert (merged.specials, merged.missing) == (rule.specials, rule.missing)


def test_merging_groups_of_levels_keeps_each_level_once():
    rule = BinRule("grade", "categorical", np.empty(0), (("a",), ("b",), ("c",)))
    assert rule.merge(np.array([1, 0, 1])).groups == (("b",), ("a", "c"))
    assert BinRule("grade", "categorical", np.empty(0)).merge(np.empty(0, dtype=np.int64)).groups == ()


def test_names_say_which_end_belongs_to_a_bin():
    rule = numeric([-1.5, 0.0, 41000.0], specials=(-9999999.0, 98), missing=True)
    assert rule.labels == (
        "[-inf, -1.5)",
        "[-1.5, 0)",
        "[0, 41000)",
        "[41000, inf]",
        "special -9999999",
        "special 98",
        "missing",
    )
    assert rule.roles == ("regular",) * 4 + ("special",) * 2 + ("missing",)


def test_infinity_can_be_a_bin_of_its_own():
    rule = numeric([0.0, np.inf])
    assert rule.labels == ("[-inf, 0)", "[0, inf)", "[inf, inf]")
    assert rule.codes(column_of([-np.inf, 0.0, 1e308, np.inf], "x")).tolist() == [0, 1, 1, 2]


def test_names_of_close_cuts_differ():
    cuts = np.nextafter(1.0, [0, 2])
    labels = numeric(cuts).labels
    assert len(set(labels)) == 3
    assert numeric([np.float64(0.1) + 0.2]).labels[0] == "[-inf, 0.3)"


def test_zero_has_no_sign_in_a_name():
    assert numeric([-0.0]).labels == ("[-inf, 0)", "[0, inf]")


def test_a_boolean_is_false_or_true():
    assert BinRule("x", "boolean", np.array([1.0])).labels == ("False", "True")
    assert BinRule("x", "boolean", np.array([0.5]), missing=True).labels == ("False", "True", "missing")
    assert BinRule("x", "boolean", np.array([5.0])).labels == ("[-inf, 5)", "[5, inf]")


def test_long_groups_are_told_in_short():
    group = tuple(f"level {i}" for i in range(SHOWN + 3))
    label = BinRule("x", "categorical", np.empty(0), (group, ("z", 1.0))).labels
    assert label[0].endswith(f"level {SHOWN - 1}, ... (3 more)")
    assert label[1] == "z, 1"


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (0.1, "0.1"), (np.float64(1e15), "1000000000000000.0"), (-7, "-7"), ("a", "a")]
)
def test_a_value_is_written_in_full(value, text):
    assert value_text(value) == text


@pytest.mark.parametrize("value", [None, np.nan, np.float32("nan"), pd.NA, pd.NaT])
def test_every_kind_of_missing_value_is_known(value):
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, "", "nan", False, np.inf, datetime.date(2020, 1, 1)])
def test_what_is_there_is_not_missing(value):
    assert not is_missing(value)


def test_another_kind_than_before_is_refused_by_name():
    rule = numeric([0.0], missing=True)
    with pytest.raises(InputError, match="'x' was numeric when the bins were made and is categorical now"):
        rule.codes(column_of(["a"], "x"))
    words = BinRule("x", "categorical", np.empty(0), (("a",),), missing=True)
    with pytest.raises(InputError, match="'x' was categorical when the bins were made and is numeric now"):
        words.codes(column_of([1.0], "x"))


def test_a_column_without_any_value_has_no_kind():
    words = BinRule("x", "categorical", np.empty(0), (("a",),), missing=True)
    assert words.codes(column_of([None, np.nan], "x")).tolist() == [1, 1]
    numbers = numeric([0.0])
    assert numbers.codes(Column("x", "categorical", codes=np.array([-1, -1]), levels=())).tolist() == [2, 2]


def test_where_every_value_was_missing_any_other_is_unknown():
    rule = BinRule("x", "categorical", np.empty(0), missing=True)
    assert rule.codes(column_of([1.0, np.nan], "x")).tolist() == [1, 0]
    assert rule.codes(column_of(["a", None], "x")).tolist() == [1, 0]
