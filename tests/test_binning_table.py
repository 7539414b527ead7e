"""The table of one feature: numbers by their definitions, and how it adds up, reads and prints."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from kullback._frames import column_of
from kullback.binning import BinningTable
from kullback.binning._rule import BinRule
from kullback.exceptions import InputError
from kullback.information import ContingencyTable
from strategies import contingency_tables, whole_weights


def table_of(counts, squares=None, **more):
    counts = np.asarray(counts, dtype=float)
    rule = BinRule("income", "numeric", np.arange(1.0, len(counts)))
    squares = counts if squares is None else np.asarray(squares, dtype=float)
    return BinningTable(rule, ContingencyTable(counts, squares), "descending", **more)


@given(contingency_tables())
def test_the_columns_are_those_of_the_definitions(counts):
    table = table_of(counts)
    g, b = counts.T
    G, B = g.sum(), b.sum()
    np.testing.assert_allclose(table.event_rate, b / (g + b))
    np.testing.assert_allclose(table.woe, np.log((g / G) / (b / B)), atol=1e-12)
    np.testing.assert_allclose(table.contribution.sum(), naive.information_value(g, b), atol=1e-12)
    np.testing.assert_allclose(float(table.information_value()), naive.information_value(g, b), atol=1e-12)
    np.testing.assert_allclose(table.woe_se("log_odds"), np.sqrt(1 / g + 1 / b))
    np.testing.assert_allclose(table.woe_se() ** 2, 1 / g + 1 / b - 1 / G - 1 / B, atol=1e-12)
    assert not table.smoothed


@given(st.data())
@settings(max_examples=25)
def test_standard_errors_take_weights_as_sampling_weights(data):
    """The variance is the sum over rows of the squared influence, a row's weight times that of one unit."""
    n = data.draw(st.integers(8, 40))
    codes = np.r_[0, 0, 1, 1, data.draw(st.lists(st.integers(0, 1), min_size=n - 4, max_size=n - 4))]
    events = np.r_[0, 1, 0, 1, data.draw(st.lists(st.integers(0, 1), min_size=n - 4, max_size=n - 4))]
    weights = data.draw(whole_weights(n)) / 4
    counts = naive.counts(codes, events, weights, 2)
    table = table_of(counts, naive.counts(codes, events, weights**2, 2))
    totals = counts.sum(axis=0)
    for j, error in enumerate(table.woe_se()):
        psi = [
            w * ((code == j) / (counts[j, event] / totals[event]) - 1) / totals[event]
            for code, event, w in zip(codes, events, weights, strict=True)
        ]
        assert error == pytest.approx(np.sqrt(np.square(psi).sum()), abs=1e-9)


@given(contingency_tables(min_count=0))
def test_an_empty_cell_adds_a_half_to_every_cell_and_a_flag(counts):
    table = table_of(np.vstack([counts, np.zeros((1, 2))]))
    filled = counts[counts.sum(axis=1) > 0]
    empty = table.count == 0
    assert table.smoothed is bool((filled == 0).any())
    assert np.isfinite(table.woe).all()
    assert np.isfinite(float(table.information_value()))
    assert np.isnan(table.event_rate[empty]).all()
    assert np.isnan(table.woe_se()[empty]).all()
    assert (table.woe[empty] == 0).all()
    assert (table.contribution[empty] == 0).all()
    g, b = (filled + (0.5 if table.smoothed else 0.0)).T
    assert table.contribution.sum() == pytest.approx(naive.information_value(g, b), abs=1e-9)


@given(contingency_tables(min_bins=3, max_bins=3), contingency_tables(min_bins=3, max_bins=3))
def test_tables_of_the_same_bins_add_up(first, second):
    total = table_of(first, violations=("told",)) + table_of(second)
    np.testing.assert_array_equal(total.contingency.counts, first + second)
    np.testing.assert_array_equal(total.contingency.squares, first + second)
    assert (total.trend, total.violations, total.feature) == ("descending", ("told",), "income")


