"""Calibration against definitions, other libraries and the sizes that its tests claim."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss, log_loss

from kullback.exceptions import InputError, KullbackWarning
from kullback.metrics import calibration_table, calibration_test

ROUNDING = 1e-12


def predictions(seed=0, n=400, shift=0.0, slope=1.0):
    """Outcomes whose log odds are shift + slope times the predicted ones, and the predictions."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(-1, 1, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-shift - slope * logit))).astype(int)
    y[:2] = 0, 1
    return y, 1 / (1 + np.exp(-logit))


@given(seed=st.integers(0, 10_000))
def test_scores_are_scikit_learns(seed):
    y, p = predictions(seed)
    weight = np.random.default_rng(seed).uniform(0, 2, y.size)
    result = calibration_test(y, p, sample_weight=weight)
    assert float(result.brier_score) == pytest.approx(brier_score_loss(y, p, sample_weight=weight), abs=ROUNDING)
    assert float(result.log_loss) == pytest.approx(log_loss(y, p, sample_weight=weight), abs=ROUNDING)
    gap = np.average(y - p, weights=weight)
    assert float(result.in_the_large) == pytest.approx(gap, abs=ROUNDING)


def test_cox_is_the_logistic_regression_on_the_log_odds():
    y, p = predictions(1)
    design = np.column_stack([np.ones(y.size), np.log(p / (1 - p))])
    fit = sm.Logit(y, design).fit(disp=0, method="newton", tol=1e-12, cov_type="HC0")
    result = calibration_test(y, p)
    np.testing.assert_allclose(result.cox.value, fit.params, atol=1e-7)  # two optimisers
    np.testing.assert_allclose(result.cox.standard_error, fit.bse, rtol=1e-6)
    calibrated = stats.binom.logpmf(y, 1, p).sum()
    assert float(result.cox_test.statistic) == pytest.approx(2 * (fit.llf - calibrated), abs=1e-8)
    assert float(result.cox_test.pvalue) == pytest.approx(stats.chi2.sf(float(result.cox_test.statistic), 2), rel=1e-9)


def test_cox_finds_what_is_wrong():
    y, p = predictions(2, n=20_000, shift=0.5, slope=0.6)
    cox = calibration_test(y, p).cox
    limits = cox.conf_int(0.999)
    assert limits[0, 0] < 0.5 < limits[0, 1]
    assert limits[1, 0] < 0.6 < limits[1, 1]
    assert calibration_test(y, p).cox_test.pvalue < 1e-6


@given(seed=st.integers(0, 10_000))
def test_a_weight_is_a_repetition_for_every_measure(seed):
    y, p = predictions(seed, 150)
    weight = np.random.default_rng(seed).integers(0, 4, y.size)
    weight[:2] = 1
    weighted = calibration_test(y, p, sample_weight=weight, bins=5)
    repeated = calibration_test(np.repeat(y, weight), np.repeat(p, weight), bins=5)
    for name in ("cox", "in_the_large", "brier_score", "log_loss"):
        np.testing.assert_allclose(getattr(weighted, name).value, getattr(repeated, name).value, atol=1e-7)
    assert weighted.expected_calibration_error == pytest.approx(repeated.expected_calibration_error, abs=1e-10)
    assert weighted.cox_test.method == "chi-square (Wald)"
    columns = ["n", "events", "lowest", "highest", "mean_predicted", "event_rate"]
    np.testing.assert_allclose(
        calibration_table(y, p, sample_weight=weight, bins=5)[columns],
        calibration_table(np.repeat(y, weight), np.repeat(p, weight), bins=5)[columns],
        atol=1e-10,
    )


def test_scaling_the_weights_changes_nothing():
    y, p = predictions(3)
    weight = np.random.default_rng(3).uniform(0.5, 2, y.size)
    one, other = (calibration_test(y, p, sample_weight=c * weight) for c in (1.0, 1e-3))
    np.testing.assert_allclose(one.summary().frame["value"], other.summary().frame["value"], rtol=1e-7)
    np.testing.assert_allclose(
        one.summary().frame["pvalue"].dropna(), other.summary().frame["pvalue"].dropna(), rtol=1e-6
    )


