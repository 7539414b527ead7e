"""Bounds at X as projections: least squares of another library, averages and groups as special cases, refusals."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.interpolate import CubicSpline
from sklearn.compose import make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PolynomialFeatures

from bounds_cases import fitted, sample, small
from kullback.bounds._nuisance import Rows
from kullback.bounds._projection import Projection, Splines
from kullback.exceptions import InputError, SmallCountWarning

X, Y, TREATMENT = sample()
N = len(Y)
WEIGHTS = np.tile([1.0, 0.5, 2.0, 1.5], N // 4)
CLUSTERS = np.repeat(np.arange(N // 2), 2)
AT = X.iloc[:7] * 0.9


@pytest.fixture(scope="module")
def ate():
    return fitted(divergence="kl")


def scores(bounds):
    return bounds._contrast.scores(bounds._arm_bounds(), bounds._sample.rows.X)


@pytest.mark.parametrize("fit", [{}, {"sample_weight": WEIGHTS}, {"sample_weight": WEIGHTS, "clusters": CLUSTERS}])
def test_a_projection_is_weighted_least_squares_with_robust_errors(fit):
    """Of statsmodels, which counts no degrees of freedom either where it is told so."""
    bounds = fitted(divergence="kl", fit=fit)
    found = bounds.conditional_bounds(AT, ["x0", "x2"])
    design, at = (sm.add_constant(frame[["x0", "x2"]].to_numpy(), has_constant="add") for frame in (X, AT))
    robust = {"cov_type": "HC0"}
    if "clusters" in fit:
        settings = {"groups": CLUSTERS, "use_correction": False, "df_correction": False}
        robust = {"cov_type": "cluster", "cov_kwds": settings}
    for end, score in zip((found.lower, found.upper), scores(bounds), strict=True):
        expected = sm.WLS(score, design, weights=fit.get("sample_weight", 1.0)).fit(**robust)
        np.testing.assert_allclose(end.value, at @ expected.params)
        np.testing.assert_allclose(end.covariance, at @ expected.cov_params() @ at.T, atol=1e-15)


@pytest.mark.parametrize("fit", [{}, {"sample_weight": WEIGHTS, "clusters": CLUSTERS}])
def test_without_functions_it_is_the_average(fit):
    bounds = fitted(divergence="tv", fit=fit)
    found, expected = bounds.conditional_bounds(AT, []), bounds.average_bounds()
    for end, average in ((found.lower, expected.lower), (found.upper, expected.upper)):
        np.testing.assert_allclose(end.value, average.value[0])
        np.testing.assert_allclose(end.standard_error, average.standard_error[0])


def test_on_indicators_of_groups_it_is_the_bounds_in_each(ate):
    group = np.digitize(X["x1"], [-0.5, 0.5])
    encoder = OneHotEncoder(categories=[[0, 1, 2]])  # sparse, and with the constant collinear
    piped = FunctionTransformer(lambda frame: encoder.fit_transform(np.digitize(frame[["x1"]], [-0.5, 0.5])))
    rows = [int(np.flatnonzero(group == k)[0]) for k in range(3)]
    found, expected = ate.conditional_bounds(X.iloc[rows], piped), ate.gate(group)
    np.testing.assert_allclose(found.lower.value, expected.lower.value)
    np.testing.assert_allclose(found.upper.standard_error, expected.upper.standard_error)
    np.testing.assert_allclose(found.upper.covariance, expected.upper.covariance, atol=1e-15)


def test_functions_that_depend_on_each_other_change_nothing(ate):
    twice = FunctionTransformer(lambda frame: frame[["x0", "x2"]].assign(sum=frame["x0"] - 3 * frame["x2"] + 1))
    found, expected = ate.conditional_bounds(AT, twice), ate.conditional_bounds(AT, ["x0", "x2"])
    np.testing.assert_allclose(found.lower.value, expected.lower.value)
    np.testing.assert_allclose(found.lower.covariance, expected.lower.covariance, atol=1e-15)
    assert "on 3 functions" in found.lower.target


def test_at_x_the_worst_case_is_as_wide_as_the_support_without_error():
    found = fitted().conditional_bounds(AT)
    np.testing.assert_allclose(found.width, 1.0)
    np.testing.assert_allclose((found.upper - found.lower).standard_error, 0.0, atol=1e-12)


def test_the_units_of_covariates_do_not_matter(ate):
    moved = X * [1.0, 100.0, -0.01, 5.0, 1.0] + [0.0, 1.0, -2.0, 30.0, 1e3]
    first, second = (
        Projection.fit(Splines.fit(x, N), Rows(x, Y, TREATMENT, np.array([0, 1])))
        for x in (X.to_numpy(), moved.to_numpy())
    )
    found, expected = (
        projection.at(x.to_numpy()[:9], [Y], names=range(9), target="", null=0.0)[0]
        for projection, x in ((second, moved), (first, X))
    )
    assert first.rank == second.rank > 6
    np.testing.assert_allclose(found.value, expected.value, rtol=1e-7)
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("divergence", ["worst_case", "hellinger"])
def test_bounds_move_with_the_unit_of_the_outcome(divergence):
    found = small(divergence=divergence, outcome_bounds=(-3, 1)).fit(X, 4 * Y - 3, treatment=TREATMENT)
    found, expected = found.conditional_bounds(AT), fitted(divergence=divergence).conditional_bounds(AT)
    np.testing.assert_allclose(found.lower.value, 4 * expected.lower.value)
    np.testing.assert_allclose(found.upper.standard_error, 4 * expected.upper.standard_error)


def test_a_policy_of_one_arm_is_that_arm():
    policy = fitted(estimand="policy", arm=lambda x: np.ones(len(x), dtype=int))
    found, expected = policy.conditional_bounds(AT), fitted(estimand="mean", arm=1).conditional_bounds(AT)
    np.testing.assert_allclose(found.conf_int(), expected.conf_int())
    assert expected.lower.null is None


def test_no_effect_is_negative_where_no_ones_outcome_falls():
    found = fitted(assumptions=("mtr",), odds_ratio_bound=1.5).conditional_bounds(X)
    assert (found.lower.value >= 0).all()
    at_zero = found.lower.value == 0
    assert at_zero.any()
    assert (found.lower.standard_error[at_zero] == 0).all()


# the basis that is chosen


@pytest.mark.parametrize("n_knots", [3, 4, 5])
def test_curves_of_a_column_are_its_natural_splines(n_knots):
    """Whatever values at the knots, scipy's natural spline through them is a combination."""
    rng = np.random.default_rng(n_knots)
    column = rng.normal(size=(300, 1))
    splines = Splines.fit(column, n_knots**2)
    assert len(splines.terms) == n_knots - 1
    z = (column[:, 0] - splines.centre) / splines.scale
    (knots,) = splines.knots
    expected = CubicSpline(knots, rng.normal(size=n_knots), bc_type="natural")
    inner = (z >= knots[0]) & (z <= knots[-1])
    design = np.column_stack([np.ones(len(z)), splines(column)])
    coefficients = np.linalg.lstsq(design[inner], expected(z[inner]), rcond=None)[0]
    np.testing.assert_allclose(design[inner] @ coefficients, expected(z[inner]), atol=1e-8)
    beyond = z > knots[-1]
    line = expected(knots[-1]) + expected(knots[-1], 1) * (z[beyond] - knots[-1])
    np.testing.assert_allclose(design[beyond] @ coefficients, line, atol=1e-7)


