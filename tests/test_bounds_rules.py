"""Scores: their means at the truth, in its neighbourhood, and far from it; exact, over laws of finitely many rows."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
from kullback.bounds import _rules
from kullback.bounds._balls import BALLS, get_ball
from kullback.bounds._laws import LocalLaws
from kullback.bounds._rules import (
    ArmRows,
    ball_rule,
    divergence_rule,
    odds_ratio_rule,
    response_rows,
    selection_rule,
)
from kullback.exceptions import InputError
from kullback.information import DIVERGENCES
from strategies import bounded_laws
from test_bounds_balls import renamed, structural_model

POWER = ["worst_case", "chi2", "kl", "hellinger"]
PAIRS = ["js", "tv"]
UNSEEN = {
    "odds_ratio": odds_ratio_rule(2.5),
    "kl": divergence_rule(DIVERGENCES["kl"], 0.3),
    "chi2": divergence_rule(DIVERGENCES["chi2"], 0.3),
}


@dataclass(frozen=True)
class Cell:
    """The law of a row at one X: e times P inside the arm, the rest outside."""

    points: np.ndarray
    weights: np.ndarray
    share: float
    top: float

    def mean_score(self, rule, weights=None, share=None):
        """The exact mean of the score and the bound, with nuisances of their own where they are given."""
        n = self.points.size
        used = self.weights if weights is None else weights
        laws = LocalLaws(np.tile(self.points, n + 1), np.tile(used, n + 1), np.arange(n + 2) * n)
        rows = ArmRows(
            phi=np.append(self.points, 0.0),
            inside=np.append(np.ones(n, dtype=bool), False),
            share=np.full(n + 1, self.share if share is None else share),
            top=np.full(n + 1, self.top),
            bottom=np.full(n + 1, -np.inf),
            laws=laws,
        )
        bound, score = rule(rows)
        return float(np.append(self.share * self.weights, 1 - self.share) @ score), float(bound[0])


CELL = Cell(np.array([-1.0, 0.0, 0.5, 2.0]), np.array([0.3, 0.3, 0.3, 0.1]), 0.55, 2.4)
OTHER = np.array([0.1, 0.35, 0.25, 0.3])


def rule_of(name):
    if name.startswith("scaled "):
        return ball_rule(BALLS[name[7:]], 0.4)
    return UNSEEN[name[7:]] if name.startswith("unseen ") else ball_rule(BALLS[name])


SCALED = [f"scaled {name}" for name in BALLS if name != "worst_case"]
ALL = [*BALLS, *SCALED, *(f"unseen {name}" for name in UNSEEN)]


@pytest.fixture
def _no_room(monkeypatch):
    """Cells here have no outcome near the top, and u may touch it."""
    monkeypatch.setattr(_rules, "ROOM", 1e-12)


@pytest.mark.usefixtures("_no_room")
@pytest.mark.parametrize("name", ALL)
def test_at_the_truth_the_mean_of_the_score_is_the_bound(name):
    mean, bound = CELL.mean_score(rule_of(name))
    assert mean == pytest.approx(bound, abs=1e-8)


@pytest.mark.usefixtures("_no_room")
def test_at_the_truth_the_mean_of_the_score_of_a_derived_ball_is_its_bound():
    mean, bound = CELL.mean_score(ball_rule(get_ball(renamed("js"))))
    assert mean == pytest.approx(bound, abs=1e-6)
    assert bound == pytest.approx(CELL.mean_score(ball_rule(BALLS["js"]))[1], abs=1e-6)


@pytest.mark.usefixtures("_no_room")
@pytest.mark.parametrize("name", ALL)
def test_the_score_is_orthogonal_to_the_local_law_and_to_the_propensity(name):
    """Its mean moves with the square of an error: by a hundredth where the error is a tenth."""
    rule = rule_of(name)
    truth, _ = CELL.mean_score(rule)
    for d_weights, d_share in ((OTHER - CELL.weights, 0.0), (0 * OTHER, 0.3), (OTHER - CELL.weights, -0.3)):

        def gap(t, dw=d_weights, de=d_share, score=rule, at=truth):
            return CELL.mean_score(score, CELL.weights + t * dw, CELL.share + t * de)[0] - at

        for t in (1e-2, -1e-2):
            assert abs(gap(t)) <= 2e-4  # a first-order term would be of order 1e-3 and more, as the plug-in below
        assert abs(gap(1e-3) - gap(-1e-3)) / 2e-3 <= 2e-2


@pytest.mark.usefixtures("_no_room")
@pytest.mark.parametrize("name", [name for name in BALLS if name != "worst_case"])
def test_a_part_of_the_radius_moves_from_the_mean_in_the_arm_to_the_whole_ball(name):
    means, bounds = np.array([CELL.mean_score(ball_rule(BALLS[name], scale)) for scale in (1e-6, 0.1, 0.5, 1.0)]).T
    np.testing.assert_allclose(means, bounds, atol=1e-5)
    assert (np.diff(bounds) > 0).all()
    assert bounds[0] == pytest.approx(CELL.weights @ CELL.points, abs=1e-2)  # of the order of the radius' root
    assert bounds[-1] == CELL.mean_score(ball_rule(BALLS[name]))[1]


def test_a_plug_in_bound_is_not_orthogonal():
    rule = ball_rule(BALLS["kl"])
    _, truth = CELL.mean_score(rule)
    _, moved = CELL.mean_score(rule, CELL.weights + 1e-2 * (OTHER - CELL.weights), CELL.share + 3e-3)
    assert abs(moved - truth) > 1e-3


@pytest.mark.parametrize("name", POWER)
@given(law=bounded_laws(), other=bounded_laws(), share=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
def test_any_local_law_and_any_propensity_leave_a_power_mean_score_valid(name, law, other, share):
    """The theorem: the mean of the score is at least the bound, whatever law and propensity were estimated."""
    points = np.union1d(law["values"], other["values"])
    top = max(law["top"], other["top"])
    true = np.zeros(points.size)
    wrong = np.zeros(points.size)
    np.add.at(true, np.searchsorted(points, law["values"]), law["weights"])
    np.add.at(wrong, np.searchsorted(points, other["values"]), other["weights"])
    cell = Cell(points, true, law["share"], top)
    rule = ball_rule(BALLS[name])
    _, bound = cell.mean_score(rule)
    mean, _ = cell.mean_score(rule, wrong, share)
    scale = max(top - points[0], 1.0)
    assert mean >= bound - 1e-9 * scale * (1 + abs(mean) / scale)


@pytest.mark.parametrize("power", [0.5, 0.0, -1.0, 0.75])
@given(law=bounded_laws(), u=st.floats(1e-3, 100), moment=st.floats(1e-3, 100))
def test_any_u_above_the_top_and_any_moment_leave_a_power_mean_score_valid(power, law, u, moment):
    """The same theorem in its own terms: u and m are numbers, not solutions of anything."""
    values, weights, share = law["values"], law["weights"], law["share"]
    u = law["top"] + u
    gap = u - values
    if power == 0:
        m = np.log(moment)
        tangent = moment * (1 + np.log(gap) - m)
        mean = np.exp(weights @ np.log(gap))
    else:
        tangent = moment ** (1 / power) + moment ** (1 / power - 1) * (gap**power - moment) / power
        mean = (weights @ gap**power) ** (1 / power)
    score = u - share * (weights @ tangent)
    exact = share * (weights @ values) + (1 - share) * law["top"]
    assert score >= u - share * mean - 1e-9 * (1 + abs(score))
    assert u - share * mean >= exact - 1e-9 * (1 + abs(u))


@pytest.mark.parametrize("name", [*PAIRS, *SCALED, *(f"unseen {name}" for name in UNSEEN)])
@given(law=bounded_laws(), other=bounded_laws())
def test_with_the_true_propensity_any_local_law_leaves_the_other_scores_valid(name, law, other):
    points = np.union1d(law["values"], other["values"])
    true, wrong = (np.zeros(points.size) for _ in range(2))
    np.add.at(true, np.searchsorted(points, law["values"]), law["weights"])
    np.add.at(wrong, np.searchsorted(points, other["values"]), other["weights"])
    both = 0.999 * wrong + 0.001 * true  # an estimate that excludes what occurs has no k to price it with
    cell = Cell(points, true, law["share"], max(law["top"], other["top"]))
    kept = both > 0
    cell = Cell(points[kept], true[kept], cell.share, cell.top)
    _, bound = cell.mean_score(rule_of(name), true[kept] * (1 - 1e-9) + both[kept] * 1e-9)
    mean, _ = cell.mean_score(rule_of(name), both[kept])
    scale = max(cell.top - points[0], 1.0)
    assert mean >= bound - 1e-6 * scale * (1 + abs(mean) / scale)


@pytest.mark.parametrize("name", ["kl", "hellinger", "js"])
def test_room_above_the_top_keeps_scores_finite_and_costs_little(name):
    cell = replace(CELL, top=2.0)  # an atom at the top
    mean, bound = cell.mean_score(rule_of(name))
    assert bound - 1e-12 <= mean <= bound + _rules.ROOM * 3  # rounding, where u is farther up than the room
    everything_at_top = Cell(np.array([2.0]), np.array([1.0]), 0.5, 2.0)
    mean, bound = everything_at_top.mean_score(rule_of(name))
    assert bound == 2.0
    assert 2.0 <= mean <= 2.0 + 2 * _rules.ROOM * 2
    nothing = Cell(np.array([0.0]), np.array([1.0]), 0.5, 0.0)
    assert np.isfinite(nothing.mean_score(rule_of(name))[0])


def test_no_structural_model_has_a_mean_above_a_score():
    rng = np.random.default_rng(8)
    for _ in range(60):
        points, share, seen, truth = structural_model(rng)
        for ball in BALLS.values():
            mean, _ = Cell(points, seen, share, points[-1]).mean_score(ball_rule(ball))
            assert mean >= truth @ points - 1e-9


def test_mirrored_rows_have_minus_the_lower_bound():
    rng = np.random.default_rng(2)
    phi = rng.uniform(size=6)
    laws = LocalLaws(np.sort(rng.uniform(size=(6, 4)), axis=1).ravel(), np.full(24, 0.25), np.arange(7) * 4)
    rows = ArmRows(phi, np.arange(6) % 2 == 0, np.full(6, 0.5), np.ones(6), np.zeros(6), laws)
    for name in BALLS:
        upper, _ = ball_rule(BALLS[name])(rows)
        below, score = ball_rule(BALLS[name])(rows.mirrored())
        assert (-below <= upper).all()
        assert score.shape == (6,)
    twice = rows.mirrored().mirrored()
    np.testing.assert_array_equal(twice.laws.values, laws.values)
    np.testing.assert_array_equal((twice.phi, twice.top, twice.bottom), (rows.phi, rows.top, rows.bottom))


def test_the_worst_case_needs_neither_laws_nor_propensity_for_its_score():
    mean, _ = CELL.mean_score(ball_rule(BALLS["worst_case"]), OTHER, 0.01)
    assert mean == pytest.approx(CELL.share * (CELL.weights @ CELL.points) + (1 - CELL.share) * CELL.top, abs=1e-12)


@pytest.mark.parametrize("bound", [1.0, 1.5, 4.0, 50.0])
def test_the_odds_ratio_bound_is_a_linear_program(bound):
    rng = np.random.default_rng(3)
    for _ in range(10):
        points, weights = np.sort(rng.normal(size=6)), rng.dirichlet(np.ones(6))
        cell = Cell(points, weights, 0.4, np.inf)
        _, found = cell.mean_score(odds_ratio_rule(bound))
        unseen = naive.greatest_tail_mean(points, weights, 1 / bound, bound)
        assert found == pytest.approx(0.4 * weights @ points + 0.6 * unseen, abs=1e-9)


def test_without_confounding_sensitivity_bounds_are_the_mean_in_the_arm():
    seen = CELL.weights @ CELL.points
    for rule in (odds_ratio_rule(1.0), divergence_rule(DIVERGENCES["kl"], 0.0), selection_rule()):
        mean, bound = replace(CELL, top=np.inf).mean_score(rule)
        assert bound == pytest.approx(seen, abs=1e-5)
        assert mean == pytest.approx(seen, abs=1e-5)


def test_the_odds_ratio_bound_grows_to_the_greatest_outcome_of_the_law():
    _, bound = CELL.mean_score(odds_ratio_rule(1e8))
    assert bound == pytest.approx(CELL.share * (CELL.weights @ CELL.points) + (1 - CELL.share) * 2.0, abs=1e-6)


def test_the_score_of_selection_is_right_if_either_nuisance_is():
    seen = CELL.weights @ CELL.points
    assert CELL.mean_score(selection_rule(), OTHER)[0] == pytest.approx(seen, abs=1e-12)
    assert CELL.mean_score(selection_rule(), None, 0.9)[0] == pytest.approx(seen, abs=1e-12)


def test_the_score_of_a_sensitivity_bound_is_valid_if_either_nuisance_is_right():
    for rule in UNSEEN.values():
        _, bound = CELL.mean_score(rule)
        assert CELL.mean_score(rule, OTHER)[0] >= bound - 1e-9
        assert CELL.mean_score(rule, None, 0.9)[0] >= bound - 1e-9


def test_monotone_response_is_the_worst_case_on_the_rows_that_dominate():
    arms = np.array([0, 1, 2, 1])
    assert response_rows(arms, 1).tolist() == [False, True, True, True]
    assert response_rows(arms, 1, mirrored=True).tolist() == [True, True, False, True]
    # With two arms all rows bound the lower arm from above: E[Y(0)] <= E[Y], without a support.
    rows = ArmRows(
        phi=np.array([1.0, 2.0]), inside=response_rows(np.array([0, 1]), 0), share=np.ones(2), top=np.full(2, np.inf),
        bottom=np.full(2, -np.inf), laws=LocalLaws(np.array([1.0, 1.5]), np.ones(2), np.arange(3)),
    )  # fmt: skip
    bound, score = ball_rule(BALLS["worst_case"])(rows)
    assert bound.tolist() == [1.0, 1.5]
    assert score.tolist() == [1.0, 2.0]


def test_outcomes_outside_their_support_are_counted():
    with pytest.raises(InputError, match=r"1 of 5 rows lie outside it, the first with 2 in \[-inf, 1\.5\]"):
        replace(CELL, top=1.5).mean_score(ball_rule(BALLS["kl"]))


@pytest.mark.parametrize("name", ["chi2", "kl", "hellinger", "js", "tv"])
def test_a_ball_without_a_support_is_refused(name):
    with pytest.raises(InputError, match="bounded outcome only; 5 of 5 rows"):
        replace(CELL, top=np.inf).mean_score(rule_of(name))


@pytest.mark.parametrize(
    "rule",
    [ball_rule(BALLS["js"]), ball_rule(BALLS["tv"]), rule_of("scaled kl"), *UNSEEN.values(), selection_rule()],
)
def test_a_propensity_of_zero_inside_the_arm_is_refused_where_it_divides(rule):
    with pytest.raises(InputError, match="4 of 5 have none"):
        CELL.mean_score(rule, share=0.0)


@pytest.mark.parametrize("name", POWER)
def test_a_propensity_of_zero_is_no_matter_for_a_power_mean(name):
    mean, bound = CELL.mean_score(ball_rule(BALLS[name]), share=0.0)
    assert np.isfinite(mean)
    assert bound == CELL.top


@pytest.mark.parametrize("ball", [*(BALLS[name] for name in PAIRS), get_ball(renamed("chi2"))], ids=lambda b: b.name)
def test_a_row_outside_an_arm_that_it_never_enters_has_the_top_for_its_score(ball):
    rows = ArmRows(
        np.zeros(1), np.zeros(1, dtype=bool), np.zeros(1), np.ones(1), np.zeros(1), LocalLaws.of_sample([0.3])
    )
    bound, score = ball_rule(ball)(rows)
    assert bound[0] == pytest.approx(1.0, abs=1e-9)
    assert score[0] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("wrong", [0.5, np.inf, np.nan])
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(InputError, match="odds_ratio_bound must be"):
        odds_ratio_rule(wrong)
    with pytest.raises(InputError, match="radius must be"):
        divergence_rule(DIVERGENCES["kl"], -0.5 if wrong == 0.5 else wrong)


@pytest.mark.parametrize("scale", [1.0, 0.3])
@pytest.mark.parametrize("name", ["chi2", "kl", "hellinger", "js"])
@pytest.mark.parametrize("share", [1.0, 1 - 1e-9, 0.999])
def test_a_row_outside_an_arm_that_seemed_certain_makes_no_score_without_end(name, share, scale):
    cell = Cell(np.array([0.0, 0.3, 1.0]), np.array([0.2, 0.5, 0.3]), 0.7, 1.0)
    rule = ball_rule(BALLS[name], scale)
    mean, _ = cell.mean_score(rule, share=share)
    truth = cell.share * cell.weights @ cell.points + (1 - cell.share) * cell.points @ cell.weights
    assert truth - 1e-9 < mean < 1 + _rules.REACH


@pytest.mark.parametrize("name", ["chi2", "kl", "hellinger", "js"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_reach_leaves_scores_alone_where_arms_are_uncertain(name, share, monkeypatch):
    cell = Cell(np.array([0.0, 0.3, 1.0]), np.array([0.2, 0.5, 0.3]), share, 1.0)
    held = cell.mean_score(ball_rule(BALLS[name]))
    monkeypatch.setattr(_rules, "REACH", 1e9)
    assert held == pytest.approx(cell.mean_score(ball_rule(BALLS[name])), abs=1e-12)


@pytest.mark.parametrize("ratio", [1e8, 3e7])
def test_great_odds_ratios_keep_their_digits(ratio):
    cell = Cell(np.array([0.0, 0.3, 1.0]), np.array([0.2, 0.5, 0.3]), 0.5, 1.0)
    mean, bound = cell.mean_score(odds_ratio_rule(ratio))
    assert mean == pytest.approx(bound, rel=1e-9)


def test_odds_ratios_that_are_no_limit_are_refused():
    with pytest.raises(InputError, match="at most 1e\\+08; 1e\\+16 came"):
        odds_ratio_rule(1e16)
