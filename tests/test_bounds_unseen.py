"""The unseen arm's greatest mean within a divergence of the seen one's, against a nonlinear program."""

import numpy as np
import pytest

import naive
from kullback.bounds._laws import LocalLaws
from kullback.bounds._unseen import falling_root, share_of_greatest, solve_unseen
from kullback.exceptions import InputError
from kullback.information import DIVERGENCES

SUPERLINEAR = ["kl", "chi2", "jeffreys"]


def greatest(name, phi, weights, radius):
    return float(solve_unseen(DIVERGENCES[name], radius, LocalLaws.of_sample(phi, weights)).bound[0])


@pytest.mark.parametrize("name", SUPERLINEAR)
def test_the_greatest_mean_is_the_value_of_a_nonlinear_program(name):
    rng = np.random.default_rng(7)
    for _ in range(15):
        n = rng.integers(1, 12)
        phi, weights = 10 * rng.normal(size=n), rng.dirichlet(np.ones(n))
        radius = float(rng.choice([0.0, 0.05, rng.exponential(), 5.0]))
        program = naive.greatest_unseen_mean(DIVERGENCES[name].generator, phi, weights, radius)
        # The program stops at densities of 1e-12 and on constraints to 1e-9 or so.
        assert greatest(name, phi, weights, radius) == pytest.approx(program, abs=1e-6 * max(np.ptp(phi), 1.0))


@pytest.mark.parametrize("name", SUPERLINEAR)
def test_it_grows_with_the_radius_from_the_mean_to_the_greatest_outcome_of_the_law(name):
    phi, weights = np.array([0.0, 1.0, 5.0]), np.array([0.5, 0.3, 0.2])
    found = [greatest(name, phi, weights, radius) for radius in (0.0, 1e-6, 0.01, 0.1, 1.0, 100.0)]
    assert found[0] == pytest.approx(1.3, abs=1e-5)  # k ends at a million ranges
    assert (np.diff(found) > 0).all()
    assert found[-1] == pytest.approx(5.0, abs=5e-2 if name == "jeffreys" else 1e-4)  # jeffreys: f(0) is infinite


def test_it_moves_with_the_outcomes_scale():
    phi, weights = np.array([0.0, 1.0, 5.0]), np.array([0.5, 0.3, 0.2])
    assert greatest("kl", 1e4 * phi - 3, weights, 0.2) == pytest.approx(1e4 * greatest("kl", phi, weights, 0.2) - 3)


def test_a_small_radius_costs_its_root_times_the_spread():
    """D near 0 is c (R/P - 1)^2 with c = f''(1) / 2: the mean moves by sqrt(radius / c) standard deviations."""
    rng = np.random.default_rng(0)
    phi = rng.normal(size=1000)
    for name, half_curvature in (("kl", 0.5), ("chi2", 1.0), ("jeffreys", 1.0)):
        moved = greatest(name, phi, None, 1e-6) - phi.mean()
        assert moved == pytest.approx(np.sqrt(1e-6 / half_curvature) * phi.std(), rel=1e-2)


def test_any_u_and_k_that_are_returned_bound_the_greatest_mean():
    rng = np.random.default_rng(1)
    for name in SUPERLINEAR:
        for radius in (0.01, 0.5, 20.0):
            phi = rng.normal(size=8)
            laws = LocalLaws.of_sample(phi)
            point = solve_unseen(DIVERGENCES[name], radius, laws)
            u, k = point.u[0], point.k[0]
            dual = u + k * (radius + DIVERGENCES[name].conjugate((phi - u) / k).mean())
            assert dual >= point.bound[0] - 1e-9
            assert k >= 0.05 * np.ptp(phi) * (1 - 1e-12)


@pytest.mark.parametrize("name", ["js", "hellinger", "tv", "reverse_kl", "neyman"])
def test_a_divergence_that_is_not_superlinear_is_refused(name):
    with pytest.raises(InputError, match="must be superlinear"):
        greatest(name, np.array([0.0, 1.0]), None, 0.1)


def test_roots_are_found_entry_by_entry_and_ends_kept_where_there_is_none():
    target = np.array([0.3, 2.0, 1e-7, -1.0, 9.0])
    root = falling_root(lambda x: target - x, np.zeros(5), np.full(5, 4.0), np.full(5, 1e-12))
    np.testing.assert_allclose(root, [0.3, 2.0, 1e-7, 0.0, 4.0], atol=1e-12)
    step = falling_root(lambda x: np.where(x < 1 / 3, 1.0, -1.0), np.zeros(1), np.ones(1), np.full(1, 1e-12))
    assert step[0] == pytest.approx(1 / 3, abs=1e-11)


@pytest.mark.parametrize("name", ["kl", "chi2"])
def test_the_share_of_the_greatest_outcome_is_its_part_of_the_rise(name):
    laws = LocalLaws(np.array([0.0, 1.0, 0.0, 1.0, 50.0]), np.array([0.5, 0.5, 0.5, 0.49, 0.01]), np.array([0, 2, 5]))
    share = share_of_greatest(DIVERGENCES[name], 0.1, laws)
    rise = solve_unseen(DIVERGENCES[name], 0.1, laws).bound - laws.mean(laws.values)
    assert share[0] == pytest.approx((0.5 + rise[0]) * 0.5 / rise[0], abs=1e-4)  # R has mass mean + rise at 1
    assert share[1] > 0.9
    assert (share_of_greatest(DIVERGENCES[name], 0.0, laws) >= 0).all()