def test_tables_of_other_bins_do_not_add_up():
    counts = np.ones((2, 2))
    levels = [
        BinningTable(
            BinRule("c", "categorical", np.empty(0), groups), ContingencyTable(counts, counts), "ordered by event rate"
        )
        for groups in ((("a",), ("b",)), (("b",), ("a",)))
    ]
    with pytest.raises(InputError, match="'c' must have the same bins"):
        levels[0] + levels[1]
    shifted = BinningTable(BinRule("income", "numeric", np.array([7.0])), levels[0].contingency, "descending")
    with pytest.raises(InputError, match="'income' must have the same bins"):
        table_of(counts) + shifted
    near = BinningTable(BinRule("income", "numeric", np.array([1 + 1e-12])), levels[0].contingency, "descending")
    with pytest.raises(InputError, match="'income' must have the same bins"):
        table_of(counts) + near
    with pytest.raises(TypeError):
        table_of(counts) + 1


def test_values_are_looked_up_by_the_names_of_their_bins():
    table = table_of(np.ones((2, 2)))
    assert table.lookup([0.0, 1.0, np.nan]).tolist() == ["[-inf, 1)", "[1, inf]", "unknown"]
    assert table.lookup(pd.Series([5])).tolist() == ["[1, inf]"]
    assert table.lookup(0.5).tolist() == ["[-inf, 1)"]
    assert table.lookup([]).tolist() == []


def test_other_rows_are_counted_under_the_same_bins():
    counted, unknown = table_of(np.ones((2, 2))).count_column(
        column_of([0.0, 3.0, np.nan], "income"), np.array([0, 1, 1]), np.array([2.0, 3.0, 4.0])
    )
    assert counted.contingency.counts.tolist() == [[2, 0], [0, 3]]
    assert counted.contingency.squares.tolist() == [[4, 0], [0, 9]]
    assert unknown == 4.0


def test_the_dataframe_has_a_row_a_bin():
    frame = table_of([[30, 10], [40, 20]]).to_frame()
    assert frame.columns.tolist() == [
        "bin", "role", "count", "share", "non_events", "events", "event_rate", "woe", "woe_se", "iv",
    ]  # fmt: skip
    assert frame["bin"].tolist() == ["[-inf, 1)", "[1, inf]"]
    assert frame["share"].tolist() == [0.4, 0.6]
    assert frame["events"].tolist() == [10, 20]


def test_the_printed_table_states_the_sign_and_what_its_figures_assume():
    table = table_of([[30, 10], [40, 20]])
    for text in (str(table), repr(table)):
        assert "Bins of income" in text
        assert "WoE = ln(share of non-events / share of events), in nats" in text
        assert "a higher WoE is a lower risk" in text
        assert "Trend of the event rate: descending" in text
        assert "Table-based" in text
        assert "one class only" not in text
    assert "Bins of income" in table._repr_html_()


def test_the_printed_table_tells_of_pure_bins_and_violations():
    text = str(table_of([[30, 0], [40, 20]], violations=("The bins given break it.",)))
    assert "a half was added to every cell" in text
    assert "The bins given break it." in text


def test_whole_counts_print_as_whole_numbers_and_weights_do_not():
    assert table_of([[30, 10], [40, 20]]).summary().to_frame()["count"].tolist() == [40, 60]
    assert "40.0000" not in str(table_of([[30, 10], [40, 20]]))
    assert "40.2500" in str(table_of([[30.25, 10], [40, 20]]))


def test_a_table_survives_pickling():
    table = table_of([[30, 10], [40, 20]])
    again = pickle.loads(pickle.dumps(table))
    pd.testing.assert_frame_equal(again.to_frame(), table.to_frame())
    assert again.lookup([2.0]).tolist() == table.lookup([2.0]).tolist()
