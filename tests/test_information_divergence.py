"""f-divergences: values, limits, conjugates and the laws that every one obeys."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

import naive
from kullback.exceptions import InputError
from kullback.information import DIVERGENCES, FDivergence, divergence, get_divergence
from strategies import distributions

EVERY = sorted(DIVERGENCES)
LOGARITHMIC = ["jeffreys", "js", "kl", "reverse_kl"]
SMOOTH = [name for name in EVERY if DIVERGENCES[name].smooth]

# Other people's code, or the definition in numpy: the normalisations of the documentation's table.
REFERENCE = {
    "kl": stats.entropy,
    "reverse_kl": lambda p, q: stats.entropy(q, p),
    "jeffreys": lambda p, q: stats.entropy(p, q) + stats.entropy(q, p),
    "js": lambda p, q: jensenshannon(p, q) ** 2,
    "hellinger": lambda p, q: 0.5 * np.sum((np.sqrt(p) - np.sqrt(q)) ** 2),
    "chi2": lambda p, q: stats.chisquare(p, q * (p.sum() / q.sum())).statistic,  # scipy wants sums that agree
    "neyman": lambda p, q: stats.chisquare(q, p * (q.sum() / p.sum())).statistic,
    "tv": lambda p, q: 0.5 * np.abs(p - q).sum(),
}


def test_every_divergence_has_a_reference():
    assert set(REFERENCE) == set(DIVERGENCES)


@pytest.mark.parametrize("name", EVERY)
@given(pair=distributions(5))
def test_value_is_that_of_the_reference(name, pair):
    p, q = pair
    # Differences of nearly equal numbers: rounding of 1e-16 a term is absolute, not relative.
    assert divergence(p, q, name) == pytest.approx(REFERENCE[name](p, q), rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("name", EVERY)
@given(pair=distributions(4, allow_zero=True))
def test_it_is_not_negative_and_zero_for_equal_distributions(name, pair):
    p, q = pair
    assert divergence(p, q, name) >= -1e-14  # rounding of four terms that cancel
    assert divergence(p, p, name) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("name", EVERY)
@given(pair=distributions(6, allow_zero=True), groups=st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_merging_cells_never_gains(name, pair, groups):
    """Data processing."""
    merged = np.zeros((2, 3))
    np.add.at(merged.T, groups, pair.T)
    before, after = divergence(*pair, name), divergence(*merged, name)
    assert after <= before + 1e-12 * (1 + abs(before))  # rounding of at most six terms


@pytest.mark.parametrize("name", EVERY)
@given(pair=distributions(4, allow_zero=True))
def test_the_adjoint_exchanges_the_arguments(name, pair):
    p, q = pair
    adjoint = DIVERGENCES[name].adjoint
    assert divergence(p, q, name) == pytest.approx(divergence(q, p, adjoint), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", EVERY)
def test_the_adjoint_has_the_generator_t_f_of_1_over_t(name):
    t = np.geomspace(1e-3, 1e3, 41)
    one, other = DIVERGENCES[name], DIVERGENCES[DIVERGENCES[name].adjoint]
    here, there = t * one.generator(1 / t), other.generator(t)
    # Generators of one divergence may differ by a multiple of t - 1, which adds nothing to it.
    slope = (here - there)[-1] / (t[-1] - 1)
    np.testing.assert_allclose(here - there, slope * (t - 1), atol=1e-9)
    assert other.at_zero == pytest.approx(one.slope_at_infinity - slope)


@pytest.mark.parametrize("name", EVERY)
def test_generator_is_convex_and_zero_at_one(name):
    f = DIVERGENCES[name]
    t = np.geomspace(1e-4, 1e4, 201)
    assert f.generator(np.array(1.0)) == 0.0
    assert (np.diff(f.derivative(t)) >= -1e-12).all()  # convex: its slope does not fall, but for rounding


@pytest.mark.parametrize("name", EVERY)
def test_derivative_is_the_slope_of_the_generator(name):
    t = np.array([0.05, 0.3, 0.9, 1.2, 3.0, 20.0])
    h = 1e-6
    slope = (DIVERGENCES[name].generator(t + h) - DIVERGENCES[name].generator(t - h)) / (2 * h)
    # Central differences: rounding 1e-16 f / h and curvature h^2 f''' / 6, both below 1e-7 of these values.
    np.testing.assert_allclose(DIVERGENCES[name].derivative(t), slope, rtol=1e-6, atol=1e-7)


def test_the_derivative_of_total_variation_at_its_kink_is_the_middle():
    assert DIVERGENCES["tv"].derivative(np.array(1.0)) == 0.0
    assert not DIVERGENCES["tv"].smooth


@pytest.mark.parametrize("name", EVERY)
def test_limits_at_zero_and_infinity_are_those_of_the_generator(name):
    f = DIVERGENCES[name]
    small = f.generator(np.array([1e-200]))[0]
    large = f.generator(np.array([1e150]))[0] / 1e150
    # A logarithm at 1e-200 is 460, at 1e150 it is 345: infinite limits show as values beyond 100.
    assert small > 100 if np.isinf(f.at_zero) else small == pytest.approx(f.at_zero, abs=1e-12)
    if np.isinf(f.slope_at_infinity):
        assert large > 100
    else:
        assert large == pytest.approx(f.slope_at_infinity, abs=1e-12)


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_cell_has_the_price_of_its_limit(name):
    f = DIVERGENCES[name]
    half, left, right = np.array([0.5, 0.5]), np.array([1.0, 0.0]), np.array([0.0, 1.0])
    expected = 0.5 * f.generator(np.array(2.0)) + 0.5 * f.at_zero
    assert divergence(left, half, name) == pytest.approx(float(expected))
    assert divergence(left, right, name) == pytest.approx(f.at_zero + f.slope_at_infinity)


@pytest.mark.parametrize("name", EVERY)
def test_a_cell_that_both_leave_empty_changes_nothing(name):
    p, q = np.array([0.2, 0.8]), np.array([0.5, 0.5])
    padded = divergence(np.append(p, 0), np.append(q, 0), name)
    assert padded == divergence(p, q, name)


def slopes(name):
    """Points u in the domain of the conjugate, away from its upper end."""
    top = min(DIVERGENCES[name].conjugate_limit, 3.0)
    return [top - gap for gap in (0.05, 0.3, 0.8, 1.5, 3.5)]


@pytest.mark.parametrize("name", EVERY)
def test_conjugate_is_the_supremum(name):
    f = DIVERGENCES[name]
    for u in slopes(name):
        expected = naive.conjugate(f.generator, u)
        # The search's t is good to 1e-8, its value to the square of that; the grid starts at t = 1e-12.
        assert float(f.conjugate(np.array(u))) == pytest.approx(expected, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("name", EVERY)
@given(t=st.floats(1e-3, 1e3), data=st.data())
def test_fenchel_and_young(name, t, data):
    f = DIVERGENCES[name]
    u = data.draw(st.floats(-20, min(f.conjugate_limit, 5.0) - 1e-3))
    bound = float(f.generator(np.array(t)) + f.conjugate(np.array(u)))
    assert t * u <= bound + 1e-9 * (1 + abs(bound))  # rounding where the bound is attained


@pytest.mark.parametrize("name", SMOOTH)
@given(t=st.floats(1e-2, 1e2))
def test_the_conjugate_is_attained_where_the_slopes_meet(name, t):
    """f*(f'(t)) = t f'(t) - f(t), and the derivative of f* takes f'(t) back to t."""
    f = DIVERGENCES[name]
    u = f.derivative(np.array(t))
    attained = t * u - f.generator(np.array(t))
    # Slopes flatten far out, so that t is recovered from u with t^2 times its rounding.
    assert float(f.conjugate(u)) == pytest.approx(float(attained), rel=1e-8, abs=1e-10)
    assert float(f.conjugate_derivative(u)) == pytest.approx(t, rel=1e-7)


@pytest.mark.parametrize("name", EVERY)
def test_conjugate_derivative_is_the_slope_of_the_conjugate(name):
    f = DIVERGENCES[name]
    h = 1e-6
    for u in slopes(name):
        if name == "tv" and abs(u + 0.5) < 0.1:
            continue
        slope = float(f.conjugate(np.array(u + h)) - f.conjugate(np.array(u - h))) / (2 * h)
        assert float(f.conjugate_derivative(np.array(u))) == pytest.approx(slope, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", EVERY)
def test_conjugate_is_infinite_above_its_limit(name):
    f = DIVERGENCES[name]
    if np.isfinite(f.conjugate_limit):
        assert np.isposinf(f.conjugate(np.array([f.conjugate_limit + 1e-6]))).all()
    assert np.isfinite(f.conjugate(np.array([-3.0]))).all()


@pytest.mark.parametrize("name", SMOOTH)
@given(pair=distributions(4))
def test_gradient_is_the_slope_of_the_terms(name, pair):
    f = DIVERGENCES[name]
    p, q = pair
    h = 1e-6 * np.minimum(p, q)
    by_p = (f.terms(p + h, q) - f.terms(p - h, q)) / (2 * h)
    by_q = (f.terms(p, q + h) - f.terms(p, q - h)) / (2 * h)
    found = f.gradient(p, q)
    # Steps of 1e-6 relative: curvature 1e-12, rounding 1e-10 of the largest terms.
    scale = 1 + np.abs(found).max()
    np.testing.assert_allclose(found, [by_p, by_q], rtol=1e-5, atol=1e-7 * scale)


def test_pearson_has_no_half():
    assert divergence([0.5, 0.5], [0.25, 0.75], "chi2") == pytest.approx(0.0625 / 0.25 + 0.0625 / 0.75)


def test_bounded_divergences_reach_their_bound_on_disjoint_samples():
    bounds = {"js": np.log(2), "hellinger": 1.0, "tv": 1.0}
    for name, bound in bounds.items():
        assert divergence([1, 0], [0, 1], name) == pytest.approx(bound)


def test_information_value_of_the_paper_is_jeffreys():
    """Eq. (6) to (10): IV = sum (P_g - P_b) WoE = KL + KL = PSI."""
    g, b = np.array([300.0, 300, 300]), np.array([10.0, 20, 70])
    iv = divergence(g, b, "jeffreys")
    assert iv == pytest.approx(naive.information_value(g, b), rel=1e-14)
    assert iv == pytest.approx(divergence(g, b) + divergence(b, g), rel=1e-14)


@pytest.mark.parametrize("name", LOGARITHMIC)
@given(pair=distributions(4), base=st.sampled_from([2, 10, 0.5]))
def test_base_divides_by_its_logarithm(name, pair, base):
    assert divergence(*pair, name, base=base) == pytest.approx(divergence(*pair, name) / np.log(base))


@pytest.mark.parametrize("name", sorted(set(EVERY) - set(LOGARITHMIC)))
def test_a_divergence_without_logarithm_has_no_base(name):
    with pytest.raises(InputError, match="has none"):
        divergence([1, 2], [2, 1], name, base=2)


@given(pair=distributions(4), factor=st.floats(0.1, 1000))
def test_counts_are_normalised(pair, factor):
    p, q = pair
    assert divergence(factor * p, q) == pytest.approx(divergence(p, q), rel=1e-9, abs=1e-14)


def test_axis_of_many_distributions():
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=3)
    q = np.full((3, 4), 0.25)
    expected = [divergence(a, b) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(divergence(p, q, axis=1), expected)
    np.testing.assert_allclose(divergence(p.T, q.T), expected)


@pytest.mark.parametrize(
    ("p", "q", "options", "message"),
    [
        ([1, 2], [1, 2, 3], {}, "one shape"),
        ([1, -2], [1, 2], {}, "not negative"),
        ([1, np.nan], [1, 2], {}, "finite"),
        ([0, 0], [1, 2], {}, "positive sum"),
        (1.0, [1, 2], {}, "single number"),
        ([1, 2], [1, 2], {"name": "renyi"}, "must be one of"),
        ([1, 2], [1, 2], {"base": 1}, "not 1"),
        ([1, 2], [1, 2], {"base": -2}, "positive"),
    ],
)
def test_bad_input_is_named(p, q, options, message):
    with pytest.raises(InputError, match=message):
        divergence(p, q, **options)


@pytest.mark.parametrize("name", EVERY)
def test_registered_divergences_are_found_by_name_and_survive_pickling(name):
    assert get_divergence(name) is DIVERGENCES[name]
    assert pickle.loads(pickle.dumps(DIVERGENCES[name])) is DIVERGENCES[name]


def test_a_divergence_of_ones_own_can_be_used():
    """Le Cam's (triangular) divergence, the sum of (p - q)^2 / (p + q)."""
    triangular = FDivergence(
        "le_cam",
        generator=lambda t: (t - 1) ** 2 / (t + 1),
        derivative=lambda t: 1 - 4 / (t + 1) ** 2,
        conjugate=lambda u: np.where(u < -3, -1.0, 4 - u - 4 * np.sqrt(1 - u)),
        conjugate_derivative=lambda u: np.maximum(2 / np.sqrt(1 - u) - 1, 0.0),
        at_zero=1.0,
        slope_at_infinity=1.0,
        adjoint="le_cam",
    )
    assert get_divergence(triangular) is triangular
    p, q = np.array([0.2, 0.8]), np.array([0.6, 0.4])
    assert divergence(p, q, triangular) == pytest.approx(((p - q) ** 2 / (p + q)).sum())


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9])
def test_digits_are_left_where_the_distributions_nearly_agree(name, gap):
    p, q = np.array([0.3, 0.3, 0.4]), np.array([0.3, 0.3, 0.4]) + gap * np.array([1.0, -1.0, 0.0])
    # What is left is the rounding of the shares themselves: some 1e-16 of them, over the gap.
    assert divergence(p, q, name) == pytest.approx(naive.divergence(name, p, q), rel=1e-14 / gap, abs=0)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    ("p", "q"),
    [
        ([1e308, 1e308], [1e308, 5e307]),
        ([1e-310, 3e-310], [1, 1]),
        ([5e-324, 5e-324], [1, 2]),
        ([1e-200, 1], [1, 1e-200]),
        ([0.5, 0.5], [1e-200, 1]),
    ],
)
def test_numbers_at_the_edge_of_a_float_are_shares_like_any_other(name, p, q):
    assert divergence(p, q, name) == pytest.approx(naive.divergence(name, p, q), rel=1e-13)


def test_what_no_float_holds_is_infinite():
    assert divergence([1, 1], [1e-320, 1], "chi2") == np.inf
    assert divergence([1, 1], [1e-320, 1], "kl") == pytest.approx(naive.divergence("kl", [1, 1], [1e-320, 1]))


def test_a_masked_distribution_is_refused():
    with pytest.raises(InputError, match="p is a masked array"):
        divergence(np.ma.array([1.0, 2.0], mask=[0, 1]), [1, 2])
