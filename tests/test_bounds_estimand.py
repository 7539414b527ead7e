"""Contrasts of arms: which, with which coefficients, and what is refused."""

import pickle

import numpy as np
import pytest

from kullback.bounds._estimand import ESTIMANDS, arm_position, contrast_of
from kullback.bounds._model import ArmBounds
from kullback.exceptions import InputError

X = np.arange(4.0)[:, None]
TWO, THREE = np.array([0, 1]), np.array(["a", "b", "c"])


def bounds(seed, n=4):
    """Bounds of an arm; scores are ten times as large."""
    lower = np.random.default_rng(seed).normal(size=n)
    return ArmBounds(lower, lower + 1, 10 * lower, 10 * lower + 10)


FOUND = {arm: bounds(arm) for arm in range(3)}


@pytest.mark.parametrize(
    ("estimand", "arm", "levels", "arms"),
    [
        ("ate", None, TWO, [1, 0]),
        ("ate", (0, 1), TWO, [0, 1]),
        ("ate", ["c", "a"], THREE, [2, 0]),
        ("att", None, TWO, [1, 0]),
        ("mean", None, TWO, [1]),
        ("mean", 0, TWO, [0]),
        ("mean", "b", THREE, [1]),
        ("cdf", "c", THREE, [2]),
    ],
)
def test_arms_are_those_named_or_the_greater_first(estimand, arm, levels, arms):
    contrast = contrast_of(estimand, arm, levels, X)
    assert contrast.arms == arms
    assert contrast.name == estimand
    assert contrast.is_effect == (estimand in ("ate", "att"))


def test_the_effect_on_the_treated_needs_bounds_of_the_control_only():
    assert contrast_of("att", None, TWO, X).bounded == [0]
    assert contrast_of("ate", None, TWO, X).bounded == [1, 0]


def test_an_effect_is_the_one_arms_end_less_the_others_opposite_end():
    contrast = contrast_of("ate", ("c", "a"), THREE, X)
    one, zero = FOUND[2], FOUND[0]
    lower, upper = contrast.scores(FOUND, X)
    np.testing.assert_allclose(lower, one.lower_score - zero.upper_score)
    np.testing.assert_allclose(upper, one.upper_score - zero.lower_score)


def by_loops(shares):
    ends = np.zeros((2, len(shares)))
    for row, share in enumerate(shares):
        for arm, weight in enumerate(share):
            ends[:, row] += weight * np.array([FOUND[arm].lower_score[row], FOUND[arm].upper_score[row]])
    return ends


def probabilities(x):
    return np.random.default_rng(9).dirichlet(np.ones(3), 4)[x[:, 0].astype(int)]


def labels(x):
    return np.where(x[:, 0] > 1, "c", "a")


@pytest.mark.parametrize("policy", [probabilities, labels])
def test_a_policy_is_a_mixture_of_arms_row_by_row(policy):
    shares = policy(X)
    if shares.ndim == 1:
        shares = (shares[:, None] == THREE).astype(float)
    contrast = contrast_of("policy", policy, THREE, X)
    np.testing.assert_allclose(contrast.scores(FOUND, X), by_loops(shares))
    assert not contrast.is_effect
    assert pickle.loads(pickle.dumps(contrast)).target == "mean outcome under the policy"


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("b", "needs arm= a callable of X"),
        (None, "needs arm= a callable of X"),
        (lambda x: np.full((4, 3), 0.5), "not be negative and sum to 1"),
        (lambda x: np.tile([1.5, -0.5, 0.0], (4, 1)), "not be negative and sum to 1"),
        (lambda x: np.full((4, 3), np.nan), "not be negative and sum to 1"),
        (lambda x: np.array(["d"] * 4), "one of the treatments 'a', 'b', 'c' for each of 4 rows"),
        (lambda x: np.array(["a"]), r"it returned shape \(1,\)"),
    ],
)
def test_a_policy_that_is_none_is_told_before_anything_is_learned(policy, told):
    with pytest.raises(InputError, match=told):
        contrast_of("policy", policy, THREE, X)


@pytest.mark.parametrize("estimand", ["ate", "att"])
@pytest.mark.parametrize(
    ("arm", "levels", "told"),
    [
        (None, THREE, r"there are 3: name them, arm=\('c', 'a'\)"),
        (None, np.array([0, 1, 2]), r"name them, arm=\(2, 0\)"),
        ("a", THREE, r"needs arm=\(treated, control\); 'a' came"),
        (("a", "b", "c"), THREE, r"needs arm=\(treated, control\)"),
        (("a", "a"), THREE, "two treatments; both are 'a'"),
        (("a", "d"), THREE, "one of the treatments 'a', 'b', 'c'; 'd' came"),
    ],
)
def test_an_effect_is_between_two_treatments(estimand, arm, levels, told):
    with pytest.raises(InputError, match=told):
        contrast_of(estimand, arm, levels, X)


def test_the_effect_on_the_treated_is_for_two_treatments():
    with pytest.raises(InputError, match='estimand="att" needs two treatments; there are 3'):
        contrast_of("att", ("a", "b"), THREE, X)


@pytest.mark.parametrize("estimand", ["mean", "cdf"])
@pytest.mark.parametrize("arm", [None, "d", ["a", "b"]])
def test_one_arm_is_named_where_there_are_more_than_two(estimand, arm):
    with pytest.raises(InputError, match="arm must be one of the treatments 'a', 'b', 'c'"):
        contrast_of(estimand, arm, THREE, X)


def test_an_arm_is_found_by_its_label():
    assert arm_position("b", THREE) == 1
    assert arm_position(1.0, TWO) == 1


def test_targets_are_told_in_words():
    words = [contrast_of(name, None, TWO, X) for name in ESTIMANDS if name != "policy"]
    assert [contrast.target for contrast in words] == [
        "E[Y(1) - Y(0)]",
        "E[Y(1) - Y(0) | treatment = 1]",
        "E[Y(1)]",
        "P(Y(1) <= t)",
        "quantiles of Y(1)",
    ]
