"""What an arm's bounds are under assumptions: exact, in populations whose truth is known."""

import numpy as np
import pytest

from bounds_cases import Population, Types, fitted, sample
from kullback.bounds import _model
from kullback.bounds._balls import BALLS, Ball, get_ball
from kullback.bounds._model import Block, Model, _aggregate, blocks
from kullback.bounds._support import Functional
from kullback.information import DIVERGENCES

ROUNDING = 1e-9


def model(*divergences, odds=None, radius=None, kth=False, mtr=False, mts=False, n_arms=2, scale=1.0):
    return Model(divergences or ("worst_case",), odds, radius, kth, mtr, mts, n_arms, scale)


def raw(y):
    return y


def minus(y):
    return -y


VALUE = Functional(raw, (0.0, 1.0))
FUNCTIONALS = {
    "mean": VALUE,
    "cdf": Functional.at_most(0.5),
    "falling mean": Functional(minus, (-1.0, 0.0), falling=True),
}

ASSUMED = {
    "nothing": {},
    "response": {"mtr": True},
    "selection": {"mts": True},
    "both": {"mtr": True, "mts": True},
}


@pytest.mark.parametrize("functional", FUNCTIONALS)
@pytest.mark.parametrize("assumed", ASSUMED)
@pytest.mark.parametrize("divergences", [("worst_case",), ("kl",)])
def test_bounds_hold_the_truth_of_every_model_that_obeys_what_is_assumed(functional, assumed, divergences):
    rng, flags, phi = np.random.default_rng(3), ASSUMED[assumed], FUNCTIONALS[functional]
    for _ in range(60):
        types = Types.draw(rng, response="mtr" in flags, selection="mts" in flags)
        for arm in (0, 1):
            lower, upper, lower_mean, upper_mean = types.population().ends(model(*divergences, **flags), phi, arm)
            truth = types.mean(arm, phi.function)
            assert lower - ROUNDING <= truth <= upper + ROUNDING
            assert lower_mean - ROUNDING <= truth <= upper_mean + ROUNDING


def radius_used(types, arm, divergence):
    """The part of psi(e) that D(P || Q) takes, P the law in the arm and Q that of all under it; one X."""
    seen, everyone = types.mass[:, arm] / types.mass[:, arm].sum(), types.mass.sum(axis=1)
    points, place = np.unique(types.outcomes[:, arm], return_inverse=True)
    p, q = (np.bincount(place, mass, points.size) for mass in (seen, everyone))
    spent = q @ DIVERGENCES[divergence].generator(p / q)
    spent = spent / 2 if divergence == "chi2" else spent  # the ball is priced at half of Pearson's
    return float(spent / get_ball(divergence).psi(types.mass[:, [arm]].sum()))


@pytest.mark.parametrize("response", [False, True])
@pytest.mark.parametrize("divergence", ["kl", "chi2", "hellinger", "js", "tv"])
def test_a_part_of_the_radius_holds_every_truth_that_uses_no_more(divergence, response):
    rng, tighter = np.random.default_rng(5), 0
    for _ in range(40):
        types = Types.draw(rng, response=response)
        for arm in (0, 1):
            scale = min(radius_used(types, arm, divergence) + 1e-9, 1.0)
            scaled = model(divergence, scale=scale, mtr=response)
            lower, upper, lower_mean, upper_mean = types.population().ends(scaled, VALUE, arm)
            truth = types.mean(arm, VALUE.function)
            assert lower - 1e-6 <= truth <= upper + 1e-6
            assert lower_mean - 1e-6 <= truth <= upper_mean + 1e-6
            exact = types.population().ends(model(mtr=response), VALUE, arm)
            tighter += upper < exact[1] - 1e-3 or lower > exact[0] + 1e-3
    assert tighter > 20  # an assumption that buys something, with monotone response too


@pytest.mark.parametrize("n_arms", [3, 4])
@pytest.mark.parametrize("functional", FUNCTIONALS)
def test_with_many_arms_monotone_response_holds_the_truth(n_arms, functional):
    rng, phi = np.random.default_rng(4), FUNCTIONALS[functional]
    for _ in range(40):
        types = Types.draw(rng, n_arms, response=True)
        for arm in range(n_arms):
            lower, upper, _, _ = types.population().ends(model(mtr=True, n_arms=n_arms), phi, arm)
            assert lower - ROUNDING <= types.mean(arm, phi.function) <= upper + ROUNDING


def closed_forms(population, phi, arm, flags):
    """Ends as Manski (1997) and Manski and Pepper (2000) write them, in terms of a mean that rises with the outcome."""
    values, joint = phi.function(population.points), population.joint
    share, mean = joint[arm].sum(), joint[arm] @ values / joint[arm].sum()
    low, high = (float(end[0]) for end in phi.support(np.zeros((1, 1))))
    lower, upper = share * mean + (1 - share) * low, share * mean + (1 - share) * high
    everyone = joint.sum(axis=0) @ values
    rises = not phi.falling
    if flags.get("mtr"):
        if (arm == 1) == rises:
            lower = max(lower, everyone)
        else:
            upper = min(upper, everyone)
    if flags.get("mts"):
        if (arm == 1) == rises:
            upper = min(upper, mean)
        else:
            lower = max(lower, mean)
    return lower, upper


