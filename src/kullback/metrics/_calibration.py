"""Whether predicted probabilities are the frequencies that follow."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from kullback._table import SummaryTable
from kullback._typing import ArrayLike, BoolArray, FloatArray, IntArray
from kullback.exceptions import InputError, KullbackWarning
from kullback.inference import Estimate, TestResult
from kullback.metrics._rows import LabelledRows, probability_groups, read_probability, read_rows, wilson_limits

__all__ = ["CalibrationResult", "calibration_table", "calibration_test"]

_SEPARATED = (
    "The probabilities separate events from non-events, so the calibration slope is infinite. Check that the outcome "
    "is not among the predictors, or use more rows."
)

SMALLEST = 1e-12
"""Probabilities are kept this far from 0 and 1, where the log odds and the log loss are infinite."""


@dataclass(frozen=True, repr=False)
class CalibrationResult:
    """Measures and tests of calibration; see :func:`calibration_test`.

    Attributes
    ----------
    cox : Estimate
        "intercept" and "slope" of the outcome's log odds on the predicted log odds: 0 and 1 when calibrated.
    cox_test : TestResult
        Joint test of intercept 0 and slope 1.
    in_the_large : Estimate
        Mean outcome less mean prediction: positive where risk is underestimated.
    brier_score, log_loss : Estimate
        Mean squared error and mean negative log-likelihood (nats).
    spiegelhalter : TestResult
        z statistic: positive where outcomes are further from the predictions than these imply.
    hosmer_lemeshow : TestResult or None
        None where `fitted` leaves no degree of freedom.
    expected_calibration_error : float
        Mean over groups of the distance between event rate and mean prediction, weighted by rows. It is positive by
        chance alone.
    fitted : bool
        Whether the probabilities were fitted to these rows.
    """

    cox: Estimate
    cox_test: TestResult
    in_the_large: Estimate
    brier_score: Estimate
    log_loss: Estimate
    spiegelhalter: TestResult
    hosmer_lemeshow: TestResult | None
    expected_calibration_error: float
    fitted: bool

    def summary(self, confidence_level: float = 0.95) -> SummaryTable:
        """Return the table of measures with limits and of tests with p-values."""
        import pandas as pd

        rows: dict[str, dict[str, float]] = {}
        for name, estimate, null in (
            ("Cox intercept", self.cox["intercept"], 0.0),
            ("Cox slope", self.cox["slope"], 1.0),
            ("observed less predicted", self.in_the_large, 0.0),
            ("Brier score", self.brier_score, None),
            ("log loss (nats)", self.log_loss, None),
        ):
            lower, upper = estimate.conf_int(confidence_level)[0]
            rows[name] = {"value": float(estimate), "lower": lower, "upper": upper}
            if null is not None:
                rows[name]["pvalue"] = float(estimate.test(null).pvalue[0])
        rows["expected calibration error"] = {"value": self.expected_calibration_error}
        for name, test in (
            ("Cox joint test", self.cox_test),
            ("Spiegelhalter z", self.spiegelhalter),
            ("Hosmer-Lemeshow", self.hosmer_lemeshow),
        ):
            if test is not None:
                rows[name] = {"value": float(test.statistic), "pvalue": float(test.pvalue)}
                if test.df is not None:
                    rows[name]["df"] = float(test.df)
        frame = pd.DataFrame.from_dict(rows, orient="index")[["value", "lower", "upper", "df", "pvalue"]]
        return SummaryTable(frame, title="Calibration", notes=self._notes(confidence_level))

    def _notes(self, confidence_level: float) -> tuple[str, ...]:
        notes = [
            f"Limits at {confidence_level:.0%}. p-values: intercept 0, slope 1, difference 0; joint test: "
            f"{self.cox_test.method}."
        ]
        if self.fitted:
            notes.append(
                "The probabilities were fitted to these rows: intercept, slope, difference and Spiegelhalter's z "
                "look better than they will on new rows."
            )
        return tuple(notes)

    def __repr__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


def calibration_test(
    y: Any,
    probability: Any,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
    fitted: bool = False,
    bins: int | ArrayLike = 10,
    sample_id: Hashable = None,
) -> CalibrationResult:
    """Measure and test the calibration of probabilities.

    Parameters
    ----------
    y : (rows,) array-like
        Two labels; the event is `pos_label`, or the greater.
    probability : (rows,) array-like
        Predicted probability of the event, in [0, 1].
    sample_weight : (rows,) array-like, optional
        A weight counts as repetition for the measures; tests and standard errors treat it as a sampling weight.
    pos_label : label, optional
    fitted : bool
        Whether the probabilities were fitted to these very rows. The Hosmer-Lemeshow statistic has as many
        degrees of freedom as groups for probabilities fixed beforehand, two fewer for fitted ones.
    bins : int or (cuts,) array-like
        Number of quantile groups, or ascending cuts, for Hosmer-Lemeshow and the expected calibration error.
    sample_id : hashable, optional
        Name of the rows: differences of two models' Brier scores or log losses on the same rows are then paired.

    Returns
    -------
    CalibrationResult
        The joint Cox test is the likelihood ratio's; with weights, where twice a difference of weighted
        log-likelihoods is not chi-square, Wald's with the robust covariance, which the standard errors use too.

    Raises
    ------
    InputError
        If `y` has not two labels, lengths differ, a probability is outside [0, 1] or all are the same, or the
        probabilities separate the classes.

    Warns
    -----
    KullbackWarning
        If probabilities of 0 or 1 were moved by 1e-12.

    References
    ----------
    Cox (1958), Biometrika 45, 562-565; Spiegelhalter (1986), Statistics in Medicine 5, 421-433; Hosmer and
    Lemeshow (1980), Communications in Statistics A9, 1043-1069 (it depends on the groups: show it, do not
    decide by it alone).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.6, 2000)
    >>> result = calibration_test(rng.random(2000) < p, p)
    >>> result.cox.value.round(3), round(float(result.cox_test.pvalue), 3)
    (array([-0.053,  0.998]), 0.601)
    >>> float(result.hosmer_lemeshow.df)
    10.0
    """
    rows = read_rows(y, sample_weight, pos_label)
    p = _inside(read_probability(probability, rows.event.size))
    outcome, weight = rows.event.astype(np.float64), rows.weight
    groups = probability_groups(p[weight > 0], weight[weight > 0], bins)
    kept = LabelledRows(rows.event[weight > 0], weight[weight > 0], rows.weighted, rows.labels)
    cox, cox_test = _cox(outcome, p, rows, sample_id)
    return CalibrationResult(
        cox=cox,
        cox_test=cox_test,
        in_the_large=_mean(outcome - p, weight, "observed_less_predicted", sample_id),
        brier_score=_mean((outcome - p) ** 2, weight, "brier_score", sample_id),
        log_loss=_mean(_loss(outcome, p), weight, "log_loss", sample_id),
        spiegelhalter=_spiegelhalter(outcome, p, weight),
        hosmer_lemeshow=_hosmer_lemeshow(kept, p[weight > 0], groups, fitted),
        expected_calibration_error=_expected_error(kept, p[weight > 0], groups),
        fitted=fitted,
    )


def calibration_table(
    y: Any,
    probability: Any,
    *,
    bins: int | ArrayLike = 10,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
    confidence_level: float = 0.95,
) -> Any:
    """Compare event rates and mean predictions by group of predicted probability.

    Parameters
    ----------
    y : (rows,) array-like
    probability : (rows,) array-like
        Predicted probability of the event, in [0, 1].
    bins : int or (cuts,) array-like
        Number of quantile groups, or ascending cuts. Equal probabilities are never parted and groups without rows
        are left out, so there may be fewer.
    sample_weight : (rows,) array-like, optional
        With weights, limits and p-values use the effective number of rows of a group, (sum w)^2 / sum w^2.
    pos_label : label, optional
    confidence_level : float

    Returns
    -------
    pandas.DataFrame
        A row a group: `n` and `events` (sums of weights), `lowest` and `highest` prediction,
        `mean_predicted`, `event_rate`, its Wilson limits `lower` and `upper`, and `jeffreys_pvalue`: the posterior
        probability, under Jeffreys' prior, of an event rate below the mean prediction. Small where risk is
        underestimated.

    Raises
    ------
    InputError
        If `y` has not two labels, lengths differ, or a probability is outside [0, 1].

    References
    ----------
    European Central Bank (2019), Instructions for reporting the validation results of internal models, 2.5.3:
    p = BetaCDF(PD; D + 1/2, N - D + 1/2). Wilson (1927), JASA 22, 209-212.

    Examples
    --------
    >>> y = [0, 0, 0, 1] * 25 + [0, 1] * 50
    >>> p = [0.2] * 100 + [0.5] * 100
    >>> calibration_table(y, p, bins=2)[["n", "mean_predicted", "event_rate", "jeffreys_pvalue"]].round(3)
               n  mean_predicted  event_rate  jeffreys_pvalue
    group
    1      100.0             0.2        0.25            0.108
    2      100.0             0.5        0.50            0.500
    """
    import pandas as pd

    rows = read_rows(y, sample_weight, pos_label)
    p = read_probability(probability, rows.event.size)
    used = rows.weight > 0
    p, weight, event = p[used], rows.weight[used], rows.event[used]
    groups = probability_groups(p, weight, bins)
    total, events = np.bincount(groups, weight), np.bincount(groups, weight * event)
    count = total**2 / np.bincount(groups, weight**2)
    rate, mean = events / total, np.bincount(groups, weight * p) / total
    lower, upper = wilson_limits(rate, count, confidence_level)
    edges = [(p[groups == group].min(), p[groups == group].max()) for group in range(total.size)]
    return pd.DataFrame(
        {
            "n": total,
            "events": events,
            "lowest": [low for low, _ in edges],
            "highest": [high for _, high in edges],
            "mean_predicted": mean,
            "event_rate": rate,
            "lower": lower,
            "upper": upper,
            "jeffreys_pvalue": stats.beta.cdf(mean, rate * count + 0.5, (1 - rate) * count + 0.5),
        },
        index=pd.RangeIndex(1, total.size + 1, name="group"),
    )


def _inside(p: FloatArray) -> FloatArray:
    """Return probabilities inside (0, 1), with a warning where some had to be moved."""
    moved = int(((p < SMALLEST) | (p > 1 - SMALLEST)).sum())
    if moved:
        warnings.warn(
            f"{moved} of {p.size} probabilities are 0 or 1 and were moved by {SMALLEST:g}: their log odds are "
            "infinite. No model is that sure; bound its predictions.",
            KullbackWarning,
            stacklevel=3,
        )
    return np.clip(p, SMALLEST, 1 - SMALLEST)


def _mean(values: FloatArray, weight: FloatArray, name: str, sample_id: Hashable) -> Estimate:
    share = weight / weight.sum()
    mean = share @ values
    return Estimate(
        [mean], (share * (values - mean))[:, None], names=[name], sample_id=sample_id, target="population mean"
    )


def _loss(outcome: FloatArray, p: FloatArray) -> FloatArray:
    return -np.where(outcome == 1, np.log(p), np.log1p(-p))


def _cox(outcome: FloatArray, p: FloatArray, rows: LabelledRows, sample_id: Hashable) -> tuple[Estimate, TestResult]:
    """Return intercept and slope of the recalibrating logistic regression, and their joint test."""
    if np.ptp(p[rows.weight > 0]) == 0:
        raise InputError(
            f"All probabilities are {p[0]:.6g}, so a calibration slope does not exist. Use calibration_table, which "
            "compares one rate with one prediction."
        )
    _refuse_separation(outcome[rows.weight > 0] == 1, p[rows.weight > 0])
    # weights of mean one leave the estimate as it is and the optimiser's tolerance meaningful
    weight = rows.weight / rows.weight.mean()
    design = np.column_stack([np.ones(p.size), special.logit(p)])
    beta = _logistic(outcome, design, weight)
    mean = special.expit(design @ beta)
    information = (design * (weight * mean * (1 - mean))[:, None]).T @ design
    scores = design * (weight * (outcome - mean))[:, None]
    estimate = Estimate(
        beta,
        np.linalg.solve(information, scores.T).T,
        names=["intercept", "slope"],
        sample_id=sample_id,
        target="logistic recalibration in the population",
    )
    null = np.array([0.0, 1.0])
    if rows.weighted:
        return estimate, estimate.wald_test(null)
    ratio = np.asarray(max(2 * float((_loss(outcome, p) - _loss(outcome, mean)).sum()), 0.0))
    test = TestResult(
        ratio,
        np.asarray(special.chdtrc(2, ratio)),
        np.asarray(2.0),
        null,
        "two-sided",
        "chi-square (likelihood ratio)",
    )
    return estimate, test


def _refuse_separation(event: BoolArray, p: FloatArray) -> None:
    """Raise where no slope is finite: the classes share one probability at most, on the border between them."""
    if p[~event].max() <= p[event].min() or p[event].max() <= p[~event].min():
        raise InputError(_SEPARATED)


def _logistic(outcome: FloatArray, design: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the coefficients of a logistic regression of two columns."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationError, PerfectSeparationWarning

    model = sm.GLM(outcome, design, family=sm.families.Binomial(), freq_weights=weight)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("error", PerfectSeparationWarning)
            fit = model.fit(maxiter=100, tol=1e-10)
    except (PerfectSeparationError, PerfectSeparationWarning, np.linalg.LinAlgError):
        fit = None
    if fit is None or not fit.converged or not np.isfinite(fit.params).all():
        raise InputError(_SEPARATED)
    return np.asarray(fit.params, dtype=np.float64)


def _spiegelhalter(outcome: FloatArray, p: FloatArray, weight: FloatArray) -> TestResult:
    """Return the test that the Brier score is what the probabilities imply."""
    variance = (weight**2 * (1 - 2 * p) ** 2 * p * (1 - p)).sum()
    z = np.asarray((weight * (outcome - p) * (1 - 2 * p)).sum() / np.sqrt(variance))
    return TestResult(z, 2 * special.ndtr(-np.abs(z)), None, np.zeros(1), "two-sided", "normal (Spiegelhalter)")


def _hosmer_lemeshow(rows: LabelledRows, p: FloatArray, groups: IntArray, fitted: bool) -> TestResult | None:
    """Return the chi-square of observed and expected events by group."""
    weight = rows.weight
    n_groups = int(groups.max()) + 1
    df = n_groups - 2 if fitted else n_groups
    if df < 1:
        return None
    mean = np.bincount(groups, weight * p) / np.bincount(groups, weight)
    gap = np.bincount(groups, weight * (rows.event - p))
    statistic = np.asarray((gap**2 / (mean * (1 - mean) * np.bincount(groups, weight**2))).sum())
    return TestResult(
        statistic,
        np.asarray(special.chdtrc(df, statistic)),
        np.asarray(float(df)),
        np.zeros(1),
        "two-sided",
        "chi-square (Hosmer-Lemeshow)",
    )


def _expected_error(rows: LabelledRows, p: FloatArray, groups: IntArray) -> float:
    return float(np.abs(np.bincount(groups, rows.weight * (rows.event - p))).sum() / rows.weight.sum())
