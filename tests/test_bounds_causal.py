"""The estimator of causal bounds: against slow second implementations, closed forms, and what is refused."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GroupKFold, KFold
from sklearn.tree import DecisionTreeClassifier

from bounds_cases import fitted, sample, small
from kullback.bounds import CausalBounds
from kullback.exceptions import InputError, KullbackWarning, SmallCountWarning
from kullback.information import DIVERGENCES, FDivergence

X, Y, TREATMENT = sample()
N = len(Y)
NAMES = ("worst_case", "chi2", "kl", "hellinger", "js", "tv")
WEIGHTS = np.tile([1.0, 0.5, 2.0, 1.5], N // 4)
CLUSTERS = np.repeat(np.arange(N // 2), 2)


@pytest.fixture(scope="module")
def ate():
    return fitted()


def ends(bounds):
    found = bounds.average_bounds()
    return np.column_stack([found.lower.value, found.upper.value])


def manski(arm, treatment=TREATMENT, phi=Y, low=0.0, high=1.0, weights=None):
    """E[1_a Y + (1 - 1_a) end]: no nuisance."""
    weights = np.ones(len(phi)) if weights is None else weights
    return [
        sum(w * (y if a == arm else end) for y, a, w in zip(phi, treatment, weights, strict=True)) / sum(weights)
        for end in (low, high)
    ]


# averages against a second implementation


def test_the_worst_case_of_an_effect_is_manskis(ate):
    (low1, high1), (low0, high0) = manski(1), manski(0)
    np.testing.assert_allclose(ends(ate), [[low1 - high0, high1 - low0]])
    assert np.diff(ends(ate)) == pytest.approx(1.0)  # the width of the support, whatever the data
    scores = np.where(TREATMENT == 1, Y, 0.0) - np.where(TREATMENT == 0, Y, 1.0)
    assert ate.average_bounds().lower.standard_error == pytest.approx(scores.std() / np.sqrt(N))
    assert ate.average_bounds().pvalue() == 1.0


@pytest.mark.parametrize("arm", [0, 1])
def test_the_worst_case_of_a_mean_is_manskis(arm):
    np.testing.assert_allclose(ends(fitted(estimand="mean", arm=arm)), [manski(arm)])


def test_the_worst_case_on_the_treated_leaves_their_other_outcome_open():
    treated = Y[TREATMENT == 1].mean()
    np.testing.assert_allclose(ends(fitted(estimand="att")), [[treated - 1.0, treated - 0.0]])


def test_a_function_of_the_outcome_has_its_own_support():
    bounds = fitted(estimand="mean", outcome_function=np.square, outcome_bounds=(0, 1.5))
    np.testing.assert_allclose(ends(bounds), [manski(1, phi=Y**2, high=1.5)])


def test_a_support_may_depend_on_the_covariates():
    bounds = fitted(estimand="mean", outcome_bounds=lambda x: np.column_stack([x["x0"] - 2, x["x0"] + 2]))
    low, high = (np.where(TREATMENT == 1, Y, X["x0"] + end).mean() for end in (-2, 2))
    np.testing.assert_allclose(ends(bounds), [[low, high]])


def test_weights_and_clusters_are_those_of_the_mean_of_scores():
    found = fitted(estimand="mean", fit={"sample_weight": WEIGHTS, "clusters": CLUSTERS}).average_bounds()
    np.testing.assert_allclose([found.lower.value[0], found.upper.value[0]], manski(1, weights=WEIGHTS))
    influence = WEIGHTS * (np.where(TREATMENT == 1, Y, 1.0) - found.upper.value[0]) / WEIGHTS.sum()
    assert found.upper.standard_error[0] == pytest.approx(np.sqrt((influence.reshape(-1, 2).sum(axis=1) ** 2).sum()))


def test_clusters_stay_in_one_fold():
    bounds = fitted(fit={"clusters": CLUSTERS})
    for train, test in bounds._sample.folds:
        assert not set(CLUSTERS[train]) & set(CLUSTERS[test])


def test_a_row_of_weight_zero_is_not_in_the_sample():
    weights = np.where(np.arange(N) < 20, 0.0, 1.0)
    bounds = small(divergence="kl").fit(X, Y, treatment=TREATMENT, sample_weight=weights)
    without = small(divergence="kl").fit(X[20:], Y[20:], treatment=TREATMENT[20:], sample_weight=weights[20:])
    np.testing.assert_allclose(ends(bounds), ends(without))
    assert bounds.propensity_.shape == (N - 20, 2)


THREE = np.random.default_rng(5).choice(["a", "b", "c"], N)


def test_arms_of_many_treatments_are_compared_by_pairs():
    bounds = small(arm=("c", "a")).fit(X, Y, treatment=THREE)
    (low_c, high_c), (low_a, high_a) = manski("c", THREE), manski("a", THREE)
    np.testing.assert_allclose(ends(bounds), [[low_c - high_a, high_c - low_a]])
    assert bounds.levels_.tolist() == ["a", "b", "c"]
    assert bounds.propensity_.shape == (N, 3)


@pytest.mark.parametrize("divergence", ["worst_case", "kl", "tv"])
def test_a_policy_of_one_arm_is_that_arm(divergence):
    policy = small(estimand="policy", arm=lambda x: np.full(len(x), "b"), divergence=divergence)
    mean = small(estimand="mean", arm="b", divergence=divergence)
    policy, mean = (bounds.fit(X, Y, treatment=THREE) for bounds in (policy, mean))
    np.testing.assert_allclose(ends(policy), ends(mean))
    np.testing.assert_allclose(policy.predict_bounds(X), mean.predict_bounds(X))


# symmetries


@pytest.mark.parametrize("divergence", NAMES)
def test_bounds_move_with_the_unit_of_the_outcome(divergence):
    one = fitted(divergence=divergence)
    other = small(divergence=divergence, outcome_bounds=(-2, 1)).fit(X, 3 * Y - 2, treatment=TREATMENT)
    np.testing.assert_allclose(ends(other), 3 * ends(one), atol=1e-6)
    np.testing.assert_allclose(other.predict_bounds(X), 3 * one.predict_bounds(X), atol=1e-6)


@pytest.mark.parametrize("parameters", [*({"divergence": name} for name in NAMES), {"odds_ratio_bound": 2.0}])
def test_a_lower_bound_is_minus_the_upper_bound_of_minus_the_outcome(parameters):
    given = {"estimand": "mean"} | parameters
    one = fitted(**given)
    other = fitted(**(given | {"outcome_function": np.negative, "outcome_bounds": (-1, 0)}))
    np.testing.assert_allclose(ends(other), -ends(one)[:, ::-1], atol=1e-12)
    np.testing.assert_allclose(other.predict_bounds(X), -one.predict_bounds(X)[:, ::-1], atol=1e-12)


@pytest.mark.parametrize("divergence", NAMES)
def test_bounds_at_rows_lie_inside_the_support_and_no_ball_beats_the_worst_case(divergence, ate):
    found, exact = fitted(divergence=divergence).predict_bounds(X), ate.predict_bounds(X)
    assert (found >= -1).all()
    assert (found <= 1).all()
    assert (found[:, 0] <= exact[:, 0] + 1e-9).all()
    assert (found[:, 1] >= exact[:, 1] - 1e-9).all()


def test_the_effect_on_the_treated_at_rows_leaves_their_other_outcome_open():
    bounds = fitted(estimand="att")
    np.testing.assert_allclose(np.diff(bounds.predict_bounds(X)), 1.0)
    mean = fitted(estimand="mean", odds_ratio_bound=1.0).predict_bounds(X)[:, 0]
    np.testing.assert_allclose(bounds.predict_bounds(X)[:, 1], mean)


def test_without_confounding_bounds_meet_in_the_adjusted_effect():
    bounds = fitted(odds_ratio_bound=1.0)
    assert np.diff(ends(bounds)) == pytest.approx(0.0, abs=1e-12)
    on_treated = fitted(odds_ratio_bound=1.0, estimand="att")
    assert np.diff(on_treated.predict_bounds(X)) == pytest.approx(0.0, abs=1e-12)


def test_groups_average_to_the_whole():
    bounds = fitted(divergence="kl")
    by = np.where(X["x0"] > 0, "high", "low")
    groups = bounds.gate(by)
    assert groups.names == ("high", "low")
    shares = [(by == name).mean() for name in groups.names]
    np.testing.assert_allclose([shares @ groups.lower.value, shares @ groups.upper.value], ends(bounds)[0])


@pytest.mark.parametrize("categorical", [pd.Categorical, pl.Series], ids=["pandas", "polars"])
def test_groups_come_in_the_order_of_their_categories(categorical):
    labels, order = (
        np.where(X["x0"] > 0.5, "high", np.where(X["x0"] > -0.5, "middle", "low")),
        ["low", "middle", "high"],
    )
    if categorical is pd.Categorical:
        given = [pd.Categorical(labels, [*order, "none"]), pd.Series(pd.Categorical(labels, order, ordered=True))]
    else:
        given = [pl.Series(labels).cast(pl.Enum(order)), pl.Series(labels, dtype=pl.Categorical)]
    bounds = fitted()
    plain = bounds.gate(labels)
    assert plain.names == ("high", "low", "middle")
    for by in given:
        found = bounds.gate(by)
        assert set(found.names) == set(plain.names)
        for name in order:
            assert found.lower.value[found.names.index(name)] == plain.lower.value[plain.names.index(name)]
    assert bounds.gate(given[0]).names == tuple(order)


# several divergences


def test_the_kth_tightest_is_no_tighter_than_the_intersection():
    names = ["chi2", "kl", "hellinger", "js", "tv"]
    tight, loose = (fitted(divergence=names, aggregation=way).predict_bounds(X) for way in ("intersection", "kth"))
    parts = np.array([fitted(divergence=name).predict_bounds(X) for name in names])
    assert (loose[:, 0] <= tight[:, 0]).all()
    assert (loose[:, 1] >= tight[:, 1]).all()
    assert (tight[:, 1] <= parts[:, :, 1].min(axis=0) + 1e-12).all()


def test_a_divergence_of_the_users_own_is_a_ball_too():
    kl = DIVERGENCES["kl"]
    own = FDivergence(
        "own", kl.generator, kl.derivative, kl.conjugate, kl.conjugate_derivative, kl.at_zero, kl.slope_at_infinity,
        kl.adjoint,
    )  # fmt: skip
    np.testing.assert_allclose(
        fitted(divergence=own).predict_bounds(X), fitted(divergence="kl").predict_bounds(X), atol=1e-5
    )


# monotone response and selection


def test_monotone_response_puts_the_lower_end_of_an_effect_at_zero():
    bounds = fitted(assumptions=("mtr",))
    np.testing.assert_allclose(ends(bounds), [[0.0, manski(1)[1] - manski(0)[0]]], atol=1e-12)
    np.testing.assert_allclose(bounds.predict_bounds(X)[:, 0], 0.0, atol=1e-12)
    mean = fitted(assumptions=("mtr",), estimand="mean")
    np.testing.assert_allclose(ends(mean), [[Y.mean(), manski(1)[1]]])
    falling = fitted(assumptions=("mtr",), estimand="mean", outcome_function=np.negative, outcome_bounds=(-1, 0))
    np.testing.assert_allclose(ends(falling), -ends(mean)[:, ::-1])
    ball = fitted(assumptions=("mtr",), estimand="mean", divergence="kl")
    np.testing.assert_allclose(ends(ball), [[Y.mean(), ends(fitted(estimand="mean", divergence="kl"))[0, 1]]])


def test_monotone_response_and_the_cdf():
    """F(t) of the higher arm is at most that of all outcomes, that of the lower at least."""
    at = np.array([0.2, 0.5])
    bounds = fitted(assumptions=("mtr",), estimand="cdf", at=at)
    everyone = np.array([(t >= Y).mean() for t in at])
    one, zero = bounds.average_bounds(), bounds.cdf_bounds(at, arm=0)
    np.testing.assert_allclose(one.upper.value, everyone)
    np.testing.assert_allclose(one.lower.value, [((t >= Y) & (TREATMENT == 1)).mean() for t in at])
    np.testing.assert_allclose(zero.lower.value, everyone)
    np.testing.assert_allclose(zero.upper.value, [np.where(TREATMENT == 0, t >= Y, 1.0).mean() for t in at])


def adjusted_mean(bounds, phi, arm):
    """Augmented inverse weighting with laws of whole arms and shares of folds, by loops."""
    scores = np.empty(N)
    for train, test in bounds._sample.folds:
        mean = phi[train][TREATMENT[train] == arm].mean()
        share = (TREATMENT[train] == arm).mean()
        for i in test:
            scores[i] = mean + (TREATMENT[i] == arm) * (phi[i] - mean) / share
    return scores.mean()


UNADJUSTED = {
    "propensity_estimator": DummyClassifier(),
    "outcome_estimator": ExtraTreesRegressor(3, min_samples_leaf=80, random_state=0),
}


def test_both_assumptions_bound_an_effect_of_any_outcome():
    wide = 10 * Y + 5 * TREATMENT
    both = small(assumptions=("mtr", "mts"), outcome_bounds=None, **UNADJUSTED).fit(X, wide, treatment=TREATMENT)
    upper = adjusted_mean(both, wide, 1) - adjusted_mean(both, wide, 0)
    np.testing.assert_allclose(ends(both), [[0.0, upper]], atol=1e-12)


def test_monotone_selection_and_the_cdf():
    bounds = small(assumptions=("mts",), estimand="cdf", at=0.5, outcome_bounds=(0, 2), **UNADJUSTED).fit(
        X, Y + TREATMENT, treatment=TREATMENT
    )
    for arm, t in ((1, 1.4), (0, 0.4)):
        found = bounds.cdf_bounds(t, arm)
        phi = (t >= Y + TREATMENT).astype(float)
        end = found.lower if arm == 1 else found.upper
        assert end.value[0] == pytest.approx(adjusted_mean(bounds, phi, arm))


def test_assumptions_that_contradict_the_data_are_flagged_and_never_collapsed():
    """Treatment lowers the outcome here, which both assumptions exclude."""
    against = small(assumptions=("mtr", "mts"), outcome_bounds=None).fit(X, Y - 2 * TREATMENT, treatment=TREATMENT)
    found = against.average_bounds()
    assert found.crossed.all()
    assert found.upper.value[0] < -1 < 0 <= found.lower.value[0] + 1e-12
    assert "cross" in str(against.summary())
    with pytest.warns(KullbackWarning, match=f"At {N} of {N} rows the estimated lower bound lies above"):
        at_rows = against.predict_bounds(X)
    assert (at_rows[:, 1] < at_rows[:, 0] - 1).all()
    assert (at_rows[:, 0] >= 0).all()


def test_the_end_that_response_alone_bounds_does_not_move_with_the_support():
    """What the refusal says: any finite support that holds the outcomes has it."""
    wide = 10 * Y + 5 * TREATMENT
    with pytest.raises(InputError, match="Here the lower end needs no more"):
        small(assumptions=("mtr",), estimand="mean", outcome_bounds=None).fit(X, wide, treatment=TREATMENT)
    for support in ("sample", (-50, 50)):
        bounds = small(assumptions=("mtr",), estimand="mean", outcome_bounds=support).fit(X, wide, treatment=TREATMENT)
        assert ends(bounds)[0, 0] == pytest.approx(wide.mean())


def test_negative_selection_bounds_the_other_two_ends():
    wide = 10 * Y + 5 * TREATMENT
    given = {"outcome_bounds": (-5, 20), **UNADJUSTED}
    up, down = (small(assumptions=(a,), **given).fit(X, wide, treatment=TREATMENT) for a in ("mts", "negative_mts"))
    adjusted = adjusted_mean(up, wide, 1) - adjusted_mean(up, wide, 0)
    free = ends(small(**given).fit(X, wide, treatment=TREATMENT))[0]
    np.testing.assert_allclose(ends(up)[0], [free[0], adjusted])
    np.testing.assert_allclose(ends(down)[0], [adjusted, free[1]])
    assert "negative monotone treatment selection" in down.average_bounds().lower.target


# CDFs and quantiles


def test_bounds_of_a_cdf_are_manskis(ate):
    at = [0.1, 0.4, 0.8]
    for arm in (None, 0):
        found = ate.cdf_bounds(at, arm)
        expected = np.array([manski(1 if arm is None else arm, phi=(t >= Y).astype(float)) for t in at])
        np.testing.assert_allclose(np.column_stack([found.lower.value, found.upper.value]), expected)
    assert found.names == ("P(Y <= 0.1)", "P(Y <= 0.4)", "P(Y <= 0.8)")


def quantiles_by_scan(y, treatment, arm, probabilities, outer):
    """The least outcome at which a bound of the CDF reaches the probability."""
    points = [-np.inf, *sorted(set(y))]
    values = [outer[0], *points[1:], outer[1]]
    inside = treatment == arm
    low = [((y <= t) & inside).mean() for t in points]
    high = [((y <= t) & inside).mean() + 1 - inside.mean() for t in points]

    def reached(curve, tau):
        return values[next((i for i, c in enumerate(curve) if c >= tau - 1e-12), len(points))]

    return np.array([[reached(high, tau), reached(low, tau)] for tau in probabilities])


PROBABILITIES = [0.2, 0.45, 0.52, 0.6, 0.9]


@pytest.mark.parametrize("outer", [(-np.inf, np.inf), (0.0, 1.0)])
def test_quantiles_are_the_cdf_turned_about(outer):
    treatment = (np.arange(N) % 4 > 0).astype(int)  # three in four, so that some quantiles are finite
    bounds = small(estimand="cdf", at=0.5, outcome_bounds=None if np.isinf(outer[0]) else outer)
    frame = bounds.fit(X, Y, treatment=treatment).quantile_bounds(PROBABILITIES).frame
    expected = quantiles_by_scan(Y, treatment, 1, PROBABILITIES, outer)
    np.testing.assert_array_equal(frame[["lower", "upper"]], expected)
    assert np.isfinite(expected).all(axis=1)[1:4].all()
    assert (frame["limit_lower"] <= frame["lower"]).all()
    assert (frame["limit_upper"] >= frame["upper"]).all()


def test_an_atom_at_the_least_outcome_is_a_finite_quantile():
    y = np.maximum(Y - 0.5, 0.0)
    treatment = (np.arange(N) % 10 > 0).astype(int)
    frame = small(estimand="cdf", at=0.5, outcome_bounds=None).fit(X, y, treatment=treatment).quantile_bounds(0.3).frame
    assert frame[["lower", "upper"]].to_numpy().tolist() == [[0.0, 0.0]]


def test_under_monotone_response_quantiles_follow_all_outcomes():
    """The CDF's upper bound is then that of all, whose steps the arm alone does not have."""
    bounds = fitted(estimand="cdf", at=0.5, assumptions=("mtr",))
    frame = bounds.quantile_bounds([0.3, 0.5]).frame
    np.testing.assert_array_equal(frame["lower"], np.quantile(Y, [0.3, 0.5], method="inverted_cdf"))


