"""Balls against programs, against definitions, and against models drawn at random."""

import pickle
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

import naive
from kullback.bounds._balls import BALLS, get_ball
from kullback.bounds._laws import LocalLaws
from kullback.exceptions import InputError
from kullback.information import DIVERGENCES, FDivergence
from strategies import bounded_laws

SMOOTH = [name for name in BALLS if name not in {"worst_case", "tv"}]
PRICED = [name for name in BALLS if name != "worst_case"]


def renamed(name):
    """A divergence of the registry as a user's own, so that its ball is derived from f."""
    known = DIVERGENCES[name]
    return FDivergence(
        f"own {name}", known.generator, known.derivative, known.conjugate, known.conjugate_derivative, known.at_zero,
        known.slope_at_infinity, known.adjoint,
    )  # fmt: skip


OWN = {name: get_ball(renamed(name)) for name in ("chi2", "kl", "hellinger", "js", "tv")}


def upper(ball, phi, weights, share, top):
    return float(ball.solve(LocalLaws.of_sample(phi, weights), np.array([share]), np.array([top])).bound[0])


def lower(ball, phi, weights, share, bottom):
    mirrored = LocalLaws.of_sample(phi, weights).mirrored()
    return -float(ball.solve(mirrored, np.array([share]), np.array([-bottom])).bound[0])


def random_laws(seed, n_laws, max_points=12):
    rng = np.random.default_rng(seed)
    for _ in range(n_laws):
        n = rng.integers(2, max_points)
        phi = rng.normal(size=n).round(2)
        yield phi, rng.dirichlet(np.ones(n)), rng.uniform(0.03, 0.97), phi.max() + rng.choice([0.0, rng.exponential()])


@pytest.mark.parametrize("name", SMOOTH)
def test_a_bound_is_the_value_of_a_nonlinear_program(name):
    ball = BALLS[name]
    for phi, weights, share, top in random_laws(1, 10):
        program = naive.greatest_mean(ball.psi, ball.psi_derivative, phi, weights, share, top)
        assert upper(ball, phi, weights, share, top) == pytest.approx(program, abs=1e-6 * (top - phi.min()))


def test_total_variation_is_a_linear_program():
    for phi, weights, share, top in random_laws(2, 30):
        program = naive.greatest_mean_by_moving(phi, weights, share, top)
        assert upper(BALLS["tv"], phi, weights, share, top) == pytest.approx(program, abs=1e-9 * (top - phi.min()))


def test_the_worst_case_is_manskis_linear_program(capsys):
    for phi, weights, share, top in random_laws(3, 10):
        program = naive.manski_program(phi, weights, share, top)
        assert upper(BALLS["worst_case"], phi, weights, share, top) == pytest.approx(program, abs=1e-9)


@pytest.mark.parametrize("name", OWN)
def test_a_ball_derived_from_f_is_that_of_the_closed_form_from_above(name):
    for phi, weights, share, top in random_laws(4, 6):
        closed = upper(BALLS[name], phi, weights, share, top)
        derived = upper(OWN[name], phi, weights, share, top)
        assert -1e-9 <= (derived - closed) / (top - phi.min()) <= 1e-6


@given(law=bounded_laws())
def test_worst_case_chi2_kl_and_hellinger_are_ordered_and_hold_in_all(law):
    bounds = {
        name: upper(ball, law["values"], law["weights"], law["share"], law["top"]) for name, ball in BALLS.items()
    }
    slack = 1e-9 * max(law["top"] - law["values"][0], 1.0)
    ordered = [bounds[name] for name in ("worst_case", "chi2", "kl", "hellinger")]
    assert (np.diff(ordered) >= -slack).all()
    assert all(bounds["worst_case"] - slack <= bounds[name] <= law["top"] + slack for name in PRICED)


@pytest.mark.parametrize("name", BALLS)
@given(law=bounded_laws(), slope=st.sampled_from([0.001, 3.0, 1e4]), shift=st.sampled_from([-1e3, 0.0, 7.0]))
def test_bounds_move_with_the_outcomes_scale(name, law, slope, shift):
    ball, weights, share = BALLS[name], law["weights"], law["share"]
    bound = upper(ball, law["values"], weights, share, law["top"])
    moved = upper(ball, slope * law["values"] + shift, weights, share, slope * law["top"] + shift)
    scale = slope * max(law["top"] - law["values"][0], 1.0)
    assert moved == pytest.approx(slope * bound + shift, abs=1e-8 * scale + 1e-12 * abs(shift))


@pytest.mark.parametrize("name", BALLS)
@given(law=bounded_laws())
def test_a_lower_bound_is_minus_the_upper_bound_of_minus_the_outcome(name, law):
    ball, phi, weights, share = BALLS[name], law["values"], law["weights"], law["share"]
    bound = lower(ball, -phi, weights, share, -law["top"])
    assert bound == pytest.approx(-upper(ball, phi, weights, share, law["top"]), abs=1e-12)  # sums in another order


