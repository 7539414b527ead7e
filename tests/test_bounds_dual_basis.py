"""The sieve of dual functions: which functions it has, and where it stops."""

import numpy as np
import pytest

from kullback.bounds._dual_basis import SplineBasis


def sample(n=300, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 2))


def test_functions_are_centred_on_their_rows():
    X = sample()
    assert np.abs(SplineBasis.fit(X).at(X).mean(axis=0)).max() < 1e-12  # rounding of a mean


@pytest.mark.parametrize("scale", [3.0, -0.01])
def test_the_space_does_not_depend_on_the_units_of_a_covariate(scale):
    X, new = sample(), sample(50, seed=1)
    moved = [scale * rows + 7 for rows in (X, new)]
    ours, theirs = SplineBasis.fit(X), SplineBasis.fit(moved[0])
    coefficients, *_ = np.linalg.lstsq(theirs.at(moved[0]), ours.at(X), rcond=None)
    np.testing.assert_allclose(theirs.at(moved[1]) @ coefficients, ours.at(new), atol=1e-8)


def test_more_rows_have_more_functions():
    sizes = [SplineBasis.fit(sample(n)).at(sample(5)).shape[1] for n in (40, 400, 4000)]
    assert sizes == sorted(set(sizes))


def test_beyond_the_rows_functions_are_constant():
    X = sample()
    basis = SplineBasis.fit(X)
    ends = np.array([X.min(axis=0), X.max(axis=0)])
    np.testing.assert_allclose(basis.at(ends + np.array([[-5.0], [5.0]])), basis.at(ends), atol=1e-12)


def test_a_covariate_of_few_values_is_a_straight_line_and_a_constant_one_nothing():
    x = np.repeat([0.0, 1.0], 50)
    X = np.column_stack([x, np.full(100, 4.0)])
    np.testing.assert_allclose(SplineBasis.fit(X).at(X), (x - 0.5)[:, None])


def test_a_covariate_with_one_common_value_has_splines_without_gaps():
    x = np.concatenate([np.zeros(90), np.arange(1.0, 11.0)])[:, None]
    assert np.isfinite(SplineBasis.fit(x).at(x)).all()