def test_the_estimand_quantile_is_quantile_bounds():
    at = [0.45, 0.52]
    bounds = fitted(estimand="quantile", at=at, arm=0, odds_ratio_bound=1.2)
    table = fitted(odds_ratio_bound=1.2).quantile_bounds(at, arm=0).frame
    pd.testing.assert_frame_equal(bounds.quantile_bounds().frame, table)
    pd.testing.assert_frame_equal(bounds.summary().frame, table)
    np.testing.assert_array_equal(bounds.conf_int(), table[["limit_lower", "limit_upper"]])
    whole = bounds.conf_int(target="set")
    assert (whole[:, 0] <= table["limit_lower"]).all()
    assert (whole[:, 1] >= table["limit_upper"]).all()
    with pytest.raises(InputError, match=r"no means of scores.*quantile_bounds\(\) has them with limits"):
        bounds.average_bounds()


@pytest.mark.parametrize("parameters", [{}, {"odds_ratio_bound": 1.5}])
def test_a_quantile_effect_is_the_difference_of_the_arms_ends(parameters):
    bounds = fitted(**parameters)
    found = bounds.quantile_effect_bounds([0.3, 0.5, 0.8], confidence_level=0.9)
    one, zero = (bounds.quantile_bounds([0.3, 0.5, 0.8], arm, 0.95).frame for arm in (1, 0))
    for low, high in (("lower", "upper"), ("limit_lower", "limit_upper")):
        np.testing.assert_array_equal(found.frame[low], one[low] - zero[high])
        np.testing.assert_array_equal(found.frame[high], one[high] - zero[low])
    turned = bounds.quantile_effect_bounds(0.5, arm=(0, 1), confidence_level=0.9).frame.iloc[0]
    np.testing.assert_array_equal(turned[["lower", "upper"]], -found.frame.iloc[1][["upper", "lower"]])
    assert "Quantiles of Y(1) less those of Y(0), limits at 90% or more; " in str(found)