CLOSED = {
    "chi2": lambda scale, e: e / (e + scale * (1 - e)),
    "kl": lambda scale, e: e**scale,
    "hellinger": lambda scale, e: (1 - scale * (1 - np.sqrt(e))) ** 2,
    "tv": lambda scale, e: 1 - scale * (1 - e),
}
SHARES = np.array([1e-3, 0.2, 0.5, 0.9, 0.999])


@pytest.mark.parametrize("scale", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("ball", [*(BALLS[name] for name in PRICED), *OWN.values()], ids=lambda ball: ball.name)
def test_a_part_of_the_radius_is_the_radius_of_a_greater_share(ball, scale):
    share, slope = ball.share_of(scale, SHARES)
    np.testing.assert_allclose(ball.psi(share), scale * ball.psi(SHARES), atol=1e-11)
    name = ball.name.removeprefix("own ")
    if name in CLOSED:
        np.testing.assert_allclose(share, CLOSED[name](scale, SHARES), rtol=1e-9)
    step = 1e-5 * SHARES
    sides = [ball.share_of(scale, SHARES + d)[0] for d in (step, -step)]
    np.testing.assert_allclose(slope, (sides[0] - sides[1]) / (2 * step), rtol=1e-5)


def structural_model(rng):
    """Unseen u moves the choice of arm and the outcome: the law in the arm, its share, and the law of Y(arm)."""
    n_unseen, n_points = rng.integers(1, 5), rng.integers(2, 7)
    unseen = rng.dirichlet(np.ones(n_unseen))
    chosen = rng.beta(rng.uniform(0.1, 2), rng.uniform(0.1, 2), n_unseen).clip(1e-6, 1 - 1e-6)
    outcome = rng.dirichlet(np.full(n_points, 0.5), n_unseen)
    share = float(unseen @ chosen)
    return np.sort(rng.normal(size=n_points)), share, (unseen * chosen) @ outcome / share, unseen @ outcome


def test_no_structural_model_has_a_mean_outside_a_bound():
    rng = np.random.default_rng(5)
    for _ in range(150):
        points, share, seen, truth = structural_model(rng)
        for ball in BALLS.values():
            assert lower(ball, points, seen, share, points[0]) <= truth @ points + 1e-9
            assert truth @ points <= upper(ball, points, seen, share, points[-1]) + 1e-9


def test_a_radius_bounds_the_divergence_of_a_structural_model_and_is_reached_by_a_far_one():
    rng = np.random.default_rng(6)
    for name in ("kl", "hellinger", "js", "tv", "chi2"):
        f, half = DIVERGENCES[name], 0.5 if name == "chi2" else 1.0  # the paper's chi-square has the half
        for _ in range(100):
            _, share, seen, truth = structural_model(rng)
            assert half * f.terms(seen, truth).sum() <= BALLS[name].psi(np.float64(share)) + 1e-12
        apart = half * f.terms(np.array([1.0, 0.0]), np.array([0.3, 0.7])).sum()
        assert apart == pytest.approx(float(BALLS[name].psi(np.float64(0.3))), rel=1e-12)


@pytest.mark.parametrize("ball", [*(BALLS[name] for name in PRICED), *OWN.values()], ids=lambda ball: ball.name)
def test_psi_its_derivative_and_its_conjugate_belong_together(ball):
    s = np.array([0.05, 0.3, 0.7, 0.95])
    step = 1e-6
    slope = (ball.psi(s + step) - ball.psi(s - step)) / (2 * step)
    np.testing.assert_allclose(ball.psi_derivative(s), slope, rtol=1e-5, atol=1e-8)
    assert ball.psi(np.ones(1))[0] == pytest.approx(0.0, abs=1e-15)
    grid = np.exp(np.linspace(-14, 14, 200_001))
    for t in (0.01, 0.2, 1.0, 5.0):
        supremum = (-grid * t - ball.psi(grid)).max()
        found = float(ball.psi_conjugate(np.array([t]))[0])
        assert found == pytest.approx(supremum, abs=2e-5)  # psi at the end of the grid, e^-14, is near psi(0)


def test_conjugates_are_infinite_at_zero_where_it_is_said():
    for name, ball in BALLS.items():
        assert np.isinf(ball.psi_conjugate(np.zeros(1))[0]) == ball.infinite_at_top, name
    assert {name for name, ball in OWN.items() if ball.infinite_at_top} == {"chi2", "kl", "hellinger", "js"}


@pytest.mark.parametrize("name", BALLS)
def test_without_a_top_only_a_share_of_one_bounds_the_mean(name):
    laws = LocalLaws(np.array([0.0, 1.0, 0.0, 1.0]), np.full(4, 0.5), np.array([0, 2, 4]))
    point = BALLS[name].solve(laws, np.array([0.9, 1.0]), np.full(2, np.inf))
    assert point.bound.tolist() == [np.inf, 0.5]


@pytest.mark.parametrize("name", BALLS)
def test_a_share_of_zero_leaves_the_support(name):
    assert upper(BALLS[name], np.array([0.0, 1.0]), np.array([0.5, 0.5]), 0.0, 3.0) == pytest.approx(3.0, abs=1e-9)
    assert upper(get_ball(renamed("kl")), np.array([0.0, 1.0]), np.array([0.5, 0.5]), 0.0, 3.0) == pytest.approx(
        3.0, abs=1e-5
    )


def test_outcomes_above_the_top_are_refused():
    with pytest.raises(InputError, match=r"up to 2 above a top of 1\. Widen outcome_bounds"):
        upper(BALLS["kl"], np.array([0.0, 2.0]), np.array([0.5, 0.5]), 0.5, 1.0)


@pytest.mark.parametrize("name", ["reverse_kl", "jeffreys", "neyman"])
def test_a_divergence_with_infinite_f_of_zero_is_refused_with_the_reason(name):
    for divergence in (name, DIVERGENCES[name], renamed(name)):
        with pytest.raises(InputError, match=r"infinite f\(0\).*no radius bounds it.*chi2, kl, hellinger, js, tv"):
            get_ball(divergence)


def test_a_ball_is_found_by_its_name_and_by_its_divergence():
    assert get_ball("kl") is BALLS["kl"]
    assert get_ball(DIVERGENCES["kl"]) is BALLS["kl"]
    assert get_ball(renamed("kl")).name == "own kl"
    with pytest.raises(InputError, match="'nonsense' came"):
        get_ball("nonsense")


def test_a_ball_of_the_table_can_be_pickled():
    for ball in BALLS.values():
        assert pickle.loads(pickle.dumps(ball)) is ball
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(OWN["kl"])


def test_the_radii_are_those_of_the_paper():
    e = np.array([0.1, 0.5, 0.9])
    radii = {
        "kl": -np.log(e),
        "hellinger": 1 - np.sqrt(e),
        "chi2": (1 - e) / (2 * e),
        "tv": 1 - e,
        "js": 0.5 * (special.xlogy(e, e) - (1 + e) * np.log(1 + e)) + np.log(2),
        "worst_case": np.zeros(3),
    }
    for name, radius in radii.items():
        np.testing.assert_allclose(BALLS[name].psi(e), radius, rtol=1e-14)
    assert (BALLS["worst_case"].psi_derivative(e) == 0).all()


WRONG = {
    "f(1) must be 0; it is 0.5": {"generator": lambda t: (t - 1) ** 2 + 0.5, "at_zero": 1.5},
    "at_zero must be f(0); it is 0, and f tends to 1": {"at_zero": 0.0},
    "f must be convex, and its chords": {
        "generator": lambda t: np.abs(np.sqrt(t) - 1) ** 0.5,
        "derivative": np.zeros_like,
    },
    "derivative must be that of f": {"derivative": lambda t: t - 1},
    "f and its derivative must be finite": {"generator": lambda t: np.where(t > 1e5, np.nan, (t - 1) ** 2)},
}


@pytest.mark.parametrize("told", WRONG)
def test_what_is_no_f_divergence_makes_no_ball(told):
    own = replace(DIVERGENCES["chi2"], **({"name": "own"} | WRONG[told]))
    with pytest.raises(InputError, match=f"The divergence 'own' is no f-divergence: {re.escape(told)}"):
        get_ball(own)


@pytest.mark.parametrize("power", [0.1, 0.5, 0.9, 1.5, 2, 4])
def test_generators_with_kinks_powers_and_flat_parts_make_balls(power):
    """f(t) = t^p - p (t - 1) - 1 with the sign that makes it convex, and a hockey stick."""
    sign = 1 if power > 1 else -1
    alpha = replace(
        DIVERGENCES["chi2"],
        name="alpha",
        generator=lambda t: sign * (t**power - power * (t - 1) - 1),
        derivative=lambda t: sign * power * (t ** (power - 1) - 1),
        at_zero=sign * (power - 1.0),
    )
    stick = replace(
        DIVERGENCES["tv"],
        name="stick",
        generator=lambda t: np.maximum(t - power, 0) - max(1 - power, 0.0),
        derivative=lambda t: np.where(t > power, 1.0, np.where(t < power, 0.0, 0.5)),
        at_zero=-max(1 - power, 0.0),
    )
    for own in (alpha, stick):
        assert get_ball(own).name == own.name
