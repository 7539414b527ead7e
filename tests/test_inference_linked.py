"""Estimates with a bounded range: the same laws as on the scale without bounds, and exact ones at the ends."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference import Estimate, LinkedEstimate

SCALES = {
    "log": (np.log, lambda v: 1 / v, 0.0, np.inf),
    "logit": (special.logit, lambda v: 1 / (v * (1 - v)), 0.0, 1.0),
    "atanh": (lambda v: special.logit((1 + v) / 2), lambda v: 2 / (1 - v * v), -1.0, 1.0),
}


def linked(value, error, link, **options):
    return LinkedEstimate(np.atleast_1d(value), np.diag(np.atleast_1d(np.asarray(error, float))), link=link, **options)


@pytest.mark.parametrize("link", SCALES)
@given(place=st.floats(-4, 4), relative=st.floats(0.01, 1.0), level=st.floats(0.5, 0.99))
def test_limits_and_tests_are_walds_on_the_scale(link, place, relative, level):
    scale, slope, low, high = SCALES[link]
    value = {"log": np.exp, "logit": special.expit, "atanh": lambda x: 2 * special.expit(x) - 1}[link](place)
    estimate = linked(value, relative / slope(value), link)
    on_scale = Estimate([scale(value)], [[relative]])
    limits = estimate.conf_int(level)
    np.testing.assert_allclose(scale(limits), on_scale.conf_int(level), rtol=1e-7, atol=1e-9)
    assert low <= limits[0, 0] <= value <= limits[0, 1] <= high
    null = {"log": 0.7, "logit": 0.4, "atanh": 0.1}[link]
    for alternative in ("two-sided", "less", "greater"):
        expected = on_scale.test(scale(null), alternative)
        found = estimate.test(null, alternative)
        np.testing.assert_allclose([found.statistic, found.pvalue], [expected.statistic, expected.pvalue], rtol=1e-7)
        assert found.null == null


@pytest.mark.parametrize(
    ("link", "value", "trials", "shift"),
    [("log", 0.0, 7, 0.3), ("logit", 0.0, 12, 0), ("logit", 1.0, 12, 0), ("atanh", -1.0, 3, 0), ("atanh", 1.0, 3, 0)],
)
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_limits_and_tests_agree_at_the_ends_of_the_range(link, value, trials, shift, level):
    estimate = linked(value, 0, link, trials=trials, shift=shift)
    with pytest.warns(SmallCountWarning, match=rf"is {value:g} \({trials} trials\)"):
        limits = estimate.conf_int(level)[0]
    own, other = limits if value == SCALES[link][2] else limits[::-1]
    assert own == value
    with pytest.warns(SmallCountWarning):
        assert estimate.test(other).pvalue == pytest.approx(1 - level, rel=1e-9)
    towards, away = ("less", "greater") if value == SCALES[link][2] else ("greater", "less")
    with pytest.warns(SmallCountWarning):
        assert estimate.test(other, towards).pvalue == pytest.approx((1 - level) / 2, rel=1e-9)
    with pytest.warns(SmallCountWarning):
        assert estimate.test(other, away).pvalue >= 0.5
    with pytest.warns(SmallCountWarning):
        assert estimate.test(value).pvalue == 1


def test_a_share_at_its_end_has_clopper_and_pearsons_limit():
    estimate = linked([0.0, 1.0], [0, 0], "logit", trials=20)
    with pytest.warns(SmallCountWarning):
        limits = estimate.conf_int(0.9)
    for k, found in zip((0, 20), limits, strict=True):
        exact = stats.binomtest(k, 20).proportion_ci(0.9, method="exact")
        np.testing.assert_allclose(found, [exact.low, exact.high], rtol=1e-12)


def test_a_null_at_the_other_end_is_certain_to_be_wrong():
    estimate = linked([1.0, 0.5], [0.0, 0.1], "logit", trials=4)
    with pytest.warns(SmallCountWarning):
        test = estimate.test([0.0, 1.0])
    assert test.statistic.tolist() == [np.inf, -np.inf]
    assert test.pvalue.tolist() == [0, 0]


def test_the_null_is_by_default_that_of_no_effect():
    estimate = linked([1.5, 0.8], [0.3, 0.2], "log", null=1.0)
    np.testing.assert_array_equal(estimate.test().pvalue, estimate.test(1.0).pvalue)
    np.testing.assert_array_equal(estimate.to_frame()["pvalue"], estimate.test(1.0).pvalue)
    np.testing.assert_array_equal(estimate.to_frame(0.9)[["lower", "upper"]], estimate.conf_int(0.9))


def test_arithmetic_gives_plain_estimates_and_choice_keeps_the_scale():
    rng = np.random.default_rng(0)
    influence = rng.normal(size=(60, 2)) / 100
    estimate = LinkedEstimate([0.6, 1.0], influence, link="logit", trials=[9, 6], names=["a", "b"], null=0.5)
    for plain in (2 * estimate, estimate - 1, estimate["a"] - estimate["b"], estimate.delta(lambda v: v**2)):
        assert type(plain) is Estimate
    assert type(Estimate.concatenate([estimate])) is Estimate
    labels = np.arange(60) // 3
    for kept, trials in (
        (estimate[["b", "a"]], [6, 9]),
        (estimate.cluster(labels)[::-1], [2, 3]),
        (estimate.condense()[[1, 0]], [6, 9]),
        (pickle.loads(pickle.dumps(estimate))[["b", "a"]], [6, 9]),
    ):
        assert (type(kept), kept.link, kept.null, kept.names) == (LinkedEstimate, "logit", 0.5, ("b", "a"))
        assert kept.trials.tolist() == trials
    np.testing.assert_allclose(estimate.condense().covariance, estimate.covariance, rtol=1e-10)
    np.testing.assert_allclose(
        estimate.cluster(labels).covariance, Estimate([0, 0], influence).cluster(labels).covariance, rtol=1e-10
    )


def test_the_joint_test_is_on_the_scale():
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    estimate = LinkedEstimate([1.5, 0.8], np.linalg.cholesky(covariance).T, link="log", null=1.0)
    gap, scaled = np.log([1.5, 0.8]), covariance / np.outer([1.5, 0.8], [1.5, 0.8])
    joint = estimate.wald_test()
    assert joint.statistic == pytest.approx(gap @ np.linalg.solve(scaled, gap))
    assert joint.df == 2
    with pytest.raises(InputError, match="inside the range"):
        estimate.wald_test(0.0)
    with pytest.raises(InputError, match="inside the range"):
        linked([0.0, 1.0], [0, 0.1], "log", null=1.0).wald_test()


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (1.2, {"link": "logit"}, r"value must lie in \[0, 1\]; 1.2 came"),
        (-0.1, {"link": "log"}, r"value must lie in \[0, inf\]; -0.1 came"),
        (0.5, {"link": "probit"}, "'log', 'logit', 'atanh'; 'probit' came"),
        (0.5, {"link": "logit", "trials": 0}, "trials must be positive"),
    ],
)
def test_what_lies_outside_is_refused(value, options, message):
    with pytest.raises(InputError, match=message):
        LinkedEstimate([value], [[0.1]], **options)


@pytest.mark.parametrize("null", [-0.5, np.nan, np.inf])
def test_a_null_outside_the_range_is_refused(null):
    with pytest.raises(InputError, match=r"null must lie in \[0, inf\]"):
        linked(1.0, 0.1, "log").test(null)