def test_hosmer_lemeshow_and_the_expected_error_by_hand():
    y, p = predictions(4, 1000)
    result = calibration_test(y, p, bins=10)
    groups = np.array_split(np.argsort(p), 10)
    statistic = sum((y[g].sum() - p[g].sum()) ** 2 / (len(g) * p[g].mean() * (1 - p[g].mean())) for g in groups)
    assert float(result.hosmer_lemeshow.statistic) == pytest.approx(statistic, rel=1e-9)
    assert float(result.hosmer_lemeshow.pvalue) == pytest.approx(stats.chi2.sf(statistic, 10), rel=1e-9)
    error = sum(len(g) * abs(y[g].mean() - p[g].mean()) for g in groups) / 1000
    assert result.expected_calibration_error == pytest.approx(error, abs=ROUNDING)
    assert float(calibration_test(y, p, fitted=True).hosmer_lemeshow.df) == 8


def test_spiegelhalter_by_its_definition():
    y, p = predictions(5)
    expected, variance = (p * (1 - p)).mean(), ((1 - 2 * p) ** 2 * p * (1 - p)).sum() / y.size**2
    z = (((y - p) ** 2).mean() - expected) / np.sqrt(variance)
    test = calibration_test(y, p).spiegelhalter
    assert float(test.statistic) == pytest.approx(z, rel=1e-9)
    assert float(test.pvalue) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


def test_sizes_at_five_per_cent():
    """Accepted by the binomial law for 400 samples, with a point for the finite size of the samples."""
    replications = 400
    rejected = np.zeros(4)
    for seed in range(replications):
        rng = np.random.default_rng([7, seed])
        p = rng.beta(2, 8, 1000)
        result = calibration_test(rng.random(1000) < p, p)
        pvalues = (
            result.cox_test.pvalue,
            result.spiegelhalter.pvalue,
            result.hosmer_lemeshow.pvalue,
            result.in_the_large.test().pvalue[0],
        )
        rejected += np.array(pvalues, dtype=float) < 0.05
    low, high = stats.binom.ppf([0.0005, 0.9995], replications, 0.05) / replications
    assert (rejected / replications >= low - 0.01).all()
    assert (rejected / replications <= high + 0.01).all()


def test_two_models_on_the_same_rows_are_paired():
    y, p = predictions(6)
    worse = np.clip(p + 0.05, 0, 1)
    gap = (
        calibration_test(y, p, sample_id="test").brier_score - calibration_test(y, worse, sample_id="test").brier_score
    )
    loss = (y - p) ** 2 - (y - worse) ** 2
    assert gap.standard_error[0] == pytest.approx(loss.std() / np.sqrt(y.size), rel=1e-9)


def test_the_summary_names_every_measure_and_warns_of_fitted_rows():
    y, p = predictions(7)
    result = calibration_test(y, p, fitted=True)
    assert list(result.summary().frame.index) == [
        "Cox intercept",
        "Cox slope",
        "observed less predicted",
        "Brier score",
        "log loss (nats)",
        "expected calibration error",
        "Cox joint test",
        "Spiegelhalter z",
        "Hosmer-Lemeshow",
    ]
    assert "fitted to these rows" in repr(result)
    assert "<table" in result._repr_html_()
    assert "fitted to these rows" not in str(calibration_test(y, p).summary())


def test_two_grades_fitted_leave_no_degree_of_freedom():
    y, p = predictions(8)
    grade = np.where(p > 0.3, 0.45, 0.15)
    result = calibration_test(y, grade, fitted=True)
    assert result.hosmer_lemeshow is None
    assert "Hosmer-Lemeshow" not in result.summary().frame.index