@pytest.mark.parametrize("functional", FUNCTIONALS)
@pytest.mark.parametrize("assumed", ASSUMED)
def test_with_two_arms_the_bounds_and_the_means_of_their_scores_are_the_closed_forms(functional, assumed):
    rng, flags, phi = np.random.default_rng(5), ASSUMED[assumed], FUNCTIONALS[functional]
    for _ in range(20):
        population = Types.draw(rng, response="mtr" in flags, selection="mts" in flags).population()
        for arm in (0, 1):
            ends = population.ends(model(**flags), phi, arm)
            expected = closed_forms(population, phi, arm, flags)
            np.testing.assert_allclose(ends, [*expected, *expected], atol=1e-12)


def test_a_falling_function_taken_for_a_rising_one_would_miss_the_truth():
    """The direction matters: without it the same models are outside."""
    rng, missed = np.random.default_rng(6), 0
    phi = Functional(FUNCTIONALS["cdf"].function, (0.0, 1.0), falling=False)
    for _ in range(60):
        types = Types.draw(rng, response=True)
        lower, upper, _, _ = types.population().ends(model(mtr=True), phi, 1)
        missed += not lower - ROUNDING <= types.mean(1, phi.function) <= upper + ROUNDING
    assert missed > 10


def test_monotone_response_with_three_arms_counts_those_above_or_below():
    population = Population([0.2, 0.6], [[0.1, 0.1], [0.2, 0.2], [0.3, 0.1]])
    lower, upper, _, _ = population.ends(model(mtr=True, n_arms=3), VALUE, 1)
    at_most, at_least = population.joint[:2].sum(axis=0), population.joint[1:].sum(axis=0)
    assert lower == pytest.approx(at_most @ population.points)  # the third arm may be 0 under the second
    assert upper == pytest.approx(at_least @ population.points + population.joint[0].sum())


def test_both_assumptions_bound_an_unbounded_outcome():
    population = Population([-3.0, 0.5, 4.0], [[0.2, 0.2, 0.1], [0.1, 0.2, 0.2]])
    free = Functional(raw, (-np.inf, np.inf))
    means = [row @ population.points / row.sum() for row in population.joint]
    everyone = population.joint.sum(axis=0) @ population.points
    both = model(mtr=True, mts=True)
    np.testing.assert_allclose(population.ends(both, free, 1), [everyone, means[1]] * 2)
    np.testing.assert_allclose(population.ends(both, free, 0), [means[0], everyone] * 2)


def test_an_end_of_an_unbounded_outcome_is_infinite_without_an_assumption():
    population = Population([0.0, 1.0], [[0.3, 0.2], [0.2, 0.3]])
    half = Functional(raw, (0.0, np.inf))
    for kth in (False, True):
        lower, upper, lower_mean, upper_mean = population.ends(model("chi2", "kl", kth=kth), half, 1)
        assert (upper, upper_mean) == (np.inf, np.inf)
        assert 0 <= lower_mean <= lower + ROUNDING
    assert population.ends(model(), half, 1)[0] == pytest.approx(0.3)


def test_a_sensitivity_model_takes_the_place_of_the_balls():
    population = Population([0.0, 1.0, 5.0], [[0.3, 0.2, 0.1], [0.1, 0.2, 0.1]])
    free = Functional(raw, (-np.inf, np.inf))
    mean = population.joint[1] @ population.points / population.joint[1].sum()
    for unconfounded in (model("kl", odds=1.0), model("kl", radius=0.0)):
        np.testing.assert_allclose(population.ends(unconfounded, free, 1), [mean] * 4, atol=1e-6)
    wide, wider = (population.ends(model("kl", odds=odds), free, 1) for odds in (2.0, 4.0))
    assert wider[0] < wide[0] < mean < wide[1] < wider[1]


def by_loops(uppers, lowers, kth):
    """The paper's order statistic, a row at a time."""
    chosen = []
    for row in range(len(uppers[0])):
        highs = sorted(end[row] for end in uppers)
        lows = sorted((end[row] for end in lowers), reverse=True)
        k = 0
        while kth and k < len(highs) - 1 and lows[k] > highs[k]:
            k += 1
        chosen.append((lows[k], highs[k]))
    return np.array(chosen)


