"""The confounded law is what it says, by integrals, by programs and by large samples."""

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from kullback.datasets import ConfoundedLaw, make_confounded
from kullback.datasets import _confounded as known
from kullback.exceptions import InputError

LARGE = 100_000
SURE = stats.norm.isf(5e-5)
"""Standard errors that chance passes once in ten thousand; seeds are fixed, so this is a one-time risk."""
X = np.array([[0.3, -0.5, 0.8, 0.1, -0.9], [-0.9, -0.8, -1.0, 0.0, 0.4]])
BOUNDED, HEAVY = ConfoundedLaw("bounded", 2.0), ConfoundedLaw("heavy_tailed", 2.0)


@pytest.fixture(scope="module", params=["bounded", "heavy_tailed"])
def sample(request):
    return make_confounded(LARGE, design=request.param, random_state=3)


def by_definition(divergence, a, b, share):
    """The greatest mean in the dual, by power means, by u and k for Jensen-Shannon, by the tail."""
    law = stats.beta(a, b)
    w = (np.arange(20_000) + 0.5) / 20_000
    y, mass = law.isf(w**4), 4 * w**3 / w.size  # the midpoint rule in quantiles that crowd at the top
    if divergence == "worst_case":
        return share * law.mean() + 1 - share
    if divergence == "tv":  # drop the lowest 1 - e, put it at 1
        return integrate.quad(law.ppf, 1 - share, 1)[0] + 1 - share
    if divergence == "js":
        radius = 0.5 * (share * np.log(share) - (1 + share) * np.log(1 + share)) + np.log(2)

        def dual(x):
            u, k = 1 + np.exp(x[0]), np.exp(x[1])
            return u + k * (radius - 0.5 * mass @ np.log(-np.expm1(-2 * (u - y) / k)) - np.log(2))

        return optimize.minimize(dual, [-4.0, -1.0], method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-9}).fun
    power = {"chi2": 0.5, "kl": 0.0, "hellinger": -1.0}[divergence]

    def value(x):
        u = 1 + np.exp(x)
        if power == 0:
            return u - share * np.exp(mass @ np.log(u - y))
        return u - share * (mass @ (u - y) ** power) ** (1 / power)

    return optimize.minimize_scalar(value, bounds=(-12, 3), method="bounded", options={"xatol": 1e-6}).fun


@pytest.mark.parametrize("divergence", known.DIVERGENCES)
@pytest.mark.parametrize("arm", [0, 1])
def test_bounds_of_a_mean_are_those_of_the_definition(divergence, arm):
    lower, upper = BOUNDED.mean_bounds(X[:1], arm, divergence)[0]
    mean, share = BOUNDED.observed_mean(X[:1], arm)[0], BOUNDED.propensity(X[:1])[0]
    share = share if arm else 1 - share
    assert upper == pytest.approx(by_definition(divergence, 6 * mean, 6 * (1 - mean), share), abs=1e-5)
    assert lower == pytest.approx(1 - by_definition(divergence, 6 * (1 - mean), 6 * mean, share), abs=1e-5)


@pytest.mark.parametrize("divergence", known.DIVERGENCES)
def test_more_nodes_change_nothing(divergence, monkeypatch):
    bounds = BOUNDED.effect_bounds(X, divergence)
    monkeypatch.setattr(known, "N_NODES", 401)
    np.testing.assert_allclose(BOUNDED.effect_bounds(X, divergence), bounds, atol=2e-6)


def test_the_exact_set_is_in_every_ball_and_holds_the_effect(sample):
    rows, law = sample.X.to_numpy()[:500], sample.law
    exact = law.effect_bounds(rows)
    for divergence in known.DIVERGENCES:
        bounds = law.effect_bounds(rows, divergence)
        assert (bounds[:, 0] <= exact[:, 0] + 1e-9).all()
        assert (bounds[:, 1] >= exact[:, 1] - 1e-9).all()
    assert (exact[:, 0] <= law.effect(rows)).all()
    assert (law.effect(rows) <= exact[:, 1]).all()
    if law.design == "bounded":
        np.testing.assert_allclose(np.diff(exact), 1.0, atol=1e-12)  # with two arms, whatever the propensity
    else:
        assert np.isinf(exact).all()