@pytest.mark.parametrize("treated", [0.5, 0.25, 0.9])
def test_without_a_support_both_ends_of_a_quantile_effect_are_infinite_at_every_probability(treated):
    treatment = (np.arange(N) < treated * N).astype(int)
    bounds = small(estimand="quantile", at=0.5, outcome_bounds=None).fit(X, Y, treatment=treatment)
    with pytest.raises(InputError, match="Both ends of a quantile effect are infinite at every probability"):
        bounds.quantile_effect_bounds(0.5, arm=(1, 0))
    for probability in np.arange(0.05, 1, 0.05):
        one, zero = (quantiles_by_scan(Y, treatment, a, [probability], (-np.inf, np.inf))[0] for a in (1, 0))
        assert (one[0] - zero[1], one[1] - zero[0]) == (-np.inf, np.inf)


def test_what_bounds_a_quantile_effect_of_any_outcome():
    wide = 10 * Y + 5 * TREATMENT
    for parameters, finite in (
        ({"assumptions": ("mtr",)}, ["lower"]),
        ({"assumptions": ("mtr", "mts")}, ["lower", "upper"]),
        ({"odds_ratio_bound": 1.5}, ["lower", "upper"]),
    ):
        bounds = small(estimand="quantile", at=0.5, outcome_bounds=None, **parameters).fit(X, wide, treatment=TREATMENT)
        found = bounds.quantile_effect_bounds(0.5, arm=(1, 0)).frame.iloc[0]
        assert [end for end in ("lower", "upper") if np.isfinite(found[end])] == finite
        if parameters.get("assumptions"):
            assert found["limit_lower"] >= 0
            turned = bounds.quantile_effect_bounds(0.5, arm=(0, 1)).frame.iloc[0]
            assert turned["limit_upper"] <= 0


