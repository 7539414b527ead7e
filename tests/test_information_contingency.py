"""Tables that add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
from kullback.exceptions import InputError
from kullback.information import ContingencyTable
from strategies import coded_rows, contingency_tables, whole_weights


def table_of(codes, events, weights=None):
    return ContingencyTable.from_codes(codes, events, weights, n_bins=5)


@given(coded_rows(), st.data())
def test_any_split_and_order_of_addition_gives_the_same_table(rows, data):
    codes, events = rows[0][:, 0], rows[1]
    weights = data.draw(whole_weights(codes.size, least=0))
    order = np.array(data.draw(st.permutations(range(codes.size))))
    cuts = sorted(data.draw(st.sets(st.integers(0, codes.size), max_size=4)))
    parts = [table_of(codes[i], events[i], weights[i]) for i in np.split(order, cuts)]
    total = parts[0]
    for part in parts[1:]:
        total = part + total
    whole = table_of(codes, events, weights)
    np.testing.assert_array_equal(total.counts, whole.counts)  # whole weights: sums are exact
    np.testing.assert_array_equal(total.squares, whole.squares)


@given(coded_rows(), st.data())
def test_counts_and_squares_are_sums_of_weights_and_their_squares(rows, data):
    codes, events = rows[0][:, 0], rows[1]
    weights = data.draw(whole_weights(codes.size))
    table = table_of(codes, events, weights)
    np.testing.assert_array_equal(table.counts, naive.counts(codes, events, weights, 5))
    np.testing.assert_array_equal(table.squares, naive.counts(codes, events, weights**2, 5))
    np.testing.assert_array_equal(table.totals, table.counts.sum(axis=0))


@given(coded_rows())
def test_weights_of_one_are_no_weights(rows):
    codes, events = rows[0][:, 0], rows[1]
    plain, ones = table_of(codes, events), table_of(codes, events, np.ones(codes.size))
    np.testing.assert_array_equal(plain.counts, ones.counts)
    assert not plain.weighted
    assert not ones.weighted


def test_other_weights_are_seen():
    assert table_of(np.array([0, 1]), np.array([0, 1]), np.array([1.0, 0.5])).weighted


@given(contingency_tables(min_bins=3), st.data())
def test_merging_keeps_every_row(counts, data):
    groups = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(counts), max_size=len(counts))))
    merged = ContingencyTable(counts, counts).merge(groups, 3)
    for group in range(3):
        np.testing.assert_array_equal(merged.counts[group], counts[groups == group].sum(axis=0))
    np.testing.assert_array_equal(merged.counts, merged.squares)


def test_the_empty_sample_has_an_empty_table():
    nobody = np.empty(0, dtype=np.int64)
    assert table_of(nobody, nobody).counts.sum() == 0


def test_tables_of_other_bins_do_not_add():
    one, two = (
        ContingencyTable(np.ones((2, 2)), np.ones((2, 2))),
        ContingencyTable(np.ones((3, 2)), np.ones((3, 2))),
    )
    with pytest.raises(InputError, match="same bins"):
        one + two
    with pytest.raises(TypeError):
        one + 1


def test_counts_and_squares_have_one_shape():
    with pytest.raises(InputError, match=r"\(bins, 2\)"):
        ContingencyTable(np.ones((2, 2)), np.ones((3, 2)))


@pytest.mark.parametrize("codes", [[0, 5], [0, -1]])
def test_a_code_outside_the_table_is_an_error(codes):
    """A kernel does not look: it would write into memory that is not its own."""
    with pytest.raises(InputError, match="codes must lie"):
        ContingencyTable.from_codes(np.array(codes), np.array([0, 1]), n_bins=5)


def test_an_event_is_0_or_1():
    with pytest.raises(InputError, match="events must lie"):
        ContingencyTable.from_codes(np.array([0, 1]), np.array([0, 2]), n_bins=5)


def test_effective_rows_are_those_of_the_smaller_column_at_most():
    counts = np.array([[300.0, 2.0], [700.0, 8.0]])
    assert ContingencyTable(counts, counts).rows == pytest.approx(1000 * 10 / 1010)
    assert ContingencyTable(counts, counts * [0.0, 1.0]).rows == pytest.approx(10)  # a column known without error
    assert ContingencyTable(3 * counts, 9 * counts).rows == pytest.approx(1000 * 10 / 1010)