def test_averages_are_those_of_a_large_sample(sample):
    law, rows = sample.law, sample.X.to_numpy()[:3000]
    parts = [(law.average_effect(), law.effect(rows))]
    if law.design == "bounded":
        for end in (0, 1):
            parts.append((law.average_bounds("chi2")[end], law.effect_bounds(rows, "chi2")[:, end]))
            parts.append((law.average_bounds("tv", arm=0)[end], law.mean_bounds(rows, 0, "tv")[:, end]))
    else:
        parts.append((law.average_bounds(odds_ratio_bound=3)[0], law.effect_bounds(rows, odds_ratio_bound=3)[:, 0]))
    for truth, each in parts:
        assert abs(each.mean() - truth) <= SURE * each.std() / np.sqrt(each.size) + 1e-9


def test_treatment_and_outcome_follow_their_laws(sample):
    law, rows, treated = sample.law, sample.X.to_numpy(), sample.treatment == 1
    np.testing.assert_array_equal(sample.propensity, law.propensity(rows))
    assert abs((treated - sample.propensity).sum()) <= SURE * np.sqrt(
        (sample.propensity * (1 - sample.propensity)).sum()
    )
    for arm in (0, 1):
        inside = sample.treatment == arm
        residual = sample.outcome[inside] - law.observed_mean(rows[inside], arm)
        assert abs(residual.mean()) <= SURE * residual.std() / np.sqrt(inside.sum())
        if law.design == "bounded":
            mean = law.observed_mean(rows[inside], arm)
            level = stats.beta.cdf(sample.outcome[inside], 6 * mean, 6 * (1 - mean))
        else:
            level = stats.t.cdf(residual, 3)
        assert stats.kstest(level, "uniform").pvalue > 1e-4
    np.testing.assert_array_equal(sample.effect, law.effect(rows))


def test_the_sensitivity_bound_is_that_of_the_tail():
    """The density ratio L above its L / (1 + L) quantile and 1 / L below, by integration."""
    for ratio in (1.0, 1.5, 4.0):
        q = stats.t.ppf(ratio / (1 + ratio), 3)
        above = integrate.quad(lambda y: y * stats.t.pdf(y, 3), q, np.inf)[0]
        shift = ratio * above - above / ratio  # the whole mean is zero
        share, seen = HEAVY.propensity(X), HEAVY.observed_mean(X, 1)
        bounds = HEAVY.mean_bounds(X, 1, odds_ratio_bound=ratio)
        np.testing.assert_allclose(bounds[:, 1], seen + (1 - share) * shift, rtol=1e-8)
        np.testing.assert_allclose(bounds[:, 0], seen - (1 - share) * shift, rtol=1e-8)


def test_the_effect_of_the_heavy_tailed_design_is_the_end_of_its_sensitivity_set():
    np.testing.assert_allclose(HEAVY.effect(X), HEAVY.effect_bounds(X, odds_ratio_bound=2.0)[:, 1], rtol=1e-12)
    assert (HEAVY.effect_bounds(X, odds_ratio_bound=1.9)[:, 1] < HEAVY.effect(X)).all()


def test_the_same_seed_gives_the_same_rows():
    first, again = (make_confounded(50, random_state=np.random.RandomState(1)) for _ in range(2))
    np.testing.assert_array_equal(first.outcome, again.outcome)
    assert list(first.X.columns) == ["x0", "x1", "x2", "x3", "x4"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": 0}, "n_samples must be"),
        ({"n_samples": 1.5}, "n_samples must be"),
        ({"design": "easy"}, "design must be one of bounded, heavy_tailed; 'easy' came"),
        ({"odds_ratio": 0.5}, "odds ratio must be"),
        ({"odds_ratio": np.inf}, "odds ratio must be"),
        ({"odds_ratio": "2"}, "odds ratio must be"),
    ],
)
def test_parameters_out_of_range_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        make_confounded(**arguments)


def test_bounds_that_are_not_known_are_refused():
    with pytest.raises(InputError, match="divergence must be one of"):
        BOUNDED.mean_bounds(X, 1, "reverse_kl")
    with pytest.raises(InputError, match="heavy_tailed"):
        BOUNDED.mean_bounds(X, 1, odds_ratio_bound=2)
    with pytest.raises(InputError, match="5 columns"):
        BOUNDED.propensity(X[:, :3])


def test_more_points_of_x_change_no_average(monkeypatch):
    average = BOUNDED.average_bounds("chi2")
    nodes = known._unit_nodes
    monkeypatch.setattr(known, "_unit_nodes", lambda n: nodes(15 if n == 12 else n))
    np.testing.assert_allclose(BOUNDED.average_bounds("chi2"), average, atol=1e-6)