def test_the_table_by_hand():
    y, p = predictions(9, 1000)
    table = calibration_table(y, p, bins=4, confidence_level=0.9)
    groups = np.array_split(np.argsort(p), 4)
    for row, g in zip(table.itertuples(), groups, strict=True):
        events = int(y[g].sum())
        limits = stats.binomtest(events, len(g)).proportion_ci(0.9, method="wilson")
        assert (row.n, row.events) == (250, events)
        assert (row.lowest, row.highest) == (p[g].min(), p[g].max())
        assert row.mean_predicted == pytest.approx(p[g].mean())
        assert (row.lower, row.upper) == pytest.approx((limits.low, limits.high))
        pvalue = stats.beta(events + 0.5, len(g) - events + 0.5).cdf(p[g].mean())
        assert row.jeffreys_pvalue == pytest.approx(pvalue)


def test_limits_of_a_group_without_events_hold_its_rate():
    table = calibration_table([0] * 10 + [1] * 10, [0.1] * 10 + [0.9] * 10, bins=2)
    assert table["lower"].tolist()[0] == 0
    assert table["upper"].tolist()[1] == 1


def test_cuts_make_the_groups_and_empty_ones_are_left_out():
    y, p = predictions(10)
    table = calibration_table(y, p, bins=[0.2, 0.5, 2.0])
    assert table["n"].tolist() == [(p < 0.2).sum(), ((p >= 0.2) & (p < 0.5)).sum(), (p >= 0.5).sum()]
    assert (table["highest"].to_numpy()[:-1] < table["lowest"].to_numpy()[1:]).all()


def test_certainty_is_moved_with_a_warning():
    y, p = predictions(11)
    p[:2] = 0.0, 1.0
    with pytest.warns(KullbackWarning, match="2 of 400 probabilities are 0 or 1"):
        result = calibration_test(y, p)
    assert np.isfinite(result.summary().frame["value"]).all()


@pytest.mark.parametrize("measure", [calibration_test, calibration_table])
@pytest.mark.parametrize(
    ("y", "p", "more", "message"),
    [
        ([0, 1, 1], [0.1, 0.2], {}, "probability has 2"),
        ([0, 1, 1], [0.1, np.nan, 0.2], {}, "probability must be finite"),
        ([0, 1, 1], [0.1, 1.2, 0.2], {}, r"in \[0, 1\]; 1 of 3 rows do not, such as 1.2"),
        ([0, 1, 1], [0.1, -0.2, 0.2], {}, r"in \[0, 1\]"),
        ([0, 1, 1], [[0.1, 0.9]] * 3, {}, "predict_proba"),
        ([1, 1, 1], [0.1, 0.2, 0.3], {}, "one class only"),
        ([0, 1, 1], [0.1, 0.2, 0.3], {"sample_weight": [1, 1, -1]}, "not negative"),
        ([0, 1, 1], [0.1, 0.2, 0.3], {"bins": 0}, "at least 1"),
        ([0, 1, 1], [0.1, 0.2, 0.3], {"bins": 2.5}, "whole number"),
        ([0, 1, 1], [0.1, 0.2, 0.3], {"bins": [0.5, 0.2]}, "ascending"),
    ],
)
def test_bad_input_is_named(measure, y, p, more, message):
    with pytest.raises(InputError, match=message):
        measure(y, p, **more)


def test_one_probability_has_no_slope():
    with pytest.raises(InputError, match=r"All probabilities are 0\.3"):
        calibration_test([0, 1, 0, 1], [0.3] * 4)


@pytest.mark.parametrize("flip", [False, True])
def test_classes_that_share_a_probability_on_their_border_only_have_no_slope(flip):
    """No event below .3, and both classes at .3: the likelihood rises with the slope for ever."""
    p = np.repeat([0.05, 0.3], [200, 100])
    y = np.repeat([0, 1, 0], [200, 30, 70])
    with pytest.raises(InputError, match="separate events from non-events"):
        calibration_test(1 - y if flip else y, p)


def test_separated_classes_have_no_slope():
    with pytest.raises(InputError, match="separate events from non-events"):
        calibration_test([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.3, 0.6, 0.7, 0.8])
