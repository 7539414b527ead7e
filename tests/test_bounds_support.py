"""The support of an outcome: what is taken, what is refused, and in which words."""

import numpy as np
import pytest

from kullback.bounds._laws import LocalLaws
from kullback.bounds._support import (
    Functional,
    outcome_functional,
    require_inside,
    require_rowwise,
    require_squarable,
)
from kullback.exceptions import InputError

Y = np.array([0.2, 0.7, 0.4])
X = np.zeros((3, 1))


def support(bounds, y=Y, function=None):
    bottom, top = outcome_functional(y, bounds, function).support(np.zeros((y.size, 1)))
    return np.column_stack([bottom, top])


@pytest.mark.parametrize("bounds", [(0, 1), [0.0, 1.0], np.array([0, 1])])
def test_a_pair_is_the_support_of_every_row(bounds):
    np.testing.assert_array_equal(support(bounds), [[0.0, 1.0]] * 3)


@pytest.mark.parametrize("y", [[0, 1, 1], [0, 0, 0]])
def test_a_zero_one_outcome_has_the_unit_interval_without_asking(y):
    np.testing.assert_array_equal(support(None, np.array(y, dtype=float)), [[0.0, 1.0]] * 3)


def test_another_outcome_has_no_support_until_one_is_given():
    np.testing.assert_array_equal(support(None), [[-np.inf, np.inf]] * 3)
    indicator = support(None, function=lambda y: (y > 0.3).astype(float))
    np.testing.assert_array_equal(indicator, [[0.0, 1.0]] * 3)  # it is the function that has it


def test_the_range_of_the_sample_is_told_to_be_no_bound():
    functional = outcome_functional(Y, "sample", None)
    assert functional.ends == (0.2, 0.7)
    assert functional.note == "sample range [0.2, 0.7], not a bound"
    with pytest.raises(InputError, match=r'outcome_bounds="sample" needs outcomes that vary; all are 2\.'):
        outcome_functional(np.full(3, 2.0), "sample", None)


def test_a_callable_gives_each_row_its_own():
    X = np.array([[0.0], [2.0]])
    bottom, top = outcome_functional(Y, lambda x: np.column_stack([x[:, 0] - 1, x[:, 0] + 1]), None).support(X)
    np.testing.assert_array_equal(np.column_stack([bottom, top]), [[-1, 1], [1, 3]])


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (np.zeros(3), r"shape \(3, 2\), low < high in each row; it returned shape \(3,\)"),
        (np.array([[0, 1], [0, 1], [1, 1]]), "low < high in each row"),
        (np.array([[0, 1], [0, np.nan], [0, 1]]), "low < high in each row"),
        (np.array([[0, 1], [-np.inf, 1], [0, 1]]), "finite in all rows or in none; low is both"),
        (np.array([[0, 1], [0, np.inf], [0, 1]]), "finite in all rows or in none; high is both"),
    ],
)
def test_a_callable_must_return_a_pair_a_row(ends, told):
    with pytest.raises(InputError, match=told):
        outcome_functional(Y, lambda x: ends, None).support(X)


def test_a_callable_may_leave_an_end_open_in_all_rows():
    bottom, top = outcome_functional(Y, lambda x: np.array([[0, np.inf]] * 3), None).support(X)
    assert (bottom == 0).all()
    assert np.isinf(top).all()


@pytest.mark.parametrize("bounds", [(1, 0), (1, 1), (0, np.nan), (0,), (0, 1, 2), 3, "observed", ("a", "b")])
def test_what_is_no_support_is_refused(bounds):
    with pytest.raises(InputError, match="outcome_bounds must be"):
        outcome_functional(Y, bounds, None)


@pytest.mark.parametrize(
    ("function", "told"), [(lambda y: y[:2], r"shape \(2,\)"), (lambda y: np.log(y - 0.2), "1 entries")]
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_function_of_the_outcome_returns_a_finite_number_each(function, told):
    with pytest.raises(InputError, match=told):
        outcome_functional(Y, (0, 1), function)


def test_outcomes_outside_are_counted_with_the_first_of_them():
    used = np.array([True, True, False])
    require_inside(Y, np.zeros(3), np.full(3, 0.7), used)
    require_inside(Y, np.full(3, 0.5), np.ones(3), np.array([False, True, False]))
    with pytest.raises(InputError, match=r"2 of 3 rows lie outside it, the first with 0\.2 in \[0\.5, 1\]"):
        Functional(np.asarray, (0.5, 1.0)).check(Y, X)


def test_the_laws_of_the_outcome_itself_are_left_as_they_are():
    laws = LocalLaws.of_sample(Y)
    assert outcome_functional(Y, (0, 1), None).of_laws(laws) is laws
    mapped = Functional.at_most(0.4).of_laws(laws)
    assert mapped.mean(mapped.values) == pytest.approx(2 / 3)


Z = np.random.default_rng(0).normal(size=41)


@pytest.mark.parametrize(
    "function",
    [
        lambda y: y - y.mean(),
        lambda y: np.abs(y - y.mean()),
        lambda y: y / y.max(),
        lambda y: (y > np.median(y)).astype(float),
        lambda y: np.argsort(np.argsort(y)).astype(float),
        lambda y: np.full_like(y, y.min()),
        lambda y: y + 1e-6 * np.random.default_rng().normal(size=y.size),
    ],
)
def test_what_looks_beyond_a_row_is_refused(function):
    with pytest.raises(InputError, match="outcome_function must return the same for a row whatever rows come with it"):
        outcome_functional(Z, (-9, 99), function).check(Z, Z[:, None])


@pytest.mark.parametrize("function", [np.exp, np.abs, np.ones_like, lambda y: 1e90 * y, lambda y: (y > 0) + 0.0])
def test_what_looks_at_each_row_is_taken(function):
    outcome_functional(Z, (-1e99, 1e99), function).check(Z, Z[:, None])


def test_policies_and_supports_of_covariates_look_at_each_row_too():
    X = np.column_stack([Z[::-1], Z])
    for function in (lambda x: x[:, 1] - x[:, 1].mean(), lambda x: (x[:, 1] > np.median(x[:, 1])).astype(float)):
        with pytest.raises(InputError, match="The policy must return the same"):
            require_rowwise(function, X, "The policy")
    require_rowwise(lambda x: np.column_stack([x[:, 1], np.full(len(x), np.inf)]), X, "outcome_bounds")


@pytest.mark.parametrize("values", [[0, 1e101], [-1e101, 0], [0, 1e-101]])
def test_squares_that_are_no_numbers_are_refused(values):
    with pytest.raises(InputError, match="Outcomes must be of at most 1e100, and differ by at least 1e-100"):
        require_squarable(np.array(values, dtype=float), "Outcomes")
    require_squarable(np.array([1e-200, 1e-200]), "Outcomes")