@pytest.mark.parametrize("parameters", [{"outcome_bounds": "sample"}, {"outcome_function": np.sqrt}])
def test_where_the_outcomes_own_support_is_unknown_a_quantile_may_be_infinite(parameters):
    frame = fitted(**parameters).quantile_bounds([0.1, 0.9]).frame
    assert frame["lower"].iloc[0] == -np.inf
    assert frame["upper"].iloc[1] == np.inf


def test_a_sample_range_is_labelled_wherever_it_bounds():
    bounds = fitted(outcome_bounds="sample")
    assert "not a bound" in str(bounds.summary())
    assert "not a bound" not in bounds.cdf_bounds(0.5).lower.target  # which needs no support


# sensitivity


@pytest.fixture(scope="module")
def effect():
    """An effect that is there: outcomes of the treated are .3 higher."""
    return small(outcome_bounds=(0, 2)).fit(X, Y + 0.3 * TREATMENT, treatment=TREATMENT)


def test_a_frontier_is_the_fit_at_each_odds_ratio(effect):
    frontier = effect.sensitivity_frontier([1, 1.5, 3])
    for ratio in (1, 1.5, 3):
        alone = small(outcome_bounds=(0, 2), odds_ratio_bound=ratio).fit(X, Y + 0.3 * TREATMENT, treatment=TREATMENT)
        np.testing.assert_allclose(frontier.loc[ratio], alone.average_bounds().to_frame().iloc[0])
    assert (np.diff(frontier["upper"] - frontier["lower"]) > 0).all()
    assert frontier.index.name == "odds_ratio"


def test_a_frontier_keeps_the_other_assumptions_and_replaces_the_sensitivity():
    given = fitted(estimand="att", odds_ratio_bound=3.0)
    free = fitted(estimand="att")
    pd.testing.assert_frame_equal(given.sensitivity_frontier(1.5), free.sensitivity_frontier(1.5))
    monotone, alone = (fitted(assumptions=a).sensitivity_frontier(2.0).iloc[0] for a in (("mtr",), ()))
    assert monotone["lower"] > alone["lower"] + 0.05


def test_the_breakdown_value_is_where_the_frontier_reaches_the_null(effect):
    found = effect.breakdown_value(null=0.05)
    assert 1 < found.limits < found.bounds < np.inf
    at = effect.sensitivity_frontier([found.bounds / 1.001, found.bounds * 1.001])
    assert at["lower"].iloc[0] > 0.05 > at["lower"].iloc[1]
    at = effect.sensitivity_frontier([found.limits / 1.001, found.limits * 1.001])
    assert at["limit_lower"].iloc[0] > 0.05 > at["limit_lower"].iloc[1]
    assert (found.null, found.confidence_level) == (0.05, 0.95)


@pytest.mark.parametrize(
    ("parameter", "divergence", "grid"),
    [
        ("divergence_bound", "kl", [0, 0.05, 0.2]),
        ("divergence_bound", "chi2", [0, 0.05, 0.2]),
        ("radius_scale", "js", [0, 0.2, 0.7, 1]),
    ],
)
def test_a_frontier_is_the_fit_at_each_value_of_any_parameter(parameter, divergence, grid):
    given = {"parameter": parameter, "divergence": divergence}
    rows = (X[:80], Y[:80] + 0.5 * TREATMENT[:80])
    effect = small(outcome_bounds=(0, 2)).fit(*rows, treatment=TREATMENT[:80])
    frontier = effect.sensitivity_frontier(grid, **given)
    alone = small(outcome_bounds=(0, 2), divergence=divergence, **{parameter: grid[1]})
    expected = alone.fit(*rows, treatment=TREATMENT[:80]).average_bounds().to_frame().iloc[0]
    np.testing.assert_allclose(frontier.loc[grid[1]], expected)
    assert frontier.index.name == parameter
    found = effect.breakdown_value(null=0.05, **given)
    assert 0 < found.limits < found.bounds < np.inf
    assert found.parameter == parameter
    at = effect.sensitivity_frontier([found.bounds * 0.998, found.bounds * 1.002], **given)["lower"]
    assert at.iloc[0] > 0.05 > at.iloc[1]


def test_a_frontier_takes_the_divergence_of_the_fit():
    fit = fitted(divergence="kl")
    one, other = (fit.sensitivity_frontier([0.1], parameter="radius_scale", divergence=d) for d in (None, "kl"))
    pd.testing.assert_frame_equal(one, other)
    assert fit.breakdown_value(10.0, parameter="radius_scale").bounds == np.inf


def test_ends_of_a_frontier_that_come_back_are_told():
    """One row of the control arm with a propensity near zero outweighs all others."""
    rng = np.random.default_rng(25)
    x = rng.normal(size=(500, 2))
    treatment = (rng.uniform(size=500) < 1 / (1 + np.exp(-5 * x[:, 0] - 1))).astype(int)
    y = x[:, 0] + 0.5 * treatment + rng.standard_t(3, size=500)
    bounds = CausalBounds(estimand="att", odds_ratio_bound=1.0, random_state=0).fit(x, y, treatment=treatment)
    with pytest.warns(KullbackWarning, match="Sets grow with odds_ratio, and the estimated ends cross"):
        frontier = bounds.sensitivity_frontier([10, 1, 2, 5])
    assert frontier.index.tolist() == [10, 1, 2, 5]
    assert bounds.breakdown_value(-1.0).bounds < np.inf


def test_f_sensitivity_needs_no_support_and_widens_with_its_radius():
    narrow, wide = (fitted(outcome_bounds=None, divergence="chi2", divergence_bound=r) for r in (0.01, 0.1))
    assert ends(wide)[0, 0] < ends(narrow)[0, 0] < ends(narrow)[0, 1] < ends(wide)[0, 1]
    assert "a chi2 divergence of the unseen within 0.1" in wide.average_bounds().lower.target


