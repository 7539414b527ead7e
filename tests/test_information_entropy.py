"""Entropy and mutual information."""

import numpy as np
import pytest
from hypothesis import given
from scipy import stats
from sklearn.metrics import mutual_info_score

import naive
from kullback.exceptions import InputError
from kullback.information import entropy, mutual_information
from strategies import contingency_tables, distributions


@given(distributions(5, 1, allow_zero=True))
def test_entropy_is_scipys(p):
    assert entropy(p[0], base=2) == pytest.approx(stats.entropy(p[0], base=2), abs=1e-14)


@given(distributions(5, 1, allow_zero=True))
def test_entropy_lies_between_certainty_and_the_uniform_law(p):
    assert -1e-15 <= entropy(p[0]) <= np.log(5) + 1e-12  # rounding of five terms


def test_axis():
    p = np.array([[1, 1], [1, 3]])
    np.testing.assert_allclose(entropy(p, axis=1), [entropy([1, 1]), entropy([1, 3])])


@given(contingency_tables(min_count=0))
def test_mutual_information_is_scikit_learns(table):
    expected = mutual_info_score(None, None, contingency=table)
    assert mutual_information(table) == pytest.approx(expected, abs=1e-12)  # sixteen cancelling terms


@given(contingency_tables(min_count=0))
def test_mutual_information_is_what_one_variable_tells_of_the_other(table):
    """I = H(rows) + H(columns) - H(both)."""
    parts = entropy(table.sum(axis=1)) + entropy(table.sum(axis=0)) - entropy(table.ravel())
    assert mutual_information(table) == pytest.approx(parts, abs=1e-12)  # sixteen cancelling terms


def test_independence_has_none():
    assert mutual_information(np.outer([1, 2, 3], [4, 5])) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: entropy([0.5, -0.5]), "not negative"),
        (lambda: entropy([0, 0]), "positive sum"),
        (lambda: entropy([1, 2], base=0), "positive"),
        (lambda: mutual_information([1, 2, 3]), "rows and columns"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize("gap", [1e-4, 1e-7])
def test_nearly_independent_columns_keep_their_digits(gap):
    product = np.outer([0.3, 0.7], [0.4, 0.6])
    joint = product + gap * np.array([[1.0, -1.0], [-1.0, 1.0]])
    expected = naive.divergence("kl", joint.ravel(), product.ravel())
    assert mutual_information(joint) == pytest.approx(expected, rel=1e-14 / gap, abs=0)


def test_shares_whose_product_is_no_float_are_finite():
    assert mutual_information([[1e-200, 0], [0, 1]]) == pytest.approx(1e-200 * (200 * np.log(10) + 1), rel=1e-12)
    assert mutual_information([[1e308, 1e308], [1e308, 1e308]]) == 0
