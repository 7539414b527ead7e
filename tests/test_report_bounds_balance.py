"""Sets of rows are compared by means and standardised differences, with weights as repeated rows have them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kullback.report._bounds_balance import against_missed, balance_of


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 2), st.integers(1, 4)), min_size=6, max_size=30))
def test_weights_are_repeated_rows(rows):
    values, codes, weights = (
        np.array(column) for column in zip(*[*rows, (1, 0, 1), (2, 1, 1), (3, 2, 1)], strict=True)
    )
    for compared in ((1, 0), (2,)):
        weighted, repeated = (
            balance_of(pd.DataFrame({"x": x}), {"x": ["x"]}, c, compared, w)[0]
            for x, c, w in (
                (values, codes, weights.astype(float)),
                (np.repeat(values, weights), np.repeat(codes, weights), None),
            )
        )
        for key in ("treated", "others"):
            assert weighted[key] == pytest.approx(repeated[key], abs=1e-12)
        assert weighted["difference"] == pytest.approx(repeated["difference"], abs=1e-9)


def test_sets_that_do_not_vary_have_no_standardised_difference():
    (record,) = balance_of(pd.DataFrame({"x": [1.0, 1, 2, 2]}), {"x": ["x"]}, np.array([1, 1, 0, 0]), (1, 0), None)
    assert record == {"column": "x", "treated": 1.0, "others": 2.0, "difference": None}


def test_rows_left_out_are_compared_where_they_have_a_value():
    kept = pd.DataFrame({"x": [1.0, 3.0], "word": ["a", "b"]})
    lost = pd.DataFrame({"x": [np.nan, 5.0, 7.0], "word": ["a", None, None]})
    records = {record["column"]: record for record in against_missed(kept, lost, ["x", "word"])}
    assert (records["x"]["kept"], records["x"]["left_out"], records["x"]["rows_left_out"]) == (2, 6, 2)
    assert records["x"]["difference"] == pytest.approx(-4)
    assert (records["word=a"]["kept"], records["word=a"]["left_out"], records["word=a"]["rows_left_out"]) == (0.5, 1, 1)
    assert against_missed(kept, lost.iloc[:0], ["x", "word"]) == []