@pytest.mark.parametrize("divergence", ["chi2", "kl", "hellinger", "js", "tv"])
def test_a_part_of_the_radius_lies_between_no_confounding_and_the_whole_ball(divergence):
    given = {"divergence": divergence, "estimand": "mean"}
    whole, half = (ends(fitted(**given, radius_scale=scale))[0] for scale in (1, 0.5))
    nothing = ends(fitted(**given, radius_scale=0, outcome_bounds=None))[0]
    np.testing.assert_array_equal(whole, ends(fitted(**given))[0])
    np.testing.assert_array_equal(nothing, ends(fitted(estimand="mean", odds_ratio_bound=1.0))[0])
    assert whole[0] < half[0] < nothing[0] <= nothing[1] < half[1] < whole[1]


def test_a_part_of_the_radius_leaves_the_mean_of_an_unbounded_outcome_unbounded():
    with pytest.raises(InputError, match="do not bound the mean of an outcome without bounds"):
        fitted(divergence="kl", radius_scale=0.01, outcome_bounds=None)


def test_an_irrelevant_covariate_changes_odds_by_next_to_nothing():
    data, y, treatment = sample(400)
    bounds = small().fit(data.assign(noise=np.random.default_rng(0).normal(size=400)), y, treatment=treatment)
    factors = bounds.benchmark(["noise", "x0"])
    assert list(factors.columns) == ["50%", "90%", "99%", "greatest"]
    assert factors.loc["noise", "90%"] < 1.5
    assert factors.loc["x0", "90%"] > 2
    assert (bounds.benchmark().to_numpy() >= 1).all()
    assert bounds.benchmark().index.tolist() == list(bounds.feature_names_in_)


def test_a_covariate_that_separates_treatments_is_named():
    noise = np.random.default_rng(0).normal(size=N)
    separating = X.assign(cause=TREATMENT + 0.01 * noise)
    tree = DecisionTreeClassifier(max_leaf_nodes=2, random_state=0)
    with pytest.warns(KullbackWarning, match="propensity of 0 or 1"):
        bounds = small(propensity_estimator=tree).fit(separating, Y, treatment=TREATMENT)
    with pytest.warns(KullbackWarning, match="With cause some treatments are certain"):
        assert np.isinf(bounds.benchmark(["cause", "x1"]).loc["cause", "greatest"])


def test_a_bound_made_by_the_samples_extremes_is_told():
    rng = np.random.default_rng(0)
    x, treatment = rng.normal(size=(600, 2)), np.arange(600) % 2
    given = {"outcome_bounds": None, "divergence": "kl", "divergence_bound": 0.2, "outcome_estimator": None}
    small(**given).fit(x, rng.normal(size=600), treatment=treatment)  # says nothing
    with pytest.warns(KullbackWarning, match="made by the sample's extremes.*exponential moments") as record:
        small(**given).fit(x, rng.standard_t(3, size=600), treatment=treatment)
    assert record[0].filename == __file__


def test_covariates_without_names_are_benchmarked_by_position():
    bounds = small().fit(X.to_numpy(), Y, treatment=TREATMENT)
    np.testing.assert_allclose(bounds.benchmark([2]), fitted().benchmark(["x2"]))


# overlap


def test_overlap_is_a_row_a_treatment(ate):
    table = ate.overlap()
    assert table.index.tolist() == [0, 1]
    assert "effective_rows_att" not in table
    weighed = fitted(estimand="att").overlap()
    inside = TREATMENT == 0
    odds = ate.propensity_[inside, 1] / ate.propensity_[inside, 0]
    expected = [odds.sum() ** 2 / (odds**2).sum(), TREATMENT.sum()]
    np.testing.assert_allclose(weighed["effective_rows_att"], expected)
    assert table["rows"].tolist() == [(TREATMENT == 0).sum(), (TREATMENT == 1).sum()]
    np.testing.assert_allclose(ate.propensity_.sum(axis=1), 1)


CERTAIN = {"propensity_estimator": DummyClassifier(strategy="most_frequent")}


def test_certain_propensities_are_counted_and_leave_the_worst_case_as_it_is(ate):
    with pytest.warns(KullbackWarning, match=f"{N} of {N} rows have an estimated propensity of 0 or 1") as record:
        bounds = fitted(**CERTAIN)
    assert record[0].filename == small.__globals__["__file__"]  # where fit was called
    np.testing.assert_allclose(ends(bounds), ends(ate))
    assert (bounds.overlap()["effective_rows"].min(), bounds.overlap()["below 0.05"].max()) == (0, N)


@pytest.mark.parametrize("divergence", ["chi2", "kl", "hellinger"])
@pytest.mark.filterwarnings("ignore::kullback.exceptions.KullbackWarning")
def test_certain_propensities_leave_power_means_valid(divergence, ate):
    """Their scores need no propensity but for the best u: the bounds stay outside the worst case."""
    found = ends(fitted(divergence=divergence, **CERTAIN))[0]
    assert found[0] <= ends(ate)[0, 0] + 1e-6
    assert found[1] >= ends(ate)[0, 1] - 1e-6


@pytest.mark.parametrize("parameters", [{"divergence": "js"}, {"divergence": "tv"}, {"odds_ratio_bound": 2.0}])
@pytest.mark.filterwarnings("ignore::kullback.exceptions.KullbackWarning")
def test_scores_that_divide_by_the_propensity_refuse_one_of_zero(parameters):
    with pytest.raises(InputError, match="Rows in the arm must have a positive propensity"):
        fitted(**parameters, **CERTAIN)


@pytest.mark.filterwarnings("ignore::kullback.exceptions.KullbackWarning")
def test_where_nobody_is_treated_the_effect_on_the_treated_is_as_wide_as_the_support():
    bounds = fitted(estimand="att", propensity_estimator=DecisionTreeClassifier(max_depth=3, random_state=0))
    found = bounds.predict_bounds(X)
    assert (bounds._nuisances.shares(X.to_numpy())[:, 0] == 1).any()
    assert np.isfinite(found).all()
    np.testing.assert_allclose(np.diff(found), 1.0)


# what comes in


@pytest.mark.parametrize("frame", [pl.from_pandas, pd.DataFrame.to_numpy, lambda X: X.to_numpy().tolist()])
def test_the_frame_does_not_matter(frame):
    one = fitted(divergence="kl")
    other = small(divergence="kl").fit(frame(X), list(Y), treatment=list(TREATMENT))
    np.testing.assert_array_equal(ends(one), ends(other))
    np.testing.assert_allclose(one.predict_bounds(X), other.predict_bounds(frame(X)), atol=1e-12)


def test_series_of_pandas_and_polars_are_rows_too():
    for series in (pd.Series, pl.Series):
        found = small().fit(X, series(Y), treatment=series(TREATMENT), sample_weight=series(WEIGHTS))
        np.testing.assert_array_equal(ends(found), ends(fitted(fit={"sample_weight": WEIGHTS})))


def test_random_state_decides_folds_and_trees():
    given = {"divergence": "tv", "outcome_estimator": None, "n": 120}
    first, again, other = (fitted(random_state=seed, **given) for seed in (3, 3, 4))
    np.testing.assert_array_equal(ends(first), ends(again))
    assert not np.array_equal(ends(first), ends(other))
    drawn = fitted(random_state=np.random.RandomState(3), **given)
    np.testing.assert_array_equal(ends(first), ends(drawn))