@pytest.mark.parametrize(
    ("n_units", "n_features", "n_functions"),
    [
        (30, 5, 6),  # lines at least
        (200, 5, 11),  # and curves
        (500, 5, 21),  # all squares and products: (5 + 2 over 2)
        (1000, 5, 21),
        (5000, 5, 56),  # cubes
        (20_000, 5, 126),
        (10**6, 5, 126),  # no more than that
        (1000, 10, 31),
        (1000, 40, 41),
    ],
)
def test_a_basis_grows_with_the_root_of_the_rows(n_units, n_features, n_functions):
    rows = np.random.default_rng(0).normal(size=(50, n_features))
    assert 1 + Splines.fit(rows, n_units)(rows).shape[1] == n_functions


def test_columns_of_few_values_have_few_curves_and_a_constant_none():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 2, 600), rng.integers(0, 3, 600), np.ones(600), rng.normal(size=600)])
    splines = Splines.fit(X.astype(float), 10**6)
    highest = [max(term.count(j) for term in splines.terms) for j in range(4)]
    assert highest == [1, 2, 1, 4]
    rows = Rows(X, rng.normal(size=600), np.zeros(600, dtype=int), np.array([0]))
    projection = Projection.fit(splines, rows)
    cells = np.unique(X[:, :2], axis=0).shape[0]
    assert projection.rank <= cells * 5
    assert np.isfinite(projection.coordinates(X)).all()


