"""Area under the curve, Gini and Kolmogorov-Smirnov against slow definitions and other libraries."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from sklearn.metrics import roc_auc_score

from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference import Estimate
from kullback.metrics import gini, ks_statistic, roc_auc

ROUNDING = 1e-12


def scored_rows(seed=0, n=200, k=2, levels=12):
    """Two labels and correlated scores with ties."""
    rng = np.random.default_rng(seed)
    y = np.r_[0, 0, 1, 1, rng.integers(0, 2, n - 4)]
    signal = 0.8 * y + rng.normal(size=n)
    scores = signal[:, None] + 0.5 * rng.normal(size=(n, k))
    return y, np.round(scores * levels / 6)


def naive_delong(y, scores):
    """DeLong's areas and covariance by their definition: every pair, sample covariances of the components."""
    events, others = scores[y == 1], scores[y == 0]
    pairs = (events[:, None, :] > others[None]) + 0.5 * (events[:, None, :] == others[None])
    area = pairs.mean(axis=(0, 1))
    by_event, by_other = pairs.mean(axis=1), pairs.mean(axis=0)
    k = scores.shape[1]
    covariance = np.cov(by_event.T).reshape(k, k) / len(events) + np.cov(by_other.T).reshape(k, k) / len(others)
    return area, covariance


@given(seed=st.integers(0, 10_000), n=st.integers(8, 60), k=st.integers(1, 3), levels=st.integers(1, 40))
def test_area_and_covariance_are_delongs(seed, n, k, levels):
    y, scores = scored_rows(seed, n, k, levels)
    auc = roc_auc(y, scores)
    area, covariance = naive_delong(y, scores)
    np.testing.assert_allclose(auc.value, area, atol=ROUNDING)
    np.testing.assert_allclose(auc.covariance, covariance, atol=ROUNDING)


@given(seed=st.integers(0, 10_000))
def test_the_weighted_area_is_scikit_learns(seed):
    y, scores = scored_rows(seed, 80, 1)
    weight = np.random.default_rng(seed).uniform(0, 3, y.size)
    expected = roc_auc_score(y, scores[:, 0], sample_weight=weight)
    assert roc_auc(y, scores, sample_weight=weight).value[0] == pytest.approx(expected, abs=ROUNDING)


@given(seed=st.integers(0, 10_000))
def test_a_weight_is_a_repetition_for_the_value_and_the_influence_sums_to_zero(seed):
    y, scores = scored_rows(seed, 60)
    weight = np.random.default_rng(seed).integers(0, 4, y.size)
    weight[:4] = 1
    weighted = roc_auc(y, scores, sample_weight=weight)
    repeated = roc_auc(np.repeat(y, weight), np.repeat(scores, weight, axis=0))
    np.testing.assert_allclose(weighted.value, repeated.value, atol=ROUNDING)
    np.testing.assert_allclose(weighted.influence.sum(axis=0), 0, atol=ROUNDING)
    ks = ks_statistic(y, scores[:, 0], sample_weight=weight)
    again = ks_statistic(np.repeat(y, weight), np.repeat(scores[:, 0], weight))
    assert ks.statistic == pytest.approx(again.statistic, abs=ROUNDING)
    assert ks.threshold == again.threshold


def test_rows_of_one_cluster_count_as_the_repetitions_they_are():
    y, scores = scored_rows(1, 120)
    twice = roc_auc(np.tile(y, 2), np.tile(scores, (2, 1)), clusters=np.tile(np.arange(120), 2))
    once = roc_auc(y, scores)
    # the factor m / (m - 1) of each class counts rows, here twice as many
    np.testing.assert_allclose(twice.standard_error, once.standard_error, rtol=0.01)


def test_a_paired_difference_is_sharper_than_an_independent_one():
    y, scores = scored_rows(2, 400)
    both = roc_auc(y, scores, sample_id="holdout")
    paired = both[0] - both[1]
    apart = roc_auc(y, scores[:, 0], sample_id="a") - roc_auc(y, scores[:, 1], sample_id="b")
    _, covariance = naive_delong(y, scores)
    assert paired.standard_error[0] == pytest.approx(np.sqrt([1, -1] @ covariance @ [1, -1]), rel=1e-9)
    assert apart.standard_error[0] == pytest.approx(np.sqrt(np.trace(covariance)), rel=1e-9)
    assert paired.standard_error[0] < apart.standard_error[0]
    separately = roc_auc(y, scores[:, 0], sample_id="holdout") - roc_auc(y, scores[:, 1], sample_id="holdout")
    assert separately.standard_error[0] == pytest.approx(paired.standard_error[0], rel=1e-9)


