"""Averages of scores and their standard errors, by hand."""

import numpy as np
import pytest

from kullback.bounds._average import Averages
from kullback.bounds._estimand import contrast_of
from kullback.bounds._model import ArmBounds
from kullback.bounds._nuisance import Rows
from kullback.bounds._support import outcome_functional

N = 40
RNG = np.random.default_rng(0)
Y, ARM, WEIGHTS = RNG.random(N), RNG.integers(0, 2, N), RNG.choice([0.5, 1.0, 3.0], N)
CLUSTERS = np.repeat(np.arange(N // 4), 4)
X = np.zeros((N, 1))
ENDS = RNG.normal(size=(4, N))
FOUND = {0: ArmBounds(*ENDS), 1: ArmBounds(*ENDS[::-1])}
ATE, ATT, MEAN = (contrast_of(name, None, np.array([0, 1]), X) for name in ("ate", "att", "mean"))
IDENTITY = outcome_functional(Y, (0, 1), None)


def averages(weights=None, clusters=None):
    return Averages(Rows(X, Y, ARM, np.array([0, 1]), weights, clusters), "rows", "nothing")


def by_hand(score, weights, clusters):
    """A weighted mean, and its standard error from sums inside clusters."""
    mean = sum(w * s for w, s in zip(weights, score, strict=True)) / sum(weights)
    sums = {}
    for w, s, c in zip(weights, score, clusters, strict=True):
        sums[c] = sums.get(c, 0.0) + w * (s - mean) / sum(weights)
    return mean, np.sqrt(sum(v**2 for v in sums.values()))


@pytest.mark.filterwarnings("ignore:.* clusters. below:kullback.exceptions.SmallCountWarning")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("clustered", [False, True])
def test_an_average_effect_is_a_mean_of_scores(weighted, clustered):
    weights, clusters = WEIGHTS if weighted else None, CLUSTERS if clustered else None
    found = averages(weights, clusters).contrast(ATE, IDENTITY, FOUND)
    lower = FOUND[1].lower_score - FOUND[0].upper_score
    upper = FOUND[1].upper_score - FOUND[0].lower_score
    for end, score in ((found.lower, lower), (found.upper, upper)):
        mean, error = by_hand(score, WEIGHTS if weighted else np.ones(N), CLUSTERS if clustered else np.arange(N))
        assert end.value[0] == pytest.approx(mean)
        assert end.standard_error[0] == pytest.approx(error)
        assert end.target == "E[Y(1) - Y(0)] under nothing"
        assert end.null == 0
    assert found.names == ("ate",)


@pytest.mark.filterwarnings("ignore:.* clusters. below:kullback.exceptions.SmallCountWarning")
@pytest.mark.parametrize("weighted", [False, True])
def test_the_effect_on_the_treated_is_a_ratio_of_means(weighted):
    weights = WEIGHTS if weighted else np.ones(N)
    found = averages(WEIGHTS if weighted else None, CLUSTERS).contrast(ATT, IDENTITY, FOUND)
    for end, score in ((found.lower, FOUND[0].upper_score), (found.upper, FOUND[0].lower_score)):
        share = (weights * ARM).sum() / weights.sum()
        value = (weights * (Y - score)).sum() / weights.sum() / share
        _, error = by_hand((Y - score - value * ARM) / share, weights, CLUSTERS)
        assert end.value[0] == pytest.approx(value)
        assert end.standard_error[0] == pytest.approx(error, rel=1e-6)
        assert end.target == "E[Y(1) - Y(0) | treatment = 1] under nothing"
    assert found.names == ("att",)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_groups_are_means_of_their_own_rows(weights):
    members = [np.flatnonzero(k == CLUSTERS % 2) for k in (0, 1)]
    found = averages(weights).groups(MEAN, FOUND, ["even", "odd"], members)
    used = np.ones(N) if weights is None else weights
    for k, rows in enumerate(members):
        mean, error = by_hand(FOUND[1].upper_score[rows], used[rows], rows)
        assert found.upper.value[k] == pytest.approx(mean)
        assert found.upper.standard_error[k] == pytest.approx(error)
    whole = averages(weights).contrast(MEAN, IDENTITY, FOUND)
    shares = [used[rows].sum() / used.sum() for rows in members]
    assert shares @ found.lower.value == pytest.approx(whole.lower.value[0])
    assert found.lower.null is None


@pytest.mark.filterwarnings("ignore:.* clusters. below:kullback.exceptions.SmallCountWarning")
def test_several_means_of_an_arm_are_columns():
    inside = {arm: ArmBounds(*(0.5 + 0.1 * np.tanh(FOUND[arm].stacked()))) for arm in (0, 1)}
    found = averages(WEIGHTS, CLUSTERS).cdf([inside[0], inside[1]], np.array([0.2, 0.4]), 0, ["a", "b"], "P")
    assert found.names == ("a", "b")
    for k in (0, 1):
        for end, score in ((found.lower, inside[k].lower_score), (found.upper, inside[k].upper_score)):
            mean, error = by_hand(score, WEIGHTS, CLUSTERS)
            assert (end.value[k], end.standard_error[k]) == pytest.approx((mean, error))