def test_clusters_count_in_the_place_of_rows():
    with pytest.warns(SmallCountWarning, match="40 rows or clusters for 6 functions"):
        found = fitted(fit={"clusters": np.arange(N) // 5}).conditional_bounds(AT)
    assert "on 6 functions" in found.lower.target


# what comes back, and what is refused


def test_rows_have_the_names_of_the_dataframe(ate):
    found = ate.conditional_bounds(AT.set_axis(list("abcdefg"), axis=0))
    assert found.names == tuple("abcdefg")
    assert found.lower.target.startswith("E[Y(1) - Y(0)] given X, projected on")
    plain = small().fit(X.to_numpy(), Y, treatment=TREATMENT)
    assert plain.conditional_bounds(AT.to_numpy(), [0, 2]).names == tuple("0123456")


def test_a_transformer_sees_names_where_fit_did(ate):
    square = make_column_transformer((PolynomialFeatures(2), ["x0"]))
    by_name = ate.conditional_bounds(AT, square)
    plain = small(divergence="kl").fit(X.to_numpy(), Y, treatment=TREATMENT)
    by_place = plain.conditional_bounds(AT.to_numpy(), make_column_transformer((PolynomialFeatures(2), [0])))
    np.testing.assert_allclose(by_name.conf_int(), by_place.conf_int())


def test_a_row_of_which_the_sample_says_nothing_is_refused():
    constant = X.assign(x4=1.0)
    bounds = small().fit(constant, Y, treatment=TREATMENT)
    assert len(bounds.conditional_bounds(constant.head(3))) == 3
    with pytest.raises(InputError, match=r"at 2 of 3 rows, the first at position 1"):
        bounds.conditional_bounds(constant.head(3).assign(x4=[1.0, 2.0, 0.0]))


@pytest.mark.parametrize(
    ("basis", "message"),
    [
        ("x0", "list of columns; 'x0' came"),
        (3, "list of columns; 3 came"),
        (["x0", "age"], "'age' is not"),
        ([0], "0 is not"),
        (PolynomialFeatures(5), "fewer functions than the sample rows"),
        (FunctionTransformer(lambda x: np.log(x - x)), "1000 entries that are not finite"),
        (FunctionTransformer(lambda x: np.ones((3, 1))), r"200 rows; it returned shape \(3, 1\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_basis_that_cannot_be_used_is_refused(ate, basis, message):
    with pytest.raises(InputError, match=message):
        ate.conditional_bounds(AT, basis)


def test_few_rows_for_each_function_are_told(ate):
    with pytest.warns(SmallCountWarning, match="200 rows or clusters for 21 functions") as told:
        ate.conditional_bounds(AT, PolynomialFeatures(2))
    assert told[0].filename == __file__


@pytest.mark.parametrize("estimand", ["att", "cdf"])
def test_estimands_without_scores_at_x_are_refused(estimand):
    with pytest.raises(InputError, match=f"conditional_bounds is not for estimand='{estimand}'"):
        fitted(estimand=estimand, at=0.5 if estimand == "cdf" else None).conditional_bounds(AT)


def test_rows_must_be_those_of_fit(ate):
    with pytest.raises(ValueError, match="feature names"):
        ate.conditional_bounds(AT.rename(columns={"x0": "age"}))
    with pytest.raises(ValueError, match="NaN"):
        ate.conditional_bounds(AT.assign(x0=np.nan))


def test_bounds_at_x_need_a_fit():
    with pytest.raises(NotFittedError):
        small().conditional_bounds(AT)


@pytest.mark.parametrize("mask", [[True, False, True], np.array([True, False, True])])
def test_a_mask_is_no_basis(mask):
    X, _, _ = sample(200)
    bounds = fitted(200)
    with pytest.raises(InputError, match="not by a mask"):
        bounds.conditional_bounds(X, basis=mask)