def test_only_the_order_of_scores_matters():
    y, scores = scored_rows(3)
    before, after = roc_auc(y, scores), roc_auc(y, np.exp(scores) + 3)
    np.testing.assert_allclose(after.value, before.value, atol=ROUNDING)
    np.testing.assert_allclose(after.covariance, before.covariance, atol=ROUNDING)
    assert ks_statistic(y, scores[:, 0]).statistic == ks_statistic(y, np.exp(scores[:, 0])).statistic


def test_turned_scores_or_labels_give_the_complement():
    y, scores = scored_rows(4)
    auc = roc_auc(y, scores)
    np.testing.assert_allclose(roc_auc(y, -scores).value, 1 - auc.value, atol=ROUNDING)
    np.testing.assert_allclose(roc_auc(y, scores, pos_label=0).value, 1 - auc.value, atol=ROUNDING)
    np.testing.assert_allclose(roc_auc(y, -scores).standard_error, auc.standard_error, atol=ROUNDING)


def test_ends_of_the_range():
    y = [0, 0, 1, 1]
    assert roc_auc(y, [1, 2, 3, 4]).value == 1
    assert roc_auc(y, [1, 2, 3, 4]).standard_error == 0
    assert roc_auc(y, [5, 5, 5, 5]).value == 0.5
    assert roc_auc(y, [5, 5, 5, 5]).standard_error == 0


def test_the_interval_covers():
    rng = np.random.default_rng(5)
    truth = stats.norm.cdf(1 / np.sqrt(2))
    y = np.repeat([0, 1], [150, 60])
    limits = np.array([roc_auc(y, rng.normal(size=210) + y).conf_int()[0] for _ in range(500)])
    covered = ((limits[:, 0] <= truth) & (truth <= limits[:, 1])).mean()
    assert stats.binom.ppf(0.0005, 500, 0.95) / 500 <= covered <= stats.binom.ppf(0.9995, 500, 0.95) / 500


def test_limits_are_those_of_the_log_odds():
    y, scores = scored_rows(11, 60)
    auc = roc_auc(y, scores)
    on_scale = auc.delta(special.logit, lambda a: np.diag(1 / (a * (1 - a))))
    np.testing.assert_allclose(auc.conf_int(), special.expit(on_scale.conf_int()), rtol=1e-10)
    np.testing.assert_allclose(auc.test().pvalue, on_scale.test(0.0).pvalue, rtol=1e-10)
    g = gini(y, scores)
    np.testing.assert_allclose(g.conf_int(0.8), 2 * auc.conf_int(0.8) - 1, atol=1e-10)
    np.testing.assert_allclose(g.test().pvalue, auc.test(0.5).pvalue, rtol=1e-8)


@pytest.mark.filterwarnings("ignore:.* clusters. below:kullback.exceptions.SmallCountWarning")
@pytest.mark.parametrize("sizes", [(7, 3), (3, 7), (13, 11), (49, 50)])
def test_separated_classes_have_the_limit_of_disjoint_pairs(sizes):
    y = np.repeat([0, 1], sizes)
    score = np.arange(y.size) / 7
    both, clusters = np.column_stack([score, -score]), np.arange(y.size) // 2
    least = 0.025 ** (1 / min(sizes))
    with pytest.warns(SmallCountWarning, match="'roc_auc0' is 1 .* 'roc_auc1' is 0"):
        limits = roc_auc(y, both).conf_int()
    np.testing.assert_allclose(limits, [[least, 1], [0, 1 - least]])
    with pytest.warns(SmallCountWarning):
        np.testing.assert_allclose(gini(y, both).conf_int(), 2 * limits - 1, atol=1e-12)
    with pytest.warns(SmallCountWarning):
        assert roc_auc(y, score, sample_weight=np.full(y.size, 3)).conf_int()[0, 0] == pytest.approx(least)
    fewer = min(sizes) * (clusters.max() + 1) / y.size
    assert roc_auc(y, score, clusters=clusters).trials == pytest.approx(fewer)


def test_gini_is_twice_the_area_less_one():
    y, scores = scored_rows(6)
    auc, g = roc_auc(y, scores), gini(y, scores)
    assert isinstance(g, Estimate)
    assert g.names == ("gini0", "gini1")
    np.testing.assert_allclose(g.value, 2 * auc.value - 1, atol=ROUNDING)
    np.testing.assert_allclose(g.standard_error, 2 * auc.standard_error, atol=ROUNDING)
    # Somers' D of the score given the outcome
    assert g.value[0] == pytest.approx(stats.somersd(y, scores[:, 0]).statistic, abs=1e-9)