@pytest.mark.parametrize("kth", [False, True])
def test_aggregation_is_the_order_statistic_row_by_row(kth):
    rng = np.random.default_rng(7)
    uppers, lowers = rng.normal(0.3, 1, (5, 60)), rng.normal(-0.3, 1, (5, 60))
    sides = [[(end, 10 * end) for end in uppers], [(-end, -10 * end) for end in lowers]]
    (upper, upper_score), (lower, lower_score) = _aggregate(sides, kth=kth)
    np.testing.assert_array_equal(np.column_stack([-lower, upper]), by_loops(uppers, lowers, kth))
    np.testing.assert_array_equal(np.column_stack([-lower_score, upper_score]), 10 * by_loops(uppers, lowers, kth))
    crossed = (-lower > upper).sum()
    assert (crossed > 30) if not kth else (crossed < 30)


def test_an_intersection_is_no_wider_than_its_parts():
    rng = np.random.default_rng(8)
    names = ("chi2", "kl", "hellinger", "js", "tv")
    for _ in range(10):
        population = Types.draw(rng).population()
        parts = np.array([population.ends(model(name), VALUE, 1)[:2] for name in names])
        lower, upper, _, _ = population.ends(model(*names), VALUE, 1)
        assert (lower, upper) == (parts[:, 0].max(), parts[:, 1].min())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (model(), "no assumption on confounding"),
        (model("kl", "tv"), "divergence balls (kl, tv), which assume nothing of confounding"),
        (model(DIVERGENCES["kl"]), "divergence balls (kl), which assume nothing of confounding"),
        (model("kl", "js", scale=0.5), "divergences (kl, js) within 0.5 of their radius"),
        (model(odds=2.5), "odds ratios of confounding within 2.5"),
        (model("kl", radius=0.1), "a kl divergence of the unseen within 0.1, exponential moments of the outcome"),
        (
            model(mtr=True, mts=True),
            "no assumption on confounding, monotone treatment response, monotone treatment selection",
        ),
    ],
)
def test_what_is_assumed_is_told_in_words(given, words):
    assert given.words() == words


@pytest.mark.parametrize(
    ("given", "needed"),  # upper and lower end of arm 0, then of arm 1
    [
        (model(), [True, True, True, True]),
        (model(odds=2.0), [False] * 4),
        (model("kl", radius=1.0), [False] * 4),
        (model("kl", scale=0.1), [True] * 4),
        (model("kl", scale=0.0), [False] * 4),
        (model(mtr=True), [False, True, True, False]),
        (model(mts=True), [True, False, False, True]),
        (model(mtr=True, mts=True), [False] * 4),
    ],
)
def test_an_end_needs_a_support_unless_an_assumption_bounds_it(given, needed):
    assert [given.needs_support(arm, mirrored=m) for arm in (0, 1) for m in (False, True)] == needed


def test_laws_are_learned_for_the_sets_of_arms_that_are_asked_for():
    alone = [frozenset([arm]) for arm in range(3)]
    assert set(model(n_arms=3).arm_sets()) == set(alone)
    unions = {frozenset([0, 1]), frozenset([1, 2]), frozenset([0, 1, 2])}
    assert set(model(mtr=True, n_arms=3).arm_sets()) == {*alone, *unions}


def test_blocks_are_the_rows_in_their_order(monkeypatch):
    monkeypatch.setattr(_model, "BLOCK", 7)
    bounds = fitted(60)
    rows = bounds._sample.rows
    parts = list(blocks(bounds._nuisances, rows.X, rows.y, rows.arm))
    assert [len(part.X) for part in parts] == [7] * 8 + [4]
    np.testing.assert_array_equal(np.concatenate([part.X for part in parts]), rows.X)
    X, _, _ = sample(60)
    whole = bounds.predict_bounds(X)
    monkeypatch.setattr(_model, "BLOCK", 2000)
    np.testing.assert_allclose(whole, bounds.predict_bounds(X), atol=1e-12)


@pytest.mark.parametrize("name", BALLS)
def test_rows_without_outcomes_have_the_same_bounds_from_one_solution_a_side(name, monkeypatch):
    found = fitted(divergence=name)
    X, y, treatment = sample()
    X, arms = X.to_numpy(), (treatment == 1).astype(np.int64)
    with_outcomes = found._model.bounds(Block(found._nuisances, X, y, arms), found._functional, 1)
    solved, solve = [], Ball.solve
    monkeypatch.setattr(Ball, "solve", lambda self, *law: solved.append(1) or solve(self, *law))
    without = found._model.bounds(Block(found._nuisances, X), found._functional, 1)
    assert len(solved) == 2
    np.testing.assert_array_equal(without.upper, with_outcomes.upper)
    np.testing.assert_array_equal(without.lower, with_outcomes.lower)


@pytest.mark.parametrize("name", ["chi2", "kl", "hellinger", "js", "tv"])
def test_a_part_of_a_ball_is_never_wider_than_assuming_nothing(name):
    ends = {}
    for words, parameters in {"part": {"divergence": name, "radius_scale": 0.999}, "nothing": {}}.items():
        ends[words] = fitted(200, **parameters).predict_bounds(sample(200)[0])
    assert (ends["part"][:, 0] >= ends["nothing"][:, 0] - 1e-12).all()
    assert (ends["part"][:, 1] <= ends["nothing"][:, 1] + 1e-12).all()
