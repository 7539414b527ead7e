"""Names of rectangles, and the rectangle of a pair of values."""

import numpy as np
import pytest

from kullback._frames import column_of
from kullback.binning._grid_rule import GridRule, TwoWayTable
from kullback.binning._rule import BinRule
from kullback.information import ContingencyTable

RULE = GridRule(
    BinRule("age", "numeric", np.array([30.0, 50.0]), specials=(-1.0,), missing=True),
    BinRule("job", "categorical", np.empty(0), (("a", "b"), ("c",)), missing=True),
    np.array([[0, 1, 5], [2, 2, 5], [2, 2, 5], [3, 4, 6], [7, 7, 8]]),
)


def test_sides_tell_the_values_of_both_features():
    assert RULE.feature == "age x job"
    assert RULE.n_bins == 9
    assert RULE.labels == (
        "[-inf, 30) & a, b",
        "[-inf, 30) & c",
        "[30, inf] & any value",
        "special -1 & a, b",
        "special -1 & c",
        "any value & missing",
        "special -1 & missing",
        "missing & any value",
        "missing & missing",
    )
    assert RULE.roles == (*["regular"] * 3, *["special"] * 2, *["missing"] * 4)
    assert RULE.n_regular == 3


def test_a_pair_finds_its_rectangle_or_none():
    first = column_of(np.array([10.0, 30.0, 99.0, -1.0, np.nan, np.nan, 10.0]), "age")
    second = column_of(np.array(["c", "a", None, "b", "c", None, "new"], dtype=object), "job")
    assert RULE.codes((first, second)).tolist() == [1, 2, 5, 3, 7, 8, 9]


def test_the_table_has_a_column_a_feature_and_looks_pairs_up():
    counts = np.arange(18, dtype=float).reshape(9, 2) + 1
    table = TwoWayTable(RULE, ContingencyTable(counts, counts), "none")
    frame = table.to_frame()
    assert frame.columns[:3].tolist() == ["age", "job", "role"]
    assert frame["count"].sum() == counts.sum()
    assert table.lookup(([10.0, 40.0], ["c", "zebra"])).tolist() == ["[-inf, 30) & c", "unknown"]
    assert "Bins of age x job" in str(table)
    assert float(table.information_value()) == pytest.approx(table.contribution.sum())
    np.testing.assert_array_equal((table + table).count, 2 * table.count)