def test_names_come_from_the_columns():
    y, scores = scored_rows(7)
    frame = pd.DataFrame(scores, columns=["champion", "challenger"])
    assert roc_auc(y, frame).names == ("champion", "challenger")
    assert gini(y, frame).names == ("champion", "challenger")
    assert roc_auc(y, frame, names=["a", "b"]).names == ("a", "b")
    assert roc_auc(y, scores[:, 0]).names == ("roc_auc",)


@pytest.mark.filterwarnings("ignore:ks_2samp:RuntimeWarning")  # of scipy's own call here
@given(seed=st.integers(0, 10_000), levels=st.integers(2, 60))
def test_ks_is_scipys(seed, levels):
    y, scores = scored_rows(seed, 60, 1, levels)
    score = scores[:, 0]
    expected = stats.ks_2samp(score[y == 1], score[y == 0])
    ks = ks_statistic(y, score)
    assert ks.statistic == pytest.approx(expected.statistic, abs=ROUNDING)
    assert ks.pvalue == pytest.approx(expected.pvalue)
    at = [(score[y == label] <= ks.threshold).mean() for label in (0, 1)]
    assert abs(at[0] - at[1]) == pytest.approx(ks.statistic, abs=ROUNDING)


def test_ks_is_silent_where_scipy_changes_its_method():
    y, scores = scored_rows(3541, 60, 1, 2)
    assert 0 <= ks_statistic(y, scores[:, 0]).pvalue <= 1


def test_the_error_of_ks_is_that_of_a_difference_of_proportions():
    y, scores = scored_rows(8)
    ks = ks_statistic(y, scores[:, 0])
    at = [(scores[y == label, 0] <= ks.threshold).mean() for label in (0, 1)]
    variance = sum(p * (1 - p) / (y == label).sum() for label, p in enumerate(at))
    assert ks.difference.standard_error[0] == pytest.approx(np.sqrt(variance), rel=1e-9)


def test_ks_has_no_pvalue_where_its_law_does_not_hold():
    y, scores = scored_rows(9)
    assert ks_statistic(y, scores[:, 0], sample_weight=np.ones(200)).pvalue is None
    clustered = ks_statistic(y, scores[:, 0], clusters=np.arange(200) // 2)
    assert clustered.pvalue is None
    assert clustered.difference.influence.shape == (100, 1)


@pytest.mark.parametrize("measure", [roc_auc, gini, ks_statistic])
@pytest.mark.parametrize(
    ("y", "score", "more", "message"),
    [
        ([0, 1, 1], [1, 2], {}, "score has 2"),
        ([0, 1, 1], [1, np.nan, 2], {}, "finite; it is not in 1 of 3 rows, the first being row 1"),
        ([1, 1, 1], [1, 2, 3], {}, "one class only"),
        ([0, 1, 2], [1, 2, 3], {}, "holds 3"),
        ([0, 1, 1], ["a", "b", "c"], {}, "must be numbers"),
        ([0, 1, 1], [[[1]], [[2]], [[3]]], {}, "must have shape"),
        ([0, 1, 1], [1, 2, 3], {"sample_weight": [1, -1, 1]}, "not negative"),
        ([0, 1, 1], [1, 2, 3], {"sample_weight": [0, 1, 1]}, "zero in all rows of 0"),
        ([0, 1, 1], [1, 2, 3], {"pos_label": 7}, "pos_label=7"),
        ([0, 0, 1, 1], [1, 2, 3, 4], {"clusters": [1, 2]}, "clusters has 2"),
    ],
)
def test_bad_input_is_named(measure, y, score, more, message):
    with pytest.raises(InputError, match=message):
        measure(y, score, **more)


def test_ks_takes_one_score():
    with pytest.raises(InputError, match="2 columns"):
        ks_statistic([0, 0, 1, 1], [[1, 2]] * 4)


def test_a_class_of_one_row_is_told():
    with pytest.warns(SmallCountWarning, match="Only one row is 1"):
        auc = roc_auc([0, 0, 1], [1, 3, 2])
    assert auc.value == 0.5


def test_a_million_rows_take_seconds():
    rng = np.random.default_rng(10)
    y = rng.integers(0, 2, 1_000_000)
    assert 0.75 < float(roc_auc(y, y + rng.normal(size=y.size))) < 0.77


def test_the_p_value_of_an_area_is_about_one_half():
    rng = np.random.default_rng(0)
    auc = roc_auc(rng.integers(0, 2, 400), rng.normal(size=400))
    assert auc.to_frame()["pvalue"].iloc[0] == pytest.approx(auc.test(0.5).pvalue[0])
    assert auc.to_frame()["pvalue"].iloc[0] > 0.01


def test_a_masked_score_is_never_ranked():
    with pytest.raises(InputError, match="score is a masked array; leave its masked entries out"):
        roc_auc([0, 1, 1], np.ma.array([0.1, 0.2, 0.3], mask=[0, 1, 0]))
