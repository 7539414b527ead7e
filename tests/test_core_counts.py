"""Counting kernels against one row at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import naive
from kullback._core.counts import COUNTED_CUTS, count_by_class, cut_codes, weighted_count_by_class
from strategies import coded_rows, whole_weights

KERNELS = [count_by_class, weighted_count_by_class, cut_codes]


@given(coded_rows())
def test_counts_are_those_of_a_loop(rows):
    codes, events = np.ascontiguousarray(rows[0][:, 0]), rows[1]
    expected = naive.counts(codes, events, np.ones(codes.size), 5)
    np.testing.assert_array_equal(count_by_class(codes, events, 5), expected)


@given(coded_rows(), st.data())
def test_a_whole_weight_is_repetition(rows, data):
    codes, events = np.ascontiguousarray(rows[0][:, 0]), rows[1]
    weights = data.draw(whole_weights(codes.size, least=0))
    repeat = weights.astype(int)
    np.testing.assert_array_equal(
        weighted_count_by_class(codes, events, weights, 5),
        count_by_class(np.repeat(codes, repeat), np.repeat(events, repeat), 5),
    )


@given(coded_rows())
def test_no_row_is_lost(rows):
    codes, events = np.ascontiguousarray(rows[0][:, 0]), rows[1]
    assert count_by_class(codes, events, 5).sum() == codes.size


numbers = st.floats(-5, 5, width=16) | st.sampled_from([-np.inf, np.inf, np.nan, 0.0, -0.0])


@given(
    hnp.arrays(np.float64, st.integers(0, 40), elements=numbers),
    st.sets(st.floats(-5, 5, width=16), max_size=8).map(sorted),
)
def test_a_value_is_coded_by_the_cuts_at_or_below_it(values, cuts):
    found = cut_codes(values, np.array(cuts, dtype=np.float64), len(cuts) + 1)
    assert found.tolist() == [naive.cut_code(v, cuts, len(cuts) + 1) for v in values]


@pytest.mark.parametrize("n_cuts", [COUNTED_CUTS, COUNTED_CUTS + 1, 4 * COUNTED_CUTS + 3])
def test_many_cuts_code_as_few_do(n_cuts):
    values = np.random.default_rng(n_cuts).integers(-5, 2 * n_cuts, 500) / 2
    cuts = np.arange(n_cuts, dtype=np.float64)
    found = cut_codes(values, cuts, n_cuts + 1)
    assert found.tolist() == [naive.cut_code(v, cuts, n_cuts + 1) for v in values]


def test_bins_are_closed_on_the_left():
    assert cut_codes(np.array([0.999, 1.0, 2.0]), np.array([1.0, 2.0]), 3).tolist() == [0, 1, 2]


def test_infinities_are_the_outermost_bins_and_nan_has_the_missing_code():
    assert cut_codes(np.array([-np.inf, np.inf, np.nan]), np.array([0.0]), 9).tolist() == [0, 1, 9]


def test_without_cuts_there_is_one_bin():
    assert cut_codes(np.array([-1.0, 7.0]), np.empty(0), 5).tolist() == [0, 0]


@pytest.mark.parametrize("seed", range(3))
def test_compiled_equals_interpreted(seed):
    rng = np.random.default_rng(seed)
    codes, events = rng.integers(0, 4, 50), rng.integers(0, 2, 50)
    values, cuts = rng.normal(size=50), np.sort(rng.normal(size=3))
    arguments = {
        count_by_class: (codes, events, 4),
        weighted_count_by_class: (codes, events, rng.uniform(size=50), 4),
        cut_codes: (values, cuts, 4),
    }
    for kernel, given_ in arguments.items():
        np.testing.assert_array_equal(kernel(*given_), getattr(kernel, "py_func", kernel)(*given_))