def test_a_pickle_says_the_same():
    bounds = fitted(divergence=["kl", DIVERGENCES["js"]], estimand="mean")
    again = pickle.loads(pickle.dumps(bounds))
    np.testing.assert_array_equal(ends(bounds), ends(again))
    np.testing.assert_array_equal(bounds.predict_bounds(X), again.predict_bounds(X))
    difference = bounds.average_bounds().lower - again.average_bounds().lower
    assert difference.standard_error[0] == 0  # still of the same rows


def test_parameters_are_stored_cloned_and_set():
    bounds = fitted(divergence="kl")
    copy = clone(bounds)
    assert set(vars(copy)) == set(copy.get_params(deep=False))
    assert copy.set_params(divergence="tv", outcome_estimator__n_estimators=7).outcome_estimator.n_estimators == 7
    assert bounds.get_params(deep=False)["divergence"] == "kl"
    assert "treatment" in CausalBounds().get_metadata_routing().fit.requests


def test_any_forest_with_leaves_will_do():
    forest = RandomForestRegressor(5, min_samples_leaf=10, random_state=0)
    assert np.isfinite(fitted(divergence="kl", outcome_estimator=forest).predict_bounds(X)).all()


def test_a_constant_outcome_has_its_worst_case():
    bounds = small(divergence=["kl", "js", "tv"]).fit(X, np.full(N, 0.4), treatment=TREATMENT)
    share = TREATMENT.mean()
    exact = small().fit(X, np.full(N, 0.4), treatment=TREATMENT)
    np.testing.assert_allclose(
        ends(exact), [[0.4 * share - 0.4 * (1 - share) - share, 0.4 * share + 1 - share - 0.4 * (1 - share)]]
    )
    assert (bounds.predict_bounds(X)[:, 0] <= exact.predict_bounds(X)[:, 0] + 1e-9).all()
    with pytest.raises(InputError, match='"sample" needs outcomes that vary'):
        small(outcome_bounds="sample").fit(X, np.full(N, 0.4), treatment=TREATMENT)


def test_a_zero_one_outcome_needs_no_support():
    binary = (Y > 0.4).astype(int)
    bounds = small(outcome_bounds=None, estimand="mean").fit(X, binary, treatment=TREATMENT)
    np.testing.assert_allclose(ends(bounds), [manski(1, phi=binary)])


# what is refused

