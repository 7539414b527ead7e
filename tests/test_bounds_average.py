"""Averages of scores and their standard errors, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from kullback.bounds._average import Averages
from kullback.bounds._estimand import contrast_of
from kullback.bounds._model import ArmBounds
from kullback.bounds._nuisance import Rows
from kullback.bounds._support import outcome_functional
from kullback.exceptions import SmallCountWarning

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


def shifted(found, by):
    """Bounds with scores moved outwards (or, below zero, inwards)."""
    return {a: replace(f, lower_score=f.lower_score - by, upper_score=f.upper_score + by) for a, f in found.items()}


@pytest.mark.parametrize(("contrast", "span"), [(ATE, (-1, 1)), (ATT, (-1, 1)), (MEAN, (0, 1))])
def test_ends_beyond_the_support_are_set_to_it_without_error(contrast, span):
    own = replace(averages(WEIGHTS), functional=IDENTITY)
    found = own.contrast(contrast, IDENTITY, shifted(FOUND, 5.0))
    assert (found.lower.value[0], found.upper.value[0]) == span
    assert found.lower.standard_error == found.upper.standard_error == 0
    assert found.conf_int()[0].tolist() == list(span)
    assert found.clipped.all()
    assert not found.crossed.any()


def test_an_end_inside_the_support_keeps_its_influence():
    mild = {a: ArmBounds(*(0.5 + 0.01 * f.stacked())) for a, f in FOUND.items()}
    free, held = (own.contrast(ATE, IDENTITY, mild) for own in (averages(), replace(averages(), functional=IDENTITY)))
    np.testing.assert_array_equal(free.lower.influence, held.lower.influence)
    np.testing.assert_array_equal(free.conf_int(), held.conf_int())
    assert not held.clipped.any()


def test_ends_that_cross_are_not_made_one():
    crossing = shifted({a: ArmBounds(*(0.5 + 0.01 * f.stacked())) for a, f in FOUND.items()}, -0.2)
    assert replace(averages(), functional=IDENTITY).contrast(ATE, IDENTITY, crossing).crossed.all()


def test_a_support_of_each_row_counts_with_its_mean():
    rows = replace(averages(WEIGHTS).rows, X=RNG.random((N, 1)))
    wide = outcome_functional(Y, lambda X: np.column_stack([-X[:, 0], 1 + X[:, 0]]), None)
    own = Averages(rows, "rows", "nothing", functional=wide)
    found = own.contrast(MEAN, wide, shifted(FOUND, 5.0))
    mean = np.average(rows.X[:, 0], weights=WEIGHTS)
    assert (found.lower.value[0], found.upper.value[0]) == pytest.approx((-mean, 1 + mean))
    assert found.possible[0] == pytest.approx([-rows.X.max(), 1 + rows.X.max()])


def test_a_support_with_one_end_holds_that_one():
    half = outcome_functional(Y, (0, np.inf), None)
    found = replace(averages(), functional=half).contrast(MEAN, half, shifted(FOUND, 5.0))
    assert found.lower.value[0] == 0
    assert found.upper.value[0] == pytest.approx(FOUND[1].upper_score.mean() + 5)


def test_a_policy_takes_no_part_of_an_infinite_end():
    policy = contrast_of("policy", lambda X: np.zeros(len(X), dtype=int), np.array([0, 1]), X)
    half = outcome_functional(Y, (0, np.inf), None)
    found = replace(averages(), functional=half).contrast(policy, half, shifted(FOUND, 5.0))
    assert found.possible.tolist() == [[0, np.inf]]


@pytest.mark.parametrize("contrast", [ATE, ATT, MEAN])
def test_limits_to_confounding_say_no_less_than_the_worst_case(contrast):
    own = replace(averages(WEIGHTS), functional=IDENTITY, limited=True)
    far, worst = own.contrast(contrast, IDENTITY, shifted(FOUND, 5.0)), own.worst_case([0, 1])
    exact = replace(own, limited=False).contrast(contrast, IDENTITY, worst)
    np.testing.assert_allclose(far.lower.value, exact.lower.value)
    np.testing.assert_allclose(far.conf_int(), exact.conf_int())
    assert far.clipped.all()


def test_cdfs_under_a_limit_to_confounding_say_no_less_than_the_worst_case():
    own = replace(averages(), limited=True)
    found = own.cdf([shifted(FOUND, 5.0)[1]], np.array([0.5]), 1, ["a"], "P")
    below, inside = Y <= 0.5, ARM == 1
    assert found.lower.value[0] == pytest.approx((inside & below).mean())
    assert found.upper.value[0] == pytest.approx((below | ~inside).mean())
    assert 0 < found.upper.standard_error[0] < 0.1


@pytest.mark.parametrize(("sign", "end"), [(1, 0), (-1, 1)])
def test_limits_do_not_pass_an_assumed_sign(sign, end):
    mild = {a: ArmBounds(*(0.5 + 0.01 * f.stacked())) for a, f in FOUND.items()}
    away = {a: replace(f, lower_score=f.lower_score + 1e-4 * sign * a) for a, f in mild.items()}
    found = replace(averages(), functional=IDENTITY, sign=sign).contrast(ATE, IDENTITY, away)
    assert sign * found.conf_int()[0, end] >= 0
    assert not found.clipped.any()


@pytest.mark.filterwarnings("ignore:.* clusters. below:kullback.exceptions.SmallCountWarning")
def test_a_group_of_one_row_or_cluster_has_limits_as_wide_as_the_support():
    own = replace(averages(), functional=IDENTITY)
    mild = {a: ArmBounds(*(0.5 + 0.01 * f.stacked())) for a, f in FOUND.items()}
    with pytest.warns(SmallCountWarning, match="1 of 2 groups are one row or one cluster"):
        found = own.groups(MEAN, mild, ["one", "others"], [np.array([3]), np.arange(4, N)])
    assert found.single.tolist() == [True, False]
    assert found.conf_int()[0].tolist() == [0, 1]
    clustered = replace(averages(clusters=CLUSTERS), functional=IDENTITY)
    with pytest.warns(SmallCountWarning, match="1 of 2 groups are one row or one cluster"):
        found = clustered.groups(MEAN, mild, ["one", "others"], [np.arange(4), np.arange(4, N)])
    assert found.single.tolist() == [True, False]
