"""Tables of bins of several classes, against the table of each class and all others."""

import numpy as np
import pandas as pd
import pytest

from kullback.binning import OptimalBinner
from kullback.binning._criterion import CRITERIA


def drawn(n=600, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 3, n) + 0.5
    return pd.DataFrame({"x": x}), np.array(["a", "b", "c"])[(x.astype(int) + rng.choice(3, n, p=[0.5, 0.3, 0.2])) % 3]


def table_of(X, y, weights=None):
    return OptimalBinner(prebinning={"x": [1, 2]}).fit(X, y, sample_weight=weights).tables_["x"]


@pytest.mark.parametrize("weighted", [False, True])
def test_each_class_has_the_weights_of_evidence_of_it_against_all_others(weighted):
    X, y = drawn()
    weights = np.random.default_rng(1).choice([0.5, 2.0], y.size) if weighted else None
    table = table_of(X, y, weights)
    for place, label in enumerate("abc"):
        two = table_of(X, y == label, weights)
        np.testing.assert_allclose(table.woe[:, place], two.woe, rtol=1e-12)
        np.testing.assert_allclose(table.event_rate[:, place], two.event_rate, rtol=1e-12)
        np.testing.assert_allclose(table.contribution[:, place], two.contribution, rtol=1e-10)
        np.testing.assert_allclose(table.against_rest(place).squares, two.contingency.squares)
    np.testing.assert_allclose(table.event_rate.sum(axis=1), 1.0)


def test_a_class_that_a_bin_does_not_hold_is_finite_and_told():
    X, y = drawn()
    y[(X["x"] == 0.5) & (y == "c")] = "a"
    table = table_of(X, y)
    assert np.isfinite(table.woe).all()
    assert table.explained > 0
    assert "a half was added" in repr(table)
    assert "a half was added" not in repr(table_of(*drawn()))


def test_the_frame_has_a_rate_and_a_weight_of_evidence_a_class():
    table = table_of(*drawn())
    frame = table.to_frame()
    assert list(frame.columns) == [
        "bin", "role", "count", "share", "rate_a", "rate_b", "rate_c", "woe_a", "woe_b", "woe_c", "iv",
    ]  # fmt: skip
    assert frame["iv"].sum() == pytest.approx(table.explained)
    assert "summed over 3 classes" in repr(table)


def test_two_classes_taken_for_several_have_twice_the_gain():
    """Each of the two is told from all others: from the other one."""
    cells, totals = np.array([[30.0, 5.0, 0.0], [10.0, 15.0, 4.0]]), np.array([[50.0], [40.0]])
    two = CRITERIA["binary"]["iv"].gain(cells, totals)
    np.testing.assert_allclose(CRITERIA["multiclass"]["iv"].gain(cells, totals), 2 * two, rtol=1e-12)