WRONG = {
    "one treatment": ({}, {"treatment": np.zeros(N)}, "two labels or more"),
    "no treatment": ({}, {"treatment": None}, "treatment must hold the label"),
    "missing treatment": ({}, {"treatment": [None, *TREATMENT[1:]]}, "treatment must not have missing"),
    "short treatment": ({}, {"treatment": TREATMENT[1:]}, f"treatment has {N - 1}"),
    "missing outcome": ({}, {"y": np.append(Y[1:], np.nan)}, "Input y contains NaN"),
    "missing covariate": ({}, {"X": X.assign(x0=np.nan)}, "X must have no missing values; x0 have some"),
    "outcome outside": ({}, {"y": Y + 0.5}, r"\d+ of 200 rows lie outside it"),
    "function outside": ({"outcome_function": np.exp}, {}, "Values of outcome_function must lie in their support"),
    "function constant": ({"outcome_function": np.ones_like, "outcome_bounds": "sample"}, {}, "values of outcome_func"),
    "outcome outside, for its CDF": ({"estimand": "cdf"}, {"y": Y + 0.5}, "rows lie outside it"),
    "CDF of no threshold": ({"estimand": "cdf"}, {}, "needs at=, thresholds; None came"),
    "CDF at a text": ({"estimand": "cdf", "at": ["a"]}, {}, "needs at=, thresholds; .'a'. came"),
    "CDF of none at all": ({"estimand": "cdf", "at": []}, {}, "needs at=, thresholds"),
    "quantile of none": ({"estimand": "quantile"}, {}, "needs at=, probabilities between 0 and 1; None came"),
    "quantile at an end": ({"estimand": "quantile", "at": [0.5, 1.0]}, {}, "needs at=, probabilities between 0 and 1"),
    "great outcomes": ({"outcome_bounds": None, "odds_ratio_bound": 2}, {"y": Y * 1e200}, "at most 1e100.*Rescale"),
    "small outcomes": ({"outcome_bounds": None, "odds_ratio_bound": 2}, {"y": Y * 1e-200}, "at least 1e-100"),
    "great support": ({"outcome_bounds": (0, 1e200)}, {}, "outcome_bounds must be of at most 1e100"),
    "function of all": ({"outcome_function": lambda y: y - y.min()}, {}, "outcome_function must return the same for"),
    "support of all": (
        {"outcome_bounds": lambda x: np.tile([x["x0"].min() - 9, 9 + x["x0"].max()], (len(x), 1))},
        {},
        "outcome_bounds must return the same for a row",
    ),
    "policy of all": (
        {"estimand": "policy", "arm": lambda x: (x["x1"] > x["x1"].median()).astype(int)},
        {},
        "The policy must return the same for a row",
    ),
    "clusters of two types": ({}, {"clusters": np.array([1, "a"] * (N // 2), dtype=object)}, "clusters mixes labels"),
    "folds that split clusters": ({"cv": KFold(2)}, {"clusters": np.arange(N) % 7}, "trains on 7 of the clusters"),
    "unbounded": ({"outcome_bounds": None}, {}, "There are four ways out"),
    "too many treatments": ({}, {"treatment": THREE}, "compares two treatments, and there are 3"),
    "selection of three": ({"assumptions": ("mts",)}, {"treatment": THREE}, "for two treatments"),
    "infinite radius": ({"divergence": "reverse_kl"}, {}, "infinite f.0."),
    "unknown divergence": ({"divergence": "wasserstein"}, {}, "divergence must be one of"),
    "unknown estimand": ({"estimand": "late"}, {}, "The 'estimand' parameter of CausalBounds must be"),
    "unknown aggregation": ({"aggregation": "mean"}, {}, "The 'aggregation' parameter of CausalBounds must be"),
    "unknown assumption": ({"assumptions": ("iv",)}, {}, "assumptions must be a tuple"),
    "text for a tuple": ({"assumptions": "mtr"}, {}, "The 'assumptions' parameter of CausalBounds must be"),
    "no forest": ({"outcome_estimator": LinearRegression()}, {}, "The 'outcome_estimator' parameter"),
    "no classifier": ({"propensity_estimator": LinearRegression()}, {}, "The 'propensity_estimator' parameter"),
    "unknown arm": ({"arm": (2, 0)}, {}, "arm must be one of the treatments 0, 1"),
    "few rows": ({}, {"X": X[:3], "y": Y[:3], "treatment": [0, 1, 0]}, "minimum of 4"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_at_fit(case):
    parameters, given, told = WRONG[case]
    rows = {"X": X, "y": Y, "treatment": TREATMENT} | given
    with pytest.raises(ValueError, match=told):
        small(**parameters).fit(rows.pop("X"), rows.pop("y"), **rows)


def test_a_treatment_missing_from_a_fold_is_named():
    rare = np.append(TREATMENT[1:], 2)
    with (
        pytest.warns(UserWarning, match="least populated class"),
        pytest.raises(InputError, match=r"every treatment; 2 is missing from one\. Use fewer folds"),
    ):
        small(arm=(1, 0)).fit(X, Y, treatment=rare)


def test_what_needs_a_fit_says_so():
    bounds = CausalBounds()
    for method, given in (
        ("predict_bounds", [X]), ("average_bounds", []), ("gate", [TREATMENT]), ("conf_int", []), ("summary", []),
        ("cdf_bounds", [0.5]), ("quantile_bounds", [0.5]), ("quantile_effect_bounds", [0.5]),
        ("sensitivity_frontier", [[2]]), ("breakdown_value", []),
        ("benchmark", []), ("overlap", []),
    ):  # fmt: skip
        with pytest.raises(NotFittedError):
            getattr(bounds, method)(*given)


def test_methods_refuse_what_does_not_go_with_the_estimand(ate):
    cdf, att = fitted(estimand="cdf", at=0.5, outcome_bounds=None), fitted(estimand="att")
    for call in (
        lambda: cdf.predict_bounds(X), lambda: cdf.gate(TREATMENT), lambda: cdf.sensitivity_frontier([2]),
        cdf.breakdown_value, lambda: att.gate(TREATMENT),
    ):  # fmt: skip
        with pytest.raises(InputError, match="is not for estimand="):
            call()
    for call, told in (
        (lambda: ate.cdf_bounds([0.1, np.nan]), "at must hold one number"),
        (lambda: ate.cdf_bounds(0.5, arm=2), "arm must be one of"),
        (lambda: ate.quantile_bounds(1.0), "probabilities must lie between 0 and 1"),
        (ate.quantile_bounds, "probabilities must hold one number at least"),
        (lambda: ate.quantile_effect_bounds([0, 0.5]), "probabilities must lie between 0 and 1"),
        (lambda: ate.quantile_effect_bounds(0.5, arm=1), "needs arm=.treated, control.; 1 came"),
        (lambda: ate.quantile_bounds([]), "probabilities must hold one number at least"),
        (lambda: ate.sensitivity_frontier([0.5]), "at least 1"),
        (lambda: ate.sensitivity_frontier([]), "grid must hold one number"),
        (lambda: ate.sensitivity_frontier([2], parameter="rho"), "parameter must be one of odds_ratio"),
        (lambda: ate.sensitivity_frontier([0.5], parameter="divergence_bound"), "worst_case came"),
        (lambda: ate.breakdown_value(parameter="radius_scale"), "has the radius 0"),
        (lambda: ate.benchmark(["income"]), "columns must be covariates of fit, x0, .*'income' is not"),
        (lambda: ate.gate(TREATMENT[1:]), f"by has {N - 1}"),
        (lambda: ate.predict_bounds(X[["x0", "x1"]]), "feature names should match"),
        (lambda: ate.conf_int(1.5), "confidence_level"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def test_limits_are_those_of_the_average(ate):
    np.testing.assert_array_equal(ate.conf_int(0.9), ate.average_bounds().conf_int(0.9))
    parameter, whole = ate.conf_int(), ate.conf_int(target="set")
    assert whole[0, 0] < parameter[0, 0] < ends(ate)[0, 0]
    assert "Limits at 90%" in str(ate.summary(0.9))


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0, 5.0])
@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_no_average_effect_is_negative_where_no_ones_outcome_falls(estimand, ratio):
    """Whatever the odds ratio: rows may take the worse of two estimated rules, and their mean lie below zero."""
    given = {"assumptions": ("mtr",), "odds_ratio_bound": ratio, "estimand": estimand}
    X, y, treatment = sample(300, 3, design="heavy_tailed")
    bounds = small(**given | {"outcome_bounds": None}).fit(X, 3 * y, treatment=treatment).average_bounds()
    assert bounds.lower.value[0] >= 0
    turned = small(**given | {"outcome_bounds": None}, arm=(0, 1)).fit(X, 3 * y, treatment=treatment).average_bounds()
    assert turned.upper.value[0] <= 0
    falling = small(**given | {"outcome_bounds": None}, outcome_function=np.negative)
    assert falling.fit(X, 3 * y, treatment=treatment).average_bounds().upper.value[0] <= 0


def test_an_end_at_a_sure_zero_has_no_error():
    X, y, treatment = sample(300, 3)
    found = small(assumptions=("mtr",), odds_ratio_bound=4.0, outcome_bounds=(0, 1.4))
    found.fit(X, y - 0.4 * treatment + 0.4, treatment=treatment)
    bounds = found.average_bounds()
    with pytest.warns(KullbackWarning, match="the lower limit lies above"):
        limits = bounds.conf_int()
    assert (bounds.lower.value[0], bounds.lower.standard_error[0], limits[0, 0]) == (0.0, 0.0, 0.0)
    assert bounds.lower.names == ("ate",)


# what an answer must not depend on


def test_no_method_knows_the_scale_of_the_weights():
    weights = np.tile([1.0, 0.5, 2.0, 1.5], N // 4)
    one, other = (fitted(fit={"sample_weight": c * weights}, odds_ratio_bound=1.5) for c in (1.0, 1 / weights.sum()))
    assert np.ptp(other.propensity_[:, 1]) > 0.1
    answers = (
        lambda b: b.propensity_,
        ends,
        lambda b: b.conf_int(),
        lambda b: b.predict_bounds(X),
        lambda b: b.gate(TREATMENT).lower.value,
        lambda b: b.conditional_bounds(X[:5]).upper.value,
        lambda b: b.overlap().to_numpy(dtype=float),
        lambda b: b.benchmark().to_numpy(),
        lambda b: b.sensitivity_frontier([1.0, 2.0]).to_numpy(),
        lambda b: b.cdf_bounds([0.3, 0.6]).upper.value,
    )
    for answer in answers:
        np.testing.assert_allclose(answer(other), answer(one), rtol=1e-8)


ORDER = ["low", "medium", "high"]


@pytest.mark.parametrize("assumptions", [(), ("mtr",), ("mtr", "mts")])
def test_a_declared_order_of_treatments_is_that_of_their_numbers(assumptions):
    codes = TREATMENT if "mts" in assumptions else TREATMENT + (X["x0"] > 0).to_numpy()
    order = ORDER[:2][::-1] if "mts" in assumptions else ORDER  # not that of the alphabet
    labels = np.array(order)[codes]
    numbers = small(assumptions=assumptions, arm=(int(codes.max()), 0)).fit(X, Y, treatment=codes)
    for treatment in (pd.Categorical(labels, order, ordered=True), pl.Series(labels).cast(pl.Enum(order))):
        named = small(assumptions=assumptions, arm=(order[-1], order[0])).fit(X, Y, treatment=treatment)
        assert named.levels_.tolist() == order
        np.testing.assert_array_equal(named.propensity_, numbers.propensity_)
        np.testing.assert_array_equal(named.conf_int(), numbers.conf_int())


def test_the_default_arms_follow_the_declared_order():
    treatment = pd.Categorical(np.array(["new", "basic"])[TREATMENT], ["new", "basic"], ordered=True)
    np.testing.assert_array_equal(ends(small().fit(X, Y, treatment=treatment)), ends(fitted()))


def test_monotone_assumptions_on_texts_say_which_order_is_used():
    labels = np.array(["low", "high"])[TREATMENT]
    with pytest.warns(KullbackWarning, match="'high' < 'low' is used. Declare the order") as caught:
        small(assumptions=("mtr",)).fit(X, Y, treatment=labels)
    assert caught[0].filename == __file__
    assert small().fit(X, Y, treatment=labels).levels_.tolist() == ["high", "low"]


def test_bounds_know_no_units_of_covariates(ate):
    expected = fitted(odds_ratio_bound=1.5).predict_bounds(X)
    covariates = (X.round(6) + 1e9) * 1e3
    moved = small(odds_ratio_bound=1.5).fit(covariates, Y, treatment=TREATMENT)
    np.testing.assert_allclose(moved.predict_bounds(covariates), expected, atol=1e-3)


@pytest.mark.parametrize("method", ["forest", "boosting"])
def test_bounds_have_the_units_of_the_outcome(method):
    given = {"outcome_bounds": None, "outcome_estimator": None, "odds_ratio_bound": 1.5, "method": method}
    one, other = (small(**given).fit(X, c * Y, treatment=TREATMENT).predict_bounds(X) for c in (1.0, 2.0**-60))
    np.testing.assert_allclose(2.0**60 * other, one, rtol=1e-9)


def test_functions_of_covariates_see_the_names_that_fit_saw():
    def policy(x):
        return (x["x0"] > 0).astype(int)

    given = {"estimand": "policy", "outcome_bounds": lambda x: np.column_stack([x["x1"] - 9, x["x1"] + 9])}
    named = small(**given, arm=policy).fit(X, Y, treatment=TREATMENT)
    given["outcome_bounds"] = lambda x: np.column_stack([x[:, 1] - 9, x[:, 1] + 9])
    bare = small(**given, arm=lambda x: (x[:, 0] > 0).astype(int)).fit(X.to_numpy(), Y, treatment=TREATMENT)
    np.testing.assert_array_equal(named.conf_int(), bare.conf_int())
    np.testing.assert_array_equal(named.predict_bounds(X[:5]), bare.predict_bounds(X.to_numpy()[:5]))


def test_a_splitter_of_groups_gets_the_clusters():
    bounds = fitted(cv=GroupKFold(2), fit={"clusters": CLUSTERS})
    assert all(not set(CLUSTERS[a]) & set(CLUSTERS[b]) for a, b in bounds._sample.folds)


def test_parameters_set_after_fit_wait_for_the_next_one():
    at = np.array([0.3, 0.6])
    cdf = fitted(estimand="cdf", at=at)
    expected = cdf.conf_int()
    at[:] = 0.9
    cdf.set_params(estimand="ate", at=0.1, outcome_bounds=None)
    np.testing.assert_array_equal(cdf.conf_int(), expected)
    with pytest.raises(InputError, match="not for estimand='cdf'"):
        cdf.gate(TREATMENT)
    assert cdf.get_params()["estimand"] == "ate"
    assert clone(cdf).at == 0.1

    ate = fitted(propensity_estimator=LogisticRegression())
    factors = ate.benchmark().to_numpy()
    ate.set_params(propensity_estimator__C=1e-9, outcome_function=np.sqrt)
    np.testing.assert_array_equal(ate.benchmark().to_numpy(), factors)
    assert np.isfinite(ate.quantile_bounds([0.1, 0.9]).frame.to_numpy()).all()


def test_a_treatment_of_one_column_is_called_by_its_name():
    with pytest.warns(UserWarning, match="column-vector treatment was passed"):
        small().fit(X, Y, treatment=TREATMENT[:, None])


@pytest.mark.filterwarnings(
    "ignore:At .* rows the estimated lower bound lies above:kullback.exceptions.KullbackWarning"
)
@pytest.mark.parametrize("turned", [1, -1])
def test_no_effect_at_x_has_the_sign_that_response_excludes(turned):
    """With an odds ratio the lower end at X is below zero without it."""
    given = {"odds_ratio_bound": 3.0, "outcome_bounds": None, "outcome_function": lambda y: turned * y}
    free, assumed = (
        small(assumptions=a, **given).fit(X, Y, treatment=TREATMENT).predict_bounds(X) for a in ((), ("mtr",))
    )
    end = 0 if turned > 0 else 1
    assert (turned * free[:, end] < 0).any()
    assert (turned * assumed[:, end] >= 0).all()


@pytest.mark.parametrize("divergence", ["chi2", "kl", "hellinger"])
def test_a_propensity_of_one_does_not_make_an_average(divergence):
    """A forest of few trees is certain of arms that other rows contradict."""
    forest = RandomForestClassifier(5, random_state=0)
    with pytest.warns(KullbackWarning, match="propensity of 0 or 1"):
        found = (
            small(divergence=divergence, propensity_estimator=forest).fit(X, Y, treatment=TREATMENT).average_bounds()
        )
    assert not found.clipped.any()
    assert 1 <= found.width[0] < 1.7
    assert found.upper.standard_error[0] < 0.1


def test_the_worst_case_makes_no_laws():
    bounds = small().fit(X, Y, treatment=TREATMENT)
    arms = bounds._contrast.bounded
    found = bounds._sample.bounds([(bounds._model, bounds._functional, arm) for arm in arms])
    for arm, made in zip(arms, found, strict=True):
        np.testing.assert_array_equal(bounds._found[arm].lower_score, made.lower_score)
        np.testing.assert_array_equal(bounds._found[arm].upper_score, made.upper_score)


def test_methods_in_groups_are_not_for_the_effect_on_the_treated():
    bounds = small(estimand="att").fit(X, Y, treatment=TREATMENT)
    with pytest.raises(InputError, match="gate is not for estimand='att'; it has average_bounds"):
        bounds.gate(TREATMENT)


def test_covariates_of_text_are_named():
    with pytest.raises(InputError, match="X must hold numbers; region hold text"):
        small().fit(X.assign(region="south"), Y, treatment=TREATMENT)


def test_few_rows_of_a_treatment_are_told():
    treatment = np.where(np.arange(N) < 6, 2, TREATMENT)
    with pytest.warns(SmallCountWarning, match="Only 6 rows have the treatment 2"):
        small(arm=(1, 0)).fit(X, Y, treatment=treatment)


def test_rows_beyond_the_sample_are_told_of():
    bounds = fitted()
    far = X.head(2).mul([1, 50], axis=0)
    with pytest.warns(KullbackWarning, match="1 of 2 rows lie far further out than any row of the sample"):
        bounds.conditional_bounds(far)


def test_a_mean_has_no_null_of_itself():
    mean = fitted(estimand="mean", odds_ratio_bound=1.0)
    with pytest.raises(InputError, match="estimand='mean' has none of its own"):
        mean.breakdown_value()
    assert mean.breakdown_value(null=float(Y.mean())).null == pytest.approx(Y.mean())


def test_a_policy_of_other_labels_is_shown():
    with pytest.raises(InputError, match=r"it returned \['a', 'a', 'a'\], ..."):
        small(estimand="policy", arm=lambda x: np.full(len(x), "a")).fit(X, Y, treatment=TREATMENT)
