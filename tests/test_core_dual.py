"""Greatest means over balls against nonlinear and linear programs, and what must be true of any of them."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from kullback._core import dual
from kullback._core.dual import jensen_shannon_bounds, power_bounds, sampled_bounds, tail_bounds
from strategies import bounded_laws

LOG2 = np.log(2.0)
PSI = {
    "chi2": (lambda s: (1 / s - 1) / 2, lambda s: -0.5 / s**2),
    "kl": (lambda s: -np.log(s), lambda s: -1 / s),
    "hellinger": (lambda s: 1 - np.sqrt(s), lambda s: -0.5 / np.sqrt(s)),
    "cube": (lambda s: s**-3.0 - 1, lambda s: -3 * s**-4.0),
    "js": (lambda s: (s * np.log(s) - (1 + s) * np.log(1 + s)) / 2 + LOG2, lambda s: np.log(s / (1 + s)) / 2),
}
POWERS = {"chi2": 0.5, "kl": 0.0, "hellinger": -1.0, "cube": 0.75}
PROGRAM = 1e-6
"""Relative to the range: the tolerance of a nonlinear program on its constraints, and some digits lost there."""


@pytest.fixture(autouse=True)
def _kernels_count_in_infinities():
    """Compiled code divides by zero without a word; interpreted, numpy would warn."""
    with np.errstate(all="ignore"):
        yield


def solve(name, values, weights, share, top):
    law = (values, weights, np.array([0, len(values)]), np.array([share]), np.array([top]))
    if name == "js":
        return [float(x[0]) for x in jensen_shannon_bounds(*law)]
    return [float(x[0]) for x in power_bounds(*law, POWERS[name])]


def kl_nodes(n_nodes=2001):
    t = np.exp(np.linspace(-15, 15, n_nodes))
    return t, -1 - np.log(t)


def sampled(values, weights, share, top, radius, nodes, conjugate):
    law = (values, weights, np.array([0, len(values)]), np.array([share]), np.array([radius]), np.array([top]))
    return [float(x[0]) for x in sampled_bounds(*law, nodes, conjugate)]


@pytest.mark.parametrize("name", PSI)
def test_the_bound_is_the_value_of_a_nonlinear_program(name):
    rng = np.random.default_rng(4)
    for _ in range(10):
        n = rng.integers(2, 12)
        values, weights = rng.normal(size=n).round(2), rng.dirichlet(np.ones(n))
        share, top = rng.uniform(0.03, 0.97), values.max() + rng.choice([0.0, 0.01, rng.exponential()])
        program = naive.greatest_mean(*PSI[name], values, weights, share, top)
        bound = solve(name, values, weights, share, top)[0]
        assert bound == pytest.approx(program, abs=PROGRAM * (top - values.min()))


@pytest.mark.parametrize("name", PSI)
@given(law=bounded_laws())
def test_the_bound_lies_between_the_worst_case_and_the_top(name, law):
    worst_case = law["share"] * (law["weights"] * law["values"]).sum() + (1 - law["share"]) * law["top"]
    bound = solve(name, **law)[0]
    scale = max(law["top"] - law["values"][0], 1.0)
    assert worst_case - 1e-12 * scale <= bound <= law["top"] + 1e-9 * scale


@given(law=bounded_laws())
def test_of_the_power_family_a_greater_power_bounds_tighter(law):
    bounds = [solve(name, **law)[0] for name in ("cube", "chi2", "kl", "hellinger")]
    assert (np.diff(bounds) >= -1e-9 * max(law["top"] - law["values"][0], 1.0)).all()


@pytest.mark.parametrize("name", PSI)
@given(law=bounded_laws())
def test_the_minimiser_has_the_value_of_the_bound(name, law):
    bound, u, *k = solve(name, **law)
    kept = law["weights"] > 0
    values, weights, share = law["values"][kept], law["weights"][kept], law["share"]
    gaps = u - values
    assert u >= law["top"]
    if name == "js":
        t = gaps / k[0]
        conjugate = -0.5 * np.log(-np.expm1(-2 * t)) - LOG2 if t.min() > 0 else np.full(t.size, np.nan)
        value = u + k[0] * (PSI["js"][0](share) + (weights * conjugate).sum())
    elif POWERS[name] == 0:
        value = u - share * np.exp((weights * np.log(gaps)).sum())
    else:
        value = u - share * (weights * gaps ** POWERS[name]).sum() ** (1 / POWERS[name])
    if np.isfinite(value) and gaps.max() > 0:
        assert bound == pytest.approx(value, abs=1e-6 * gaps.max())  # u itself has lost digits beside an atom


@pytest.mark.parametrize("name", PSI)
def test_shares_of_zero_and_one_leave_the_top_and_the_mean(name):
    values, weights = np.array([0.0, 1.0, 4.0]), np.array([0.5, 0.25, 0.25])
    assert solve(name, values, weights, 0.0, 5.0)[0] == pytest.approx(5.0, abs=1e-12)
    assert solve(name, values, weights, 1.0, 5.0)[0] == 1.25
    nearly = solve(name, values, weights, 1 - 1e-9, 5.0)[0]
    assert 1.25 <= nearly <= 1.25 + 1e-3  # of order sqrt(1 - share)
    bounds = [solve(name, values, weights, share, 5.0)[0] for share in (1e-9, 1e-6, 0.01, 0.3, 0.6, 0.9, 0.999, 1.0)]
    assert (np.diff(bounds) < 1e-9).all()


@pytest.mark.parametrize("name", PSI)
def test_with_a_share_of_one_the_minimiser_is_far_out_and_its_value_the_mean(name):
    values, weights = np.array([0.0, 1.0]), np.array([0.5, 0.5])
    assert solve(name, values, weights, 1.0, 1.0)[1] > 1e4


@pytest.mark.parametrize("name", PSI)
def test_a_law_of_one_point_is_moved_to_the_top_as_far_as_the_radius_allows(name):
    one = np.array([2.0]), np.array([1.0])
    assert solve(name, *one, 0.4, 2.0)[0] == 2.0
    assert solve(name, *one, 0.4, 3.0)[0] == pytest.approx(2.6, abs=1e-9)  # the worst case: psi has one argument


@pytest.mark.parametrize("name", PSI)
def test_points_without_weight_change_nothing_but_the_range(name):
    bound = solve(name, np.array([0.0, 1.0, 3.0]), np.array([0.5, 0.5, 0.0]), 0.5, 3.0)[0]
    assert bound == pytest.approx(solve(name, np.array([0.0, 1.0]), np.array([0.5, 0.5]), 0.5, 3.0)[0], abs=1e-9)


@pytest.mark.parametrize("weight", [1e-9, 0.01, 0.5, 1 - 1e-9])
@pytest.mark.parametrize("name", PSI)
def test_an_atom_at_the_top_is_met(name, weight):
    """Two points: the mean is M - (M - low)(1 - w) s with s at the low one, as small as the radius allows."""
    values, weights = np.array([0.0, 1.0]), np.array([1 - weight, weight])
    psi = PSI[name][0]
    bound = solve(name, values, weights, 0.3, 1.0)[0]
    s_low = np.exp(np.linspace(np.log(1e-5), 0, 4001))
    s_top = np.maximum((1 - (1 - weight) * s_low) / weight, 1e-300)  # all mass that is left may lie on the atom
    spent = (1 - weight) * psi(s_low) + weight * psi(s_top)
    grid = s_low[spent <= psi(0.3)].min()
    assert bound == pytest.approx(1 - (1 - weight) * grid, abs=4e-3)  # the grid's step
    assert bound <= 1 - (1 - weight) * grid * np.exp(-np.log(1e5) / 4000) + 1e-5  # from where the grid starts


def test_outcomes_far_below_the_range_of_floats_are_met():
    values, weights = np.array([0.0, 1.0 - 1e-16]), np.array([0.5, 0.5])
    for name in PSI:
        assert np.isfinite(solve(name, values, weights, 0.5, 1.0)[0])


def test_laws_are_solved_each_on_its_own():
    rng = np.random.default_rng(0)
    sizes = [1, 5, 2, 9]
    starts = np.append(0, np.cumsum(sizes))
    values = np.concatenate([np.sort(rng.normal(size=n)) for n in sizes])
    weights = np.concatenate([rng.dirichlet(np.ones(n)) for n in sizes])
    share, top = rng.uniform(0.1, 0.9, 4), np.full(4, 5.0)
    together = jensen_shannon_bounds(values, weights, starts, share, top)
    powers = power_bounds(values, weights, starts, share, top, 0.5)
    for i in range(4):
        law = values[starts[i] : starts[i + 1]], weights[starts[i] : starts[i + 1]]
        assert solve("js", *law, share[i], 5.0) == [x[i] for x in together]
        assert solve("chi2", *law, share[i], 5.0) == [x[i] for x in powers]


@given(law=bounded_laws(), drop=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
def test_the_upper_tail_is_what_a_loop_leaves(law, drop):
    values, weights = law["values"], law["weights"]
    upper, quantile = tail_bounds(values, weights, np.array([0, values.size]), np.array([drop]))
    at_or_below = [v for v in values if weights[values <= v].sum() >= drop - 1e-12]
    q = values[weights > 0].min() if drop > 0 else values[0]
    q = max(q, at_or_below[0])
    assert quantile[0] == q
    assert upper[0] == pytest.approx((weights * np.maximum(values - q, 0)).sum() + q * (1 - drop), abs=1e-12)


def test_a_tail_and_a_quantile_by_hand():
    values, weights = np.array([1.0, 2.0, 4.0]), np.array([0.25, 0.25, 0.5])
    upper, quantile = tail_bounds(values, weights, np.array([0, 3]), np.array([0.375]))
    assert quantile[0] == 2.0
    assert upper[0] == 0.125 * 2 + 0.5 * 4


@settings(max_examples=8 if numba.config.DISABLE_JIT else 40, deadline=None)
@given(law=bounded_laws(max_points=4))
def test_a_sampled_conjugate_bounds_from_above_and_closely(law):
    nodes, conjugate = kl_nodes()
    bound, u, k = sampled(**law, radius=-np.log(law["share"]), nodes=nodes, conjugate=conjugate)
    exact = solve("kl", **law)[0]
    scale = max(law["top"] - law["values"][0], 1.0)
    assert exact - 1e-9 * scale <= bound <= exact + 1e-4 * scale  # nodes .015 apart: .015^2 / 8, and u is found to 1e-6
    assert u >= law["top"]
    assert k > 0


def test_a_piecewise_linear_conjugate_is_exact():
    """Total variation: psi*(-t) = -min(t, 1), whose nodes are 0 and 1."""
    rng = np.random.default_rng(3)
    nodes, conjugate = np.array([0.0, 1.0]), np.array([0.0, -1.0])
    for _ in range(3 if numba.config.DISABLE_JIT else 15):
        values, weights, share = np.sort(rng.normal(size=6)), rng.dirichlet(np.ones(6)), rng.uniform(0.1, 0.9)
        bound = sampled(values, weights, share, values[-1], 1 - share, nodes, conjugate)[0]
        program = naive.greatest_mean_by_moving(values, weights, share, values[-1])
        assert bound == pytest.approx(program, abs=1e-8 * np.ptp(values))


def test_a_sampled_conjugate_with_nothing_to_move_and_all_known():
    nodes, conjugate = kl_nodes(11)
    one = np.array([2.0]), np.array([1.0])
    assert sampled(*one, 0.4, 2.0, 1.0, nodes, conjugate)[0] == 2.0
    assert sampled(*one, 1.0, 3.0, 0.0, nodes, conjugate)[0] == 2.0
    empty_point = np.array([1.0, 2.0]), np.array([0.0, 1.0])
    assert sampled(*empty_point, 0.4, 2.0, 1.0, nodes, conjugate)[0] == pytest.approx(2.0, abs=1e-6)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
@pytest.mark.parametrize("kernel", [power_bounds, jensen_shannon_bounds, sampled_bounds, tail_bounds])
def test_a_kernel_has_one_signature(kernel):
    values, weights, starts = np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.array([0, 2])
    share, top = np.array([0.5]), np.array([1.0])
    calls = {
        power_bounds: (values, weights, starts, share, top, 0.5),
        jensen_shannon_bounds: (values, weights, starts, share, top),
        sampled_bounds: (values, weights, starts, share, share, top, *kl_nodes(11)),
        tail_bounds: (values, weights, starts, share),
    }
    kernel(*calls[kernel])
    assert len(kernel.signatures) == 1


def test_the_searches_reach_beyond_what_floats_of_a_range_can_show():
    assert np.exp(dual.LOG_LEAST) < np.finfo(float).eps ** 2
    assert np.exp(dual.LOG_GREATEST) > 1 / np.finfo(float).eps
