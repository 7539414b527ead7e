"""Logistic regression with the covariance of its coefficients."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from kullback._typing import FloatArray, IntArray
from kullback.exceptions import InputError, KullbackWarning

__all__ = ["LogisticFit", "fit_logistic"]

CERTAIN = 1e-8
"""A fitted probability closer than this to 0 or 1 in every row means separation, not a fit."""


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """Intercept and coefficients with their covariance, and the log-likelihoods.

    Attributes
    ----------
    coefficients : (1 + k,) array
        First the intercept.
    covariance : (1 + k, 1 + k) array
    log_likelihood, null_log_likelihood : float
    """

    coefficients: FloatArray
    covariance: FloatArray
    log_likelihood: float
    null_log_likelihood: float


def fit_logistic(
    design: FloatArray, events: IntArray, weights: FloatArray | None, penalty: float | None
) -> LogisticFit:
    """Fit P(event) = sigmoid(b0 + design b).

    Parameters
    ----------
    design : (rows, k) array
        Without a constant.
    events : (rows,) int64, 0 or 1
    weights : (rows,) array or None
        Sampling weights: the covariance is then the sandwich's.
    penalty : float or None
        Adds ``penalty / 2 * sum b^2`` (not b0^2) to the negative log-likelihood.

    Raises
    ------
    InputError
        If the classes are separated and there is no penalty: there is no estimate of finite size then.
    """
    constant = np.column_stack([np.ones(events.size), design])
    used = np.ones(events.size) if weights is None else weights
    beta = (
        _maximum_likelihood(constant, events, used)
        if penalty is None
        else _ridge(design, events, used, penalty)
    )
    probability = special.expit(constant @ beta)
    information = (constant * (used * probability * (1 - probability))[:, None]).T @ constant
    curvature = information.copy()
    if penalty is not None:
        curvature[1:, 1:] += penalty * np.eye(design.shape[1])
    bread = np.linalg.pinv(curvature, hermitian=True)
    score = constant * (used * (events - probability))[:, None]
    meat = information if weights is None else score.T @ score
    overall = np.average(events, weights=used)
    return LogisticFit(
        beta,
        bread @ meat @ bread,
        _log_likelihood(events, probability, used),
        _log_likelihood(events, np.full(events.size, overall), used),
    )


def _log_likelihood(events: IntArray, probability: FloatArray, weights: FloatArray) -> float:
    return float(weights @ (special.xlogy(events, probability) + special.xlog1py(1 - events, -probability)))


def _maximum_likelihood(constant: FloatArray, events: IntArray, weights: FloatArray) -> FloatArray:
    """Fit by iteratively reweighted least squares (statsmodels)."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationError, PerfectSeparationWarning

    if np.linalg.matrix_rank(constant) < constant.shape[1]:
        warnings.warn(
            "Some features are linearly dependent after binning, so their coefficients are one solution of many "
            "(that of least norm). Leave one of them out, or set penalty.",
            KullbackWarning,
            stacklevel=4,
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", PerfectSeparationWarning)
            fitted = sm.GLM(events, constant, family=sm.families.Binomial(), freq_weights=weights).fit()
    except (PerfectSeparationError, PerfectSeparationWarning):
        raise _separated() from None
    probability = np.asarray(fitted.fittedvalues)
    if np.maximum(events * (1 - probability), (1 - events) * probability).max() < CERTAIN:
        raise _separated()
    if not fitted.converged:
        raise InputError(
            "The logistic regression did not converge: some bins predict their rows without error. Set penalty=1.0, or "
            "leave out the feature that separates the classes."
        )
    return np.asarray(fitted.params, dtype=np.float64)


def _separated() -> InputError:
    return InputError(
        "The features separate events from non-events without error, so the coefficients have no finite estimate. "
        "Look for a feature that is known only after the event; or set penalty=1.0."
    )


def _ridge(design: FloatArray, events: IntArray, weights: FloatArray, penalty: float) -> FloatArray:
    from sklearn.linear_model import LogisticRegression

    model: Any = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-10, max_iter=200)
    model.fit(design, events, sample_weight=weights)
    return np.concatenate([model.intercept_, model.coef_[0]])
